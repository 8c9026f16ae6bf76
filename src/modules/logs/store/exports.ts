/** PostgreSQL: results of searches that are taken out as bags. */
import { sql } from 'kysely';
import type { Ctx } from '#base/app';
import { allOf, type Page, pageOf } from '#base/list';
import type { SearchQuery } from '../search/build-filter.ts';

export type ExportState = 'waiting' | 'refused' | 'queued' | 'ready' | 'failed';

export interface ExportRow {
  id: string;
  unit_path: string;
  state: ExportState;
  query: SearchQuery;
  source_ids: number[];
  names: 'sealed' | 'open';
  requested_by: string;
  requested_by_name: string;
  requested_at: Date;
  case_no: string;
  reason: string;
  decided_by: string | null;
  decided_by_name: string | null;
  decided_at: Date | null;
  file_name: string | null;
  sha256: string | null;
  bytes: number | null;
  rows: number | null;
  cut: string | null;
  problem: string | null;
}

const state = sql`CASE WHEN e.decision = 'refused' THEN 'refused' WHEN e.sha256 IS NOT NULL THEN 'ready'
  WHEN e.problem IS NOT NULL THEN 'failed' WHEN e.names = 'open' AND e.decision IS NULL THEN 'waiting'
  ELSE 'queued' END`;
const columns = sql`e.id, e.unit_path::text AS unit_path, ${state} AS state, e.query, e.source_ids, e.names,
  e.requested_by, e.requested_by_name, e.requested_at, e.case_no, e.reason, e.decided_by, e.decided_by_name,
  e.decided_at, e.file_name, e.sha256, e.bytes, e.rows, e.cut, e.problem`;

export async function insertExport(
  ctx: Ctx,
  one: {
    readonly unitPath: string;
    readonly query: SearchQuery;
    readonly sourceIds: readonly number[];
    readonly names: 'sealed' | 'open';
    readonly caseNo: string;
    readonly reason: string;
  },
): Promise<string> {
  const { rows } = await sql<{ id: string }>`INSERT INTO logs.export (unit_path, query, source_ids, names,
      requested_by, requested_by_name, case_no, reason)
    VALUES (${one.unitPath}::ltree, ${JSON.stringify(one.query)}::jsonb, ${one.sourceIds as number[]}::int[],
      ${one.names}, ${ctx.actor.id}, ${ctx.actor.name}, ${one.caseNo}, ${one.reason}) RETURNING id`.execute(
    ctx.db,
  );
  return rows[0]!.id;
}

/** One visible export; `lock` holds it until the transaction ends. */
export async function findExport(ctx: Ctx, id: string, lock = false): Promise<ExportRow | undefined> {
  const { rows } = await sql<ExportRow>`SELECT ${columns} FROM logs.export e WHERE e.id = ${id}::uuid
    ${lock ? sql`FOR UPDATE` : sql``}`.execute(ctx.db);
  return rows[0];
}

export async function listExports(
  ctx: Ctx,
  query: { page: number; pageSize: number; state?: ExportState | undefined },
): Promise<Page<ExportRow>> {
  return pageOf<ExportRow>(ctx, {
    columns,
    from: sql`logs.export e`,
    where: allOf(query.state ? [sql`${state} = ${query.state}`] : []),
    orderBy: sql`e.id DESC`,
    query,
  });
}

/** The database refuses the one who asked (`log_export_four_eyes`) and a second decision (`decided_once`). */
export async function decideExport(
  ctx: Ctx,
  id: string,
  decision: 'approved' | 'refused',
  note: string | undefined,
): Promise<void> {
  await sql`UPDATE logs.export SET decision = ${decision}, decided_by = ${ctx.actor.id},
    decided_by_name = ${ctx.actor.name}, decided_at = base.now(), note = ${note ?? null}
    WHERE id = ${id}::uuid`.execute(ctx.db);
}

export async function finishExport(
  ctx: Ctx,
  id: string,
  made: { fileName: string; sha256: string; bytes: number; rows: number; cut: string | null },
): Promise<void> {
  await sql`UPDATE logs.export SET made_at = base.now(), file_name = ${made.fileName}, sha256 = ${made.sha256},
    bytes = ${made.bytes}, rows = ${made.rows}, cut = ${made.cut}, problem = NULL WHERE id = ${id}::uuid`.execute(
    ctx.db,
  );
}

export async function failExport(ctx: Ctx, id: string, problem: string): Promise<void> {
  await sql`UPDATE logs.export SET problem = ${problem} WHERE id = ${id}::uuid AND sha256 IS NULL`.execute(
    ctx.db,
  );
}
