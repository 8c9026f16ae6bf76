/**
 * Cuts a zstd stream into its frames (RFC 8878 §3.1). Node's decompressor (24.21) ends with the first frame and drops
 * what stands behind it in the same chunk without a word: of two files put together with `cat`, and of everything
 * that pzstd writes, lines would be lost.
 */

/** What stands where a frame should begin, or inside one, is none. */
export class ZstdFrameError extends Error {
  override readonly name = 'ZstdFrameError';
}

const magic = 0xfd2fb528;
/** §3.1.2: any of sixteen magic numbers, a length, and content that says nothing. */
const skippable = 0x184d2a50;

export class ZstdFrames {
  readonly #chunks: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(content: AsyncIterable<Buffer>) {
    this.#chunks = content[Symbol.asyncIterator]();
  }

  /** Whether a frame follows; skippable ones are passed over. Throws ZstdFrameError for anything else. */
  async next(): Promise<boolean> {
    for (;;) {
      if (!(await this.#has(1))) return false;
      if (!(await this.#has(4))) throw new ZstdFrameError('cut magic number');
      const found = this.#rest.readUInt32LE(0);
      if (found === magic) return true;
      if ((found & ~0xf) >>> 0 !== skippable) throw new ZstdFrameError('no frame');
      if (!(await this.#has(8))) throw new ZstdFrameError('cut skippable frame');
      await this.#skip(8 + this.#rest.readUInt32LE(4));
    }
  }

  /** The bytes of the frame at hand, to its end. A frame that is cut off ends early: its decompressor tells. */
  async *frame(): AsyncGenerator<Buffer> {
    if (!(await this.#has(5))) return yield* this.#take(this.#rest.length);
    const descriptor = this.#rest[4]!;
    const isSingle = (descriptor & 0x20) !== 0;
    const dictionary = [0, 1, 2, 4][descriptor & 3]!;
    const size = [isSingle ? 1 : 0, 2, 4, 8][descriptor >> 6]!;
    yield* this.#take(5 + (isSingle ? 0 : 1) + dictionary + size);
    for (let isLast = false; !isLast; ) {
      if (!(await this.#has(3))) return yield* this.#take(this.#rest.length);
      const header = this.#rest.readUIntLE(0, 3);
      isLast = (header & 1) === 1;
      const isRepeated = ((header >> 1) & 3) === 1;
      yield* this.#take(3 + (isRepeated ? 1 : header >> 3));
    }
    if ((descriptor & 4) !== 0) yield* this.#take(4);
  }

  async #has(bytes: number): Promise<boolean> {
    while (this.#rest.length < bytes) {
      const { value, done } = await this.#chunks.next();
      if (done) return false;
      this.#rest = this.#rest.length === 0 ? value : Buffer.concat([this.#rest, value]);
    }
    return true;
  }

  async *#take(bytes: number): AsyncGenerator<Buffer> {
    for (let left = bytes; left > 0; ) {
      if (!(await this.#has(1))) return;
      const piece = this.#rest.subarray(0, left);
      this.#rest = this.#rest.subarray(piece.length);
      left -= piece.length;
      yield piece;
    }
  }

  async #skip(bytes: number): Promise<void> {
    for await (const _piece of this.#take(bytes));
  }
}
