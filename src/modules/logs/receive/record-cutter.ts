import { maxRecordBytes } from '../segments/record-stream.ts';
import { LineCutter, type LineSink } from './line-cutter.ts';

/** Cuts a file into records. */
export interface RecordCutter {
  push(chunk: Buffer): void;
  /** The file is over. */
  end(): void;
  /** Records of which only the first 64 KiB were kept. */
  readonly cutLines: number;
}

/** How files of a format are cut: lines, or for RADIUS accounting detail the lines up to an empty one. */
export function recordCutter(format: string, sink: LineSink): RecordCutter {
  return format === 'radius' ? new ParagraphCutter(sink) : new LineCutter(sink);
}

/** One record is all lines up to an empty line or the end of the file. */
class ParagraphCutter implements RecordCutter {
  readonly #sink: LineSink;
  readonly #lines: LineCutter;
  readonly #kept = Buffer.allocUnsafeSlow(maxRecordBytes);
  #length = 0;
  #overlong = 0;
  #isOverlong = false;

  constructor(sink: LineSink) {
    this.#sink = sink;
    this.#lines = new LineCutter({
      line: (source, start, end) => this.#line(source, start, end),
      lines: (source, start, end) => {
        for (let at = start; at < end; ) {
          const feed = source.indexOf(10, at);
          this.#line(source, at, feed);
          at = feed + 1;
        }
      },
    });
  }

  get cutLines(): number {
    return this.#lines.cutLines + this.#overlong;
  }

  push(chunk: Buffer): void {
    this.#lines.push(chunk);
  }

  end(): void {
    this.#lines.end();
    this.#finish();
  }

  #line(source: Buffer, start: number, end: number): void {
    const isEmpty = end === start || (end === start + 1 && source[start] === 13);
    if (isEmpty) {
      this.#finish();
      return;
    }
    // The lines of a record stay apart by LF; the last has none.
    const needed = end - start + (this.#length > 0 ? 1 : 0);
    const room = maxRecordBytes - this.#length;
    if (needed > room) this.#isOverlong = true;
    if (room <= 0) return;
    if (this.#length > 0) this.#kept[this.#length++] = 10;
    const size = Math.min(end - start, maxRecordBytes - this.#length);
    source.copy(this.#kept, this.#length, start, start + size);
    this.#length += size;
  }

  #finish(): void {
    if (this.#length === 0) return;
    this.#sink.line(this.#kept, 0, this.#length);
    if (this.#isOverlong) this.#overlong += 1;
    this.#length = 0;
    this.#isOverlong = false;
  }
}
