/** Where in time records are missing, so coarse that a lossy hour stays small. Pure. */
import type { Missing } from './counter-run.ts';

/** From and to, epoch milliseconds. */
export type LostPlace = readonly [number, number];

/** What one hour misses: all in all, and where. */
export interface HourLoss extends Missing {
  readonly places: readonly LostPlace[];
}

const hourMs = 3_600_000;
/** An hour has at most 720 pieces then, whatever is lost in it. */
const gridMs = 5_000;

/** Whether a later loss is told at the same place as one before it, in the same hour. */
export function isOnePlace(before: Missing, after: Missing): boolean {
  return Math.floor(before.to / hourMs) === Math.floor(after.to / hourMs) && after.from <= before.to + gridMs;
}

/** Pieces of time that hold all of these, on the grid, in order and apart from each other. */
export function placesOf(missing: readonly Missing[]): LostPlace[] {
  const pieces = missing
    .map(
      ({ from, to }): LostPlace => [
        Math.floor(Math.min(from, to) / gridMs) * gridMs,
        (Math.floor(to / gridMs) + 1) * gridMs,
      ],
    )
    .sort((a, b) => a[0] - b[0]);
  const found: LostPlace[] = [];
  for (const piece of pieces) {
    const last = found.at(-1);
    if (!last || piece[0] > last[1]) found.push(piece);
    else if (piece[1] > last[1]) found[found.length - 1] = [last[0], piece[1]];
  }
  return found;
}

/** One entry per hour: a lossy line must not make a row of each datagram. */
export function gathered(missing: readonly Missing[]): HourLoss[] {
  const byHour = Map.groupBy(missing, (one) => Math.floor(one.to / hourMs));
  return [...byHour.values()].map((same) => ({
    lost: same.reduce((sum, one) => sum + one.lost, 0),
    from: same.reduce((least, one) => Math.min(least, one.from), Number.POSITIVE_INFINITY),
    to: same.reduce((most, one) => Math.max(most, one.to), 0),
    places: placesOf(same),
  }));
}
