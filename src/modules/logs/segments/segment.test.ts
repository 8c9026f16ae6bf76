import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { genesisLink, linkOf } from './chain.ts';
import { forEachRecord, RecordBuffer, RecordStreamError, recordPrefix } from './record-stream.ts';
import { sealSegment } from './seal-segment.ts';
import { openSegment, readFrames, readSegmentRecord, SegmentDamaged, verifySegment } from './segment-file.ts';

let root = '';
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'jiaodun-segment-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const start = Date.UTC(2026, 10, 22, 6);
let made = 0;

function streamOf(lines: readonly Buffer[], from = 0): Buffer {
  const buffer = new RecordBuffer(64);
  for (const [i, line] of lines.entries()) {
    buffer.append(recordPrefix('192.0.2.1', start + from + i), line, 0, line.length);
  }
  return buffer.view();
}

async function seal(lines: readonly Buffer[]) {
  made += 1;
  const sealed = await sealSegment(root, `test-${made}`, [streamOf(lines)]);
  return { ...sealed, path: join(root, sealed.file) };
}

const numbered = (count: number, size = 100) =>
  Array.from({ length: count }, (_, i) => Buffer.from(`line ${i} `.padEnd(size, '·')));

test('gives back any record by its number, decompressing one frame', async () => {
  const lines = numbered(9000, 90);
  const sealed = await seal(lines);
  const segment = await openSegment(sealed.path);
  expect(segment.footer.frames.length).toBeGreaterThan(3);
  expect(Math.max(...segment.footer.frames.map((frame) => frame[2]))).toBeLessThanOrEqual(262_144);
  await segment.close();
  for (const seq of [0, 1, 4999, 8999]) {
    expect(await readSegmentRecord(sealed.path, seq)).toEqual({
      recvAt: start + seq,
      sender: '192.0.2.1',
      bytes: lines[seq],
    });
  }
  for (const seq of [9000, -1, 1.5]) expect(await readSegmentRecord(sealed.path, seq)).toBeUndefined();
});

test('has as identity the SHA-256 over the record stream, whatever the pieces it came in', async () => {
  const lines = numbered(3000, 300);
  const sealed = await seal(lines);
  const whole = streamOf(lines);
  expect(sealed.sha256).toBe(createHash('sha256').update(whole).digest('hex'));
  const pieces = [
    streamOf(lines.slice(0, 1)),
    streamOf(lines.slice(1, 2500), 1),
    streamOf(lines.slice(2500), 2500),
  ];
  expect((await sealSegment(root, 'pieces', pieces)).sha256).toBe(sealed.sha256);
  expect((await sealSegment(root, 'fewer', pieces.slice(0, 2))).sha256).not.toBe(sealed.sha256);
  expect(sealed).toMatchObject({
    file: expect.stringMatching(/^2026\/11\/22\/test-\d+\.jds$/),
    records: 3000,
    rawBytes: lines.reduce((sum, line) => sum + line.length, 0),
    firstRecv: start,
    lastRecv: start + 2999,
  });
});

test('keeps empty records, NUL bytes, and records of 64 KiB', async () => {
  const lines = [
    Buffer.alloc(0),
    Buffer.alloc(65_536, 7),
    Buffer.from([0, 13, 255, 0]),
    Buffer.alloc(65_536, 1),
  ];
  const many = Array.from({ length: 8 }, () => lines).flat();
  const sealed = await seal(many);
  await verifySegment(sealed.path);
  const read: Buffer[] = [];
  for await (const { first, stream } of readFrames(sealed.path)) {
    expect(first).toBe(read.length);
    forEachRecord(stream, (record) => read.push(record.bytes));
  }
  expect(read).toEqual(many);
});

test('survives a round trip of any records', async () => {
  const line = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes));
  await fc.assert(
    fc.asyncProperty(fc.array(line, { minLength: 1, maxLength: 40 }), async (lines) => {
      const sealed = await seal(lines);
      expect((await verifySegment(sealed.path)).records).toBe(lines.length);
      const seq = lines.length >> 1;
      const record = await readSegmentRecord(sealed.path, seq);
      expect(record?.bytes.equals(lines[seq]!)).toBe(true);
    }),
    { numRuns: 40 },
  );
});

test('finds every record of runs of lines and of single records mixed', async () => {
  const prefix = recordPrefix('192.0.2.1', start);
  const item = fc.oneof(
    fc.uint8Array({ maxLength: 50 }).map((bytes) => [Buffer.from(bytes)]),
    fc.array(
      fc.stringMatching(/^[^\n]{0,20}$/).map((text) => Buffer.from(text)),
      { minLength: 1, maxLength: 9 },
    ),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(item, { minLength: 1, maxLength: 20 }), async (items) => {
      const buffer = new RecordBuffer(64);
      for (const lines of items) {
        const region = Buffer.concat(lines.flatMap((line) => [line, Buffer.from('\n')]));
        if (lines.length > 1) buffer.appendLines(prefix, region, 0, region.length, lines.length);
        else buffer.append(prefix, lines[0]!, 0, lines[0]!.length);
      }
      made += 1;
      const sealed = await sealSegment(root, `mixed-${made}`, [buffer.view()]);
      const expected = items.flat();
      expect(sealed).toMatchObject({
        records: expected.length,
        rawBytes: expected.reduce((sum, line) => sum + line.length, 0),
      });
      const path = join(root, sealed.file);
      await verifySegment(path);
      for (const [seq, line] of expected.entries()) {
        expect((await readSegmentRecord(path, seq))?.bytes.equals(line)).toBe(true);
      }
    }),
    { numRuns: 30 },
  );
});

test('refuses runs whose count does not fit their lines', () => {
  const prefix = recordPrefix('192.0.2.1', start);
  const lines = Buffer.from('one\ntwo\n');
  for (const count of [1, 3, 9, 0]) {
    const buffer = new RecordBuffer(64);
    buffer.appendLines(prefix, lines, 0, lines.length, count);
    expect(() => forEachRecord(buffer.view(), () => undefined), String(count)).toThrow(RecordStreamError);
  }
});

test('notices one changed bit anywhere in the file', async () => {
  const sealed = await seal(numbered(200));
  const sound = await readFile(sealed.path);
  await verifySegment(sealed.path);
  const broken = join(root, 'broken.jds');
  for (let at = 0; at < sound.length; at += 7) {
    const bytes = Buffer.from(sound);
    bytes[at] = bytes[at]! ^ (1 << (at % 8));
    await writeFile(broken, bytes);
    await expect(verifySegment(broken), `byte ${at} of ${sound.length}`).rejects.toThrow(SegmentDamaged);
  }
});

test('notices a file that was cut off at any length', async () => {
  const sealed = await seal(numbered(200));
  const sound = await readFile(sealed.path);
  const cut = join(root, 'cut.jds');
  for (let length = 0; length < sound.length; length += 97) {
    await writeFile(cut, sound.subarray(0, length));
    await expect(verifySegment(cut)).rejects.toThrow(SegmentDamaged);
  }
});

test('leaves nothing behind when sealing fails', async () => {
  const torn = streamOf(numbered(3)).subarray(0, 150);
  await expect(sealSegment(root, 'torn', [torn])).rejects.toThrow(RecordStreamError);
  await expect(sealSegment(root, 'empty', [])).rejects.toThrow('no records');
  await expect(sealSegment(root, '../escape', [])).rejects.toThrow('not an origin');
  expect(await readdir(join(root, 'incoming'))).toEqual([]);
});

test('a link changes with the link before it, the segment and every fact about it', () => {
  const meta = {
    chain: 'main',
    chainSeq: 1,
    origin: 'a',
    sourceId: 's',
    records: 1,
    rawBytes: 2,
    firstRecv: 3,
    lastRecv: 4,
  };
  const sha = 'ab'.repeat(32);
  const links = [
    linkOf(genesisLink, sha, meta),
    linkOf('01'.repeat(32), sha, meta),
    linkOf(genesisLink, 'ac'.repeat(32), meta),
    ...Object.keys(meta).map((key) => linkOf(genesisLink, sha, { ...meta, [key]: 9 } as typeof meta)),
  ];
  expect(new Set(links).size).toBe(links.length);
});
