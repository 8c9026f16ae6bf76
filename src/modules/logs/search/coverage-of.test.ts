import { expect, test } from 'vitest';
import { judge } from './coverage-of.ts';

const base = Date.UTC(2026, 10, 22, 6);
const minute = 60_000;
const heard = (...minutes: number[]) =>
  minutes.map((m) => ({ from: base + m * minute, to: base + m * minute + 1000 }));
const window = { from: new Date(base + 30 * minute), to: new Date(base + 31 * minute), gapSeconds: 300 };
const state = (...minutes: number[]) => judge(heard(...minutes), window).state;

test('a source that was never heard is unknown, not clean', () => {
  expect(judge([], window)).toEqual({ state: 'unknown', firstSeen: null, lastSeen: null, gaps: [] });
});

test('speech before and after the window without a long silence covers it', () => {
  expect(state(10, 14, 18, 22, 26, 29, 33, 37)).toBe('covered');
  expect(state(28, 32)).toBe('covered');
});

test('a silence that touches the window is a gap, with its bounds', () => {
  const { gaps } = judge(heard(20, 28, 36, 40), window);
  expect(gaps).toEqual([{ from: new Date(base + 28 * minute + 1000), to: new Date(base + 36 * minute) }]);
});

test('a long silence elsewhere is no gap of the window', () => {
  expect(state(0, 20, 28, 32, 50)).toBe('covered');
});

test('a source that fell silent before the window, or spoke only after it, has a gap with an open end', () => {
  expect(judge(heard(10, 20), window).gaps).toEqual([
    { from: new Date(base + 20 * minute + 1000), to: null },
  ]);
  expect(judge(heard(40, 41), window).gaps).toEqual([{ from: null, to: new Date(base + 40 * minute) }]);
});

test('a source heard just inside the window is covered although nothing followed', () => {
  expect(state(30)).toBe('covered');
});
