import { maxRecordBytes } from '../segments/record-stream.ts';

/** Gets `source[start, end)` as one line without its LF; the bytes are valid during the call only. */
export type TakeLine = (source: Buffer, start: number, end: number) => void;

/**
 * Cuts a byte stream at LF, whatever the chunks. A CR or NUL stays in the line. Of a line longer than 64 KiB
 * the first 64 KiB are kept and `cutLines` counts it.
 */
export class LineCutter {
  readonly #take: TakeLine;
  readonly #carry = Buffer.allocUnsafeSlow(maxRecordBytes);
  #carried = 0;
  #open = false;
  #overlong = false;
  cutLines = 0;

  constructor(take: TakeLine) {
    this.#take = take;
  }

  push(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      const feed = chunk.indexOf(10, at);
      if (feed < 0) {
        this.#keep(chunk, at, chunk.length);
        return;
      }
      if (this.#open) {
        this.#keep(chunk, at, feed);
        this.end();
      } else this.#whole(chunk, at, feed);
      at = feed + 1;
    }
  }

  /** The stream is over: a last line without LF counts as one. */
  end(): void {
    if (!this.#open) return;
    if (this.#overlong) this.cutLines += 1;
    this.#take(this.#carry, 0, this.#carried);
    this.#carried = 0;
    this.#open = false;
    this.#overlong = false;
  }

  #whole(chunk: Buffer, start: number, end: number): void {
    const cut = end - start > maxRecordBytes;
    if (cut) this.cutLines += 1;
    this.#take(chunk, start, cut ? start + maxRecordBytes : end);
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
