import { type FileHandle, mkdir, open, readdir, rm, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { syncDirectory } from '#base/files';
import { newId } from '#base/id';
import { RecordBuffer, recordPrefix } from '../segments/record-stream.ts';
import { type BlockPlace, blockHeader, blockHeaderBytes, readSpool, spoolMagic } from './spool-file.ts';

export interface SpoolOptions {
  readonly dir: string;
  /** A spool file is closed at this size. Bytes; default 64 MiB. */
  readonly maxBytes?: number;
  readonly now: () => Date;
  /** Called with each file that is complete and may be sealed, and where its blocks are. */
  readonly onClosed: (path: string, blocks: readonly BlockPlace[]) => void;
  /** Told what one sender's records of a commit are, now that they are durable; valid during the call only. */
  readonly onCommitted?: (sender: string, stream: Buffer) => void;
}

/** What one sender gave since the last commit. */
export class SenderBuffer {
  // Small at first: a flood of forged addresses must not take 64 KiB each.
  readonly buffer = new RecordBuffer(2048);
  readonly sender: string;
  readonly #total: { bytes: number };
  #prefix: Buffer;
  #prefixAt = -1;

  constructor(sender: string, total: { bytes: number }) {
    this.sender = sender;
    this.#total = total;
    this.#prefix = recordPrefix(sender, 0);
  }

  /** Copies `source[start, end)` as one record received at `recvAt` (ms). */
  append(recvAt: number, source: Buffer, start: number, end: number): void {
    this.buffer.append(this.#prefixOf(recvAt), source, start, end);
    this.#total.bytes += end - start;
  }

  /** Copies `source[start, end)` as `count` records: lines, each with its LF. */
  appendLines(recvAt: number, source: Buffer, start: number, end: number, count: number): void {
    this.buffer.appendLines(this.#prefixOf(recvAt), source, start, end, count);
    this.#total.bytes += end - start;
  }

  #prefixOf(recvAt: number): Buffer {
    if (recvAt !== this.#prefixAt) {
      this.#prefix = recordPrefix(this.sender, recvAt);
      this.#prefixAt = recvAt;
    }
    return this.#prefix;
  }
}

/**
 * An append-only journal. `commit` makes everything appended before it durable with one fdatasync; when it
 * resolves, those records survive `kill -9` and power loss. One process per directory.
 */
export class Spool {
  readonly #options: SpoolOptions;
  readonly #maxBytes: number;
  readonly #total = { bytes: 0 };
  #senders = new Map<string, SenderBuffer>();
  /** Emptied buffers of the last commit, to be filled again. */
  #spare = new Map<string, SenderBuffer>();
  /** What a failed commit left: it goes first into the next one. */
  #unwritten: SenderBuffer[] = [];
  #broken: Error | null = null;
  #handle: FileHandle | null = null;
  #path = '';
  #blocks: BlockPlace[] = [];
  #bytes = 0;
  #openedAt = 0;
  #running: Promise<void> | null = null;
  #next: Promise<void> | null = null;

  constructor(options: SpoolOptions) {
    this.#options = options;
    this.#maxBytes = options.maxBytes ?? 64 * 1024 * 1024;
  }

  /**
   * Opens the directory. Files that an earlier process left are cut behind their last whole block and given
   * to `onClosed`; they are never appended to again.
   */
  async open(): Promise<void> {
    const { dir } = this.#options;
    await mkdir(dir, { recursive: true });
    const names = (await readdir(dir)).filter((name) => name.endsWith('.spool')).sort();
    for (const name of names) {
      const path = join(dir, name);
      const content = await readSpool(path);
      if (content.blocks.length === 0) await rm(path);
      else {
        if (content.soundBytes < content.fileBytes) await truncate(path, content.soundBytes);
        this.#options.onClosed(path, content.blocks);
      }
    }
    await syncDirectory(dir);
  }

  /** Where the records of one sender go; look it up again after every commit. */
  of(sender: string): SenderBuffer {
    let found = this.#senders.get(sender);
    if (!found) {
      found = this.#spare.get(sender) ?? new SenderBuffer(sender, this.#total);
      this.#spare.delete(sender);
      this.#senders.set(sender, found);
    }
    return found;
  }

  /** Bytes appended and not yet durable. */
  get pendingBytes(): number {
    return this.#total.bytes;
  }

  /** When the open file was begun (ms), or null when there is none. */
  get openedAt(): number | null {
    return this.#handle ? this.#openedAt : null;
  }

  /**
   * Group commit: calls that come while one is being written share the next one. Rejects when the disk does;
   * then nothing of that commit is acknowledged, and its records are written again by the next commit.
   */
  commit(): Promise<void> {
    if (this.#next) return this.#next;
    if (!this.#running) {
      this.#running = this.#write().finally(() => {
        this.#running = null;
      });
      return this.#running;
    }
    const next = this.#running
      .catch(() => undefined) // Its own callers are told; the next commit stands for itself.
      .then(() => {
        this.#next = null;
        return this.commit();
      });
    this.#next = next;
    return next;
  }

  async #write(): Promise<void> {
    if (this.#broken) throw this.#broken;
    const filled = [...this.#unwritten, ...this.#senders.values()].filter(({ buffer }) => buffer.length > 0);
    if (filled.length === 0) return;
    const pending = this.#total.bytes;
    this.#senders = new Map();
    this.#unwritten = filled;
    const pieces: Buffer[] = [];
    for (const { buffer } of filled) pieces.push(blockHeader(buffer.view(), buffer.records), buffer.view());
    const written = await this.#put(pieces);
    this.#unwritten = [];
    this.#total.bytes -= pending;
    this.#spare = new Map(filled.map((used) => [used.sender, used]));
    this.#noteBlocks(filled);
    for (const { sender, buffer } of filled) this.#options.onCommitted?.(sender, buffer.view());
    for (const { buffer } of filled) buffer.clear();
    this.#bytes += written;
    if (this.#bytes >= this.#maxBytes) await this.#end();
  }

  #noteBlocks(written: readonly SenderBuffer[]): void {
    let at = this.#bytes;
    for (const { sender, buffer } of written) {
      at += blockHeaderBytes;
      this.#blocks.push({ at, length: buffer.length, records: buffer.records, sender });
      at += buffer.length;
    }
  }

  /** Writes and syncs. A failure closes the file at its last good byte, so that nothing torn is built upon. */
  async #put(pieces: Buffer[]): Promise<number> {
    const handle = this.#handle ?? (await this.#begin());
    try {
      const written = await writeAll(handle, pieces);
      await handle.datasync();
      return written;
    } catch (error) {
      await this.#cutBack(handle);
      throw error;
    }
  }

  async #cutBack(handle: FileHandle): Promise<void> {
    try {
      // Without this a block whose sync failed could be sealed from here and again from the next file.
      await handle.truncate(this.#bytes);
      await handle.sync();
      await this.#end();
    } catch (cause) {
      this.#broken = new Error(`the spool file ${this.#path} can be neither written nor cut back`, { cause });
      throw this.#broken;
    }
  }

  async #begin(): Promise<FileHandle> {
    this.#path = join(this.#options.dir, `${newId()}.spool`);
    const handle = await open(this.#path, 'wx');
    try {
      await handle.writeFile(spoolMagic);
      await syncDirectory(this.#options.dir);
    } catch (error) {
      // A full disk is tried again many times a second: an open file left each time would use up all there are.
      await handle.close();
      await rm(this.#path, { force: true });
      throw error;
    }
    this.#handle = handle;
    this.#bytes = spoolMagic.length;
    this.#openedAt = this.#options.now().getTime();
    return handle;
  }

  async #end(): Promise<void> {
    const handle = this.#handle;
    if (!handle) return;
    // All of it before the first wait: while the file is being closed, a commit may begin the next one.
    const [path, blocks] = [this.#path, this.#blocks];
    this.#handle = null;
    this.#blocks = [];
    await handle.close();
    this.#options.onClosed(path, blocks);
  }

  /** Commits and closes the open file, so that it can be sealed. The next record begins another file. */
  async rotate(): Promise<void> {
    await this.commit();
    while (this.#running) await this.#running;
    await this.#end();
  }
}

async function writeAll(handle: FileHandle, pieces: Buffer[]): Promise<number> {
  let written = 0;
  // IOV_MAX is 1024 on Linux.
  for (let i = 0; i < pieces.length; i += 1000) {
    const group = pieces.slice(i, i + 1000);
    const size = group.reduce((sum, piece) => sum + piece.length, 0);
    const { bytesWritten } = await handle.writev(group);
    if (bytesWritten !== size) await handle.writeFile(Buffer.concat(group).subarray(bytesWritten));
    written += size;
  }
  return written;
}
