/** The words in Windows' vector pictures: EMF (MS-EMF) and WMF (MS-WMF). What they draw beside words is not read. */
import { decodeBytes } from '../decode-bytes.ts';
import { type Content, emptyContent } from './document-part.ts';

/** Records of EMF that write, and that show a bitmap. */
const EMF_TEXT_WIDE = 84;
const EMF_TEXT_NARROW = 83;
const EMF_SMALL_TEXT = 108;
const EMF_BITMAPS = new Set([76, 77, 80, 81, 114]);
/** Of WMF. */
const WMF_TEXT = 0x0521;
const WMF_EXTENDED_TEXT = 0x0a32;
const WMF_BITMAPS = new Set([0x0940, 0x0b41, 0x0f43]);
const RECORDS_MAX = 200_000;

const isEmf = (bytes: Uint8Array) =>
  bytes.length > 88 &&
  bytes[0] === 1 &&
  bytes[1] === 0 &&
  bytes[40] === 0x20 &&
  bytes[41] === 0x45 &&
  bytes[42] === 0x4d &&
  bytes[43] === 0x46;
const isPlaceable = (bytes: Uint8Array) =>
  bytes.length > 40 && bytes[0] === 0xd7 && bytes[1] === 0xcd && bytes[2] === 0xc6 && bytes[3] === 0x9a;

export const isMetafile = (bytes: Uint8Array): boolean =>
  isEmf(bytes) ||
  isPlaceable(bytes) ||
  (bytes.length > 18 &&
    (bytes[0] === 1 || bytes[0] === 2) &&
    bytes[1] === 0 &&
    bytes[2] === 9 &&
    bytes[3] === 0 &&
    (bytes[4] === 0 || bytes[5] === 3));

/** A line that is written, and the height on which it stands. */
interface Line {
  readonly y: number;
  readonly text: string;
}

/** The texts of a metafile; one that only shows a bitmap is told as unread. */
export function readMetafile(bytes: Uint8Array): Content {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { lines, hasBitmap } = isEmf(bytes) ? readEmf(file) : readWmf(file, isPlaceable(bytes) ? 22 : 0);
  const content = emptyContent();
  let text = '';
  let last: number | null = null;
  for (const line of lines) {
    if (last !== null && line.y !== last) text += '\n';
    last = line.y;
    text += line.text;
  }
  if (text.trim() !== '') content.parts.push({ part: '', text });
  else if (hasBitmap) content.unread.push({ part: '', reason: 'no-text' });
  return content;
}

function readEmf(file: Buffer): { lines: Line[]; hasBitmap: boolean } {
  const lines: Line[] = [];
  let hasBitmap = false;
  let records = 0;
  for (let at = 0; at + 8 <= file.length && records < RECORDS_MAX; records++) {
    const type = file.readUInt32LE(at);
    const size = file.readUInt32LE(at + 4);
    if (size < 8) break;
    const body = file.subarray(at, at + size);
    if (EMF_BITMAPS.has(type)) hasBitmap = true;
    if ((type === EMF_TEXT_WIDE || type === EMF_TEXT_NARROW) && body.length >= 52) {
      const [count, from] = [body.readUInt32LE(44), body.readUInt32LE(48)];
      const isWide = type === EMF_TEXT_WIDE;
      const text = body.subarray(from, from + count * (isWide ? 2 : 1));
      lines.push({
        y: body.readInt32LE(40),
        text: isWide ? text.toString('utf16le') : decodeBytes(text).text,
      });
    } else if (type === EMF_SMALL_TEXT && body.length >= 36) {
      const [count, options] = [body.readUInt32LE(16), body.readUInt32LE(20)];
      // Without a rectangle (0x100) the text begins where that would; 0x200: a byte for each character.
      const from = (options & 0x100) !== 0 ? 36 : 52;
      const isNarrow = (options & 0x200) !== 0;
      const text = body.subarray(from, from + count * (isNarrow ? 1 : 2));
      lines.push({ y: body.readInt32LE(12), text: text.toString(isNarrow ? 'latin1' : 'utf16le') });
    }
    at += size;
  }
  return { lines, hasBitmap };
}

function readWmf(file: Buffer, start: number): { lines: Line[]; hasBitmap: boolean } {
  const lines: Line[] = [];
  let hasBitmap = false;
  let records = 0;
  for (let at = start + 18; at + 6 <= file.length && records < RECORDS_MAX; records++) {
    const size = file.readUInt32LE(at) * 2;
    const type = file.readUInt16LE(at + 4);
    if (size < 6) break;
    const body = file.subarray(at, at + size);
    if (WMF_BITMAPS.has(type)) hasBitmap = true;
    if (type === WMF_TEXT && body.length >= 8) {
      const count = body.readUInt16LE(6);
      const after = 8 + count + (count & 1);
      const y = after + 2 <= body.length ? body.readInt16LE(after) : 0;
      lines.push({ y, text: decodeBytes(body.subarray(8, 8 + count)).text });
    } else if (type === WMF_EXTENDED_TEXT && body.length >= 14) {
      const [y, count, options] = [body.readInt16LE(6), body.readUInt16LE(10), body.readUInt16LE(12)];
      const from = (options & 6) !== 0 ? 22 : 14;
      lines.push({ y, text: decodeBytes(body.subarray(from, from + count)).text });
    }
    at += size;
  }
  return { lines, hasBitmap };
}
