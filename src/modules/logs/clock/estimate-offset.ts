/** How far a source's clock is from ours, from the delays of its lines. Pure. */

/** The least of (receipt - the line's own time) of a minute of receipt, and how many lines that was told from. */
export interface ClockMinute {
  readonly minute: number;
  readonly leastMs: number;
  readonly samples: number;
}

export interface ClockEstimate {
  /** How far the source's clock is ahead of ours; negative: behind. Milliseconds. */
  readonly offsetMs: number;
  /** How much the minutes differ. */
  readonly spreadMs: number;
  readonly samples: number;
  readonly minutes: number;
  /** The minutes agree: it is the clock, and not a queue that is being emptied after an outage. */
  readonly steady: boolean;
}

/** The newest minutes with lines in them count, up to this age: a source may write one line in ten minutes. */
export const oldestMinutes = 360;
/** So many minutes are kept; they stand in a ring. */
export const ringMinutes = 16;
/** With fewer, one foolish minute could not be told from the others. */
const fewestMinutes = 5;
/** Times with whole seconds differ by one; a clock drifts far less in some hours. */
const steadyMs = 2_000;
/** Above this a clock is wrong. */
export const wrongMs = 5_000;

/**
 * Each minute's least delay holds the shortest way; the median of the minutes leaves out a single line with a foolish
 * time. `null` with fewer than five minutes.
 */
export function estimateOffset(minutes: readonly ClockMinute[]): ClockEstimate | null {
  if (minutes.length < fewestMinutes) return null;
  const delays = minutes.map(({ leastMs }) => leastMs).sort((a, b) => a - b);
  const median = delays[Math.floor((delays.length - 1) / 2)]!;
  // The quartiles: one foolish minute must not make a steady clock look unsteady.
  const quarter = Math.floor(delays.length / 4);
  const spreadMs = delays[delays.length - 1 - quarter]! - delays[quarter]!;
  return {
    offsetMs: median === 0 ? 0 : -median,
    spreadMs,
    samples: minutes.reduce((sum, one) => sum + one.samples, 0),
    minutes: minutes.length,
    steady: spreadMs <= steadyMs,
  };
}

export function isWrong({ offsetMs, steady }: Pick<ClockEstimate, 'offsetMs' | 'steady'>): boolean {
  return steady && Math.abs(offsetMs) > wrongMs;
}

const hourMs = 3_600_000;
const minGapMs = 5 * 60_000;

/** Whether an estimate says something that the last one that was kept did not: once an hour, or when it changed. */
export function isWorthKeeping(
  found: ClockEstimate,
  last:
    | { readonly at: Date; readonly offsetMs: number; readonly spreadMs: number; readonly steady: boolean }
    | undefined,
  at: Date,
): boolean {
  if (!last) return true;
  const since = at.getTime() - last.at.getTime();
  if (since >= hourMs) return true;
  if (since < minGapMs) return false;
  if (isWrong(found) !== isWrong(last) || found.steady !== last.steady) return true;
  return Math.abs(found.offsetMs - last.offsetMs) > Math.max(1_000, found.spreadMs, last.spreadMs);
}
