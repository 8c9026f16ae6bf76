/** What a verdict makes of clocks that jump, of lines that came twice or not at all, of addresses that others use. */
import { describe, expect, it } from 'vitest';
import {
  at,
  block,
  device,
  lease,
  mac,
  minute,
  natLine,
  perfect,
  question,
  sighting,
  source,
  stranger,
  verdictOf,
} from '../../../../test/support/trace-facts.ts';
import { clockOf } from './clock.ts';
import { decideTrace } from './decide.ts';
import type { TraceFacts } from './facts.ts';

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

  it('read days before and days after is corrected between the two where they agree, and not beyond a day', () => {
    const day = 24 * 60;
    const both = clock(told(-2 * day, 118_000), told(3 * day, 121_000));
    expect(both).toMatchObject({ offsetMs: 119_200, basis: 'measured' });
    expect(both.marginMs).toBeLessThan(5000);
    expect(clock(told(-2 * day, 118_000)).basis).toBe('unsure');
    expect(clock(told(-2 * day, 118_000), told(3 * day, 300_000)).basis).toBe('unsure');
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

describe('two exporters of one gateway', () => {
  const twin = (shift: number, more: Partial<(typeof perfect.nat)[number]> = {}) =>
    perfect.nat.map((line) => ({ ...line, ...more, seq: line.seq + 20, sourceId: 5, ts: line.ts + shift }));
  const facts = (nat: TraceFacts['nat']) => {
    const coverage = [...perfect.coverage, { ...perfect.coverage[0]!, sourceId: 5 }];
    return { ...perfect, sources: [...perfect.sources, source(5)], nat: [...perfect.nat, ...nat], coverage };
  };
  const codesOf = (nat: TraceFacts['nat']) => decideTrace(question, facts(nat)).codes;

  it('that agree within the margins of their clocks prove, and that dispute the time name nobody', () => {
    expect(codesOf(twin(0))).toEqual(['proven']);
    expect(codesOf(twin(3000))).toEqual(['proven']);
    for (const shift of [-60_000, 60_000]) expect(codesOf(twin(shift))).toEqual(['exporters']);
    // In an older bag the outcome of then follows still.
    const { rulesOf: _, ...old } = facts(twin(60_000));
    expect(decideTrace(question, old).codes).toEqual(['proven']);
  });

  it('of which one tells beginnings and the other ends do not dispute', () => {
    const begins = [natLine(1, 'new', at - 5 * minute), natLine(3, 'update', at + minute)];
    const ends = [{ ...natLine(9, 'destroy', at + 5 * minute), sourceId: 5 }];
    const outcome = decideTrace(question, { ...facts(ends), nat: [...begins, ...ends] });
    expect(outcome.codes).not.toContain('exporters');
  });
});

describe('a rule of ports', () => {
  const rule = (inIp: string, validFrom: number | null, validTo: number | null) => {
    const own = { id: inIp, pubIp: question.ip, port: 40_001, realm: 'main', inIp };
    return { ...own, unitPath: 'city', validFrom, validTo, recordedAt: 0 };
  };

  it('that was changed within a minute of the time leaves two candidates, and one', () => {
    const changed = (since: number) =>
      decideTrace(question, {
        ...perfect,
        nat: [],
        rules: [rule('10.1.4.10', null, since), rule('10.1.4.11', since, null)],
      });
    expect(changed(at + 30_000).verdict).toBe('ambiguous');
    expect(changed(at - 30_000).verdict).toBe('ambiguous');
    expect(changed(at + 5 * minute).candidates.map((one) => one.insideIp)).toEqual(['10.1.4.10']);
    expect(changed(at - 5 * minute).candidates.map((one) => one.insideIp)).toEqual(['10.1.4.11']);
  });
});

describe('a session without ports', () => {
  it('does not end where another of the same far end begins', () => {
    const ping = (seq: number, kind: 'new' | 'destroy', ts: number, inIp: string) =>
      natLine(seq, kind, ts, { proto: 1, pubPort: 0, inPort: 0, inIp });
    const nat = [
      ping(1, 'new', at - 5 * minute, '10.1.4.10'),
      ping(2, 'new', at - minute, '10.1.4.11'),
      ping(3, 'destroy', at + minute, '10.1.4.11'),
    ];
    const asked = { ...question, proto: 'icmp' as const, port: null };
    const found = decideTrace(asked, { ...perfect, nat });
    expect(found.candidates.map((one) => one.insideIp).sort()).toEqual(['10.1.4.10', '10.1.4.11']);
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

describe('an address', () => {
  const byIp = { ...device(mac), by: 'ip' as const, asked: '10.1.4.10', ip: '10.1.4.10' };
  const devices = [...perfect.devices, byIp];

  it('that a machine gets by lease tells nothing of it when it had none', () => {
    const gone = [lease(1, at - 60 * minute), lease(2, at - 40 * minute, { action: 'release' })];
    expect(decideTrace(question, { ...perfect, leases: gone, devices }).codes).toEqual(['no_binding']);
    expect(verdictOf({ leases: [], devices })).toBe('probable');
    const seen = [sighting(1, at - 2 * minute)];
    expect(verdictOf({ leases: gone, devices, sightings: seen })).toBe('probable');
    expect(verdictOf({ leases: [], devices, sightings: seen })).toBe('proven');
    const justNow = [sighting(1, at - 20_000, { kind: 'arpwatch', action: 'changed', oldMac: stranger })];
    expect(verdictOf({ leases: [], devices, sightings: justNow })).toBe('probable');
  });

  it('that was taken, and by a later line still was then, is not only that of the lease', () => {
    const watch = { kind: 'arpwatch' as const, action: 'changed' as const };
    const taken = sighting(1, at - 20 * minute, { ...watch, mac: stranger, oldMac: mac });
    const back = sighting(2, at + minute, { ...watch, oldMac: stranger });
    expect(verdictOf({ sightings: [taken, back] })).toBe('ambiguous');
    expect(verdictOf({ sightings: [taken, { ...back, ts: at - 12 * minute }] })).toBe('proven');
  });

  it('got after the connection began leads to nobody', () => {
    const before = lease(3, at - 90 * minute, { mac: stranger, action: 'release' });
    const leases = [before, lease(1, at - 3 * minute), lease(2, at + 15 * minute)];
    expect(decideTrace(question, { ...perfect, leases }).codes).toEqual(['session_older']);
    expect(verdictOf({ leases: leases.slice(1) })).toBe('not_provable');
    // Only the tolerance of the clocks lets it be its own.
    const close = [before, lease(1, at - 5 * minute + 3000), lease(2, at + 15 * minute)];
    expect(verdictOf({ leases: close })).toBe('probable');
    const fresh = [before, lease(1, at - 5.5 * minute), lease(2, at + 15 * minute)];
    expect(decideTrace(question, { ...perfect, leases: fresh }).codes).toEqual(['just_given']);
    expect(decideTrace(question, { ...perfect, leases: fresh.slice(1) }).codes).toEqual(['just_given']);
    const former = [sighting(1, at - 8 * minute, { mac: stranger })];
    const short = [natLine(1, 'new', at - 1000), natLine(2, 'destroy', at + 5000)];
    const justNow = [before, lease(1, at - 20_000), lease(2, at + 15 * minute)];
    expect(verdictOf({ leases: justNow, nat: short, sightings: former })).toBe('ambiguous');
    expect(verdictOf({ leases: [lease(4, at - 30 * minute), ...leases.slice(1)] })).toBe('proven');
  });

  it('given back and got again is the device’s since then, whatever was seen of it before', () => {
    const back = [
      lease(3, at - 90 * minute),
      lease(4, at - 60 * minute, { action: 'release' }),
      lease(1, at - 3 * minute),
      lease(2, at + 15 * minute),
    ];
    const seen = [sighting(1, at - 80 * minute)];
    expect(decideTrace(question, { ...perfect, leases: back, sightings: seen }).codes).toEqual([
      'session_older',
    ]);
  });

  it('where another machine was seen a minute before the connection proves nothing without leases either', () => {
    const watch = { kind: 'arpwatch' as const, action: 'changed' as const };
    const change = sighting(1, at - 5.5 * minute, { ...watch, oldMac: stranger });
    const seen = [sighting(3, at - 30 * minute, { mac: stranger }), change, sighting(2, at + minute)];
    expect(decideTrace(question, { ...perfect, leases: [], sightings: seen }).codes).toContain('just_given');
  });

  it('that client after client declined is used by somebody without a lease', () => {
    const declines = [-90, 70].map((n, i) =>
      lease(8 + i, at + n * minute, { action: 'decline', mac: stranger }),
    );
    expect(verdictOf({ leases: [...perfect.leases, ...declines] })).toBe('not_provable');
  });

  it('of one school does not lead to a device that is registered at another', () => {
    const place = { ip: '10.1.4.10', realm: 'main', role: 'inside' as const, cidr: '10.1.4.0/24' };
    const at = (unitPath: string) => ({ allocations: [{ ...place, unitPath, unitName: '学校' }] });
    expect(decideTrace(question, { ...perfect, ...at('city.west') }).codes).toEqual(['elsewhere']);
    expect(verdictOf(at('city.east.one'))).toBe('proven');
  });
});
