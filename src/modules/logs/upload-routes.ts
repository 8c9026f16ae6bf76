import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AppError, fail } from '#base/errors';
import { type Handler, handle, handleRaw } from '#base/http';
import { unstorableAt } from '#base/http-body';
import { checkInput } from '#base/http-issues';
import * as contract from './contract.ts';
import { listDropFolders } from './drop/drop-store.ts';
import { createUpload, openUpload, receivePiece } from './receive-upload.ts';
import * as uploads from './store/uploads.ts';
import { uploadExpiryMs } from './take-upload.ts';

export const uploadRoutes: Handler[] = [
  handleRaw(contract.createUpload, async (app, actor, { query }, { request, reply }) => {
    speakTus(request, reply);
    const part = 'Upload-Metadata';
    const input = checkInput(part, contract.newUpload, { ...metadataOf(request), ...query });
    if (!('data' in input)) fail('base.invalid_input', { part, ...input });
    const row = await app.run(actor, (ctx) =>
      createUpload(ctx, input.data, numberOf(request, 'upload-length')),
    );
    tellOffset(reply, row);
    reply.code(201).header('location', `/api/logs/uploads/${row.id}`);
    return presentUpload(row);
  }),
  handle(contract.getUpload, async (ctx, { params }, { request, reply }) => {
    speakTus(request, reply);
    const row = await uploads.findBulkUpload(ctx, params.id);
    if (row?.actor_id !== ctx.actor.id) fail('base.not_found', { what: `upload ${params.id}` });
    // HEAD has no body to say so in.
    if (request.method === 'HEAD') await openUpload(ctx, params.id);
    reply.header('cache-control', 'no-store');
    tellOffset(reply, row);
    return presentUpload(row);
  }),
  handleRaw(contract.sendPiece, async (app, actor, { params }, { request, reply }) => {
    speakTus(request, reply);
    const type = request.headers['content-type'];
    const offset = numberOf(request, 'upload-offset');
    if (type !== 'application/offset+octet-stream' || offset < 0) fail('logs.upload_type');
    const body = request.body instanceof Readable ? request.body : Readable.from([]);
    const now = await receivePiece(app, actor, params.id, offset, body);
    reply.header('upload-offset', String(now));
    return reply.code(204).send();
  }),
  handle(contract.listUploads, async (ctx, { query }) => {
    const { items, ...counts } = await uploads.listBulkUploads(ctx, query);
    return { ...counts, items: items.map(presentUpload) };
  }),
  handle(contract.listDropFolders, (ctx, { query }) => listDropFolders(ctx, query)),
];

/** tus 1.0 §"Tus-Resumable": a client that says a version must say this one; the server always does. */
function speakTus(request: FastifyRequest, reply: FastifyReply): void {
  reply.header('tus-resumable', '1.0.0');
  const version = request.headers['tus-resumable'];
  if (version === undefined || version === '1.0.0') return;
  reply.header('tus-version', '1.0.0');
  fail('logs.upload_version');
}

function numberOf(request: FastifyRequest, header: string): number {
  const value = String(request.headers[header] ?? '');
  return /^\d{1,15}$/.test(value) ? Number(value) : -1;
}

function tellOffset(reply: FastifyReply, row: uploads.BulkUpload): void {
  reply.header('upload-offset', String(row.offset_bytes)).header('upload-length', String(row.length));
  if (row.state === 'open') reply.header('upload-expires', expiryOf(row).toUTCString());
}

function expiryOf(row: uploads.BulkUpload): Date {
  return new Date(row.touched.getTime() + uploadExpiryMs);
}

/** `name base64,name base64`; a name alone stands for an empty value and is left out. */
function metadataOf(request: FastifyRequest): Record<string, string> {
  const given = request.headers['upload-metadata'];
  const values: Record<string, string> = {};
  if (given === undefined || given === '') return values;
  for (const pair of String(given).split(',')) {
    const [name, value, more] = pair.trim().split(' ');
    if (!name || more !== undefined || !/^[A-Za-z0-9+/]*={0,2}$/.test(value ?? ''))
      fail('logs.upload_metadata');
    // What tus clients add of themselves (`filetype`) is no business of ours.
    if (value && Object.hasOwn(contract.newUpload.shape, name))
      values[name] = Buffer.from(value, 'base64').toString('utf8');
  }
  if (unstorableAt(values) !== undefined) fail('logs.upload_metadata');
  return values;
}

function presentUpload(row: uploads.BulkUpload) {
  const told = row.error === null ? null : new AppError(row.error, row.details).messages();
  const { records, cut, segments, already, lines } = row;
  return {
    id: row.id,
    sourceId: row.source_id,
    source: row.source,
    name: row.name,
    by: row.actor_name,
    state: row.state,
    length: row.length,
    offset: row.offset_bytes,
    created: row.created,
    touched: row.touched,
    ended: row.ended,
    expires: row.state === 'open' ? expiryOf(row) : null,
    problem: told && { code: row.error!, ...told },
    result:
      row.state === 'done'
        ? {
            records: records!,
            cut: cut!,
            segments: segments!,
            already: already!,
            lines: lines && presentLines(lines),
          }
        : null,
  };
}

function presentLines({ from, to, ...counts }: uploads.UploadLines) {
  const moment = (text: string | null) => (text === null ? null : new Date(text));
  return { ...counts, from: moment(from), to: moment(to) };
}
