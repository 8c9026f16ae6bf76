import { sql } from 'kysely';
import type { Ctx } from '#base/app';

/** The database's time: what is late is judged by it. */
export async function databaseTime(ctx: Ctx): Promise<Date> {
  const { rows } = await sql<{ now: Date }>`SELECT base.now() AS now`.execute(ctx.db);
  return rows[0]!.now;
}
