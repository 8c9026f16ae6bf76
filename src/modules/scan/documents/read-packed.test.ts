import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { isAppError } from '#base/errors';
import { createRuleset, starterTermList } from '../ruleset.ts';
import { scanBytes } from '../scan-bytes.ts';
import { extractDocument } from './extract-document.ts';

const ID = '33110220150101001X';
const ruleset = createRuleset([starterTermList]);
const placesOf = async (bytes: Buffer, name: string) =>
  (await scanBytes({ name, bytes }, ruleset)).findings.map((one) => `${one.rule} @ ${one.part}`);
const codeOf = (bytes: Buffer, name: string) =>
  extractDocument(bytes, name).then(
    () => null,
    (error: unknown) => (isAppError(error) ? error.code : error),
  );

const vint = (value: number): number[] =>
  value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...vint(value >>> 7)];
/** A block of RAR 5.0: checksum, size, fields. */
function block(fields: readonly number[], data = Buffer.alloc(0)): Buffer {
  const sized = Buffer.from([...vint(fields.length), ...fields]);
  const sum = Buffer.alloc(4);
  sum.writeUInt32LE(crc32(sized));
  return Buffer.concat([sum, sized, data]);
}
/** An archive of files that are stored as they are. */
function rar(files: Record<string, string>): Buffer {
  const blocks = Object.entries(files).map(([name, body]) => {
    const [data, title, sum] = [Buffer.from(body), Buffer.from(name), Buffer.alloc(4)];
    sum.writeUInt32LE(crc32(data));
    const size = vint(data.length);
    return block([2, 2, ...size, 4, ...size, 0, ...sum, 0, 1, ...vint(title.length), ...title], data);
  });
  return Buffer.concat([
    Buffer.from('Rar!\x1a\x07\x01\0', 'latin1'),
    block([1, 0, 0]),
    ...blocks,
    block([5, 0, 0]),
  ]);
}

describe('a rar', () => {
  it('is read file by file, with their names', async () => {
    expect(await placesOf(rar({ 'roster.txt': ID, 'sub/b.txt': '澳门赌场' }), 'a.rar')).toEqual(
      expect.arrayContaining(['personal.id-card @ roster.txt', 'term.gambling @ sub/b.txt']),
    );
  });

  it('that is cut off is never told as empty', async () => {
    const whole = rar({ 'a.txt': 'x'.repeat(3000), 'b.txt': ID });
    for (const size of [20, 40, 2000, whole.length - 60]) {
      const code = await codeOf(whole.subarray(0, size), 'a.rar');
      const places = code === null ? await placesOf(whole.subarray(0, size), 'a.rar') : [];
      expect([size, code ?? places]).toEqual([
        size,
        code === null ? expect.arrayContaining([expect.stringMatching(/^unread\.damaged/)]) : 'scan.damaged',
      ]);
    }
  });
});

const has7z = (() => {
  try {
    execFileSync('7zz', ['i'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

describe.skipIf(!has7z)('a 7z that 7-Zip wrote', () => {
  const packed =
    (work: (folder: string, pack: (...args: string[]) => Buffer) => Promise<void>) => async () => {
      const folder = mkdtempSync(join(tmpdir(), 'scan-7z-'));
      try {
        writeFileSync(join(folder, 'roster.txt'), ID);
        writeFileSync(join(folder, '名单.txt'), '澳门赌场');
        await work(folder, (...args) => {
          execFileSync('7zz', ['a', '-bd', 'out', ...args], { cwd: folder, stdio: 'ignore' });
          const type = args.find((one) => one.startsWith('-t'))?.slice(2) ?? '7z';
          return readFileSync(join(folder, `out.${type}`));
        });
      } finally {
        rmSync(folder, { recursive: true });
      }
    };

  it(
    'is read; a name that the library cannot spell is told by its number',
    packed(async (_, pack) => {
      const places = await placesOf(pack('roster.txt', '名单.txt'), 'a.7z');
      expect(places).toContain('personal.id-card @ roster.txt');
      expect(places.some((place) => /^term\.gambling @ file [12]\.txt$/.test(place))).toBe(true);
    }),
  );

  it(
    'is told as locked when it has a password, as damaged when it is cut off, as a bomb when it is one',
    packed(async (folder, pack) => {
      const locked = pack('-psecret', 'roster.txt');
      expect(await codeOf(locked, 'a.7z')).toBe('scan.encrypted');
      rmSync(join(folder, 'out.7z'));
      expect(await codeOf(pack('-psecret', '-mhe=on', 'roster.txt'), 'a.7z')).toBe('scan.encrypted');
      rmSync(join(folder, 'out.7z'));
      const whole = pack('roster.txt');
      expect(await codeOf(whole.subarray(0, whole.length - 20), 'a.7z')).toBe('scan.damaged');
      rmSync(join(folder, 'out.7z'));
      writeFileSync(join(folder, 'zeros'), Buffer.alloc(40 << 20));
      expect(await codeOf(pack('zeros'), 'a.7z')).toBe('scan.bomb');
    }),
  );
});
