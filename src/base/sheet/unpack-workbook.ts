import { crc32 } from 'node:zlib';
import { type Entry, fromBufferPromise, type ZipFile } from 'yauzl';
import { isAppError } from '#base/errors';
import { assertWithin, unreadable } from './issues.ts';
import type { SheetLimits } from './types.ts';

/** Parts with cell text, styles and structure. Drawings, comments, macros and media are never unpacked. */
const wanted =
  /^(\[Content_Types\]\.xml|_rels\/\.rels|xl\/(_rels\/)?[^/]+\.(xml|rels)|xl\/worksheets\/[^/]+\.xml)$/i;
const maxEntries = 5_000;

/**
 * Unpacks the parts of a workbook that matter, under `limits.unpackedBytes` counted on the real output, and
 * packs them again without compression. The spreadsheet library trusts the sizes and offsets that a zip
 * declares; after this it sees only an archive that we wrote. Throws `sheet.too_large`, `sheet.unreadable`.
 */
export async function unpackWorkbook(
  bytes: Uint8Array,
  file: string,
  limits: SheetLimits,
): Promise<Uint8Array> {
  try {
    const parts = await readParts(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), limits);
    if (![...parts.keys()].some((name) => /^xl\/workbook\.xml$/i.test(name))) {
      return unreadable(
        file,
        '不是 .xlsx 工作簿，请另存为 .xlsx',
        'it is not an .xlsx workbook; save it as .xlsx',
      );
    }
    return storeZip(parts);
  } catch (error) {
    if (isAppError(error)) throw error;
    return unreadable(file, '文件已损坏或不完整', 'the file is damaged or incomplete', error);
  }
}

async function readParts(buffer: Buffer, limits: SheetLimits): Promise<Map<string, Buffer>> {
  const zip = await fromBufferPromise(buffer, {
    lazyEntries: true,
    autoClose: false,
    validateEntrySizes: true,
  });
  assertWithin('parts', zip.entryCount, maxEntries);
  const parts = new Map<string, Buffer>();
  let total = 0;
  for await (const entry of zip.eachEntry()) {
    if (!wanted.test(entry.fileName)) continue;
    const part = await readPart(zip, entry, limits.unpackedBytes - total);
    total += part.length;
    parts.set(entry.fileName, part);
  }
  return parts;
}

async function readPart(zip: ZipFile, entry: Entry, left: number): Promise<Buffer> {
  assertWithin('unpacked bytes', entry.uncompressedSize, left);
  const stream = await zip.openReadStreamPromise(entry);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    const part = chunk as Buffer;
    size += part.length;
    assertWithin('unpacked bytes', size, left);
    chunks.push(part);
  }
  const whole = Buffer.concat(chunks);
  if (crc32(whole) !== entry.crc32 >>> 0) throw new Error(`checksum of ${entry.fileName} is wrong`);
  return whole;
}

/** A zip whose entries are stored, not compressed (APPNOTE 6.3.10, sections 4.3.7, 4.3.12 and 4.3.16). */
function storeZip(parts: Map<string, Buffer>): Uint8Array {
  const body: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, data] of parts) {
    const path = Buffer.from(name, 'utf8');
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(0x0800, 2);
    common.writeUInt32LE(crc32(data), 10);
    common.writeUInt32LE(data.length, 14);
    common.writeUInt32LE(data.length, 18);
    common.writeUInt16LE(path.length, 22);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(offset, 10);
    body.push(Buffer.from('PK\x03\x04', 'latin1'), common, path, data);
    directory.push(Buffer.from('PK\x01\x02\x14\x00', 'latin1'), common, place, path);
    offset += 30 + path.length + data.length;
  }
  const index = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 0, 'latin1');
  end.writeUInt16LE(parts.size, 8);
  end.writeUInt16LE(parts.size, 10);
  end.writeUInt32LE(index.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...body, index, end]);
}
