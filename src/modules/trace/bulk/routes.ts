import type { Readable } from 'node:stream';
import { recordAudit } from '#audit';
import type { Ctx } from '#base/app';
import { fail } from '#base/errors';
import { type Handler, handle, handleRaw } from '#base/http';
import { streamSheet } from '#base/sheet';
import * as contract from '../contract/bulk.ts';
import { resultTable } from './export-results.ts';
import { openRow } from './open-row.ts';
import { rowsOf } from './present-row.ts';
import { listFaults, listRows, minorsOfRun } from './result-store.ts';
import { actOnBulk, startBulk } from './start-bulk.ts';
import * as store from './store.ts';

export const bulkRoutes: Handler[] = [
  handleRaw(contract.startBulk, async (app, actor, { query }, { request }) => {
    const { run, errors, unknownColumns, rejected } = await startBulk(
      app,
      actor,
      query,
      request.body as Readable,
    );
    return {
      run: run && runOf(run),
      rejected,
      errors: errors.map(({ row, column, message }) => ({
        row,
        column,
        message: `${message.zh} / ${message.en}`,
      })),
      unknownColumns: [...unknownColumns],
    };
  }),
  handle(contract.listBulk, async (ctx, { query }) => {
    const { items, ...counts } = await store.listRuns(ctx, query);
    return { ...counts, items: items.map(runOf) };
  }),
  handle(contract.getBulk, async (ctx, { params }) => runOf(await requireRun(ctx, params.id))),
  handle(contract.listBulkRows, async (ctx, { params, query }) => {
    await requireRun(ctx, params.id);
    const { items, ...counts } = await listRows(ctx, params.id, query);
    return { ...counts, items: rowsOf(items, await minorsOfRun(ctx, params.id)) };
  }),
  handle(contract.listBulkFaults, async (ctx, { params, query }) => {
    await requireRun(ctx, params.id);
    const { items, ...counts } = await listFaults(ctx, params.id, query);
    return {
      ...counts,
      items: items.map(({ sheet_row: row, ref, ip, at, column, zh, en }) => {
        return { row, ref, ip, at, column, message: { zh, en } };
      }),
    };
  }),
  handle(contract.openBulkRow, async (ctx, { params }) => ({
    traceId: await openRow(ctx, await requireRun(ctx, params.id), params.number),
  })),
  handle(contract.actOnBulk, async (ctx, { params, body }) =>
    runOf(await actOnBulk(ctx, params.id, body.act)),
  ),
  handleRaw(contract.exportBulk, async (app, actor, { params }, { reply }) => {
    const run = await app.run(actor, async (ctx) => {
      const found = await requireRun(ctx, params.id);
      const after = { format: params.format, rows: found.rows, done: found.done };
      await recordAudit(ctx, {
        action: 'trace.bulk_export',
        subject: `trace_run:${params.id}`,
        unitPath: found.unit_path,
        after,
      });
      return found;
    });
    const mime =
      params.format === 'csv'
        ? 'text/csv; charset=utf-8'
        : 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';
    return reply
      .type(mime)
      .header('content-disposition', `attachment; filename="trace-run-${run.id.slice(-8)}.${params.format}"`)
      .send(streamSheet(resultTable(app, actor, run.id), params.format));
  }),
];

async function requireRun(ctx: Ctx, id: string): Promise<store.RunRow> {
  return (await store.findRun(ctx, id)) ?? fail('base.not_found', { what: id });
}

function runOf(row: store.RunRow) {
  return {
    id: row.id,
    fileName: row.file_name,
    caseNo: row.case_no,
    reason: row.reason,
    askedBy: row.asked_by_name,
    askedAt: row.asked_at,
    knownAt: row.known_at,
    rows: row.rows,
    done: row.done,
    faults: row.faults,
    proven: row.proven,
    probable: row.probable,
    ambiguous: row.ambiguous,
    notProvable: row.not_provable,
    state: row.state,
    finishedAt: row.finished_at,
  };
}
