import { sql } from 'kysely';
import type { Ctx } from '#base/app';

/**
 * Runs look-ups across all units inside the caller's transaction, and gives the caller's scope back: to find
 * out that an address, host or lease is somebody else's. For reading only; what comes back must be cut down
 * to the actor's scope before it is shown. When `look` throws, the transaction is lost and the scope with it.
 */
export async function lookEverywhere<T>(ctx: Ctx, look: (ctx: Ctx) => Promise<T>): Promise<T> {
  const { rows } = await sql<{ scope: string | null }>`SELECT current_setting('jiaodun.scope', true) AS scope,
    set_config('jiaodun.scope', '*', true)`.execute(ctx.db);
  const result = await look(ctx);
  await sql`SELECT set_config('jiaodun.scope', ${rows[0]?.scope ?? ''}, true)`.execute(ctx.db);
  return result;
}
