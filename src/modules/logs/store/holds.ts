/** PostgreSQL: what cases hold. */
import { sql } from 'kysely';
import type { Ctx } from '#base/app';
import { allOf, like, type Page, pageOf } from '#base/list';

export interface HoldRow {
  id: string;
  unit_path: string;
  case_no: string;
  reason: string;
  sources: { id: number; name: string }[];
  segment_ids: number[];
  since: Date | null;
  until: Date | null;
  placed_name: string;
  placed_at: Date;
  lifted_at: Date | null;
  lift_reason: string | null;
  lift_by: string | null;
  lift_name: string | null;
  lift_at: Date | null;
  lift_accepted: boolean | null;
  lift_decided_name: string | null;
  lift_decided_at: Date | null;
  lift_note: string | null;
}

const columns = sql`h.id, h.unit_path::text AS unit_path, h.case_no, h.reason,
  coalesce((SELECT jsonb_agg(jsonb_build_object('id', s.id, 'name', s.name) ORDER BY s.name)
    FROM logs.source s WHERE s.id = ANY(h.source_ids)), '[]') AS sources,
  to_jsonb(h.segment_ids) AS segment_ids, h.since, h.until, h.placed_name, h.placed_at, h.lifted_at,
  l.reason AS lift_reason, l.asked_by AS lift_by, l.asked_name AS lift_name, l.asked_at AS lift_at,
  l.accepted AS lift_accepted, l.decided_name AS lift_decided_name, l.decided_at AS lift_decided_at, l.note AS lift_note`;

const newestLift = sql`LEFT JOIN LATERAL (SELECT * FROM logs.hold_lift o WHERE o.hold_id = h.id
  ORDER BY o.id DESC LIMIT 1) l ON true`;

const states = {
  active: sql`h.lifted_at IS NULL`,
  lifting: sql`h.lifted_at IS NULL AND EXISTS (SELECT FROM logs.hold_lift w
    WHERE w.hold_id = h.id AND w.accepted IS NULL)`,
  lifted: sql`h.lifted_at IS NOT NULL`,
} as const;

export async function findHold(
  ctx: Ctx,
  where: { id: string } | { key: string },
): Promise<HoldRow | undefined> {
  const match = 'id' in where ? sql`h.id = ${where.id}` : sql`h.key = ${where.key}`;
  const { rows } =
    await sql<HoldRow>`SELECT ${columns} FROM logs.hold h ${newestLift} WHERE ${match}`.execute(ctx.db);
  return rows[0];
}

export async function listHolds(
  ctx: Ctx,
  query: { page: number; pageSize: number; q?: string | undefined; state?: keyof typeof states | undefined },
): Promise<Page<HoldRow>> {
  const conditions = [
    ...(query.q === undefined
      ? []
      : [sql`(${like(sql`h.case_no`, query.q)} OR ${like(sql`h.reason`, query.q)})`]),
    ...(query.state === undefined ? [] : [states[query.state]]),
  ];
  return pageOf<HoldRow>(ctx, {
    columns,
    from: sql`logs.hold h`,
    join: newestLift,
    where: allOf(conditions),
    orderBy: sql`h.placed_at DESC, h.id DESC`,
    query,
  });
}

export interface NewHoldRow {
  readonly id: string;
  readonly unitPath: string;
  readonly key: string | null;
  readonly caseNo: string;
  readonly reason: string;
  readonly sourceIds: readonly number[];
  readonly segmentIds: readonly number[];
  readonly since: Date | null;
  readonly until: Date | null;
}

/** Waits for a drop that is being decided; after it the hold counts. False: one of that key is there. */
export async function insertHold(ctx: Ctx, row: NewHoldRow): Promise<boolean> {
  const { numAffectedRows } =
    await sql`INSERT INTO logs.hold (id, unit_path, key, case_no, reason, source_ids,
      segment_ids, since, until, placed_by, placed_name)
    VALUES (${row.id}, ${row.unitPath}::ltree, ${row.key}, ${row.caseNo}, ${row.reason},
      ${row.sourceIds as number[]}::int[], ${row.segmentIds as number[]}::bigint[], ${row.since}, ${row.until},
      ${ctx.actor.id}, ${ctx.actor.name}) ON CONFLICT (key) DO NOTHING`.execute(ctx.db);
  return numAffectedRows === 1n;
}

/** How many segments a hold covers, and how many of those had been dropped before. */
export async function coverOf(ctx: Ctx, id: string): Promise<{ covers: number; dropped: number }> {
  const { rows } = await sql<{ covers: number; dropped: number }>`SELECT
      count(*) FILTER (WHERE g.dropped_at IS NULL)::bigint AS covers,
      count(*) FILTER (WHERE g.dropped_at IS NOT NULL)::bigint AS dropped
    FROM logs.hold h JOIN logs.segment g ON g.id = ANY(h.segment_ids) OR (g.source_id = ANY(h.source_ids) AND (
      (g.first_recv <= coalesce(h.until, 'infinity') AND g.last_recv >= h.since)
      OR (g.first_ts <= coalesce(h.until, 'infinity') AND g.last_ts >= h.since)))
    WHERE h.id = ${id}`.execute(ctx.db);
  return rows[0]!;
}

/** Sources that the caller sees, of a unit and the units below it. */
export async function sourcesUnder(ctx: Ctx, unitPath: string): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`SELECT id FROM logs.source WHERE unit_path <@ ${unitPath}::ltree
    ORDER BY id`.execute(ctx.db);
  return rows.map((row) => row.id);
}

/** Of these segments the ones that the caller sees. */
export async function seenSegments(ctx: Ctx, ids: readonly number[]): Promise<Set<number>> {
  const { rows } = await sql<{ id: number }>`SELECT id FROM logs.segment
    WHERE id = ANY(${ids as number[]}::bigint[])`.execute(ctx.db);
  return new Set(rows.map((row) => row.id));
}

/** Throws PostgreSQL's unique violation `one_open_lift` when somebody asked before. */
export async function insertLift(ctx: Ctx, hold: HoldRow, reason: string): Promise<void> {
  await sql`INSERT INTO logs.hold_lift (hold_id, unit_path, asked_by, asked_name, reason)
    VALUES (${hold.id}, ${hold.unit_path}::ltree, ${ctx.actor.id}, ${ctx.actor.name}, ${reason})`.execute(
    ctx.db,
  );
}

/** False: nobody had asked. Throws PostgreSQL's check violation `lift_two_people`. */
export async function decideLift(
  ctx: Ctx,
  id: string,
  accept: boolean,
  note: string | null,
): Promise<boolean> {
  const { numAffectedRows } =
    await sql`UPDATE logs.hold_lift SET accepted = ${accept}, decided_by = ${ctx.actor.id},
      decided_name = ${ctx.actor.name}, decided_at = base.now(), note = ${note}
    WHERE hold_id = ${id} AND accepted IS NULL`.execute(ctx.db);
  return numAffectedRows === 1n;
}
