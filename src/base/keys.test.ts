import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { findSecret, loadOrCreateSecret } from '#base/keys';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'jiaodun-keys-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

it('those that start together end with one secret, readable by the owner only', async () => {
  expect(await findSecret(dir, 'own')).toBeUndefined();
  const made = await Promise.all([1, 2, 3].map(() => loadOrCreateSecret(dir, 'own')));
  const path = join(dir, 'own.key');
  expect(Buffer.from(await readFile(path, 'utf8'), 'base64')).toHaveLength(32);
  for (const one of made) expect(one.toString('base64')).toBe(await readFile(path, 'utf8'));
  expect((await findSecret(dir, 'own'))?.equals(made[0]!)).toBe(true);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});
