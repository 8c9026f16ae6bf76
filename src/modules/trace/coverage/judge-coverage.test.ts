import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bestOf, concerns, judgeCoverage, type SchoolFacts } from './judge-coverage.ts';

const covered = { state: 'covered', gapHours: 0 } as const;
const fine: SchoolFacts = {
  nat: covered,
  lease: covered,
  sighting: null,
  allocated: true,
  ownWan: false,
  devices: 40,
  seen: 50,
  seenRegistered: 45,
  clockMs: 800,
};

describe('coverage of a school', () => {
  it.each([
    ['nothing', {}, []],
    ['an exit of its own that is not logged', { ownWan: true }, ['own_wan']],
    ['no translation logs', { nat: null }, ['no_nat']],
    ['gaps in them', { nat: { state: 'gap', gapHours: 3 } }, ['nat_gap']],
    ['logs that were never heard', { nat: { state: 'unknown', gapHours: 0 } }, ['nat_gap']],
    ['no leases but sightings', { lease: null, sighting: covered }, []],
    ['neither', { lease: null }, ['no_holder']],
    ['one address in nine unregistered', { seenRegistered: 44 }, ['unregistered']],
    ['a clock that is behind', { clockMs: -5001 }, ['clock']],
    ['a clock that nobody measured', { clockMs: null }, ['clock_unknown']],
    [
      'nothing known at all',
      { nat: null, lease: null, allocated: false, devices: 0, seen: 0, seenRegistered: 0, clockMs: null },
      ['no_allocation', 'no_nat', 'no_holder', 'no_devices'],
    ],
  ] as const)('%s is told', (_what, change, problems) => {
    expect(judgeCoverage({ ...fine, ...change })).toEqual(problems);
  });

  it('takes the best source, and never calls it better than one of them is', () => {
    const source = fc.record({
      state: fc.constantFrom('covered', 'gap', 'unknown'),
      gapHours: fc.integer({ min: 0, max: 720 }),
    });
    fc.assert(
      fc.property(fc.array(source), (sources) => {
        const best = bestOf(sources);
        if (sources.length === 0) expect(best).toBeNull();
        else expect(sources).toContainEqual(best);
        if (sources.some(({ state }) => state === 'covered')) expect(best!.state).toBe('covered');
      }),
    );
  });

  it('counts a source of the bureau above, not of the school beside or of another realm', () => {
    const school = { unit_path: 'city.east.east-1', realms: ['main'] };
    const of = (unitPath: string, realm = 'main') => concerns({ unitPath, realm }, school);
    expect([of('city'), of('city.east'), of('city.east.east-1'), of('city.east.east-1.b')]).toEqual(
      Array(4).fill(true),
    );
    expect([of('city.east.east-10'), of('city.west'), of('city.east', 'lab')]).toEqual(Array(3).fill(false));
  });
});
