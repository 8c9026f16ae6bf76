import type { LogGap } from '../contract.ts';
import type { AnswerRow, GapRow } from '../store/gaps.ts';

const dayMs = 86_400_000;

/** A gap as the API tells it. */
export function presentGap(row: GapRow) {
  return {
    id: row.id,
    sourceId: row.source_id,
    source: row.source ?? row.collector ?? '',
    unitName: row.unit_name,
    proof: row.proof,
    began: row.began,
    ended: row.ended,
    lost: row.lost,
    foundAt: row.found_at,
    state: gapStateOf(row),
    needsSecond: row.needs_second ?? needsSecond(row),
    reason: row.reason as LogGap['reason'],
    words: row.words,
    givenName: row.given_name,
    givenAt: row.given_at,
    decidedName: row.decided_name,
    decidedAt: row.decided_at,
  };
}

function gapStateOf(row: GapRow): LogGap['state'] {
  if (row.accepted) return 'accepted';
  return row.given_by === null ? 'unanswered' : 'waiting';
}

/** What the database will decide, for the words beside the form. */
function needsSecond({ source_id: source, lost, began, ended }: GapRow): boolean {
  if (source === null || ended === null || (lost ?? 0) > 0) return true;
  return ended.getTime() - began.getTime() >= dayMs;
}

export function presentAnswer(row: AnswerRow) {
  return {
    id: row.id,
    reason: row.reason as NonNullable<LogGap['reason']>,
    words: row.words,
    givenName: row.given_name,
    givenAt: row.given_at,
    needsSecond: row.needs_second,
    accepted: row.accepted,
    decidedName: row.decided_name,
    decidedAt: row.decided_at,
    decidedWords: row.decided_words,
  };
}
