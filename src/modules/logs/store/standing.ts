/** PostgreSQL: what is known and agreed of each source, and how it is doing. */
import { sql } from 'kysely';
import type { Ctx } from '#base/app';

export interface Standing {
  source_id: number;
  name: string;
  unit_path: string;
  format: string;
  expected_per_hour: number | null;
  max_silence_seconds: number | null;
  quiet: boolean;
  retired: Date | null;
  /** Newest record received live; null when it was fed by files only. */
  last_live: Date | null;
  /** By hour of the week; null when nothing was learned. */
  usual: number[] | null;
  least: number[] | null;
}

const columns = sql`s.id AS source_id, s.name, s.unit_path::text AS unit_path, s.format, s.expected_per_hour,
  r.max_silence_seconds, coalesce(r.quiet, false) AS quiet, s.retired, p.last_live, l.usual::float8[] AS usual,
  l.least::float8[] AS least`;
const joined = sql`logs.source s LEFT JOIN logs.source_rhythm r ON r.source_id = s.id
  LEFT JOIN logs.source_pulse p ON p.source_id = s.id LEFT JOIN logs.source_rate l ON l.source_id = s.id`;

/** By source; those that the caller does not see are left out. */
export async function standingsOf(ctx: Ctx, ids: readonly number[]): Promise<Map<number, Standing>> {
  const { rows } = await sql<Standing>`SELECT ${columns} FROM ${joined}
    WHERE s.id = ANY(${ids as number[]}::int[])`.execute(ctx.db);
  return new Map(rows.map((row) => [row.source_id, row]));
}

/** Registered sources that send live and are not ended, a page by id. */
export async function liveSources(ctx: Ctx, after: number, limit: number): Promise<Standing[]> {
  const { rows } = await sql<Standing>`SELECT ${columns} FROM ${joined}
    WHERE s.id > ${after} AND p.last_live IS NOT NULL AND s.retired IS NULL AND s.format <> 'unknown'
    ORDER BY s.id LIMIT ${limit}`.execute(ctx.db);
  return rows;
}

/** The unit at a path. */
export async function unitAtPath(ctx: Ctx, unitPath: string) {
  const { rows } = await sql<{
    id: string;
    name: string;
    kind: string;
  }>`SELECT id, name, kind FROM units.unit_view
    WHERE unit_path = ${unitPath}::ltree`.execute(ctx.db);
  return rows[0];
}
