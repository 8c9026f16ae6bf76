import { createHash, createPublicKey, type KeyObject, randomBytes, sign } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { crc32 } from 'node:zlib';
import { fail } from '#base/errors';
import { sha256OfFile, syncDirectory } from '#base/files';
import {
  MANIFEST_NAME,
  manifestBytes,
  publicKeyIdOf,
  SIGNATURE_NAME,
  TRUST_NAME,
  trustBytes,
} from './bag-format.ts';
import { type BagManifest, bagManifestSchema, itemPath } from './contract.ts';
import { verifyBag } from './verify-bag.ts';
import { directoryEntry, endOfDirectory, localHeader, placeEntries, type ZipEntry } from './zip-layout.ts';

/** A thing to seal: its bytes, or the path of a file that is streamed. `path` is its name in the bag (`items/…`). */
export interface NewItem {
  readonly path: string;
  readonly file?: string;
  readonly bytes?: Uint8Array;
  readonly source: string;
  readonly tool: string;
  readonly collector: string;
  readonly acquiredAt: Date;
  /** Our clock minus the reference clock, in milliseconds; null when not measured. */
  readonly clockOffsetMs?: number | null;
}

export interface NewBag {
  readonly caseId: string;
  readonly number: number;
  readonly items: readonly NewItem[];
  readonly privateKey: KeyObject;
  readonly createdAt: Date;
  readonly outFile: string;
  readonly previous?: { number: number; sha256: string };
  /** What could not be taken; the verifier will then answer `incomplete`. */
  readonly incomplete?: readonly { item: string; problem: string }[];
}

export interface SealedBag {
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly manifest: BagManifest;
}

interface Measured {
  readonly bytes: number;
  readonly sha256: string;
  readonly crc32: number;
}

const CHUNK = 1024 * 1024;

/**
 * Writes a sealed bag: a stored ZIP of `bag.json`, its Ed25519 signature, a key hint, then the items in order.
 * The same input gives the same bytes. Items are streamed twice (measured, then copied and measured again).
 * The file appears under its name only after it was flushed, read back and verified. Fails with
 * `evidence.bad_path`, `evidence.duplicate_path`, `evidence.source_changed` or `evidence.seal_failed`.
 */
export async function createBag(input: NewBag): Promise<SealedBag> {
  checkPaths(input.items);
  const measured: Measured[] = [];
  for (const item of input.items) measured.push(await measure(item));
  const publicKey = createPublicKey(input.privateKey);
  const manifest = manifestOf(input, measured, publicKeyIdOf(publicKey));
  const temporary = `${input.outFile}.${randomBytes(6).toString('hex')}.part`;
  try {
    const bytes = await writeBag(temporary, input, measured, manifest);
    const publicPem = publicKey.export({ type: 'spki', format: 'pem' }) as string;
    const verified = await verifyBag(temporary, publicPem);
    if (verified.result === 'fail') {
      fail('evidence.seal_failed', {
        problem: verified.problems.map((p) => `${p.item}: ${p.problem}`).join('; '),
      });
    }
    const sha256 = await sha256OfFile(temporary);
    await rename(temporary, input.outFile);
    await syncDirectory(dirname(input.outFile));
    return { file: input.outFile, bytes, sha256, manifest };
  } finally {
    await rm(temporary, { force: true });
  }
}

function checkPaths(items: readonly NewItem[]): void {
  const seen = new Set<string>();
  for (const { path } of items) {
    if (!itemPath.safeParse(path).success) fail('evidence.bad_path', { path });
    // Whoever unpacks on a case-insensitive disk must not lose one of two files.
    const key = path.toLowerCase();
    if (seen.has(key)) fail('evidence.duplicate_path', { path });
    seen.add(key);
  }
}

function manifestOf(input: NewBag, measured: readonly Measured[], publicKeyId: string): BagManifest {
  return bagManifestSchema.parse({
    format: 'jiaodun-evidence-bag',
    version: 1,
    caseId: input.caseId,
    number: input.number,
    createdAt: input.createdAt.toISOString(),
    publicKeyId,
    items: input.items.map((item, i) => ({
      seq: i + 1,
      path: item.path,
      bytes: measured[i]!.bytes,
      sha256: measured[i]!.sha256,
      source: item.source,
      tool: item.tool,
      collector: item.collector,
      acquiredAt: item.acquiredAt.toISOString(),
      clockOffsetMs: item.clockOffsetMs ?? null,
    })),
    ...(input.previous ? { previous: input.previous } : {}),
    ...(input.incomplete?.length ? { incomplete: [...input.incomplete] } : {}),
  });
}

/** Writes everything and flushes it; returns the file's length in bytes. */
async function writeBag(path: string, input: NewBag, measured: readonly Measured[], manifest: BagManifest) {
  const json = manifestBytes(manifest);
  const own: [string, Buffer][] = [
    [MANIFEST_NAME, json],
    [SIGNATURE_NAME, sign(null, json, input.privateKey)],
    [TRUST_NAME, trustBytes(manifest.publicKeyId)],
  ];
  const entries: ZipEntry[] = [
    ...own.map(([name, bytes]) => ({ name, bytes: bytes.length, crc32: crc32(bytes) })),
    ...input.items.map((item, i) => ({
      name: item.path,
      bytes: measured[i]!.bytes,
      crc32: measured[i]!.crc32,
    })),
  ];
  const placed = placeEntries(entries);
  const out = await open(path, 'wx', 0o640);
  try {
    for (const [i, [, bytes]] of own.entries()) {
      await writeAll(out, localHeader(entries[i]!));
      await writeAll(out, bytes);
    }
    for (const [i, item] of input.items.entries()) {
      await writeAll(out, localHeader(entries[own.length + i]!));
      await copyItem(item, measured[i]!, out);
    }
    const directory = Buffer.concat(placed.map(({ entry, headerAt }) => directoryEntry(entry, headerAt)));
    const end = endOfDirectory(entries.length, placed.at(-1)!.endAt, directory.length);
    await writeAll(out, directory);
    await writeAll(out, end);
    await out.sync();
    return placed.at(-1)!.endAt + directory.length + end.length;
  } finally {
    await out.close();
  }
}

async function measure(item: NewItem): Promise<Measured> {
  const hash = createHash('sha256');
  let sum = 0;
  let bytes = 0;
  for await (const chunk of chunksOf(item)) {
    hash.update(chunk);
    sum = crc32(chunk, sum);
    bytes += chunk.length;
  }
  return { bytes, sha256: hash.digest('hex'), crc32: sum };
}

async function copyItem(item: NewItem, expected: Measured, out: FileHandle): Promise<void> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of chunksOf(item)) {
    hash.update(chunk);
    bytes += chunk.length;
    if (bytes > expected.bytes) break;
    await writeAll(out, chunk);
  }
  if (bytes !== expected.bytes || hash.digest('hex') !== expected.sha256) {
    fail('evidence.source_changed', { path: item.path });
  }
}

/** The item's bytes in order. A chunk is valid only until the next one is asked for. */
async function* chunksOf(item: NewItem): AsyncGenerator<Uint8Array> {
  if (item.bytes !== undefined) {
    yield item.bytes;
    return;
  }
  if (item.file === undefined) throw new TypeError(`item ${item.path} has neither bytes nor a file`);
  const handle = await open(item.file, 'r').catch((error: Error) =>
    fail('evidence.unreadable', { file: item.file, reason: error.message }, error),
  );
  try {
    if (!(await handle.stat()).isFile())
      fail('evidence.unreadable', { file: item.file, reason: 'not a regular file' });
    const buffer = Buffer.allocUnsafe(CHUNK);
    for (;;) {
      const { bytesRead } = await handle.read(buffer, 0, CHUNK, null);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await handle.close();
  }
}

async function writeAll(out: FileHandle, bytes: Uint8Array): Promise<void> {
  let done = 0;
  while (done < bytes.length) done += (await out.write(bytes, done)).bytesWritten;
}
