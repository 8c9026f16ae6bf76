/**
 * The layout of a `.jds` file.
 *
 *     'JDSEG001' | zstd frame … | footer JSON | footerLength u32 LE | footerCrc32 u32 LE | 'JDSEGEND'
 *
 * Each frame is a zstd frame of its own (with checksum) over whole runs of the record stream, at most 256 KiB, so that
 * one record is read back by decompressing one frame. Footers of version 2 tell the Merkle root over the runs as well.
 */
import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { crc32, zstdDecompressSync } from 'node:zlib';
import { z } from 'zod';
import { addRuns, TreeBuilder } from './merkle-leaves.ts';
import {
  forEachRecord,
  maxRunBytes,
  type RawRecord,
  RecordStreamError,
  recordNumber,
} from './record-stream.ts';

export const magic = Buffer.from('JDSEG001');
export const endMagic = Buffer.from('JDSEGEND');
export const trailerBytes = 8 + endMagic.length;
export const frameBytes = 262_144;
/** Above this a frame's claimed size is not believed: hostile footers must not make us allocate. */
const maxFrameBytes = frameBytes + maxRunBytes;
const maxFooterBytes = 16 * 1024 * 1024;

const whole = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);

const hash = z.string().regex(/^[0-9a-f]{64}$/);

/** Footer: per frame its place, its two sizes and how many records it holds. */
const footer1 = z.object({
  version: z.literal(1),
  origin: z.string(),
  sha256: hash,
  records: whole,
  /** Bytes of the records themselves, without prefixes. */
  rawBytes: whole,
  streamBytes: whole,
  firstRecv: whole,
  lastRecv: whole,
  frames: z.array(z.tuple([whole, whole, whole, whole])),
});
const footer2 = footer1.extend({
  version: z.literal(2),
  merkleRoot: hash,
  leaves: whole,
  /** Secret of the leaves' salts; see merkle-leaves.ts. */
  salt: hash,
  sm3: hash.nullable(),
});
const footerSchema = z.discriminatedUnion('version', [footer1, footer2]);
export type Footer = z.infer<typeof footerSchema>;
export type Footer2 = z.infer<typeof footer2>;

/** A segment file that is damaged or not one; the message names the file and the place. */
export class SegmentDamaged extends Error {
  override readonly name = 'SegmentDamaged';
}

export interface OpenSegment {
  readonly footer: Footer;
  /** The record stream of one frame. */
  readFrame(index: number): Promise<Buffer>;
  close(): Promise<void>;
}

/**
 * Opens a segment and checks its footer. Throws SegmentDamaged, or the system's error when unreadable. `size`: as if the
 * file ended there.
 */
export async function openSegment(path: string, size?: number): Promise<OpenSegment> {
  const handle = await open(path);
  try {
    const footer = await readFooter(handle, path, size ?? (await handle.stat()).size);
    return {
      footer,
      readFrame: (index) => readFrame(handle, path, footer, index),
      close: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function readFooter(handle: FileHandle, path: string, size: number): Promise<Footer> {
  if (size < magic.length + trailerBytes) throw new SegmentDamaged(`${path}: too short for a segment`);
  const head = await readAt(handle, path, 0, magic.length);
  const trailer = await readAt(handle, path, size - trailerBytes, trailerBytes);
  if (!head.equals(magic)) throw new SegmentDamaged(`${path}: does not begin as a segment`);
  if (!trailer.subarray(8).equals(endMagic))
    throw new SegmentDamaged(`${path}: does not end as a segment, cut off`);
  const length = trailer.readUInt32LE(0);
  const start = size - trailerBytes - length;
  if (length > maxFooterBytes || start < magic.length)
    throw new SegmentDamaged(`${path}: footer length ${length}`);
  const text = await readAt(handle, path, start, length);
  if (crc32(text) !== trailer.readUInt32LE(4)) throw new SegmentDamaged(`${path}: footer checksum differs`);
  const parsed = footerSchema.safeParse(JSON.parse(text.toString('utf8')));
  if (!parsed.success) throw new SegmentDamaged(`${path}: footer is not understood`);
  demandNothingBetween(path, parsed.data, start);
  return parsed.data;
}

/** Frames follow one another, and the footer the last: what lies between them was never sealed. */
function demandNothingBetween(path: string, { frames }: Footer, footerAt: number): void {
  let end = magic.length;
  for (const [offset, packed] of frames) {
    if (offset !== end)
      throw new SegmentDamaged(`${path}: ${offset - end} bytes at ${end} belong to no frame`);
    end += packed;
  }
  if (end !== footerAt)
    throw new SegmentDamaged(`${path}: ${footerAt - end} bytes at ${end} belong to no frame`);
}

async function readFrame(handle: FileHandle, path: string, footer: Footer, index: number): Promise<Buffer> {
  const frame = footer.frames[index];
  if (!frame) throw new SegmentDamaged(`${path}: no frame ${index}`);
  const [offset, packed, size] = frame;
  if (packed > maxFrameBytes * 2 || size > maxFrameBytes)
    throw new SegmentDamaged(`${path}: frame ${index} too large`);
  const bytes = await readAt(handle, path, offset, packed);
  let stream: Buffer;
  try {
    stream = zstdDecompressSync(bytes, { maxOutputLength: maxFrameBytes, chunkSize: size + 64 });
  } catch (cause) {
    throw new SegmentDamaged(`${path}: frame ${index} does not decompress`, { cause });
  }
  if (stream.length !== size) throw new SegmentDamaged(`${path}: frame ${index} has ${stream.length} bytes`);
  return stream;
}

async function readAt(handle: FileHandle, path: string, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await handle.read(buffer, 0, length, position);
  if (bytesRead !== length) throw new SegmentDamaged(`${path}: ${length} bytes at ${position} are not there`);
  return buffer;
}

/**
 * Record number `seq` (from 0) of a segment file, by decompressing only its frame. `undefined` when the
 * segment has fewer records. Throws SegmentDamaged.
 */
export async function readSegmentRecord(path: string, seq: number): Promise<RawRecord | undefined> {
  return (await readSegmentRecords(path, new Set([seq]))).get(seq);
}

/** The same for several records, each frame decompressed once; those that the segment does not have are left out. */
export async function readSegmentRecords(
  path: string,
  wanted: ReadonlySet<number>,
): Promise<Map<number, RawRecord>> {
  const found = new Map<number, RawRecord>();
  const left = [...wanted].filter((seq) => Number.isSafeInteger(seq) && seq >= 0).sort((a, b) => b - a);
  if (left.length === 0) return found;
  const segment = await openSegment(path);
  try {
    let first = 0;
    for (const [index, frame] of segment.footer.frames.entries()) {
      const end = first + frame[3];
      if (left.length === 0) break;
      const stream = left.at(-1)! < end ? await segment.readFrame(index) : null;
      while (stream !== null && left.length > 0 && left.at(-1)! < end) {
        const seq = left.pop()!;
        const record = recordNumber(stream, seq - first);
        if (record) found.set(seq, record);
      }
      first = end;
    }
    return found;
  } finally {
    await segment.close();
  }
}

/** The frames' record streams in order, each with the number of its first record. */
export async function* readFrames(path: string): AsyncGenerator<{ first: number; stream: Buffer }> {
  const segment = await openSegment(path);
  try {
    let first = 0;
    for (const [index, frame] of segment.footer.frames.entries()) {
      yield { first, stream: await segment.readFrame(index) };
      first += frame[3];
    }
  } finally {
    await segment.close();
  }
}

/**
 * Reads the whole file and proves that it still is what its footer says: every frame, every record, all
 * counts, and the SHA-256 over the record stream, which is returned. Throws SegmentDamaged. `size`: as `openSegment`.
 */
export async function verifySegment(path: string, size?: number): Promise<Footer> {
  const segment = await openSegment(path, size);
  const check = new ContentCheck(segment.footer);
  const seen = { records: 0, rawBytes: 0, streamBytes: 0 };
  try {
    for (const [index, frame] of segment.footer.frames.entries()) {
      const stream = await segment.readFrame(index);
      const records = soundly(path, () => countRecords(stream, seen));
      check.add(stream);
      if (records !== frame[3]) throw new SegmentDamaged(`${path}: frame ${index} has ${records} records`);
    }
  } finally {
    await segment.close();
  }
  const { footer } = segment;
  const differs = check.differs();
  if (differs) throw new SegmentDamaged(`${path}: ${differs} differs`);
  for (const key of ['records', 'rawBytes', 'streamBytes'] as const) {
    if (seen[key] !== footer[key])
      throw new SegmentDamaged(`${path}: ${key} is ${seen[key]}, not ${footer[key]}`);
  }
  return footer;
}

/** The hashes over the whole record stream, compared with what the footer says. */
class ContentCheck {
  readonly #footer: Footer;
  readonly #sha256 = createHash('sha256');
  readonly #sm3 = createHash('sm3');
  readonly #tree: TreeBuilder | null;

  constructor(footer: Footer) {
    this.#footer = footer;
    this.#tree = footer.version === 2 ? new TreeBuilder(Buffer.from(footer.salt, 'hex')) : null;
  }

  add(stream: Buffer): void {
    this.#sha256.update(stream);
    if (this.#footer.version === 2 && this.#footer.sm3 !== null) this.#sm3.update(stream);
    if (this.#tree) addRuns(this.#tree, stream);
  }

  differs(): string | null {
    const footer = this.#footer;
    if (this.#sha256.digest('hex') !== footer.sha256) return 'SHA-256';
    if (footer.version === 1) return null;
    if (footer.sm3 !== null && this.#sm3.digest('hex') !== footer.sm3) return 'SM3';
    return this.#tree!.root() === footer.merkleRoot && this.#tree!.leaves === footer.leaves
      ? null
      : 'the Merkle root';
  }
}

function soundly<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof RecordStreamError)) throw error;
    throw new SegmentDamaged(`${path}: ${error.message}`, { cause: error });
  }
}

function countRecords(
  stream: Buffer,
  seen: { records: number; rawBytes: number; streamBytes: number },
): number {
  let records = 0;
  forEachRecord(stream, ({ bytes }) => {
    records += 1;
    seen.rawBytes += bytes.length;
  });
  seen.records += records;
  seen.streamBytes += stream.length;
  return records;
}
