import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { constants, gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { unpackContent } from './unpack-content.ts';
import './contract.ts';

async function unpack(packed: Buffer, piece = 65_536): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for (let at = 0; at < packed.length; at += piece) pieces.push(packed.subarray(at, at + piece));
  const found: Buffer[] = [];
  for await (const chunk of await unpackContent(Readable.from(pieces))) found.push(Buffer.from(chunk));
  return Buffer.concat(found);
}

const hashes = (seed: number, count: number) =>
  Buffer.concat(
    Array.from({ length: count }, (_, i) => createHash('sha512').update(`${seed} ${i}`).digest()),
  );
const frame = (content: Buffer, checksum: number, level = 1) =>
  zstdCompressSync(content, {
    params: { [constants.ZSTD_c_checksumFlag]: checksum, [constants.ZSTD_c_compressionLevel]: level },
  });

test('every frame of a zstd stream counts, wherever the pieces are cut', async () => {
  // Stored, run-length and compressed blocks; with and without checksum; larger than a block; empty.
  const contents = [hashes(1, 400), Buffer.alloc(300_000, 'x'), Buffer.from('line\n'), Buffer.alloc(0)];
  const skip = Buffer.concat([Buffer.from([0x53, 0x2a, 0x4d, 0x18, 3, 0, 0, 0]), Buffer.from('abc')]);
  const packed = Buffer.concat(contents.flatMap((one, i) => [frame(one, i % 2), skip]));
  for (const piece of [13, 1000, packed.length]) {
    expect((await unpack(packed, piece)).equals(Buffer.concat(contents))).toBe(true);
  }
});

test('any frames, any cuts', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.uint8Array({ maxLength: 3000 }), { minLength: 1, maxLength: 5 }),
      fc.integer({ min: 1, max: 500 }),
      async (contents, piece) => {
        const packed = Buffer.concat(contents.map((one, i) => frame(Buffer.from(one), i % 2, 1 + (i % 19))));
        expect((await unpack(packed, piece)).equals(Buffer.concat(contents))).toBe(true);
      },
    ),
    { numRuns: 60 },
  );
});

function isHere(tool: string): boolean {
  try {
    execFileSync(tool, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false; // Not installed: the test is skipped and counted as such.
  }
}

test.skipIf(!isHere('zstd'))('what the zstd program writes, appended to itself', async () => {
  const content = Buffer.from(
    'Nov 22 12:00:01 gw dnsmasq[9]: query[A] a.example from 192.0.2.7\n'.repeat(20_000),
  );
  const packed = execFileSync('zstd', ['-q', '-c', '-T2'], { input: content, maxBuffer: 1 << 26 });
  expect((await unpack(Buffer.concat([packed, packed]))).equals(Buffer.concat([content, content]))).toBe(
    true,
  );
});

test('gzip of several members, and content that is not compressed', async () => {
  const two = Buffer.concat([gzipSync('one\n'), gzipSync('two\n')]);
  expect((await unpack(two, 3)).toString()).toBe('one\ntwo\n');
  expect((await unpack(Buffer.from('plain'), 1)).toString()).toBe('plain');
  expect((await unpack(Buffer.alloc(0))).length).toBe(0);
});

test('damaged, cut or trailing bytes are an error, not less content', async () => {
  const good = frame(hashes(2, 4000), 1);
  const flipped = Buffer.from(good);
  flipped[good.length >> 1]! ^= 1;
  const cases = [
    good.subarray(0, -1),
    good.subarray(0, 6),
    Buffer.concat([good, Buffer.from('garbage')]),
    Buffer.concat([good, good.subarray(0, 3)]),
    flipped,
  ];
  for (const packed of cases) {
    await expect(unpack(packed, 4096)).rejects.toMatchObject({ code: 'logs.bad_gzip' });
  }
});

test('text in UTF-16 is refused, packed or not; a mark of UTF-8 is not', async () => {
  const utf16 = Buffer.from('\ufeffline\n', 'utf16le');
  for (const content of [utf16, utf16.swap16(), gzipSync(Buffer.from('\ufeffline\n', 'utf16le'))])
    await expect(unpack(content)).rejects.toMatchObject({ code: 'logs.utf16' });
  const utf8 = Buffer.from('\ufeffline\n');
  expect((await unpack(utf8)).equals(utf8)).toBe(true);
});
