/** A disk of its own (tmpfs of 1 MiB, as root) that fills up, is read-only for a while, and is freed again. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { forEachRecord } from '../segments/record-stream.ts';
import { sealSegment } from '../segments/seal-segment.ts';
import { readFrames } from '../segments/segment-file.ts';
import { Spool } from './spool.ts';
import { type BlockPlace, readBlocks, readSpool } from './spool-file.ts';

let disk = '';
const mount = (...args: string[]) => execFileSync('/bin/mount', args, { stdio: 'pipe' });
const isMountable = await (async () => {
  const probe = await mkdtemp(join(tmpdir(), 'jiaodun-disk-'));
  try {
    mount('-t', 'tmpfs', '-o', 'size=1m', 'none', probe);
    execFileSync('/bin/umount', [probe]);
    return true;
  } catch {
    // Only root may mount: elsewhere these tests are skipped, and the report shows it.
    return false;
  } finally {
    await rm(probe, { recursive: true, force: true });
  }
})();

beforeAll(async () => {
  if (!isMountable) return;
  disk = await mkdtemp(join(tmpdir(), 'jiaodun-disk-'));
  mount('-t', 'tmpfs', '-o', 'size=1m', 'none', disk);
});
afterAll(async () => {
  if (!disk) return;
  execFileSync('/bin/umount', [disk]);
  await rm(disk, { recursive: true, force: true });
});

let number = 0;

interface Journal {
  readonly spool: Spool;
  readonly closed: { path: string; blocks: readonly BlockPlace[] }[];
  /** Lines whose commit succeeded, and those whose commit failed so far. */
  readonly acknowledged: string[];
  waiting: string[];
}

async function openJournal(dir: string): Promise<Journal> {
  const closed: Journal['closed'] = [];
  const now = () => new Date('2026-11-22T06:00:00Z');
  const spool = new Spool({ dir, now, onClosed: (path, blocks) => closed.push({ path, blocks }) });
  await spool.open();
  return { spool, closed, acknowledged: [], waiting: [] };
}

/** Appends some lines and commits; answers the error's code when the disk refuses. */
async function give(journal: Journal, count: number): Promise<string | null> {
  for (let i = 0; i < count; i += 1) {
    number += 1;
    const line = Buffer.from(`line ${number} ${createHash('sha256').update(String(number)).digest('hex')}`);
    journal.spool.of('192.0.2.1').append(Date.UTC(2026, 10, 22), line, 0, line.length);
    journal.waiting.push(line.toString());
  }
  try {
    await journal.spool.commit();
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  }
  journal.acknowledged.push(...journal.waiting);
  journal.waiting = [];
  return null;
}

async function linesIn(dir: string): Promise<string[]> {
  const lines: string[] = [];
  for (const name of (await readdir(dir)).filter((one) => one.endsWith('.spool')).sort()) {
    const path = join(dir, name);
    for await (const stream of readBlocks(path, (await readSpool(path)).blocks))
      forEachRecord(stream, ({ bytes }) => lines.push(bytes.toString()));
  }
  return lines;
}

test.skipIf(!isMountable)(
  'a full disk refuses, loses nothing that was acknowledged, and goes on once there is room',
  async () => {
    const dir = join(disk, 'full');
    const journal = await openJournal(dir);
    await writeFile(join(disk, 'ballast'), Buffer.alloc(600 * 1024));
    let refusal: string | null = null;
    while (refusal === null) refusal = await give(journal, 50);
    expect(refusal).toBe('ENOSPC');
    expect(await give(journal, 50)).toBe('ENOSPC');
    expect(journal.acknowledged.length).toBeGreaterThan(1000);
    expect(await linesIn(dir)).toEqual(journal.acknowledged);
    await rm(join(disk, 'ballast'));
    expect(await give(journal, 10)).toBeNull();
    await journal.spool.rotate();
    expect(await linesIn(dir)).toEqual(journal.acknowledged);
    expect(new Set(journal.acknowledged).size).toBe(journal.acknowledged.length);
  },
);

test.skipIf(!isMountable)('sealing on a full disk leaves the journal whole, and is done later', async () => {
  const dir = join(disk, 'seal');
  await mkdir(dir);
  const journal = await openJournal(dir);
  await give(journal, 1000);
  await journal.spool.rotate();
  const [file] = journal.closed;
  const ballast = join(disk, 'ballast-2');
  await writeFile(ballast, Buffer.alloc(2 * 1024 * 1024)).catch((error: NodeJS.ErrnoException) => {
    expect(error.code).toBe('ENOSPC');
  });
  const seal = () => sealSegment(join(disk, 'segments'), 'full-disk', readBlocks(file!.path, file!.blocks));
  await expect(seal()).rejects.toMatchObject({ code: 'ENOSPC' });
  expect(await linesIn(dir)).toEqual(journal.acknowledged);
  await rm(ballast);
  const sealed = await seal();
  const lines: string[] = [];
  for await (const { stream } of readFrames(join(disk, 'segments', sealed.file)))
    forEachRecord(stream, ({ bytes }) => lines.push(bytes.toString()));
  expect(lines).toEqual(journal.acknowledged);
});

test.skipIf(!isMountable)(
  'a disk that turns read-only refuses, and takes all once it can be written',
  async () => {
    const dir = join(disk, 'read-only');
    const journal = await openJournal(dir);
    expect(await give(journal, 10)).toBeNull();
    await journal.spool.rotate();
    mount('-o', 'remount,ro', disk);
    expect(await give(journal, 10)).toBe('EROFS');
    expect(await give(journal, 10)).toBe('EROFS');
    mount('-o', 'remount,rw', disk);
    expect(await give(journal, 10)).toBeNull();
    await journal.spool.rotate();
    expect(journal.acknowledged).toHaveLength(40);
    expect(await linesIn(dir)).toEqual(journal.acknowledged);
  },
);
