/**
 * The layout of a spool file: what is acknowledged lives here until its segments are sealed and registered.
 *
 *     'JDSPOOL1' | block …
 *     block := 'JDBK' | length u32 LE | records u32 LE | crc32 u32 LE | record stream of one sender
 *
 * The checksum covers length, records and stream. A file ends where the first block is not whole: what is
 * behind it was never acknowledged, because a commit is acknowledged only after fdatasync.
 */
import { type FileHandle, open } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { maxRunBytes, runAt, senderAt } from '../segments/record-stream.ts';

export const spoolMagic = Buffer.from('JDSPOOL1');
export const blockHeaderBytes = 16;
const blockMagic = Buffer.from('JDBK').readUInt32LE(0);
/** A block may hold one commit's worth of one sender; above this a length is taken for damage. */
export const maxBlockBytes = 64 * 1024 * 1024 + maxRunBytes;

/** The header of a block. */
export function blockHeader(stream: Buffer, records: number): Buffer {
  const header = Buffer.allocUnsafe(blockHeaderBytes);
  header.writeUInt32LE(blockMagic, 0);
  header.writeUInt32LE(stream.length, 4);
  header.writeUInt32LE(records, 8);
  header.writeUInt32LE(crc32(stream, crc32(header.subarray(4, 12))), 12);
  return header;
}

export interface BlockPlace {
  readonly at: number;
  readonly length: number;
  readonly records: number;
  readonly sender: string;
}

export interface SpoolContent {
  readonly blocks: readonly BlockPlace[];
  /** Where the last whole block ends. */
  readonly soundBytes: number;
  readonly fileBytes: number;
}

/** Finds the whole blocks of a spool file. Reads one block at a time. */
export async function readSpool(path: string): Promise<SpoolContent> {
  const handle = await open(path);
  try {
    const { size } = await handle.stat();
    const head = Buffer.alloc(spoolMagic.length);
    const { bytesRead } = await handle.read(head, 0, head.length, 0);
    if (bytesRead < head.length || !head.equals(spoolMagic))
      return { blocks: [], soundBytes: 0, fileBytes: size };
    const blocks: BlockPlace[] = [];
    let at = spoolMagic.length;
    for (;;) {
      const block = await readBlock(handle, at, size);
      if (!block) return { blocks, soundBytes: at, fileBytes: size };
      blocks.push({ at: at + blockHeaderBytes, length: block.length, ...factsOf(block) });
      at += blockHeaderBytes + block.length;
    }
  } finally {
    await handle.close();
  }
}

async function readBlock(handle: FileHandle, at: number, size: number): Promise<Buffer | null> {
  if (at + blockHeaderBytes > size) return null;
  const header = Buffer.alloc(blockHeaderBytes);
  await handle.read(header, 0, blockHeaderBytes, at);
  const length = header.readUInt32LE(4);
  if (header.readUInt32LE(0) !== blockMagic || length === 0 || length > maxBlockBytes) return null;
  if (at + blockHeaderBytes + length > size) return null;
  const block = Buffer.allocUnsafeSlow(blockHeaderBytes + length);
  return (await readInto(handle, at, block)) && isWhole(block) ? block.subarray(blockHeaderBytes) : null;
}

function factsOf(stream: Buffer): { records: number; sender: string } {
  let records = 0;
  for (let at = 0; at < stream.length; ) {
    const run = runAt(stream, at);
    records += run.records;
    at = run.end;
  }
  return { records, sender: senderAt(stream, 0) };
}

/**
 * The record streams at the given places, one after another; each is valid until the next is asked for. Fails with code
 * `spool.damaged` where no whole block stands: what is sealed must be what was written.
 */
export async function* readBlocks(path: string, places: readonly BlockPlace[]): AsyncGenerator<Buffer> {
  const handle = await open(path);
  try {
    const most = places.reduce((longest, { length }) => Math.max(longest, length), 0);
    const shared = Buffer.allocUnsafeSlow(blockHeaderBytes + most);
    for (const { at, length } of places) {
      const block = shared.subarray(0, blockHeaderBytes + length);
      const read = await readInto(handle, at - blockHeaderBytes, block);
      if (!read || !isWhole(block)) throw new SpoolDamage(`no whole block at ${at} of ${path}`);
      yield block.subarray(blockHeaderBytes);
    }
  } finally {
    await handle.close();
  }
}

/** A spool file does not hold what was written to it, or not there. */
class SpoolDamage extends Error {
  override readonly name = 'SpoolDamage';
  readonly code = damagedCode;
}

export const damagedCode = 'spool.damaged';

function isWhole(block: Buffer): boolean {
  const stream = block.subarray(blockHeaderBytes);
  if (block.readUInt32LE(0) !== blockMagic || block.readUInt32LE(4) !== stream.length) return false;
  return crc32(stream, crc32(block.subarray(4, 12))) === block.readUInt32LE(12);
}

/** Fills the buffer from the file; false where the file ends before. */
async function readInto(handle: FileHandle, position: number, target: Buffer): Promise<boolean> {
  for (let done = 0; done < target.length; ) {
    const { bytesRead } = await handle.read(target, done, target.length - done, position + done);
    if (bytesRead === 0) return false;
    done += bytesRead;
  }
  return true;
}
