/** How far the clock behind a log fact may be off. Pure. */
import type { SourceFact } from './facts.ts';

/** What is known of a source's clock around a moment. */
export interface ClockUse {
  /** To be taken from its times. */
  readonly offsetMs: number;
  /** How far a corrected time may still be off, either way. */
  readonly marginMs: number;
  /** `declared`: nothing was measured, or nothing beyond what is registered. `unsure`: measured, and not to be relied on. */
  readonly basis: 'measured' | 'declared' | 'unsure';
}

const dayMs = 86_400_000;
/** An estimate further from the moment says what the clock may do, not what it did. */
const nearMs = dayMs;
const usableMs = 7 * dayMs;
/** A firewall was seen to go wrong by 5.5 s a day (reference, §5). */
const driftPerDayMs = 6_000;

/**
 * A measured offset within the registered tolerance is no more than that: a queue on the way looks the same. A larger
 * one, steady and near in time, shifts the window. One that is unsteady or far widens it, and the clock is `unsure`.
 */
export function clockOf(
  source: Pick<SourceFact, 'toleranceSeconds' | 'clock'> | undefined,
  at: number,
): ClockUse {
  const tolerance = Math.max(1000, (source?.toleranceSeconds ?? 2) * 1000);
  const clock = source?.clock;
  const distance = clock ? Math.abs(clock.at - at) : Number.POSITIVE_INFINITY;
  if (!clock || distance > usableMs || Math.abs(clock.offsetMs) <= tolerance)
    return { offsetMs: 0, marginMs: tolerance, basis: 'declared' };
  if (!clock.steady || distance > nearMs) {
    const wide = Math.max(tolerance, Math.abs(clock.offsetMs) + clock.spreadMs);
    return { offsetMs: 0, marginMs: wide, basis: 'unsure' };
  }
  const drift = (distance / dayMs) * driftPerDayMs;
  const marginMs = Math.ceil(Math.max(tolerance, clock.spreadMs) + drift);
  return { offsetMs: clock.offsetMs, marginMs, basis: 'measured' };
}
