/** The result file of a run: one line for every row of the table, in its order, those with a fault among them. */
import type { Actor, App } from '#base/app';
import type { ExportCell } from '#base/sheet';
import { exactTime } from '../words.ts';
import { rowsOf } from './present-row.ts';
import { type FaultRow, faultsBetween, minorsOfRun, resultsFrom } from './result-store.ts';

const columns = [
  '行号',
  '编号',
  '公网地址',
  '端口',
  '协议',
  '时间（北京时间）',
  '结论',
  '结论代码',
  '原因',
  '日志完整',
  '候选数',
  '单位',
  '设备编号',
  '房间',
  '内网地址',
  'MAC 地址',
  '使用人（密封）',
  '溯源编号',
];
const verdicts = {
  proven: '已证实',
  probable: '很可能',
  ambiguous: '无法唯一确定',
  not_provable: '无法证明',
} as const;
const lastRow = 2_147_483_647;
const atOnce = 2000;

/** For `streamSheet`. Several candidates stand in one cell, each in a line of its own, in the same order in all columns. */
export function resultTable(app: App, actor: Actor, id: string) {
  return { name: '批量溯源', columns, batches: batchesOf(app, actor, id) };
}

async function* batchesOf(app: App, actor: Actor, id: string): AsyncGenerator<ExportCell[][]> {
  let fault = -1;
  for (let from = 0; ; ) {
    const { rows, minors } = await app.run(actor, async (ctx) => ({
      rows: await resultsFrom(ctx, id, from, atOnce),
      minors: await minorsOfRun(ctx, id),
    }));
    const upTo = rows.length < atOnce ? lastRow : rows.at(-1)!.sheet_row;
    const faulty: FaultRow[] = [];
    for (;;) {
      const piece = await app.run(actor, (ctx) => faultsBetween(ctx, id, fault, upTo));
      if (piece.length === 0) break;
      faulty.push(...piece);
      fault = piece.at(-1)!.number;
    }
    const cells = [
      ...rowsOf(rows, minors).map((row) => ({ row: row.sheetRow, cells: answered(row) })),
      ...[...Map.groupBy(faulty, (one) => one.sheet_row)].map(([row, list]) => ({
        row,
        cells: refused(list),
      })),
    ];
    yield cells.sort((a, b) => a.row - b.row).map((one) => one.cells);
    if (rows.length < atOnce) return;
    from = rows.at(-1)!.number + 1;
  }
}

function answered(one: ReturnType<typeof rowsOf>[number]): ExportCell[] {
  const each = (pick: (candidate: (typeof one.shown)[number]) => string | null) =>
    one.shown.map((candidate) => pick(candidate) ?? '—').join('\n');
  return [
    one.sheetRow,
    one.ref,
    one.ip,
    one.port,
    one.proto ?? 'tcp/udp',
    exactTime(one.at),
    one.verdict === null ? '未查询' : verdicts[one.verdict],
    one.verdict ?? 'not_asked',
    one.because.map(({ zh }) => zh).join('；'),
    one.complete === null ? '' : one.complete ? '是' : '否',
    one.candidates,
    each((candidate) => candidate.unitName),
    each((candidate) => candidate.assetNo),
    each((candidate) => (candidate.protected ? '未成年人，须经审批' : candidate.room)),
    each((candidate) => candidate.insideIp),
    each((candidate) => candidate.mac),
    each((candidate) => (candidate.person === null ? '未登记' : `使用人${candidate.person}`)),
    one.traceId ?? '',
  ];
}

function refused(faults: readonly FaultRow[]): ExportCell[] {
  const [first] = faults;
  const why = faults.map(({ column, zh }) => `${column}：${zh}`).join('；');
  const { sheet_row: row, ref, ip, at } = first!;
  return [row, ref, ip, '', '', at, '行有误，未查询', 'row_fault', why, '', 0, '', '', '', '', '', '', ''];
}
