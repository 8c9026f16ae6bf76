/** How far the clock behind a log fact may be off. Pure. */
import type { ClockEstimate, SourceFact } from './facts.ts';

/** What is known of a source's clock around a moment. */
export interface ClockUse {
  /** To be taken from its times. */
  readonly offsetMs: number;
  /** How far a corrected time may still be off, either way. */
  readonly marginMs: number;
  /**
   * `measured`: by estimates that agree. `declared`: nothing was measured, the registered tolerance has to do.
   * `unsure`: measured, and not to be relied on, or it jumped around that time.
   */
  readonly basis: 'measured' | 'declared' | 'unsure';
  /** Whether anything was measured that speaks for this time. */
  readonly isMeasured: boolean;
}

const hourMs = 3_600_000;
const dayMs = 86_400_000;
/** An estimate further from the moment, with none on the other side, says what the clock may do, not what it did. */
const nearMs = dayMs;
const usableMs = 7 * dayMs;
/** A firewall was seen to go wrong by 5.5 s a day (reference, §5). */
const driftPerDayMs = 6_000;
/** Times in whole seconds make an estimate waver by one. */
const wavers = 1_500;
/** An unsteady estimate, or one after the next, speaks of the time around it only. */
const speaksFor = 1.5 * hourMs;

/**
 * Estimates on both sides of the moment that agree are joined by a straight line: a clock drifts evenly. Where they do
 * not, the clock was set or jumped, nobody knows when: then the window holds all of them and the clock is `unsure`, as it
 * is with an estimate that was unsteady or is far away.
 */
export function clockOf(
  source: Pick<SourceFact, 'toleranceSeconds' | 'clock'> | undefined,
  at: number,
): ClockUse {
  const tolerance = Math.max(1000, (source?.toleranceSeconds ?? 2) * 1000);
  const told = toldAround(source?.clock ?? null, at);
  const nearest = told[0];
  if (!nearest) return { offsetMs: 0, marginMs: tolerance, basis: 'declared', isMeasured: false };
  const distance = Math.abs(nearest.at - at);
  const unsteady = told.some((one) => !one.steady);
  if (unsteady || jumps(told)) return unsureOf(told, tolerance);
  const before = told.find((one) => one.at <= at);
  const after = told.find((one) => one.at > at);
  const spread = Math.max(tolerance, ...told.map((one) => one.spreadMs));
  if (!before || !after) {
    if (distance > nearMs) {
      const isFine = told.every((one) => Math.abs(one.offsetMs) <= tolerance);
      if (!isFine) return unsureOf(told, tolerance);
      return { offsetMs: 0, marginMs: tolerance, basis: 'declared', isMeasured: true };
    }
    const drift = (distance / dayMs) * driftPerDayMs;
    const marginMs = Math.ceil(spread + drift);
    return { offsetMs: nearest.offsetMs, marginMs, basis: 'measured', isMeasured: true };
  }
  const share = (at - before.at) / (after.at - before.at);
  const offsetMs = Math.round(before.offsetMs + share * (after.offsetMs - before.offsetMs));
  const between = Math.abs(after.offsetMs - before.offsetMs) / 2;
  return { offsetMs, marginMs: Math.ceil(spread + between), basis: 'measured', isMeasured: true };
}

/** What speaks for the moment, the nearest first. */
function toldAround(clock: SourceFact['clock'], at: number): ClockEstimate[] {
  if (!clock) return [];
  const all = [clock, ...(clock.others ?? [])].filter((one) => Math.abs(one.at - at) <= usableMs);
  const side = (after: boolean) =>
    all.filter((one) => one.at > at === after).sort((a, b) => Math.abs(a.at - at) - Math.abs(b.at - at));
  return [side(false), side(true)]
    .flatMap((list) => {
      const steady = list.find((one) => one.steady);
      return list.filter((one) => one === steady || Math.abs(one.at - at) <= speaksFor);
    })
    .sort((a, b) => Math.abs(a.at - at) - Math.abs(b.at - at));
}

function jumps(told: readonly ClockEstimate[]): boolean {
  return told.some((one, i) =>
    told.slice(i + 1).some((other) => {
      const drift = (Math.abs(one.at - other.at) / dayMs) * driftPerDayMs;
      const wide = Math.max(wavers, one.spreadMs, other.spreadMs) + drift;
      return Math.abs(one.offsetMs - other.offsetMs) > wide;
    }),
  );
}

/** A window around nought that holds every offset that was told. */
function unsureOf(told: readonly ClockEstimate[], tolerance: number): ClockUse {
  const lows = told.map((one) => one.offsetMs - one.spreadMs);
  const highs = told.map((one) => one.offsetMs + one.spreadMs);
  const [low, high] = [Math.min(0, ...lows), Math.max(0, ...highs)];
  const offsetMs = Math.round((low + high) / 2);
  const marginMs = Math.max(tolerance, Math.ceil((high - low) / 2));
  return { offsetMs, marginMs, basis: 'unsure', isMeasured: true };
}
