import { createReadStream } from 'node:fs';
import { recordAudit } from '#audit';
import { fail } from '#base/errors';
import { type Handler, handle, handleRaw } from '#base/http';
import * as contract from './contract.ts';
import { requestExport } from './export-list.ts';
import * as store from './export-store.ts';
import { requirePerson } from './require-person.ts';

function exportOf(row: store.ExportRow) {
  return {
    id: row.id,
    title: row.request.title,
    list: row.request.list,
    format: row.request.format,
    state: row.state,
    rows: row.rows ?? row.expected_rows,
    reason: row.reason,
    bytes: row.bytes,
    sha256: row.sha256,
    problem: row.problem,
    askedAt: row.asked_at,
    expiresAt: row.expires_at,
  };
}

const types = {
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  csv: 'text/csv; charset=utf-8',
} as const;

export const exportRoutes: Handler[] = [
  handleRaw(contract.requestExport, async (app, actor, { body }) =>
    exportOf(await requestExport(app, actor, body)),
  ),
  handle(contract.listExports, async (ctx, { query }) => {
    requirePerson(ctx.actor);
    const { items, total, capped } = await store.listExports(ctx, query);
    return { total, capped, items: items.map(exportOf) };
  }),
  handleRaw(contract.downloadExport, async (app, actor, { params }, { reply }) => {
    requirePerson(actor);
    const row = await app.run(actor, async (ctx) => {
      const found = (await store.findExport(ctx, params.id)) ?? fail('base.not_found', { what: params.id });
      if (found.state === 'queued') fail('auth.export_not_ready');
      if (found.state === 'expired' || found.expired)
        fail('auth.export_expired', { hours: contract.exportHours });
      if (!found.sha256) fail('base.not_found', { what: params.id });
      await recordAudit(ctx, {
        action: 'auth.fetch_export',
        subject: `export:${found.id}`,
        after: { title: found.request.title, rows: found.rows, sha256: found.sha256 },
      });
      return found;
    });
    const path =
      (await app.copies.find(row.sha256!)) ?? fail('auth.export_expired', { hours: contract.exportHours });
    const { title, format } = row.request;
    return reply
      .type(types[format])
      .header('content-length', row.bytes!)
      .header(
        'content-disposition',
        `attachment; filename="export.${format}"; filename*=UTF-8''${encodeURIComponent(`${title}.${format}`)}`,
      )
      .header('x-content-type-options', 'nosniff')
      .header('cache-control', 'private, no-store')
      .send(createReadStream(path));
  }),
];
