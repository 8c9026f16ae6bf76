import { z } from 'zod';
import { listOf, listQuery, route, time } from '#base/contract';
import { clock, sourceParams } from './sources.ts';

const count = z.number().int();

const halfHourMs = 1_800_000;
const nearHalfHourMs = 120_000;

/**
 * Whether a clock that is off by so many milliseconds shows another zone, not a wrong time: nearly whole half hours
 * (zones differ by these).
 */
export function looksLikeZone(offsetMs: number): boolean {
  const off = Math.abs(offsetMs);
  const rest = off % halfHourMs;
  return off > halfHourMs - nearHalfHourMs && Math.min(rest, halfHourMs - rest) < nearHalfHourMs;
}

const clockOffset = clock.extend({
  id: count,
  minutes: count,
  /** `lines`: told from the delays of its lines; `reading`: somebody compared its clock with the right time. */
  origin: z.enum(['lines', 'reading']),
  note: z.string(),
  /** Who entered a reading; empty for `lines`. */
  toldBy: z.string(),
  /** When a reading was taken back; null for one that counts. */
  withdrawn: time.nullable(),
});

export const listClockOffsets = route({
  method: 'GET',
  path: '/api/logs/sources/:id/clock',
  summary:
    'How far the clock of a source was from ours over time, newest first: as told by its lines, or read by somebody.',
  access: 'logs.read',
  params: sourceParams,
  query: listQuery,
  reply: listOf(clockOffset),
});

const shown = z
  .string()
  .trim()
  .regex(
    /^\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d$/,
    '按屏幕上的样子写，例如 2026-11-22 08:03:10 / as its display shows it, e.g. 2026-11-22 08:03:10',
  );

export const newClockReading = z.object({
  /** What its display showed, in the zone that is registered of the source. */
  shown,
  /** The right time of that moment. */
  at: time,
  /** How exactly the two were compared. Seconds. */
  withinSeconds: z.number().min(0).max(60).default(1),
  /** Against what it was compared, and by whom. */
  note: z.string().trim().min(2).max(500),
});

export const readClock = route({
  method: 'POST',
  path: '/api/logs/sources/:id/clock',
  summary:
    'Notes what the clock of a source showed at a right time. Traces take the difference from its lines within a day of it, and between two readings that agree.',
  access: 'logs.sources',
  params: sourceParams,
  body: newClockReading,
  reply: clockOffset,
});

export const withdrawClockReading = route({
  method: 'POST',
  path: '/api/logs/sources/:id/clock/:reading/withdraw',
  summary: 'Takes a mistaken reading of a clock back. It stays in the list and counts no more.',
  access: 'logs.sources',
  params: sourceParams.extend({ reading: z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER) }),
  body: z.object({ reason: z.string().trim().min(2).max(500) }),
  reply: clockOffset,
});

export const clockErrors = {
  'logs.clock_shown_unreadable': {
    status: 422,
    zh: '没有这样的日期或时间：{shown}',
    en: 'There is no such date or time: {shown}',
  },
  'logs.clock_zone_differs': {
    status: 422,
    zh: '与标准时间差约 {hours} 小时：设备显示的多半是另一个时区，而登记的是 {zone}。请先把日志源的时区改成设备所用的，再登记对时',
    en: 'It differs by about {hours} hours: the display probably shows another zone than the registered one, {zone}. Correct the zone of the log source first',
  },
  'logs.clock_read_ahead': {
    status: 422,
    zh: '标准时间在将来：{at}',
    en: 'The right time lies in the future: {at}',
  },
  'logs.clock_read_twice': {
    status: 409,
    zh: '这一时刻已经有一条对时记录；写错了请先撤回那一条',
    en: 'There is a reading of that moment already; take it back first if it is wrong',
  },
} as const;
