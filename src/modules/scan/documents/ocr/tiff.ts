/** TIFF, which browsers and the drawing library do not read and scanners and fax servers write: its pages as bare pixels. */
import library from 'utif2';

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

// A script of before modules: its functions come with the default, which its types do not know.
const utif = library as unknown as Utif;

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

/** Directories of a file that leads from one to the next in a circle, or that has more of them, are not followed. */
const DIRECTORIES_MAX = 500;

/** Whether the chain of pages ends (TIFF 6.0, section 2): the library follows one that does not until its memory is full. */
function isChainSound(bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const little = bytes[0] === 0x49;
  const seen = new Set<number>();
  for (let at = view.getUint32(4, little); at !== 0; ) {
    if (at + 2 > bytes.length || seen.has(at) || seen.size >= DIRECTORIES_MAX) return false;
    seen.add(at);
    const next = at + 2 + view.getUint16(at, little) * 12;
    if (next + 4 > bytes.length) return seen.size > 0 && next <= bytes.length;
    at = view.getUint32(next, little);
  }
  return true;
}

/** The pages; null in place of one with more than `pixels`. Fails as the library does. */
export function* tiffPages(bytes: Uint8Array, pixels: number): Generator<Bitmap | null> {
  if (!isChainSound(bytes)) throw new Error('its pages lead in a circle');
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
