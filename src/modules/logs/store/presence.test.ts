import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { LogstoreClient } from '#base/logstore/client';
import { migrateLogstore } from '#base/logstore/migrate';
import { type SpawnedLogstore, spawnLogstore } from '#base/logstore/testing';
import type { DataRow as Row } from '../decoders/row.ts';
import { RowInserter } from './insert-rows.ts';
import { leaseEvents } from './lease-events.ts';
import { natEvents } from './nat-events.ts';
import { presenceOf } from './presence.ts';

let dir = '';
let store: SpawnedLogstore;
let client: LogstoreClient;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'jiaodun-presence-'));
  store = await spawnLogstore(dir);
  client = store.connect();
  await migrateLogstore(client, 'migrations/clickhouse');
}, 60_000);
afterAll(async () => {
  await client.close();
  await store.stop();
  await rm(dir, { recursive: true, force: true });
});

const userToken = (user: string) => user;
const start = Date.UTC(2026, 10, 21, 23, 50);
const window = { from: new Date(start - 3_600_000), to: new Date(start + 2 * 3_600_000) };

/** Records of one segment, 700 ms apart, across midnight: NAT and lease lines with a silence in between. */
function rowsOf(count: number): { row: Row; recvAt: number }[] {
  return Array.from({ length: count }, (_, n) => {
    const ts = start + n * 700 + (n > count / 2 ? 400_000 : 0);
    const nat: Row = {
      table: 'nat',
      ts,
      event: 'new',
      direction: 'out',
      start: 0,
      proto: 6,
      pubIp: '203.0.113.1',
      pubPort: 1024 + n,
      inIp: '192.0.2.7',
      inPort: 4000,
      dstIp: '198.51.100.2',
      dstPort: 443,
      flow: '',
    };
    const lease: Row = {
      table: 'lease',
      ts,
      action: 'ack',
      ip: '192.0.2.7',
      mac: '00:00:5e:00:53:01',
      hostname: '',
      leaseSeconds: 600,
    };
    return { row: n % 5 === 0 ? lease : nat, recvAt: ts + 1500 };
  });
}

async function index(through: LogstoreClient, sourceId: number, segmentId: number, count = 2000) {
  const inserter = new RowInserter(through, {
    segmentId,
    sourceId,
    realm: 'main',
    decoder: 'squid/1',
    userToken,
  });
  for (const [seq, { row, recvAt }] of rowsOf(count).entries()) inserter.add(row, recvAt, seq);
  await inserter.flush();
}

/** The answer that the presence table must give, from the rows themselves. */
async function minutesOfRows(sourceId: number): Promise<{ from: number; to: number }[]> {
  const piece = (table: string) => `SELECT ts FROM jiaodun_logs.${table} WHERE src = {src:UInt32}`;
  const rows = await client.query<{ first: string; last: string }>(
    `SELECT toUnixTimestamp64Milli(min(ts)) AS first, toUnixTimestamp64Milli(max(ts)) AS last
     FROM (${['event', 'nat_session', 'lease'].map(piece).join(' UNION ALL ')})
     GROUP BY toStartOfMinute(ts) ORDER BY first`,
    { src: sourceId },
  );
  return rows.map(({ first, last }) => ({ from: Number(first), to: Number(last) }));
}

const presence = async (sourceId: number) =>
  (await presenceOf(client, [sourceId], window)).get(sourceId) ?? [];

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

test('presence is what the rows themselves say, minute by minute', async () => {
  await index(client, 1, 1);
  const minutes = await presence(1);
  expect(minutes).toHaveLength(24);
  expect(minutes[0]).toEqual({ from: start, to: start + 85 * 700 });
  expect(minutes).toEqual(await minutesOfRows(1));
});

test.each([
  [1, 'before'],
  [1, 'after'],
  [2, 'after'],
  [3, 'before'],
  [3, 'after'],
] as const)(
  'is exact when insert %i broke %s the rows were written and the job came again',
  async (at, when) => {
    const id = 10 * at + (when === 'after' ? 1 : 0);
    await expect(index(breaking(at, when), id, id)).rejects.toThrow('the way broke');
    const early = await presence(id);
    expect(early.length).toBe(at === 3 && when === 'after' ? 24 : 0);
    expect(await minutesOfRows(id)).toEqual(expect.arrayContaining(early));
    await index(client, id, id);
    expect(await presence(id)).toEqual(await minutesOfRows(id));
  },
);

test('is exact when the store was killed between the rows and the job came again', async () => {
  const killing: LogstoreClient = {
    ...client,
    insert: async (table, ...rest) => {
      if (table === 'jiaodun_logs.presence') await store.kill();
      return client.insert(table, ...rest);
    },
  };
  const first = index(killing, 50, 50);
  await new Promise<void>((gone) => store.process.once('exit', () => gone()));
  const { port } = store;
  store = await spawnLogstore(dir, { port });
  await first;
  await index(client, 50, 50);
  expect(await presence(50)).toEqual(await minutesOfRows(50));
}, 60_000);

test('reading the same records again under other tokens changes nothing', async () => {
  await index(client, 60, 60);
  const once = await presence(60);
  await index(client, 60, 61);
  expect(await presence(60)).toEqual(once);
  await client.command('OPTIMIZE TABLE jiaodun_logs.presence FINAL');
  expect(await presence(60)).toEqual(once);
});

test('a minute that was received on two days is one minute', async () => {
  const split = new RowInserter(client, {
    segmentId: 70,
    sourceId: 70,
    realm: 'main',
    decoder: 'squid/1',
    userToken,
  });
  const { row } = rowsOf(1)[0]!;
  split.add(row, start, 0);
  split.add({ ...row, ts: start + 5000 }, start + 86_400_000, 1);
  await split.flush();
  expect(await presence(70)).toEqual([{ from: start, to: start + 5000 }]);
});

test('segments that share a minute make one minute of it, merged by the store or not', async () => {
  const { row } = rowsOf(1)[0]!;
  for (const [segmentId, ms] of [10_000, 50_000, 2_000, 30_000].entries()) {
    const one = new RowInserter(client, {
      segmentId: 71 + segmentId,
      sourceId: 71,
      realm: 'main',
      decoder: 'squid/1',
      userToken,
    });
    one.add({ ...row, ts: start + ms }, start + 90_000, 0);
    await one.flush();
  }
  const minute = [{ from: start + 2_000, to: start + 50_000 }];
  expect(await presence(71)).toEqual(minute);
  await client.command('OPTIMIZE TABLE jiaodun_logs.presence FINAL');
  const kept = 'SELECT count() AS n FROM jiaodun_logs.presence WHERE src = 71';
  expect(await client.query(kept)).toEqual([{ n: '1' }]);
  expect(await presence(71)).toEqual(minute);
});

/** How many marks (granules) and parts a question reads, by the store's own estimate of the same statement. */
async function estimate(ask: (through: LogstoreClient) => Promise<unknown>) {
  const read = { parts: 0, marks: 0 };
  await ask({
    ...client,
    query: async <T>(sql: string, params = {}) => {
      const rows = await client.query<{ parts: string; marks: string }>(`EXPLAIN ESTIMATE ${sql}`, params);
      for (const row of rows) {
        read.parts += Number(row.parts);
        read.marks += Number(row.marks);
      }
      return [] as T[];
    },
  });
  return read;
}

test('single questions read a granule or two of each part, however many rows there are', async () => {
  const at = `fromUnixTimestamp64Milli(toInt64(${start}) + toInt64(number) * 1000, 'UTC')`;
  await client.command(
    `INSERT INTO jiaodun_logs.nat_session (recv_ts, ts, src, realm, kind, proto, pub_ip, pub_port, in_ip)
     SELECT ${at}, ${at}, 80, 'main', 'new', 6, toIPv6(concat('::ffff:203.0.113.', toString(number % 200))),
       1024 + rand() % 60000, toIPv6('::ffff:10.0.0.1') FROM numbers(400000)`,
  );
  await client.command(
    `INSERT INTO jiaodun_logs.lease (recv_ts, ts, src, realm, action, ip, mac)
     SELECT ${at}, ${at}, 80, 'main', 'ack', toIPv6(concat('::ffff:10.1.', toString(number % 200), '.', toString(
       intDiv(number, 200) % 200))), '' FROM numbers(400000)`,
  );
  await client.command(
    `INSERT INTO jiaodun_logs.presence SELECT toDate(${at}), 80 + number % 500, intDiv(toUnixTimestamp(${at}), 60),
       ${at}, ${at} FROM numbers(400000)`,
  );
  const time = { from: new Date(start), to: new Date(start + 5 * 86_400_000) };
  const sourceIds = [80];
  const hidden = { coming: [], going: [], marks: [] };
  const nat = await estimate((store) =>
    natEvents(store, {
      publicIp: '203.0.113.7',
      publicPort: 5000,
      at: time.from,
      ...time,
      sourceIds,
      hidden,
      limit: 10,
    }),
  );
  const lease = await estimate((store) =>
    leaseEvents(store, { realm: 'main', ip: '10.1.7.7', ...time, sourceIds, hidden }),
  );
  const heard = await estimate((store) => presenceOf(store, sourceIds, window));
  for (const read of [nat, lease, heard]) {
    expect(read.parts).toBeGreaterThan(0);
    expect(read.marks).toBeLessThanOrEqual(2 * read.parts);
  }
}, 30_000);
