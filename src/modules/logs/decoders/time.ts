/** Wall clock times of log lines to UTC. No clock is read here: the receipt time is always an argument. */

export interface WallTime {
  /** -1 when the line has no year. */
  readonly year: number;
  /** 1–12. */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly ms: number;
}

type OffsetAt = (utcMs: number) => number;

const quarter = 15 * 60_000;
const day = 86_400_000;
const zones = new Map<string, OffsetAt | null>();

/** Whether `zone` is an IANA name or an offset that this program can use. */
export function isZone(zone: string): boolean {
  return offsetAtOf(zone) !== null;
}

function offsetAtOf(zone: string): OffsetAt | null {
  const known = zones.get(zone);
  if (known !== undefined) return known;
  const made = fixedOffset(zone) ?? namedZone(zone);
  if (zones.size < 1000) zones.set(zone, made);
  return made;
}

/** `Z`, `UTC`, `+08`, `+0800`, `-03:30`. */
export function fixedOffset(zone: string): OffsetAt | null {
  const ms = offsetMs(zone);
  return Number.isNaN(ms) ? null : () => ms;
}

function offsetMs(zone: string): number {
  if (zone === 'Z' || zone === 'z' || zone === 'UTC') return 0;
  const match = /^([+-])(\d\d):?(\d\d)?$/.exec(zone);
  if (!match) return Number.NaN;
  const minutes = Number(match[2]) * 60 + Number(match[3] ?? 0);
  if (minutes > 14 * 60) return Number.NaN;
  return (match[1] === '-' ? -minutes : minutes) * 60_000;
}

function namedZone(zone: string): OffsetAt | null {
  // Abbreviations are refused: CST is China or US Central, and IANA keeps some of them for compatibility.
  if (!zone.includes('/')) return null;
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' });
  } catch {
    return null; // Not a zone of the tz database: the caller's answer is "no such zone".
  }
  const cache = new Map<number, number>();
  return (utcMs) => {
    // All offsets in use since 1970 change at quarter hours.
    const slot = Math.floor(utcMs / quarter);
    let offset = cache.get(slot);
    if (offset === undefined) {
      const name = format.formatToParts(slot * quarter).find((part) => part.type === 'timeZoneName')?.value;
      const parsed = offsetMs((name ?? '').replace('GMT', '') || 'Z');
      offset = Number.isNaN(parsed) ? 0 : parsed;
      if (cache.size > 50_000) cache.clear();
      cache.set(slot, offset);
    }
    return offset;
  };
}

/**
 * UTC milliseconds of a wall time in a zone, or -1 when the date does not exist or the zone is unknown.
 * An hour that occurs twice (end of daylight saving) is read as its first occurrence.
 * A year-less date takes `year` if given, else the last year that puts it at most one day after `recvAt`:
 * a line written on 31 December and received on 1 January belongs to the old year.
 */
export function toUtc(wall: WallTime, zone: string, recvAt: Date, year?: number): number {
  const offsetAt = offsetAtOf(zone);
  if (!offsetAt || !isTimeOfDay(wall)) return -1;
  if (wall.year >= 0) return inYear(wall, wall.year, offsetAt);
  if (year !== undefined) return inYear(wall, year, offsetAt);
  const latest = recvAt.getTime() + day;
  const last = recvAt.getUTCFullYear() + 1;
  for (let candidate = last; candidate >= last - 9; candidate -= 1) {
    const ms = inYear(wall, candidate, offsetAt);
    if (ms >= 0 && ms <= latest) return ms;
  }
  return -1;
}

function isTimeOfDay(wall: WallTime): boolean {
  // 60 is a leap second.
  return wall.hour < 24 && wall.minute < 60 && wall.second <= 60 && wall.hour >= 0 && wall.ms < 1000;
}

function inYear(wall: WallTime, year: number, offsetAt: OffsetAt): number {
  if (year < 1970 || year > 2199) return -1;
  const midnight = Date.UTC(year, wall.month - 1, wall.day);
  const date = new Date(midnight);
  if (date.getUTCMonth() !== wall.month - 1 || date.getUTCDate() !== wall.day) return -1;
  const local = midnight + ((wall.hour * 60 + wall.minute) * 60 + wall.second) * 1000 + wall.ms;
  const before = local - offsetAt(local - day);
  if (before + offsetAt(before) === local) return before < 0 ? -1 : before;
  const guess = local - offsetAt(local);
  const utc = local - offsetAt(guess);
  return utc < 0 ? -1 : utc;
}

const months = 'JanFebMarAprMayJunJulAugSepOctNovDec';

/** 1–12 for `Jan`…`Dec`, else -1. */
export function monthOf(text: string): number {
  if (text.length !== 3) return -1;
  const at = months.indexOf(text);
  return at < 0 || at % 3 !== 0 ? -1 : at / 3 + 1;
}

const isoShape = /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?([Zz]|[+-]\d\d:?\d\d)?$/;

/** RFC 3339 time, with `zone` for one that carries no offset; -1 when it is none. */
export function parseIso(text: string, zone: string, recvAt: Date): number {
  const match = isoShape.exec(text);
  if (!match) return -1;
  const wall = {
    year: Number(match[1]),
    month: Number(match[2]),
    day: Number(match[3]),
    hour: Number(match[4]),
    minute: Number(match[5]),
    second: Number(match[6]),
    ms: Number((match[7] ?? '').slice(0, 3).padEnd(3, '0')),
  };
  return toUtc(wall, match[8] ?? zone, recvAt);
}

/** `1157689312.049` (seconds, up to nanoseconds) in milliseconds, or -1. */
export function parseEpoch(text: string): number {
  const match = /^(\d{9,10})(?:\.(\d{1,9}))?$/.exec(text);
  if (!match) return -1;
  const ms = Number(match[1]) * 1000 + Number((match[2] ?? '').slice(0, 3).padEnd(3, '0'));
  return ms > 7_258_118_400_000 ? -1 : ms;
}
