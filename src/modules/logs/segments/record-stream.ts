/**
 * The record stream: what a spool stores, what a segment compresses and what its SHA-256 is taken over.
 *
 *     record := receivedAt u64 LE (ms UTC) | senderLength u8 | sender UTF-8 | length u32 LE | bytes
 */

export interface RawRecord {
  readonly recvAt: number;
  readonly sender: string;
  readonly bytes: Buffer;
}

/** Longest record; receivers and importers cut longer lines before they get here. */
export const maxRecordBytes = 65_536;
export const maxEncodedBytes = 8 + 1 + 255 + 4 + maxRecordBytes;

/** A record stream that is not one: truncated, or a length beyond the limit. */
export class RecordStreamError extends Error {
  override readonly name = 'RecordStreamError';
}

/** The part of a record that all records of one sender and one moment share. */
export function recordPrefix(sender: string, recvAt: number): Buffer {
  const name = Buffer.from(sender, 'utf8').subarray(0, 255);
  const prefix = Buffer.allocUnsafe(9 + name.length);
  prefix.writeBigUInt64LE(BigInt(recvAt), 0);
  prefix[8] = name.length;
  prefix.set(name, 9);
  return prefix;
}

/** A growing record stream. Bytes are copied once, so the caller may reuse its buffer. */
export class RecordBuffer {
  #buffer: Buffer;
  #length = 0;
  #records = 0;

  constructor(capacity = 65_536) {
    this.#buffer = Buffer.allocUnsafeSlow(capacity);
  }

  get length(): number {
    return this.#length;
  }

  get records(): number {
    return this.#records;
  }

  /** Appends `source[start, end)`; throws RangeError beyond `maxRecordBytes`. */
  append(prefix: Buffer, source: Buffer, start: number, end: number): void {
    const size = end - start;
    if (size > maxRecordBytes) throw new RangeError(`a record of ${size} bytes exceeds ${maxRecordBytes}`);
    const total = prefix.length + 4 + size;
    if (this.#length + total > this.#buffer.length) this.#grow(total);
    const target = this.#buffer;
    let at = this.#length;
    // A loop beats a native copy for a few dozen bytes; a native copy wins beyond.
    for (let i = 0; i < prefix.length; i += 1) target[at + i] = prefix[i]!;
    at += prefix.length;
    target[at] = size & 255;
    target[at + 1] = (size >>> 8) & 255;
    target[at + 2] = (size >>> 16) & 255;
    target[at + 3] = size >>> 24;
    at += 4;
    if (size < 48) for (let i = 0; i < size; i += 1) target[at + i] = source[start + i]!;
    else source.copy(target, at, start, end);
    this.#length += total;
    this.#records += 1;
  }

  /** What was written so far; valid until the next `append`. */
  view(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  clear(): void {
    this.#length = 0;
    this.#records = 0;
  }

  #grow(needed: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(this.#buffer.length * 2, this.#length + needed));
    larger.set(this.#buffer.subarray(0, this.#length));
    this.#buffer = larger;
  }
}

/** Where the record that begins at `at` ends. Throws RecordStreamError when it is not whole and sound. */
export function endOfRecord(stream: Buffer, at: number): number {
  if (at + 9 > stream.length) throw new RecordStreamError(`truncated record at ${at}`);
  const lengthAt = at + 9 + stream[at + 8]!;
  if (lengthAt + 4 > stream.length) throw new RecordStreamError(`truncated record at ${at}`);
  const size = stream.readUInt32LE(lengthAt);
  if (size > maxRecordBytes) throw new RecordStreamError(`record of ${size} bytes at ${at}`);
  const end = lengthAt + 4 + size;
  if (end > stream.length) throw new RecordStreamError(`truncated record at ${at}`);
  return end;
}

/** Reads the record that lies in `[at, end)`; `bytes` is a view into the stream. */
export function readRecordAt(stream: Buffer, at: number, end: number): RawRecord {
  const senderEnd = at + 9 + stream[at + 8]!;
  return {
    recvAt: Number(stream.readBigUInt64LE(at)),
    sender: stream.toString('utf8', at + 9, senderEnd),
    bytes: stream.subarray(senderEnd + 4, end),
  };
}

/** Visits every record. Throws RecordStreamError where the stream is broken. */
export function forEachRecord(stream: Buffer, visit: (record: RawRecord) => void): void {
  let at = 0;
  while (at < stream.length) {
    const end = endOfRecord(stream, at);
    visit(readRecordAt(stream, at, end));
    at = end;
  }
}
