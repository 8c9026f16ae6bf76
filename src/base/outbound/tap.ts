import { Duplex } from 'node:stream';

/** A connection that keeps what passes through it, exactly as sent and received, up to a cap. */
export class Tap extends Duplex {
  readonly sent: Uint8Array[] = [];
  readonly received: Uint8Array[] = [];
  /** True once more came than the cap allows; the connection is then closed. */
  overflowed = false;
  #source: Duplex;
  #room: number;
  #ended = false;

  /** `maxBytes` caps what is received; bytes beyond it are neither kept nor passed on. */
  constructor(source: Duplex, maxBytes: number) {
    super();
    this.#source = source;
    this.#room = maxBytes;
    source.on('data', (chunk: Uint8Array) => this.#take(chunk));
    source.on('end', () => this.#finish());
    // What already came is still to be read: a server may send its whole answer and then reset the connection.
    source.on('error', () => this.#finish());
    source.on('close', () => this.#finish());
    source.pause();
  }

  #take(chunk: Uint8Array): void {
    if (this.#ended || this.destroyed) return;
    const kept = chunk.subarray(0, this.#room);
    this.#room -= kept.length;
    this.received.push(kept);
    if (!this.push(kept)) this.#source.pause();
    if (kept.length < chunk.length) {
      this.overflowed = true;
      this.#finish();
      this.#source.destroy();
    }
  }

  #finish(): void {
    if (this.#ended || this.destroyed) return;
    this.#ended = true;
    this.push(null);
  }

  override _read(): void {
    this.#source.resume();
  }

  override _write(chunk: Uint8Array, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.sent.push(Uint8Array.from(chunk));
    this.#source.write(chunk, done);
  }

  override _final(done: () => void): void {
    this.#source.end(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#source.destroy();
    done(error);
  }
}
