/** What the head of a picture says of its size: a picture is judged before it is decoded. */

import { tiffSize } from './tiff.ts';

export interface PictureSize {
  readonly kind: 'png' | 'jpeg' | 'gif' | 'bmp' | 'webp' | 'tiff';
  readonly width: number;
  readonly height: number;
}

/** Kind and size in pixels, or null for bytes that are no picture of a known kind. */
export function sizeOf(bytes: Uint8Array): PictureSize | null {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const head = view.toString('latin1', 0, 16);
  if (head.startsWith('\x89PNG\r\n') && view.length >= 24)
    return { kind: 'png', width: view.readUInt32BE(16), height: view.readUInt32BE(20) };
  if (head.startsWith('GIF8') && view.length >= 10) return gifSize(view);
  if (
    head.startsWith('BM') &&
    view.length >= 26 &&
    view.readUInt32LE(14) >= 12 &&
    view.readUInt32LE(14) <= 124
  )
    return { kind: 'bmp', width: Math.abs(view.readInt32LE(18)), height: Math.abs(view.readInt32LE(22)) };
  if (head.startsWith('RIFF') && head.slice(8, 12) === 'WEBP') return webpSize(view);
  if (head.startsWith('\xff\xd8\xff')) return jpegSize(view);
  const tiff = tiffSize(bytes);
  if (tiff) return { kind: 'tiff', ...tiff };
  return null;
}

/** The larger of the screen and the first frame, which decoders believe more (GIF89a 18, 20). */
function gifSize(view: Buffer): PictureSize {
  const size = { kind: 'gif' as const, width: view.readUInt16LE(6), height: view.readUInt16LE(8) };
  const flags = view[10] ?? 0;
  let at = 13 + ((flags & 0x80) === 0 ? 0 : 3 << ((flags & 7) + 1));
  // Extensions before the frame: blocks of sub-blocks that end with an empty one.
  while (view[at] === 0x21) {
    for (at += 2; at < view.length && view[at] !== 0; ) at += view[at]! + 1;
    at++;
  }
  if (view[at] !== 0x2c || at + 9 > view.length) return size;
  const [width, height] = [view.readUInt16LE(at + 5), view.readUInt16LE(at + 7)];
  return { kind: 'gif', width: Math.max(size.width, width), height: Math.max(size.height, height) };
}

function webpSize(view: Buffer): PictureSize | null {
  const kind = view.toString('latin1', 12, 16);
  if (view.length < 30) return null;
  if (kind === 'VP8X')
    return { kind: 'webp', width: view.readUIntLE(24, 3) + 1, height: view.readUIntLE(27, 3) + 1 };
  if (kind === 'VP8 ')
    return { kind: 'webp', width: view.readUInt16LE(26) & 0x3fff, height: view.readUInt16LE(28) & 0x3fff };
  if (kind !== 'VP8L') return null;
  const bits = view.readUInt32LE(21);
  return { kind: 'webp', width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
}

/** The size in the start of frame (ISO/IEC 10918-1 B.2.2), whichever of its kinds. */
function jpegSize(view: Buffer): PictureSize | null {
  for (let at = 2; at + 9 < view.length; ) {
    if (view[at] !== 0xff) return null;
    const marker = view[at + 1]!;
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker))
      return { kind: 'jpeg', width: view.readUInt16BE(at + 7), height: view.readUInt16BE(at + 5) };
    if (marker === 0xff) at++;
    else if (marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8)) at += 2;
    else at += 2 + view.readUInt16BE(at + 2);
  }
  return null;
}
