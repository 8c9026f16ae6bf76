import { sql } from 'kysely';
import type { Ctx } from '#base/app';
import { allOf, type Page, pageOf } from '#base/list';

export type RevealState = 'requested' | 'approved' | 'refused' | 'expired';

export interface RevealRow {
  id: string;
  trace_id: string;
  candidate: number;
  unit_path: string;
  state: RevealState;
  requested_by: string;
  requested_by_name: string;
  requested_at: Date;
  case_no: string;
  reason: string;
  legal_ground: string | null;
  decided_by_name: string | null;
  decided_at: Date | null;
  expires_at: Date | null;
}

const state = sql`CASE WHEN r.decision IS NULL THEN 'requested' WHEN r.expires_at <= base.now() THEN 'expired'
  ELSE r.decision END`;
const columns = sql`r.id, r.trace_id, r.candidate, r.unit_path::text AS unit_path, ${state} AS state, r.requested_by,
  r.requested_by_name, r.requested_at, r.case_no, r.reason, r.legal_ground, r.decided_by_name, r.decided_at, r.expires_at`;

export async function insertReveal(
  ctx: Ctx,
  reveal: {
    traceId: string;
    candidate: number;
    unitPath: string;
    caseNo: string;
    reason: string;
    legalGround?: string | undefined;
  },
): Promise<string> {
  const { rows } = await sql<{
    id: string;
  }>`INSERT INTO trace.reveal (trace_id, candidate, unit_path, requested_by,
      requested_by_name, case_no, reason, legal_ground)
    VALUES (${reveal.traceId}::uuid, ${reveal.candidate}, ${reveal.unitPath}::ltree, ${ctx.actor.id},
      ${ctx.actor.name}, ${reveal.caseNo}, ${reveal.reason}, ${reveal.legalGround ?? null})
    ON CONFLICT (trace_id, candidate, requested_by) WHERE decision IS NULL DO NOTHING RETURNING id`.execute(
    ctx.db,
  );
  if (rows[0]) return rows[0].id;
  const open = await sql<{ id: string }>`SELECT id FROM trace.reveal WHERE trace_id = ${reveal.traceId}::uuid
    AND candidate = ${reveal.candidate} AND requested_by = ${ctx.actor.id} AND decision IS NULL`.execute(
    ctx.db,
  );
  return open.rows[0]!.id;
}

/** One visible request; `lock` holds it until the transaction ends, so that it is decided once. */
export async function findReveal(ctx: Ctx, id: string, lock = false): Promise<RevealRow | undefined> {
  const { rows } = await sql<RevealRow>`SELECT ${columns} FROM trace.reveal r WHERE r.id = ${id}::uuid
    ${lock ? sql`FOR UPDATE` : sql``}`.execute(ctx.db);
  return rows[0];
}

export async function listReveals(
  ctx: Ctx,
  query: { page: number; pageSize: number; state?: string | undefined; traceId?: string | undefined },
): Promise<Page<RevealRow>> {
  const where = [];
  if (query.state) where.push(sql`${state} = ${query.state}`);
  if (query.traceId) where.push(sql`r.trace_id = ${query.traceId}::uuid`);
  return pageOf<RevealRow>(ctx, {
    columns,
    from: sql`trace.reveal r`,
    where: allOf(where),
    orderBy: sql`r.id DESC`,
    query,
  });
}

/** The database refuses the one who asked (`four_eyes`) and a second decision (`decided_once`). */
export async function decide(
  ctx: Ctx,
  id: string,
  decision: 'approved' | 'refused',
  note: string | undefined,
): Promise<void> {
  await sql`UPDATE trace.reveal SET decision = ${decision}, decided_by = ${ctx.actor.id},
    decided_by_name = ${ctx.actor.name}, decided_at = base.now(), note = ${note ?? null}
    WHERE id = ${id}::uuid`.execute(ctx.db);
}

export async function insertOpening(ctx: Ctx, reveal: RevealRow): Promise<void> {
  await sql`INSERT INTO trace.opening (reveal_id, unit_path, opened_by)
    VALUES (${reveal.id}::uuid, ${reveal.unit_path}::ltree, ${ctx.actor.id})`.execute(ctx.db);
}

export interface SealedPerson {
  name: string;
  person_no: string;
  unit_name: string;
  room: string | null;
}

/**
 * Why no person is found: the candidate or the person is of a unit outside the scope, or nobody is registered. The trace
 * tells how many candidates there are, those outside the scope among them.
 */
export async function whyNoPerson(
  ctx: Ctx,
  traceId: string,
  candidate: number,
): Promise<'outside' | 'nobody' | 'no_candidate'> {
  const { rows } = await sql<{ why: 'outside' | 'nobody' | 'no_candidate' }>`SELECT CASE
      WHEN ${candidate} >= t.candidates THEN 'no_candidate'
      WHEN c.number IS NULL OR c.person_id IS NOT NULL THEN 'outside' ELSE 'nobody' END AS why
    FROM trace.trace t LEFT JOIN trace.candidate c ON c.trace_id = t.id AND c.number = ${candidate}
    WHERE t.id = ${traceId}::uuid`.execute(ctx.db);
  return rows[0]?.why ?? 'no_candidate';
}

/** The person behind a candidate, as far as candidate and person are in scope. */
export async function findPerson(
  ctx: Ctx,
  traceId: string,
  candidate: number,
): Promise<SealedPerson | undefined> {
  const { rows } =
    await sql<SealedPerson>`SELECT p.name, p.person_no, u.name AS unit_name, c.details->>'room' AS room
    FROM trace.candidate c JOIN units.person_view p ON p.id = c.person_id JOIN units.unit_view u ON u.id = p.unit_id
    WHERE c.trace_id = ${traceId}::uuid AND c.number = ${candidate}`.execute(ctx.db);
  return rows[0];
}
