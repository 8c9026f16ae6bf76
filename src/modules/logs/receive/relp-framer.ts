import { maxRecordBytes } from '../segments/record-stream.ts';
import { FramingError } from './syslog-framer.ts';

/** A frame that claims more than this is no log; the connection is closed. */
const maxClaimed = 16 * 1024 * 1024;

export interface RelpFrame {
  /** Number of the transaction, 1 to 999,999,999; 0 is a hint that wants no answer. */
  readonly txnr: number;
  readonly command: string;
  /** At most 64 KiB of it; valid during the call only. */
  readonly data: Buffer;
  /** Its true length. */
  readonly length: number;
}

/** Reads `TXNR SP COMMAND SP DATALEN [SP DATA] LF`, whatever the chunks. */
export class RelpFramer {
  readonly #onFrame: (frame: RelpFrame) => void;
  #head = '';
  #txnr = 0;
  #command = '';
  #length = 0;
  #missing = 0;
  #state: 'head' | 'data' | 'trailer' = 'head';
  #carry: Buffer | null = null;
  #carried = 0;

  constructor(onFrame: (frame: RelpFrame) => void) {
    this.#onFrame = onFrame;
  }

  /** Whether a frame has begun that is not whole. */
  get isInside(): boolean {
    return this.#state !== 'head' || this.#head !== '';
  }

  /** Throws FramingError; the frames before it have been given. */
  push(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#state === 'head') at = this.#readHead(chunk, at);
      else if (this.#state === 'data') at = this.#readData(chunk, at);
      else at = this.#readTrailer(chunk, at);
    }
  }

  #readHead(chunk: Buffer, from: number): number {
    let at = from;
    for (; at < chunk.length; at += 1) {
      const byte = chunk[at]!;
      const isEnd = byte === 10 || (byte === 32 && spaces(this.#head) === 2);
      if (isEnd) {
        this.#parseHead();
        // Without data the LF is the trailer itself.
        if (byte === 10) {
          if (this.#length > 0) throw new FramingError('a frame without the data that it announces');
          this.#give(emptyData);
          return at + 1;
        }
        this.#state = this.#length > 0 ? 'data' : 'trailer';
        return at + 1;
      }
      // 9 digits, 32 letters, 9 digits and two spaces.
      if (this.#head.length >= 52) throw new FramingError('a frame head of more than 52 bytes');
      this.#head += String.fromCharCode(byte);
    }
    return at;
  }

  #parseHead(): void {
    const match = /^(\d{1,9}) ([A-Za-z]{1,32}) (\d{1,9})$/.exec(this.#head);
    if (!match) throw new FramingError(`not a RELP frame: ${JSON.stringify(this.#head)}`);
    this.#txnr = Number(match[1]);
    this.#command = match[2]!;
    this.#length = Number(match[3]);
    if (this.#length > maxClaimed) throw new FramingError(`a frame of ${this.#length} bytes`);
    this.#missing = this.#length;
    this.#head = '';
  }

  #readData(chunk: Buffer, at: number): number {
    const size = Math.min(this.#missing, chunk.length - at);
    const isWhole = size === this.#length && size < chunk.length - at && size <= maxRecordBytes;
    if (isWhole) {
      this.#demandTrailer(chunk[at + size]!);
      this.#give(chunk.subarray(at, at + size));
      return at + size + 1;
    }
    this.#carry ??= Buffer.allocUnsafeSlow(Math.min(this.#length, maxRecordBytes));
    const kept = Math.min(size, this.#carry.length - this.#carried);
    chunk.copy(this.#carry, this.#carried, at, at + kept);
    this.#carried += kept;
    this.#missing -= size;
    if (this.#missing === 0) this.#state = 'trailer';
    return at + size;
  }

  #readTrailer(chunk: Buffer, at: number): number {
    this.#demandTrailer(chunk[at]!);
    this.#give(this.#carry ? this.#carry.subarray(0, this.#carried) : emptyData);
    return at + 1;
  }

  #demandTrailer(byte: number): void {
    if (byte !== 10) throw new FramingError('data longer than announced');
  }

  #give(data: Buffer): void {
    const frame = { txnr: this.#txnr, command: this.#command, data, length: this.#length };
    this.#state = 'head';
    this.#head = '';
    this.#carry = null;
    this.#carried = 0;
    this.#onFrame(frame);
  }
}

const emptyData = Buffer.alloc(0);

function spaces(text: string): number {
  return text.split(' ').length - 1;
}
