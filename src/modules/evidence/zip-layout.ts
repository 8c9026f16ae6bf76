/**
 * The bytes of a bag's container: a ZIP file (PKWARE APPNOTE 6.3.10) of stored entries in which nothing is
 * left to choice, so that the whole file follows from names, sizes and checksums. No compression, no data
 * descriptors, no comments, one fixed time; ZIP64 fields only where a value does not fit.
 */

/** An entry: `name` is ASCII; `crc32` is of the stored bytes. */
export interface ZipEntry {
  readonly name: string;
  readonly bytes: number;
  readonly crc32: number;
}

export const LOCAL_SIGNATURE = 0x04034b50;
export const LOCAL_FIXED = 30;
/** Where the checksum stands in a local header and in a directory entry. */
export const LOCAL_CRC_AT = 14;
export const DIRECTORY_CRC_AT = 16;

const MAX_32 = 0xffffffff;
const MAX_16 = 0xffff;
const VERSION = 20;
const VERSION_ZIP64 = 45;
/** Made on Unix, so that `unzip` takes the file mode from the attributes. */
const MADE_BY_UNIX = 3 << 8;
/** 1980-01-01 00:00, the earliest a ZIP can say: the true times are in the manifest. */
const DOS_DATE = 0x0021;
const FILE_MODE = 0o100644;

/** The header before an entry's bytes (APPNOTE 4.3.7). */
export function localHeader(entry: ZipEntry): Buffer {
  const large = entry.bytes >= MAX_32;
  const extra = large ? zip64Extra([entry.bytes, entry.bytes]) : Buffer.alloc(0);
  const head = Buffer.alloc(LOCAL_FIXED);
  head.writeUInt32LE(LOCAL_SIGNATURE, 0);
  head.writeUInt16LE(large ? VERSION_ZIP64 : VERSION, 4);
  head.writeUInt16LE(DOS_DATE, 12);
  head.writeUInt32LE(entry.crc32, LOCAL_CRC_AT);
  head.writeUInt32LE(Math.min(entry.bytes, MAX_32), 18);
  head.writeUInt32LE(Math.min(entry.bytes, MAX_32), 22);
  head.writeUInt16LE(entry.name.length, 26);
  head.writeUInt16LE(extra.length, 28);
  return Buffer.concat([head, Buffer.from(entry.name, 'latin1'), extra]);
}

/** The entry's line in the central directory (APPNOTE 4.3.12); `offset` is where its local header starts. */
export function directoryEntry(entry: ZipEntry, offset: number): Buffer {
  const values = entry.bytes >= MAX_32 ? [entry.bytes, entry.bytes] : [];
  if (offset >= MAX_32) values.push(offset);
  const extra = values.length > 0 ? zip64Extra(values) : Buffer.alloc(0);
  const version = values.length > 0 ? VERSION_ZIP64 : VERSION;
  const head = Buffer.alloc(46);
  head.writeUInt32LE(0x02014b50, 0);
  head.writeUInt16LE(MADE_BY_UNIX | version, 4);
  head.writeUInt16LE(version, 6);
  head.writeUInt16LE(DOS_DATE, 14);
  head.writeUInt32LE(entry.crc32, DIRECTORY_CRC_AT);
  head.writeUInt32LE(Math.min(entry.bytes, MAX_32), 20);
  head.writeUInt32LE(Math.min(entry.bytes, MAX_32), 24);
  head.writeUInt16LE(entry.name.length, 28);
  head.writeUInt16LE(extra.length, 30);
  head.writeUInt32LE(FILE_MODE * 0x10000, 38);
  head.writeUInt32LE(Math.min(offset, MAX_32), 42);
  return Buffer.concat([head, Buffer.from(entry.name, 'latin1'), extra]);
}

/** What closes the file: the ZIP64 records when needed (APPNOTE 4.3.14, 4.3.15), then the end record (4.3.16). */
export function endOfDirectory(count: number, offset: number, length: number): Buffer {
  const large = count >= MAX_16 || offset >= MAX_32 || length >= MAX_32;
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(Math.min(count, MAX_16), 8);
  end.writeUInt16LE(Math.min(count, MAX_16), 10);
  end.writeUInt32LE(Math.min(length, MAX_32), 12);
  end.writeUInt32LE(Math.min(offset, MAX_32), 16);
  return large ? Buffer.concat([zip64End(count, offset, length), end]) : end;
}

function zip64End(count: number, offset: number, length: number): Buffer {
  const record = Buffer.alloc(56);
  record.writeUInt32LE(0x06064b50, 0);
  record.writeBigUInt64LE(44n, 4);
  record.writeUInt16LE(MADE_BY_UNIX | VERSION_ZIP64, 12);
  record.writeUInt16LE(VERSION_ZIP64, 14);
  record.writeBigUInt64LE(BigInt(count), 24);
  record.writeBigUInt64LE(BigInt(count), 32);
  record.writeBigUInt64LE(BigInt(length), 40);
  record.writeBigUInt64LE(BigInt(offset), 48);
  const locator = Buffer.alloc(20);
  locator.writeUInt32LE(0x07064b50, 0);
  locator.writeBigUInt64LE(BigInt(offset + length), 8);
  locator.writeUInt32LE(1, 16);
  return Buffer.concat([record, locator]);
}

function zip64Extra(values: readonly number[]): Buffer {
  const extra = Buffer.alloc(4 + values.length * 8);
  extra.writeUInt16LE(0x0001, 0);
  extra.writeUInt16LE(values.length * 8, 2);
  for (const [i, value] of values.entries()) extra.writeBigUInt64LE(BigInt(value), 4 + i * 8);
  return extra;
}

/** Where an entry lies in the finished file. */
export interface PlacedEntry {
  readonly entry: ZipEntry;
  readonly headerAt: number;
  readonly dataAt: number;
  readonly endAt: number;
}

/** The place of every entry when they stand one after the other from the start of the file. */
export function placeEntries(entries: readonly ZipEntry[]): PlacedEntry[] {
  let at = 0;
  return entries.map((entry) => {
    const headerAt = at;
    const dataAt = headerAt + localHeader(entry).length;
    at = dataAt + entry.bytes;
    return { entry, headerAt, dataAt, endAt: at };
  });
}
