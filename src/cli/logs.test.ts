import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Actor } from '#base/app';
import { buildServer } from '#base/http';
import { startWorker } from '#base/jobs';
import { migrateLogstore } from '#base/logstore/migrate';
import { type SpawnedLogstore, spawnLogstore } from '#base/logstore/testing';
import { buildCity } from '#test/city';
import { runCommand } from '#test/command';
import { actorAt, type TestApp, testApp } from '#test/db';
import { incidents } from '../modules/incidents/module.ts';
import { logs } from '../modules/logs/module.ts';
import { createClient } from './client.ts';
import { logsCommand } from './logs.ts';

let app: TestApp;
let store: SpawnedLogstore;
let server: FastifyInstance;
let worker: Awaited<ReturnType<typeof startWorker>>;
let dir = '';
let url = '';
const people: Record<string, Actor> = {
  east: actorAt('city.east', ['logs.read', 'logs.ingest', 'logs.sources', 'incidents.read']),
  west: actorAt('city.west', ['logs.read']),
  /** Has never said why. */
  silent: actorAt('city.west', ['logs.read']),
};

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'jiaodun-cli-logs-'));
  store = await spawnLogstore(join(dir, 'store'));
  const client = store.connect();
  await migrateLogstore(client, 'migrations/clickhouse');
  app = await testApp([logs, incidents], { logstore: client, now: '2026-11-22T06:00:00Z' });
  await buildCity(app);
  worker = await startWorker(app);
  server = buildServer(
    app,
    async (_app, request) => people[String(request.headers.authorization).slice(7)] ?? null,
  );
  await server.listen({ host: '127.0.0.1', port: 0 });
  url = `http://127.0.0.1:${(server.server.address() as AddressInfo).port}`;
}, 60_000);
afterAll(async () => {
  await server?.close();
  await worker?.stop();
  await app?.close();
  await store?.stop();
  await rm(dir, { recursive: true, force: true });
});

const run = (who: string, argv: string[], stdin = '') =>
  runCommand(logsCommand, argv, { stdin, client: createClient({ url, token: who }) });

const lines = [
  'Nov 22 12:00:00 gw dnsmasq-dhcp[9]: DHCPACK(br0) 192.0.2.7 00:01:02:03:04:05 pc-7',
  'Nov 22 12:00:01 gw dnsmasq[9]: query[A] bad.example from 192.0.2.7',
  'Nov 22 12:00:02 gw dnsmasq[9]: reply bad.example is 198.51.100.4',
  'garbage',
].join('\n');
const range = ['--from', '2026-11-22T00:00:00Z', '--to', '2026-11-23T00:00:00Z', '--reason', '测试检索'];

test('ingests a file, waits for the index, tells what was unparsable, and finds the rows', async () => {
  const file = join(dir, 'gate.log');
  await writeFile(file, lines);
  const taken = await run('east', [
    'upload',
    file,
    '--format',
    'dnsmasq',
    '--source',
    'gate',
    '--wait',
    '--json',
  ]);
  expect(taken.code).toBe(0);
  expect(JSON.parse(taken.stdout)).toMatchObject({
    records: 4,
    parsed: 2,
    ignored: 1,
    unparsable: 1,
    already: false,
  });
  const found = await run('east', ['search', ...range, '--ip', '192.0.2.7', '--json']);
  expect(found.code).toBe(0);
  expect(JSON.parse(found.stdout).rows).toMatchObject([
    { kind: 'dns', fields: { host: 'bad.example', cli: '192.0.2.7' } },
    { kind: 'lease', fields: { mac: '00:01:02:03:04:05', device: expect.stringMatching(/^2611-/) } },
  ]);
  const text = await run('east', ['search', ...range, '--kind', 'lease']);
  expect(text.stdout).toMatch(/lease gate .*mac=00:01:02:03:04:05.*\[\d+:0\]/);
  const read = await fetch(`${url}/api/logs/segments/${JSON.parse(found.stdout).rows[0].segment}/records/3`, {
    headers: { authorization: 'Bearer east' },
  });
  expect(await read.json()).toMatchObject({ raw: 'garbage', seq: 3 });
});

test('tells the times of the lines and what is odd about them; what nobody can read is code 1', async () => {
  const odd = [
    'Nov 22 12:00:00 gw dnsmasq[9]: query[A] now.example from 192.0.2.7',
    '2027-11-22T12:00:00+08:00 gw dnsmasq[9]: query[A] later.example from 192.0.2.7',
    '1999-04-25T12:00:00+08:00 gw dnsmasq[9]: query[A] once.example from 192.0.2.7',
  ].join('\n');
  const argv = ['upload', '-', '--format', 'dnsmasq', '--source', 'odd', '--wait'];
  const taken = await run('east', argv, odd);
  expect(taken).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('times: 1999-04-25 12:00:00 +08:00 … 2027-11-22 12:00:00 +08:00'),
    stderr: expect.stringMatching(/1 行的时间在未来[\s\S]*1 行的时间早于留存期限/),
  });
  await expect(run('east', argv, 'noise\n')).rejects.toMatchObject({
    code: 'logs.lines_unknown',
    status: 422,
  });
  const unread = await run('east', [...argv, '--anyway', '--json'], 'noise\n');
  expect([unread.code, JSON.parse(unread.stdout)]).toMatchObject([
    1,
    { records: 1, parsed: 0, unparsable: 1 },
  ]);
  const file = join(dir, 'noise.log');
  await writeFile(file, 'other noise\n');
  const failed = run('east', ['upload', file, '--source', 'odd']);
  await expect(failed).rejects.toMatchObject({ code: 'logs.lines_unknown' });
  // Refused once it is sent anew, and now taken.
  expect((await run('east', ['upload', file, '--source', 'odd', '--anyway', '--wait'])).code).toBe(1);
  const source = (await app.ownerPool.query(`SELECT id FROM logs.source WHERE name = 'odd'`)).rows[0].id;
  const get = (path: string) =>
    fetch(`${url}/api/logs/${path}`, { headers: { authorization: 'Bearer east' } }).then((reply) =>
      reply.json(),
    );
  expect(await get(`sources/${source}/times`)).toMatchObject({
    ahead: 1,
    aged: 1,
    latest: '2027-11-22T04:00:00.000Z',
    earliest: '1999-04-25T04:00:00.000Z',
  });
  expect((await get(`uploads?sourceId=${source}`)).items[0]).toMatchObject({
    state: 'done',
    result: { lines: { parsed: 0, unparsable: 1, from: null, to: null, ahead: 0, aged: 0 } },
  });
});

test('reads standard input and gzip, and takes the same content once', async () => {
  const argv = ['upload', '-', '--format', 'dnsmasq', '--source', 'pipe', '--json'];
  expect(JSON.parse((await run('east', argv, lines)).stdout)).toMatchObject({ records: 4, already: false });
  const file = join(dir, 'pipe.log.gz');
  await writeFile(file, gzipSync(lines));
  const again = await run('east', ['upload', file, '--format', 'dnsmasq', '--source', 'pipe']);
  expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining('taken before') });
});

test('an empty answer is exit code 0, and another county finds nothing', async () => {
  const found = await run('west', ['search', ...range, '--json']);
  expect(found.code).toBe(0);
  expect(JSON.parse(found.stdout)).toMatchObject({ rows: [], cursor: null });
});

test('counts values, searches by name and device, and is refused without a reason', async () => {
  const top = await run('east', ['top', 'kind', ...range, '--source', 'gate', '--json']);
  expect(JSON.parse(top.stdout)).toEqual({
    rows: 2,
    values: [
      { value: 'dns', rows: 1 },
      { value: 'lease', rows: 1 },
    ],
  });
  const named = await run('east', ['search', ...range, '--source', 'gate', '--device', 'PC-7', '--json']);
  expect(JSON.parse(named.stdout).rows).toHaveLength(1);
  await expect(run('silent', ['search', ...range.slice(0, 4)])).rejects.toMatchObject({
    code: 'logs.reason_needed',
  });
});

test('counts rows in pieces of time over HTTP', async () => {
  const query = 'from=2026-11-22T03:00:00Z&to=2026-11-22T05:00:00Z&source=gate&reason=testing';
  const reply = await fetch(`${url}/api/logs/histogram?${query}`, {
    headers: { authorization: 'Bearer east' },
  });
  expect(await reply.json()).toEqual({
    bucketSeconds: 60,
    buckets: [
      { at: '2026-11-22T04:00:00.000Z', kind: 'dns', rows: 1 },
      { at: '2026-11-22T04:00:00.000Z', kind: 'lease', rows: 1 },
    ],
  });
});

test.each([
  [[]],
  [['dance']],
  [['upload']],
  [['upload', 'no-such-file', '--format', 'squid', '--source', 'x']],
  [['upload', '.', '--format', 'squid', '--source', 'x']],
  [['upload', '-', '--format', 'morse', '--source', 'x']],
  [['upload', '-', '--format', 'squid']],
  [['upload', '-', '--source', 'x']],
  [['search', '--from', 'yesterday']],
  [['search', '--kind', 'x']],
  [['search', '--port', '0']],
  [['search', '--nonsense']],
  [['search', '--purpose', 'x']],
  [['top']],
  [['export', 'x.zip', '--case', 'A-1']],
])('answers exit code 2 to %j', async (argv) => {
  const { code } = await run('east', argv);
  expect(code).toBe(2);
});

test('says what is wrong last, and where the usage is told when the call itself is wrong', async () => {
  const file = join(dir, 'empty.log');
  await writeFile(file, '');
  const { stderr } = await run('east', ['upload', file, '--format', 'squid', '--source', 'x']);
  expect(stderr).toBe(`${file}: 文件是空的 the file is empty\n`);
  expect((await run('east', ['upload'])).stderr).toMatch(
    /^请给出一个文件.*\n用法 usage: jiaodun logs --help\n$/,
  );
});

test('tells that no incident has the number of the case, to those who may see incidents', async () => {
  const argv = ['search', '--from', '2026-11-22T00:00:00Z', '--to', '2026-11-23T00:00:00Z', '--case', 'A-1'];
  expect(await run('east', argv)).toMatchObject({
    code: 0,
    stderr: expect.stringContaining('系统里没有编号为 A-1 的事件'),
  });
  expect(await run('west', argv)).toMatchObject({ code: 0, stderr: '' });
});

test('prints help with exit code 0', async () => {
  expect(await run('east', ['upload', '--help'])).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('--wait'),
  });
});

test('lets the refusal of the server go up', async () => {
  const argv = ['upload', '-', '--format', 'squid', '--source', 'gate'];
  await expect(run('east', argv, 'x')).rejects.toMatchObject({ code: 'logs.format_differs' });
  await expect(run('west', argv, 'x')).rejects.toMatchObject({ status: 403 });
});

test('reads a source again, waits for it, and says what came of it', async () => {
  const line = 'Nov 22 13:00:00 dnsmasq-dhcp[9]: DHCPACK(br0) 192.0.2.77 00:01:02:03:04:05';
  const take = ['upload', '-', '--format', 'dnsmasq', '--source', 'again', '--wait'];
  expect((await run('east', take, `${line}\nnoise`)).code).toBe(0);
  const done = await run('east', ['redecode', '--source', 'again', '--wait']);
  expect(done).toMatchObject({ code: 0, stdout: expect.stringMatching(/dnsmasq\/2, 1\/1 .*unread 1 → 1/) });
  const rows = await app.logstore.query(
    `SELECT dec FROM jiaodun_logs.lease WHERE ip = toIPv6('::ffff:192.0.2.77')`,
  );
  expect(rows).toEqual([{ dec: expect.stringMatching(/^dnsmasq\/2#\d+$/) }]);
  const refused = await run('west', ['redecode', '--source', 'again']);
  expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('no such source: again') });
});
