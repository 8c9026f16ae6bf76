import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  dataSet,
  type FieldOf,
  ipfix,
  optionsSet,
  setOf,
  templateSet,
  type Value,
  v5,
  v9,
  variableLength,
} from '#test/flow-packets';
import type { KnownTemplates } from './flow/templates.ts';
import { netflow, readAgainKey } from './netflow.ts';
import type { DataRow, Decode, DecodedRow, Memory } from './row.ts';

const source = { zone: '+08:00', realm: 'main' };
const seconds = 1_795_000_000;
const recvAt = new Date((seconds + 1) * 1000);

class Notes implements Memory {
  readonly values = new Map<string, unknown>();
  get = (key: string) => this.values.get(key);
  // As the database keeps it: what comes back is a copy.
  set = (key: string, value: unknown) => void this.values.set(key, JSON.parse(JSON.stringify(value)));
}

function reader(
  memory: Memory = new Notes(),
): (bytes: Buffer, at?: Date, sender?: string) => ReturnType<Decode> {
  const decode = netflow.open!(memory);
  return (bytes, at = recvAt, sender = 'flow:192.0.2.1') => decode(bytes, source, at, sender);
}

/** The rows that a list of datagrams gives, whatever their counters. */
function rowsOf(...datagrams: Buffer[]): DataRow[] {
  const read = reader();
  return datagrams.flatMap((one) => asRows(read(one)));
}

function asRows(found: DecodedRow | readonly DataRow[] | null): DataRow[] {
  if (found === null) return [];
  return ('table' in found ? (found.table === 'none' ? [] : [found]) : [...found]) as DataRow[];
}

const plain: FieldOf[] = [
  { id: 8, length: 4 },
  { id: 12, length: 4 },
  { id: 7, length: 2 },
  { id: 11, length: 2 },
  { id: 4, length: 1 },
  { id: 1, length: 4 },
  { id: 2, length: 4 },
  { id: 22, length: 4 },
  { id: 21, length: 4 },
];
const flow: Value[] = ['192.0.2.10', '198.51.100.4', 40_000, 443, 6, 1500, 12, 90_000, 99_000];

test('NetFlow v5: addresses, ports, bytes, times by uptime, and its running number of flows', () => {
  const found = reader()(
    v5({ seconds, nanoseconds: 500_000_000, uptime: 100_000, sequence: 77, sampling: 0x4000 | 100 }, [
      {
        src: '192.0.2.10',
        dst: '198.51.100.4',
        srcPort: 40_000,
        dstPort: 443,
        proto: 6,
        packets: 12,
        octets: 1500,
        first: 90_000,
        last: 99_000,
      },
      {
        src: '192.0.2.11',
        dst: '198.51.100.5',
        srcPort: 53,
        dstPort: 53,
        proto: 17,
        packets: 1,
        octets: 60,
        first: 99_500,
        last: 99_500,
      },
    ]),
  ) as DataRow[];
  expect(found).toHaveLength(2);
  expect(found[0]).toMatchObject({
    table: 'event',
    kind: 'flow',
    ts: seconds * 1000 + 500 - 1000,
    took: 9000,
    cli: '192.0.2.10',
    cport: 40_000,
    dst: '198.51.100.4',
    dport: 443,
    proto: 6,
    up: 1500,
    extra: { packets: '12', sampling: '100' },
    counter: { name: 'nf5:0.3', value: 77, span: 2 },
  });
  expect(found[1]).toMatchObject({ proto: 17, up: 60 });
  expect(found[1]).not.toHaveProperty('counter');
});

test('times stay right when the counter of milliseconds starts again after 49.7 days', () => {
  // The flow began before the wrap; the header was made after it.
  const [row] = rowsOf(
    v5({ seconds, uptime: 1000 }, [
      {
        src: '192.0.2.10',
        dst: '198.51.100.4',
        srcPort: 1,
        dstPort: 2,
        proto: 6,
        packets: 1,
        octets: 1,
        first: 0xffff_fc18,
        last: 500,
      },
    ]),
  );
  expect(row).toMatchObject({ ts: seconds * 1000 - 500, took: 1500 });
});

test('NetFlow v9: a template, then its records; the number of datagrams', () => {
  const read = reader();
  expect(read(v9({ seconds, sequence: 5, domain: 9 }, templateSet(260, plain)))).toEqual({
    table: 'none',
    counter: { name: 'nf9:9', value: 5, span: 1 },
  });
  const rows = asRows(
    read(v9({ seconds, uptime: 100_000, sequence: 6, domain: 9 }, dataSet(260, plain, [flow, flow, flow]))),
  );
  expect(rows).toHaveLength(3);
  expect(rows[0]).toMatchObject({
    kind: 'flow',
    cli: '192.0.2.10',
    dst: '198.51.100.4',
    up: 1500,
    ts: seconds * 1000 - 1000,
    took: 9000,
    counter: { name: 'nf9:9', value: 6, span: 1 },
  });
});

test('a record without its template waits, keeps its number, and can be read when the template has come', () => {
  const memory = new Notes();
  const data = v9({ seconds, uptime: 100_000, sequence: 1 }, dataSet(256, plain, [flow]));
  expect(reader(memory)(data)).toEqual({
    table: 'none',
    waits: true,
    counter: { name: 'nf9:0', value: 1, span: 1 },
  });
  expect(memory.values.has(readAgainKey)).toBe(false);
  const later = new Date(recvAt.getTime() + 60_000);
  reader(memory)(v9({ seconds, sequence: 2 }, templateSet(256, plain)), later);
  expect(memory.get(readAgainKey)).toBe(later.getTime());
  expect(asRows(reader(memory)(data))).toHaveLength(1);
});

test('templates are those of one sender and one domain', () => {
  const memory = new Notes();
  const read = reader(memory);
  read(v9({ seconds, domain: 1 }, templateSet(256, plain)));
  const data = dataSet(256, plain, [flow]);
  expect(asRows(read(v9({ seconds, domain: 1 }, data)))).toHaveLength(1);
  expect(read(v9({ seconds, domain: 2 }, data))).toMatchObject({ waits: true });
  expect(read(v9({ seconds, domain: 1 }, data), recvAt, 'flow:192.0.2.2')).toMatchObject({ waits: true });
});

test('a template that changes holds from then on; earlier records keep the earlier one', () => {
  const memory = new Notes();
  const swapped = [plain[1]!, plain[0]!, ...plain.slice(2)];
  const at = (ms: number) => new Date(recvAt.getTime() + ms);
  reader(memory)(v9({ seconds }, templateSet(256, plain)), at(0));
  reader(memory)(v9({ seconds }, templateSet(256, swapped)), at(10_000));
  const data = v9({ seconds }, dataSet(256, plain, [flow]));
  expect(asRows(reader(memory)(data, at(5_000)))).toMatchObject([{ cli: '192.0.2.10' }]);
  expect(asRows(reader(memory)(data, at(15_000)))).toMatchObject([{ cli: '198.51.100.4' }]);
});

test('IPFIX: NAT44 creation and end with milliseconds, enterprise fields and a name of variable length between', () => {
  const fields: FieldOf[] = [
    { id: 323, length: 8 },
    { id: 96, length: variableLength },
    { id: 12_345, length: 3, enterprise: 35_632 },
    { id: 8, length: 4 },
    { id: 225, length: 4 },
    { id: 7, length: 2 },
    { id: 227, length: 2 },
    { id: 12, length: 4 },
    { id: 11, length: 2 },
    { id: 4, length: 1 },
    { id: 234, length: 4 },
    { id: 230, length: 1 },
  ];
  const at = seconds * 1000 + 123;
  const record = (event: number, ms: number, name: string): Value[] => [
    BigInt(ms),
    Buffer.from(name),
    0x010203,
    '10.1.2.3',
    '203.0.113.9',
    50_000,
    9460,
    '198.51.100.4',
    443,
    17,
    12,
    event,
  ];
  const rows = rowsOf(
    ipfix(
      { seconds, sequence: 40, domain: 3 },
      templateSet(300, fields, true),
      dataSet(300, fields, [record(4, at, 'x'), record(5, at + 5000, 'n'.repeat(300))]),
    ),
  );
  expect(rows).toEqual([
    {
      table: 'nat',
      event: 'new',
      ts: at,
      start: at,
      direction: 'out',
      proto: 17,
      pubIp: '203.0.113.9',
      pubPort: 9460,
      inIp: '10.1.2.3',
      inPort: 50_000,
      dstIp: '198.51.100.4',
      dstPort: 443,
      flow: 'vrf12',
    },
    expect.objectContaining({ event: 'destroy', ts: at + 5000, start: -1 }),
  ]);
});

const translated: FieldOf[] = [
  { id: 152, length: 8 },
  { id: 153, length: 8 },
  { id: 8, length: 4 },
  { id: 225, length: 4 },
  { id: 7, length: 2 },
  { id: 227, length: 2 },
  { id: 12, length: 4 },
  { id: 226, length: 4 },
  { id: 11, length: 2 },
  { id: 228, length: 2 },
  { id: 4, length: 1 },
  { id: 136, length: 1 },
];
const from = BigInt(seconds * 1000 - 9000);
const to = BigInt(seconds * 1000);

function translatedRow(record: Value[]): DataRow | undefined {
  return rowsOf(
    ipfix({ seconds }, templateSet(301, translated, true), dataSet(301, translated, [record])),
  )[0];
}

test('a flow that tells its translation is the end of a session with its start; a cut for reporting is not', () => {
  const record = (reason: number): Value[] => [
    from,
    to,
    '10.1.2.3',
    '203.0.113.9',
    50_000,
    9460,
    '198.51.100.4',
    '198.51.100.4',
    443,
    443,
    6,
    reason,
  ];
  expect(translatedRow(record(1))).toMatchObject({
    table: 'nat',
    event: 'destroy',
    start: Number(from),
    ts: Number(to),
    pubIp: '203.0.113.9',
    dstIp: '198.51.100.4',
  });
  expect(translatedRow(record(2))).toMatchObject({ event: 'update', start: Number(from) });
});

test('translation fields of zeros, or with the same addresses, are a plain flow', () => {
  const same: Value[] = [
    from,
    to,
    '192.0.2.3',
    '192.0.2.3',
    5,
    5,
    '198.51.100.4',
    '198.51.100.4',
    6,
    6,
    6,
    1,
  ];
  const zeros: Value[] = [from, to, '192.0.2.3', '0.0.0.0', 5, 0, '198.51.100.4', '0.0.0.0', 6, 0, 6, 1];
  expect(translatedRow(same)).toMatchObject({ table: 'event', kind: 'flow' });
  expect(translatedRow(zeros)).toMatchObject({ table: 'event', kind: 'flow' });
});

test('a changed destination is a port forwarding: the public side is what was called', () => {
  const record: Value[] = [
    from,
    to,
    '198.51.100.4',
    '198.51.100.4',
    999,
    999,
    '203.0.113.9',
    '10.1.2.3',
    8443,
    443,
    6,
    1,
  ];
  expect(translatedRow(record)).toMatchObject({
    direction: 'in',
    pubIp: '203.0.113.9',
    pubPort: 8443,
    inIp: '10.1.2.3',
    inPort: 443,
    dstIp: '198.51.100.4',
    dstPort: 999,
  });
});

test('port blocks given and taken back, by end, by number of ports, and whole addresses', () => {
  const block: FieldOf[] = [
    { id: 323, length: 8 },
    { id: 8, length: 4 },
    { id: 225, length: 4 },
    { id: 361, length: 2 },
    { id: 362, length: 2 },
    { id: 230, length: 1 },
  ];
  const byCount: FieldOf[] = [
    { id: 323, length: 8 },
    { id: 27, length: 16 },
    { id: 225, length: 4 },
    { id: 361, length: 2 },
    { id: 363, length: 2 },
    { id: 364, length: 2 },
    { id: 230, length: 1 },
  ];
  const rows = rowsOf(
    ipfix(
      { seconds },
      templateSet(300, block, true),
      templateSet(301, byCount, true),
      dataSet(300, block, [
        [to, '10.0.0.7', '203.0.113.9', 1024, 1151, 16],
        [to, '10.0.0.7', '203.0.113.9', 1024, 1151, 17],
        [to, '10.0.0.8', '203.0.113.10', 0, 65_535, 14],
        // Bounds that cannot be: kept raw, no row.
        [to, '10.0.0.8', '203.0.113.10', 2000, 1000, 16],
      ]),
      dataSet(301, byCount, [[to, '2001:db8::7', '203.0.113.9', 5000, 4, 10, 16]]),
    ),
  );
  expect(rows).toMatchObject([
    { table: 'block', event: 'alloc', lo: 1024, hi: 1151, step: 1, inIp: '10.0.0.7', start: Number(to) },
    { event: 'free', ts: Number(to), start: -1 },
    { event: 'alloc', lo: 0, hi: 65_535 },
    { event: 'alloc', inIp: '2001:db8::7', lo: 5000, hi: 5036, step: 4 },
  ]);
});

test('NAT64 and exhausted ports', () => {
  const fields: FieldOf[] = [
    { id: 323, length: 8 },
    { id: 27, length: 16 },
    { id: 7, length: 2 },
    { id: 225, length: 4 },
    { id: 227, length: 2 },
    { id: 28, length: 16 },
    { id: 226, length: 4 },
    { id: 11, length: 2 },
    { id: 230, length: 1 },
  ];
  const rows = rowsOf(
    ipfix(
      { seconds },
      templateSet(300, fields, true),
      dataSet(300, fields, [
        [to, '2001:db8::7', 4000, '203.0.113.9', 6000, '64:ff9b::c633:6404', '198.51.100.4', 80, 6],
        [to, '2001:db8::7', 4000, '0.0.0.0', 0, '64:ff9b::c633:6404', '0.0.0.0', 80, 12],
      ]),
    ),
  );
  expect(rows).toMatchObject([
    { table: 'nat', event: 'new', inIp: '2001:db8::7', pubIp: '203.0.113.9', dstIp: '198.51.100.4' },
    { table: 'event', kind: 'alert', act: 'nat-event-12', cli: '2001:db8::7' },
  ]);
});

test('options tell when the exporter started and that it samples', () => {
  const options: FieldOf[] = [
    { id: 160, length: 8 },
    { id: 34, length: 4 },
  ];
  const scope: FieldOf[] = [{ id: 144, length: 4 }];
  const boot = seconds * 1000 - 100_000;
  const rows = rowsOf(
    ipfix(
      { seconds },
      optionsSet(400, scope, options, true),
      dataSet(400, [...scope, ...options], [[1, BigInt(boot), 1000]]),
      templateSet(256, plain, true),
      dataSet(256, plain, [flow]),
    ),
  );
  expect(rows).toMatchObject([{ ts: boot + 99_000, took: 9000, extra: { sampling: '1000' } }]);
});

test('options of v9 count their lists in bytes', () => {
  const fields: FieldOf[] = [{ id: 34, length: 4 }];
  const scope: FieldOf[] = [{ id: 1, length: 4 }];
  const rows = rowsOf(
    v9(
      { seconds, uptime: 100_000 },
      optionsSet(400, scope, fields),
      dataSet(400, [...scope, ...fields], [[1, 512]]),
      templateSet(256, plain),
      dataSet(256, plain, [flow]),
    ),
  );
  expect(rows).toMatchObject([{ extra: { sampling: '512' } }]);
});

test('a device with an impossible clock gives the time of the export', () => {
  const fields: FieldOf[] = [
    { id: 153, length: 8 },
    { id: 8, length: 4 },
    { id: 12, length: 4 },
  ];
  const rows = rowsOf(
    ipfix(
      { seconds },
      templateSet(256, fields, true),
      dataSet(256, fields, [[2n ** 63n, '192.0.2.1', '192.0.2.2']]),
    ),
  );
  expect(rows).toMatchObject([{ ts: seconds * 1000 }]);
});

test('a broken datagram is unreadable as a whole: no part of it is believed', () => {
  const good = Buffer.concat([templateSet(256, plain), dataSet(256, plain, [flow])]);
  const cut = v9({ seconds }, good).subarray(0, -2);
  expect(reader()(cut)).toBeNull();
  expect(reader()(v9({ seconds }, setOf(0, Buffer.from([1, 0, 0xff, 0xff]))))).toBeNull();
  expect(reader()(Buffer.from('<30>Nov 22 12:00:00 gw dnsmasq[9]: not a flow'))).toBeNull();
  expect(reader()(v5({ seconds }, []))).toBeNull();
});

test('a template whose records have no length is refused instead of read for ever', () => {
  const read = reader();
  read(v9({ seconds }, templateSet(256, [{ id: 8, length: 0 }])));
  expect(read(v9({ seconds }, setOf(256, Buffer.alloc(60_000))))).toBeNull();
});

test('the number of IPFIX counts as the RFC says, or as softflowd does: two messages tell', () => {
  const data = (count: number) => dataSet(256, plain, Array<Value[]>(count).fill(flow));
  const counters = (sequences: readonly [number, number][]) => {
    const read = reader();
    read(ipfix({ seconds }, templateSet(256, plain, true)));
    return sequences.map(([sequence, count]) => {
      const [first] = read(ipfix({ seconds, sequence }, data(count))) as DataRow[];
      return first?.counter;
    });
  };
  const name = 'ipfix:0';
  expect(
    counters([
      [0, 3],
      [3, 5],
      [8, 2],
      [20, 1],
    ]),
  ).toEqual([
    { name, value: 0, span: 3 },
    { name, value: 3, span: 5 },
    { name, value: 8, span: 2 },
    { name, value: 20, span: 1 },
  ]);
  expect(
    counters([
      [3, 3],
      [8, 5],
      [10, 2],
    ]),
  ).toEqual([
    // The template's message, of no record, was number 0: this one already counts itself.
    { name, value: 0, span: 3 },
    { name, value: 3, span: 5 },
    { name, value: 8, span: 2 },
  ]);
});

test('thousands of templates in one datagram are refused', () => {
  const read = reader();
  const sets = Array.from({ length: 257 }, (_, i) => templateSet(300 + i, [{ id: 8, length: 4 }]));
  expect(read(v9({ seconds }, ...sets))).toBeNull();
});

test('a bomb of templates is bounded, and what is announced anew survives it', () => {
  const memory = new Notes();
  const read = reader(memory);
  for (let domain = 0; domain < 40; domain += 1) {
    const sets = Array.from({ length: 50 }, (_, i) => templateSet(300 + i, [{ id: 8, length: 4 }]));
    read(v9({ seconds, domain }, ...sets), new Date(recvAt.getTime() + domain));
    const data = Array.from({ length: 50 }, (_, i) => setOf(1000 + i, Buffer.alloc(4)));
    read(v9({ seconds, domain }, ...data), new Date(recvAt.getTime() + domain));
  }
  const known = memory.get('flow:flow:192.0.2.1') as KnownTemplates;
  expect(Object.keys(known.templates)).toHaveLength(512);
  expect(Object.keys(known.awaited).length).toBeLessThanOrEqual(512);
  expect(known.templates).toHaveProperty('39:349');
  expect(JSON.stringify(known).length).toBeLessThan(100_000);
});

test('any bytes: never throws, never gives a time or a port that cannot be', () => {
  const header = fc.oneof(fc.constant([0, 5]), fc.constant([0, 9]), fc.constant([0, 10]), fc.constant([]));
  const fieldOf = fc.record({
    id: fc.oneof(fc.integer({ min: 1, max: 400 }), fc.constantFrom(8, 12, 225, 226, 230, 361, 362, 152, 153)),
    length: fc.oneof(fc.integer({ min: 0, max: 20 }), fc.constantFrom(4, 8, 16, variableLength)),
  });
  const structured = fc
    .tuple(fc.array(fieldOf, { maxLength: 12 }), fc.uint8Array({ maxLength: 200 }), fc.boolean())
    .map(([fields, body, isIpfix]) => {
      const sets = [templateSet(256, fields, isIpfix), setOf(256, Buffer.from(body))];
      return isIpfix ? ipfix({ seconds }, ...sets) : v9({ seconds }, ...sets);
    });
  const any = fc
    .tuple(header, fc.uint8Array({ maxLength: 300 }))
    .map(([head, body]) => Buffer.concat([Buffer.from(head), body]));
  fc.assert(
    fc.property(fc.array(fc.oneof(structured, any), { maxLength: 4 }), (datagrams) => {
      for (const row of rowsOf(...datagrams)) {
        expect(row.ts).toBeGreaterThanOrEqual(0);
        expect(row.ts).toBeLessThan(10_413_792_000_000);
        if (row.table === 'nat') expect(row.pubPort).toBeLessThan(65_536);
        if (row.table === 'block') expect(row.hi).toBeLessThan(65_536);
      }
    }),
    { numRuns: 2000 },
  );
});
