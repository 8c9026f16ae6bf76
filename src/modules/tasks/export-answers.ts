import { recordAudit } from '#audit';
import type { Ctx } from '#base/app';
import { fail } from '#base/errors';
import { writeSheet } from '#base/sheet';
import type { TaskState } from './contract.ts';
import { answersOf, findCampaign } from './store/campaigns.ts';
import { heldKeysBelow } from './who-acts.ts';
import { stateWords } from './words.ts';

const columns = [
  '上级单位',
  '单位代码',
  '单位',
  '状态',
  '是否逾期',
  '截止时间',
  '办结时间',
  '办理人',
  '答复',
  '附件',
  '退回原因',
  '负责人',
];

/** Completion and answers of a request, one line a unit: times in China. The export is in the audit log. */
export async function exportAnswers(ctx: Ctx, id: string, format: 'xlsx' | 'csv'): Promise<Uint8Array> {
  const campaign = (await findCampaign(ctx, id, [])) ?? fail('base.not_found', { what: id });
  const rows = await answersOf(ctx, id);
  const held = await heldKeysBelow(ctx);
  await recordAudit(ctx, {
    action: 'tasks.export_answers',
    subject: `campaign:${id}`,
    after: { format, rows: rows.length },
  });
  const cells = rows.map((row) => [
    row.parent_name,
    row.unit_code,
    row.unit_name,
    stateWords[row.state as TaskState],
    row.overdue ? '是' : '否',
    beijing(row.due_at),
    row.settled_at && beijing(row.settled_at),
    row.done_by_name,
    row.answer,
    row.files,
    row.returned_reason,
    held.has(row.holder_key) ? '' : '无人负责',
  ]);
  return writeSheet({ name: campaign.title, columns, rows: cells }, format);
}

function beijing(at: Date): string {
  return at.toLocaleString('sv-SE', { timeZone: 'Asia/Shanghai' });
}
