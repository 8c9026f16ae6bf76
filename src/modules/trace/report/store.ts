import { sql } from 'kysely';
import type { Ctx } from '#base/app';

/** Whose trace it is; undefined outside the scope. */
export async function pathOfTrace(ctx: Ctx, id: string): Promise<string | undefined> {
  const { rows } = await sql<{ path: string }>`SELECT unit_path::text AS path FROM trace.trace
    WHERE id = ${id}::uuid`.execute(ctx.db);
  return rows[0]?.path;
}
