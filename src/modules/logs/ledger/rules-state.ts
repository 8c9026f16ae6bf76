/** What an hour or a day was like, in one word. Pure. */
import type { LedgerState } from '../contract/ledger.ts';

/** More unread lines than this share are worth a look. */
const muchUnread = 0.05;

export function stateOf(
  figures: { readonly received: number; readonly unparsable: number; readonly lost: number },
  gaps: readonly { readonly lost: number | null; readonly accepted: boolean | null }[],
): LedgerState {
  const open = gaps.filter(({ accepted }) => accepted !== true);
  if (open.some(({ lost }) => lost !== null && lost > 0)) return 'lost';
  if (open.length > 0) return 'gap';
  if (gaps.length > 0) return 'answered';
  if (figures.lost > 0) return 'lost';
  if (figures.unparsable > figures.received * muchUnread) return 'unread';
  return figures.received > 0 ? 'ok' : 'none';
}
