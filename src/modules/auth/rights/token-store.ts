import { sql } from 'kysely';
import type { Ctx } from '#base/app';
import { pageOf } from '#base/list';
import { likeOf } from '#units';
import { digestOf } from '../store.ts';

export interface TokenRow {
  id: string;
  name: string;
  unit_id: string;
  unit_path: string;
  unit_name: string;
  permissions: string[];
  allowed_from: string[];
  created_by: string;
  created_by_name: string;
  state: 'proposed' | 'active' | 'refused' | 'revoked' | 'expired';
  expires_at: Date;
  last_used_at: Date | null;
  last_used_from: string | null;
}

// How a token stands now, in one word.
const state = sql`CASE WHEN t.revoked_at IS NOT NULL THEN 'revoked' WHEN t.expires_at <= base.now() THEN 'expired'
  ELSE t.state END`;
const columns = sql`t.id, t.name, t.unit_id, t.unit_path, u.name AS unit_name, t.permissions,
  t.allowed_from::text[] AS allowed_from, t.created_by, t.created_by_name, ${state} AS state, t.expires_at,
  t.last_used_at, host(t.last_used_from) AS last_used_from`;

export async function insertToken(
  ctx: Ctx,
  row: {
    name: string;
    unitId: string;
    unitPath: string;
    secret: string;
    permissions: readonly string[];
    allowedFrom: readonly string[];
    days: number;
    state: 'proposed' | 'active';
  },
): Promise<string> {
  const { rows } = await sql<{ id: string }>`INSERT INTO auth.token (name, unit_id, unit_path, secret_sha256,
      permissions, allowed_from, created_by, created_by_name, created_at, expires_at, state)
    SELECT ${row.name}, ${row.unitId}::uuid, ${row.unitPath}::ltree, ${digestOf(row.secret)}, ${[...row.permissions]},
      ${[...row.allowedFrom]}::text[]::cidr[], ${ctx.actor.id}, ${ctx.actor.name}, n, n + make_interval(days => ${row.days}),
      ${row.state} FROM base.now() AS n RETURNING id`.execute(ctx.db);
  return rows[0]!.id;
}

export function listTokens(ctx: Ctx, query: { page: number; pageSize: number; q?: string | undefined }) {
  const like = likeOf(query.q ?? '');
  return pageOf<TokenRow>(ctx, {
    columns,
    from: sql`auth.token t JOIN units.unit_view u ON u.id = t.unit_id`,
    where: sql`t.name ILIKE ${like} OR u.name ILIKE ${like}`,
    orderBy: sql`t.id DESC`,
    query,
  });
}

export async function findToken(ctx: Ctx, id: string): Promise<TokenRow | undefined> {
  const { rows } =
    await sql<TokenRow>`SELECT ${columns} FROM auth.token t JOIN units.unit_view u ON u.id = t.unit_id
    WHERE t.id = ${id}::uuid`.execute(ctx.db);
  return rows[0];
}

/**
 * The token of a secret, when it works now and from that address. Its last use is noted once a minute, and at once
 * from a new address.
 */
export async function useToken(ctx: Ctx, secret: string, remote: string): Promise<TokenRow | undefined> {
  const digest = digestOf(secret);
  const { rows } =
    await sql<TokenRow>`SELECT ${columns} FROM auth.token t JOIN units.unit_view u ON u.id = t.unit_id
    WHERE (t.secret_sha256 = ${digest} OR (t.previous_sha256 = ${digest} AND t.previous_until > base.now()))
      AND t.state = 'active' AND t.revoked_at IS NULL AND t.expires_at > base.now()
      AND (cardinality(t.allowed_from) = 0 OR ${remote}::inet <<= ANY(t.allowed_from))`.execute(ctx.db);
  const token = rows[0];
  if (token) {
    await sql`UPDATE auth.token SET last_used_at = base.now(), last_used_from = ${remote}::inet
      WHERE id = ${token.id}::uuid AND (last_used_at IS NULL OR last_used_at < base.now() - interval '1 minute'
        OR last_used_from IS DISTINCT FROM ${remote}::inet)`.execute(ctx.db);
  }
  return token;
}

export async function decideToken(ctx: Ctx, id: string, approve: boolean): Promise<boolean> {
  const done =
    await sql`UPDATE auth.token t SET state = ${approve ? 'active' : 'refused'}, decided_by = ${ctx.actor.id},
      decided_by_name = ${ctx.actor.name}, decided_at = base.now()
    WHERE t.id = ${id}::uuid AND ${state} = 'proposed'`.execute(ctx.db);
  return done.numAffectedRows === 1n;
}

export async function rotateToken(
  ctx: Ctx,
  id: string,
  secret: string,
  graceMinutes: number,
): Promise<boolean> {
  const done = await sql`UPDATE auth.token t SET secret_sha256 = ${digestOf(secret)},
      previous_sha256 = CASE WHEN ${graceMinutes}::int > 0 THEN secret_sha256 END,
      previous_until = CASE WHEN ${graceMinutes}::int > 0 THEN base.now() + make_interval(mins => ${graceMinutes}) END,
      rotated_at = base.now()
    WHERE t.id = ${id}::uuid AND ${state} IN ('active', 'proposed')`.execute(ctx.db);
  return done.numAffectedRows === 1n;
}

export async function revokeToken(ctx: Ctx, id: string): Promise<boolean> {
  const done = await sql`UPDATE auth.token SET revoked_at = base.now(), revoked_by_name = ${ctx.actor.name}
    WHERE id = ${id}::uuid AND revoked_at IS NULL`.execute(ctx.db);
  return done.numAffectedRows === 1n;
}
