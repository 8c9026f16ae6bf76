import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type Actor, systemActor } from '#base/app';
import { newSource } from '#logs/contract';
import { buildCity } from '#test/city';
import { actorAt, type TestApp, testApp } from '#test/db';
import { freePort } from '#test/product';
import { logs } from '../modules/logs/module.ts';
import { segmentsDir } from '../modules/logs/places.ts';
import { registerSource } from '../modules/logs/register-source.ts';
import { forEachRecord } from '../modules/logs/segments/record-stream.ts';
import { readFrames } from '../modules/logs/segments/segment-file.ts';
import * as catalogue from '../modules/logs/store/catalogue.ts';
import { takeUploadJob } from '../modules/logs/take-upload.ts';
import { createClient } from './client.ts';
import { uploadLogs } from './logs-upload.ts';

let app: TestApp;
let dir = '';
const east: Actor = actorAt('city.east', ['logs.read', 'logs.ingest', 'logs.sources']);

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'jiaodun-cli-upload-'));
  app = await testApp([logs], { now: '2026-11-22T06:00:00Z' });
  await buildCity(app);
  const source = newSource.parse({ name: 'gate', format: 'dnsmasq' });
  await app.run(east, (ctx) => registerSource(ctx, source));
}, 60_000);
afterAll(async () => {
  await app?.close();
  await rm(dir, { recursive: true, force: true });
});

/** The web role alone, with one caller; killed by the test. */
const web = `
  const { makeApp } = await import('#base/make-app');
  const { systemClock } = await import('#base/clock');
  const { createLogger } = await import('#base/log');
  const { buildServer } = await import('#base/http');
  const { logs } = await import('./src/modules/logs/module.ts');
  const [config, ownerUrl, port, actor] = JSON.parse(process.argv[1]);
  const app = makeApp({ config, ownerUrl, clock: systemClock, log: createLogger('test', 'fatal'), logstore: {}, modules: [logs] });
  const server = buildServer(app, async () => ({ ...actor, permissions: new Set(actor.permissions) }));
  await server.listen({ host: '127.0.0.1', port });
  process.stdout.write('ready\\n');`;

async function startWeb(port: number): Promise<ChildProcess> {
  const actor = { ...east, permissions: [...east.permissions] };
  const argument = JSON.stringify([app.config, app.ownerUrl, port, actor]);
  const child = spawn(process.execPath, ['--input-type=module', '-e', web, argument], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout!, 'data');
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  const ended = once(child, 'close');
  child.kill('SIGKILL');
  await ended;
}

const rows = async () =>
  (await app.ownerPool.query('SELECT id, state, offset_bytes::int AS at, segments FROM logs.bulk_upload'))
    .rows;

/** SHA-256 over all lines of the segments. */
async function hashOf(ids: readonly number[]): Promise<string> {
  const hash = createHash('sha256');
  for (const id of ids) {
    const segment = await app.run(systemActor('test'), (ctx) => catalogue.findSegment(ctx, id));
    for await (const { stream } of readFrames(join(segmentsDir(app), segment!.file)))
      forEachRecord(stream, ({ bytes }) => hash.update(bytes).update('\n'));
  }
  return hash.digest('hex');
}

test('kill -9 of the server and of the sender: the upload goes on, and is whole and single', async () => {
  const line = (i: number) => `${i} ${createHash('sha256').update(String(i)).digest('hex')}\n`;
  const content = Buffer.from(Array.from({ length: 320_000 }, (_, i) => line(i)).join(''));
  const file = join(dir, 'big.log');
  await writeFile(file, content);
  const port = await freePort();
  let server = await startWeb(port);
  let told = '';
  const send = () =>
    uploadLogs([file, '--source', 'gate', '--anyway', '--json'], {
      stdout: (text) => (told += text),
      stderr: (text) => (told += text),
      stdin: Readable.from([]),
      client: createClient({ url: `http://127.0.0.1:${port}`, token: 'east' }),
    });
  const sending = send();
  // The server dies after some bytes are acknowledged, and again somewhat later.
  for (const bytes of [1, 16_000_000].slice(0, Number(process.env.JIAODUN_TEST_KILLS ?? 1))) {
    await vi.waitFor(async () => expect((await rows())[0]?.at ?? 0).toBeGreaterThanOrEqual(bytes), {
      timeout: 60_000,
      interval: 5,
    });
    await kill(server);
    server = await startWeb(port);
  }
  await vi.waitFor(async () => expect((await rows())[0]?.state).toBe('received'), { timeout: 60_000 });
  await takeUploadJob.run(app, { id: (await rows())[0]!.id });
  expect(await sending).toBe(0);
  const [row, ...more] = await rows();
  expect(more).toEqual([]);
  expect(JSON.parse(told.slice(told.indexOf('{')))).toMatchObject({ records: 320_000, already: false });
  expect(await hashOf(row.segments.map(Number))).toBe(createHash('sha256').update(content).digest('hex'));
  // Sent again it is known before a byte is sent.
  told = '';
  await send();
  expect(JSON.parse(told)).toMatchObject({ records: 320_000, already: true });
  expect(await rows()).toHaveLength(1);
  await kill(server);
}, 180_000);
