import { type RawBuilder, sql } from 'kysely';
import { lookEverywhere } from '#addresses';
import type { Ctx } from '#base/app';
import { allOf, like, type Page, pageOf } from '#base/list';
import type { DrillReason } from '../contract/drills.ts';
import type { Verdict } from '../rules.ts';

export interface DrillRow {
  id: string;
  unit_id: string;
  unit_path: string;
  unit_name: string;
  cause: 'month' | 'person';
  asked_by_name: string;
  from: Date;
  to: Date;
  wanted: number;
  started_at: Date;
  finished_at: Date | null;
  schools: number;
  points: number;
  proven: number;
  probable: number;
  ambiguous: number;
  not_provable: number;
}

/** What a drill is, whoever began it: the city's drills are those of its counties and schools, too. */
type DrillHead = Omit<DrillRow, 'schools' | 'points' | 'proven' | 'probable' | 'ambiguous' | 'not_provable'>;

const heads = sql`d.id, d.unit_id, d.unit_path::text AS unit_path, u.name AS unit_name, d.cause, d.asked_by_name,
  lower(d.period) AS "from", upper(d.period) AS "to", d.wanted, d.started_at, d.finished_at
  FROM trace.drill d JOIN units.unit_view u ON u.id = d.unit_id`;

async function withSums(ctx: Ctx, ids: readonly string[]): Promise<DrillRow[]> {
  const wanted = sql`${[...ids]}::uuid[]`;
  const { rows: known } = await lookEverywhere(ctx, (all) =>
    sql<DrillHead>`SELECT ${heads} WHERE d.id = ANY(${wanted})`.execute(all.db),
  );
  // Only results of the reader's own schools are counted.
  const { rows: sums } = await sql<DrillRow>`SELECT d.id, count(r.*)::int AS schools,
      coalesce(sum(r.points), 0)::int AS points, coalesce(sum(r.proven), 0)::int AS proven,
      coalesce(sum(r.probable), 0)::int AS probable, coalesce(sum(r.ambiguous), 0)::int AS ambiguous,
      coalesce(sum(r.not_provable), 0)::int AS not_provable
    FROM unnest(${wanted}) AS d(id) LEFT JOIN trace.drill_result r ON r.drill_id = d.id GROUP BY d.id`.execute(
    ctx.db,
  );
  const headOf = new Map(known.map((head) => [head.id, head]));
  const sumOf = new Map(sums.map((sum) => [sum.id, sum]));
  return ids.map((id) => ({ ...sumOf.get(id)!, ...headOf.get(id)! }));
}

/** Drills of the reader's units, and those of a bureau above that drew points of them; newest first. */
const seen = sql`(SELECT id FROM trace.drill UNION SELECT drill_id FROM trace.drill_result)`;

export async function listDrills(
  ctx: Ctx,
  query: { page: number; pageSize: number },
): Promise<Page<DrillRow>> {
  const page = await pageOf<{ id: string }>(ctx, {
    columns: sql`d.id`,
    from: sql`${seen} d`,
    where: allOf([]),
    orderBy: sql`d.id DESC`,
    query,
  });
  return {
    ...page,
    items: await withSums(
      ctx,
      page.items.map(({ id }) => id),
    ),
  };
}

export async function findDrill(ctx: Ctx, id: string): Promise<DrillRow | undefined> {
  const { rows } = await sql<{ id: string }>`SELECT d.id FROM ${seen} d WHERE d.id = ${id}::uuid`.execute(
    ctx.db,
  );
  return rows.length === 0 ? undefined : (await withSums(ctx, [id]))[0];
}

export async function insertDrill(
  ctx: Ctx,
  drill: {
    unitId: string;
    unitPath: string;
    cause: 'month' | 'person';
    from: Date;
    to: Date;
    wanted: number;
  },
): Promise<string> {
  const { rows } = await sql<{ id: string }>`INSERT INTO trace.drill (unit_id, unit_path, cause, asked_by,
      asked_by_name, period, wanted)
    VALUES (${drill.unitId}::uuid, ${drill.unitPath}::ltree, ${drill.cause}, ${ctx.actor.id}, ${ctx.actor.name},
      tstzrange(${drill.from}, ${drill.to}), ${drill.wanted}) RETURNING id`.execute(ctx.db);
  return rows[0]!.id;
}

export async function finishDrill(ctx: Ctx, id: string): Promise<boolean> {
  const { numAffectedRows } = await sql`UPDATE trace.drill SET finished_at = base.now()
    WHERE id = ${id}::uuid AND finished_at IS NULL`.execute(ctx.db);
  return numAffectedRows === 1n;
}

export interface School {
  id: string;
  code: string;
  name: string;
  unit_path: string;
}

/** The schools of a drill that have no result yet: after a kill it goes on where it was. */
export async function schoolsLeft(ctx: Ctx, drill: { id: string; unit_path: string }): Promise<School[]> {
  const { rows } = await sql<School>`SELECT u.id, u.code, u.name, u.unit_path::text AS unit_path
    FROM units.unit_view u WHERE u.kind = 'school' AND u.unit_path <@ ${drill.unit_path}::ltree
      AND NOT EXISTS (SELECT FROM trace.drill_result r WHERE r.drill_id = ${drill.id}::uuid AND r.unit_id = u.id)
    ORDER BY u.unit_path`.execute(ctx.db);
  return rows;
}

export interface FixedSchool extends School {
  /** Since when everything reported as mended is said to be so. */
  fixedAt: Date;
  rules: string[];
}

/** Schools that reported what drills found as mended, and what. */
export async function fixedSchools(ctx: Ctx): Promise<FixedSchool[]> {
  const { rows } = await sql<FixedSchool>`SELECT u.id, u.code, u.name, u.unit_path::text AS unit_path,
      max(f.fixed_at) AS "fixedAt", array_agg(f.rule) AS rules
    FROM findings.finding_view f JOIN units.unit_view u ON u.id = f.unit_id
    WHERE f.kind = 'trace' AND f.state = 'fixed' AND f.fixed_at IS NOT NULL
    GROUP BY u.id, u.code, u.name, u.unit_path ORDER BY u.unit_path`.execute(ctx.db);
  return rows;
}

/** The city, for drills that the calendar starts. */
export async function findCity(ctx: Ctx): Promise<School | undefined> {
  const { rows } = await sql<School>`SELECT id, code, name, unit_path::text AS unit_path FROM units.unit_view
    WHERE kind = 'city'`.execute(ctx.db);
  return rows[0];
}

export interface NewPoint {
  readonly kind: 'nat' | 'block' | 'proxy' | 'rule';
  readonly ip: string;
  readonly port: number | null;
  readonly proto: 'tcp' | 'udp';
  readonly at: Date;
  readonly verdict: Verdict;
  readonly because: readonly DrillReason[];
  readonly complete: boolean;
  readonly candidates: number;
  readonly milliseconds: number;
}

export async function insertPoints(
  ctx: Ctx,
  drillId: string,
  school: School,
  points: readonly NewPoint[],
): Promise<void> {
  if (points.length === 0) return;
  await sql`INSERT INTO trace.drill_point (drill_id, unit_id, unit_path, kind, ip, port, proto, at, verdict, because,
      complete, candidates, milliseconds)
    SELECT ${drillId}::uuid, ${school.id}::uuid, ${school.unit_path}::ltree, n.kind, n.ip, n.port, n.proto, n.at,
      n.verdict, array(SELECT jsonb_array_elements_text(n.because)), n.complete, n.candidates, n.milliseconds
    FROM jsonb_to_recordset(${JSON.stringify(points)}::jsonb) AS n(kind text, ip inet, port int, proto text,
      at timestamptz, verdict text, because jsonb, complete boolean, candidates int, milliseconds float8)`.execute(
    ctx.db,
  );
}

/** The school's sum; `because` beside the reasons of its points, most often told first. False: it was there. */
export async function insertResult(
  ctx: Ctx,
  drillId: string,
  school: School,
  points: readonly NewPoint[],
  because: readonly DrillReason[],
): Promise<boolean> {
  const of = (verdict: Verdict) => points.filter((point) => point.verdict === verdict).length;
  const slowest = points.length === 0 ? null : Math.max(...points.map((point) => point.milliseconds));
  const good = of('proven') + of('probable');
  const provable = points.length === 0 ? null : Math.round((1000 * good) / points.length) / 10;
  const { numAffectedRows } =
    await sql`INSERT INTO trace.drill_result (drill_id, unit_id, unit_path, points, proven,
      probable, ambiguous, not_provable, complete, slowest_ms, provable, because)
    VALUES (${drillId}::uuid, ${school.id}::uuid, ${school.unit_path}::ltree, ${points.length}, ${of('proven')},
      ${of('probable')}, ${of('ambiguous')}, ${of('not_provable')},
      ${points.filter((point) => point.complete).length}, ${slowest}, ${provable}, ${[...because]}::text[])
    ON CONFLICT (drill_id, unit_id) DO NOTHING`.execute(ctx.db);
  return numAffectedRows === 1n;
}

export interface ResultRow {
  unit_id: string;
  unit_name: string;
  drill_id: string;
  points: number;
  proven: number;
  probable: number;
  ambiguous: number;
  not_provable: number;
  complete: number;
  slowest_ms: number | null;
  provable: number | null;
  because: DrillReason[];
  at: Date;
}

const resultOrders: Readonly<Record<string, RawBuilder<unknown>>> = {
  provable: sql`r.provable NULLS FIRST, r.unit_path`,
  '-provable': sql`r.provable DESC NULLS LAST, r.unit_path`,
};

/** Of each school the newest result, or that of one drill; worst first. */
export async function listResults(
  ctx: Ctx,
  query: {
    page: number;
    pageSize: number;
    q?: string | undefined;
    sort?: string | undefined;
    drillId?: string | undefined;
    because?: string | undefined;
  },
): Promise<Page<ResultRow>> {
  const where: RawBuilder<unknown>[] = [];
  if (query.drillId) where.push(sql`r.drill_id = ${query.drillId}::uuid`);
  if (query.because) where.push(sql`${query.because} = ANY(r.because)`);
  if (query.q) where.push(like(sql`u.name`, query.q));
  const source = query.drillId
    ? sql`trace.drill_result r`
    : sql`(SELECT DISTINCT ON (unit_id) * FROM trace.drill_result ORDER BY unit_id, at DESC, drill_id DESC) r`;
  return pageOf<ResultRow>(ctx, {
    columns: sql`r.unit_id, u.name AS unit_name, r.drill_id, r.points, r.proven, r.probable, r.ambiguous,
      r.not_provable, r.complete, r.slowest_ms, r.provable::float8 AS provable, r.because, r.at`,
    from: sql`${source} JOIN units.unit_view u ON u.id = r.unit_id`,
    where: allOf(where),
    orderBy: resultOrders[query.sort ?? ''] ?? sql`r.provable NULLS FIRST, r.unit_path`,
    query,
  });
}

/** The last twelve results of each of these schools, oldest first. */
export async function trendsOf(
  ctx: Ctx,
  unitIds: readonly string[],
): Promise<{ unit_id: string; at: Date; provable: number | null }[]> {
  const { rows } = await sql<{ unit_id: string; at: Date; provable: number | null }>`
    SELECT unit_id, at, provable::float8 AS provable FROM (SELECT unit_id, at, provable,
        row_number() OVER (PARTITION BY unit_id ORDER BY at DESC) AS place
      FROM trace.drill_result WHERE unit_id = ANY(${[...unitIds]}::uuid[])) AS n
    WHERE place <= 12 ORDER BY unit_id, at`.execute(ctx.db);
  return rows;
}

export interface PointRow {
  id: string;
  unit_name: string;
  kind: 'nat' | 'block' | 'proxy' | 'rule';
  ip: string;
  port: number | null;
  proto: 'tcp' | 'udp';
  at: Date;
  verdict: Verdict;
  because: DrillReason[];
  complete: boolean;
  candidates: number;
  milliseconds: number;
}

export async function listPoints(
  ctx: Ctx,
  drillId: string,
  query: { page: number; pageSize: number; unitId?: string | undefined; verdict?: string | undefined },
): Promise<Page<PointRow>> {
  const where = [sql`p.drill_id = ${drillId}::uuid`];
  if (query.unitId) where.push(sql`p.unit_id = ${query.unitId}::uuid`);
  if (query.verdict) where.push(sql`p.verdict = ${query.verdict}`);
  return pageOf<PointRow>(ctx, {
    columns: sql`p.id, u.name AS unit_name, p.kind, host(p.ip) AS ip, p.port, p.proto, p.at, p.verdict, p.because,
      p.complete, p.candidates, p.milliseconds`,
    from: sql`trace.drill_point p`,
    as: 'p',
    join: sql`JOIN units.unit_view u ON u.id = p.unit_id`,
    where: allOf(where),
    orderBy: sql`p.unit_path, p.id`,
    query,
  });
}
