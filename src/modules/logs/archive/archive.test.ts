/** Old segments move to a bucket and to a directory, and are read there as if they were here. */
import { access, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import S3rver from 's3rver';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemActor } from '#base/app';
import { drain, fire } from '#base/jobs';
import { migrateLogstore } from '#base/logstore/migrate';
import { type SpawnedLogstore, spawnLogstore } from '#base/logstore/testing';
import { buildCity } from '#test/city';
import { actorAt, type TestApp, testApp } from '#test/db';
import { ingestFile } from '../ingest-file.ts';
import { logs } from '../module.ts';
import { segmentsDir } from '../places.ts';
import { proveRecord } from '../prove/prove-record.ts';
import { checkSegment, readRecord } from '../read-record.ts';
import { moveProblems, moveSegments } from './move-segments.ts';
import { cacheDir } from './segment-cache.ts';
import { removeSegmentFile } from './segment-places.ts';
import { tellPlaces } from './tell-places.ts';

let app: TestApp;
let store: SpawnedLogstore;
let dir = '';
let s3: S3rver;
let port = 0;
const system = systemActor('test');
const east = actorAt('city.east', ['logs.ingest', 'logs.read', 'logs.sources']);

async function startS3(at: number): Promise<number> {
  s3 = new S3rver({
    port: at,
    address: '127.0.0.1',
    silent: true,
    directory: join(dir, 's3'),
    configureBuckets: [{ name: 'old-logs', configs: [] }],
  });
  return (await s3.run()).port;
}

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'jiaodun-archive-'));
  await mkdir(join(dir, 'disk'));
  store = await spawnLogstore(join(dir, 'logs'));
  const client = store.connect();
  await migrateLogstore(client, 'migrations/clickhouse');
  port = await startS3(0);
  app = await testApp([logs], {
    logstore: client,
    now: '2026-11-22T06:00:00Z',
    config: {
      archiveS3: 's3://old-logs/city',
      archiveS3Endpoint: `http://127.0.0.1:${port}`,
      archiveS3KeyId: 'S3RVER',
      archiveS3Secret: 'S3RVER',
      archiveDir: join(dir, 'disk'),
      archiveAfterDays: 30,
      archiveCacheMb: 64,
    },
  });
  await buildCity(app);
}, 60_000);
afterAll(async () => {
  await app?.close();
  await s3?.close();
  await store?.stop();
  await rm(dir, { recursive: true, force: true });
});

async function ingested(line: string): Promise<number> {
  const { segments } = await ingestFile(
    app,
    east,
    { source: 'gateway', format: 'squid', anyway: true },
    Readable.from([Buffer.from(line)]),
  );
  await drain(app);
  return segments[0]!;
}

async function rowOf(id: number) {
  const { rows } = await app.ownerPool.query('SELECT * FROM logs.segment WHERE id = $1', [id]);
  return rows[0];
}

const isThere = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  );
const read = (id: number) => app.run(east, (ctx) => readRecord(ctx, id, 0));
const month = 31 * 86_400_000;

test('an old segment moves to the bucket, is compared there, and is read, checked and proven through the cache', async () => {
  const id = await ingested('first old line');
  const young = await moveSegments(app);
  await app.advance(month);
  expect([young, await moveSegments(app), await moveSegments(app)]).toEqual([0, 1, 0]);
  const row = await rowOf(id);
  expect(row).toMatchObject({
    moved_to: 's3://old-logs/city',
    file_sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    local_gone_at: app.clock.now(),
  });
  expect(await isThere(join(segmentsDir(app), row.file))).toBe(false);
  expect((await read(id)).raw).toBe('first old line');
  expect(await readdir(cacheDir(app))).toHaveLength(1);
  expect(await app.run(east, (ctx) => checkSegment(ctx, id))).toMatchObject({ intact: true, problem: null });
  expect(await app.run(east, (ctx) => proveRecord(ctx, id, 0))).toMatchObject({ segment: id, seq: 0 });
  const told = await app.run(system, tellPlaces);
  expect(told).toMatchObject({ moveAfterDays: 30, waiting: 0 });
  expect(told.items.map(({ tier, segments, problem }) => [tier, segments, problem])).toEqual([
    ['local', 0, null],
    ['s3', 1, null],
    ['cache', 1, null],
  ]);
  expect(JSON.stringify(told)).not.toContain('S3RVER');
});

test('while the bucket is away nothing moves and nothing is lost, and readers are told so', async () => {
  const moved = await ingested('second old line');
  await app.advance(month);
  await moveSegments(app);
  const waiting = await ingested('third old line');
  await app.advance(month);
  await s3.close();
  await rm(cacheDir(app), { recursive: true, force: true });
  await expect(read(moved)).rejects.toMatchObject({ code: 'logs.archive_unavailable', status: 503 });
  await expect(fire(app, 'logs.move-segments')).rejects.toThrow();
  expect(moveProblems()).toHaveLength(1);
  expect((await read(waiting)).raw).toBe('third old line');
  const told = await app.run(system, tellPlaces);
  expect(told.items.find(({ tier }) => tier === 's3')?.problem).toMatch(/ECONNREFUSED/);
  await startS3(port);
  expect((await read(moved)).raw).toBe('second old line');
  await fire(app, 'logs.move-segments');
  expect(moveProblems()).toEqual([]);
  expect((await rowOf(waiting)).moved_to).toBe('s3://old-logs/city');
});

test('killed after the upload, or after the catalogue was told, it goes on', async () => {
  const id = await ingested('fourth old line');
  await app.advance(month);
  const { file } = await rowOf(id);
  const path = join(segmentsDir(app), file);
  const bytes = await readFile(path);
  await moveSegments(app);
  // As if it had been killed before the local copy went.
  await writeFile(path, bytes);
  await app.ownerPool.query('UPDATE logs.segment SET local_gone_at = NULL WHERE id = $1', [id]);
  await moveSegments(app);
  expect(await isThere(path)).toBe(false);
  // And before the catalogue was told.
  await writeFile(path, bytes);
  await app.ownerPool.query(
    `UPDATE logs.segment SET local_gone_at = NULL, moved_at = NULL, moved_to = NULL, file_sha256 = NULL WHERE id = $1`,
    [id],
  );
  expect(await moveSegments(app)).toBe(1);
  expect((await read(id)).raw).toBe('fourth old line');
});

test('a damaged segment does not move; a dropped one goes from the bucket and the cache', async () => {
  const damaged = await ingested('fifth old line');
  const good = await ingested('sixth old line');
  await app.advance(month);
  const path = join(segmentsDir(app), (await rowOf(damaged)).file);
  const bytes = await readFile(path);
  bytes[20]! ^= 1;
  await writeFile(path, bytes);
  expect(await moveSegments(app)).toBe(1);
  expect(moveProblems()).toHaveLength(1);
  expect((await rowOf(damaged)).moved_at).toBeNull();
  expect(await isThere(path)).toBe(true);
  await read(good);
  const { file, moved_to } = await rowOf(good);
  await removeSegmentFile(app, { id: good, file, moved_to });
  await removeSegmentFile(app, { id: good, file, moved_to });
  await expect(read(good)).rejects.toMatchObject({ code: 'logs.segment_damaged' });
});

test('what lies in the directory of before is still read there', async () => {
  const id = await ingested('seventh old line');
  await app.advance(month);
  const onDisk = { ...app, config: { ...app.config, archiveS3: undefined } };
  await moveSegments(onDisk as typeof app);
  expect((await rowOf(id)).moved_to).toBe(join(dir, 'disk'));
  expect((await read(id)).raw).toBe('seventh old line');
});
