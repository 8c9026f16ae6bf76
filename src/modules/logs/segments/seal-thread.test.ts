import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Spool } from '../spool/spool.ts';
import { type BlockPlace, readBlocks } from '../spool/spool-file.ts';
import { sealSegment } from './seal-segment.ts';
import { sealInThread } from './seal-thread.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'jiaodun-seal-thread-'));
});
afterEach(() => rm(dir, { recursive: true }));

/** A closed spool file of numbered lines. */
async function spooled(count: number): Promise<{ path: string; places: readonly BlockPlace[] }> {
  const closed: { path: string; places: readonly BlockPlace[] }[] = [];
  const now = () => new Date(1_795_000_000_000);
  const spool = new Spool({
    dir: join(dir, 'spool'),
    now,
    onClosed: (path, places) => closed.push({ path, places }),
  });
  await spool.open();
  for (let n = 0; n < count; n += 1) {
    const line = Buffer.from(`line ${n}`);
    spool.of('192.0.2.1').append(now().getTime() + n, line, 0, line.length);
    if (n % 100 === 0) await spool.commit();
  }
  await spool.rotate();
  return closed[0]!;
}

it('seals what the same thread would seal', async () => {
  const { path, places } = await spooled(1000);
  const root = join(dir, 'segments');
  const there = await sealInThread({ root, origin: 'there', path, places, options: { sm3: true } });
  const here = await sealSegment(root, 'here', readBlocks(path, places), { sm3: true });
  // Salt and name are each segment's own; the records are the same.
  expect(there).toMatchObject({ sha256: here.sha256, sm3: here.sm3, records: 1000, leaves: here.leaves });
  expect((await stat(join(root, there.file))).size).toBeGreaterThan(1000);
});

it('tells a failure with its code, leaves nothing behind, and goes on with the next task', async () => {
  const { path, places } = await spooled(10);
  const task = { root: join(dir, 'segments'), path, places, options: {} };
  const missing = { ...task, origin: 'missing', path: `${path}.gone` };
  const results = await Promise.allSettled([
    sealInThread(missing),
    sealInThread({ ...task, origin: '../escape' }),
    sealInThread({ ...task, origin: 'sound' }),
  ]);
  expect(results[0]).toMatchObject({ status: 'rejected', reason: { code: 'ENOENT' } });
  expect(results[1]).toMatchObject({
    status: 'rejected',
    reason: { message: expect.stringContaining('origin') },
  });
  expect(results[2]).toMatchObject({ status: 'fulfilled', value: { records: 10 } });
  await expect(stat(join(dir, 'segments', 'incoming', 'missing.jds'))).rejects.toThrow('ENOENT');
});
