import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { fakeClock } from '#base/clock';
import { forEachRecord } from '../segments/record-stream.ts';
import { Spool } from './spool.ts';
import { type BlockPlace, readBlocks, readSpool } from './spool-file.ts';

let dir = '';
let closed: string[] = [];
let opened: Spool[] = [];
const clock = fakeClock('2026-11-22T06:00:00Z');
const text = (line: string) => Buffer.from(line);

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'jiaodun-spool-'));
  closed = [];
  opened = [];
});
afterEach(async () => {
  for (const spool of opened) await spool.rotate();
  await rm(dir, { recursive: true, force: true });
});

function spoolWith(maxBytes?: number): Spool {
  const spool = new Spool({ dir, maxBytes, now: clock.now, onClosed: (path) => closed.push(path) });
  opened.push(spool);
  return spool;
}

function add(spool: Spool, sender: string, line: string): void {
  const bytes = text(line);
  spool.of(sender).append(clock.now().getTime(), bytes, 0, bytes.length);
}

async function linesOf(path: string): Promise<string[]> {
  const { blocks } = await readSpool(path);
  const lines: string[] = [];
  for await (const stream of readBlocks(path, blocks)) {
    forEachRecord(stream, (record) => lines.push(`${record.sender} ${record.bytes}`));
  }
  return lines;
}

const spoolFiles = async () => (await readdir(dir)).map((name) => join(dir, name)).sort();

test('has every record on disk when a commit resolves, in the order of each sender', async () => {
  const spool = spoolWith();
  await spool.open();
  add(spool, '192.0.2.1', 'a');
  add(spool, '192.0.2.2', 'b');
  add(spool, '192.0.2.1', 'c');
  expect(spool.pendingBytes).toBe(3);
  await spool.commit();
  expect(spool.pendingBytes).toBe(0);
  const [path] = await spoolFiles();
  expect(await linesOf(path!)).toEqual(['192.0.2.1 a', '192.0.2.1 c', '192.0.2.2 b']);
  expect((await readSpool(path!)).blocks.map((block) => block.sender)).toEqual(['192.0.2.1', '192.0.2.2']);
});

test('a commit asked for during another covers what was appended before it was asked for', async () => {
  const spool = spoolWith();
  await spool.open();
  const commits: Promise<void>[] = [];
  for (let i = 0; i < 50; i += 1) {
    add(spool, '192.0.2.1', `line ${i}`);
    commits.push(spool.commit());
  }
  await Promise.all(commits);
  const [path] = await spoolFiles();
  expect(await linesOf(path!)).toEqual(Array.from({ length: 50 }, (_, i) => `192.0.2.1 line ${i}`));
});

test('hands over each file with its own blocks when a commit begins another while it is being closed', async () => {
  const handed: { path: string; blocks: readonly BlockPlace[] }[] = [];
  const spool = new Spool({ dir, now: clock.now, onClosed: (path, blocks) => handed.push({ path, blocks }) });
  await spool.open();
  const commits: Promise<void>[] = [];
  for (let i = 0; i < 40; i += 1) {
    add(spool, '192.0.2.1', `line ${i}`);
    await spool.commit();
    const rotated = spool.rotate();
    // The file is closed in some turn of the event loop; a commit of the next line comes in each of them.
    for (let turn = 0; turn < 1 + (i % 4); turn += 1) await Promise.resolve();
    add(spool, '192.0.2.1', `line ${i}, meanwhile`);
    commits.push(spool.commit());
    await rotated;
  }
  await Promise.all(commits);
  await spool.rotate();
  const lines: string[] = [];
  for (const { path, blocks } of handed) {
    expect(blocks).toEqual((await readSpool(path)).blocks);
    lines.push(...(await linesOf(path)));
  }
  expect(handed.map(({ path }) => path)).toEqual(await spoolFiles());
  expect(lines).toHaveLength(80);
});

test('blocks are read only where they were written as they are', async () => {
  const spool = spoolWith();
  await spool.open();
  add(spool, '192.0.2.1', 'a');
  await spool.commit();
  add(spool, '192.0.2.1', 'bc');
  await spool.rotate();
  const { blocks } = await readSpool(closed[0]!);
  const read = async (places: readonly BlockPlace[]) => {
    for await (const stream of readBlocks(closed[0]!, places)) stream.at(0);
  };
  await read(blocks);
  const [first] = blocks;
  for (const wrong of [
    { ...first!, length: first!.length - 1 },
    { ...first!, at: first!.at + 1 },
  ])
    await expect(read([wrong])).rejects.toMatchObject({ code: 'spool.damaged' });
  const bytes = await readFile(closed[0]!);
  bytes[bytes.length - 1]! ^= 1;
  await writeFile(closed[0]!, bytes);
  await expect(read(blocks)).rejects.toMatchObject({ code: 'spool.damaged' });
});

test('closes a file at its size and begins another', async () => {
  const spool = spoolWith(1000);
  await spool.open();
  for (let i = 0; i < 30; i += 1) {
    add(spool, '192.0.2.1', `line ${i} `.padEnd(100, 'x'));
    await spool.commit();
  }
  await spool.rotate();
  expect(closed.length).toBeGreaterThanOrEqual(3);
  const lines = (await Promise.all(closed.map(linesOf))).flat();
  expect(lines.map((line) => line.slice(10, 17).trim())).toEqual(
    Array.from({ length: 30 }, (_, i) => `line ${i}`),
  );
  expect(spool.openedAt).toBeNull();
});

test('cuts a torn tail at every possible length and keeps all whole blocks', async () => {
  const spool = spoolWith();
  await spool.open();
  add(spool, '192.0.2.1', 'kept');
  await spool.commit();
  const [path] = await spoolFiles();
  const sound = (await stat(path!)).size;
  add(spool, '192.0.2.1', 'torn');
  await spool.commit();
  const whole = await readFile(path!);
  for (let length = sound; length < whole.length; length += 1) {
    await writeFile(path!, whole.subarray(0, length));
    closed = [];
    await spoolWith().open();
    expect(closed).toEqual([path]);
    expect((await stat(path!)).size).toBe(sound);
    expect(await linesOf(path!)).toEqual(['192.0.2.1 kept']);
  }
});

test('does not take garbage or a bit error behind the last whole block for records', async () => {
  const spool = spoolWith();
  await spool.open();
  add(spool, '192.0.2.1', 'kept');
  await spool.commit();
  const [path] = await spoolFiles();
  await appendFile(path!, Buffer.from('JDBK\xff\xff\xff\xff\x01\x00\x00\x00garbage', 'latin1'));
  await spoolWith().open();
  expect(await linesOf(path!)).toEqual(['192.0.2.1 kept']);
  const bytes = await readFile(path!);
  bytes[bytes.length - 1]! ^= 1;
  await writeFile(path!, bytes);
  expect((await readSpool(path!)).blocks).toEqual([]);
});

test('removes a file in which nothing was ever committed', async () => {
  await writeFile(join(dir, 'empty.spool'), 'JDSPO');
  await spoolWith().open();
  expect(await spoolFiles()).toEqual([]);
  expect(closed).toEqual([]);
});

test('writes the records of a failed commit again, once', async () => {
  const spool = spoolWith();
  await spool.open();
  add(spool, '192.0.2.1', 'first');
  await rm(dir, { recursive: true });
  await expect(spool.commit()).rejects.toThrow('ENOENT');
  expect(spool.pendingBytes).toBe(5);
  add(spool, '192.0.2.1', 'second');
  await spool.open();
  await spool.commit();
  await spool.rotate();
  expect((await Promise.all(closed.map(linesOf))).flat()).toEqual(['192.0.2.1 first', '192.0.2.1 second']);
});

/** Appends numbered lines and prints a number only after the commit that covers it. */
const writer = `
import { Spool } from './src/modules/logs/spool/spool.ts';
const spool = new Spool({ dir: process.argv[1], maxBytes: 20000, now: () => new Date(), onClosed() {} });
await spool.open();
let made = Number(process.argv[2]);
for (;;) {
  for (let i = 0; i < 7; i += 1) {
    const line = Buffer.from('line ' + made++);
    spool.of('192.0.2.' + (made % 3)).append(Date.now(), line, 0, line.length);
  }
  const upTo = made;
  spool.commit().then(() => process.stdout.write(upTo + '\\n'));
  await new Promise(setImmediate);
}`;

test('loses no acknowledged record and doubles none when the writer is killed, five times in a row', async () => {
  let acknowledged = 0;
  let next = 0;
  for (let round = 0; round < 5; round += 1) {
    const child = spawn(process.execPath, ['--input-type=module', '-e', writer, dir, String(next)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
      // A different amount of work each round; the kill falls wherever it falls.
      if (output.split('\n').length > 20 + round * 37) child.kill('SIGKILL');
    });
    await once(child, 'close');
    const told = output.split('\n').slice(0, -1).map(Number);
    acknowledged = Math.max(acknowledged, ...told);
    await spoolWith().open();
    const lines = (await Promise.all((await spoolFiles()).map(linesOf))).flat();
    const numbers = lines.map((line) => Number(line.split(' ')[2]));
    expect(new Set(numbers).size).toBe(numbers.length);
    next = Math.max(...numbers) + 1;
    expect(next).toBeGreaterThanOrEqual(acknowledged);
    // What is on disk is a prefix: nothing in the middle is missing.
    expect(numbers.length).toBe(next);
  }
});
