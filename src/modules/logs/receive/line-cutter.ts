import { maxRecordBytes } from '../segments/record-stream.ts';

/** Where lines go. The bytes are valid during the call only. */
export interface LineSink {
  /** `source[start, end)` is one line, without LF. */
  line(source: Buffer, start: number, end: number): void;
  /** `source[start, end)` is `count` lines, each with its LF; at most 64 KiB. */
  lines(source: Buffer, start: number, end: number, count: number): void;
}

/**
 * Cuts a byte stream at LF, whatever the chunks. A CR or NUL stays in the line. Of a line longer than 64 KiB
 * the first 64 KiB are kept and `cutLines` counts it.
 */
export class LineCutter {
  readonly #sink: LineSink;
  readonly #skipEmpty: boolean;
  readonly #carry = Buffer.allocUnsafeSlow(maxRecordBytes);
  #carried = 0;
  #open = false;
  #overlong = false;
  cutLines = 0;

  constructor(sink: LineSink, options: { skipEmpty?: boolean } = {}) {
    this.#sink = sink;
    this.#skipEmpty = options.skipEmpty ?? false;
  }

  push(chunk: Buffer): void {
    for (let at = 0; at < chunk.length; at += maxRecordBytes) {
      this.#pushPiece(chunk, at, Math.min(at + maxRecordBytes, chunk.length));
    }
  }

  /** The stream is over: a last line without LF counts as one. */
  end(): void {
    if (!this.#open) return;
    if (this.#overlong) this.cutLines += 1;
    this.#line(this.#carry, 0, this.#carried);
    this.#carried = 0;
    this.#open = false;
    this.#overlong = false;
  }

  #pushPiece(chunk: Buffer, from: number, to: number): void {
    let at = from;
    if (this.#open) {
      const feed = chunk.indexOf(10, at);
      if (feed < 0 || feed >= to) {
        this.#keep(chunk, at, to);
        return;
      }
      this.#keep(chunk, at, feed);
      this.end();
      at = feed + 1;
    }
    const rest = this.#wholeLines(chunk, at, to);
    if (rest < to) this.#keep(chunk, rest, to);
  }

  /** Takes all whole lines of `chunk[from, to)` at once; returns where the last one ends. */
  #wholeLines(chunk: Buffer, from: number, to: number): number {
    let at = from;
    let count = 0;
    let empty = false;
    for (let feed = chunk.indexOf(10, at); feed >= 0 && feed < to; feed = chunk.indexOf(10, at)) {
      if (feed === at) empty = true;
      count += 1;
      at = feed + 1;
    }
    if (count === 0) return from;
    if (empty && this.#skipEmpty) this.#oneByOne(chunk, from, at);
    else this.#sink.lines(chunk, from, at, count);
    return at;
  }

  #oneByOne(chunk: Buffer, from: number, to: number): void {
    for (let at = from; at < to; ) {
      const feed = chunk.indexOf(10, at);
      this.#line(chunk, at, feed);
      at = feed + 1;
    }
  }

  #line(source: Buffer, start: number, end: number): void {
    if (end > start || !this.#skipEmpty) this.#sink.line(source, start, end);
  }

  #keep(chunk: Buffer, start: number, end: number): void {
    this.#open = true;
    const room = maxRecordBytes - this.#carried;
    const size = Math.min(room, end - start);
    if (end - start > room) this.#overlong = true;
    chunk.copy(this.#carry, this.#carried, start, start + size);
    this.#carried += size;
  }
}
