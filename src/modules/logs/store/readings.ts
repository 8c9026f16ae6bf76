/** PostgreSQL: for which case or reason each session reads. */
import { sql } from 'kysely';
import type { Ctx } from '#base/app';

export interface ReadingRow {
  case_no: string | null;
  reason: string | null;
  purpose: 'fault' | 'check' | 'user_report' | 'handover' | null;
  at: Date;
}

const columns = sql`case_no, reason, purpose, at`;

/** Sessions of people end; a token has none and stands for itself. */
function sessionOf(ctx: Ctx): string {
  return ctx.actor.sessionId ?? ctx.actor.id;
}

/** What the actor's session gave last, if that was within half a day. */
export async function lastReading(ctx: Ctx): Promise<ReadingRow | undefined> {
  const { rows } = await sql<ReadingRow>`SELECT ${columns} FROM logs.reading
    WHERE session_id = ${sessionOf(ctx)} AND reader_id = ${ctx.actor.id} AND at > base.now() - interval '12 hours'
    ORDER BY id DESC LIMIT 1`.execute(ctx.db);
  return rows[0];
}

export async function insertReading(ctx: Ctx, given: Omit<ReadingRow, 'at'>): Promise<ReadingRow> {
  const { rows } =
    await sql<ReadingRow>`INSERT INTO logs.reading (unit_path, reader_id, session_id, case_no, reason,
      purpose)
    VALUES (${ctx.actor.unitPath}::ltree, ${ctx.actor.id}, ${sessionOf(ctx)}, ${given.case_no}, ${given.reason},
      ${given.purpose}) RETURNING ${columns}`.execute(ctx.db);
  return rows[0]!;
}
