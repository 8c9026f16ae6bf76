import { recordAudit } from '#audit';
import type { Ctx } from '#base/app';
import { fail } from '#base/errors';
import { maybeClose } from './close-incident.ts';
import { addresseeWords } from './compose-report.ts';
import { reportAcknowledged } from './contract.ts';
import { settleObligationTask } from './raise-tasks.ts';
import { addReceipt, findReport, markAcknowledged, markSent, type ReportRow } from './report-store.ts';
import { sealReceiptsJob } from './respond.ts';
import * as store from './store.ts';

/** What the link is about. Runs as the system: the reader has no account. Records that it was opened. */
export async function openAcknowledgement(ctx: Ctx, token: string) {
  const report = (await findReport(ctx, { token })) ?? fail('incidents.bad_ack_token');
  const { incident, obligation } = await caseOf(ctx, report);
  await addReceipt(ctx, report, 'opened', null);
  return { report, incident, obligation };
}

async function caseOf(ctx: Ctx, report: ReportRow) {
  const incident = (await store.findIncident(ctx, report.incident_id))!;
  const obligation = (await store.obligationsOf(ctx, [incident.id])).find(
    (one) => one.id === report.obligation_id,
  );
  // A link of an earlier round: that report was acknowledged, or the matter was taken up anew.
  if (!obligation) fail('incidents.bad_ack_token');
  return { incident, obligation };
}

/** The officer's acknowledgement: fulfils the obligation, once. */
export async function acknowledgeReport(
  ctx: Ctx,
  token: string,
  officer: { officer: string; badge?: string | undefined; note?: string | undefined },
): Promise<{ acknowledgedAt: Date; late: boolean }> {
  const report = (await findReport(ctx, { token })) ?? fail('incidents.bad_ack_token');
  const { incident, obligation } = await caseOf(ctx, report);
  const by = officer.badge ? `${officer.officer}（${officer.badge}）` : officer.officer;
  const done = await markAcknowledged(ctx, obligation.id, by);
  if (!done) fail('incidents.already_acknowledged', { at: obligation.acknowledged_at?.toISOString() ?? '' });
  await settleObligationTask(ctx, incident.id, obligation.round, report.addressee);
  await addReceipt(ctx, report, 'acknowledged', officer.note ? `${by}：${officer.note}` : by);
  const late = done.acknowledged_at > done.due_at;
  await store.addEntry(ctx, incident, {
    key: `acknowledged:${obligation.id}`,
    kind: 'acknowledged',
    zh: `${addresseeWords[report.addressee]}已签收报告：${by}${late ? '（迟报）' : ''}`,
    en: `Acknowledged by the ${report.addressee}: ${by}${late ? ' (late)' : ''}`,
  });
  await recordAudit(ctx, {
    action: 'incidents.acknowledge',
    subject: `incident:${incident.id}`,
    unitPath: incident.unit_path,
    after: { to: report.addressee, by, report: report.id },
  });
  await ctx.emit(reportAcknowledged, { incidentId: incident.id, to: report.addressee }, incident.unit_path);
  await ctx.enqueue(sealReceiptsJob, { incidentId: incident.id, round: obligation.round });
  await maybeClose(ctx, incident.id);
  return { acknowledgedAt: done.acknowledged_at, late };
}

/** What became of a report's mail. `accepted` by the mail server counts as sent, not as acknowledged. */
export async function followMail(
  ctx: Ctx,
  progress: { key: string; level: 'accepted' | 'failed'; detail: string | null },
): Promise<void> {
  const id = /^report:(.+)$/.exec(progress.key)?.[1];
  const report = id ? await findReport(ctx, { id }) : undefined;
  if (!report) return;
  const incident = (await store.findIncident(ctx, report.incident_id))!;
  await addReceipt(ctx, report, progress.level, progress.detail);
  const words = addresseeWords[report.addressee];
  if (progress.level === 'accepted') {
    await markSent(ctx, report.obligation_id);
    await store.addEntry(ctx, incident, {
      key: `sent:${report.id}`,
      kind: 'sent',
      zh: `给${words}的报告已由邮件服务器接收，等待签收`,
      en: `The report to the ${report.addressee} was accepted by the mail server; waiting for the acknowledgement`,
    });
  } else {
    await store.addEntry(ctx, incident, {
      key: `failed:${report.id}`,
      kind: 'failed',
      zh: `给${words}的报告邮件被拒收：${progress.detail ?? ''}。请换一个渠道报告`,
      en: `The mail to the ${report.addressee} was refused: ${progress.detail ?? ''}. Report through another channel`,
    });
  }
}
