/** PostgreSQL: when collectors lived. */
import { sql } from 'kysely';
import type { Ctx } from '#base/app';

export interface Beat {
  readonly collector: string;
  /** From when on this beat answers: the one before it, or its own moment after a start. */
  readonly since: Date;
  readonly at: Date;
  readonly diskFree: number | null;
  readonly diskTotal: number | null;
}

/** Lengthens the interval in which the collector lives, or begins a new one. Answers when the last one had ended. */
export async function noteBeat(ctx: Ctx, beat: Beat): Promise<{ endedBefore: Date | null }> {
  const { rows } = await sql<{ id: number; ended: Date }>`SELECT id, ended FROM logs.collector_beat
    WHERE collector = ${beat.collector} ORDER BY ended DESC LIMIT 1`.execute(ctx.db);
  const last = rows[0];
  if (last && last.ended >= beat.since) {
    await sql`UPDATE logs.collector_beat SET ended = greatest(ended, ${beat.at}), disk_free = ${beat.diskFree},
      disk_total = ${beat.diskTotal} WHERE id = ${last.id}`.execute(ctx.db);
    return { endedBefore: null };
  }
  await sql`INSERT INTO logs.collector_beat (collector, began, ended, disk_free, disk_total)
    VALUES (${beat.collector}, ${beat.since}, ${beat.at}, ${beat.diskFree}, ${beat.diskTotal})`.execute(
    ctx.db,
  );
  return { endedBefore: last?.ended ?? null };
}

export interface CollectorRow {
  collector: string;
  ended: Date;
  disk_free: number | null;
  disk_total: number | null;
}

/** Each collector at its last beat. */
export async function lastBeats(ctx: Ctx): Promise<CollectorRow[]> {
  const { rows } =
    await sql<CollectorRow>`SELECT DISTINCT ON (collector) collector, ended, disk_free, disk_total
    FROM logs.collector_beat ORDER BY collector, ended DESC`.execute(ctx.db);
  return rows;
}
