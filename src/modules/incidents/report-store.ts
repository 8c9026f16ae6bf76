import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { Ctx } from '#base/app';

export type ReceiptLevel = 'composed' | 'sent' | 'accepted' | 'opened' | 'acknowledged' | 'failed';

export interface ReportRow {
  id: string;
  incident_id: string;
  obligation_id: string;
  unit_path: string;
  addressee: 'bureau' | 'police';
  recipient: string;
  attempt: number;
  composed_at: Date;
  docx_sha256: string;
  pdf_sha256: string;
  check_code: string;
  late_reason: string | null;
}

export interface ReceiptRow {
  report_id: string;
  level: ReceiptLevel;
  at: Date;
  detail: string | null;
}

function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

export async function nextAttempt(ctx: Ctx, obligationId: string): Promise<number> {
  const { rows } = await sql<{ n: number }>`SELECT count(*) AS n FROM incidents.report
    WHERE obligation_id = ${obligationId}::uuid`.execute(ctx.db);
  return rows[0]!.n + 1;
}

export async function insertReport(
  ctx: Ctx,
  row: Omit<ReportRow, 'composed_at'> & { token: string },
): Promise<void> {
  await sql`INSERT INTO incidents.report (id, incident_id, obligation_id, unit_path, addressee, recipient, attempt,
      docx_sha256, pdf_sha256, check_code, late_reason, token_sha256)
    VALUES (${row.id}::uuid, ${row.incident_id}::uuid, ${row.obligation_id}::uuid, ${row.unit_path}::ltree, ${row.addressee},
      ${row.recipient}, ${row.attempt}, ${row.docx_sha256}, ${row.pdf_sha256}, ${row.check_code}, ${row.late_reason},
      ${digestOf(row.token)})`.execute(ctx.db);
}

export async function reportsOf(ctx: Ctx, incidentId: string): Promise<ReportRow[]> {
  const { rows } = await sql<ReportRow>`SELECT * FROM incidents.report WHERE incident_id = ${incidentId}::uuid
    ORDER BY composed_at, id`.execute(ctx.db);
  return rows;
}

export async function findReport(
  ctx: Ctx,
  key: { id: string } | { token: string },
): Promise<ReportRow | undefined> {
  const where = 'id' in key ? sql`id = ${key.id}::uuid` : sql`token_sha256 = ${digestOf(key.token)}`;
  const { rows } = await sql<ReportRow>`SELECT * FROM incidents.report WHERE ${where}`.execute(ctx.db);
  return rows[0];
}

export async function addReceipt(
  ctx: Ctx,
  report: { id: string; unit_path: string },
  level: ReceiptLevel,
  detail: string | null,
): Promise<boolean> {
  const done = await sql`INSERT INTO incidents.receipt (report_id, unit_path, level, detail)
    VALUES (${report.id}::uuid, ${report.unit_path}::ltree, ${level}, ${detail})
    ON CONFLICT (report_id, level) DO NOTHING`.execute(ctx.db);
  return done.numAffectedRows === 1n;
}

export async function receiptsOf(ctx: Ctx, reportIds: readonly string[]): Promise<ReceiptRow[]> {
  const { rows } = await sql<ReceiptRow>`SELECT report_id, level, at, detail FROM incidents.receipt
    WHERE report_id = ANY(${[...reportIds]}::uuid[]) ORDER BY at, id`.execute(ctx.db);
  return rows;
}

export async function markSent(ctx: Ctx, obligationId: string): Promise<boolean> {
  const done = await sql`UPDATE incidents.obligation SET sent_at = base.now()
    WHERE id = ${obligationId}::uuid AND sent_at IS NULL`.execute(ctx.db);
  return done.numAffectedRows === 1n;
}

/** Fulfils an obligation, once. Returns the time that counts, or undefined when it was fulfilled before. */
export async function markAcknowledged(
  ctx: Ctx,
  obligationId: string,
  by: string,
): Promise<{ acknowledged_at: Date; due_at: Date } | undefined> {
  const { rows } = await sql<{ acknowledged_at: Date; due_at: Date }>`UPDATE incidents.obligation
    SET acknowledged_at = base.now(), acknowledged_by = ${by}, sent_at = coalesce(sent_at, base.now())
    WHERE id = ${obligationId}::uuid AND acknowledged_at IS NULL RETURNING acknowledged_at, due_at`.execute(
    ctx.db,
  );
  return rows[0];
}
