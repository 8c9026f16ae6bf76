import fc from 'fast-check';
import { expect, test } from 'vitest';
import { finestSilence, type Presence, PresenceTally } from '../store/presence.ts';
import { judge } from './judge-silence.ts';
import { hourMs } from './rules.ts';
import { stateOf } from './rules-state.ts';
import { silencesIn } from './silent-hours.ts';

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

/** What the tally tells of these times, read as the store reads it. */
function minutesOf(times: readonly number[]): Presence[] {
  const tally = new PresenceTally();
  for (const ts of times) tally.note(ts, base);
  const rows = tally.take(1).toString('utf8').split('\n').slice(0, -1);
  const parsed = rows.map((row) => {
    const [, , minute, first, last] = row.split('\t');
    const ms = (text: string) => Date.parse(`${text.replace(' ', 'T')}Z`);
    return { minute: Number(minute), from: ms(first!), to: ms(last!) };
  });
  return parsed.sort((a, b) => a.minute - b.minute).map(({ from, to }) => ({ from, to }));
}

test('minutes give the same answer as the single records, for every silence of a minute or more', () => {
  const hour = fc.integer({ min: 0, max: 60 * minute });
  const times = fc.array(hour, { minLength: 1, maxLength: 40 }).map((list) => list.sort((a, b) => a - b));
  const gap = fc.integer({ min: finestSilence, max: 1800 });
  fc.assert(
    fc.property(times, hour, fc.integer({ min: 0, max: 5 * minute }), gap, (list, from, long, gapSeconds) => {
      const question = { from: new Date(base + from), to: new Date(base + from + long), gapSeconds };
      const single = list.map((ts) => ({ from: base + ts, to: base + ts }));
      expect(judge(minutesOf(list.map((ts) => base + ts)), question)).toEqual(judge(single, question));
    }),
    { numRuns: 2000 },
  );
});

test('a silence of under a minute would go unseen, which is why none is asked for', () => {
  const times = [base + 1000, base + 58_000];
  const question = { from: new Date(base + 20_000), to: new Date(base + 30_000), gapSeconds: 50 };
  expect(judge(minutesOf(times), question).state).toBe('covered');
  const single = times.map((ts) => ({ from: ts, to: ts }));
  expect(judge(single, question).state).toBe('gap');
});

test('hours tell the silences that the rule of reliance finds between them', () => {
  const hours = fc.uniqueArray(fc.integer({ min: 0, max: 80 }), { minLength: 1, maxLength: 30 });
  fc.assert(
    fc.property(
      hours,
      fc.integer({ min: 1, max: 12 }),
      fc.integer({ min: 81, max: 120 }),
      (list, limit, until) => {
        const heardIn = list.sort((a, b) => a - b);
        const rule = (since: number) => since + limit * hourMs;
        const told = silencesIn(heardIn, until * hourMs, rule);
        // The plainest way: hour after hour, how long nothing has come.
        const naive: { from: number; to: number | null }[] = [];
        for (const [i, hour] of heardIn.entries()) {
          const next = heardIn[i + 1];
          if ((next ?? until) - (hour + 1) > limit)
            naive.push({ from: (hour + 1) * hourMs, to: next === undefined ? null : next * hourMs });
        }
        expect(told).toEqual(naive);
      },
    ),
    { numRuns: 300 },
  );
});

test('a silence before anything came is none, and records of which nothing is known are no good day', () => {
  expect(silencesIn([], 100 * hourMs, () => 0)).toEqual([]);
  const figures = { received: 9, unparsable: 0, lost: 0, gaps: [], isSilent: false, isKnown: true };
  expect(stateOf(figures)).toBe('ok');
  expect(stateOf({ ...figures, isKnown: false })).toBe('heard');
  expect(stateOf({ ...figures, isSilent: true })).toBe('silent');
  expect(stateOf({ ...figures, isSilent: true, gaps: [{ lost: null, accepted: true }] })).toBe('silent');
  expect(stateOf({ ...figures, gaps: [{ lost: null, accepted: true }] })).toBe('answered');
  expect(stateOf({ ...figures, received: 100, unparsable: 2 })).toBe('unread');
  expect(stateOf({ ...figures, received: 0, isKnown: false })).toBe('none');
});
