/** Pure decisions of the ledger: hours, what is usual, how long a silence may be. */
import type { HourFigures } from './segment-tally.ts';

export const hourMs = 3_600_000;
const dayMs = 86_400_000;
/** China has one zone and, since 1991, no summer time: the hours of a day are those of UTC, eight earlier. */
const chinaMs = 8 * hourMs;

/** Number of the hour since 1970 in which a moment (ms) lies. */
export function hourOf(ms: number): number {
  return Math.floor(ms / hourMs);
}

/** Day in China (`2026-11-22`) in which a moment (ms) lies. */
export function dayOf(ms: number): string {
  return new Date(ms + chinaMs).toISOString().slice(0, 10);
}

/** First moment (ms) of a day in China. */
export function startOfDay(day: string): number {
  return Date.parse(`${day}T00:00:00Z`) - chinaMs;
}

export function addDays(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * dayMs).toISOString().slice(0, 10);
}

type Hours = Readonly<Record<string, HourFigures>>;

/** What must be added to `before` to have `after`; hours in which nothing changes are left out. */
export function minus(after: Hours, before: Hours): Hours {
  const changed: Record<string, HourFigures> = {};
  for (const hour of new Set([...Object.keys(after), ...Object.keys(before)])) {
    const now = after[hour] ?? none;
    const then = before[hour] ?? none;
    const difference = now.map((value, i) => value - then[i]!) as HourFigures;
    if (difference.some((value) => value !== 0)) changed[hour] = difference;
  }
  return changed;
}

const none: HourFigures = [0, 0, 0, 0, 0];

export interface DayFigures {
  readonly day: string;
  /** 24 of them. */
  readonly figures: HourFigures[];
}

/** Hours since 1970 as days of China with 24 figures each. */
export function daysOf(hours: Hours): DayFigures[] {
  const days = new Map<string, HourFigures[]>();
  for (const [hour, figures] of Object.entries(hours)) {
    const ms = Number(hour) * hourMs;
    const day = dayOf(ms);
    const list = days.get(day) ?? Array.from({ length: 24 }, () => none);
    list[hourOfDay(ms)] = figures;
    days.set(day, list);
  }
  return [...days].map(([day, figures]) => ({ day, figures })).sort((a, b) => (a.day < b.day ? -1 : 1));
}

/** Hour of the day in China, 0–23. */
export function hourOfDay(ms: number): number {
  return hourOf(ms + chinaMs) % 24;
}

/** Hour of the week in China, 0 = Monday 00:00–01:00. */
export function hourOfWeek(ms: number): number {
  // 1970-01-01 was a Thursday.
  return (hourOf(ms + chinaMs) + 72) % 168;
}

/** What is usual in each hour of the week, from the same hours of some weeks: their middle and their low fifth. */
export function learnRates(weeks: readonly (readonly number[])[]): { usual: number[]; least: number[] } {
  const usual: number[] = [];
  const least: number[] = [];
  for (let hour = 0; hour < 168; hour += 1) {
    const seen = weeks.map((week) => week[hour] ?? 0).sort((a, b) => a - b);
    usual.push(seen[Math.floor((seen.length - 1) / 2)] ?? 0);
    least.push(seen[Math.floor((seen.length - 1) / 5)] ?? 0);
  }
  return { usual, least };
}

/**
 * As many records must have been due before a silence is believed: of a Poisson process with this mean, one silence in
 * 500 million would be chance. Arrivals come in bursts, hence the low fifth of the weeks and not their middle.
 */
const dueBeforeAlarm = 20;
const shortestSilenceMs = 600_000;
/** A silence that nothing was learned or agreed about. */
const unlearnedSilenceMs = dayMs;
/** However little a source sends: nothing for so long is worth asking. */
const longestSilenceMs = 7 * dayMs;

export interface Expectation {
  /** By hour of the week; null when nothing was learned. */
  readonly least: readonly number[] | null;
  readonly expectedPerHour: number | null;
  readonly maxSilenceMs: number | null;
}

/**
 * The moment (ms) from which silence since `since` is not chance any more. A quiet school at night is not due anything,
 * so its nights do not count.
 */
export function silentFrom(since: number, expectation: Expectation): number {
  if (expectation.maxSilenceMs !== null) return since + expectation.maxSilenceMs;
  const { least, expectedPerHour } = expectation;
  if (least === null && expectedPerHour === null) return since + unlearnedSilenceMs;
  let due = 0;
  for (let at = since; at < since + longestSilenceMs; ) {
    const end = (hourOf(at) + 1) * hourMs;
    const rate = least?.[hourOfWeek(at)] ?? expectedPerHour ?? 0;
    const more = (rate * (end - at)) / hourMs;
    if (due + more >= dueBeforeAlarm) {
      const enough = at + ((dueBeforeAlarm - due) / rate) * hourMs;
      return Math.max(enough, since + shortestSilenceMs);
    }
    due += more;
    at = end;
  }
  return since + longestSilenceMs;
}

/** Records due in a window by what is usual; null when nothing was learned or agreed. */
export function dueIn(
  from: number,
  to: number,
  usual: readonly number[] | null,
  expectedPerHour: number | null,
): number | null {
  if (usual === null && expectedPerHour === null) return null;
  let due = 0;
  for (let at = from; at < to; ) {
    const end = Math.min(to, (hourOf(at) + 1) * hourMs);
    due += ((usual?.[hourOfWeek(at)] ?? expectedPerHour ?? 0) * (end - at)) / hourMs;
    at = end;
  }
  return due;
}

/** Whether lines of the last hours read much worse than before. */
export function isUnparsableJump(
  now: { received: number; unparsable: number },
  before: { received: number; unparsable: number },
): boolean {
  if (now.unparsable < 20) return false;
  const share = now.unparsable / Math.max(1, now.received);
  const usual = before.unparsable / Math.max(1, before.received);
  return share > 0.05 && share > 3 * usual;
}
