import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSecret, sealSecret } from '#base/keys';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'jiaodun-keys-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

describe('a sealed secret', () => {
  it('opens again for its purpose and shows nothing of its text', async () => {
    const sealed = await sealSecret(dir, 'channel:1', '密钥 SEC-1');
    expect(await openSecret(dir, 'channel:1', sealed)).toBe('密钥 SEC-1');
    expect(sealed.toString('latin1')).not.toContain('SEC-1');
    expect((await sealSecret(dir, 'channel:1', '密钥 SEC-1')).equals(sealed)).toBe(false);
  });

  it('does not open for another purpose, changed, or with another key', async () => {
    const sealed = await sealSecret(dir, 'channel:1', 'x');
    await expect(openSecret(dir, 'channel:2', sealed)).rejects.toThrow();
    const changed = Buffer.from(sealed);
    changed[changed.length - 1]! ^= 1;
    await expect(openSecret(dir, 'channel:1', changed)).rejects.toThrow();
    await rm(join(dir, 'keys'), { recursive: true });
    await expect(openSecret(dir, 'channel:1', sealed)).rejects.toThrow();
  });

  it('is sealed with one key by two that start together, readable by the owner only', async () => {
    const sealed = await Promise.all(['a', 'b', 'c'].map((text) => sealSecret(dir, text, text)));
    const opened = await Promise.all(sealed.map((one, at) => openSecret(dir, 'abc'[at]!, one)));
    expect(opened).toEqual(['a', 'b', 'c']);
    const path = join(dir, 'keys', 'secrets.key');
    expect(Buffer.from(await readFile(path, 'utf8'), 'base64')).toHaveLength(32);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });
});
