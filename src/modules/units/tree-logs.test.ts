/** Logs after a move: whoever has the unit now reads all of its lines, also those of before; nobody else does. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { drain } from '#base/jobs';
import { migrateLogstore } from '#base/logstore/migrate';
import { type SpawnedLogstore, spawnLogstore } from '#base/logstore/testing';
import { buildCity } from '#test/city';
import { actorAt, type TestApp, testApp } from '#test/db';
import { ingestFile } from '../logs/ingest-file.ts';
import { logs } from '../logs/module.ts';
import { checkSegment } from '../logs/read-record.ts';
import { searchLogs } from '../logs/search/search-logs.ts';
import { changeUnit } from './change-unit.ts';
import { units } from './module.ts';

let app: TestApp;
let store: SpawnedLogstore;
let dir = '';
let ids: Record<string, string>;
const rights = ['logs.ingest', 'logs.read', 'logs.sources'];
const school = (path: string) => actorAt(path, rights);

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'jiaodun-tree-logs-'));
  store = await spawnLogstore(dir);
  const client = store.connect();
  await migrateLogstore(client, 'migrations/clickhouse');
  app = await testApp([units, logs], { logstore: client, now: '2026-11-22T06:00:00Z' });
  ids = await buildCity(app);
}, 60_000);
afterAll(async () => {
  await app?.close();
  await store?.stop();
  await rm(dir, { recursive: true, force: true });
});

const line = (i: number) =>
  `${1795327000 + i}.000 10 192.0.2.${i} ${2000 + i} 198.51.100.7 443 TCP_TUNNEL/200 10 20 CONNECT www.example:443 - - ${i}`;
const window = { from: '2026-11-22T00:00:00Z', to: '2026-11-23T00:00:00Z' };
const found = async (path: string) =>
  (await searchLogs({ app, actor: school(path) }, { ...window, limit: 100, reason: '测试检索' })).rows.length;
const ingest = async (path: string, from: number) => {
  const body = Buffer.from(`${[0, 1, 2].map((n) => line(from + n)).join('\n')}\n`);
  await ingestFile(app, school(path), { source: 'school-proxy', format: 'squid' }, Readable.from([body]));
  await drain(app);
};

it('follows the unit: old and new lines with the new county, none with the old one, the seals unbroken', async () => {
  await ingest('city.east.east-1', 1);
  expect([await found('city.east'), await found('city.west')]).toEqual([3, 0]);
  await changeUnit(app, actorAt('city'), {
    kind: 'move',
    unitId: ids['east-1']!,
    body: { parentCode: 'west', effectiveOn: '2026-11-22', docNo: '示教〔2026〕8号', reason: '区划调整' },
    preview: false,
  });
  await ingest('city.west.east-1', 10);
  expect([await found('city.east'), await found('city.west'), await found('city.west.east-1')]).toEqual([
    0, 6, 6,
  ]);
  const { rows } = await app.ownerPool.query<{ id: number; path: string }>(
    'SELECT id, unit_path::text AS path FROM logs.segment ORDER BY id',
  );
  expect(rows.map((row) => row.path)).toEqual(['city.west.east-1', 'city.west.east-1']);
  for (const { id } of rows) {
    const checked = await app.run(school('city.west'), (ctx) => checkSegment(ctx, id));
    expect(checked).toMatchObject({ intact: true });
  }
});
