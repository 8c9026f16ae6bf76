import fc from 'fast-check';
import { expect, test } from 'vitest';
import { dataSet, templateSet, v9 } from '#test/flow-packets';
import { decodeAgain } from './decode-again.ts';
import { pickNeeded } from './pick-records.ts';

test('of many records exactly those that are needed are picked, in their order', () => {
  fc.assert(
    fc.property(fc.nat(300), fc.array(fc.nat(299), { maxLength: 5 }), (size, wanted) => {
      const all = Array.from({ length: size }, (_, index) => index);
      const needed = [...new Set(wanted)].sort((a, b) => a - b);
      const isEnough = (some: readonly number[]) => needed.every((one) => some.includes(one));
      expect(pickNeeded(all, isEnough)).toEqual(needed.every((one) => one < size) ? needed : null);
    }),
  );
});

test('a flow is read again with the one datagram that announced its template, the nearest of many', () => {
  const seconds = 1_795_000_000;
  const fields = [8, 225, 12].map((id) => ({ id, length: 4 }));
  fields.push(...[7, 227, 11].map((id) => ({ id, length: 2 })), { id: 4, length: 1 }, { id: 230, length: 1 });
  const datagram = (n: number) => {
    const sets =
      n % 50 === 0
        ? [templateSet(300, fields)]
        : [dataSet(300, fields, [['10.1.4.10', '203.0.113.1', '198.51.100.2', 4000, 60_000 - n, 443, 6, 4]])];
    const bytes = v9({ seconds: seconds + n, sequence: n }, ...sets).toString('base64');
    return { n, bytes, recvAt: (seconds + n) * 1000, sender: 'flow:192.0.2.1' };
  };
  const all = Array.from({ length: 260 }, (_, n) => datagram(n));
  const target = { ...datagram(277), settings: { zone: '+08:00', realm: 'main' }, template: null };
  expect(decodeAgain(target, 'netflow/1')).toBe('needs_earlier_lines');
  const picked = pickNeeded(all, (others) => {
    const rows = decodeAgain({ ...target, others }, 'netflow/1');
    return typeof rows !== 'string' && rows.some((row) => row.table === 'nat' && row.pubPort === 59_723);
  });
  expect(picked?.map(({ n }) => n)).toEqual([250]);
});
