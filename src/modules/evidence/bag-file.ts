/** Reading a bag at any place without holding it in memory. */
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { fail } from '#base/errors';
import { LOCAL_FIXED, LOCAL_SIGNATURE } from './zip-layout.ts';

export interface BagFile {
  readonly size: number;
  /** Fills `into` from place `at`; answers how many bytes it got, 0 at the end. */
  read(into: Uint8Array, at: number): Promise<number>;
  close(): Promise<void>;
}

export interface Digest {
  readonly sha256: string;
  readonly crc32: number;
  /** Less than asked for when the file ends before. */
  readonly bytes: number;
}

/** A local header as it stands in the file, whatever it says. */
export interface FoundHeader {
  readonly at: number;
  readonly name: string;
  readonly length: number;
  readonly declaredBytes: number;
}

const CHUNK = 1024 * 1024;
/** Longer than any header that a bag may have: 30 bytes, the name, a ZIP64 field. */
const HEADER_MAX = LOCAL_FIXED + 256 + 64;
/** A file full of header marks would otherwise fill the memory with them. */
const HEADERS_MAX = 300_000;

/**
 * Opens a bag: a file by its path, or bytes in memory. Fails with `evidence.unreadable` when the file is missing
 * or not a regular file.
 */
export async function openBag(bag: string | Uint8Array): Promise<BagFile> {
  if (typeof bag !== 'string') return inMemory(bag);
  const handle = await open(bag, 'r').catch((error: Error) =>
    fail('evidence.unreadable', { file: bag, reason: error.message }, error),
  );
  const stat = await handle.stat();
  if (!stat.isFile()) {
    await handle.close();
    fail('evidence.unreadable', { file: bag, reason: 'not a regular file' });
  }
  return {
    size: stat.size,
    read: async (into, at) => (await handle.read(into, 0, into.length, at)).bytesRead,
    close: () => handle.close(),
  };
}

function inMemory(bytes: Uint8Array): BagFile {
  return {
    size: bytes.length,
    read: async (into, at) => {
      const piece = bytes.subarray(at, at + into.length);
      into.set(piece);
      return piece.length;
    },
    close: async () => {},
  };
}

/** The bytes [at, at + length), or fewer at the end of the file. */
export async function readAt(file: BagFile, at: number, length: number): Promise<Buffer> {
  const wanted = Math.max(0, Math.min(length, file.size - at));
  const buffer = Buffer.alloc(wanted);
  let done = 0;
  while (done < wanted) {
    const bytesRead = await file.read(buffer.subarray(done), at + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return buffer.subarray(0, done);
}

/** SHA-256 and CRC-32 of the bytes [at, at + length). */
export async function digestAt(file: BagFile, at: number, length: number): Promise<Digest> {
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafe(Math.min(CHUNK, Math.max(length, 1)));
  let sum = 0;
  let bytes = 0;
  while (bytes < length) {
    const bytesRead = await file.read(buffer.subarray(0, length - bytes), at + bytes);
    if (bytesRead === 0) break;
    const piece = buffer.subarray(0, bytesRead);
    hash.update(piece);
    sum = crc32(piece, sum);
    bytes += bytesRead;
  }
  return { sha256: hash.digest('hex'), crc32: sum, bytes };
}

/** Every place in [from, size) that looks like a local header with a printable name, in order. */
export async function findHeaders(file: BagFile, from: number): Promise<FoundHeader[]> {
  const mark = Buffer.alloc(4);
  mark.writeUInt32LE(LOCAL_SIGNATURE);
  const found: FoundHeader[] = [];
  for (let at = from; at < file.size; at += CHUNK) {
    const piece = await readAt(file, at, CHUNK + HEADER_MAX);
    for (let i = piece.indexOf(mark); i >= 0 && i < CHUNK; i = piece.indexOf(mark, i + 1)) {
      const header = parseHeader(piece.subarray(i), at + i);
      if (header) found.push(header);
      if (found.length > HEADERS_MAX) return found;
    }
  }
  return found;
}

function parseHeader(bytes: Buffer, at: number): FoundHeader | undefined {
  if (bytes.length < LOCAL_FIXED) return undefined;
  const nameLength = bytes.readUInt16LE(26);
  const extraLength = bytes.readUInt16LE(28);
  const length = LOCAL_FIXED + nameLength + extraLength;
  if (nameLength === 0 || length > HEADER_MAX || bytes.length < length) return undefined;
  const name = bytes.toString('latin1', LOCAL_FIXED, LOCAL_FIXED + nameLength);
  if (!/^[\x20-\x7e]+$/.test(name)) return undefined;
  return { at, name, length, declaredBytes: bytes.readUInt32LE(18) };
}
