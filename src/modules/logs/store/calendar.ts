/** PostgreSQL: the ledger as people read it. */
import { type RawBuilder, sql } from 'kysely';
import type { Ctx } from '#base/app';
import { allOf, like, type Page, pageOf } from '#base/list';

export interface CalendarQuery {
  readonly page: number;
  readonly pageSize: number;
  readonly q?: string | undefined;
  readonly unitPath?: string | undefined;
  readonly from: Date;
  readonly to: Date;
}

export interface CalendarSource {
  source_id: number;
  name: string;
  unit_name: string | null;
  format: string;
  open_gaps: number;
  lost: number;
}

/** Registered sources: those with most unanswered gaps in the window first, then losses, then lines that nobody could read. */
export async function calendarSources(ctx: Ctx, query: CalendarQuery): Promise<Page<CalendarSource>> {
  const where: RawBuilder<unknown>[] = [sql`s.format <> 'unknown'`, sql`s.retired IS NULL`];
  if (query.q !== undefined) where.push(like(sql`s.name`, query.q));
  if (query.unitPath !== undefined) where.push(sql`s.unit_path <@ ${query.unitPath}::ltree`);
  // One subquery a source, and for the count none: an array compares by its first number, then by the next.
  const worst = sql`(SELECT ARRAY[count(*) FILTER (WHERE NOT EXISTS (SELECT FROM logs.gap_answer a
        WHERE a.gap_id = g.id AND a.accepted)), coalesce(sum(g.lost), 0)::bigint]
      FROM logs.gap g WHERE g.source_id = s.id AND g.lost IS DISTINCT FROM 0 AND g.began < ${query.to}
        AND coalesce(g.ended, 'infinity') > ${query.from})`;
  const unread = sql`coalesce((SELECT f.unparsable FROM logs.source_figures f WHERE f.source_id = s.id), 0)`;
  return pageOf<CalendarSource>(ctx, {
    columns: sql`s.id AS source_id, s.name, s.format, u.name AS unit_name, (${worst})[1] AS open_gaps,
      (${worst})[2] AS lost`,
    from: sql`logs.source s`,
    as: 's',
    join: sql`LEFT JOIN units.unit_view u ON u.unit_path = s.unit_path`,
    where: allOf(where),
    orderBy: sql`${worst} DESC, ${unread} DESC, s.name, s.id`,
    query,
  });
}

export interface DayRow {
  source_id: number;
  day: string;
  /** 24 of each. */
  received: number[];
  parsed: number[];
  ignored: number[];
  unparsable: number[];
  lost: number[];
  expected: number[] | null;
}

/** Days of China from `from` to `to`, both included; those without any record are left out. */
export async function ledgerDays(
  ctx: Ctx,
  sourceIds: readonly number[],
  from: string,
  to: string,
): Promise<DayRow[]> {
  // As float8: the driver gives arrays of bigint as text, and counts of an hour are far below 2^53.
  const { rows } = await sql<DayRow>`SELECT source_id, day::text AS day, received::float8[] AS received,
      parsed::float8[] AS parsed, ignored::float8[] AS ignored, unparsable::float8[] AS unparsable,
      lost::float8[] AS lost, expected::float8[] AS expected
    FROM logs.ledger_day WHERE source_id = ANY(${sourceIds as number[]}::int[]) AND day BETWEEN ${from}::date
      AND ${to}::date ORDER BY source_id, day`.execute(ctx.db);
  return rows;
}

/** Per source the last day before `day` on which anything came: silences begin there. */
export async function lastDaysBefore(
  ctx: Ctx,
  sourceIds: readonly number[],
  day: string,
): Promise<{ source_id: number; day: string; received: number[] }[]> {
  const { rows } = await sql<{ source_id: number; day: string; received: number[] }>`
    SELECT d.source_id, d.day::text AS day, d.received::float8[] AS received
    FROM unnest(${sourceIds as number[]}::int[]) AS one, LATERAL (SELECT source_id, day, received FROM logs.ledger_day
      WHERE source_id = one AND day < ${day}::date AND (SELECT max(n) FROM unnest(received) AS n) > 0
      ORDER BY day DESC LIMIT 1) d`.execute(ctx.db);
  return rows;
}

/** Per source with segments that are not indexed: when the first of them began. What came since is not known yet. */
export async function waitingSince(ctx: Ctx, sourceIds: readonly number[]): Promise<Map<number, Date>> {
  const { rows } = await sql<{ source_id: number; since: Date }>`SELECT source_id, min(first_recv) AS since
    FROM logs.segment WHERE source_id = ANY(${sourceIds as number[]}::int[]) AND indexed_at IS NULL
    GROUP BY source_id`.execute(ctx.db);
  return new Map(rows.map((row) => [row.source_id, row.since]));
}

/** What was learned about a source. */
export async function learnedOf(ctx: Ctx, sourceId: number) {
  const { rows } = await sql<{
    weeks: number;
    learned_at: Date;
  }>`SELECT weeks, learned_at FROM logs.source_rate
    WHERE source_id = ${sourceId}`.execute(ctx.db);
  return rows[0];
}
