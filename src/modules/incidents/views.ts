/** Rows → what the contract promises. */
import type { z } from 'zod';
import type { Ctx } from '#base/app';
import { bagsOfIncidents } from '#evidence';
import { findingsById } from '#findings';
import { findEntries } from '#shield';
import { findTraces, newestTraces } from '#trace';
import type * as contract from './contract.ts';
import { proposalsOf } from './proposal-store.ts';
import { type ReceiptRow, type ReportRow, receiptsOf, reportsOf } from './report-store.ts';
import { isLate, stateOf } from './rules.ts';
import * as store from './store.ts';

type IncidentView = z.input<typeof contract.incident>;

const levels = ['composed', 'sent', 'accepted', 'opened', 'acknowledged'] as const;

/** The incidents with their clocks, bags and newest trace. */
export async function viewIncidents(ctx: Ctx, rows: readonly store.IncidentRow[]): Promise<IncidentView[]> {
  const now = await store.currentTime(ctx);
  const ids = rows.map((row) => row.id);
  // One query for each kind of thing, however long the list is.
  const clocks = Map.groupBy(await store.obligationsOf(ctx, ids), (clock) => clock.incident_id);
  const bags = Map.groupBy(await bagsOfIncidents(ctx, ids), (bag) => bag.incident_id);
  const traces = new Map((await newestTraces(ctx, ids)).map((trace) => [trace.incident_id, trace]));
  return rows.map((row) => {
    const trace = traces.get(row.id);
    return {
      id: row.id,
      number: row.number,
      title: row.title,
      unit: row.unit_name,
      unitId: row.unit_id,
      siteId: row.site_id,
      url: row.url,
      state: stateOf(row),
      exercise: row.exercise,
      t0: row.t0,
      openedAt: row.opened_at,
      closedAt: row.closed_at,
      reopened: row.reopened,
      obligations: (clocks.get(row.id) ?? []).map((clock) => viewClock(clock, now)),
      evidence: (bags.get(row.id) ?? []).map(({ id, file_name: file, sha256 }) => ({
        bag: id,
        file,
        sha256,
      })),
      trace: trace ? { id: trace.id, verdict: trace.verdict } : null,
    };
  });
}

function viewClock(clock: store.ObligationRow, now: Date): z.input<typeof contract.obligation> {
  return {
    id: clock.id,
    to: clock.addressee,
    dueAt: clock.due_at,
    sentAt: clock.sent_at,
    acknowledgedAt: clock.acknowledged_at,
    acknowledgedBy: clock.acknowledged_by,
    late: isLate(clock, now),
  };
}

export function viewReport(
  report: ReportRow,
  receipts: readonly ReceiptRow[],
): z.input<typeof contract.report> {
  const own = receipts.filter((receipt) => receipt.report_id === report.id);
  const reached = own.some((receipt) => receipt.level === 'failed') && own.length <= 2 ? 'failed' : undefined;
  const level =
    reached ?? levels.findLast((name) => own.some((receipt) => receipt.level === name)) ?? 'composed';
  return {
    id: report.id,
    to: report.addressee,
    composedAt: report.composed_at,
    level,
    recipient: report.recipient,
    docxSha256: report.docx_sha256,
    pdfSha256: report.pdf_sha256,
    late: report.late_reason !== null,
    receipts: own.map(({ level: step, at, detail }) => ({ level: step, at, detail })),
  };
}

/** Everything about one incident. */
export async function viewDetail(
  ctx: Ctx,
  row: store.IncidentRow,
): Promise<z.input<typeof contract.incidentDetail>> {
  const [base] = await viewIncidents(ctx, [row]);
  const reports = await reportsOf(ctx, row.id);
  const receipts = await receiptsOf(
    ctx,
    reports.map((report) => report.id),
  );
  const entries = await store.entriesOf(ctx, row.id);
  const findings = await findingsById(ctx, await store.findingIdsOf(ctx, row.id));
  return {
    ...base!,
    summary: row.summary,
    proposals: (await proposalsOf(ctx, row.id))
      .filter((one) => one.approved === null && one.round === row.reopened)
      .map((one) => ({
        id: one.id,
        kind: one.kind,
        reason: one.reason,
        by: one.proposed_by_name,
        byMe: one.proposed_by === ctx.actor.id,
        at: one.proposed_at,
      })),
    timeline: entries.map(({ at, kind, zh, en, by_name: by, link }) => ({ at, kind, zh, en, by, link })),
    reports: reports.map((report) => viewReport(report, receipts)),
    traces: (await findTraces(ctx, row.id)).map(({ id, ip, port, at, verdict }) => ({
      id,
      ip,
      port,
      at,
      verdict,
    })),
    shield: (await findEntries(ctx, row.id)).map((entry) => ({
      id: entry.id,
      host: entry.host,
      at: entry.added_at,
      serial: entry.serial,
      active: entry.withdrawn_at === null,
    })),
    findings: findings.map(({ id, rule, severity, url, state, text }) => ({
      id,
      rule,
      severity,
      url,
      state,
      text,
    })),
  };
}
