import { type FileHandle, mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { z } from 'zod';
import { recordAudit } from '#audit';
import type { Actor, App, Ctx } from '#base/app';
import { fail } from '#base/errors';
import { syncDirectory } from '#base/files';
import { newId } from '#base/id';
import type { newUpload } from './contract.ts';
import { sourceFor } from './ingest-file.ts';
import { uploadsDir } from './places.ts';
import { isBinary } from './rules.ts';
import * as catalogue from './store/catalogue.ts';
import * as uploads from './store/uploads.ts';
import { takeUploadJob } from './take-upload.ts';

/** No log file of one day is larger. */
const maxLength = 64 * 1024 ** 3;
const maxOpen = 100;
const maxParts = 10_000;
/** A sender that breaks off loses at most so much: bytes behind the last commit are sent again. */
const commitBytes = 8 * 1024 * 1024;

/**
 * Begins an upload in pieces, or finds the open one of the same sender, source and mark, or the one by which the very
 * file (by the SHA-256 that was told) was taken. Fails with
 * `logs.upload_length`, `logs.upload_many`, `logs.not_lines`, and as an import does for its source.
 */
export async function createUpload(
  ctx: Ctx,
  input: z.output<typeof newUpload>,
  length: number,
): Promise<uploads.BulkUpload> {
  if (!Number.isSafeInteger(length) || length < 1 || length > maxLength) fail('logs.upload_length');
  const source = await sourceOf(ctx, input);
  if (isBinary(source.format)) fail('logs.not_lines', { name: source.name, format: source.format });
  if (input.sha256 !== undefined) {
    const taken = await uploads.findDoneBySha(ctx, source.id, input.sha256);
    // Nothing need be sent: the file is here.
    if (taken && taken.length === length) return { ...taken, already: true };
  }
  const mark = input.mark ?? null;
  const known = mark === null ? undefined : await uploads.findOpenByMark(ctx, source.id, mark);
  if (known && known.length === length && known.anyway === (input.anyway ?? false)) return known;
  if ((await uploads.countOpenUploads(ctx, source.id)) >= maxOpen)
    fail('logs.upload_many', { limit: maxOpen });
  const row = {
    id: newId(),
    sourceId: source.id,
    unitPath: source.unit_path,
    name: input.filename ?? '',
    // Another file under the same mark gets an upload of its own, which is not found by the mark.
    mark: known ? null : mark,
    length,
    sha256: input.sha256 ?? null,
    anyway: input.anyway ?? false,
  };
  if (!(await uploads.insertBulkUpload(ctx, row)))
    return (await uploads.findOpenByMark(ctx, source.id, mark!))!;
  const subject = `log_source:${source.id}`;
  await recordAudit(ctx, { action: 'logs.begin_upload', subject, unitPath: source.unit_path, after: row });
  return (await uploads.findBulkUpload(ctx, row.id))!;
}

async function sourceOf(ctx: Ctx, input: z.output<typeof newUpload>): Promise<catalogue.SourceRow> {
  const { format, filename: _name, mark: _mark, sha256: _sha256, ...rest } = input;
  if (format !== undefined) return sourceFor(ctx, { ...rest, format });
  const known = await catalogue.findSource(ctx, { name: input.source });
  return known ?? fail('logs.unknown_source', { name: input.source });
}

/**
 * Takes the next piece of an upload: bytes from `offset` on. What the answer counts is on disk; when the connection
 * breaks, what had arrived is kept as far as it can be. Two connections at once: one wins, the other is told
 * `logs.upload_offset`, and no byte of it is mixed in. Answers the new offset.
 */
export async function receivePiece(
  app: App,
  actor: Actor,
  id: string,
  offset: number,
  body: AsyncIterable<Buffer>,
): Promise<number> {
  const upload = await app.run(actor, (ctx) => openUpload(ctx, id));
  if (offset !== upload.offset_bytes) fail('logs.upload_offset', { offset: upload.offset_bytes });
  if (upload.state === 'received' || upload.state === 'done') return upload.offset_bytes;
  if (upload.parts.length >= maxParts) fail('logs.upload_pieces', { limit: maxParts });
  const dir = join(uploadsDir(app), id);
  await mkdir(dir, { recursive: true });
  const piece = new Piece(app, actor, upload, dir);
  try {
    await piece.begin();
    for await (const chunk of body) await piece.add(chunk);
    return await piece.end();
  } catch (error) {
    // What is here is kept: the sender asks for the offset and goes on.
    const kept = await piece.end().catch((second: unknown) => {
      app.log.warn({ err: second, upload: id }, 'the last bytes of a piece of an upload could not be kept');
      return upload.offset_bytes;
    });
    // Nobody is there any more to be told of an error.
    if ((error as NodeJS.ErrnoException).code === 'ECONNRESET') return kept;
    throw spaceError(error);
  }
}

function spaceError(error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOSPC' || code === 'EDQUOT') fail('logs.no_space', {}, error);
  return error;
}

/** An upload of the caller's own. */
export async function openUpload(ctx: Ctx, id: string): Promise<uploads.BulkUpload> {
  const found = await uploads.findBulkUpload(ctx, id);
  if (found?.actor_id !== ctx.actor.id) fail('base.not_found', { what: `upload ${id}` });
  if (found.state === 'expired' || found.state === 'failed') fail('logs.upload_over', { state: found.state });
  return found;
}

/** The bytes that one connection sends, in a file of their own. */
class Piece {
  readonly #app: App;
  readonly #actor: Actor;
  readonly #upload: uploads.BulkUpload;
  readonly #dir: string;
  readonly #name: string;
  #handle: FileHandle | null = null;
  #written = 0;
  #committed = 0;

  constructor(app: App, actor: Actor, upload: uploads.BulkUpload, dir: string) {
    this.#app = app;
    this.#actor = actor;
    this.#upload = upload;
    this.#dir = dir;
    this.#name = `${upload.offset_bytes}-${newId()}`;
  }

  async begin(): Promise<void> {
    this.#handle = await open(join(this.#dir, this.#name), 'wx');
  }

  async add(chunk: Buffer): Promise<void> {
    const { offset_bytes: from, length } = this.#upload;
    if (from + this.#written + chunk.length > length) fail('logs.upload_too_long', { length });
    for (let at = 0; at < chunk.length; ) {
      const { bytesWritten } = await this.#handle!.write(chunk, at, chunk.length - at, this.#written + at);
      at += bytesWritten;
    }
    this.#written += chunk.length;
    if (this.#written - this.#committed >= commitBytes) await this.#commit();
  }

  /** Bytes first, then the row that counts them. */
  async #commit(): Promise<void> {
    if (this.#written === this.#committed) return;
    await this.#handle!.datasync();
    const { id, offset_bytes: base, length } = this.#upload;
    const isFirst = this.#committed === 0;
    if (isFirst) {
      await syncDirectory(this.#dir);
      await syncDirectory(uploadsDir(this.#app));
    }
    const step = {
      from: base + this.#committed,
      to: base + this.#written,
      part: isFirst ? `${base}:${this.#name}` : null,
    };
    await this.#app.run(this.#actor, async (ctx) => {
      if (!(await uploads.moveOffset(ctx, id, step))) {
        const now = await uploads.findBulkUpload(ctx, id);
        fail('logs.upload_offset', { offset: now?.offset_bytes ?? 0 });
      }
      if (step.to === length) await ctx.enqueue(takeUploadJob, { id }, { key: `logs.take-upload:${id}` });
    });
    this.#committed = this.#written;
  }

  async end(): Promise<number> {
    const handle = this.#handle;
    if (!handle) return this.#upload.offset_bytes;
    try {
      await this.#commit();
    } finally {
      this.#handle = null;
      await handle.close();
      if (this.#committed === 0) await rm(join(this.#dir, this.#name), { force: true });
    }
    return this.#upload.offset_bytes + this.#committed;
  }
}
