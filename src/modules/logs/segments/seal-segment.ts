import { createHash, type Hash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { constants, crc32, zstdCompressSync } from 'node:zlib';
import { syncDirectory } from '#base/files';
import { saltBytes, TreeBuilder } from './merkle-leaves.ts';
import { maxRunBytes, runAt } from './record-stream.ts';
import { endMagic, type Footer2, frameBytes, magic } from './segment-file.ts';

export interface SealedSegment {
  /** Relative to the segments directory: `2026/11/22/<origin>.jds`. */
  readonly file: string;
  readonly origin: string;
  readonly sha256: string;
  /** Root of the tree over its runs, and how many they are; see merkle-leaves.ts. */
  readonly merkleRoot: string;
  readonly leaves: number;
  /** SM3 over the record stream, when it was asked for. */
  readonly sm3: string | null;
  readonly records: number;
  readonly rawBytes: number;
  readonly firstRecv: number;
  readonly lastRecv: number;
}

// Level 1 was measured as fast as zstd gets on log lines and, at 256 KiB a frame, as small as level 3. A hash table of
// 2^12 places stays in the processor's first cache: measured a fifth faster than the level's own 2^14, and no larger.
const packing = {
  [constants.ZSTD_c_compressionLevel]: 1,
  [constants.ZSTD_c_hashLog]: 12,
  [constants.ZSTD_c_checksumFlag]: 1,
};

export interface SealOptions {
  /** Takes SM3 over the record stream, too. */
  readonly sm3?: boolean;
}

/**
 * Writes a segment piece by piece into `<root>/incoming/<origin>.jds`. Nothing is visible under its final name
 * before `finish`: write → fsync → read back and compare → rename → fsync of the directory.
 */
export class SegmentWriter {
  readonly #root: string;
  readonly #origin: string;
  readonly #path: string;
  readonly #handle: FileHandle;
  readonly #hash: Hash = createHash('sha256');
  readonly #sm3: Hash | null;
  readonly #salt = randomBytes(saltBytes);
  readonly #tree = new TreeBuilder(this.#salt);
  readonly #frames: [number, number, number, number][] = [];
  readonly #rest = Buffer.allocUnsafeSlow(frameBytes + maxRunBytes);
  #restBytes = 0;
  #restRecords = 0;
  #offset = 0;
  #crc = 0;
  #records = 0;
  #rawBytes = 0;
  #streamBytes = 0;
  #firstRecv = Number.MAX_SAFE_INTEGER;
  #lastRecv = 0;

  private constructor(root: string, origin: string, path: string, handle: FileHandle, options: SealOptions) {
    this.#sm3 = options.sm3 ? createHash('sm3') : null;
    this.#root = root;
    this.#origin = origin;
    this.#path = path;
    this.#handle = handle;
  }

  /** `origin` names the file: letters, digits, `-` and `_` only. */
  static async open(root: string, origin: string, options: SealOptions = {}): Promise<SegmentWriter> {
    if (!/^[\w-]{1,150}$/.test(origin)) throw new RangeError(`not an origin: ${origin}`);
    await mkdir(join(root, 'incoming'), { recursive: true });
    const path = join(root, 'incoming', `${origin}.jds`);
    const writer = new SegmentWriter(root, origin, path, await open(path, 'w'), options);
    try {
      await writer.#write(magic);
    } catch (error) {
      await writer.abandon();
      throw error;
    }
    return writer;
  }

  get streamBytes(): number {
    return this.#streamBytes;
  }

  get records(): number {
    return this.#records;
  }

  /** Adds whole runs of the record stream. Throws RecordStreamError on anything else. */
  async append(stream: Buffer): Promise<void> {
    this.#hash.update(stream);
    this.#sm3?.update(stream);
    this.#streamBytes += stream.length;
    let copied = 0;
    let at = 0;
    while (at < stream.length) {
      const run = runAt(stream, at);
      if (this.#restBytes + run.end - copied > frameBytes && this.#restBytes + at - copied > 0) {
        this.#keep(stream, copied, at);
        copied = at;
        await this.#flushFrame();
      }
      if (run.recvAt < this.#firstRecv) this.#firstRecv = run.recvAt;
      if (run.recvAt > this.#lastRecv) this.#lastRecv = run.recvAt;
      this.#tree.add(stream, at, run.end);
      this.#rawBytes += run.rawBytes;
      this.#restRecords += run.records;
      at = run.end;
    }
    this.#keep(stream, copied, at);
  }

  #keep(stream: Buffer, from: number, to: number): void {
    stream.copy(this.#rest, this.#restBytes, from, to);
    this.#restBytes += to - from;
  }

  async #flushFrame(): Promise<void> {
    if (this.#restRecords === 0) return;
    const raw = this.#rest.subarray(0, this.#restBytes);
    const packed = zstdCompressSync(raw, {
      chunkSize: 65_536,
      pledgedSrcSize: raw.length,
      params: packing,
    });
    this.#frames.push([this.#offset, packed.length, raw.length, this.#restRecords]);
    this.#records += this.#restRecords;
    this.#restBytes = 0;
    this.#restRecords = 0;
    await this.#write(packed);
  }

  async #write(bytes: Buffer): Promise<void> {
    this.#crc = crc32(bytes, this.#crc);
    this.#offset += bytes.length;
    for (let at = 0; at < bytes.length; ) {
      at += (await this.#handle.write(bytes, at, bytes.length - at)).bytesWritten;
    }
  }

  /** Seals the segment and gives its identity. A segment without records is a fault of the caller. */
  async finish(): Promise<SealedSegment> {
    await this.#flushFrame();
    if (this.#records === 0) throw new RangeError(`segment ${this.#origin} has no records`);
    const footer: Footer2 = {
      version: 2,
      origin: this.#origin,
      sha256: this.#hash.digest('hex'),
      sm3: this.#sm3?.digest('hex') ?? null,
      salt: this.#salt.toString('hex'),
      merkleRoot: this.#tree.root(),
      leaves: this.#tree.leaves,
      records: this.#records,
      rawBytes: this.#rawBytes,
      streamBytes: this.#streamBytes,
      firstRecv: this.#firstRecv,
      lastRecv: this.#lastRecv,
      frames: this.#frames,
    };
    await this.#writeFooter(footer);
    await this.#handle.sync();
    await this.#handle.close();
    const { origin, sha256, sm3, merkleRoot, leaves, records, rawBytes, firstRecv, lastRecv } = footer;
    const file = await this.#publish(new Date(firstRecv));
    return { file, origin, sha256, sm3, merkleRoot, leaves, records, rawBytes, firstRecv, lastRecv };
  }

  async #writeFooter(footer: Footer2): Promise<void> {
    const text = Buffer.from(JSON.stringify(footer), 'utf8');
    const trailer = Buffer.alloc(8);
    trailer.writeUInt32LE(text.length, 0);
    trailer.writeUInt32LE(crc32(text), 4);
    await this.#write(Buffer.concat([text, trailer, endMagic]));
  }

  async #publish(day: Date): Promise<string> {
    let crc = 0;
    for await (const chunk of createReadStream(this.#path)) crc = crc32(chunk as Buffer, crc);
    if (crc !== this.#crc) throw new Error(`read back differs: ${this.#path}`);
    const file = `${day.toISOString().slice(0, 10).replaceAll('-', '/')}/${this.#origin}.jds`;
    const target = join(this.#root, file);
    await mkdir(dirname(target), { recursive: true });
    await rename(this.#path, target);
    await syncDirectory(dirname(target));
    return file;
  }

  /** Gives up: nothing remains on disk. */
  async abandon(): Promise<void> {
    await this.#handle.close();
    await rm(this.#path, { force: true });
  }
}

/** Seals one segment from pieces of record stream; see SegmentWriter for what is guaranteed. */
export async function sealSegment(
  root: string,
  origin: string,
  pieces: Iterable<Buffer> | AsyncIterable<Buffer>,
  options: SealOptions = {},
): Promise<SealedSegment> {
  const writer = await SegmentWriter.open(root, origin, options);
  try {
    for await (const piece of pieces) await writer.append(piece);
    return await writer.finish();
  } catch (error) {
    await writer.abandon();
    throw error;
  }
}
