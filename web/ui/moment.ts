/**
 * Times as people in the bureau read them: China Standard Time whatever the computer is set to, because the
 * law's deadlines and the logs' clocks are in it.
 */
const zone = 'Asia/Shanghai';

const parts = new Intl.DateTimeFormat('en-CA', {
  timeZone: zone,
  hourCycle: 'h23',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});

type Moment = string | number | Date;

/** `2026-11-22 21:05:09`; an unreadable value gives a dash. */
export function dateTime(value: Moment | null | undefined): string {
  const read = partsOf(value);
  return read === undefined ? '—' : `${read.day} ${read.time}`;
}

/** `2026-11-22 21:05`, for lists where seconds only add noise. */
export function dateMinute(value: Moment | null | undefined): string {
  return dateTime(value).slice(0, 16);
}

/** `2026-11-22`. */
export function dateOnly(value: Moment | null | undefined): string {
  return partsOf(value)?.day ?? '—';
}

/** `21:05:09`. */
export function timeOnly(value: Moment | null | undefined): string {
  return partsOf(value)?.time ?? '—';
}

/** The instant that a person means by `2026-11-22 21:05[:09]` in China Standard Time (no daylight saving since 1991). */
export function readChinaTime(text: string): Date | undefined {
  const match = /^(\d{4})-(\d{2})-(\d{2})[ T](\d{2}):(\d{2})(?::(\d{2}(?:\.\d{1,3})?))?$/.exec(text.trim());
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second = '00'] = match;
  const read = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}+08:00`);
  if (Number.isNaN(read.getTime())) return undefined;
  return dateTime(read) === `${year}-${month}-${day} ${hour}:${minute}:${second.slice(0, 2)}`
    ? read
    : undefined;
}

function partsOf(value: Moment | null | undefined): { day: string; time: string } | undefined {
  if (value === null || value === undefined || value === '') return undefined;
  const date = value instanceof Date ? value : new Date(value);
  if (Number.isNaN(date.getTime())) return undefined;
  const read = Object.fromEntries(parts.formatToParts(date).map((part) => [part.type, part.value]));
  return {
    day: `${read.year}-${read.month}-${read.day}`,
    time: `${read.hour}:${read.minute}:${read.second}`,
  };
}

/** A sentence of the server with its ISO 8601 instants rewritten in China Standard Time. */
export function chinaTimesIn(text: string): string {
  return text.replace(/\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})/g, (instant) =>
    dateTime(instant),
  );
}
