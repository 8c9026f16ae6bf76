/** TIFF, which browsers and the drawing library do not read and scanners and fax servers write: its pages as bare pixels. */
import { createRequire } from 'node:module';

/** A page, four bytes a pixel. */
export interface Bitmap {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

interface Utif {
  decode(bytes: Uint8Array): Directory[];
  decodeImage(bytes: Uint8Array, directory: Directory): void;
  toRGBA8(directory: Directory): Uint8Array;
}
interface Directory {
  width?: number;
  height?: number;
  data?: Uint8Array;
  readonly t256?: readonly number[];
  readonly t257?: readonly number[];
}

const isTiffHead = (bytes: Uint8Array) =>
  (bytes[0] === 0x49 && bytes[1] === 0x49 && bytes[2] === 42 && bytes[3] === 0) ||
  (bytes[0] === 0x4d && bytes[1] === 0x4d && bytes[2] === 0 && bytes[3] === 42);

/** Width and height of the first page, or null for bytes that are no TIFF (TIFF 6.0, section 2). */
export function tiffSize(bytes: Uint8Array): { width: number; height: number } | null {
  if (bytes.length < 16 || !isTiffHead(bytes)) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const little = bytes[0] === 0x49;
  const at = view.getUint32(4, little);
  if (at + 2 > bytes.length) return null;
  const [entries, size] = [view.getUint16(at, little), { width: 0, height: 0 }];
  for (let n = 0; n < entries; n++) {
    const entry = at + 2 + n * 12;
    if (entry + 12 > bytes.length) break;
    const isShort = view.getUint16(entry + 2, little) === 3;
    const value = isShort ? view.getUint16(entry + 8, little) : view.getUint32(entry + 8, little);
    if (view.getUint16(entry, little) === 256) size.width = value;
    if (view.getUint16(entry, little) === 257) size.height = value;
  }
  return size.width > 0 && size.height > 0 ? size : null;
}

/** The pages with no more than `pixels`, at most `most`; `more`: pages that were left. Fails as the library does. */
export function* tiffPages(bytes: Uint8Array, pixels: number): Generator<Bitmap | null> {
  // A script of before modules.
  const utif = createRequire(import.meta.url)('utif2') as Utif;
  const copy = Uint8Array.from(bytes);
  for (const directory of utif.decode(copy)) {
    const [width, height] = [directory.t256?.[0] ?? 0, directory.t257?.[0] ?? 0];
    if (width * height === 0) continue;
    if (width * height > pixels) {
      yield null;
      continue;
    }
    utif.decodeImage(copy, directory);
    if (directory.data && directory.width && directory.height)
      yield { width: directory.width, height: directory.height, data: utif.toRGBA8(directory) };
    // The next page is decoded when it is asked for: this one's pixels are no longer needed.
    delete directory.data;
  }
}
