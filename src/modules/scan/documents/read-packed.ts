/** rar, 7z, xz, bzip2, cab and LHA by libarchive on WebAssembly (decision 0083): its memory is its own, and bounded. */
import type { ArchiveReader } from 'libarchive-wasm';
import { fail } from '#base/errors';
import { cutOff, kinds, unreadable } from './damage.ts';
import {
  type Content,
  emptyContent,
  mergeContent,
  type Reading,
  spendBytes,
  spendEntries,
} from './document-part.ts';

type ReadInner = (member: string, bytes: Uint8Array, outer: Reading) => Promise<Content>;

/** Read at once; the sizes that an archive claims are not believed. */
const CHUNK = 1 << 20;
/** A member that unpacks to more than this many times the archive is a bomb, once it is larger than a few mebibytes. */
const [RATIO, RATIO_FROM] = [1000, 16 << 20];

/** Reads every file of the archive. Fails with `scan.damaged`, `scan.encrypted` (nothing can be opened) and `scan.bomb`. */
export async function readPacked(
  bytes: Uint8Array,
  reading: Reading,
  readInner: ReadInner,
): Promise<Content> {
  const { name } = reading;
  const content = emptyContent();
  const { ArchiveReader: Reader, libarchiveWasm } = await import('libarchive-wasm');
  let archive: ArchiveReader;
  try {
    archive = new Reader(
      await libarchiveWasm(),
      new Int8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    );
  } catch (error) {
    // The library says nothing that helps here.
    return fail('scan.damaged', { name, reason: cutOff }, error);
  }
  let [listed, opened] = [0, 0];
  try {
    for (;;) {
      const pointer = nextOf(archive, name);
      if (pointer === 0) break;
      spendEntries(reading, 1);
      listed++;
      const member = nameOf(archive.getEntryPathname(pointer), listed);
      // What does not say what it is may be a file: only what says that it is none is passed over.
      if (/^(?:Directory|SymbolicLink|Socket|.*Device|NamedPipe)$/.test(archive.getEntryFiletype(pointer)))
        continue;
      if (archive.isEntryEncrypted(pointer)) {
        content.unread.push({ part: member, reason: 'encrypted' });
        continue;
      }
      const body = bodyOf(archive, member, bytes.length, reading, content);
      opened++;
      if (body) mergeContent(content, await readInner(member, body, reading));
    }
    if (opened === 0 && reading.depth === 0 && (archive.hasEncryptedData() || content.unread.length > 0))
      fail('scan.encrypted', { name });
    if (listed === 0 && !archive.hasEncryptedData()) fail('scan.damaged', { name, reason: cutOff });
    // A break between two files ends the list like its end does: only the library's last word tells them apart.
    const said = archive.libarchive.error_string(archive.archive);
    if (said) {
      if (opened === 0 && content.unread.length === 0) failOf(said, name);
      content.unread.push({ part: '', reason: 'damaged' });
    }
  } finally {
    archive.free();
  }
  return content;
}

/** The library cannot spell Chinese names: it writes stars, or nothing. Then the file's number tells which one it is. */
function nameOf(path: string, number: number): string {
  if (path && !path.includes('*')) return path.replace(/\\/g, '/');
  return `file ${number}${/\.[a-z0-9]{1,8}$/i.exec(path ?? '')?.[0] ?? ''}`;
}

function nextOf(archive: ArchiveReader, name: string): number {
  try {
    return archive.nextEntryPointer();
  } catch (error) {
    return failOf(String((error as Error).message), name, error);
  }
}

function failOf(said: string, name: string, error: unknown = new Error(said)): never {
  if (/encrypt|passphrase|password/i.test(said)) fail('scan.encrypted', { name }, error);
  return fail('scan.damaged', { name, reason: unreadable(kinds.packed, new Error(said)) }, error);
}

/** The bytes of the entry that is next; null when it cannot be read, which is told. */
function bodyOf(
  archive: ArchiveReader,
  member: string,
  packed: number,
  reading: Reading,
  content: Content,
): Buffer | null {
  const chunks: Buffer[] = [];
  let size = 0;
  for (;;) {
    let chunk: Int8Array;
    try {
      chunk = archive.readData(CHUNK);
    } catch (error) {
      const isLocked = /encrypt|passphrase|password/i.test(String((error as Error).message));
      content.unread.push({ part: member, reason: isLocked ? 'encrypted' : 'damaged' });
      return null;
    }
    if (chunk.length === 0) return Buffer.concat(chunks);
    size += chunk.length;
    spendBytes(reading, chunk.length);
    if (size > RATIO_FROM && size > packed * RATIO)
      fail('scan.bomb', { name: reading.name, limit: `${RATIO}:1` });
    chunks.push(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length));
  }
}
