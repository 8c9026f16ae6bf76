/** The container of old office files (MS-CFB): streams in folders, as in a small disk. */
import { CFB } from '@e965/xlsx';
import { fail } from '#base/errors';
import { kinds, unreadable } from '../damage.ts';
import { type Reading, spendBytes, spendEntries } from '../document-part.ts';

export interface OleFile {
  /** Streams by their path in the container: `WordDocument`, `ObjectPool/_1/Package`. */
  readonly streams: ReadonlyMap<string, Buffer>;
}

/** Opens a container. Fails with `scan.damaged`, and with `scan.bomb` when its streams claim more than is allowed. */
export function openOle(bytes: Uint8Array, reading: Reading): OleFile {
  const streams = new Map<string, Buffer>();
  let container: Container;
  try {
    const copy = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    container = CFB.read(copy, { type: 'buffer' }) as Container;
  } catch (error) {
    return fail('scan.damaged', { name: reading.name, reason: unreadable(kinds.ole, error) }, error);
  }
  spendEntries(reading, container.FileIndex.length);
  container.FullPaths.forEach((path, at) => {
    const entry = container.FileIndex[at];
    if (entry?.type !== STREAM || !entry.content) return;
    const body = Buffer.from(entry.content);
    spendBytes(reading, body.length);
    // The first part is the name of the root, which the writer chooses.
    streams.set(path.split('/').slice(1).join('/'), body);
  });
  return { streams };
}

const STREAM = 2;

interface Container {
  readonly FullPaths: readonly string[];
  readonly FileIndex: readonly { readonly type: number; readonly content?: Uint8Array }[];
}

/** The streams below a folder of the container, as a container of their own. */
export function folderOf({ streams }: OleFile, folder: string): OleFile {
  const prefix = folder === '' ? '' : `${folder}/`;
  return {
    streams: new Map(
      [...streams].flatMap(([path, body]) =>
        path.startsWith(prefix) ? [[path.slice(prefix.length), body] as const] : [],
      ),
    ),
  };
}

/** The folders of the container, the root (empty) first. */
export function foldersIn({ streams }: OleFile): string[] {
  const folders = new Set(['']);
  for (const path of streams.keys()) {
    for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1)) folders.add(path.slice(0, at));
  }
  return [...folders].sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
}

/** What a stream holds, or nothing when there is no such stream. The case of names counts for nothing (MS-CFB 2.6.4). */
export function streamOf(file: OleFile, name: string): Buffer | undefined {
  const direct = file.streams.get(name);
  if (direct) return direct;
  const wanted = name.toLowerCase();
  for (const [path, body] of file.streams) if (path.toLowerCase() === wanted) return body;
  return undefined;
}

/**
 * The texts in a set of properties (MS-OLEPS): title, subject, keywords, comments, company, and a file's own. Numbers and
 * times say nothing and are left out. A set that is cut off gives what stands before the cut.
 */
export function readPropertySet(set: Buffer | undefined): string[] {
  const texts: string[] = [];
  if (!set || set.length < 48 || set.readUInt16LE(0) !== 0xfffe) return texts;
  const sections = Math.min(set.readUInt32LE(24), 2);
  for (let n = 0; n < sections && 48 + n * 20 <= set.length; n++)
    texts.push(...readSection(set, set.readUInt32LE(44 + n * 20)));
  return texts;
}

const [STRING, WIDE_STRING, TEXT_TYPES] = [0x1e, 0x1f, new Set([0x1e, 0x1f, 0x101e, 0x101f])];

function readSection(set: Buffer, start: number): string[] {
  const texts: string[] = [];
  if (start + 8 > set.length) return texts;
  const count = Math.min(set.readUInt32LE(start + 4), 500);
  const entries = Array.from({ length: count }, (_, n) => start + 8 + n * 8)
    .filter((at) => at + 8 <= set.length)
    .map((at) => ({ id: set.readUInt32LE(at), at: start + set.readUInt32LE(at + 4) }));
  const codePage = entries.find(({ id, at }) => id === 1 && at + 6 <= set.length);
  const charset = CODE_PAGES[codePage ? set.readUInt16LE(codePage.at + 4) : 0] ?? 'gb18030';
  for (const { id, at } of entries) {
    if (id < 2 || at + 8 > set.length) continue;
    const type = set.readUInt32LE(at);
    if (!TEXT_TYPES.has(type)) continue;
    const isList = type > 0x1000;
    let place = at + (isList ? 8 : 4);
    for (let left = isList ? Math.min(set.readUInt32LE(at + 4), 500) : 1; left > 0; left--) {
      if (place + 4 > set.length) break;
      const isWide = (type & 0xff) === WIDE_STRING;
      const size = set.readUInt32LE(place) * (isWide ? 2 : 1);
      const body = set.subarray(place + 4, place + 4 + size);
      const text = new TextDecoder(isWide ? 'utf-16le' : charset).decode(body).split('\0')[0]!.trim();
      if (text !== '') texts.push(text);
      place += 4 + (isWide || (type & 0xff) !== STRING ? Math.ceil(size / 4) * 4 : size);
    }
  }
  return texts;
}

/** Code pages of Windows, as the sets name them. 1200 is UTF-16, 65001 UTF-8. */
export const CODE_PAGES: Readonly<Record<number, string>> = {
  936: 'gb18030',
  54936: 'gb18030',
  950: 'big5',
  932: 'shift_jis',
  949: 'euc-kr',
  1200: 'utf-16le',
  1252: 'windows-1252',
  10008: 'gb18030',
  65001: 'utf-8',
};
