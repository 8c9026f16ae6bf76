import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Actor } from '#base/app';
import { buildServer } from '#base/http';
import { drain } from '#base/jobs';
import { migrateLogstore } from '#base/logstore/migrate';
import { type SpawnedLogstore, spawnLogstore } from '#base/logstore/testing';
import { ingestFile } from '#logs';
import { buildCity } from '#test/city';
import { runCommand } from '#test/command';
import { actorAt, type TestApp, testApp } from '#test/db';
import { logs } from '../modules/logs/module.ts';
import { createClient } from './client.ts';
import { logsCommand } from './logs.ts';

let app: TestApp;
let store: SpawnedLogstore;
let server: FastifyInstance;
let dir = '';
let url = '';
const east: Actor = actorAt('city.east', ['logs.read', 'logs.ingest', 'logs.sources']);

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'jiaodun-cli-coverage-'));
  store = await spawnLogstore(join(dir, 'store'));
  const client = store.connect();
  await migrateLogstore(client, 'migrations/clickhouse');
  app = await testApp([logs], { logstore: client, now: '2026-11-22T07:00:00Z' });
  await buildCity(app);
  server = buildServer(app, async () => east);
  await server.listen({ host: '127.0.0.1', port: 0 });
  url = `http://127.0.0.1:${(server.server.address() as AddressInfo).port}`;
  const lines = [0, 1, 2, 3, 4, 30, 31].map(
    (minute) =>
      `<30>1 2026-11-22T06:${String(minute).padStart(2, '0')}:00Z gw dnsmasq 1 - [meta sequenceId="${minute + 1}"] query[A] www.example from 192.0.2.9`,
  );
  const query = { source: 'dns', format: 'dnsmasq' as const };
  await ingestFile(app, east, query, Readable.from([Buffer.from(lines.join('\n'))]));
  await drain(app);
}, 60_000);
afterAll(async () => {
  await server?.close();
  await app?.close();
  await store?.stop();
  await rm(dir, { recursive: true, force: true });
});

const run = (argv: string[]) =>
  runCommand(logsCommand, argv, { client: createClient({ url, token: 'east' }) });

test('says that a whole time can be relied on, and why another cannot', async () => {
  const whole = await run([
    'coverage',
    '--source',
    'dns',
    '--from',
    '2026-11-22T06:00:00Z',
    '--to',
    '2026-11-22T06:03:00Z',
  ]);
  expect([whole.code, whole.stdout]).toEqual([0, 'dns: 可以依赖 can be relied on\n']);
  const broken = await run([
    'coverage',
    '--source',
    'dns',
    '--from',
    '2026-11-22T06:10:00Z',
    '--to',
    '2026-11-22T06:20:00Z',
    '--json',
  ]);
  expect(broken.code).toBe(1);
  expect(JSON.parse(broken.stdout)).toMatchObject({
    relies: false,
    state: 'gap',
    lost: 25,
    reasons: [{ code: 'silence' }, { code: 'counter' }],
  });
});

test('refuses a source that is not there and a time that is none', async () => {
  expect((await run(['coverage', '--source', 'nothing'])).code).toBe(2);
  expect((await run(['coverage', '--source', 'dns', '--from', 'yesterday'])).code).toBe(2);
  expect((await run(['coverage'])).code).toBe(2);
});

test('issues a certificate and finds any change of it', async () => {
  const file = join(dir, 'certificate.json');
  const issued = await run(['certificate', '--out', file]);
  expect([issued.code, issued.stdout]).toEqual([
    0,
    expect.stringContaining('dns: 0/183 天 days, 未满期 growing, 缺口 gaps 1'),
  ]);
  expect(await run(['certificate', '--verify', file])).toMatchObject({ code: 0 });
  const text = await readFile(file, 'utf8');
  for (const changed of [
    text.replace('\\"growing\\"', '\\"met\\"'),
    text.replace(/"signature":"...../, '"signature":"AAAAA'),
    text.replace(/"publicKey":"[^"]*"/, '"publicKey":"none"'),
    text.replace(/"sha256":"../, '"sha256":"zz'),
  ]) {
    expect(changed).not.toBe(text);
    await writeFile(file, changed);
    expect(await run(['certificate', '--verify', file])).toMatchObject({ code: 1 });
  }
  await writeFile(file, 'no json');
  expect(await run(['certificate', '--verify', file])).toMatchObject({ code: 2 });
});
