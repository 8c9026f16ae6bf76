import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Fact, type Period, periodOn, stateFact } from './timeline.ts';

const dayOf = (n: number) => new Date(Date.UTC(2026, 0, 1 + n)).toISOString().slice(0, 10);
const last = 30;

/** One value per day: the plainest way to keep a history. */
type Days = Pick<Period, 'name' | 'parentId' | 'state'>[];

function stateNaively(days: Days, from: number, fact: Fact): Days {
  const next = days.map((day) => ({ ...day }));
  for (const key of Object.keys(fact) as (keyof Fact)[]) {
    for (let at = from; at < days.length && days[at]![key] === days[from]![key]; at += 1) {
      Object.assign(next[at]!, { [key]: fact[key] });
    }
  }
  return next;
}

const facts = fc.record<Fact>(
  {
    name: fc.constantFrom('甲', '乙', '丙'),
    parentId: fc.constantFrom('p', 'q'),
    state: fc.constantFrom('open', 'closed', 'merged'),
  },
  { requiredKeys: [] },
);

it('says on every day what a list of days says, without gaps or overlaps, through any acts in any order', () => {
  const first = { name: '甲', kind: 'school', parentId: 'p', state: 'open' } as const;
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(last), facts), { maxLength: 12 }), (acts) => {
      let periods: Period[] = [{ ...first, from: dayOf(0), to: null }];
      let days: Days = Array.from({ length: last + 1 }, () => ({ name: '甲', parentId: 'p', state: 'open' }));
      for (const [day, fact] of acts) {
        periods = stateFact(periods, dayOf(day), fact);
        days = stateNaively(days, day, fact);
      }
      expect(periods[0]!.from).toBe(dayOf(0));
      expect(periods.at(-1)!.to).toBeNull();
      for (const [at, one] of periods.entries()) {
        if (at > 0) expect(periods[at - 1]!.to).toBe(one.from);
        expect(one.to === null || one.from < one.to).toBe(true);
      }
      for (const [at, day] of days.entries()) expect(periodOn(periods, dayOf(at))).toMatchObject(day);
    }),
    { numRuns: 2000 },
  );
});

it('does not know the days before the first', () => {
  const only: Period = { from: dayOf(5), to: null, name: '甲', kind: 'school', parentId: 'p', state: 'open' };
  expect(periodOn([only], dayOf(4))).toBeUndefined();
  expect(() => stateFact([only], dayOf(4), { name: '乙' })).toThrow(RangeError);
});
