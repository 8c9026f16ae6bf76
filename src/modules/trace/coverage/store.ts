import { type RawBuilder, sql } from 'kysely';
import type { Ctx } from '#base/app';
import { allOf, like, type Page, pageOf } from '#base/list';
import type { CoverageProblem } from '../contract/coverage.ts';
import type { LogState } from './judge-coverage.ts';

export interface SchoolGround {
  id: string;
  unit_path: string;
  /** Realms of the prefixes that hold the school's addresses. */
  realms: string[];
  allocated: boolean;
  own_exit: boolean;
  devices: number;
}

/** Every school with what the registers say of it. */
export async function schoolGrounds(ctx: Ctx): Promise<SchoolGround[]> {
  const { rows } = await sql<SchoolGround>`SELECT u.id, u.unit_path::text AS unit_path,
      coalesce(i.realms, array(SELECT DISTINCT a.realm FROM addresses.allocation_view a
        WHERE a.role = 'inside' AND a.unit_path @> u.unit_path)) AS realms,
      i.realms IS NOT NULL AS allocated, e.unit_id IS NOT NULL AS own_exit, coalesce(d.n, 0)::int AS devices
    FROM units.unit_view u
    LEFT JOIN (SELECT unit_id, array_agg(DISTINCT realm) AS realms FROM addresses.allocation_view
      WHERE role = 'inside' GROUP BY unit_id) i ON i.unit_id = u.id
    LEFT JOIN (SELECT DISTINCT unit_id FROM addresses.allocation_view WHERE role = 'exit') e ON e.unit_id = u.id
    LEFT JOIN (SELECT unit_id, count(*) AS n FROM addresses.device_view GROUP BY unit_id) d ON d.unit_id = u.id
    WHERE u.kind = 'school' ORDER BY u.unit_path`.execute(ctx.db);
  return rows;
}

export interface Source {
  readonly id: number;
  readonly unitPath: string;
  readonly realm: string;
}

export async function sourcesById(ctx: Ctx): Promise<Map<number, Source>> {
  const { rows } =
    await sql<Source>`SELECT id, unit_path::text AS "unitPath", realm FROM logs.source_view`.execute(ctx.db);
  return new Map(rows.map((row) => [row.id, row]));
}

export interface NewCoverage {
  readonly unitId: string;
  readonly unitPath: string;
  readonly nat: LogState;
  readonly lease: LogState;
  readonly sighting: LogState;
  readonly allocated: boolean;
  readonly ownWan: boolean;
  readonly devices: number;
  readonly seen: number;
  readonly seenRegistered: number;
  readonly clockMs: number | null;
  readonly gapHours: number;
  readonly problems: readonly CoverageProblem[];
}

/** Looking again on the same day replaces that day's figures. */
export async function insertCoverage(ctx: Ctx, rows: readonly NewCoverage[]): Promise<void> {
  await sql`INSERT INTO trace.coverage (unit_id, unit_path, day, nat, lease, sighting, allocated, own_wan, devices,
      seen, seen_registered, clock_ms, gap_hours, problems)
    SELECT n."unitId", n."unitPath"::ltree, (base.now() AT TIME ZONE 'Asia/Shanghai')::date, n.nat, n.lease,
      n.sighting, n.allocated, n."ownWan", n.devices, n.seen, n."seenRegistered", n."clockMs", n."gapHours",
      array(SELECT jsonb_array_elements_text(n.problems))
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS n("unitId" uuid, "unitPath" text, nat text,
      lease text, sighting text, allocated boolean, "ownWan" boolean, devices int, seen int, "seenRegistered" int,
      "clockMs" float8, "gapHours" float8, problems jsonb)
    ON CONFLICT (unit_id, day) DO UPDATE SET nat = excluded.nat, lease = excluded.lease, sighting = excluded.sighting,
      allocated = excluded.allocated, own_wan = excluded.own_wan, devices = excluded.devices, seen = excluded.seen,
      seen_registered = excluded.seen_registered, clock_ms = excluded.clock_ms, gap_hours = excluded.gap_hours,
      problems = excluded.problems, computed_at = base.now()`.execute(ctx.db);
}

export interface CoverageRow {
  unit_id: string;
  unit_name: string;
  nat: LogState;
  lease: LogState;
  sighting: LogState;
  allocated: boolean;
  own_wan: boolean;
  devices: number;
  seen: number;
  seen_registered: number;
  clock_ms: number | null;
  gap_hours: number;
  problems: CoverageProblem[];
  computed_at: Date;
}

const orders: Readonly<Record<string, RawBuilder<unknown>>> = {
  problems: sql`c.problem_count, c.unit_path`,
  '-problems': sql`c.problem_count DESC, c.unit_path`,
  gapHours: sql`c.gap_hours, c.unit_path`,
  '-gapHours': sql`c.gap_hours DESC, c.unit_path`,
};

/** Of each school the newest figures. */
export async function listCoverage(
  ctx: Ctx,
  query: {
    page: number;
    pageSize: number;
    q?: string | undefined;
    sort?: string | undefined;
    problem?: string | undefined;
  },
): Promise<Page<CoverageRow>> {
  const where: RawBuilder<unknown>[] = [];
  if (query.problem) where.push(sql`${query.problem} = ANY(c.problems)`);
  if (query.q) where.push(like(sql`u.name`, query.q));
  return pageOf<CoverageRow>(ctx, {
    columns: sql`c.unit_id, u.name AS unit_name, c.nat, c.lease, c.sighting, c.allocated, c.own_wan, c.devices, c.seen,
      c.seen_registered, c.clock_ms, c.gap_hours, c.problems, c.computed_at`,
    from: sql`(SELECT DISTINCT ON (unit_id) * FROM trace.coverage ORDER BY unit_id, day DESC) c
      JOIN units.unit_view u ON u.id = c.unit_id`,
    where: allOf(where),
    orderBy: orders[query.sort ?? ''] ?? sql`c.problem_count DESC, c.unit_path`,
    query,
  });
}
