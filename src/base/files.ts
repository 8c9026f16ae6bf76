/** Content-addressed files on disk: a file's name is the SHA-256 of its bytes, so it is written once. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { Clock } from '#base/clock';
import { fail } from '#base/errors';
import { newId } from '#base/id';

export interface StoredFile {
  readonly sha256: string;
  readonly bytes: number;
}

export interface FileStore {
  /** Stores the bytes; resolves only when they are on disk, read back and found equal. */
  put(content: Uint8Array | Readable, maxBytes?: number): Promise<StoredFile>;
  /** The path of a stored file, or undefined. */
  find(sha256: string): Promise<string | undefined>;
  read(sha256: string): Promise<Buffer>;
}

/** Copies whose time ends. A store of their own: equal bytes may be evidence, or on record, in the other. */
export interface ExpiringFiles extends FileStore {
  /**
   * Takes a file away that no row names any more. One that was put within the last hour stays: another's row may be
   * about to name the same bytes.
   */
  forget(sha256: string): Promise<void>;
}

/** Opens the store under `root` (made when missing). */
export function openFileStore(root: string): FileStore {
  const pathOf = (sha256: string) => join(root, sha256.slice(0, 2), sha256);

  async function find(sha256: string): Promise<string | undefined> {
    if (!/^[0-9a-f]{64}$/.test(sha256)) return undefined;
    const path = pathOf(sha256);
    return (await stat(path).catch(() => undefined))?.isFile() ? path : undefined;
  }

  return {
    find,
    async put(content, maxBytes = Number.POSITIVE_INFINITY) {
      await mkdir(join(root, 'incoming'), { recursive: true });
      const temporary = join(root, 'incoming', newId());
      try {
        const stored = await writeSynced(temporary, content, maxBytes);
        if ((await sha256OfFile(temporary)) !== stored.sha256)
          throw new Error(`read back differs: ${temporary}`);
        const target = pathOf(stored.sha256);
        await mkdir(join(root, stored.sha256.slice(0, 2)), { recursive: true });
        await rename(temporary, target);
        await syncDirectory(join(root, stored.sha256.slice(0, 2)));
        return stored;
      } finally {
        await rm(temporary, { force: true });
      }
    },
    async read(sha256) {
      const path = (await find(sha256)) ?? fail('base.not_found', { what: sha256 });
      const handle = await open(path);
      try {
        return await handle.readFile();
      } finally {
        await handle.close();
      }
    },
  };
}

/** From `put` to the commit of the row that names the file it never takes longer. */
const settledMs = 3_600_000;

/** Opens the store of copies under `root` (made when missing). */
export function openExpiringFiles(root: string, clock: Clock): ExpiringFiles {
  const store = openFileStore(root);
  return {
    ...store,
    async put(content, maxBytes) {
      const stored = await store.put(content, maxBytes);
      const path = await store.find(stored.sha256);
      if (path) await utimes(path, clock.now(), clock.now());
      return stored;
    },
    async forget(sha256) {
      const path = await store.find(sha256);
      if (!path) return;
      // Moved away first: what is put in its place meanwhile is another file.
      const gone = join(root, 'incoming', newId());
      await rename(path, gone);
      const putMs = (await stat(gone)).mtimeMs;
      if (putMs > clock.now().getTime() - settledMs) await rename(gone, path);
      else await rm(gone, { force: true });
    },
  };
}

async function writeSynced(
  path: string,
  content: Uint8Array | Readable,
  maxBytes: number,
): Promise<StoredFile> {
  const hash = createHash('sha256');
  let bytes = 0;
  const handle = await open(path, 'wx');
  try {
    for await (const piece of content instanceof Uint8Array ? [content] : content) {
      const chunk = piece as Uint8Array;
      bytes += chunk.byteLength;
      if (bytes > maxBytes) fail('base.too_large', { limit: `${maxBytes} B` });
      hash.update(chunk);
      await handle.write(chunk);
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  return { sha256: hash.digest('hex'), bytes };
}

/** SHA-256 of a file, hexadecimal, read as a stream. */
export async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
  return hash.digest('hex');
}

/** Makes a rename in `path` durable. */
export async function syncDirectory(path: string | Buffer): Promise<void> {
  const handle = await open(path);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
