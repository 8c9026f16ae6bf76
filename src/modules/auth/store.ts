import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { Ctx } from '#base/app';
import { likeOf } from '#units';
import type { RoleName } from './contract.ts';

export interface AccountRow {
  id: string;
  username: string;
  name: string;
  unit_id: string;
  unit_name: string;
  unit_path: string;
  password_hash: string;
  must_change_password: boolean;
  disabled: boolean;
  last_sign_in_at: Date | null;
  roles: RoleName[];
}

export function digestOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

const accountColumns = sql`a.id, a.username, a.name, a.unit_id, u.name AS unit_name, a.unit_path, a.password_hash,
  a.must_change_password, a.disabled, a.last_sign_in_at,
  array(SELECT g.role FROM auth.role_grant g WHERE g.account_id = a.id AND g.state = 'approved') AS roles`;

export async function findAccount(
  ctx: Ctx,
  key: { username: string } | { id: string },
): Promise<AccountRow | undefined> {
  const where = 'id' in key ? sql`a.id = ${key.id}::uuid` : sql`a.username = ${key.username}`;
  const { rows } = await sql<AccountRow>`SELECT ${accountColumns} FROM auth.account a
    JOIN units.unit_view u ON u.id = a.unit_id WHERE ${where}`.execute(ctx.db);
  return rows[0];
}

export async function listAccounts(
  ctx: Ctx,
  query: { page: number; pageSize: number; q?: string | undefined },
) {
  const like = likeOf(query.q ?? '');
  const { rows } = await sql<AccountRow & { n: number }>`SELECT ${accountColumns}, count(*) OVER () AS n
    FROM auth.account a JOIN units.unit_view u ON u.id = a.unit_id
    WHERE a.username ILIKE ${like} OR a.name ILIKE ${like} OR u.name ILIKE ${like}
    ORDER BY a.username LIMIT ${query.pageSize} OFFSET ${(query.page - 1) * query.pageSize}`.execute(ctx.db);
  return { items: rows, total: rows[0]?.n ?? 0 };
}

export async function insertAccount(
  ctx: Ctx,
  row: {
    username: string;
    name: string;
    unitId: string;
    unitPath: string;
    hash: string;
    mustChange: boolean;
  },
): Promise<string> {
  const { rows } = await sql<{ id: string }>`INSERT INTO auth.account
      (username, name, unit_id, unit_path, password_hash, must_change_password)
    VALUES (${row.username}, ${row.name}, ${row.unitId}::uuid, ${row.unitPath}::ltree, ${row.hash}, ${row.mustChange})
    RETURNING id`.execute(ctx.db);
  return rows[0]!.id;
}

export async function setPassword(ctx: Ctx, id: string, hash: string): Promise<void> {
  await sql`UPDATE auth.account SET password_hash = ${hash}, must_change_password = false WHERE id = ${id}::uuid`.execute(
    ctx.db,
  );
}

export async function setDisabled(ctx: Ctx, id: string, disabled: boolean): Promise<boolean> {
  const done = await sql`UPDATE auth.account SET disabled = ${disabled} WHERE id = ${id}::uuid`.execute(
    ctx.db,
  );
  return done.numAffectedRows === 1n;
}

export async function countAccounts(ctx: Ctx): Promise<number> {
  const { rows } = await sql<{ n: number }>`SELECT count(*) AS n FROM auth.account`.execute(ctx.db);
  return rows[0]!.n;
}

/** Serialises the first set-up: two people who open the page at once do not both win. */
export async function lockSetup(ctx: Ctx): Promise<void> {
  await sql`SELECT pg_advisory_xact_lock(hashtext('auth.setup'))`.execute(ctx.db);
}

export async function openSession(ctx: Ctx, account: AccountRow, secret: string): Promise<void> {
  await sql`INSERT INTO auth.session (secret_sha256, account_id, unit_path)
    VALUES (${digestOf(secret)}, ${account.id}::uuid, ${account.unit_path}::ltree)`.execute(ctx.db);
  await sql`UPDATE auth.account SET last_sign_in_at = base.now() WHERE id = ${account.id}::uuid`.execute(
    ctx.db,
  );
}

/** The account of a live session. `seen_at` moves at most once a minute, to spare writes. */
export async function findSession(ctx: Ctx, secret: string): Promise<AccountRow | undefined> {
  const { rows } = await sql<AccountRow>`WITH live AS (
      UPDATE auth.session SET seen_at = base.now()
      WHERE secret_sha256 = ${digestOf(secret)} AND ended_at IS NULL AND seen_at < base.now() - interval '1 minute'
        AND seen_at > base.now() - interval '30 minutes' AND started_at > base.now() - interval '12 hours')
    SELECT ${accountColumns} FROM auth.session s JOIN auth.account a ON a.id = s.account_id
      JOIN units.unit_view u ON u.id = a.unit_id
    WHERE s.secret_sha256 = ${digestOf(secret)} AND s.ended_at IS NULL AND NOT a.disabled
      AND s.seen_at > base.now() - interval '30 minutes' AND s.started_at > base.now() - interval '12 hours'`.execute(
    ctx.db,
  );
  return rows[0];
}

export async function endSession(ctx: Ctx, secret: string): Promise<void> {
  await sql`UPDATE auth.session SET ended_at = base.now() WHERE secret_sha256 = ${digestOf(secret)}
    AND ended_at IS NULL`.execute(ctx.db);
}

/** Ends all sessions of an account, but for the one at hand. */
export async function endSessionsOf(ctx: Ctx, accountId: string, except?: string): Promise<void> {
  await sql`UPDATE auth.session SET ended_at = base.now() WHERE account_id = ${accountId}::uuid
    AND ended_at IS NULL AND secret_sha256 <> ${except ? digestOf(except) : Buffer.alloc(0)}`.execute(ctx.db);
}

export async function countFailures(ctx: Ctx, username: string): Promise<{ n: number; minutesLeft: number }> {
  const { rows } = await sql<{ n: number; left: number }>`SELECT count(*) AS n,
      coalesce(ceil(extract(epoch FROM min(at) + interval '15 minutes' - base.now()) / 60), 0)::int AS left
    FROM auth.sign_in_failure f WHERE username = ${username} AND at > base.now() - interval '15 minutes'
      AND at > coalesce((SELECT max(started_at) FROM auth.session s JOIN auth.account a ON a.id = s.account_id
        WHERE a.username = ${username}), '-infinity')`.execute(ctx.db);
  return { n: rows[0]!.n, minutesLeft: Math.max(1, rows[0]!.left) };
}

export async function insertFailure(ctx: Ctx, username: string, remote: string): Promise<void> {
  await sql`INSERT INTO auth.sign_in_failure (username, remote) VALUES (${username}, ${remote})`.execute(
    ctx.db,
  );
}
