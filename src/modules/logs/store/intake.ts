/** PostgreSQL: what makes taking in the same thing twice harmless, and what was lost on the way. */
import { sql } from 'kysely';
import type { Ctx } from '#base/app';

/** False when the spool file was registered before. */
export async function claimSpool(ctx: Ctx, id: string, segments: number): Promise<boolean> {
  const { numAffectedRows } =
    await sql`INSERT INTO logs.sealed_spool (id, segments) VALUES (${id}, ${segments})
    ON CONFLICT DO NOTHING`.execute(ctx.db);
  return numAffectedRows === 1n;
}

export async function isSpoolSealed(ctx: Ctx, id: string): Promise<boolean> {
  const { rows } = await sql`SELECT FROM logs.sealed_spool WHERE id = ${id}`.execute(ctx.db);
  return rows.length > 0;
}

export interface UploadRow {
  id: string;
  source_id: number;
  sha256: string;
  records: number;
  bytes: number;
  cut: number;
  segments: number[];
}

export async function findUpload(ctx: Ctx, sourceId: number, sha256: string): Promise<UploadRow | undefined> {
  const { rows } = await sql<UploadRow>`SELECT id, source_id, sha256, records, bytes, cut,
      ARRAY(SELECT s::int8 FROM unnest(segments) AS s)::text[] AS segments
    FROM logs.upload WHERE source_id = ${sourceId} AND sha256 = ${sha256}`.execute(ctx.db);
  const row = rows[0];
  return row && { ...row, segments: row.segments.map(Number) };
}

export async function insertUpload(ctx: Ctx, row: UploadRow & { unit_path: string }): Promise<void> {
  await sql`INSERT INTO logs.upload (id, source_id, unit_path, sha256, records, bytes, cut, segments, actor_id)
    VALUES (${row.id}, ${row.source_id}, ${row.unit_path}::ltree, ${row.sha256}, ${row.records}, ${row.bytes},
      ${row.cut}, ${row.segments}::bigint[], ${ctx.actor.id})`.execute(ctx.db);
}

/** One upload of a source at a time registers; the second then finds the first. */
export async function lockUploads(ctx: Ctx, sourceId: number): Promise<void> {
  await sql`SELECT pg_advisory_xact_lock(hashtext('logs.upload'), ${sourceId})`.execute(ctx.db);
}

export async function insertLoss(
  ctx: Ctx,
  loss: { collector: string; began: Date; ended: Date; datagrams: number },
): Promise<void> {
  await sql`INSERT INTO logs.receive_loss (collector, began, ended, datagrams)
    VALUES (${loss.collector}, ${loss.began}, ${loss.ended}, ${loss.datagrams})`.execute(ctx.db);
}

/** Datagrams that any collector lost in the window. */
export async function lostBetween(ctx: Ctx, from: Date, to: Date): Promise<number> {
  const { rows } = await sql<{
    n: number;
  }>`SELECT coalesce(sum(datagrams), 0)::bigint AS n FROM logs.receive_loss
    WHERE began <= ${to} AND ended >= ${from}`.execute(ctx.db);
  return rows[0]!.n;
}
