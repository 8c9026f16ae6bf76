import type { Transform } from 'node:stream';
import {
  constants,
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createInflateRaw,
  createZstdDecompress,
} from 'node:zlib';

/** A body without its content codings. `truncated`: cut off by the cap, or the coded bytes end early. */
export interface DecodedBody {
  readonly bytes: Uint8Array;
  readonly truncated: boolean;
  /** Why a coding could not be undone; `bytes` then has what could be had. */
  readonly problem?: string;
}

/** More codings than any honest server stacks; each can multiply a bomb by a thousand. */
const CODINGS_MAX = 3;

/**
 * Undoes the codings of a Content-Encoding header (RFC 9110 §8.4): gzip, deflate (zlib or raw, as servers send
 * both), br, zstd. At most `maxBytes` come out; a bomb is stopped there.
 */
export async function decodeBody(body: Uint8Array, header: string, maxBytes: number): Promise<DecodedBody> {
  const codings = header
    .toLowerCase()
    .split(',')
    .map((coding) => coding.trim())
    .filter((coding) => coding !== '' && coding !== 'identity');
  if (codings.length > CODINGS_MAX)
    return { bytes: body, truncated: false, problem: `${codings.length} codings` };
  let decoded: DecodedBody = { bytes: body, truncated: false };
  if (body.length === 0) return decoded;
  for (const coding of codings.reverse()) {
    if (!isCoding(coding)) return { ...decoded, problem: `unknown coding ${coding.slice(0, 40)}` };
    const next = await undo(coding, decoded.bytes, maxBytes);
    // Labelled as coded but sent plain: the label is wrong, the bytes are the page.
    if (next.problem && next.bytes.length === 0) return { ...decoded, problem: `${coding}: ${next.problem}` };
    decoded = { ...next, truncated: next.truncated || decoded.truncated };
    if (next.problem) return decoded;
  }
  return decoded;
}

type Coding = 'gzip' | 'x-gzip' | 'deflate' | 'br' | 'zstd';

const isCoding = (name: string): name is Coding => /^(?:x-)?gzip$|^deflate$|^br$|^zstd$/.test(name);

/** Bytes that end early give no error when they are asked for so, and no last piece when they are not: both are tried. */
async function undo(coding: Coding, bytes: Uint8Array, maxBytes: number): Promise<DecodedBody> {
  const whole = await run(decoderOf(coding, bytes, false), bytes, maxBytes);
  if (!whole.problem) return whole;
  const part = await run(decoderOf(coding, bytes, true), bytes, maxBytes);
  return { ...part, truncated: true };
}

/** With `isPartial`, bytes that end early give what can be had; zstd gives its whole blocks anyway. */
function decoderOf(coding: Coding, bytes: Uint8Array, isPartial: boolean): Transform {
  const options = isPartial ? { finishFlush: constants.Z_SYNC_FLUSH } : {};
  if (coding === 'gzip' || coding === 'x-gzip') return createGunzip(options);
  if (coding === 'br')
    return createBrotliDecompress(isPartial ? { finishFlush: constants.BROTLI_OPERATION_FLUSH } : {});
  if (coding === 'zstd') return createZstdDecompress();
  // RFC 1950 §2.2: compression method 8 in the first byte's low bits.
  return ((bytes[0] ?? 0) & 0x0f) === 8 ? createInflate(options) : createInflateRaw(options);
}

function run(decoder: Transform, body: Uint8Array, maxBytes: number): Promise<DecodedBody> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  return new Promise((resolve) => {
    const finish = (truncated: boolean, problem?: string) => {
      const bytes = Buffer.concat(pieces);
      decoder.destroy();
      resolve({ bytes, truncated, ...(problem === undefined ? {} : { problem }) });
    };
    decoder.on('data', (piece: Uint8Array) => {
      const room = maxBytes - length;
      pieces.push(piece.subarray(0, room));
      length += Math.min(piece.length, room);
      if (piece.length > room) finish(true);
    });
    decoder.on('end', () => finish(false));
    decoder.on('error', (error) => finish(true, error.message));
    decoder.end(body);
  });
}
