import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemActor } from '#base/app';
import { drain } from '#base/jobs';
import type { LogstoreClient } from '#base/logstore/client';
import { migrateLogstore } from '#base/logstore/migrate';
import { type SpawnedLogstore, spawnLogstore } from '#base/logstore/testing';
import { buildCity } from '#test/city';
import { actorAt, type TestApp, testApp } from '#test/db';
import { newSource as newSourceInput } from './contract.ts';
import { indexSegment } from './index-segment.ts';
import { divide, indexWaiting, setRecords } from './index-waiting.ts';
import { logs } from './module.ts';
import { segmentsDir } from './places.ts';
import { registerSegments } from './register-segments.ts';
import { registerSource } from './register-source.ts';
import { RecordBuffer, recordPrefix } from './segments/record-stream.ts';
import { type SealedSegment, sealSegment } from './segments/seal-segment.ts';

let app: TestApp;
let store: SpawnedLogstore;
let client: LogstoreClient;
let storeDir = '';
const system = systemActor('test');
const base = Date.UTC(2026, 10, 22, 5, 0, 0);
let made = 0;

beforeAll(async () => {
  storeDir = await mkdtemp(join(tmpdir(), 'jiaodun-waiting-'));
  store = await spawnLogstore(storeDir);
  client = store.connect();
  await migrateLogstore(client, 'migrations/clickhouse');
  app = await testApp([logs], { logstore: client, now: '2026-11-22T06:00:00Z' });
  await buildCity(app);
}, 60_000);
afterAll(async () => {
  await app?.close();
  await store?.stop();
  await rm(storeDir, { recursive: true, force: true });
});

interface Source {
  readonly id: number;
  readonly unit_path: string;
}

async function newSource(format: 'dnsmasq' | 'mikrotik' = 'dnsmasq'): Promise<Source> {
  made += 1;
  const input = newSourceInput.parse({ name: `waiting-${made}`, format });
  const { id } = await app.run(actorAt('city.east', ['logs.sources']), (ctx) => registerSource(ctx, input));
  return { id, unit_path: 'city.east' };
}

const query = (n: number) => `<30>Nov 22 05:00:00 gw dnsmasq[1]: query[A] n${n}.example from 192.0.2.9`;

async function seal(lines: readonly string[]): Promise<SealedSegment> {
  made += 1;
  const buffer = new RecordBuffer();
  for (const [i, line] of lines.entries()) {
    const bytes = Buffer.from(line);
    buffer.append(recordPrefix('192.0.2.7', base + i * 1000), bytes, 0, bytes.length);
  }
  return sealSegment(segmentsDir(app), `waiting-test-${made}`, [buffer.view()]);
}

/** Seals a segment of so many lines and registers it; it waits now. */
async function wait(source: Source, lines = 3): Promise<number> {
  const sealed = await seal(Array.from({ length: lines }, (_, n) => query(n)));
  const [id] = await app.run(system, (ctx) => registerSegments(ctx, [{ sealed, source }]));
  return id!;
}

/** Rows by source, and that none is there twice. */
async function rowsOf(sources: readonly Source[]): Promise<number[]> {
  const rows = await client.query<{ src: number; n: string; places: string }>(
    `SELECT src, count() AS n, uniqExact(seg, seq) AS places FROM jiaodun_logs.event
     WHERE src IN {ids:Array(UInt32)} GROUP BY src`,
    { ids: sources.map(({ id }) => id) },
  );
  for (const { n, places } of rows) expect(n).toBe(places);
  return sources.map(({ id }) => Number(rows.find(({ src }) => src === id)?.n ?? 0));
}

async function setsOf(sources: readonly Source[]) {
  const { rows } = await app.ownerPool.query<{ index_batch: number; indexed: boolean; parsed: number }>(
    `SELECT index_batch, indexed_at IS NOT NULL AS indexed, parsed FROM logs.segment WHERE source_id = ANY($1)
     ORDER BY id`,
    [sources.map(({ id }) => id)],
  );
  return rows;
}

/** A way to the store that counts inserts and breaks at one of them: before the rows arrive, or after. */
function watched(breakAt = 0, when: 'before' | 'after' = 'before') {
  const seen: string[] = [];
  const insert: LogstoreClient['insert'] = async (table, ...rest) => {
    seen.push(table);
    if (seen.length === breakAt && when === 'before') throw new Error('the way broke');
    const done = await client.insert(table, ...rest);
    if (seen.length === breakAt) throw new Error('the way broke');
    return done;
  };
  return { seen, app: { ...app, logstore: { ...client, insert } } };
}

test('segments of several sources that wait together are one insert per table', async () => {
  const sources = [await newSource(), await newSource(), await newSource()];
  for (const source of [...sources, ...sources]) await wait(source);
  const through = watched();
  expect(await indexWaiting(through.app)).toEqual({ ended: 'done', alone: [] });
  expect(through.seen).toEqual(['jiaodun_logs.event', 'jiaodun_logs.presence']);
  expect(await rowsOf(sources)).toEqual([6, 6, 6]);
  const sets = await setsOf(sources);
  expect(new Set(sets.map((set) => set.index_batch)).size).toBe(1);
  expect(sets.every((set) => set.indexed && set.parsed === 3)).toBe(true);
});

test.each([
  [1, 'before'],
  [1, 'after'],
  [2, 'after'],
] as const)(
  'broken off at insert %i, %s the rows were written, the same set is sent again, whatever came meanwhile',
  async (at, when) => {
    const sources = [await newSource(), await newSource()];
    for (const source of sources) await wait(source);
    await expect(indexWaiting(watched(at, when).app)).rejects.toThrow('the way broke');
    expect((await setsOf(sources)).every((set) => !set.indexed)).toBe(true);
    for (const source of sources) await wait(source);
    await indexWaiting(app);
    expect(await rowsOf(sources)).toEqual([6, 6]);
    expect(new Set((await setsOf(sources)).map((set) => set.index_batch)).size).toBe(2);
  },
);

test('a set whose rows are in the store and whose mark was lost adds nothing', async () => {
  const source = await newSource();
  await wait(source);
  await indexWaiting(app);
  await app.ownerPool.query('UPDATE logs.segment SET indexed_at = NULL WHERE source_id = $1', [source.id]);
  await wait(source);
  await indexWaiting(app);
  expect(await rowsOf([source])).toEqual([6]);
});

test('a store that was killed between two tables has every row once', async () => {
  const sources = [await newSource(), await newSource()];
  for (const source of sources) await wait(source);
  const insert: LogstoreClient['insert'] = async (table, ...rest) => {
    if (table === 'jiaodun_logs.presence') await store.kill();
    return client.insert(table, ...rest);
  };
  const running = indexWaiting({ ...app, logstore: { ...client, insert } });
  await new Promise<void>((gone) => store.process.once('exit', () => gone()));
  store = await spawnLogstore(storeDir, { port: store.port });
  await running;
  await indexWaiting(app);
  expect(await rowsOf(sources)).toEqual([3, 3]);
}, 60_000);

test('a missing file holds up nobody, and its segment comes in when the file is back', async () => {
  const sources = [await newSource(), await newSource()];
  const id = await wait(sources[0]!);
  await wait(sources[1]!);
  await app.ownerPool.query(`UPDATE logs.segment SET file = file || '.away' WHERE id = $1`, [id]);
  await expect(drain(app)).rejects.toThrow('ENOENT'); // the job of its own, which tries again later
  expect(await rowsOf(sources)).toEqual([0, 3]);
  await app.ownerPool.query(`UPDATE logs.segment SET file = replace(file, '.away', '') WHERE id = $1`, [id]);
  expect(await indexSegment(app, id)).toBe(true);
  expect(await rowsOf(sources)).toEqual([3, 3]);
});

test('two processes index nothing twice', async () => {
  const sources = [await newSource(), await newSource()];
  for (const source of [...sources, ...sources, ...sources]) await wait(source);
  const runs = await Promise.all([indexWaiting(app), indexWaiting(app), indexWaiting(app)]);
  expect(runs.map(({ ended }) => ended).sort()).toEqual(['busy', 'busy', 'done']);
  expect(await rowsOf(sources)).toEqual([9, 9]);
});

test('large segments, and what is read in order behind one, go by themselves', () => {
  const of = (id: number, source: number, records: number, format: string, behind = false) => ({
    id,
    source_id: source,
    records,
    format,
    is_behind: behind,
  });
  const large = setRecords / 2 + 1;
  expect(divide([of(1, 1, large, 'squid'), of(2, 1, 10, 'squid'), of(3, 2, 10, 'dnsmasq')])).toEqual({
    together: [2, 3],
    single: [1],
  });
  expect(divide([of(1, 1, large, 'netflow'), of(2, 1, 10, 'netflow'), of(3, 2, 10, 'netflow')])).toEqual({
    together: [3],
    single: [1, 2],
  });
  expect(divide([of(1, 1, 10, 'netflow', true), of(2, 2, 10, 'squid', true)])).toEqual({
    together: [2],
    single: [1],
  });
  const half = setRecords / 2;
  expect(divide([1, 2, 3].map((id) => of(id, id, half, 'squid')))).toEqual({ together: [1, 2], single: [] });
});
