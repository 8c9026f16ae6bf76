/** Which times of lines cannot be true, by when the lines were received. Pure. */

const dayMs = 86_400_000;
/** The least that each class is kept: what is older when it comes is no log of use, and more likely a wrong clock. */
const keptDays = { school_site: 365, other: 183 } as const;

/** How far a line's own time may lie from its receipt, milliseconds. */
export interface PossibleTimes {
  readonly aheadMs: number;
  readonly agedMs: number;
}

export function possibleTimesOf(source: {
  readonly tolerance_seconds: string;
  readonly retention: 'school_site' | 'other';
}): PossibleTimes {
  return {
    aheadMs: Number(source.tolerance_seconds) * 1000,
    agedMs: keptDays[source.retention] * dayMs,
  };
}

/** It lies in the future. Epoch milliseconds. */
export function isAhead(ts: number, recvAt: number, { aheadMs }: PossibleTimes): boolean {
  return ts - recvAt > aheadMs;
}

/** It lies longer ago than such logs are kept. Epoch milliseconds. */
export function isAged(ts: number, recvAt: number, { agedMs }: PossibleTimes): boolean {
  return recvAt - ts > agedMs;
}
