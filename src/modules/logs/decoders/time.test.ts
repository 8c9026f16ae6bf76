import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isZone, parseEpoch, parseIso, toUtc } from './time.ts';

const wall = (month: number, day: number, hour = 0, minute = 0, year = -1) => ({
  year,
  month,
  day,
  hour,
  minute,
  second: 0,
  ms: 0,
});
const iso = (ms: number) => new Date(ms).toISOString();

test("puts a line of New Year's Eve that arrives on 1 January into the old year", () => {
  const recvAt = new Date('2026-12-31T16:00:05Z'); // 00:00:05 on 1 January in Shanghai
  expect(iso(toUtc(wall(12, 31, 23, 59), 'Asia/Shanghai', recvAt))).toBe('2026-12-31T15:59:00.000Z');
  expect(iso(toUtc(wall(1, 1), 'Asia/Shanghai', recvAt))).toBe('2026-12-31T16:00:00.000Z');
});

test('never puts a year-less line more than a day into the future', () => {
  const month = fc.integer({ min: 1, max: 12 });
  const day = fc.integer({ min: 1, max: 28 });
  const recv = fc.date({ min: new Date('2005-01-01'), max: new Date('2100-01-01'), noInvalidDate: true });
  fc.assert(
    fc.property(month, day, recv, (m, d, recvAt) => {
      const ms = toUtc(wall(m, d), '+08:00', recvAt);
      expect(ms).toBeLessThanOrEqual(recvAt.getTime() + 86_400_000);
      expect(ms).toBeGreaterThan(recvAt.getTime() - 366 * 86_400_000);
    }),
  );
});

test('finds the last leap year for 29 February', () => {
  const recvAt = new Date('2027-03-01T00:00:00Z');
  expect(iso(toUtc(wall(2, 29), 'UTC', recvAt))).toBe('2024-02-29T00:00:00.000Z');
});

test('uses the fixed year of a source', () => {
  expect(iso(toUtc(wall(3, 5), 'UTC', new Date('2026-01-01'), 2019))).toBe('2019-03-05T00:00:00.000Z');
});

test('reads the hour that occurs twice as its first occurrence, and hours around a change rightly', () => {
  const recvAt = new Date('2026-11-22');
  const berlin = (m: number, d: number, h: number, min = 0) =>
    iso(toUtc(wall(m, d, h, min, 2026), 'Europe/Berlin', recvAt));
  expect(berlin(10, 25, 2, 30)).toBe('2026-10-25T00:30:00.000Z');
  expect(berlin(10, 25, 3)).toBe('2026-10-25T02:00:00.000Z');
  expect(berlin(3, 29, 1, 59)).toBe('2026-03-29T00:59:00.000Z');
  expect(berlin(3, 29, 3)).toBe('2026-03-29T01:00:00.000Z');
});

test('refuses dates that do not exist and zone abbreviations that mean two places', () => {
  const recvAt = new Date('2026-11-22');
  expect(toUtc(wall(2, 30, 0, 0, 2026), 'UTC', recvAt)).toBe(-1);
  expect(toUtc(wall(2, 3, 24, 0, 2026), 'UTC', recvAt)).toBe(-1);
  expect(isZone('CST')).toBe(false);
  expect(isZone('Asia/Nowhere')).toBe(false);
  expect(isZone('+99:00')).toBe(false);
  expect(isZone('Asia/Shanghai')).toBe(true);
  expect(isZone('+0800')).toBe(true);
});

test('reads ISO times with their own offset or the zone of the source, and epoch seconds', () => {
  const recvAt = new Date('2026-11-22');
  expect(parseIso('2026-11-22T14:00:00.1234+08:00', 'UTC', recvAt)).toBe(
    Date.UTC(2026, 10, 22, 6, 0, 0, 123),
  );
  expect(parseIso('2026-11-22 14:00:00', 'Asia/Shanghai', recvAt)).toBe(Date.UTC(2026, 10, 22, 6));
  expect(parseIso('2026-11-22', 'UTC', recvAt)).toBe(-1);
  expect(parseEpoch('1795327200.0495')).toBe(1795327200049);
  expect(parseEpoch('99999999999')).toBe(-1);
});
