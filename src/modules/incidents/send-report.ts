import { recordAudit } from '#audit';
import type { Actor, App, Ctx } from '#base/app';
import { publicUrlOf } from '#base/config';
import { fail } from '#base/errors';
import { newId, newSecret } from '#base/id';
import { queueMail } from '#notify';
import { addresseeWords, composeReport } from './compose-report.ts';
import { type IncidentReport, reportDocx, reportPdf } from './report-document.ts';
import { addReceipt, insertReport, nextAttempt } from './report-store.ts';
import { stateOf } from './rules.ts';
import * as store from './store.ts';

const docxType = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document';

/**
 * Composes the report to one addressee and queues its mail with a one-time acknowledgement link. May be
 * repeated: a supplement is a report of its own. Late reports go out all the same, marked 迟报.
 * Returns the report's id. Throws `incidents.already_acknowledged` and `incidents.closed`.
 */
export async function sendReport(
  app: App,
  actor: Actor,
  input: { incidentId: string; to: 'bureau' | 'police'; lateReason: string | null; onlyFirst?: boolean },
): Promise<string | undefined> {
  // Documents take a second: they are made outside the transaction that records them.
  const { report, incident, obligation } = await app.run(actor, (ctx) => prepare(ctx, input));
  if (input.onlyFirst && (await app.run(actor, (ctx) => nextAttempt(ctx, obligation.id))) > 1)
    return undefined;
  const [docx, pdf] = await Promise.all([reportDocx(report), reportPdf(report)]);
  const files = { docx: await app.files.put(docx), pdf: await app.files.put(pdf) };
  return app.run(actor, (ctx) => record(ctx, { incident, obligation, report, files, ...input }));
}

async function prepare(
  ctx: Ctx,
  input: { incidentId: string; to: 'bureau' | 'police'; lateReason: string | null },
) {
  const incident =
    (await store.findIncident(ctx, input.incidentId)) ?? fail('base.not_found', { what: input.incidentId });
  if (stateOf(incident) === 'dismissed' || stateOf(incident) === 'closed') fail('incidents.closed');
  const obligation = (await store.obligationsOf(ctx, [incident.id])).find(
    (one) => one.addressee === input.to,
  )!;
  if (obligation.acknowledged_at)
    fail('incidents.already_acknowledged', { at: obligation.acknowledged_at.toISOString() });
  return { incident, obligation, report: await composeReport(ctx, incident, obligation, input.lateReason) };
}

interface Composed {
  readonly incident: store.IncidentRow;
  readonly obligation: store.ObligationRow;
  readonly report: IncidentReport;
  readonly files: { docx: { sha256: string }; pdf: { sha256: string } };
  readonly to: 'bureau' | 'police';
  readonly onlyFirst?: boolean;
}

async function record(ctx: Ctx, composed: Composed): Promise<string | undefined> {
  const { incident, obligation, report, files, to } = composed;
  await store.findIncident(ctx, incident.id, true);
  const attempt = await nextAttempt(ctx, obligation.id);
  if (composed.onlyFirst && attempt > 1) return undefined;
  const id = newId();
  const token = newSecret();
  const recipient = to === 'bureau' ? incident.policy.bureauEmail : incident.policy.policeEmail;
  await insertReport(ctx, {
    id,
    incident_id: incident.id,
    obligation_id: obligation.id,
    unit_path: incident.unit_path,
    addressee: to,
    recipient,
    attempt,
    docx_sha256: files.docx.sha256,
    pdf_sha256: files.pdf.sha256,
    check_code: report.checkCode,
    late_reason: report.late?.reason ?? null,
    token,
  });
  await addReceipt(ctx, { id, unit_path: incident.unit_path }, 'composed', null);
  const name = `${incident.number}-${to}-${attempt}`;
  await queueMail(ctx, {
    key: `report:${id}`,
    unitPath: incident.unit_path,
    to: recipient,
    subject: `${incident.exercise ? '【演练】' : ''}${report.late ? '【迟报】' : ''}网络安全事件报告 ${incident.number}：${incident.title}`,
    text: mailText(ctx, incident, obligation, token),
    attachments: [
      { fileName: `${name}.pdf`, sha256: files.pdf.sha256, contentType: 'application/pdf' },
      { fileName: `${name}.docx`, sha256: files.docx.sha256, contentType: docxType },
    ],
  });
  await store.addEntry(ctx, incident, {
    key: `report:${id}`,
    kind: 'report',
    zh: `向${addresseeWords[to]}发出报告（第 ${attempt} 份）${report.late ? '，迟报' : ''}`,
    en: `Report ${attempt} to the ${to}${report.late ? ', late' : ''}`,
  });
  await recordAudit(ctx, {
    action: 'incidents.send_report',
    subject: `incident:${incident.id}`,
    unitPath: incident.unit_path,
    after: { to, attempt, pdf: files.pdf.sha256, docx: files.docx.sha256, checkCode: report.checkCode },
  });
  return id;
}

function mailText(
  ctx: Ctx,
  incident: store.IncidentRow,
  obligation: store.ObligationRow,
  token: string,
): string {
  const due = obligation.due_at.toLocaleString('zh-CN', { timeZone: 'Asia/Shanghai', hour12: false });
  return [
    `${incident.unit_name}报告：${incident.title}`,
    incident.summary,
    '',
    `报告全文见附件。请在 ${due}（北京时间）前点开下面的链接签收：`,
    `${publicUrlOf(ctx.app.config)}/ack/${token}`,
    '',
    '链接只能签收一次；打开链接本身不算签收。',
    'Please open the link above and acknowledge receipt. The report is attached.',
  ].join('\n');
}
