import { maxRecordBytes } from '../segments/record-stream.ts';
import { LineCutter, type LineSink } from './line-cutter.ts';

/** A frame that claims more than this is no syslog; the connection is closed. */
const maxClaimed = 16 * 1024 * 1024;

/** The peer does not keep to RFC 6587; the connection has to be closed. */
export class FramingError extends Error {
  override readonly name = 'FramingError';
}

/**
 * Syslog over TCP (RFC 6587): octet counting (`17 <34>Oct 11 …`) or lines, decided for the connection by
 * its first byte; with `octetsOnly` (RFC 5425) lines break the protocol. Messages beyond 64 KiB are cut and counted. Empty lines between messages are skipped.
 */
export class SyslogFramer {
  readonly #sink: LineSink;
  readonly #lines: LineCutter;
  readonly #octetsOnly: boolean;
  #mode: 'unknown' | 'lines' | 'octets' = 'unknown';
  #digits = 0;
  #claimed = 0;
  /** Bytes of the message at hand that are still to come; -1 while its length is being read. */
  #missing = -1;
  #carry: Buffer | null = null;
  #carried = 0;
  #cut = 0;

  constructor(sink: LineSink, options: { octetsOnly?: boolean } = {}) {
    this.#sink = sink;
    this.#octetsOnly = options.octetsOnly ?? false;
    this.#lines = new LineCutter(sink, { skipEmpty: true });
  }

  get cutMessages(): number {
    return this.#cut + this.#lines.cutLines;
  }

  /** Whether a counted message has begun that is not whole. */
  get isInsideCounted(): boolean {
    return this.#mode === 'octets' && (this.#digits > 0 || this.#missing >= 0);
  }

  /** Throws FramingError; what came before it has been taken. */
  push(chunk: Buffer): void {
    if (chunk.length === 0) return;
    if (this.#mode === 'unknown') this.#mode = isDigit(chunk[0]!) && chunk[0] !== 48 ? 'octets' : 'lines';
    if (this.#mode === 'lines' && this.#octetsOnly)
      throw new FramingError('not octet counting: RFC 5425 wants the length before each message');
    if (this.#mode === 'lines') this.#lines.push(chunk);
    else this.#pushOctets(chunk);
  }

  /** The peer closed: what is there of a last message is taken. */
  end(): void {
    if (this.#mode === 'lines') this.#lines.end();
    else if (this.#missing > 0 && this.#carried > 0) this.#finish();
  }

  #pushOctets(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#missing < 0) at = this.#readCount(chunk, at);
      if (this.#missing > 0 && at < chunk.length) at = this.#readMessage(chunk, at);
    }
  }

  #readCount(chunk: Buffer, from: number): number {
    let at = from;
    for (; at < chunk.length; at += 1) {
      const byte = chunk[at]!;
      if (byte === 32 && this.#digits > 0) {
        this.#missing = this.#claimed;
        return at + 1;
      }
      // Some senders put a line end between counted messages.
      if (byte === 10 && this.#digits === 0) continue;
      if (!isDigit(byte) || (this.#digits === 0 && byte === 48))
        throw new FramingError(`byte ${byte} in a length`);
      this.#digits += 1;
      this.#claimed = this.#claimed * 10 + byte - 48;
      if (this.#claimed > maxClaimed) throw new FramingError(`a message of ${this.#claimed} bytes`);
    }
    return at;
  }

  #readMessage(chunk: Buffer, at: number): number {
    const size = Math.min(this.#missing, chunk.length - at);
    if (size === this.#claimed && size <= maxRecordBytes) {
      this.#sink.line(chunk, at, at + size);
      this.#reset();
      return at + size;
    }
    this.#carry ??= Buffer.allocUnsafeSlow(Math.min(this.#claimed, maxRecordBytes));
    const kept = Math.min(size, this.#carry.length - this.#carried);
    chunk.copy(this.#carry, this.#carried, at, at + kept);
    this.#carried += kept;
    this.#missing -= size;
    if (this.#missing === 0) this.#finish();
    return at + size;
  }

  #finish(): void {
    if (this.#claimed > maxRecordBytes) this.#cut += 1;
    this.#sink.line(this.#carry!, 0, this.#carried);
    this.#reset();
  }

  #reset(): void {
    this.#missing = -1;
    this.#digits = 0;
    this.#claimed = 0;
    this.#carry = null;
    this.#carried = 0;
  }
}

function isDigit(byte: number): boolean {
  return byte >= 48 && byte <= 57;
}
