import type { Ctx } from '#base/app';
import type { MessageKind } from './contract.ts';
import { wakeLane } from './pump.ts';
import { type Attachment, channelFor, insertDelivery } from './store/delivery-store.ts';

export interface OutgoingMail {
  /** (obligation, step, recipient, attempt): the same key is sent once. */
  readonly key: string;
  readonly unitPath: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly attachments?: readonly Attachment[];
  /** Default `obligation`. */
  readonly kind?: MessageKind;
  /** Goes before what is not urgent. Default true. */
  readonly urgent?: boolean;
}

/**
 * Composes a mail in the caller's transaction; it goes by the nearest mail channel, or by the mail server of the
 * configuration. Returns its id, or undefined when it was composed before. `notify.mail_progress` tells the rest.
 */
export async function queueMail(ctx: Ctx, mail: OutgoingMail): Promise<string | undefined> {
  const queued = await insertDelivery(ctx, {
    key: mail.key,
    unitPath: mail.unitPath,
    channel: 'mail',
    channelId: await channelFor(ctx, 'mail', mail.unitPath),
    kind: mail.kind ?? 'obligation',
    urgent: mail.urgent ?? true,
    recipient: mail.to,
    subject: mail.subject,
    body: mail.text,
    attachments: mail.attachments ?? [],
  });
  if (queued) await wakeLane(ctx, queued.lane);
  return queued?.id;
}
