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

/** Delays above this that differ are those of a queue: no clock wavers by hours. */
const queuedMs = 2 * 3_600_000;

/** So many of the newest minutes are not late by chance: the clock was set back, or lines are held up. */
const newestMinutes = 3;

/**
 * Each minute's least delay holds the shortest way. Minutes that agree tell the clock, when they are half of all: the others
 * may be late (a line that came again after a timeout, one that was held up), which only adds. They are no chance when the
 * newest minutes are all late, and more than a quarter are early: then the clock was set. `null` with fewer than five
 * minutes, and when all were held up for hours and differ: then they say nothing of the clock.
 */
export function estimateOffset(minutes: readonly ClockMinute[]): ClockEstimate | null {
  if (minutes.length < fewestMinutes) return null;
  const delays = minutes.map(({ leastMs }) => leastMs).sort((a, b) => a - b);
  const agreed = agreeing(delays);
  const [least, most] = [agreed[0]!, agreed.at(-1)!];
  const newest = minutes.toSorted((a, b) => b.minute - a.minute).slice(0, newestMinutes);
  const steady =
    2 * agreed.length >= delays.length &&
    4 * delays.filter((delay) => delay < least).length <= delays.length &&
    newest.some(({ leastMs }) => leastMs >= least && leastMs <= most);
  if (!steady && delays[0]! > queuedMs) return null;
  const told = steady ? agreed : delays;
  const median = told[Math.floor((told.length - 1) / 2)]!;
  const quarter = steady ? 0 : Math.floor(told.length / 4);
  return {
    offsetMs: median === 0 ? 0 : -median,
    spreadMs: told[told.length - 1 - quarter]! - told[quarter]!,
    samples: minutes.reduce((sum, one) => sum + one.samples, 0),
    minutes: minutes.length,
    steady,
  };
}

/** The most of them that lie within what times in whole seconds differ by; of as many the least late. */
function agreeing(delays: readonly number[]): readonly number[] {
  let [from, until] = [0, 0];
  for (let start = 0, end = 0; start < delays.length; start += 1) {
    while (end < delays.length && delays[end]! - delays[start]! <= steadyMs) end += 1;
    if (end - start > until - from) [from, until] = [start, end];
  }
  return delays.slice(from, until);
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
