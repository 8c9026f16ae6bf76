import { execFileSync } from 'node:child_process';
import { appendFile, mkdtemp, readFile, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildServer } from '#base/http';
import { fire } from '#base/jobs';
import { ingestFile } from '#logs';
import { buildCity } from '#test/city';
import { runCommand } from '#test/command';
import { actorAt, type TestApp, testApp } from '#test/db';
import { audit } from '../modules/audit/module.ts';
import { logs } from '../modules/logs/module.ts';
import { auditCommand } from './audit.ts';
import { createClient } from './client.ts';
import { logsCommand } from './logs.ts';

let app: TestApp;
let server: FastifyInstance;
let dir = '';
let url = '';
const city = actorAt('city', ['logs.read', 'logs.ingest', 'logs.sources', 'logs.verify', 'audit.read']);
const at = (name: string) => join(dir, name);
const upload = (text: string) =>
  ingestFile(
    app,
    city,
    { source: 'door', format: 'squid', anyway: true },
    Readable.from([Buffer.from(text)]),
  );

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'jiaodun-cli-verify-'));
  app = await testApp([audit, logs], { now: '2026-11-22T06:00:00Z' });
  await buildCity(app);
  server = buildServer(app, async () => city);
  await server.listen({ host: '127.0.0.1', port: 0 });
  url = `http://127.0.0.1:${(server.server.address() as AddressInfo).port}`;
  for (const text of ['a\nb\n', 'c\n', 'd\ne\nf\n']) await upload(text);
  await fire(app, 'logs.anchor-chains');
}, 60_000);
afterAll(async () => {
  // Uploads that were refused half-way leave connections that would be kept for 72 s.
  server?.server.closeAllConnections();
  await server?.close();
  await app?.close();
  await rm(dir, { recursive: true, force: true });
});

const run = (command: typeof logsCommand, argv: string[]) =>
  runCommand(command, argv, { client: createClient({ url, token: 'any' }), dataDir: app.config.dataDir });

test('reads every file of this machine and says that all is intact', async () => {
  const { code, stdout } = await run(logsCommand, ['verify', '--trust', at('heads.json')]);
  expect(stdout).toMatch(/main: 3 段 segments, 6 行 records[\s\S]*files read: 3[\s\S]*intact/);
  expect(stdout).not.toContain('note');
  expect(code).toBe(0);
});

test('a file that no catalogue names is a note, and a fault only for who is strict', async () => {
  const stray = join(app.config.dataDir, 'segments', 'stray.jds');
  await writeFile(stray, 'who am I');
  // Before the catalogue was read: what is sealed meanwhile is no stranger.
  await utimes(stray, new Date('2026-11-22T05:00:00Z'), new Date('2026-11-22T05:00:00Z'));
  const { code, stdout } = await run(logsCommand, ['verify']);
  expect([code, stdout]).toEqual([0, expect.stringMatching(/note: stray.jds: .*8 B[\s\S]*intact/)]);
  expect(await run(logsCommand, ['verify', '--strict'])).toMatchObject({ code: 1 });
  const told = JSON.parse((await run(logsCommand, ['verify', '--json'])).stdout);
  expect(told).toMatchObject({ intact: true, notes: [expect.stringContaining('stray.jds')] });
  await rm(stray);
});

test('a file that grew is named appended, not cut off, and a pipe in its place is not read', async () => {
  const { rows } = await app.ownerPool.query('SELECT file FROM logs.segment ORDER BY id');
  const path = join(app.config.dataDir, 'segments', rows[0].file);
  const bytes = await readFile(path);
  await appendFile(path, 'x\n');
  const grown = await run(logsCommand, ['verify']);
  expect([grown.code, grown.stdout]).toEqual([
    1,
    expect.stringMatching(/main#1 封存文件被追加.*2 bytes longer/),
  ]);
  // An end of its own in what was appended, and a false one: the sealed one is found all the same.
  await writeFile(path, Buffer.concat([bytes, Buffer.from('JDSEGEND'), bytes]));
  expect((await run(logsCommand, ['verify'])).stdout).toMatch(
    new RegExp(`main#1 封存文件被追加.* ${bytes.length + 8} bytes longer`),
  );
  await rm(path);
  execFileSync('mkfifo', [path]);
  expect((await run(logsCommand, ['verify'])).stdout).toMatch(/main#1 无法读取.*not an ordinary file/);
  await rm(path);
  await writeFile(path, bytes);
  expect((await run(logsCommand, ['verify'])).code).toBe(0);
});

test('checks an exported catalogue and copied files without the server, with heads from an exported audit log', async () => {
  expect((await run(logsCommand, ['catalogue', at('catalogue')])).code).toBe(0);
  expect((await run(auditCommand, ['export', at('audit')])).code).toBe(0);
  const segments = join(app.config.dataDir, 'segments');
  const args = ['verify', '--catalogue', at('catalogue'), '--dir', segments, '--audit', at('audit')];
  expect(await run(logsCommand, args)).toMatchObject({ code: 0 });
  const lines = (await readFile(at('catalogue'), 'utf8')).trimEnd().split('\n');
  // Rolled back without a trace of it in the catalogue itself: the audit log remembers.
  const first = JSON.parse(lines[0]!);
  const second = JSON.parse(lines.at(-2)!).segment;
  first.catalogue.heads = [{ chain: 'main', chainSeq: 2, link: second.link }];
  const kept = lines.filter((line) => line.startsWith('{"segment"')).slice(0, 2);
  await writeFile(at('rolled'), [JSON.stringify(first), ...kept].join('\n'));
  const rolled = await run(logsCommand, ['verify', '--catalogue', at('rolled'), '--audit', at('audit')]);
  expect(rolled.stdout).toMatch(/main#3 封存链被回滚/);
  expect(rolled.code).toBe(1);
  const forgetful = await run(logsCommand, ['verify', '--catalogue', at('rolled')]);
  expect(forgetful.code).toBe(0);
  const remembering = await run(logsCommand, [
    'verify',
    '--catalogue',
    at('rolled'),
    '--trust',
    at('heads.json'),
  ]);
  expect(remembering.code).toBe(1);
});

test('proves one line, and the proof holds for the key that signed it only', async () => {
  const { rows } = await app.ownerPool.query('SELECT id FROM logs.segment ORDER BY id');
  expect(
    (await run(logsCommand, ['proof', `${rows[2].id}:1`, '--reason', '核对一行', '--out', at('proof')])).code,
  ).toBe(0);
  const key = join(app.config.dataDir, 'keys', 'logs.pub.pem');
  expect(await run(logsCommand, ['verify', '--proof', at('proof'), '--key', key])).toMatchObject({ code: 0 });
  const other = join(app.config.dataDir, 'keys', 'audit.pub.pem');
  expect(await run(logsCommand, ['verify', '--proof', at('proof'), '--key', other])).toMatchObject({
    code: 1,
  });
  const proof = JSON.parse(await readFile(at('proof'), 'utf8'));
  await writeFile(at('forged'), JSON.stringify({ ...proof, record: Buffer.from('x').toString('base64') }));
  const forged = await run(logsCommand, ['verify', '--proof', at('forged')]);
  expect([forged.code, forged.stdout]).toEqual([1, expect.stringContaining('record')]);
});

test('names the file that was cut off, and answers 1', async () => {
  const { rows } = await app.ownerPool.query('SELECT file FROM logs.segment ORDER BY id');
  await truncate(join(app.config.dataDir, 'segments', rows[1].file), 100);
  const { code, stdout } = await run(logsCommand, ['verify']);
  expect(code).toBe(1);
  expect(stdout).toMatch(new RegExp(`main#2 封存文件被截断.*${rows[1].file}`));
});

test('wrong use is 2: no such directory, no catalogue, no proof, no place', async () => {
  await writeFile(at('no-json'), 'hello\n');
  for (const argv of [
    ['verify', '--dir', at('nowhere')],
    ['verify', '--proof', at('no-json')],
    ['verify', '--key', at('no-json')],
    ['verify', '--trust', at('no-json')],
    ['proof', 'twelve'],
    ['catalogue'],
    ['verify', '--unknown'],
  ])
    expect([argv, (await run(logsCommand, argv)).code]).toEqual([argv, 2]);
  const unread = { code: 'cli.not_json', details: { name: at('no-json'), line: '1' } };
  await expect(run(logsCommand, ['verify', '--catalogue', at('no-json')])).rejects.toMatchObject(unread);
  await expect(run(logsCommand, ['verify', '--audit', at('no-json')])).rejects.toMatchObject(unread);
});
