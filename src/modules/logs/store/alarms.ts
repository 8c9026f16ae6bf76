/** PostgreSQL: what is wrong with sources and collectors. */
import { type RawBuilder, sql } from 'kysely';
import type { Ctx } from '#base/app';
import { newId } from '#base/id';
import { allOf, like, type Page, pageOf } from '#base/list';

export type AlarmKind = 'silence' | 'clock' | 'unparsable' | 'collector' | 'kernel' | 'disk';

/** What an alarm is about: a source, or a collector. */
export type AlarmPlace =
  | { readonly sourceId: number; readonly unitPath: string; readonly name: string }
  | { readonly collector: string; readonly unitPath: string; readonly name: string };

export interface AlarmRow {
  id: string;
  source_id: number | null;
  collector: string | null;
  name: string | null;
  unit_path: string;
  unit_name: string | null;
  kind: AlarmKind;
  began: Date;
  ended: Date | null;
  urged_at: Date | null;
  detail: Readonly<Record<string, string | number>>;
}

const columns = sql`a.id, a.source_id, a.collector, s.name, a.unit_path::text AS unit_path, u.name AS unit_name, a.kind,
  a.began, a.ended, a.urged_at, a.detail`;
const joins = sql`LEFT JOIN logs.source s ON s.id = a.source_id
  LEFT JOIN units.unit_view u ON u.unit_path = a.unit_path`;

/** The id when it is new; undefined when it was open already. */
export async function openAlarm(
  ctx: Ctx,
  place: AlarmPlace,
  kind: AlarmKind,
  detail: AlarmRow['detail'],
): Promise<string | undefined> {
  const source = 'sourceId' in place ? place.sourceId : null;
  const collector = 'collector' in place ? place.collector : null;
  const { rows } = await sql<{
    id: string;
  }>`INSERT INTO logs.alarm (id, source_id, collector, unit_path, kind, detail)
    VALUES (${newId()}, ${source}, ${collector}, ${place.unitPath}::ltree, ${kind}, ${JSON.stringify(detail)}::jsonb)
    ON CONFLICT DO NOTHING RETURNING id`.execute(ctx.db);
  return rows[0]?.id;
}

/** Ends it if it is open. Answers its id then. */
export async function endAlarm(ctx: Ctx, id: string): Promise<boolean> {
  const { numAffectedRows } =
    await sql`UPDATE logs.alarm SET ended = base.now() WHERE id = ${id}::uuid AND ended IS NULL`.execute(
      ctx.db,
    );
  return numAffectedRows === 1n;
}

export async function markUrged(ctx: Ctx, id: string): Promise<void> {
  await sql`UPDATE logs.alarm SET urged_at = base.now() WHERE id = ${id}::uuid`.execute(ctx.db);
}

/** Alarms that are open now, of these sources or (without) of the collectors. */
export async function openAlarms(ctx: Ctx, sourceIds: readonly number[] | null): Promise<AlarmRow[]> {
  const of =
    sourceIds === null ? sql`a.source_id IS NULL` : sql`a.source_id = ANY(${sourceIds as number[]}::int[])`;
  const { rows } = await sql<AlarmRow>`SELECT ${columns} FROM logs.alarm a ${joins}
    WHERE a.ended IS NULL AND ${of}`.execute(ctx.db);
  return rows;
}

/** Open alarms of sources that are ended or wait in quarantine again: nobody watches these any more. */
export async function forsakenAlarms(ctx: Ctx): Promise<AlarmRow[]> {
  const { rows } = await sql<AlarmRow>`SELECT ${columns} FROM logs.alarm a ${joins}
    WHERE a.ended IS NULL AND (s.retired IS NOT NULL OR s.format = 'unknown')`.execute(ctx.db);
  return rows;
}

export interface AlarmQuery {
  readonly page: number;
  readonly pageSize: number;
  readonly q?: string | undefined;
  readonly sourceId?: number | undefined;
  readonly open?: boolean | undefined;
}

export async function listAlarms(ctx: Ctx, query: AlarmQuery): Promise<Page<AlarmRow>> {
  const where: RawBuilder<unknown>[] = [];
  if (query.sourceId !== undefined) where.push(sql`a.source_id = ${query.sourceId}`);
  if (query.open !== undefined) where.push(query.open ? sql`a.ended IS NULL` : sql`a.ended IS NOT NULL`);
  if (query.q !== undefined)
    where.push(
      sql`EXISTS (SELECT FROM logs.source n WHERE n.id = a.source_id AND ${like(sql`n.name`, query.q)})`,
    );
  return pageOf<AlarmRow>(ctx, {
    columns,
    from: sql`logs.alarm a`,
    as: 'a',
    join: joins,
    where: allOf(where),
    orderBy: sql`a.began DESC, a.id`,
    query,
  });
}

export interface Reading {
  source_id: number;
  received: number;
  unparsable: number;
}

/** How lines read in the two hours up to the present one, and in the week before. `hour`: number of the present one. */
export async function readingOf(
  ctx: Ctx,
  sourceIds: readonly number[],
  hour: number,
): Promise<Map<number, { now: Reading; before: Reading }>> {
  const { rows } = await sql<Reading & { recent: boolean }>`
    SELECT d.source_id, h.n > ${hour - 2} AS recent, sum(h.received)::bigint AS received,
      sum(h.unparsable)::bigint AS unparsable
    FROM logs.ledger_day d, LATERAL (SELECT (extract(epoch FROM d.day) / 3600)::int - 8 + i - 1 AS n,
        d.received[i] AS received, d.unparsable[i] AS unparsable FROM generate_series(1, 24) AS i) h
    WHERE d.source_id = ANY(${sourceIds as number[]}::int[])
      AND d.day BETWEEN (to_timestamp(${hour * 3600}) AT TIME ZONE 'Asia/Shanghai')::date - 8
        AND (to_timestamp(${hour * 3600}) AT TIME ZONE 'Asia/Shanghai')::date
      AND h.n BETWEEN ${hour - 168} AND ${hour}
    GROUP BY 1, 2`.execute(ctx.db);
  const found = new Map<number, { now: Reading; before: Reading }>();
  const none = (source_id: number) => ({ source_id, received: 0, unparsable: 0 });
  for (const { recent, ...row } of rows) {
    const both = found.get(row.source_id) ?? { now: none(row.source_id), before: none(row.source_id) };
    if (recent) both.now = row;
    else both.before = row;
    found.set(row.source_id, both);
  }
  return found;
}

export interface UploadReading {
  source_id: number;
  name: string;
  unit_path: string;
  now: { received: number; unparsable: number };
  before: { received: number; unparsable: number };
}

/**
 * How the last files of sources read that are fed by files only, beside the month before: those that have unread lines
 * or an open alarm for it, a page by id. Files that came within two hours count as one.
 */
export async function uploadReadings(ctx: Ctx, after: number, limit: number): Promise<UploadReading[]> {
  const reading = (when: RawBuilder<unknown>) => sql`(SELECT jsonb_build_object('received',
      coalesce(sum(g.records), 0), 'unparsable', coalesce(sum(g.unparsable), 0)) FROM logs.segment g
    WHERE g.source_id = s.id AND g.indexed_at IS NOT NULL AND ${when})`;
  const { rows } = await sql<UploadReading>`SELECT s.id AS source_id, s.name, s.unit_path::text AS unit_path,
      ${reading(sql`g.last_recv > f.last_recv - interval '2 hours'`)} AS now,
      ${reading(sql`g.last_recv <= f.last_recv - interval '2 hours'
        AND g.last_recv > f.last_recv - interval '30 days'`)} AS before
    FROM logs.source s JOIN logs.source_figures f ON f.source_id = s.id
    LEFT JOIN logs.source_pulse p ON p.source_id = s.id
    WHERE s.id > ${after} AND p.last_live IS NULL AND s.retired IS NULL AND s.format <> 'unknown'
      AND (f.unparsable > 0 AND f.last_recv > base.now() - interval '30 days'
        OR EXISTS (SELECT FROM logs.alarm a WHERE a.source_id = s.id AND a.ended IS NULL AND a.kind = 'unparsable'))
    ORDER BY s.id LIMIT ${limit}`.execute(ctx.db);
  return rows;
}

/** Sources of these that have segments which are not indexed: what they sent is not known yet. */
export async function waitingSources(ctx: Ctx, sourceIds: readonly number[]): Promise<Set<number>> {
  const { rows } = await sql<{ source_id: number }>`SELECT DISTINCT source_id FROM logs.segment
    WHERE source_id = ANY(${sourceIds as number[]}::int[]) AND indexed_at IS NULL`.execute(ctx.db);
  return new Set(rows.map((row) => row.source_id));
}

/** Newest steady clock offsets (ms) of these sources that are not older than `since`. */
export async function clockOffsets(
  ctx: Ctx,
  sourceIds: readonly number[],
  since: Date,
): Promise<Map<number, number>> {
  const { rows } = await sql<{ source_id: number; offset_ms: number }>`SELECT o.source_id, o.offset_ms
    FROM unnest(${sourceIds as number[]}::int[]) AS one, LATERAL (SELECT source_id, offset_ms, steady FROM
      logs.clock_offset WHERE source_id = one AND at >= ${since} AND withdrawn IS NULL ORDER BY at DESC LIMIT 1) o
    WHERE o.steady`.execute(ctx.db);
  return new Map(rows.map((row) => [row.source_id, row.offset_ms]));
}

/** Datagrams that each collector lost since then. */
export async function recentLosses(ctx: Ctx, since: Date): Promise<Map<string, number>> {
  const { rows } = await sql<{ collector: string; n: number }>`SELECT collector, sum(datagrams)::bigint AS n
    FROM logs.receive_loss WHERE ended >= ${since} GROUP BY collector`.execute(ctx.db);
  return new Map(rows.map((row) => [row.collector, row.n]));
}

/** When the interval in which a collector lives now began: nobody listened before. */
export async function listeningSince(ctx: Ctx, aliveAfter: Date): Promise<Date | null> {
  const { rows } = await sql<{ began: Date | null }>`SELECT max(began) AS began FROM logs.collector_beat
    WHERE ended >= ${aliveAfter}`.execute(ctx.db);
  return rows[0]?.began ?? null;
}
