import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { drillReason } from '../contract/drills.ts';
import { choosePoints, drawPort } from './choose-points.ts';
import { reasonTexts, tellReasons } from './tell-reasons.ts';

const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const host = fc
  .tuple(fc.integer({ min: 1, max: 1000 }), fc.array(fc.uuid(), { minLength: 1, maxLength: 3 }))
  .map(([rows, sample]) => ({ rows: rows + sample.length, sample }));

describe('the points of a drill', () => {
  it('are different rows, as many as are wanted or there are, each of its own host', () => {
    fc.assert(
      fc.property(
        fc.array(host),
        fc.integer({ min: 1, max: 20 }),
        fc.infiniteStream(random),
        (hosts, n, chance) => {
          const chosen = choosePoints(hosts, n, () => chance.next().value as number);
          const all = hosts.flatMap(({ sample }) => sample);
          expect(chosen).toHaveLength(Math.min(n, all.length));
          expect(new Set(chosen.map(({ row }) => row)).size).toBe(chosen.length);
          for (const { host: from, row } of chosen) expect(from.sample).toContain(row);
        },
      ),
    );
  });

  it('come from busy hosts more often, in proportion', () => {
    // A fixed sequence in place of chance: 0, 1/1000, 2/1000, …
    const hosts = [
      { rows: 900, sample: ['busy'] },
      { rows: 100, sample: ['quiet'] },
    ];
    const drawn = Array.from({ length: 1000 }, (_, i) => choosePoints(hosts, 1, () => i / 1000)[0]!.row);
    expect(drawn.filter((row) => row === 'busy')).toHaveLength(900);
  });

  it('have a port of the block, whatever its step', () => {
    const block = fc
      .tuple(
        fc.integer({ min: 1, max: 60_000 }),
        fc.integer({ min: 0, max: 500 }),
        fc.integer({ min: 0, max: 64 }),
      )
      .map(([lo, size, step]) => ({ lo, hi: lo + size * Math.max(1, step), step }))
      .filter(({ hi }) => hi <= 65_535);
    fc.assert(
      fc.property(block, random, (one, chance) => {
        const port = drawPort(one, () => chance);
        expect(port).toBeGreaterThanOrEqual(one.lo);
        expect(port).toBeLessThanOrEqual(one.hi);
        expect((port - one.lo) % Math.max(1, one.step)).toBe(0);
      }),
    );
  });
});

describe('reasons of a drill', () => {
  const of = (verdict: string, codes: string[], clockOff = false) =>
    tellReasons({ verdict, codes: codes as never, clockOff });

  it.each([
    ['ambiguous', ['several'], false, ['shared_nat']],
    ['not_provable', ['no_candidate', 'coverage'], false, ['no_session', 'gap']],
    ['not_provable', ['second_nat'], false, ['second_nat']],
    ['not_provable', ['not_registered'], true, ['unregistered', 'clock']],
    ['not_provable', ['what_comes_later'], false, ['other']],
    ['probable', ['single_source'], true, []],
    ['proven', ['proven'], false, []],
  ])('of %s by %j are told', (verdict, codes, clockOff, told) => {
    expect(of(verdict, codes, clockOff)).toEqual(told);
  });

  it('each have words in both languages', () => {
    for (const reason of drillReason.options) {
      expect(reasonTexts[reason].zh).toMatch(/[一-龥]/);
      expect(reasonTexts[reason].en).not.toMatch(/[一-龥]/);
    }
  });
});
