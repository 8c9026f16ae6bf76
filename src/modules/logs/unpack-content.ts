import { Readable } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { fail } from '#base/errors';
import { ZstdFrameError, ZstdFrames } from './zstd-frames.ts';

/** UTF-16 begins with its byte order mark (Unicode §23.8); no decoder reads it, and no line of it would be found. */
async function* refuseUtf16(content: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let isFirst = true;
  for await (const chunk of content) {
    if (isFirst && chunk.length >= 2) {
      const mark = chunk.readUInt16BE(0);
      if (mark === 0xfffe || mark === 0xfeff) fail('logs.utf16');
      isFirst = false;
    }
    yield chunk;
  }
}

/** Unpacks as `unpackPlain` does; text in UTF-16 fails with `logs.utf16`. */
export async function unpackContent(body: AsyncIterable<Buffer>): Promise<AsyncIterable<Buffer>> {
  return refuseUtf16(await unpackPlain(body));
}

/**
 * The content of an upload or a dropped file: gzip (RFC 1952 §2.3.1) and zstd (RFC 8878 §3.1.1) are recognised by
 * their first bytes, anything else is taken as it is. Damaged or cut compression fails with `logs.bad_gzip`.
 */
async function unpackPlain(body: AsyncIterable<Buffer>): Promise<AsyncIterable<Buffer>> {
  const chunks = body[Symbol.asyncIterator]();
  let head = Buffer.alloc(0);
  let ended = false;
  while (head.length < 4 && !ended) {
    const { value, done } = await chunks.next();
    if (done) ended = true;
    else head = Buffer.concat([head, value]);
  }
  const whole = (async function* () {
    if (head.length > 0) yield head;
    for (;;) {
      const { value, done } = await chunks.next();
      if (done) return;
      yield value;
    }
  })();
  if (head[0] === 0x1f && head[1] === 0x8b) return unpackWith(createGunzip(), whole);
  if (head.length >= 4 && head.readUInt32LE(0) === 0xfd2fb528) return unpackFrames(new ZstdFrames(whole));
  return whole;
}

type Unpacker = ReturnType<typeof createGunzip> | ReturnType<typeof createZstdDecompress>;

async function* unpackFrames(frames: ZstdFrames): AsyncGenerator<Buffer> {
  try {
    while (await frames.next()) yield* unpackWith(createZstdDecompress(), frames.frame());
  } catch (error) {
    if (error instanceof ZstdFrameError) fail('logs.bad_gzip', {}, error);
    throw error;
  }
}

async function* unpackWith(unpacker: Unpacker, packed: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const input = Readable.from(packed);
  // The upload breaking off must end the reading, too.
  input.on('error', (error) => unpacker.destroy(error));
  try {
    for await (const chunk of input.pipe(unpacker)) yield chunk as Buffer;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (code.startsWith('Z_') || code.startsWith('ZSTD_')) fail('logs.bad_gzip', {}, error);
    throw error;
  }
}
