/**
 * The record stream: what a spool stores, what a segment compresses and what its SHA-256 is taken over. It is
 * a sequence of runs; a run holds records that one sender gave at one moment.
 *
 *     run := receivedAt u64 LE (ms UTC) | senderLength u8 | sender UTF-8 | kind u8 | records u32 LE
 *            | length u32 LE | bytes
 *     kind 0: one record, which is the bytes;  kind 1: `records` records, each followed by one LF
 *
 * Lines are not copied one by one: what a socket gave at once becomes one run (measured: half the cost).
 */

export interface RawRecord {
  readonly recvAt: number;
  readonly sender: string;
  readonly bytes: Buffer;
}

/** Longest record, and longest run; receivers and importers cut longer lines before they get here. */
export const maxRecordBytes = 65_536;
const fieldsBytes = 9;
export const maxRunBytes = 9 + 255 + fieldsBytes + maxRecordBytes;

/** A record stream that is not one: truncated, or a length beyond the limit. */
export class RecordStreamError extends Error {
  override readonly name = 'RecordStreamError';
}

/** The part of a run that all records of one sender and one moment share. */
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

  /** Appends `source[start, end)` as one record; throws RangeError beyond `maxRecordBytes`. */
  append(prefix: Buffer, source: Buffer, start: number, end: number): void {
    this.#append(prefix, source, start, end, 0, 1);
  }

  /** Appends `source[start, end)`, which is `records` lines each with its LF. */
  appendLines(prefix: Buffer, source: Buffer, start: number, end: number, records: number): void {
    this.#append(prefix, source, start, end, 1, records);
  }

  #append(prefix: Buffer, source: Buffer, start: number, end: number, kind: number, records: number): void {
    const size = end - start;
    if (size > maxRecordBytes) throw new RangeError(`a run of ${size} bytes exceeds ${maxRecordBytes}`);
    const total = prefix.length + fieldsBytes + size;
    if (this.#length + total > this.#buffer.length) this.#grow(total);
    const target = this.#buffer;
    let at = this.#length;
    // A loop beats a native copy for a few bytes.
    for (let i = 0; i < prefix.length; i += 1) target[at + i] = prefix[i]!;
    at += prefix.length;
    target[at] = kind;
    target.writeUInt32LE(records, at + 1);
    target.writeUInt32LE(size, at + 5);
    source.copy(target, at + fieldsBytes, start, end);
    this.#length += total;
    this.#records += records;
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

/** A run as it lies in the stream. */
export interface Run {
  readonly recvAt: number;
  readonly lines: boolean;
  readonly records: number;
  /** Bytes of the records themselves, without the LFs between them. */
  readonly rawBytes: number;
  readonly bytesAt: number;
  readonly end: number;
}

/** The run that begins at `at`. Throws RecordStreamError when it is not whole and sound. */
export function runAt(stream: Buffer, at: number): Run {
  const fields = at + 9 + (stream[at + 8] ?? 0);
  if (fields + fieldsBytes > stream.length) throw new RecordStreamError(`truncated run at ${at}`);
  const kind = stream[fields]!;
  const records = stream.readUInt32LE(fields + 1);
  const size = stream.readUInt32LE(fields + 5);
  const bytesAt = fields + fieldsBytes;
  const sound = kind === 0 ? records === 1 : kind === 1 && records >= 1 && records <= size;
  if (!sound || size > maxRecordBytes)
    throw new RecordStreamError(`run of ${size} bytes, kind ${kind}, at ${at}`);
  if (bytesAt + size > stream.length) throw new RecordStreamError(`truncated run at ${at}`);
  const recvAt = stream.readUInt32LE(at) + stream.readUInt32LE(at + 4) * 4_294_967_296;
  return {
    recvAt,
    lines: kind === 1,
    records,
    rawBytes: size - (kind === 1 ? records : 0),
    bytesAt,
    end: bytesAt + size,
  };
}

/** Name of the sender of the run that begins at `at`. */
export function senderAt(stream: Buffer, at: number): string {
  return stream.toString('utf8', at + 9, at + 9 + stream[at + 8]!);
}

/** Visits every record; `bytes` is a view into the stream. Throws RecordStreamError where it is broken. */
export function forEachRecord(stream: Buffer, visit: (record: RawRecord) => void): void {
  for (let at = 0; at < stream.length; ) {
    const run = runAt(stream, at);
    forEachInRun(stream, at, run, visit);
    at = run.end;
  }
}

function forEachInRun(stream: Buffer, at: number, run: Run, visit: (record: RawRecord) => void): void {
  const { recvAt } = run;
  const sender = senderAt(stream, at);
  if (!run.lines) {
    visit({ recvAt, sender, bytes: stream.subarray(run.bytesAt, run.end) });
    return;
  }
  let start = run.bytesAt;
  for (let i = 0; i < run.records; i += 1) {
    const feed = stream.indexOf(10, start);
    if (feed < 0 || feed >= run.end)
      throw new RecordStreamError(`run at ${at} has ${i} lines, not ${run.records}`);
    visit({ recvAt, sender, bytes: stream.subarray(start, feed) });
    start = feed + 1;
  }
  if (start !== run.end) throw new RecordStreamError(`run at ${at} has bytes behind its last line`);
}

/** The record number `number` (from 0) of the stream, without looking into the runs before its own. */
export function recordNumber(stream: Buffer, number: number): RawRecord | undefined {
  let before = 0;
  for (let at = 0; at < stream.length; ) {
    const run = runAt(stream, at);
    if (number < before + run.records) {
      let found: RawRecord | undefined;
      let i = before;
      forEachInRun(stream, at, run, (record) => {
        if (i === number) found = record;
        i += 1;
      });
      return found;
    }
    before += run.records;
    at = run.end;
  }
  return undefined;
}
