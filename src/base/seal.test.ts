import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSealer } from './seal.ts';

let dataDir: string;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'jiaodun-seal-'));
});
afterAll(() => rm(dataDir, { recursive: true, force: true }));

describe('a sealed secret', () => {
  it('opens in its own context only, and not after one character was changed', async () => {
    const sealer = await openSealer(dataDir, 'a');
    const sealed = sealer.seal('秘密 secret', 'row 1');
    expect(sealer.open(sealed, 'row 1')).toBe('秘密 secret');
    expect(sealed).not.toContain('secret');
    expect(sealer.open(sealed, 'row 2')).toBeUndefined();
    expect((await openSealer(dataDir, 'b')).open(sealed, 'row 1')).toBeUndefined();
    for (let at = 0; at < sealed.length; at += 1) {
      const other = sealed[at] === 'A' ? 'B' : 'A';
      const changed = sealed.slice(0, at) + other + sealed.slice(at + 1);
      // The last character carries bits that base64 ignores.
      if (at < sealed.length - 1) expect(sealer.open(changed, 'row 1')).toBeUndefined();
      expect(sealer.open(sealed.slice(0, at), 'row 1')).toBeUndefined();
    }
  });

  it('never looks the same twice', async () => {
    const sealer = await openSealer(dataDir, 'a');
    expect(sealer.seal('x', 'y')).not.toBe(sealer.seal('x', 'y'));
  });

  it('rests on a key that only its owner can read', async () => {
    const path = join(dataDir, 'keys', 'seal.pem');
    expect((await stat(path)).mode & 0o077).toBe(0);
    expect(await readFile(path, 'utf8')).toContain('PRIVATE KEY');
  });
});
