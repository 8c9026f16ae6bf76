/** Searching every kind of row in the real store. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Actor } from '#base/app';
import { migrateLogstore } from '#base/logstore/migrate';
import { type SpawnedLogstore, spawnLogstore } from '#base/logstore/testing';
import { buildCity } from '#test/city';
import { actorAt, type TestApp, testApp } from '#test/db';
import type { LogRow } from '../contract.ts';
import type { DataRow } from '../decoders/row.ts';
import { logs } from '../module.ts';
import { userTokensOf } from '../pseudonyms.ts';
import { registerSource } from '../register-source.ts';
import { findSource } from '../store/catalogue.ts';
import { RowInserter } from '../store/insert-rows.ts';
import { logHistogram, topValues } from './count-logs.ts';
import { searchLogs } from './search-logs.ts';

let app: TestApp;
let store: SpawnedLogstore;
let storeDir = '';
const rights = ['logs.ingest', 'logs.read', 'logs.sources'];
const east: Actor = actorAt('city.east', rights);
const school: Actor = actorAt('city.east.east-1', rights);
const start = Date.parse('2026-11-22T06:00:00Z');
const window = { from: '2026-11-01T00:00:00Z', to: '2026-11-23T00:00:00Z' };
const why = { reason: '测试检索' };

const event: DataRow = {
  table: 'event',
  kind: 'proxy',
  ts: start,
  cli: '10.1.2.3',
  cport: 4000,
  dst: '198.51.100.7',
  dport: 443,
  proto: 6,
  host: 'www.example.com',
  path: '/login',
  method: 'POST',
  status: 502,
  act: 'TCP_MISS',
  user: 'ZhangSan',
  up: 10,
  dn: 20,
  took: 30,
  num: -1,
};
const rows: DataRow[] = [
  event,
  {
    ...event,
    ts: start - 60_000,
    host: 'example.com',
    status: 200,
    method: 'GET',
    act: 'TCP_DENIED',
    cli: '10.2.0.1',
  },
  {
    ...event,
    kind: 'alert',
    ts: start - 3_600_000,
    host: '',
    user: 'lisi',
    status: 0,
    method: '',
    extra: { sig: 'ET SCAN', severity: '2' },
  },
  {
    ...event,
    kind: 'flow',
    ts: start - 7_200_000,
    host: '',
    path: '',
    user: '',
    cli: '2001:db8::5',
    status: 0,
    act: '',
    proto: 17,
  },
  {
    table: 'nat',
    ts: start - 5000,
    event: 'new',
    start: -1,
    direction: 'out',
    proto: 6,
    pubIp: '203.0.113.9',
    pubPort: 61000,
    inIp: '10.1.2.3',
    inPort: 4000,
    dstIp: '198.51.100.7',
    dstPort: 443,
    flow: '',
  },
  {
    table: 'block',
    ts: start - 6000,
    event: 'alloc',
    start: -1,
    proto: 0,
    pubIp: '203.0.113.9',
    lo: 1024,
    hi: 2047,
    step: 1,
    inIp: '10.1.2.3',
  },
  {
    table: 'lease',
    ts: start - 7000,
    action: 'ack',
    ip: '10.1.2.3',
    mac: '00:00:5e:00:53:01',
    hostname: 'ZhangSan-PC',
    leaseSeconds: 600,
  },
  {
    table: 'sighting',
    ts: start - 8000,
    kind: 'radius',
    action: 'start',
    ip: '10.1.2.3',
    mac: '00:00:5e:00:53:01',
    oldMac: '',
    user: 'zhangsan',
    session: 'S-1',
    nas: '10.0.0.2',
    port: '0/96',
  },
];

async function insert(sourceName: string, segmentId: number, given: readonly DataRow[]): Promise<void> {
  const source = (await app.run(east, (ctx) => findSource(ctx, { name: sourceName })))!;
  const inserter = new RowInserter(app.logstore, {
    segmentId,
    sourceId: source.id,
    realm: source.realm,
    decoder: 'squid/1',
    userToken: await userTokensOf(app, source),
  });
  for (const [seq, row] of given.entries()) inserter.add(row, start, seq);
  await inserter.flush();
}

beforeAll(async () => {
  storeDir = await mkdtemp(join(tmpdir(), 'jiaodun-search-'));
  store = await spawnLogstore(storeDir);
  const client = store.connect();
  await migrateLogstore(client, 'migrations/clickhouse');
  app = await testApp([logs], { logstore: client, now: '2026-11-22T06:00:00Z' });
  await buildCity(app);
  for (const [name, unitCode] of [
    ['gate', 'east-1'],
    ['other', 'east-2'],
  ] as const) {
    await app.run(east, (ctx) =>
      registerSource(ctx, {
        name,
        unitCode,
        format: 'auto',
        realm: 'main',
        zone: 'Asia/Shanghai',
        toleranceSeconds: 2,
        senders: [],
      } as never),
    );
  }
  await insert('gate', 1, rows);
}, 60_000);
afterAll(async () => {
  await app?.close();
  await store?.stop();
  await rm(storeDir, { recursive: true, force: true });
});

const search = (query: object, actor: Actor = east) =>
  searchLogs({ app, actor }, { ...window, ...why, limit: 100, ...query });
const found = async (query: object) => (await search(query)).rows.map(({ seq }) => seq).sort();
const kinds = async (query: object) => (await search(query)).rows.map(({ kind }) => kind);

test('finds every kind of row, newest first, with names as tokens', async () => {
  const { rows: all, cursor } = await search({});
  expect(all.map(({ kind }) => kind)).toEqual([
    'proxy',
    'nat',
    'block',
    'lease',
    'sighting',
    'proxy',
    'alert',
    'flow',
  ]);
  expect(cursor).toBeNull();
  expect(JSON.stringify(all).toLowerCase()).not.toContain('zhangsan');
  const user = (kind: string) => all.find((row) => row.kind === kind)!.fields.user;
  expect(user('proxy')).toBe(user('sighting'));
  expect(all[3]!.fields.device).toMatch(/^2611-[0-9a-f]{16}$/);
  expect(all[6]!.fields).toMatchObject({ 'extra.sig': 'ET SCAN' });
  expect(all[0]).toMatchObject({ decoder: 'squid/1', sourceId: expect.any(Number) });
});

test('each field of a query narrows to the rows that have it so', async () => {
  expect(await found({ q: 'status:>=500' })).toEqual([0]);
  expect(await found({ q: 'method:POST -act:TCP_DENIED host:example.com' })).toEqual([0]);
  expect(await found({ host: 'example.com' })).toEqual([0, 1]);
  expect(await found({ ip: '10.1.0.0/16' })).toEqual([0, 2, 4, 5, 6, 7]);
  expect(await found({ ip: '2001:db8::/32' })).toEqual([3]);
  expect(await found({ ip: '10.2.0.1' })).toEqual([1]);
  expect(await found({ q: 'port:1500' })).toEqual([5]);
  expect(await found({ q: 'port:61000' })).toEqual([4]);
  expect(await found({ mac: '00-00-5E-00-53-01' })).toEqual([6, 7]);
  expect(await found({ q: 'proto:udp' })).toEqual([3]);
  expect(await found({ q: 'act:tcp_*' })).toEqual([0, 1, 2]);
  expect(await found({ q: 'extra.sig:"ET SCAN"' })).toEqual([2]);
  expect(await found({ q: '"et scan"' })).toEqual([2]);
  expect(await found({ q: 'nas:10.0.0.2 session:S-1' })).toEqual([7]);
  expect(await found({ q: 'path:ogi -status:502' })).toEqual([1, 2]);
  expect(await kinds({ kind: 'block' })).toEqual(['block']);
  expect(await found({ q: 'dec:squid -ip:10.1.0.0/16' })).toEqual([1, 3]);
});

test('a name finds its rows without any name being shown, and no free text leads to one', async () => {
  expect(await found({ user: 'zhangsan' })).toEqual([0, 1, 7]);
  const token = (await search({ kind: 'sighting' })).rows[0]!.fields.user as string;
  expect(await found({ user: token })).toEqual([0, 1, 7]);
  expect(await found({ q: `-user:${token} kind` })).toEqual([]);
  expect(await found({ device: 'zhangsan-pc' })).toEqual([6]);
  const device = (await search({ kind: 'lease' })).rows[0]!.fields.device as string;
  expect(await found({ device })).toEqual([6]);
  expect(await found({ device: '2611-0000000000000000' })).toEqual([]);
  expect(await found({ q: 'zhangs' })).toEqual([]);
  expect(await found({ user: 'zhang' })).toEqual([]);
});

test('tells what is wrong with a query and where', async () => {
  await expect(search({ q: 'ok colour:red' })).rejects.toMatchObject({
    code: 'logs.query_field',
    details: { column: 4, field: 'colour' },
  });
  await expect(search({ q: 'proto:carrier' })).rejects.toMatchObject({ code: 'logs.query_value' });
  await expect(search({ cursor: 'x' })).rejects.toMatchObject({ code: 'logs.bad_cursor' });
  await expect(search({ unit: 'nowhere' })).rejects.toMatchObject({ code: 'logs.unknown_unit' });
  await expect(search({ from: window.to, to: window.from })).rejects.toMatchObject({
    code: 'logs.bad_range',
  });
});

test('counts over time and counts values, names as tokens', async () => {
  const { buckets } = await logHistogram({ app, actor: east }, { ...window, ...why });
  expect(buckets.reduce((sum, bucket) => sum + bucket.rows, 0)).toBe(8);
  const top = (field: string) => topValues({ app, actor: east }, { ...window, ...why, field, limit: 5 });
  expect(await top('ip')).toMatchObject({
    rows: 15,
    values: [{ value: '10.1.2.3', rows: 6 }, { value: '198.51.100.7', rows: 5 }, {}, {}, {}],
  });
  expect(await top('kind')).toMatchObject({ rows: 8, values: [{ value: 'proxy', rows: 2 }, {}, {}, {}, {}] });
  expect(await top('source')).toEqual({ rows: 8, values: [{ value: 'gate', rows: 8 }] });
  expect((await top('user')).values[0]).toMatchObject({ value: expect.stringMatching(/^2611-/), rows: 3 });
  expect((await top('device')).values).toEqual([{ value: expect.stringMatching(/^2611-/), rows: 1 }]);
  expect((await top('extra.sig')).values).toEqual([{ value: 'ET SCAN', rows: 1 }]);
  expect(await top('status')).toMatchObject({
    values: [
      { value: '200', rows: 1 },
      { value: '502', rows: 1 },
    ],
  });
});

test('pages over sparse months keep to their places while rows arrive, and never cut a record', async () => {
  const day = 86_400_000;
  const flow = (ts: number, dport: number): DataRow => ({ ...event, kind: 'flow', ts, dport });
  const sparse = Array.from({ length: 30 }, (_, i) => flow(start - i * 5 * day - 1000, 7000 + i));
  await insert('other', 50, sparse);
  const long = { from: '2026-01-01T00:00:00Z', source: 'other' };
  const seen: LogRow[] = [];
  let cursor: string | null = null;
  do {
    const page = await search({ ...long, limit: 7, ...(cursor && { cursor }) });
    seen.push(...page.rows);
    cursor = page.cursor;
    if (seen.length === 7) await insert('other', 51, [flow(start, 6999), flow(start - 1, 6998)]);
  } while (cursor);
  expect(seen.map(({ fields }) => fields.dport)).toEqual(
    sparse.map((row) => (row as { dport: number }).dport),
  );

  // Twenty flows of one datagram have one place and come together.
  const source = (await app.run(east, (ctx) => findSource(ctx, { name: 'other' })))!;
  const one = new RowInserter(app.logstore, {
    segmentId: 60,
    sourceId: source.id,
    realm: 'main',
    decoder: 'netflow/1',
    userToken: () => '',
  });
  for (let i = 0; i < 20; i += 1) one.add(flow(start + 5000, 9000 + i), start, 3);
  await one.flush();
  const first = await search({ ...long, limit: 5 });
  expect(first.rows).toHaveLength(20);
  const next = await search({ ...long, limit: 5, cursor: first.cursor! });
  expect(next.rows.map(({ fields }) => fields.dport)).toEqual([6999, 6998, 7000, 7001, 7002]);
});

test('a unit narrows to the sources below it', async () => {
  expect(
    new Set((await search({ unit: 'east-2', from: '2026-01-01T00:00:00Z' })).rows.map((r) => r.source)),
  ).toEqual(new Set(['other']));
  expect(new Set((await search({ unit: 'east' })).rows.map((r) => r.source))).toEqual(
    new Set(['gate', 'other']),
  );
  expect((await search({ unit: 'east-1' }, school)).rows).toHaveLength(8);
});
