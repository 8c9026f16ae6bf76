import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { natSizing, natSizingQuery } from '../contract/sizing.ts';
import { sizeNat } from './size-nat.ts';

/** `days` past the least that the law allows, so that what was measured in a day can be compared. */
const of = ({ days, ...asked }: { days?: number; [field: string]: number | undefined }) => {
  const whole = natSizingQuery.parse(asked);
  return sizeNat({ ...whole, days: days ?? whole.days });
};

describe('sizing of NAT logs', () => {
  it('agrees with the campus that was measured: 1000 sessions a second, 172.8 million lines, 2.5 GB raw', () => {
    const campus = of({ devices: 500, sessionsPerSecond: 1000, days: 1 });
    expect(campus.perSession.rowsPerDay).toBe(172_800_000);
    expect(campus.perSession.rawBytes).toBe(2_500_000_000);
    // Two sessions a second by device is what that campus had, so that nothing asked gives the same.
    expect(of({ devices: 500, days: 1 }).perSession).toEqual(campus.perSession);
  });

  it('tells 100,000 devices about 35 billion lines and 1 TB a day, against a million rows and 30 MB in blocks', () => {
    const city = of({ devices: 100_000, days: 1 });
    expect(city.perSession.rowsPerDay / 1e9).toBeCloseTo(34.56, 2);
    expect(city.perSession.indexBytes / 1e12).toBeCloseTo(1.006, 2);
    expect(city.perBlock.rowsPerDay).toBe(1_000_000);
    expect(city.perBlock.indexBytes / 1e6).toBeCloseTo(29.1, 1);
    expect(city).toMatchObject({ advice: 'blocks', ratio: 34_560 });
  });

  it('counts public addresses by hand: 250 ports at once are four blocks of 128, 126 devices an address', () => {
    // 250 × 1.2 = 300 ports, of four blocks 75 each, rounded up to 128; 64,512 ports ÷ 512 = 126 devices.
    const one = of({ devices: 1260, portsAtOnce: 250, onlinePercent: 60 });
    expect(one).toMatchObject({
      blockSize: 128,
      blocksPerDevice: 4,
      portsPerDevice: 512,
      devicesPerAddress: 126,
      publicAddressesDeterministic: 10,
      publicAddresses: 3,
    });
  });

  it('takes six months and nothing less, and lets those on line decide public addresses only', () => {
    expect(of({}).asked.days).toBe(183);
    expect(natSizingQuery.safeParse({ days: 182 }).success).toBe(false);
    const [few, all] = [of({ onlinePercent: 10 }), of({ onlinePercent: 100 })];
    expect(few.perSession).toEqual(all.perSession);
    expect(few.publicAddresses).toBeLessThan(all.publicAddresses);
  });

  it('names the RFCs that it rests on and every common gateway with the size to set', () => {
    const told = of({});
    const why = told.why.map(({ zh }) => zh).join('\n');
    for (const rfc of ['RFC 6888', 'RFC 7422', 'RFC 6302']) expect(why).toContain(rfc);
    const lines = told.gateways.map(({ lines: all }) => all.map(({ zh }) => zh).join());
    expect(lines).toHaveLength(6);
    expect(lines.filter((text) => /128|512/.test(text))).toHaveLength(6);
  });

  it('never recommends fewer ports than are wanted, nor more devices on an address than it has ports for', () => {
    fc.assert(
      fc.property(
        fc.record({
          devices: fc.integer({ min: 1, max: 10_000_000 }),
          sessionsPerSecond: fc.integer({ min: 0, max: 1_000_000 }),
          days: fc.integer({ min: 1, max: 3650 }),
          portsAtOnce: fc.integer({ min: 16, max: 13_000 }),
          onlinePercent: fc.integer({ min: 1, max: 100 }),
        }),
        (asked) => {
          const told = natSizing.omit({ asked: true }).parse(of(asked));
          expect(told.portsPerDevice).toBeGreaterThanOrEqual(asked.portsAtOnce);
          expect(Math.log2(told.blockSize) % 1).toBe(0);
          expect(told.devicesPerAddress * told.portsPerDevice).toBeLessThanOrEqual(64_512);
          const held = told.publicAddressesDeterministic * told.devicesPerAddress;
          expect(held).toBeGreaterThanOrEqual(asked.devices);
          expect(held - told.devicesPerAddress).toBeLessThan(asked.devices);
        },
      ),
    );
  });
});
