import type { ImportReply } from '#base/contract';

/** Rows that were refused only because another one was. */
export interface FollowingRows {
  /** The row whose fault it is. */
  readonly cause: number;
  readonly rows: readonly number[];
}

/** Splits the errors of an import into faults and what merely follows from them, by the row at fault. */
export function splitErrors(errors: ImportReply['errors']): {
  readonly faults: ImportReply['errors'];
  readonly following: readonly FollowingRows[];
} {
  const following = new Map<number, number[]>();
  for (const { row, follows } of errors) {
    if (follows === undefined) continue;
    following.set(follows, [...(following.get(follows) ?? []), row]);
  }
  return {
    faults: errors.filter(({ follows }) => follows === undefined),
    following: [...following].map(([cause, rows]) => ({ cause, rows })),
  };
}

/** `4–7, 9`: runs of rows, so that a county's hundred schools are one short text. */
export function rowsText(rows: readonly number[], comma: string): string {
  const runs: [number, number][] = [];
  for (const row of rows.toSorted((a, b) => a - b)) {
    const last = runs.at(-1);
    if (last && row <= last[1] + 1) last[1] = row;
    else runs.push([row, row]);
  }
  return runs.map(([from, to]) => (from === to ? `${from}` : `${from}–${to}`)).join(comma);
}
