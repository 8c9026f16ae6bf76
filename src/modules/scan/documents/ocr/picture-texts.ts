/** Words inside a picture file that no viewer of it shows, and files that somebody put behind its end. */
import { inflateSync } from 'node:zlib';
import { decodeBytes } from '../../decode-bytes.ts';

/** Larger texts are no description. */
const TEXT_MAX = 1 << 20;
const PNG_HEAD = '\x89PNG\r\n';

/** Comments, descriptions, keywords: text chunks of PNG, comments of JPEG and GIF, Exif and XMP. Lines; empty: none. */
export function readPictureTexts(bytes: Uint8Array): string {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const head = file.toString('latin1', 0, 6);
  const texts =
    head === PNG_HEAD
      ? pngTexts(file)
      : head.startsWith('\xff\xd8')
        ? jpegTexts(file)
        : head.startsWith('II*') || head.startsWith('MM\0')
          ? exifTexts(file)
          : [];
  return [...new Set(texts.map((text) => text.replace(/\0+/g, ' ').trim()))]
    .filter((text) => text.length > 1)
    .join('\n');
}

/** tEXt, zTXt, iTXt and eXIf (PNG 11.3.3). */
function pngTexts(file: Buffer): string[] {
  const texts: string[] = [];
  for (let at = 8; at + 12 <= file.length; ) {
    const length = file.readUInt32BE(at);
    const kind = file.toString('latin1', at + 4, at + 8);
    const body = file.subarray(at + 8, at + 8 + length);
    const key = body.indexOf(0);
    if (kind === 'tEXt' && key > 0) texts.push(decodeBytes(body.subarray(key + 1)).text);
    else if (kind === 'zTXt' && key > 0) texts.push(inflated(body.subarray(key + 2)));
    else if (kind === 'iTXt' && key > 0) {
      const language = body.indexOf(0, key + 3);
      const start = language < 0 ? -1 : body.indexOf(0, language + 1);
      if (start > 0)
        texts.push(
          body[key + 1] === 1 ? inflated(body.subarray(start + 1)) : body.toString('utf8', start + 1),
        );
    } else if (kind === 'eXIf') texts.push(...exifTexts(body));
    at += 12 + length;
  }
  return texts.map(plain);
}

function inflated(body: Buffer): string {
  try {
    return decodeBytes(inflateSync(body, { maxOutputLength: TEXT_MAX })).text;
  } catch (error) {
    // A text that cannot be unpacked is nobody's text; what the picture shows is read all the same.
    if (error instanceof Error) return '';
    throw error;
  }
}

/** Comments (COM), Exif and XMP (APP1), captions (APP13) of a JPEG: the segments before its scan. */
function jpegTexts(file: Buffer): string[] {
  const texts: string[] = [];
  for (let at = 2; at + 4 <= file.length && file[at] === 0xff; ) {
    const marker = file[at + 1]!;
    if (marker === 0xda || marker === 0xd9) break;
    const body = file.subarray(at + 4, at + 2 + file.readUInt16BE(at + 2));
    if (marker === 0xfe) texts.push(decodeBytes(body).text);
    else if (marker === 0xe1 && body.toString('latin1', 0, 4) === 'Exif')
      texts.push(...exifTexts(body.subarray(6)));
    else if (marker === 0xe1 && body.includes('<x:xmpmeta')) texts.push(plain(body.toString('utf8')));
    else if (marker === 0xed) texts.push(...captionsOf(body));
    at += 2 + Math.max(2, file.readUInt16BE(at + 2));
  }
  return texts;
}

/** Values of IPTC (record 2) in a Photoshop segment. */
function captionsOf(body: Buffer): string[] {
  const texts: string[] = [];
  for (
    let at = body.indexOf('\x1c\x02', 0, 'latin1');
    at >= 0 && at + 5 <= body.length;
    at = body.indexOf('\x1c\x02', at + 5, 'latin1')
  )
    texts.push(decodeBytes(body.subarray(at + 5, at + 5 + body.readUInt16BE(at + 3))).text);
  return texts;
}

/** XML without its marks. */
const plain = (text: string): string =>
  /<x:xmpmeta|<rdf:/.test(text)
    ? [...text.matchAll(/>([^<>]*[^<>\s][^<>]*)<|="([^"]*\p{Script=Han}[^"]*|\d{11,})"/gu)]
        .map((one) => one[1] ?? one[2])
        .join('\n')
    : text;

/** Texts of Exif (CIPA DC-008): descriptions, artist, copyright, comments, and Windows' own in UTF-16. */
const TEXT_TAGS = new Set([0x010d, 0x010e, 0x013b, 0x8298, 0x9286, 0x9c9b, 0x9c9c, 0x9c9d, 0x9c9e, 0x9c9f]);
const EXIF_FOLDER = 0x8769;

function exifTexts(tiff: Buffer): string[] {
  const texts: string[] = [];
  const isLittle = tiff[0] === 0x49;
  const u16 = (at: number) =>
    at + 2 > tiff.length ? 0 : isLittle ? tiff.readUInt16LE(at) : tiff.readUInt16BE(at);
  const u32 = (at: number) =>
    at + 4 > tiff.length ? 0 : isLittle ? tiff.readUInt32LE(at) : tiff.readUInt32BE(at);
  const walk = (folder: number, depth: number): void => {
    for (let n = 0; n < Math.min(u16(folder), 500) && depth < 3; n++) {
      const entry = folder + 2 + n * 12;
      const [tag, type, count] = [u16(entry), u16(entry + 2), u32(entry + 4)];
      if (tag === EXIF_FOLDER) walk(u32(entry + 8), depth + 1);
      if (!TEXT_TAGS.has(tag) || (type !== 1 && type !== 2 && type !== 7) || count > TEXT_MAX) continue;
      const from = count <= 4 ? entry + 8 : u32(entry + 8);
      const body = tiff.subarray(from, from + count);
      if (tag >= 0x9c9b && tag <= 0x9c9f) texts.push(body.toString('utf16le'));
      else if (tag !== 0x9286) texts.push(decodeBytes(body).text);
      // The first eight bytes of a comment name its code.
      else if (body.toString('latin1', 0, 7) === 'UNICODE')
        texts.push(new TextDecoder(isLittle ? 'utf-16le' : 'utf-16be').decode(body.subarray(8)));
      else texts.push(decodeBytes(body.subarray(8)).text);
    }
  };
  if (tiff.length > 8) walk(u32(4), 0);
  return texts;
}

/** An archive behind the end of a picture: viewers pass it over, and whoever renames the file opens it. */
export function findAppended(bytes: Uint8Array): Uint8Array | null {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (const magic of ['PK\x03\x04', 'Rar!\x1a\x07', "7z\xbc\xaf'\x1c"]) {
    const at = file.indexOf(magic, 8, 'latin1');
    if (at > 0 && (!magic.startsWith('PK') || file.includes('PK\x05\x06', at, 'latin1')))
      return bytes.subarray(at);
  }
  return null;
}
