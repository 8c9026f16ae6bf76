/** PostgreSQL: names in the logs that two people unseal. */
import { sql } from 'kysely';
import type { Ctx } from '#base/app';
import { allOf, type Page, pageOf } from '#base/list';
import type { NameKind } from '../pseudonyms.ts';

export type RevealState = 'requested' | 'approved' | 'refused' | 'expired';

export interface RevealRow {
  id: string;
  unit_path: string;
  source: string;
  source_id: number;
  segment_id: number;
  seq: number;
  field: NameKind;
  token: string;
  state: RevealState;
  requested_by: string;
  requested_by_name: string;
  requested_at: Date;
  case_no: string;
  reason: string;
  decided_by_name: string | null;
  decided_at: Date | null;
  expires_at: Date | null;
}

const state = sql`CASE WHEN r.decision IS NULL THEN 'requested' WHEN r.expires_at <= base.now() THEN 'expired'
  ELSE r.decision END`;
const columns = sql`r.id, r.unit_path::text AS unit_path, s.name AS source, r.source_id, r.segment_id, r.seq, r.field,
  r.token, ${state} AS state, r.requested_by, r.requested_by_name, r.requested_at, r.case_no, r.reason,
  r.decided_by_name, r.decided_at, r.expires_at`;

export interface NewReveal {
  readonly unitPath: string;
  readonly sourceId: number;
  readonly segment: number;
  readonly seq: number;
  readonly field: NameKind;
  readonly token: string;
  readonly caseNo: string;
  readonly reason: string;
}

/** An undecided request of the same person for the same name is answered again. */
export async function insertReveal(ctx: Ctx, one: NewReveal): Promise<{ id: string; isNew: boolean }> {
  const { rows } = await sql<{
    id: string;
  }>`INSERT INTO logs.reveal (unit_path, source_id, segment_id, seq, field,
      token, requested_by, requested_by_name, case_no, reason)
    VALUES (${one.unitPath}::ltree, ${one.sourceId}, ${one.segment}, ${one.seq}, ${one.field}, ${one.token},
      ${ctx.actor.id}, ${ctx.actor.name}, ${one.caseNo}, ${one.reason})
    ON CONFLICT (segment_id, seq, field, token, requested_by) WHERE decision IS NULL DO NOTHING
    RETURNING id`.execute(ctx.db);
  if (rows[0]) return { id: rows[0].id, isNew: true };
  const open = await sql<{ id: string }>`SELECT id FROM logs.reveal WHERE segment_id = ${one.segment}
    AND seq = ${one.seq} AND field = ${one.field} AND token = ${one.token} AND requested_by = ${ctx.actor.id}
    AND decision IS NULL`.execute(ctx.db);
  return { id: open.rows[0]!.id, isNew: false };
}

/** One visible request; `lock` holds it until the transaction ends, so that it is decided once. */
export async function findReveal(ctx: Ctx, id: string, lock = false): Promise<RevealRow | undefined> {
  const { rows } =
    await sql<RevealRow>`SELECT ${columns} FROM logs.reveal r JOIN logs.source s ON s.id = r.source_id
    WHERE r.id = ${id}::uuid ${lock ? sql`FOR UPDATE OF r` : sql``}`.execute(ctx.db);
  return rows[0];
}

export async function listReveals(
  ctx: Ctx,
  query: {
    page: number;
    pageSize: number;
    state?: RevealState | undefined;
    segment?: number | undefined;
    seq?: number | undefined;
  },
): Promise<Page<RevealRow>> {
  const where = [];
  if (query.state) where.push(sql`${state} = ${query.state}`);
  if (query.segment !== undefined) where.push(sql`r.segment_id = ${query.segment}`);
  if (query.seq !== undefined) where.push(sql`r.seq = ${query.seq}`);
  return pageOf<RevealRow>(ctx, {
    columns,
    from: sql`logs.reveal r`,
    as: 'r',
    join: sql`JOIN logs.source s ON s.id = r.source_id`,
    where: allOf(where),
    orderBy: sql`r.id DESC`,
    query,
  });
}

/** The database refuses the one who asked (`log_reveal_four_eyes`) and a second decision (`decided_once`). */
export async function decideReveal(
  ctx: Ctx,
  id: string,
  decision: 'approved' | 'refused',
  note: string | undefined,
): Promise<void> {
  await sql`UPDATE logs.reveal SET decision = ${decision}, decided_by = ${ctx.actor.id},
    decided_by_name = ${ctx.actor.name}, decided_at = base.now(), note = ${note ?? null}
    WHERE id = ${id}::uuid`.execute(ctx.db);
}

export async function insertOpening(ctx: Ctx, reveal: RevealRow): Promise<void> {
  await sql`INSERT INTO logs.opening (reveal_id, unit_path, opened_by)
    VALUES (${reveal.id}::uuid, ${reveal.unit_path}::ltree, ${ctx.actor.id})`.execute(ctx.db);
}
