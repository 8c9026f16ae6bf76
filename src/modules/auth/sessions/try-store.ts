import { sql } from 'kysely';
import type { Ctx } from '#base/app';

/** Whose tries are counted together. */
export interface TryKey {
  readonly username: string;
  readonly remote: string;
  /** The mark of a device known to the account's owner, or of a session; undefined: nobody's. */
  readonly device: string | undefined;
}

/** One try after the other for one name: many at once must not all see that none has failed. */
export async function lockTries(ctx: Ctx, username: string): Promise<void> {
  await sql`SELECT pg_advisory_xact_lock(hashtextextended('auth.try ' || ${username}, 0))`.execute(ctx.db);
}

/** The last failures of a name from the same device (or from none known), and of an address; newest first. */
export async function listFailures(
  ctx: Ctx,
  key: TryKey,
  most: { name: number; address: number },
): Promise<{ ofName: Date[]; ofAddress: Date[] }> {
  const name = await sql<{ at: Date }>`SELECT at FROM auth.sign_in_failure
    WHERE username = ${key.username} AND device IS NOT DISTINCT FROM ${key.device ?? null}::text AND NOT succeeded
      AND at > coalesce((SELECT failures_cleared_at FROM auth.account WHERE username = ${key.username}), '-infinity')
    ORDER BY at DESC LIMIT ${most.name}`.execute(ctx.db);
  const address = await sql<{ at: Date }>`SELECT at FROM auth.sign_in_failure
    WHERE remote = ${key.remote} AND device IS NULL AND NOT succeeded
    ORDER BY at DESC LIMIT ${most.address}`.execute(ctx.db);
  return { ofName: name.rows.map(({ at }) => at), ofAddress: address.rows.map(({ at }) => at) };
}

export async function insertTry(ctx: Ctx, key: TryKey): Promise<number> {
  const { rows } = await sql<{ id: number }>`INSERT INTO auth.sign_in_failure (username, remote, device)
    VALUES (${key.username}, ${key.remote}, ${key.device ?? null}) RETURNING id`.execute(ctx.db);
  return rows[0]!.id;
}

export async function succeedTry(ctx: Ctx, id: number): Promise<void> {
  await sql`UPDATE auth.sign_in_failure SET succeeded = true WHERE id = ${id}`.execute(ctx.db);
}
