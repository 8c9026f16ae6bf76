/** What an hour or a day was like, in one word. Pure. */
import type { LedgerState } from '../contract/ledger.ts';

/** More unread lines than this share, and what is looked for may be among them. */
export const muchUnread = 0.01;

export interface StateFacts {
  readonly received: number;
  readonly unparsable: number;
  readonly lost: number;
  /** Gaps that were told. */
  readonly gaps: readonly { readonly lost: number | null; readonly accepted: boolean | null }[];
  /** Nothing came for longer than is chance, and nobody has answered for it. */
  readonly isSilent: boolean;
  /** Something was learned or agreed of how often the source sends. */
  readonly isKnown: boolean;
}

export function stateOf({ received, unparsable, lost, gaps, isSilent, isKnown }: StateFacts): LedgerState {
  const open = gaps.filter(({ accepted }) => accepted !== true);
  if (open.some((gap) => gap.lost !== null && gap.lost > 0)) return 'lost';
  if (open.length > 0) return 'gap';
  if (isSilent) return 'silent';
  if (gaps.length > 0) return 'answered';
  if (lost > 0) return 'lost';
  if (unparsable > received * muchUnread) return 'unread';
  if (received === 0) return 'none';
  return isKnown ? 'ok' : 'heard';
}
