/** Days, working days and terms in China. Pure: what is off and what is made up comes from `tasks.calendar`. */

/** China has one time zone and no summer time (since 1992). */
const offsetMs = 8 * 3_600_000;
const dayMs = 86_400_000;

export interface WorkCalendar {
  readonly daysOff: ReadonlySet<string>;
  readonly workDays: ReadonlySet<string>;
}

/** The day in China, `2026-06-01`. */
export function chinaDay(at: Date): string {
  return new Date(at.getTime() + offsetMs).toISOString().slice(0, 10);
}

export function chinaHour(at: Date): number {
  return new Date(at.getTime() + offsetMs).getUTCHours();
}

/** Midnight in China at the start of a day. */
export function startOf(day: string): Date {
  return new Date(Date.parse(`${day}T00:00:00Z`) - offsetMs);
}

export function addDays(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * dayMs).toISOString().slice(0, 10);
}

export function isWorkday(day: string, calendar: WorkCalendar): boolean {
  if (calendar.workDays.has(day)) return true;
  if (calendar.daysOff.has(day)) return false;
  const weekday = new Date(`${day}T00:00:00Z`).getUTCDay();
  return weekday !== 0 && weekday !== 6;
}

/** The working day that comes `count` working days after `day`; 0 is the day itself. */
export function addWorkdays(day: string, count: number, calendar: WorkCalendar): string {
  let at = day;
  for (let left = count; left > 0; ) {
    at = addDays(at, 1);
    if (isWorkday(at, calendar)) left -= 1;
  }
  return at;
}

/** How many working days have begun after the day of `from`, up to and with the day of `to`. */
export function workdaysSince(from: Date, to: Date, calendar: WorkCalendar): number {
  const last = chinaDay(to);
  let count = 0;
  for (let day = addDays(chinaDay(from), 1); day <= last; day = addDays(day, 1)) {
    if (isWorkday(day, calendar)) count += 1;
  }
  return count;
}

/** Monday of a day's week. */
export function mondayOf(day: string): string {
  const weekday = new Date(`${day}T00:00:00Z`).getUTCDay();
  return addDays(day, -((weekday + 6) % 7));
}

/** The school term of a day: February to July, or August to January. `to` is exclusive. */
export function termOf(day: string): { from: Date; to: Date } {
  const year = Number(day.slice(0, 4));
  const month = Number(day.slice(5, 7));
  if (month >= 2 && month <= 7) return { from: startOf(`${year}-02-01`), to: startOf(`${year}-08-01`) };
  const start = month === 1 ? year - 1 : year;
  return { from: startOf(`${start}-08-01`), to: startOf(`${start + 1}-02-01`) };
}
