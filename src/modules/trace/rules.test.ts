import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bindLeases, type LeaseFact } from './bind-lease.ts';
import { natHoldOf } from './engine/spans.ts';
import { judgeTrace, type Links } from './rules.ts';
import { isRelated } from './rules-coverage.ts';

const perfect: Links = {
  nat: 'covers',
  end: null,
  lease: 'bracketed',
  sighting: 'none',
  macRandom: false,
  hasDevice: true,
  registeredIp: true,
  agrees: true,
  timely: true,
  hasOwner: true,
  viaProxy: false,
  clockSure: true,
  rival: null,
  isElsewhere: false,
  session: 'own',
  farEndKnown: true,
};
const links: fc.Arbitrary<Links> = fc.record({
  nat: fc.constantFrom('none', 'covers', 'near', 'open', 'far'),
  end: fc.constantFrom(null, 'second_nat', 'proxy'),
  lease: fc.constantFrom('none', 'open', 'within', 'bracketed'),
  sighting: fc.constantFrom('none', 'open', 'within', 'bracketed'),
  macRandom: fc.boolean(),
  hasDevice: fc.boolean(),
  registeredIp: fc.boolean(),
  agrees: fc.boolean(),
  timely: fc.boolean(),
  hasOwner: fc.boolean(),
  viaProxy: fc.boolean(),
  clockSure: fc.boolean(),
  rival: fc.constantFrom(null, 'far', 'clock'),
  isElsewhere: fc.boolean(),
  session: fc.constantFrom('own', 'fresh', 'older', 'others'),
  farEndKnown: fc.boolean(),
});

describe('a verdict', () => {
  it('is proven only for one candidate without any weakness and with complete logs', () => {
    expect(judgeTrace([perfect], true).verdict).toBe('proven');
    fc.assert(
      fc.property(fc.array(links, { maxLength: 4 }), fc.boolean(), (candidates, complete) => {
        const { verdict, because } = judgeTrace(candidates, complete);
        expect(because.length).toBeGreaterThan(0);
        if (candidates.length > 1) expect(verdict).toBe('ambiguous');
        if (verdict !== 'proven') return;
        expect(complete).toBe(true);
        expect(candidates).toHaveLength(1);
        const [only] = candidates;
        const free = {
          farEndKnown: true,
          nat: 'covers',
          lease: 'bracketed',
          sighting: 'none',
          registeredIp: true,
        };
        expect({ ...only, ...free }).toEqual(perfect);
        expect(['covers', 'none']).toContain(only!.nat);
        expect([only!.lease, only!.sighting].some((hold) => hold === 'within' || hold === 'bracketed')).toBe(
          true,
        );
      }),
      { numRuns: 3000 },
    );
  });

  it.each([
    [{ nat: 'open' }, 'nat_open'],
    [{ nat: 'near' }, 'nat_near'],
    [{ clockSure: false }, 'clock'],
    [{ rival: 'clock' }, 'clock_untold'],
    [{ rival: 'far' }, 'rival'],
    [{ session: 'older' }, 'session_older'],
    [{ session: 'fresh' }, 'just_given'],
    [{ viaProxy: true }, 'via_proxy'],
    [{ lease: 'none', agrees: false }, 'no_lease'],
    [{ lease: 'open' }, 'lease_open'],
    [{ macRandom: true }, 'mac_random'],
    [{ agrees: false }, 'single_source'],
    [{ timely: false }, 'entered_later'],
    [{ hasOwner: false }, 'no_owner'],
  ] as const)('with the weakness %o is probable and says so', (weakness, code) => {
    const judged = judgeTrace([{ ...perfect, ...weakness }], true);
    expect(judged.verdict).toBe('probable');
    expect(judged.because).toContain(code);
  });

  it.each([
    [{ end: 'second_nat' }, 'second_nat'],
    [{ end: 'proxy' }, 'proxy'],
    [{ isElsewhere: true }, 'elsewhere'],
    [{ clockSure: false, nat: 'near' }, 'clock'],
    [{ session: 'others' }, 'session_older'],
    [{ viaProxy: true, farEndKnown: false }, 'via_proxy'],
    [{ nat: 'far' }, 'nat_far'],
    [{ hasDevice: false }, 'not_registered'],
    [{ lease: 'open', registeredIp: false, agrees: false }, 'no_binding'],
  ] as const)('with the dead end %o is not provable', (end, code) => {
    expect(judgeTrace([{ ...perfect, ...end }], true)).toEqual({ verdict: 'not_provable', because: [code] });
  });

  it('says a gap in the logs, and is never proven across one', () => {
    expect(judgeTrace([perfect], false)).toEqual({ verdict: 'probable', because: ['coverage'] });
    expect(judgeTrace([], false).because).toEqual(['no_candidate', 'coverage']);
  });
});

describe('a translation', () => {
  const session = {
    first: null,
    lines: [],
    start: 100_000,
    end: 200_000,
    firstProof: 100_000,
    lastProof: 200_000,
  };
  const hold = (change: object, at: number) =>
    natHoldOf({ ...session, endedBefore: null, startedAfter: null, ...change }, { at, from: at, to: at });
  it('covers a time between its lines, to the whole second', () => {
    expect(hold({}, 150_000)).toBe('covers');
    expect(hold({}, 200_999)).toBe('covers');
    expect(hold({}, 201_500)).toBe('near');
  });
  it('with one end missing is believed for five minutes from its lines, and then proves nothing', () => {
    const open = { end: null, lastProof: 100_000 };
    expect(hold(open, 150_000)).toBe('open');
    expect(hold(open, 500_000)).toBe('far');
    expect(hold({ end: null, lastProof: 180_000 }, 150_000)).toBe('covers');
    expect(hold({ start: null, firstProof: 200_000 }, 150_000)).toBe('open');
  });
});

describe('leases', () => {
  const [a, b] = ['00:00:5e:00:53:01', '00:00:5e:00:53:02'];
  const fact = (
    at: number,
    action: LeaseFact['action'],
    mac = a,
    more: Partial<LeaseFact> = {},
  ): LeaseFact => ({
    at: at * 1000,
    action,
    mac,
    source: 1,
    leaseSeconds: 600,
    ...more,
  });
  const bind = (events: LeaseFact[], at: number) =>
    bindLeases(events, (at - 2) * 1000, (at + 2) * 1000).map(({ mac, hold }) => [mac, hold]);

  it('bracket a time between two acknowledgements of one MAC', () => {
    expect(bind([fact(0, 'ack'), fact(300, 'ack')], 100)).toEqual([[a, 'bracketed']]);
    expect(bind([fact(0, 'ack'), fact(300, 'release')], 100)).toEqual([[a, 'bracketed']]);
  });
  it('hold within their term, not beyond it', () => {
    expect(bind([fact(0, 'ack')], 599)).toEqual([[a, 'open']]);
    expect(bind([fact(0, 'ack')], 500)).toEqual([[a, 'within']]);
    expect(bind([fact(0, 'ack')], 700)).toEqual([]);
    expect(bind([fact(0, 'ack', a, { leaseSeconds: 0 })], 700)).toEqual([[a, 'open']]);
  });
  it('end by release, decline and expiry, and are never made by a refusal', () => {
    for (const action of ['release', 'decline', 'expire'] as const) {
      expect(bind([fact(0, 'ack'), fact(50, action)], 100)).toEqual([]);
    }
    expect(bind([fact(0, 'nak')], 100)).toEqual([]);
    expect(bind([fact(200, 'ack')], 100)).toEqual([]);
  });
  it('are no bracket when the lease lapsed or another MAC came in between', () => {
    expect(bind([fact(0, 'ack'), fact(2000, 'ack')], 500)).toEqual([[a, 'within']]);
    expect(bind([fact(0, 'ack'), fact(200, 'ack', b), fact(300, 'ack')], 100)).toEqual([[a, 'open']]);
  });
  it('of one server succeed each other, of two servers contradict each other', () => {
    expect(bind([fact(0, 'ack'), fact(50, 'ack', b)], 100)).toEqual([[b, 'within']]);
    expect(bind([fact(0, 'ack'), fact(50, 'ack', b, { source: 2 })], 100).map(([mac]) => mac)).toEqual([
      a,
      b,
    ]);
  });
  it('give both MACs when the address changed hands within the tolerance', () => {
    expect(bind([fact(0, 'ack'), fact(99, 'release'), fact(100, 'ack', b)], 100).map(([mac]) => mac)).toEqual(
      [a, b],
    );
  });

  it('never leave out a MAC that truly held the address, whatever the clock within its tolerance', () => {
    const tenure = fc.record({
      mac: fc.constantFrom(a, b, '00:00:5e:00:53:03'),
      held: fc.integer({ min: 20, max: 900 }),
      gap: fc.integer({ min: 1, max: 300 }),
    });
    fc.assert(
      fc.property(
        fc.array(tenure, { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 0, max: 4000 }),
        fc.integer({ min: -2, max: 2 }),
        (tenures, when, skew) => {
          const events: LeaseFact[] = [];
          let truth: string | null = null;
          let now = 0;
          for (const { mac, held, gap } of tenures) {
            // Renewed every half lease, released at the end: the whole truth of a server that logs everything.
            for (let at = now; at < now + held; at += 300) events.push(fact(at, 'ack', mac));
            events.push(fact(now + held, 'release', mac));
            if (when >= now && when <= now + held) truth = mac;
            now += held + gap;
          }
          const found = bind(events, when + skew);
          if (truth) expect(found.map(([mac]) => mac)).toContain(truth);
          if (!truth) return;
          for (const [mac, hold] of found)
            if (hold === 'bracketed' && found.length === 1) expect(mac).toBe(truth);
        },
      ),
      { numRuns: 3000 },
    );
  });
});

describe('a log source', () => {
  it('concerns a place of its realm on its line of units', () => {
    const source = { format: 'isc-dhcpd', realm: 'main', unitPath: 'city.east' };
    expect(isRelated(source, 'lease', { realm: 'main', unitPath: 'city.east.east-1' })).toBe(true);
    expect(isRelated(source, 'lease', { realm: 'main', unitPath: 'city' })).toBe(true);
    expect(isRelated(source, 'lease', { realm: 'main', unitPath: 'city.east2' })).toBe(false);
    expect(isRelated(source, 'lease', { realm: 'lab', unitPath: 'city.east' })).toBe(false);
    expect(isRelated(source, 'nat', { realm: 'main', unitPath: 'city.east' })).toBe(false);
  });
});
