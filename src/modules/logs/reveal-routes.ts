import { createReadStream } from 'node:fs';
import type { Ctx } from '#base/app';
import { fail } from '#base/errors';
import { type Handler, handle, handleRaw } from '#base/http';
import * as contract from './contract.ts';
import { decideExport, findBag, requestExport } from './export-search.ts';
import { maskNames } from './names-in-line.ts';
import { decideReveal, openReveal, readLine, requestReveal } from './reveal-name.ts';
import { requireReading } from './search/reading.ts';
import * as catalogue from './store/catalogue.ts';
import * as exports from './store/exports.ts';
import * as reveals from './store/reveals.ts';

export const revealRoutes: Handler[] = [
  handle(contract.getRecord, async (ctx, { params, query }) => {
    const segment = await catalogue.findSegment(ctx, params.id);
    if (!segment) fail('base.not_found', { what: `log segment ${params.id}` });
    const reading = await requireReading(ctx, query, [segment]);
    const { record, names } = await readLine(ctx, { segment: params.id, seq: params.seq }, reading);
    const { bytes: _bytes, raw, ...told } = record;
    return {
      ...told,
      raw: maskNames(raw, names),
      names: names.map(({ kind, token }) => ({ kind, token })),
    };
  }),
  handle(contract.requestLogReveal, async (ctx, { params, body }) =>
    revealOf(ctx, await requestReveal(ctx, { segment: params.id, seq: params.seq, ...body })),
  ),
  handle(contract.listLogReveals, async (ctx, { query }) => {
    const { items, ...counts } = await reveals.listReveals(ctx, query);
    return { ...counts, items: items.map((row) => revealOf(ctx, row)) };
  }),
  handle(contract.decideLogReveal, async (ctx, { params, body }) =>
    revealOf(ctx, await decideReveal(ctx, params.id, body)),
  ),
  handle(contract.openLogReveal, (ctx, { params }) => openReveal(ctx, params.id)),
  handle(contract.requestLogExport, async (ctx, { body }) => exportOf(ctx, await requestExport(ctx, body))),
  handle(contract.listLogExports, async (ctx, { query }) => {
    const { items, ...counts } = await exports.listExports(ctx, query);
    return { ...counts, items: items.map((row) => exportOf(ctx, row)) };
  }),
  handle(contract.decideLogExport, async (ctx, { params, body }) =>
    exportOf(ctx, await decideExport(ctx, params.id, body)),
  ),
  handleRaw(contract.downloadLogExport, async (app, actor, { params }, { reply }) => {
    const bag = await app.run(actor, (ctx) => findBag(ctx, params.id));
    const path = (await app.files.find(bag.sha256!)) ?? fail('evidence.lost', { file: bag.file_name });
    return reply
      .type('application/zip')
      .header('content-disposition', `attachment; filename="${bag.file_name}"`)
      .send(createReadStream(path));
  }),
];

function revealOf(ctx: Ctx, row: reveals.RevealRow) {
  return {
    ...requestOf(ctx, row),
    state: row.state,
    source: row.source,
    sourceId: row.source_id,
    segment: row.segment_id,
    seq: row.seq,
    field: row.field,
    token: row.token,
    expiresAt: row.expires_at,
  };
}

function exportOf(ctx: Ctx, row: exports.ExportRow) {
  return {
    ...requestOf(ctx, row),
    state: row.state,
    names: row.names,
    query: row.query,
    fileName: row.file_name,
    sha256: row.sha256,
    bytes: row.bytes,
    rows: row.rows,
    cut: row.cut,
    problem: row.problem,
  };
}

function requestOf(ctx: Ctx, row: reveals.RevealRow | exports.ExportRow) {
  return {
    id: row.id,
    requestedBy: row.requested_by_name,
    requestedByMe: row.requested_by === ctx.actor.id,
    requestedAt: row.requested_at,
    caseNo: row.case_no,
    reason: row.reason,
    decidedBy: row.decided_by_name,
    decidedAt: row.decided_at,
  };
}
