import type { MessageKind } from '../contract.ts';
import type { Attachment } from '../store/delivery-store.ts';

/** What goes out as one: a message, or several that waited. */
export interface Outgoing {
  /** The same for every attempt: Message-ID, idempotency header. */
  readonly batchId: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly link: string | null;
  readonly urgent: boolean;
  readonly attachments: readonly Attachment[];
  readonly messages: readonly OutgoingPart[];
}

export interface OutgoingPart {
  readonly id: string;
  readonly at: Date;
  readonly kind: MessageKind;
  readonly urgent: boolean;
  readonly subject: string;
  readonly body: string;
  readonly link: string | null;
}

/**
 * What an attempt came to. `permanent`: this message will never be taken. `temporary`: not now. `unreachable`: the
 * channel itself does not work, for nobody. `left`: the request went out although no good answer came.
 */
export type Outcome =
  | { readonly outcome: 'accepted'; readonly detail: string; readonly carrierId?: string }
  | {
      readonly outcome: 'permanent' | 'temporary' | 'unreachable';
      readonly detail: string;
      readonly left: boolean;
      /** The other side wants rest for so long. */
      readonly pauseSeconds?: number;
    };

/** One line of bounded length: an answer goes into receipts, lists and logs. */
export function lineOf(text: string): string {
  return text
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim()
    .slice(0, 500);
}
