import { sql } from 'kysely';
import type { Ctx } from '#base/app';
import { pageOf } from '#base/list';
import type { ExportRequest, ListExport } from './contract.ts';

export interface ExportRow {
  id: string;
  account_id: string;
  unit_path: string;
  request: ExportRequest;
  reason: string | null;
  state: ListExport['state'];
  expected_rows: number;
  rows: number | null;
  sha256: string | null;
  bytes: number | null;
  problem: { zh: string; en: string } | null;
  asked_at: Date;
  expires_at: Date | null;
}

const columns = sql`id, account_id, unit_path::text AS unit_path, request, reason, state, expected_rows, rows, sha256,
  bytes, problem, asked_at, expires_at`;

export interface MadeFile {
  readonly sha256: string;
  readonly bytes: number;
  readonly rows: number;
}

/** Notes an export: with its file, or queued without. */
export async function insertExport(
  ctx: Ctx,
  request: ExportRequest,
  expectedRows: number,
  file: MadeFile | null,
  hours: number,
): Promise<ExportRow> {
  const { reason, ...asked } = request;
  const { rows } =
    await sql<ExportRow>`INSERT INTO auth.list_export (account_id, account_name, unit_path, request,
      reason, state, expected_rows, rows, sha256, bytes, finished_at, expires_at)
    VALUES (${ctx.actor.id}::uuid, ${ctx.actor.name}, ${ctx.actor.unitPath}::ltree, ${JSON.stringify(asked)}::jsonb,
      ${reason ?? null}, ${file ? 'ready' : 'queued'}, ${expectedRows}, ${file?.rows ?? null}, ${file?.sha256 ?? null},
      ${file?.bytes ?? null}, CASE WHEN ${file !== null} THEN base.now() END,
      CASE WHEN ${file !== null} THEN base.now() + make_interval(hours => ${hours}) END)
    RETURNING ${columns}`.execute(ctx.db);
  return rows[0]!;
}

/** The queued export, locked; undefined once it is finished: a job that comes twice acts once. */
export async function lockQueued(ctx: Ctx, id: string): Promise<ExportRow | undefined> {
  const { rows } = await sql<ExportRow>`SELECT ${columns} FROM auth.list_export
    WHERE id = ${id}::uuid AND state = 'queued' FOR UPDATE`.execute(ctx.db);
  return rows[0];
}

export async function finishExport(
  ctx: Ctx,
  id: string,
  outcome: MadeFile | { problem: { zh: string; en: string } },
  hours: number,
): Promise<ExportRow> {
  const file = 'sha256' in outcome ? outcome : null;
  const problem = 'problem' in outcome ? JSON.stringify(outcome.problem) : null;
  const { rows } = await sql<ExportRow>`UPDATE auth.list_export SET state = ${file ? 'ready' : 'failed'},
      rows = ${file?.rows ?? null}, sha256 = ${file?.sha256 ?? null}, bytes = ${file?.bytes ?? null},
      problem = ${problem}::jsonb, finished_at = base.now(),
      expires_at = CASE WHEN ${file !== null} THEN base.now() + make_interval(hours => ${hours}) END
    WHERE id = ${id}::uuid RETURNING ${columns}`.execute(ctx.db);
  return rows[0]!;
}

/** One of the actor's own exports, and whether its time is over. */
export async function findExport(
  ctx: Ctx,
  id: string,
): Promise<(ExportRow & { expired: boolean }) | undefined> {
  const { rows } = await sql<ExportRow & { expired: boolean }>`SELECT ${columns},
      coalesce(expires_at <= base.now(), false) AS expired FROM auth.list_export
    WHERE id = ${id}::uuid AND account_id = ${ctx.actor.id}::uuid`.execute(ctx.db);
  return rows[0];
}

export async function listExports(ctx: Ctx, query: { page: number; pageSize: number }) {
  return pageOf<ExportRow>(ctx, {
    columns,
    from: sql`auth.list_export`,
    where: sql<boolean>`account_id = ${ctx.actor.id}::uuid`,
    orderBy: sql`asked_at DESC, id DESC`,
    query,
  });
}

/** Marks files whose time is over and returns those that no other live export shares. */
export async function expireExports(ctx: Ctx): Promise<string[]> {
  const { rows } = await sql<{ sha256: string }>`WITH gone AS (
      UPDATE auth.list_export SET state = 'expired' WHERE state = 'ready' AND expires_at <= base.now() RETURNING sha256)
    SELECT DISTINCT sha256 FROM gone WHERE NOT EXISTS (SELECT FROM auth.list_export e
      WHERE e.sha256 = gone.sha256 AND e.state = 'ready' AND e.expires_at > base.now())`.execute(ctx.db);
  return rows.map((row) => row.sha256);
}
