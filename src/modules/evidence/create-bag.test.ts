import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createBag } from './create-bag.ts';
import { loadOrCreateKeys } from './keys.ts';
import { verifyBag } from './verify-bag.ts';
import { directoryEntry, endOfDirectory, localHeader, placeEntries } from './zip-layout.ts';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'jiaodun-seal-'));
});
afterAll(() => rm(dir, { recursive: true }));

const { privateKey } = generateKeyPairSync('ed25519');
const createdAt = new Date('2026-03-01T08:00:00Z');
const about = { source: 'test', tool: 'test', collector: 'test', acquiredAt: createdAt };
const bagOf = (items: { path: string; file?: string; bytes?: Uint8Array }[], name: string) => ({
  caseId: 'C9',
  number: 1,
  items: items.map((item) => ({ ...about, ...item })),
  privateKey,
  createdAt,
  outFile: join(dir, name),
});

describe('sealing', () => {
  it('streams files and gives the hash and length of the bag that is on disk', async () => {
    const file = join(dir, 'big.bin');
    await writeFile(file, Buffer.alloc(3 * 1024 * 1024 + 17, 'abc'));
    const sealed = await createBag(bagOf([{ path: 'items/big.bin', file }], 'big.zip'));
    expect(sealed.bytes).toBe((await stat(sealed.file)).size);
    expect(sealed.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(sealed.manifest.items[0]).toMatchObject({
      seq: 1,
      bytes: 3 * 1024 * 1024 + 17,
      clockOffsetMs: null,
    });
  });

  it.each([
    '../x',
    'items',
    'items/',
    'items/../x',
    '/items/x',
    'items//x',
    'items/a b',
    'items/.hidden',
    'web/x',
    'items/报告.pdf',
    'items/a\\b',
    'C:/items/x',
    `items/${'a'.repeat(200)}`,
  ])('refuses the path %s', async (path) => {
    const attempt = createBag(bagOf([{ path, bytes: Buffer.from('x') }], 'never.zip'));
    await expect(attempt).rejects.toMatchObject({ code: 'evidence.bad_path' });
  });

  it('refuses two paths that are one on a disk that ignores case', async () => {
    const twice = [
      { path: 'items/a.txt', bytes: Buffer.from('x') },
      { path: 'items/A.TXT', bytes: Buffer.from('y') },
    ];
    await expect(createBag(bagOf(twice, 'never.zip'))).rejects.toMatchObject({
      code: 'evidence.duplicate_path',
    });
  });

  it('refuses what is not a file, and leaves nothing behind', async () => {
    const missing = bagOf([{ path: 'items/a', file: join(dir, 'nothing-here') }], 'never.zip');
    await expect(createBag(missing)).rejects.toMatchObject({ code: 'evidence.unreadable' });
    await expect(
      createBag(bagOf([{ path: 'items/a', file: '/dev/zero' }], 'never.zip')),
    ).rejects.toMatchObject({
      code: 'evidence.unreadable',
    });
    expect((await readdir(dir)).filter((name) => name.startsWith('never'))).toEqual([]);
  });
});

describe('the keys', () => {
  it('are made once, even by callers at the same moment, and only their owner reads the private one', async () => {
    const home = join(dir, 'keys');
    const all = await Promise.all(Array.from({ length: 8 }, () => loadOrCreateKeys(home)));
    expect(new Set(all.map((keys) => keys.publicKeyId)).size).toBe(1);
    expect((await stat(join(home, 'evidence.pem'))).mode & 0o777).toBe(0o600);
    expect((await readdir(home)).sort()).toEqual(['evidence.pem', 'evidence.pub.pem']);
    const pem = await readFile(join(home, 'evidence.pub.pem'), 'utf8');
    expect(createPublicKey(pem).asymmetricKeyType).toBe('ed25519');
    const outFile = join(dir, 'keyed.zip');
    const sealed = await createBag({ ...bagOf([], 'x'), outFile, privateKey: all[0]!.privateKey });
    expect((await verifyBag(sealed.file, pem)).result).toBe('pass');
  });
});

describe('the container beyond 4 GiB', () => {
  const large = { name: 'items/a', bytes: 5_000_000_000, crc32: 7 };
  const after = { name: 'items/b', bytes: 1, crc32: 8 };

  it('says sizes and places in ZIP64 fields, and only where they do not fit', () => {
    const header = localHeader(large);
    expect(header.readUInt32LE(18)).toBe(0xffffffff);
    expect(header.readUInt16LE(4)).toBe(45);
    expect(header.readBigUInt64LE(30 + 7 + 4)).toBe(5_000_000_000n);
    const [, second] = placeEntries([large, after]);
    expect(second!.headerAt).toBe(header.length + 5_000_000_000);
    const line = directoryEntry(after, second!.headerAt);
    expect([line.readUInt32LE(20), line.readUInt32LE(42)]).toEqual([1, 0xffffffff]);
    expect(line.readBigUInt64LE(46 + 7 + 4)).toBe(BigInt(second!.headerAt));
    expect(localHeader(after).length).toBe(30 + 7);
  });

  it('closes with ZIP64 records from 65,535 entries on', () => {
    expect(endOfDirectory(65_534, 10, 10).length).toBe(22);
    const end = endOfDirectory(65_535, 10, 20);
    expect([end.length, end.readUInt32LE(0), end.readBigUInt64LE(24)]).toEqual([98, 0x06064b50, 65_535n]);
    expect(end.readBigUInt64LE(56 + 8)).toBe(30n);
  });
});
