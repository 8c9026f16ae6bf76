import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  at,
  block,
  covered,
  device,
  lease,
  minute,
  named,
  natLine,
  perfect,
  place,
  question,
  sighting,
  source,
  stranger,
  verdictOf,
} from '../../../../test/support/trace-facts.ts';
import { clockOf } from './clock.ts';
import { decideTrace } from './decide.ts';
import type { TraceFacts } from './facts.ts';
import { natFactsOf } from './log-facts.ts';

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

  it('without a protocol is of TCP and of UDP: one holder is proven, two are candidates', () => {
    const none = { ...question, proto: null };
    const udp = perfect.nat.map((line) => ({ ...line, proto: 17 }));
    const told = (outcome: ReturnType<typeof decideTrace>) => outcome.because.at(-1)!.zh;
    const onlyUdp = decideTrace(none, { ...perfect, nat: udp });
    expect([onlyUdp.verdict, told(onlyUdp)]).toEqual(['proven', expect.stringContaining('是 UDP 的')]);
    expect(decideTrace(question, { ...perfect, nat: udp }).verdict).toBe('not_provable');
    const both = [...perfect.nat, ...udp.map((line) => ({ ...line, seq: line.seq + 50, inIp: '10.1.4.77' }))];
    const two = decideTrace(none, { ...perfect, nat: both });
    expect([two.verdict, two.candidates.length, told(two)]).toEqual([
      'ambiguous',
      2,
      expect.stringContaining('是 TCP、UDP 的'),
    ]);
    expect(decideTrace(question, { ...perfect, nat: both }).verdict).toBe('proven');
    const icmp = both.map((line) => ({ ...line, proto: 1 }));
    expect(decideTrace(none, { ...perfect, nat: icmp }).candidates).toEqual([]);
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
    const nat = [...outer, ...inner];
    expect(verdictOf({ nat, allocations: [exit] })).toBe('proven');
    // What the question leaves open the outer translation tells: one of UDP has nothing to do with it.
    const udp = inner.map((line) => ({ ...line, seq: line.seq + 10, proto: 17, inIp: '10.1.4.77' }));
    expect(verdictOf({ nat: [...nat, ...udp], allocations: [exit] }, { proto: null })).toBe('proven');
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
      serves: [`${question.ip} 40001 0`],
      isAsked: null,
    };
    const leases = perfect.leases.map((one) => ({ ...one, ip: '10.1.4.20' }));
    const coverage = [...perfect.coverage, covered(4, 'nat')];
    const found = decideTrace(question, { ...perfect, sources, requests: [request], leases, coverage });
    expect(found).toMatchObject({ verdict: 'probable', candidates: [{ insideIp: '10.1.4.20' }] });
    const elsewhere = { ...request, serves: [] };
    expect(
      decideTrace(question, { ...perfect, sources, requests: [elsewhere], leases, coverage }).codes,
    ).toEqual(['via_proxy']);
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

describe('a question without a port', () => {
  const asked = { ...question, port: null };
  it('of an address whose rows were not all read names nobody, however alone', () => {
    expect(decideTrace(asked, perfect).verdict).toBe('probable');
    const cut = { ...perfect, cut: [{ what: 'nat' as const, read: 50_000 }] };
    expect(decideTrace(asked, cut)).toMatchObject({
      verdict: 'not_provable',
      codes: ['no_port', 'coverage'],
    });
    // A bag from before is judged as it was.
    expect(decideTrace(asked, { ...cut, rulesOf: 2 }).verdict).toBe('probable');
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
