import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { recordAudit } from '#audit';
import { type App, systemActor } from '#base/app';
import { fail, isAppError } from '#base/errors';
import { defineJob, every } from '#base/jobs';
import { takeContent } from './ingest-file.ts';
import { uploadsDir } from './places.ts';
import * as catalogue from './store/catalogue.ts';
import * as uploads from './store/uploads.ts';

const actor = systemActor('logs.take-upload');

/** Seals an upload whose last piece has come. Running it again adds nothing: its content is registered once. */
export const takeUploadJob = defineJob({
  name: 'logs.take-upload',
  payload: z.object({ id: z.uuid() }),
  maxAttempts: 25,
  run: (app, { id }) => takeUpload(app, id),
});

async function takeUpload(app: App, id: string): Promise<void> {
  const upload = await app.run(actor, (ctx) => uploads.findBulkUpload(ctx, id));
  if (upload?.state !== 'received') return;
  const source = await app.run(actor, (ctx) => catalogue.findSource(ctx, { id: upload.source_id }));
  if (!source) throw new Error(`upload ${id} has no source`);
  const outcome = await takeContent(app, actor, source, contentOf(app, upload), {
    sender: `upload:${id}`,
    anyway: upload.anyway,
  }).then(
    ({ records, segments, cut, already }) => ({ records, segments, cut, already }),
    (error: unknown) => {
      // What is wrong with the content stays wrong; anything else may pass, and the job comes again.
      if (!isAppError(error) || error.status >= 500) throw error;
      return { error: error.code, details: error.details };
    },
  );
  await app.run(actor, async (ctx) => {
    if (!(await uploads.settleBulkUpload(ctx, id, outcome))) return;
    const { unit_path: unitPath, actor_id: by } = upload;
    const subject = `log_source:${source.id}`;
    await recordAudit(ctx, {
      action: 'logs.end_upload',
      subject,
      unitPath,
      after: { upload: id, by, ...outcome },
    });
  });
  await rm(join(uploadsDir(app), id), { recursive: true, force: true });
}

/** The bytes of all pieces in their order; each ends where the next begins. Checked against the told SHA-256. */
async function* contentOf(app: App, upload: uploads.BulkUpload): AsyncGenerator<Buffer> {
  const hash = createHash('sha256');
  const parts = upload.parts.map((part) => {
    const colon = part.indexOf(':');
    return { from: Number(part.slice(0, colon)), file: part.slice(colon + 1) };
  });
  for (const [i, { from, file }] of parts.entries()) {
    const bytes = (parts[i + 1]?.from ?? upload.length) - from;
    let read = 0;
    const path = join(uploadsDir(app), upload.id, file);
    for await (const chunk of createReadStream(path, { end: bytes - 1, highWaterMark: 256 * 1024 })) {
      read += (chunk as Buffer).length;
      hash.update(chunk as Buffer);
      yield chunk as Buffer;
    }
    if (read !== bytes) throw new Error(`a piece of upload ${upload.id} has ${read} bytes, not ${bytes}`);
  }
  const found = hash.digest('hex');
  if (upload.sha256 !== null && upload.sha256 !== found) fail('logs.upload_differs', { found });
}

/** An upload that nobody goes on with is given up after so long. */
export const uploadExpiryMs = 7 * 86_400_000;
const tenMinutes = 600_000;

/** Gives up what was abandoned, asks again for what was not taken, and clears what nobody needs. */
export const sweepUploads = every('logs.sweep-uploads', '*/10 * * * *', async (app: App) => {
  const now = app.clock.now().getTime();
  await app.run(actor, async (ctx) => {
    for (const { id, source_id, unit_path: unitPath, offset_bytes } of await uploads.expireBulkUploads(
      ctx,
      new Date(now - uploadExpiryMs),
    )) {
      const after = { upload: id, received: offset_bytes };
      await recordAudit(ctx, {
        action: 'logs.expire_upload',
        subject: `log_source:${source_id}`,
        unitPath,
        after,
      });
    }
    for (const id of await uploads.untakenUploads(ctx, new Date(now - tenMinutes)))
      await ctx.enqueue(takeUploadJob, { id }, { key: `logs.take-upload:${id}` });
  });
  const names = await readdir(uploadsDir(app)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const ids = names.filter((name) => z.uuid().safeParse(name).success);
  const needed = await app.run(actor, (ctx) => uploads.neededUploads(ctx, ids));
  for (const id of ids) {
    if (!needed.has(id)) await rm(join(uploadsDir(app), id), { recursive: true, force: true });
  }
});
