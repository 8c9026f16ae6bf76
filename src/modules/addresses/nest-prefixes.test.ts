import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findAround, findOverlaps, type Holding, isAtOrBelow } from './nest-prefixes.ts';
import { parsePrefix } from './parse-ip.ts';

const holding = (row: number | null, cidr: string, unitPath: string): Holding => ({
  row,
  prefix: parsePrefix(cidr)!,
  space: 'inside main',
  unitPath,
});

describe('allocations', () => {
  it('nest from city to county to school', () => {
    const nested = [
      holding(2, '10.1.4.0/22', 'city.east.east-1'),
      holding(3, '10.0.0.0/8', 'city'),
      holding(4, '10.1.0.0/16', 'city.east'),
      holding(5, '10.1.4.0/24', 'city.east.east-1'),
    ];
    expect(findOverlaps(nested).size).toBe(0);
  });

  it('of neighbours, or of a unit inside one below it, are refused', () => {
    const overlaps = findOverlaps([
      holding(null, '10.1.0.0/16', 'city.east'),
      holding(2, '10.1.4.0/22', 'city.west.west-1'),
      holding(3, '10.1.8.0/22', 'city'),
      holding(4, '10.0.0.0/8', 'city.west'),
      holding(5, '10.2.0.0/16', 'city.west'),
    ]);
    expect([...overlaps.keys()].sort()).toEqual([2, 3, 4]);
  });

  it('left after the refusals never overlap between units that do not nest, and none is refused without cause', () => {
    const units = ['city', 'city.east', 'city.west', 'city.east.a', 'city.east.b'];
    const one = fc.record({
      byte: fc.integer({ min: 0, max: 255 }),
      length: fc.integer({ min: 8, max: 16 }),
      unit: fc.constantFrom(...units),
      registered: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(one, { maxLength: 12 }), (list) => {
        const seen = new Set<string>();
        const all = list.flatMap(({ byte, length, unit, registered }, index) => {
          const second = (byte >> (16 - length)) << (16 - length);
          const cidr = `10.${second & 255}.0.0/${length}`;
          if (seen.has(cidr)) return [];
          seen.add(cidr);
          return [holding(registered ? null : index + 2, cidr, unit)];
        });
        const refused = findOverlaps(all);
        const clash = (a: Holding, b: Holding) => {
          const [outer, inner] = a.prefix.length < b.prefix.length ? [a, b] : [b, a];
          const contains = outer.prefix.first <= inner.prefix.first && outer.prefix.last >= inner.prefix.last;
          return contains && !isAtOrBelow(inner.unitPath, outer.unitPath);
        };
        const kept = all.filter((h) => h.row === null || !refused.has(h.row));
        for (const a of kept.filter((h) => h.row !== null)) {
          for (const b of kept) if (a !== b) expect(clash(a, b)).toBe(false);
        }
        for (const [row, other] of refused) {
          expect(clash(all.find((h) => h.row === row)!, other)).toBe(true);
        }
      }),
    );
  });

  it('stand in the narrowest one around them that is not refused', () => {
    const all = [
      holding(null, '10.0.0.0/8', 'city'),
      holding(2, '10.1.4.0/24', 'city.east.a'),
      holding(3, '10.1.0.0/16', 'city.east'),
      holding(4, '11.0.0.0/8', 'city'),
    ];
    const around = (refused: number[]) =>
      [...findAround(all, new Set(refused))].map(([row, one]) => [row, one.row]).sort();
    expect(around([])).toEqual([
      [2, 3],
      [3, null],
    ]);
    expect(around([3])).toEqual([
      [2, null],
      [3, null],
    ]);
  });
});
