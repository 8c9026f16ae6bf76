import { sql } from 'kysely';
import type { Ctx } from '#base/app';
import type { RoleName } from './contract.ts';
import { digestOf } from './store.ts';

export interface GrantRow {
  id: string;
  account_id: string;
  username: string;
  name: string;
  unit_path: string;
  role: RoleName;
  state: 'proposed' | 'approved' | 'refused';
  proposed_by: string;
  proposed_by_name: string;
  proposed_at: Date;
  decided_by_name: string | null;
}

const columns = sql`g.id, g.account_id, a.username, a.name, g.unit_path, g.role, g.state, g.proposed_by,
  g.proposed_by_name, g.proposed_at, g.decided_by_name`;

export async function listGrants(
  ctx: Ctx,
  query: { page: number; pageSize: number; state?: string | undefined },
): Promise<{ items: GrantRow[]; total: number }> {
  const { rows } = await sql<GrantRow & { n: number }>`SELECT ${columns}, count(*) OVER () AS n
    FROM auth.role_grant g JOIN auth.account a ON a.id = g.account_id
    WHERE ${query.state ?? null}::text IS NULL OR g.state = ${query.state ?? null}
    ORDER BY g.id DESC LIMIT ${query.pageSize} OFFSET ${(query.page - 1) * query.pageSize}`.execute(ctx.db);
  return { items: rows, total: rows[0]?.n ?? 0 };
}

export async function findGrant(ctx: Ctx, id: string): Promise<GrantRow | undefined> {
  const { rows } = await sql<GrantRow>`SELECT ${columns} FROM auth.role_grant g
    JOIN auth.account a ON a.id = g.account_id WHERE g.id = ${id}::uuid`.execute(ctx.db);
  return rows[0];
}

export async function insertGrant(
  ctx: Ctx,
  row: { accountId: string; unitPath: string; role: RoleName },
): Promise<string> {
  const { rows } = await sql<{ id: string }>`INSERT INTO auth.role_grant
      (account_id, unit_path, role, proposed_by, proposed_by_name)
    VALUES (${row.accountId}::uuid, ${row.unitPath}::ltree, ${row.role}, ${ctx.actor.id}, ${ctx.actor.name})
    RETURNING id`.execute(ctx.db);
  return rows[0]!.id;
}

/** Decides a proposal; the database refuses the proposer (constraint `four_eyes`). False when it was decided. */
export async function decideGrant(
  ctx: Ctx,
  id: string,
  state: 'approved' | 'refused',
  by: { id: string; name: string },
): Promise<boolean> {
  const done = await sql`UPDATE auth.role_grant SET state = ${state}, decided_by = ${by.id},
    decided_by_name = ${by.name}, decided_at = base.now() WHERE id = ${id}::uuid AND state = 'proposed'`.execute(
    ctx.db,
  );
  return done.numAffectedRows === 1n;
}

export interface TokenRow {
  id: string;
  name: string;
  unit_id: string;
  unit_path: string;
  unit_name: string;
  permissions: string[];
  expires_at: Date;
  last_used_at: Date | null;
  revoked_at: Date | null;
}

export async function insertToken(
  ctx: Ctx,
  row: {
    name: string;
    unitId: string;
    unitPath: string;
    secret: string;
    permissions: string[];
    days: number;
  },
): Promise<string> {
  const { rows } = await sql<{ id: string }>`INSERT INTO auth.token
      (name, unit_id, unit_path, secret_sha256, permissions, created_by, expires_at)
    VALUES (${row.name}, ${row.unitId}::uuid, ${row.unitPath}::ltree, ${digestOf(row.secret)}, ${row.permissions},
      ${ctx.actor.id}, base.now() + make_interval(days => ${row.days})) RETURNING id`.execute(ctx.db);
  return rows[0]!.id;
}

export async function listTokens(ctx: Ctx, query: { page: number; pageSize: number }) {
  const { rows } = await sql<TokenRow & { n: number }>`SELECT t.*, u.name AS unit_name, count(*) OVER () AS n
    FROM auth.token t JOIN units.unit_view u ON u.id = t.unit_id ORDER BY t.id DESC
    LIMIT ${query.pageSize} OFFSET ${(query.page - 1) * query.pageSize}`.execute(ctx.db);
  return { items: rows, total: rows[0]?.n ?? 0 };
}

export async function useToken(ctx: Ctx, secret: string): Promise<TokenRow | undefined> {
  const { rows } = await sql<TokenRow>`WITH used AS (
      UPDATE auth.token SET last_used_at = base.now() WHERE secret_sha256 = ${digestOf(secret)}
        AND (last_used_at IS NULL OR last_used_at < base.now() - interval '1 minute'))
    SELECT t.*, u.name AS unit_name FROM auth.token t JOIN units.unit_view u ON u.id = t.unit_id
    WHERE t.secret_sha256 = ${digestOf(secret)} AND t.revoked_at IS NULL AND t.expires_at > base.now()`.execute(
    ctx.db,
  );
  return rows[0];
}

export async function revokeToken(ctx: Ctx, id: string): Promise<boolean> {
  const done = await sql`UPDATE auth.token SET revoked_at = base.now() WHERE id = ${id}::uuid
    AND revoked_at IS NULL`.execute(ctx.db);
  return done.numAffectedRows === 1n;
}
