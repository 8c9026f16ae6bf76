import fc from 'fast-check';
import { expect, test } from 'vitest';
import { h3c } from '#test/flow-packets';
import { h3cFlow } from './h3c-flow.ts';
import type { DataRow, Memory } from './row.ts';

const source = { zone: '+08:00', realm: 'main' };
const seconds = 1_795_000_000;
const recvAt = new Date(seconds * 1000);

function reader() {
  const values = new Map<string, unknown>();
  const memory: Memory = { get: (key) => values.get(key), set: (key, value) => values.set(key, value) };
  const decode = h3cFlow.open!(memory);
  return (bytes: Buffer) => decode(bytes, source, recvAt, 'flow:192.0.2.1');
}

const flow = {
  operator: 8,
  src: ['172.16.16.41', 64_886],
  srcNat: ['203.0.113.10', 9104],
  dst: ['198.51.100.17', 80],
  start: seconds - 9,
  end: 0,
} as const;

test('a flow that is created, lives on and ends', () => {
  const rows = reader()(
    h3c({ seconds, sequence: 10 }, [
      flow,
      { ...flow, operator: 6 },
      { ...flow, operator: 2, end: seconds, inVpn: 5 },
    ]),
  ) as DataRow[];
  const tuple = {
    table: 'nat',
    direction: 'out',
    proto: 6,
    pubIp: '203.0.113.10',
    pubPort: 9104,
    inIp: '172.16.16.41',
    inPort: 64_886,
    dstIp: '198.51.100.17',
    dstPort: 80,
  };
  expect(rows).toEqual([
    {
      ...tuple,
      event: 'new',
      ts: (seconds - 9) * 1000,
      start: (seconds - 9) * 1000,
      flow: '',
      counter: { name: 'h3c:1.2.0', value: 10, span: 3 },
    },
    { ...tuple, event: 'update', ts: seconds * 1000, start: (seconds - 9) * 1000, flow: '' },
    { ...tuple, event: 'destroy', ts: seconds * 1000, start: (seconds - 9) * 1000, flow: 'vrf5' },
  ]);
});

test('a changed destination is a port forwarding, no change a plain flow with its bytes', () => {
  const rows = reader()(
    h3c({ seconds, sequence: 1 }, [
      {
        ...flow,
        src: ['198.51.100.4', 999],
        srcNat: ['198.51.100.4', 999],
        dst: ['203.0.113.10', 8443],
        dstNat: ['10.1.2.3', 443],
      },
      { ...flow, operator: 1, srcNat: flow.src, end: seconds },
    ]),
  );
  expect(rows).toMatchObject([
    { direction: 'in', pubIp: '203.0.113.10', pubPort: 8443, inIp: '10.1.2.3', inPort: 443, dstPort: 999 },
    { table: 'event', kind: 'flow', cli: '172.16.16.41', up: 2000, dn: 1000, took: 9000 },
  ]);
});

test('whether the number counts records or datagrams is learned from neighbours', () => {
  const span = (found: ReturnType<ReturnType<typeof reader>>) => (found as DataRow[])[0]?.counter?.span;
  const records = reader();
  expect(span(records(h3c({ seconds, sequence: 10 }, [flow, flow, flow])))).toBe(3);
  expect(span(records(h3c({ seconds, sequence: 13 }, [flow, flow])))).toBe(2);
  const datagrams = reader();
  expect(span(datagrams(h3c({ seconds, sequence: 10 }, [flow, flow, flow])))).toBe(3);
  expect(span(datagrams(h3c({ seconds, sequence: 11 }, [flow, flow])))).toBe(1);
  expect(span(datagrams(h3c({ seconds, sequence: 12 }, [flow])))).toBe(1);
  // Another board counts by itself.
  expect((datagrams(h3c({ seconds, sequence: 900, slot: 3 }, [flow])) as DataRow[])[0]?.counter?.name).toBe(
    'h3c:1.3.0',
  );
});

test('other versions, other types and wrong lengths are not read', () => {
  const good = h3c({ seconds, sequence: 1 }, [flow]);
  expect(reader()(good.subarray(0, -1))).toBeNull();
  expect(reader()(Buffer.concat([good, Buffer.alloc(1)]))).toBeNull();
  expect(reader()(Buffer.from([5, ...good.subarray(1)]))).toBeNull();
  expect(reader()(Buffer.from([3, 11, ...good.subarray(2)]))).toBeNull();
  expect(reader()(Buffer.alloc(0))).toBeNull();
});

test('any bytes never throw', () => {
  const read = reader();
  const any = fc.tuple(
    fc.constantFrom(4, 5),
    fc.integer({ min: 0, max: 3 }),
    fc.uint8Array({ maxLength: 300 }),
  );
  fc.assert(
    fc.property(any, ([type, count, body]) => {
      const found = read(Buffer.concat([Buffer.from([3, type, 0, count]), body]));
      if (Array.isArray(found)) for (const { ts } of found as DataRow[]) expect(ts).toBeGreaterThanOrEqual(0);
    }),
    { numRuns: 1000 },
  );
  const whole = fc.uint8Array({ minLength: 76 + 12, maxLength: 76 + 12 });
  fc.assert(
    fc.property(whole, (body) => {
      expect(read(Buffer.concat([Buffer.from([3, 5, 0, 1]), body]))).toHaveLength(1);
    }),
    { numRuns: 500 },
  );
});
