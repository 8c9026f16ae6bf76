import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
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

  it('opens from bytes, too, and not after one was changed', async () => {
    const sealer = await openSealer(dataDir, 'a');
    const sealed = sealer.sealBytes('密钥 SEC-1', 'row 1');
    expect(sealer.open(sealed, 'row 1')).toBe('密钥 SEC-1');
    expect(sealed.toString('latin1')).not.toContain('SEC-1');
    for (let at = 0; at < sealed.length - 1; at += 1) {
      const changed = Buffer.from(sealed);
      changed[at] = changed[at] === 65 ? 66 : 65;
      expect(sealer.open(changed, 'row 1')).toBeUndefined();
    }
    expect(sealer.open(new Uint8Array(0), 'row 1')).toBeUndefined();
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

/** What an installation of then had on its disk and in its database. */
const former = {
  pem: '-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEILzn0dFcBHQyIA6Qn2TyAJuT+y5Plh2zTX8l/FDve3Nx\n-----END PRIVATE KEY-----\n',
  key: 'KQUm8ZwWl7HPSznb9yND2ns5AqXU+LgQLtXmMZsRx88=',
  channel: Buffer.from('2Gts45CqFZNHFdjHofC85FkAgGhIhQLmKi1O75uJYizRKlJpa0G4/Q==', 'base64'),
  totp: 'v1.8jsFEMQsuqWT_GhDSjCVzag3J21WjqbWToYf07izLbjnHZ4v',
};

describe('what was sealed before', () => {
  let home: string;
  beforeAll(async () => {
    home = join(dataDir, 'former');
    await mkdir(join(home, 'keys'), { recursive: true });
    await writeFile(join(home, 'keys', 'seal.pem'), former.pem);
    await writeFile(join(home, 'keys', 'secrets.key'), former.key);
  });

  it('opens, whichever of the two keys sealed it', async () => {
    expect((await openSealer(home, 'auth totp')).open(former.totp, 'factor-1')).toBe('JBSWY3DP');
    const channels = await openSealer(home, 'notify.channel');
    expect(channels.open(former.channel, 'row-1')).toBe('密钥 SEC-1');
  });

  it('does not open for another row, another purpose, or changed; and is sealed under the one key when written again', async () => {
    const channels = await openSealer(home, 'notify.channel');
    expect(channels.open(former.channel, 'row-2')).toBeUndefined();
    expect((await openSealer(home, 'auth.sso')).open(former.channel, 'row-1')).toBeUndefined();
    for (let at = 0; at < former.channel.length; at += 1) {
      const changed = Buffer.from(former.channel);
      changed[at]! ^= 1;
      expect(channels.open(changed, 'row-1')).toBeUndefined();
    }
    const again = channels.sealBytes(channels.open(former.channel, 'row-1')!, 'row-1');
    expect(again.toString()).toMatch(/^v1\./);
    expect(channels.open(again, 'row-1')).toBe('密钥 SEC-1');
  });

  it('stays shut without its key', async () => {
    expect((await openSealer(dataDir, 'notify.channel')).open(former.channel, 'row-1')).toBeUndefined();
  });
});
