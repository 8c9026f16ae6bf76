import { readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type FakeClock, fakeClock } from '#base/clock';
import { type ExpiringFiles, openExpiringFiles } from '#base/files';

let root: string;
let clock: FakeClock;
let copies: ExpiringFiles;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'jiaodun-files-'));
  clock = fakeClock('2026-11-22T06:00:00Z');
  copies = openExpiringFiles(root, clock);
});
afterAll(() => rm(root, { recursive: true }));

const text = Buffer.from('示例');

test('a copy goes when its time is over, and may come again', async () => {
  const { sha256, bytes } = await copies.put(text);
  expect(bytes).toBe(6);
  clock.advance(2 * 3_600_000);
  await copies.forget(sha256);
  expect(await copies.find(sha256)).toBeUndefined();
  await copies.forget(sha256);
  expect((await copies.put(text)).sha256).toBe(sha256);
  expect(await copies.read(sha256)).toEqual(text);
});

test('equal bytes that another has just put stay, and nothing is left lying about', async () => {
  const { sha256 } = await copies.put(text);
  clock.advance(2 * 3_600_000);
  await copies.put(text);
  await copies.forget(sha256);
  expect(await copies.read(sha256)).toEqual(text);
  expect(readdirSync(join(root, 'incoming'))).toEqual([]);
});
