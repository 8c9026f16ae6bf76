import { expect, test } from 'vitest';
import { type ClockMinute, estimateOffset, isWorthKeeping, isWrong } from './estimate-offset.ts';

const minutes = (...delays: number[]): ClockMinute[] =>
  delays.map((leastMs, minute) => ({ minute, leastMs, samples: 10 }));

test('four minutes are too few to tell', () => {
  expect(estimateOffset(minutes(5, 6, 5, 6))).toBeNull();
});

test('a clock that is ahead makes negative delays; the way only adds', () => {
  expect(estimateOffset(minutes(-61_000, -60_900, -60_000, -61_100, -61_000))).toMatchObject({
    offsetMs: 61_000,
    steady: true,
    minutes: 5,
    samples: 50,
  });
});

test('one foolish minute changes neither the estimate nor its steadiness', () => {
  const found = estimateOffset(minutes(20, 30, -36_000_000, 25, 40))!;
  expect(Math.abs(found.offsetMs)).toBeLessThan(50);
  expect(found.steady).toBe(true);
});

test('a queue that is being emptied is no wrong clock', () => {
  const found = estimateOffset(minutes(7_200_000, 5_400_000, 3_600_000, 1_800_000, 60_000))!;
  expect(found.steady).toBe(false);
  expect(isWrong(found)).toBe(false);
});

test('lines of a past day that are sent again say nothing of the clock; a steady one is told however wrong', () => {
  const hour = 3_600_000;
  expect(estimateOffset(minutes(30 * hour, 26 * hour, 21 * hour, 15 * hour, 9 * hour, 4 * hour))).toBeNull();
  expect(estimateOffset(minutes(...Array.from({ length: 8 }, () => 26 * hour)))).toMatchObject({
    offsetMs: -26 * hour,
    steady: true,
  });
});

test('lines that come again a minute later make no clock unsteady, however many', () => {
  const found = estimateOffset(minutes(20, 40_020, 300, 35_000, 61_000, 150, 28_000, 400, 90, 500))!;
  expect(found).toMatchObject({ offsetMs: -150, spreadMs: 480, steady: true });
});

test('a clock that was set is not relied on until half of the minutes tell the new time', () => {
  const before = Array.from({ length: 12 }, (_, n) => 100 + n);
  for (const by of [-20_000, 20_000]) {
    const after = (count: number) =>
      estimateOffset(minutes(...before.slice(count), ...before.slice(0, count).map((one) => one - by)))!;
    // A clock set forward makes lines early: told by a quarter; one set back makes them late: told by three.
    expect(after(by > 0 ? 4 : 3).steady).toBe(false);
    expect(after(by > 0 ? 5 : 5).steady).toBe(false);
    expect(after(10)).toMatchObject({ steady: true });
    expect(Math.abs(after(10).offsetMs - by)).toBeLessThan(200);
  }
});

test('an estimate is kept once an hour, and when it changed', () => {
  const last = { at: new Date('2026-11-22T06:00:00Z'), offsetMs: 0, spreadMs: 10, steady: true };
  const at = (minute: number) => new Date(last.at.getTime() + minute * 60_000);
  const same = estimateOffset(minutes(0, 0, 0, 0, 0))!;
  const wrong = estimateOffset(minutes(-6_000, -6_000, -6_000, -6_000, -6_000))!;
  expect(isWorthKeeping(same, undefined, at(0))).toBe(true);
  expect(isWorthKeeping(same, last, at(30))).toBe(false);
  expect(isWorthKeeping(same, last, at(60))).toBe(true);
  expect(isWorthKeeping(wrong, last, at(5))).toBe(true);
  expect(isWorthKeeping(wrong, last, at(4))).toBe(false);
});
