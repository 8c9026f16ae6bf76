import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clockOf } from './clock.ts';
import { decideTrace } from './decide.ts';
import {
  type BlockFact,
  type LeaseFact,
  type NatFact,
  noFacts,
  type SightingFact,
  type SourceFact,
  type TraceFacts,
  type TraceQuestion,
} from './facts.ts';
import { natFactsOf } from './log-facts.ts';

const minute = 60_000;
const at = Date.parse('2026-11-22T06:15:00Z');
const [mac, stranger] = ['00:00:5e:00:53:01', '00:00:5e:00:53:02'];
const question: TraceQuestion = {
  ip: '203.0.113.1',
  port: 40_001,
  proto: 'tcp',
  at,
  knownAt: at + 60 * minute,
};
const place = (seq: number, sourceId = 1) => ({ segment: 1, seq, sourceId, dec: 'x/1', realm: 'main' });
const natLine = (seq: number, kind: NatFact['kind'], ts: number, more: Partial<NatFact> = {}): NatFact => ({
  ...place(seq),
  kind,
  ts,
  start: null,
  direction: 'out',
  proto: 6,
  pubIp: question.ip,
  pubPort: 40_001,
  inIp: '10.1.4.10',
  inPort: 5000,
  peer: 0,
  isAsked: null,
  flow: '',
  ...more,
});
const lease = (seq: number, ts: number, more: Partial<LeaseFact> = {}): LeaseFact => ({
  ...place(seq, 2),
  ts,
  action: 'ack',
  ip: '10.1.4.10',
  mac,
  leaseSeconds: 3600,
  ...more,
});
const sighting = (seq: number, ts: number, more: Partial<SightingFact> = {}): SightingFact => ({
  ...place(seq, 3),
  ts,
  kind: 'arp',
  action: 'seen',
  ip: '10.1.4.10',
  mac,
  oldMac: '',
  user: '',
  session: '',
  ...more,
});
const block = (seq: number, kind: BlockFact['kind'], ts: number, inIp = '10.1.4.10'): BlockFact => ({
  ...place(seq),
  kind,
  ts,
  start: null,
  proto: 0,
  pubIp: question.ip,
  lo: 40_000,
  hi: 40_063,
  step: 1,
  inIp,
});
const source = (id: number, more: Partial<SourceFact> = {}): SourceFact => ({
  id,
  name: `source ${id}`,
  unitPath: 'city',
  format: 'conntrack',
  realm: 'main',
  toleranceSeconds: 2,
  clock: null,
  senders: [],
  ...more,
});
const covered = (sourceId: number, purpose: 'nat' | 'lease') => ({
  sourceId,
  name: '',
  unitPath: 'city',
  purpose,
  state: 'covered' as const,
  detail: '',
});
const known = { validFrom: 0, recordedAt: 0, unitPath: 'city.east' };
const device = (asked: string, deviceId = 'd1') => ({
  ...known,
  by: 'mac' as const,
  realm: 'main',
  asked,
  deviceId,
  assetNo: deviceId,
  unitName: 'school',
  ip: null,
  mac: asked,
});
const perfect: TraceFacts = {
  ...noFacts,
  sources: [source(1), source(2, { format: 'isc-dhcpd' }), source(3, { format: 'auto' })],
  nat: [natLine(1, 'new', at - 5 * minute), natLine(2, 'destroy', at + 5 * minute)],
  leases: [lease(1, at - 10 * minute), lease(2, at + 15 * minute)],
  devices: [device(mac), device(stranger, 'd2')],
  custody: [{ ...known, deviceId: 'd1', personId: 'p1', room: '301' }],
  coverage: [covered(1, 'nat'), covered(2, 'lease'), covered(3, 'lease')],
};
const verdictOf = (facts: Partial<TraceFacts>, asked: Partial<TraceQuestion> = {}) =>
  decideTrace({ ...question, ...asked }, { ...perfect, ...facts }).verdict;
const named = { proven: 2, probable: 1, ambiguous: 0, not_provable: 0 } as const;

describe('an outcome', () => {
  it('is proven for one inside address, an unbroken lease, a registered device and complete logs', () => {
    const outcome = decideTrace(question, perfect);
    expect(outcome).toMatchObject({ verdict: 'proven', candidates: [{ assetNo: 'd1', personId: 'p1' }] });
    expect(outcome.candidates[0]!.steps.map((step) => step.kind)).toEqual([
      'nat',
      'nat',
      'lease',
      'lease',
      'register',
      'custody',
    ]);
  });

  it('never gets better by a line that speaks for another, and is not proven when one is in the window', () => {
    const other = { mac: stranger };
    fc.assert(
      fc.property(
        fc.integer({ min: -20 * minute, max: 20 * minute }),
        fc.constantFrom('lease', 'sighting', 'nat'),
        fc.record({ drop: fc.boolean(), gap: fc.boolean() }),
        (offset, kind, { drop, gap }) => {
          const start: TraceFacts = {
            ...perfect,
            nat: drop ? perfect.nat.slice(1) : perfect.nat,
            coverage: gap ? [] : perfect.coverage,
          };
          const added: Record<typeof kind, Partial<TraceFacts>> = {
            lease: { leases: [...start.leases, lease(9, at + offset, other)] },
            sighting: { sightings: [sighting(9, at + offset, other)] },
            nat: { nat: [...start.nat, natLine(9, 'update', at + offset, { inIp: '10.1.4.11', peer: 1 })] },
          };
          const before = decideTrace(question, start).verdict;
          const after = decideTrace(question, { ...start, ...added[kind] }).verdict;
          expect(named[after]).toBeLessThanOrEqual(named[before]);
          if (Math.abs(offset) <= 2000) expect(after).not.toBe('proven');
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('never gets better when a source was not heard', () => {
    for (let n = 0; n < perfect.coverage.length; n += 1) {
      const coverage = perfect.coverage.filter((_, place) => place !== n);
      expect(named[verdictOf({ coverage })]).toBeLessThanOrEqual(named[verdictOf({})]);
    }
    expect(verdictOf({ coverage: [] })).toBe('probable');
  });

  it('names nobody when the port changed hands within the tolerance of the clock', () => {
    const next = [natLine(3, 'new', at + 1500, { inIp: '10.1.4.11' })];
    const nat = [perfect.nat[0]!, natLine(2, 'destroy', at - 500), ...next];
    expect(verdictOf({ nat })).toBe('ambiguous');
  });

  it('is only probable when the time is outside of the session and within the tolerance', () => {
    const nat = [perfect.nat[0]!, natLine(2, 'destroy', at - 1500)];
    expect(decideTrace(question, { ...perfect, nat }).codes).toEqual(['nat_near']);
  });

  it('does not name a host whose only line is long ago', () => {
    expect(verdictOf({ nat: [natLine(1, 'new', at - 60 * minute)] })).toBe('not_provable');
  });

  it('follows a block of ports, and the one it was given to next ends it', () => {
    const blocks = [block(1, 'alloc', at - 60 * minute), block(2, 'free', at + 60 * minute)];
    expect(verdictOf({ nat: [], blocks })).toBe('proven');
    const next = [block(1, 'alloc', at - 60 * minute), block(2, 'alloc', at - minute, '10.1.4.11')];
    const outcome = decideTrace(question, { ...perfect, nat: [], blocks: next });
    expect(outcome.candidates.map((one) => one.insideIp)).toEqual(['10.1.4.11']);
  });

  it('rests on sightings where there is no lease, and on two that bracket the time', () => {
    const bracket = [sighting(1, at - 5 * minute), sighting(2, at + 5 * minute)];
    expect(verdictOf({ leases: [], sightings: bracket })).toBe('proven');
    expect(verdictOf({ leases: [], sightings: bracket.slice(0, 1) })).toBe('probable');
    expect(verdictOf({ leases: [], sightings: [sighting(1, at - 120 * minute)] })).toBe('not_provable');
  });

  it('never proves a random MAC', () => {
    const random = 'da:a1:19:00:00:05';
    const leases = perfect.leases.map((one) => ({ ...one, mac: random }));
    expect(verdictOf({ leases, devices: [device(random)] })).toBe('probable');
  });

  it('goes on through a NAT behind the NAT when its lines are there, and ends at it when not', () => {
    const exit = {
      ip: '10.9.0.1',
      realm: 'main',
      role: 'exit' as const,
      cidr: '10.9.0.1/32',
      unitPath: 'city.east',
      unitName: '学校',
    };
    const outer = perfect.nat.map((line) => ({ ...line, inIp: '10.9.0.1', inPort: 7777 }));
    const inner = perfect.nat.map((line) => ({
      ...line,
      seq: line.seq + 10,
      pubIp: '10.9.0.1',
      pubPort: 7777,
    }));
    const ends = decideTrace(question, { ...perfect, nat: outer, allocations: [exit] });
    expect(ends).toMatchObject({ verdict: 'not_provable', codes: ['second_nat'] });
    expect(ends.because.some((one) => one.zh.includes('请向学校查询'))).toBe(true);
    expect(verdictOf({ nat: [...outer, ...inner], allocations: [exit] })).toBe('proven');
  });

  it('leads through a proxy to its client, and names nobody when the proxy shows no request', () => {
    const squid = source(4, { format: 'squid', senders: ['10.1.4.10/32'] });
    const sources = [...perfect.sources, squid];
    const request = {
      ...place(1, 4),
      ts: at + 1000,
      took: 5000,
      clientIp: '10.1.4.20',
      clientPort: 0,
      proxyIp: '10.1.4.10',
      serves: [],
      isAsked: null,
    };
    const leases = perfect.leases.map((one) => ({ ...one, ip: '10.1.4.20' }));
    const coverage = [...perfect.coverage, covered(4, 'nat')];
    const found = decideTrace(question, { ...perfect, sources, requests: [request], leases, coverage });
    expect(found).toMatchObject({ verdict: 'probable', candidates: [{ insideIp: '10.1.4.20' }] });
    expect(decideTrace(question, { ...perfect, sources }).codes).toContain('proxy');
  });
});

describe('a clock', () => {
  const clock = { at, offsetMs: 61_000, spreadMs: 500, samples: 9, steady: true };
  it('that is steadily wrong is corrected, and the words say so', () => {
    const sources = [source(1, { clock }), ...perfect.sources.slice(1)];
    const nat = perfect.nat.map((line) => ({ ...line, ts: line.ts + 61_000 }));
    const outcome = decideTrace({ ...question, at: at - 4.5 * minute }, { ...perfect, nat, sources });
    expect(outcome.verdict).toBe('proven');
    expect(outcome.because.some((one) => one.zh.includes('快 61.0 秒'))).toBe(true);
  });
  it('that is unsteady widens the window and proves nothing', () => {
    const unsure = { ...clock, steady: false };
    const use = clockOf(source(1, { clock: unsure }), at);
    expect(use.basis).toBe('unsure');
    expect(use.offsetMs + use.marginMs).toBeGreaterThanOrEqual(61_500);
    expect(use.offsetMs - use.marginMs).toBeLessThanOrEqual(0);
    expect(verdictOf({ sources: [source(1, { clock: unsure }), ...perfect.sources.slice(1)] })).toBe(
      'probable',
    );
  });
});

describe('the course of a clock', () => {
  const minutes = (n: number) => at + n * minute;
  const told = (n: number, offsetMs: number, steady = true) => {
    return { at: minutes(n), offsetMs, spreadMs: 200, steady };
  };
  const clock = (...[first, ...others]: ReturnType<typeof told>[]) =>
    clockOf(source(1, { clock: { ...first!, samples: 9, others } }), at);

  it('between two estimates that agree is a straight line, and a small error is corrected, too', () => {
    expect(clock(told(-30, 1200), told(30, 1400))).toMatchObject({ offsetMs: 1300, basis: 'measured' });
  });

  it('that was set or jumped between the estimates around the time proves nothing', () => {
    const jumped = [told(-20, 0), told(30, 60_000)];
    const use = clock(...jumped);
    expect(use.basis).toBe('unsure');
    expect(use.offsetMs + use.marginMs).toBeGreaterThanOrEqual(60_000);
    // The first estimate after the jump may still tell of the minutes before it.
    expect(clock(told(-20, 0), told(5, 0), told(25, 60_000)).basis).toBe('unsure');
    const [first, ...others] = jumped;
    const sources = [source(1, { clock: { ...first!, samples: 9, others } }), ...perfect.sources.slice(1)];
    expect(verdictOf({ sources })).toBe('probable');
  });

  it('that was never measured is not trusted by half a minute where the port changed hands', () => {
    const other = { inIp: '10.1.4.11', peer: 1 };
    const nat = [
      ...perfect.nat,
      natLine(8, 'new', at - 60_000, other),
      natLine(9, 'destroy', at - 20_000, other),
    ];
    const outcome = decideTrace(question, { ...perfect, nat });
    expect(outcome).toMatchObject({ verdict: 'probable', codes: ['clock_untold'] });
    const measured = { at, offsetMs: 0, spreadMs: 100, samples: 9, steady: true };
    const sources = [source(1, { clock: measured }), ...perfect.sources.slice(1)];
    expect(verdictOf({ nat, sources })).toBe('proven');
  });
});

describe('lines that came twice or not at all', () => {
  const other = { inIp: '10.1.4.11' };

  it('an end that came twice is not the end of a session whose beginning is missing', () => {
    const later = [
      natLine(5, 'new', at + 30 * minute, other),
      natLine(6, 'destroy', at + 31 * minute, other),
    ];
    const twice = [...perfect.nat, ...later, { ...later[1]!, seq: 7 }];
    expect(verdictOf({ nat: twice })).toBe('proven');
  });

  it('a session whose beginning is missing began when the port was free at last', () => {
    const nat = [...perfect.nat, natLine(6, 'destroy', at + 9 * minute, other)];
    expect(verdictOf({ nat })).toBe('proven');
  });

  it('a lone line of another far from the time makes it probable, and one near makes it ambiguous', () => {
    const lone = (away: number) => [...perfect.nat, natLine(6, 'new', at - away, { ...other, peer: 1 })];
    const far = decideTrace(question, { ...perfect, nat: lone(60 * minute) });
    expect(far).toMatchObject({ verdict: 'probable', codes: ['rival'] });
    expect(verdictOf({ nat: lone(4 * minute) })).toBe('ambiguous');
  });

  it('a block whose allocation is missing was not held while another had it', () => {
    const blocks = [
      block(1, 'alloc', at - 60 * minute),
      block(2, 'free', at + 5 * minute),
      block(3, 'free', at + 90 * minute, '10.1.4.11'),
    ];
    expect(verdictOf({ nat: [], blocks })).toBe('proven');
  });
});

describe('a lease', () => {
  it('of which a renewal is missing proves nothing alone, nor with the registered address', () => {
    const apart = [lease(1, at - 25 * minute), lease(2, at + 25 * minute)];
    expect(decideTrace(question, { ...perfect, leases: apart }).codes).toEqual(['single_source']);
    const byIp = { ...device(mac), by: 'ip' as const, asked: '10.1.4.10', ip: '10.1.4.10' };
    const old = [lease(1, at - 50 * minute)];
    const devices = [...perfect.devices, byIp];
    expect(verdictOf({ leases: old, devices })).toBe('probable');
    expect(verdictOf({ leases: [lease(1, at - 20 * minute)], devices })).toBe('proven');
  });

  it('given while another still had it is not firm, and who is refused later had gone on using it', () => {
    const former = lease(3, at - 30 * minute, { mac: stranger });
    expect(decideTrace(question, { ...perfect, leases: [former, ...perfect.leases] }).codes).toEqual([
      'single_source',
    ]);
    const refused = lease(4, at + 2 * minute, { mac: stranger, action: 'nak' });
    expect(verdictOf({ leases: [former, ...perfect.leases, refused] })).toBe('ambiguous');
  });

  it('of a server whose other half was not heard is not proven', () => {
    const second = lease(3, at - 20 * 60 * minute, { sourceId: 7, action: 'release' });
    expect(verdictOf({ leases: [second, ...perfect.leases] })).toBe('probable');
  });
});

describe('far ends', () => {
  const row = (seq: number, dstIp: string) => {
    const { kind, peer: _, isAsked: __, start: ___, ...line } = natLine(seq, 'new', at);
    return { ...line, event: kind, start: 0, dstIp, dstPort: 443 };
  };
  it('are numbers that do not depend on the order of reading, and tell whether they are the asked one', () => {
    const rows = [row(1, '198.51.100.7'), row(2, '198.51.100.8'), row(3, '198.51.100.7')];
    const asked = { ...question, dstIp: '198.51.100.8' };
    const facts = natFactsOf(rows, asked);
    expect(facts.map((one) => [one.peer, one.isAsked])).toEqual([
      [0, false],
      [1, true],
      [0, false],
    ]);
    expect(natFactsOf(rows.toReversed(), asked)).toEqual(facts);
    expect(natFactsOf([row(1, '64:ff9b::c633:6408')], asked)[0]!.isAsked).toBe(true);
    expect(JSON.stringify(facts)).not.toContain('198.51.100');
  });
});
