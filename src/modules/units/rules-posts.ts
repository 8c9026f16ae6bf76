/** Pure decisions about posts in time. Days are `YYYY-MM-DD` and compare as text; ends are exclusive. */
import type { Post } from './contract.ts';

export interface Span {
  readonly startsOn: string;
  readonly endsOn: string | null;
}

export function overlaps(a: Span, b: Span): boolean {
  return (a.endsOn === null || b.startsOn < a.endsOn) && (b.endsOn === null || a.startsOn < b.endsOn);
}

export function holdsOn(span: Span, day: string): boolean {
  return span.startsOn <= day && (span.endsOn === null || day < span.endsOn);
}

/** Whether one post watches over the other, so that one person must not hold both in one unit (D38). */
export function controls(a: Post, b: Post): boolean {
  return (
    (a === 'network_admin' && b === 'security_officer') || (a === 'security_officer' && b === 'network_admin')
  );
}

/** The day `count` days later. */
export function addDays(day: string, count: number): string {
  const at = new Date(`${day}T00:00:00Z`);
  at.setUTCDate(at.getUTCDate() + count);
  return at.toISOString().slice(0, 10);
}

/** Whole days from one day to another; negative when it lies before. */
export function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / 86_400_000);
}

/**
 * The day that many working days after `day`. Working days are Monday to Friday: public holidays are announced
 * year by year, so around one of them the answer is earlier than the office is open, never later.
 */
export function addWorkingDays(day: string, count: number): string {
  let at = day;
  for (let left = count; left > 0; ) {
    at = addDays(at, 1);
    const weekday = new Date(`${at}T00:00:00Z`).getUTCDay();
    if (weekday !== 0 && weekday !== 6) left -= 1;
  }
  return at;
}
