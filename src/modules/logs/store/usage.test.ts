import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { LogstoreClient } from '#base/logstore/client';
import { migrateLogstore } from '#base/logstore/migrate';
import { type SpawnedLogstore, spawnLogstore } from '#base/logstore/testing';
import type { DataRow, EventRow } from '../decoders/row.ts';
import { RowInserter } from './insert-rows.ts';
import { deleteReplaced } from './replaced-rows.ts';
import { usageByHour } from './usage.ts';

let dir = '';
let store: SpawnedLogstore;
let client: LogstoreClient;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'jiaodun-usage-'));
  store = await spawnLogstore(dir);
  client = store.connect();
  await migrateLogstore(client, 'migrations/clickhouse');
}, 60_000);
afterAll(async () => {
  await client.close();
  await store.stop();
  await rm(dir, { recursive: true, force: true });
});

const start = Date.UTC(2026, 10, 21, 23, 30);
const window = { from: new Date(start - 3_600_000), to: new Date(start + 3 * 3_600_000) };

/** Records of one segment, a second apart, across an hour and midnight: requests, and a lease among ten. */
function rowsOf(count: number): DataRow[] {
  return Array.from({ length: count }, (_, n): DataRow => {
    const ts = start + n * 1000;
    if (n % 10 === 9)
      return { table: 'lease', ts, action: 'ack', ip: '192.0.2.7', mac: '', hostname: '', leaseSeconds: 600 };
    const event: EventRow = {
      table: 'event',
      ts,
      kind: 'proxy',
      cli: '192.0.2.7',
      cport: 4000,
      dst: '198.51.100.2',
      dport: 443,
      proto: 6,
      host: `h${n % 3}.example`,
      path: '',
      method: 'GET',
      status: 200,
      act: n % 2 === 0 ? 'TCP_MISS' : 'TCP_HIT',
      user: '',
      up: 10,
      dn: n,
      took: 1,
      num: n,
    };
    return event;
  });
}

async function index(through: LogstoreClient, sourceId: number, segmentId: number, decoder = 'squid/1') {
  const facts = { segmentId, sourceId, realm: 'main', decoder, userToken: (user: string) => user };
  const inserter = new RowInserter(through, decoder === 'squid/1' ? facts : { ...facts, reading: 2 });
  for (const [seq, row] of rowsOf(4000).entries()) inserter.add(row, row.ts + 1000, seq);
  await inserter.flush();
}

/** The answer that the roll-up must give, from the rows themselves. */
async function fromRows(sourceId: number) {
  const rows = await client.query<Record<'at' | 'kind' | 'n' | 'up_sum' | 'dn_sum', string>>(
    `SELECT toUnixTimestamp(toStartOfHour(ts)) AS at, kind, count() AS n, sum(u) AS up_sum, sum(d) AS dn_sum FROM (
       SELECT ts, kind, up AS u, dn AS d FROM jiaodun_logs.event WHERE src = {src:UInt32}
       UNION ALL SELECT ts, 'lease', 0, 0 FROM jiaodun_logs.lease WHERE src = {src:UInt32})
     GROUP BY at, kind ORDER BY at, kind`,
    { src: sourceId },
  );
  return rows.map((row) => ({
    hour: new Date(Number(row.at) * 1000),
    sourceId,
    kind: row.kind,
    rows: Number(row.n),
    up: Number(row.up_sum),
    dn: Number(row.dn_sum),
  }));
}

const usage = (sourceId: number) => usageByHour(client, { ...window, sourceIds: [sourceId] });

test('the roll-up is what the rows themselves say, hour by hour', async () => {
  await index(client, 1, 1);
  const hours = await usage(1);
  expect(hours).toHaveLength(4);
  expect(hours).toEqual(await fromRows(1));
});

/** A way to the store that breaks at its insert number `at`: before the rows arrive, or after they are written. */
function breaking(at: number, when: 'before' | 'after'): LogstoreClient {
  let inserts = 0;
  return {
    ...client,
    insert: async (...call) => {
      inserts += 1;
      if (inserts === at && when === 'before') throw new Error('the way broke');
      const done = await client.insert(...call);
      if (inserts === at) throw new Error('the way broke');
      return done;
    },
  };
}

test.each([
  [1, 'after'],
  [2, 'before'],
  [2, 'after'],
  [3, 'after'],
] as const)(
  'a piece that is repeated after insert %i broke %s the rows were written counts once',
  async (at, when) => {
    const id = 10 * at + (when === 'after' ? 1 : 0);
    await expect(index(breaking(at, when), id, id)).rejects.toThrow('the way broke');
    await index(client, id, id);
    await index(client, id, id);
    expect(await usage(id)).toEqual(await fromRows(id));
    await client.command('OPTIMIZE TABLE jiaodun_logs.usage FINAL');
    expect(await usage(id)).toEqual(await fromRows(id));
  },
);

test('a store that is killed while it writes counts every row once', async () => {
  const { port } = store;
  for (let i = 0; i < 3; i += 1) {
    const id = 60 + i;
    const running = index(client, id, id);
    await new Promise((later) => setImmediate(later));
    await store.kill();
    store = await spawnLogstore(dir, { port });
    await running;
    expect(await usage(id)).toEqual(await fromRows(id));
  }
}, 60_000);

test('rows that are read again are counted back, once, whatever was broken off', async () => {
  await index(client, 80, 80);
  await index(client, 80, 81);
  await index(client, 80, 80, 'squid/2#1');
  const replaced = {
    sourceId: 80,
    segments: [80],
    from: new Date(start),
    to: new Date(start + 5_000_000),
    mark: 'squid/2#1',
    go: 'others',
  } as const;
  const broken: LogstoreClient = {
    ...client,
    command: async (sql, ...rest) => {
      if (sql.startsWith('DELETE')) throw new Error('the way broke');
      await client.command(sql, ...rest);
    },
  };
  await expect(deleteReplaced(broken, replaced)).rejects.toThrow('the way broke');
  await deleteReplaced(client, replaced);
  await deleteReplaced(client, replaced);
  expect(await usage(80)).toEqual(await fromRows(80));
  const [first] = await usage(80);
  expect(first!.rows).toBe(2 * 180);
});

test('a name of a host is looked for where it, or one that ends with it, is', async () => {
  const [plan] = await client.query<{ plan: string }>(
    `SELECT arrayStringConcat(groupArray(explain), '\\n') AS plan FROM (EXPLAIN indexes = 1
       SELECT count() FROM jiaodun_logs.event WHERE has(host_ends, 'h2.example'))`,
  );
  expect(plan!.plan).toContain('i_host_ends');
  const [ends] = await client.query<{ ends: string[] }>(
    `SELECT host_ends AS ends FROM (SELECT * , host_ends FROM jiaodun_logs.event WHERE src = 1 AND host = 'h2.example') LIMIT 1`,
  );
  expect(ends).toEqual({ ends: ['h2.example'] });
});
