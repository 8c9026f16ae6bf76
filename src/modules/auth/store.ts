import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { Ctx } from '#base/app';
import { type Page, pageOf } from '#base/list';
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
  password_set_at: Date;
  must_change_password: boolean;
  disabled: boolean;
  last_sign_in_at: Date | null;
  person_id: string | null;
  roles: RoleName[];
}

export function digestOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

export const accountColumns = sql`a.id, a.username, a.name, a.unit_id, u.name AS unit_name, a.unit_path,
  a.password_hash, a.password_set_at, a.must_change_password, a.disabled, a.last_sign_in_at, a.person_id,
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

export interface ListedAccountRow extends AccountRow {
  has_factor: boolean;
  /** The newest failed tries from unknown devices: whether the name is locked is decided from them. */
  failures: Date[];
}

/** Accounts in scope, with what an administrator looks after: factors, failed tries. */
export function listAccounts(
  ctx: Ctx,
  query: { page: number; pageSize: number; q?: string | undefined },
): Promise<Page<ListedAccountRow>> {
  const like = likeOf(query.q ?? '');
  return pageOf<ListedAccountRow>(ctx, {
    columns: sql`${accountColumns},
      EXISTS (SELECT FROM auth.factor f WHERE f.account_id = a.id AND f.removed_at IS NULL) AS has_factor,
      auth.recent_failures(a.id) AS failures`,
    from: sql`auth.account a JOIN units.unit_view u ON u.id = a.unit_id`,
    where: sql`(a.username ILIKE ${like} OR a.name ILIKE ${like} OR u.name ILIKE ${like})`,
    orderBy: sql`a.username`,
    query,
  });
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
    personId?: string | undefined;
  },
): Promise<string> {
  const { rows } = await sql<{ id: string }>`INSERT INTO auth.account
      (username, name, unit_id, unit_path, password_hash, must_change_password, person_id)
    VALUES (${row.username}, ${row.name}, ${row.unitId}::uuid, ${row.unitPath}::ltree, ${row.hash}, ${row.mustChange},
      ${row.personId ?? null}::uuid)
    RETURNING id`.execute(ctx.db);
  return rows[0]!.id;
}

export async function setDisabled(ctx: Ctx, id: string, disabled: boolean): Promise<boolean> {
  const done = await sql`UPDATE auth.account SET disabled = ${disabled} WHERE id = ${id}::uuid`.execute(
    ctx.db,
  );
  return done.numAffectedRows === 1n;
}

/** Gives an account its person; `false` when it has one already. */
export async function setPerson(ctx: Ctx, id: string, personId: string): Promise<boolean> {
  const done = await sql`UPDATE auth.account SET person_id = ${personId}::uuid
    WHERE id = ${id}::uuid AND person_id IS NULL`.execute(ctx.db);
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
