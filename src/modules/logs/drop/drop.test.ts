import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, link, mkdir, open, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { type Actor, systemActor } from '#base/app';
import { buildCity } from '#test/city';
import { actorAt, type TestApp, testApp } from '#test/db';
import { newSource } from '../contract.ts';
import { logs } from '../module.ts';
import { dropDir, segmentsDir } from '../places.ts';
import { registerSource } from '../register-source.ts';
import { forEachRecord } from '../segments/record-stream.ts';
import { readFrames } from '../segments/segment-file.ts';
import * as catalogue from '../store/catalogue.ts';
import { listDropFolders } from './drop-store.ts';
import { dropProblems, scanDropFolders } from './scan-folders.ts';

let app: TestApp;
const east: Actor = actorAt('city.east', ['logs.sources', 'logs.read']);
const west: Actor = actorAt('city.west', ['logs.sources', 'logs.read']);
const system = systemActor('test');

beforeAll(async () => {
  app = await testApp([logs], { now: '2026-11-22T06:00:00Z' });
  await buildCity(app);
  for (const [name, format] of [
    ['gate', 'dnsmasq'],
    ['东示一小网关', 'dnsmasq'],
    ['flows', 'netflow'],
  ] as const)
    await app.run(east, (ctx) => registerSource(ctx, newSource.parse({ name, format })));
}, 60_000);
afterAll(() => app?.close());
beforeEach(async () => {
  await rm(dropDir(app), { recursive: true, force: true });
  await mkdir(folder(), { recursive: true });
});

const folder = (name = 'gate') => join(dropDir(app), name);
/** Two looks, between which nothing changed. */
async function look(): Promise<void> {
  await scanDropFolders(app, 0);
  await scanDropFolders(app, 0);
}
const folders = async (actor: Actor) =>
  (await app.run(actor, (ctx) => listDropFolders(ctx, { page: 1, pageSize: 50 }))).items;
const stateOf = async (name: string) => (await folders(east)).find((one) => one.folder === name);

/** All records of the source's segments that are newer than `after`: `sender text`. */
async function recordsAfter(after: number): Promise<string[]> {
  const found: string[] = [];
  const { items } = await app.run(system, (ctx) => catalogue.listSegments(ctx, { page: 1, pageSize: 500 }));
  for (const segment of items.filter(({ id }) => id > after).reverse()) {
    for await (const { stream } of readFrames(join(segmentsDir(app), segment.file)))
      forEachRecord(stream, ({ sender, bytes }) => found.push(`${sender} ${bytes}`));
  }
  return found;
}
const lastSegment = async () =>
  (await app.run(system, (ctx) => catalogue.listSegments(ctx, { page: 1, pageSize: 1 }))).items[0]?.id ?? 0;

test('takes plain, gzip and zstd files once they are left alone, and puts them into done', async () => {
  const after = await lastSegment();
  await writeFile(join(folder(), 'a.log'), 'one\ntwo\n');
  await writeFile(join(folder(), 'b.log.gz'), gzipSync('three\n'));
  await writeFile(
    join(folder(), 'c.log.zst'),
    Buffer.concat([zstdCompressSync(Buffer.from('four\n')), zstdCompressSync(Buffer.from('five\n'))]),
  );
  await scanDropFolders(app, 0);
  expect(await recordsAfter(after)).toEqual([]);
  expect(await stateOf('gate')).toMatchObject({ waiting: 3, taken: 0, problem: null, source: 'gate' });
  await scanDropFolders(app, 0);
  expect(await recordsAfter(after)).toEqual([
    'file:a.log one',
    'file:a.log two',
    'file:b.log.gz three',
    'file:c.log.zst four',
    'file:c.log.zst five',
  ]);
  expect((await readdir(join(folder(), 'done'))).sort()).toEqual(['a.log', 'b.log.gz', 'c.log.zst']);
  expect(await stateOf('gate')).toMatchObject({ waiting: 0, taken: 3, failed: 0 });
});

test('the same content is taken once, under whatever name, and no file in done is overwritten', async () => {
  const after = await lastSegment();
  await writeFile(join(folder(), 'x.log'), 'same content\n');
  await look();
  await writeFile(join(folder(), 'x.log'), 'same content\n');
  await writeFile(join(folder(), 'y.log'), 'same content\n');
  await look();
  expect(await recordsAfter(after)).toEqual(['file:x.log same content']);
  expect(await readdir(join(folder(), 'done'))).toHaveLength(3);
});

test('a file that changes between two looks, or that a program has open for writing, waits', async () => {
  const after = await lastSegment();
  await writeFile(join(folder(), 'growing.log'), 'begun\n');
  await scanDropFolders(app, 0);
  await appendFile(join(folder(), 'growing.log'), 'more\n');
  await scanDropFolders(app, 0);
  expect(await recordsAfter(after)).toEqual([]);
  if (process.platform === 'linux') {
    const writer = await open(join(folder(), 'growing.log'), 'a');
    await look();
    expect(await recordsAfter(after)).toEqual([]);
    expect(await stateOf('gate')).toMatchObject({ waiting: 1 });
    await writer.close();
  }
  await look();
  expect(await recordsAfter(after)).toEqual(['file:growing.log begun', 'file:growing.log more']);
});

test('names under which programs write are left alone', async () => {
  for (const name of ['.hidden', 'a.tmp', 'b.log.part', 'c.log.filepart'])
    await writeFile(join(folder(), name), 'x\n');
  await look();
  expect((await readdir(folder())).sort()).toEqual(['.hidden', 'a.tmp', 'b.log.part', 'c.log.filepart']);
});

test('links, pipes and devices are refused with a reason; damaged files fail; good ones beside them are taken', async () => {
  const after = await lastSegment();
  const secret = join(app.config.dataDir, 'secret.txt');
  await writeFile(secret, 'not for you\n');
  await symlink(secret, join(folder(), '1-link.log'));
  await link(secret, join(folder(), '2-hard.log'));
  execFileSync('mkfifo', [join(folder(), '3-pipe.log')]);
  await writeFile(join(folder(), '4-cut.log.gz'), gzipSync('line\n'.repeat(5000)).subarray(0, 40));
  await writeFile(join(folder(), '5-empty.log'), '');
  await writeFile(join(folder(), '6-good.log'), 'good\n');
  await look();
  expect(await recordsAfter(after)).toEqual(['file:6-good.log good']);
  const names = (await readdir(join(folder(), 'failed'))).filter((name) => name.endsWith('.reason.txt'));
  expect(names.sort()).toEqual([
    '1-link.log.reason.txt',
    '2-hard.log.reason.txt',
    '3-pipe.log.reason.txt',
    '4-cut.log.gz.reason.txt',
    '5-empty.log.reason.txt',
  ]);
  const reason = await readFile(join(folder(), 'failed', '1-link.log.reason.txt'), 'utf8');
  expect(reason).toContain('符号链接');
  expect(reason).toContain('logs.not_a_file');
  expect(await stateOf('gate')).toMatchObject({ failed: 5, waiting: 0 });
  expect(dropProblems().map(({ en }) => en)).toEqual([expect.stringMatching(/^5 files of drop folders/)]);
  expect(await readFile(secret, 'utf8')).toBe('not for you\n');
});

test('names in GBK, of folders and of files', async () => {
  const after = await lastSegment();
  const gbk = (hex: string) => Buffer.from(hex, 'hex');
  // 东示一小网关 and 日志 in GBK.
  const path = Buffer.concat([Buffer.from(`${dropDir(app)}/`), gbk('b6abcabed2bbd0a1cdf8b9d8')]);
  await mkdir(path);
  const name = Buffer.concat([path, Buffer.from('/'), gbk('c8d5d6be'), Buffer.from('.log')]);
  await writeFile(name, 'in gbk\n');
  await look();
  expect(await recordsAfter(after)).toEqual(['file:日志.log in gbk']);
  expect(await stateOf('东示一小网关')).toMatchObject({ taken: 1, problem: null });
});

test('a folder that belongs to no source, or to one that holds no lines, is told and its files wait', async () => {
  await mkdir(folder('nobody'));
  await mkdir(folder('flows'));
  await writeFile(join(folder('nobody'), 'a.log'), 'x\n');
  await writeFile(join(folder('flows'), 'a.log'), 'x\n');
  await writeFile(join(dropDir(app), 'loose.log'), 'x\n');
  await symlink('/etc', folder('linked'));
  await look();
  expect(await stateOf('flows')).toMatchObject({ problem: 'not_lines', waiting: 1 });
  const all = await folders(system);
  expect(all.find((one) => one.folder === 'nobody')).toMatchObject({ problem: 'unknown_source', waiting: 1 });
  for (const name of ['loose.log', 'linked'])
    expect(all.find((one) => one.folder === name)).toMatchObject({ problem: 'not_a_folder' });
  expect(dropProblems()).toHaveLength(1);
  // Whose folder it is not, does not see it; nobody's folder is the city's.
  expect(await folders(west)).toEqual([]);
  expect((await folders(east)).map((one) => one.folder)).not.toContain('nobody');
  await rm(folder('nobody'), { recursive: true });
  await scanDropFolders(app, 0);
  expect((await folders(system)).map((one) => one.folder)).not.toContain('nobody');
});

test('a source by its number; and the same folder seen twice counts on', async () => {
  const source = await app.run(east, (ctx) => catalogue.findSource(ctx, { name: 'gate' }));
  await mkdir(folder(String(source!.id)));
  await writeFile(join(folder(String(source!.id)), 'n.log'), `by number ${source!.id}\n`);
  await look();
  expect(await stateOf(String(source!.id))).toMatchObject({ source: 'gate', taken: 1 });
});

/** Looks into the folders without end; killed at any moment by the test. */
const looker = `
  const { makeApp } = await import('#base/make-app');
  const { systemClock } = await import('#base/clock');
  const { createLogger } = await import('#base/log');
  const { registerErrors } = await import('#base/errors');
  const { logs } = await import('./src/modules/logs/module.ts');
  const { scanDropFolders } = await import('./src/modules/logs/drop/scan-folders.ts');
  registerErrors(logs.errors);
  const [config, ownerUrl, rounds] = JSON.parse(process.argv[1]);
  const app = makeApp({ config, ownerUrl, clock: systemClock, log: createLogger('test', 'error'), logstore: {}, modules: [logs] });
  process.stdout.write('ready\\n');
  for (let i = 0; i < rounds; i += 1) await scanDropFolders(app, 0);
  await app.close();`;

test('kill -9 at any moment: every file is taken, and once', async () => {
  const after = await lastSegment();
  const expected: string[] = [];
  for (let i = 0; i < 10; i += 1) {
    const lines = Array.from({ length: 200 }, (_, line) => `kill ${i}-${line}`);
    await writeFile(join(folder(), `${i}.log`), `${lines.join('\n')}\n`);
    expected.push(...lines.map((line) => `file:${i}.log ${line}`));
  }
  const kills = Number(process.env.JIAODUN_TEST_KILLS ?? 2);
  for (let round = 0; round <= kills; round += 1) {
    const argument = JSON.stringify([app.config, app.ownerUrl, 3]);
    const child = spawn(process.execPath, ['--input-type=module', '-e', looker, argument], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    if (round < kills) {
      const done = join(folder(), 'done');
      const count = async () => (await readdir(done).catch(() => [])).length;
      const before = await count();
      // Somewhere within its work: after so many files more.
      await vi.waitUntil(async () => child.exitCode !== null || (await count()) > before + (round % 3), {
        timeout: 60_000,
        interval: 3,
      });
      child.kill('SIGKILL');
    }
    if (child.exitCode === null && child.signalCode === null) await once(child, 'close');
  }
  expect((await recordsAfter(after)).sort()).toEqual(expected.sort());
  expect((await readdir(join(folder(), 'done'))).sort()).toEqual(
    Array.from({ length: 10 }, (_, i) => `${i}.log`).sort(),
  );
}, 600_000);
