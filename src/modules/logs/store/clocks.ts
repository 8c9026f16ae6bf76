/** PostgreSQL: delays of the last minutes, and what was concluded of each source's clock. */
import { sql } from 'kysely';
import type { Ctx } from '#base/app';
import { allOf, type Page, pageOf } from '#base/list';
import { type ClockEstimate, type ClockMinute, ringMinutes as slots } from '../clock/estimate-offset.ts';

/** The newest minute that is booked of a source. */
export async function newestMinute(ctx: Ctx, sourceId: number): Promise<number | undefined> {
  const { rows } = await sql<{ minute: number | null }>`SELECT max(minute) AS minute FROM logs.clock_minute
    WHERE source_id = ${sourceId}`.execute(ctx.db);
  return rows[0]?.minute ?? undefined;
}

/** Adds to the ring: a minute that is there takes the lesser delay, an older one gives way to a newer one. */
export async function keepMinutes(
  ctx: Ctx,
  segment: { readonly source_id: number; readonly unit_path: string },
  minutes: readonly ClockMinute[],
): Promise<void> {
  // Always in one order: two segments of a source may be booked at the same time.
  const rows = [...minutes].sort((a, b) => (a.minute % slots) - (b.minute % slots));
  if (rows.length === 0) return;
  const values = rows.map(
    ({
      minute,
      leastMs,
      samples,
    }) => sql`(${segment.source_id}, ${minute % slots}, ${minute}, ${leastMs}, ${samples},
      ${segment.unit_path}::ltree)`,
  );
  await sql`INSERT INTO logs.clock_minute AS m (source_id, slot, minute, least_ms, samples, unit_path)
    VALUES ${sql.join(values)}
    ON CONFLICT (source_id, slot) DO UPDATE SET minute = excluded.minute,
      least_ms = CASE WHEN m.minute = excluded.minute THEN least(m.least_ms, excluded.least_ms)
        ELSE excluded.least_ms END,
      samples = CASE WHEN m.minute = excluded.minute THEN m.samples + excluded.samples ELSE excluded.samples END
    WHERE m.minute <= excluded.minute`.execute(ctx.db);
}

export async function minutesBetween(
  ctx: Ctx,
  sourceId: number,
  from: number,
  to: number,
): Promise<ClockMinute[]> {
  const { rows } = await sql<ClockMinute>`SELECT minute, least_ms AS "leastMs", samples FROM logs.clock_minute
    WHERE source_id = ${sourceId} AND minute BETWEEN ${from} AND ${to}`.execute(ctx.db);
  return rows;
}

export interface OffsetRow {
  readonly id: number;
  readonly at: Date;
  readonly offsetMs: number;
  readonly spreadMs: number;
  readonly samples: number;
  readonly minutes: number;
  readonly steady: boolean;
  readonly origin: 'lines' | 'reading';
  readonly note: string;
  readonly toldBy: string;
  readonly withdrawn: Date | null;
}

const columns = sql`o.id, o.at, o.offset_ms AS "offsetMs", o.spread_ms AS "spreadMs", o.samples, o.minutes, o.steady,
  o.origin, o.note, o.told_by AS "toldBy", o.withdrawn`;

/** The newest that its lines told; what somebody read is none of these. */
export async function lastOffset(ctx: Ctx, sourceId: number): Promise<OffsetRow | undefined> {
  const { rows } =
    await sql<OffsetRow>`SELECT ${columns} FROM logs.clock_offset o WHERE o.source_id = ${sourceId}
    AND o.origin = 'lines' ORDER BY o.at DESC LIMIT 1`.execute(ctx.db);
  return rows[0];
}

/** The estimate nearest to a moment: the last before it or the first after it. */
export async function nearestOffset(ctx: Ctx, sourceId: number, at: Date): Promise<OffsetRow | undefined> {
  const { rows } = await sql<OffsetRow>`SELECT * FROM (
      (SELECT ${columns} FROM logs.clock_offset o WHERE o.source_id = ${sourceId} AND o.at <= ${at}
        AND o.withdrawn IS NULL
        ORDER BY o.at DESC LIMIT 1)
      UNION ALL
      (SELECT ${columns} FROM logs.clock_offset o WHERE o.source_id = ${sourceId} AND o.at > ${at}
        AND o.withdrawn IS NULL
        ORDER BY o.at LIMIT 1)
    ) AS near ORDER BY abs(extract(epoch FROM near.at - ${at}::timestamptz)) LIMIT 1`.execute(ctx.db);
  return rows[0];
}

export async function insertOffset(
  ctx: Ctx,
  place: { readonly sourceId: number; readonly unitPath: string; readonly at: Date },
  found: ClockEstimate,
): Promise<void> {
  await sql`INSERT INTO logs.clock_offset (source_id, unit_path, at, offset_ms, spread_ms, samples, minutes, steady)
    VALUES (${place.sourceId}, ${place.unitPath}::ltree, ${place.at}, ${found.offsetMs}, ${found.spreadMs},
      ${found.samples}, ${found.minutes}, ${found.steady}) ON CONFLICT (source_id, at)
      WHERE withdrawn IS NULL DO NOTHING`.execute(ctx.db);
}

export interface ReadingValues {
  readonly at: Date;
  readonly offsetMs: number;
  readonly spreadMs: number;
  readonly note: string;
  readonly toldBy: string;
}

/** Keeps what somebody read; `undefined` when something is told of that moment already. */
export async function insertReading(
  ctx: Ctx,
  source: { readonly id: number; readonly unit_path: string },
  { at, offsetMs, spreadMs, note, toldBy }: ReadingValues,
): Promise<OffsetRow | undefined> {
  const { rows } =
    await sql<OffsetRow>`INSERT INTO logs.clock_offset AS o (source_id, unit_path, at, offset_ms,
      spread_ms, samples, minutes, steady, origin, note, told_by, told)
    VALUES (${source.id}, ${source.unit_path}::ltree, ${at}, ${offsetMs}, ${spreadMs}, 1, 1, true, 'reading', ${note},
      ${toldBy}, base.now()) ON CONFLICT (source_id, at) WHERE withdrawn IS NULL DO NOTHING
    RETURNING ${columns}`.execute(ctx.db);
  return rows[0];
}

/** Takes a reading back; `undefined` when there is none that counts. */
export async function withdrawReading(
  ctx: Ctx,
  sourceId: number,
  id: number,
): Promise<OffsetRow | undefined> {
  const { rows } = await sql<OffsetRow>`UPDATE logs.clock_offset AS o SET withdrawn = base.now()
    WHERE o.source_id = ${sourceId} AND o.id = ${id} AND o.origin = 'reading' AND o.withdrawn IS NULL
    RETURNING ${columns}`.execute(ctx.db);
  return rows[0];
}

export async function listOffsets(
  ctx: Ctx,
  sourceId: number,
  query: { readonly page: number; readonly pageSize: number },
): Promise<Page<OffsetRow>> {
  return pageOf<OffsetRow>(ctx, {
    columns,
    from: sql`logs.clock_offset o`,
    where: allOf([sql`o.source_id = ${sourceId}`]),
    orderBy: sql`o.at DESC, o.id`,
    query,
  });
}
