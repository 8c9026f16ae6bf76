import type { Readable } from 'node:stream';
import { recordAudit } from '#audit';
import type { Actor, App, Ctx } from '#base/app';
import { fail } from '#base/errors';
import { type Handler, handle, handleRaw } from '#base/http';
import { type ExportCell, streamSheet } from '#base/sheet';
import * as contract from '../contract/bulk.ts';
import { actOnBulk, startBulk } from './start-bulk.ts';
import * as store from './store.ts';

export const bulkRoutes: Handler[] = [
  handleRaw(contract.startBulk, async (app, actor, { query }, { request }) => {
    const { run, ...rest } = await startBulk(app, actor, query, request.body as Readable);
    return { ...rest, run: run && runOf(run) };
  }),
  handle(contract.listBulk, async (ctx, { query }) => {
    const { items, ...counts } = await store.listRuns(ctx, query);
    return { ...counts, items: items.map(runOf) };
  }),
  handle(contract.listBulkRows, async (ctx, { params, query }) => {
    await requireRun(ctx, params.id);
    const { items, ...counts } = await store.listRows(ctx, params.id, query);
    return { ...counts, items: items.map(rowOf) };
  }),
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
    const table = { name: '批量溯源', columns, batches: resultBatches(app, actor, run.id) };
    const mime =
      params.format === 'csv'
        ? 'text/csv'
        : 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';
    return reply
      .type(mime)
      .header('content-disposition', `attachment; filename="trace-run-${run.id.slice(-8)}.${params.format}"`)
      .send(streamSheet(table, params.format));
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
    rows: row.rows,
    done: row.done,
    state: row.state,
    finishedAt: row.finished_at,
  };
}

function rowOf(row: store.ResultRow) {
  const { ip, port, proto } = row.question;
  const { because = [], complete = null, candidates = 0 } = row.result ?? {};
  const { unitName = null, assetNo = null, room = null, insideIp = null, mac = null } = row.result ?? {};
  const asked = { number: row.number, sheetRow: row.sheet_row, ip, port, proto, at: row.at };
  return {
    ...asked,
    verdict: row.verdict,
    because: [...because],
    complete,
    candidates,
    unitName,
    assetNo,
    room,
    insideIp,
    mac,
  };
}

const columns = [
  '行号',
  '公网地址',
  '端口',
  '协议',
  '时间（UTC）',
  '结论',
  '原因',
  '日志完整',
  '候选数',
  '单位',
  '设备编号',
  '房间',
  '内网地址',
  'MAC 地址',
];
const verdicts = {
  proven: '已证实',
  probable: '很可能',
  ambiguous: '无法唯一确定',
  not_provable: '无法证明',
} as const;

async function* resultBatches(app: App, actor: Actor, id: string): AsyncGenerator<ExportCell[][]> {
  for (let from = 0; ; ) {
    const rows = await app.run(actor, (ctx) => store.resultsFrom(ctx, id, from, 2000));
    if (rows.length === 0) return;
    from = rows.at(-1)!.number + 1;
    yield rows.map((row) => {
      const one = rowOf(row);
      const told = one.verdict === null ? '未查询' : verdicts[one.verdict];
      const why = one.because.map(({ zh }) => zh).join('；');
      const complete = one.complete === null ? '' : one.complete ? '是' : '否';
      const where = [one.unitName, one.assetNo, one.room, one.insideIp, one.mac];
      return [
        one.sheetRow,
        one.ip,
        one.port,
        one.proto,
        one.at.toISOString(),
        told,
        why,
        complete,
        one.candidates,
        ...where,
      ];
    });
  }
}
