import { sql } from 'kysely';
import type { Ctx } from '#base/app';
import { pageOf } from '#base/list';
import { likeOf } from '#units';
import type { HeldRole } from './contract.ts';

export interface GrantRow {
  id: string;
  account_id: string;
  username: string;
  name: string;
  unit_path: string;
  role: HeldRole;
  state: 'proposed' | 'approved' | 'refused' | 'revoked';
  proposed_by: string;
  proposed_by_name: string;
  proposed_at: Date;
  decided_by_name: string | null;
  revoked_by_name: string | null;
  revoke_reason: string | null;
}

const columns = sql`g.id, g.account_id, a.username, a.name, g.unit_path, g.role, g.state, g.proposed_by,
  g.proposed_by_name, g.proposed_at, g.decided_by_name, g.revoked_by_name, g.revoke_reason`;

export function listGrants(
  ctx: Ctx,
  query: { page: number; pageSize: number; state?: string | undefined; q?: string | undefined },
) {
  const like = likeOf(query.q ?? '');
  return pageOf<GrantRow>(ctx, {
    columns,
    from: sql`auth.role_grant g JOIN auth.account a ON a.id = g.account_id`,
    where: sql`(${query.state ?? null}::text IS NULL OR g.state = ${query.state ?? null})
      AND (a.name ILIKE ${like} OR a.username ILIKE ${like})`,
    orderBy: sql`g.id DESC`,
    query,
  });
}

export async function findGrant(ctx: Ctx, id: string): Promise<GrantRow | undefined> {
  const { rows } = await sql<GrantRow>`SELECT ${columns} FROM auth.role_grant g
    JOIN auth.account a ON a.id = g.account_id WHERE g.id = ${id}::uuid`.execute(ctx.db);
  return rows[0];
}

export async function insertGrant(
  ctx: Ctx,
  row: { accountId: string; unitPath: string; role: HeldRole },
): Promise<string> {
  const { rows } = await sql<{ id: string }>`INSERT INTO auth.role_grant
      (account_id, unit_path, role, proposed_by, proposed_by_name)
    VALUES (${row.accountId}::uuid, ${row.unitPath}::ltree, ${row.role}, ${ctx.actor.id}, ${ctx.actor.name})
    RETURNING id`.execute(ctx.db);
  return rows[0]!.id;
}

/**
 * Another account of the same name with a live role of another class, one of the two being an administrator's. Accounts
 * that are tied to two different persons are two people.
 */
export async function namesakeOf(
  ctx: Ctx,
  accountId: string,
  role: HeldRole,
): Promise<{ name: string; username: string } | undefined> {
  const administrators = sql`('system_admin', 'security_admin', 'audit_admin')`;
  const { rows } = await sql<{ name: string; username: string }>`SELECT b.name, b.username
    FROM auth.account a JOIN auth.account b ON b.id <> a.id AND lower(btrim(b.name)) = lower(btrim(a.name))
      AND NOT b.disabled AND (a.person_id IS NULL OR b.person_id IS NULL OR a.person_id = b.person_id)
    JOIN auth.role_grant g ON g.account_id = b.id AND g.state IN ('proposed', 'approved') AND g.role <> ${role}
    WHERE a.id = ${accountId}::uuid AND (${role} IN ${administrators} OR g.role IN ${administrators}) LIMIT 1`.execute(
    ctx.db,
  );
  return rows[0];
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

/** Ends an approved grant. False when it is not approved. */
export async function revokeGrant(ctx: Ctx, id: string, reason: string): Promise<boolean> {
  const done = await sql`UPDATE auth.role_grant SET state = 'revoked', revoked_by = ${ctx.actor.id},
      revoked_by_name = ${ctx.actor.name}, revoked_at = base.now(), revoke_reason = ${reason}
    WHERE id = ${id}::uuid AND state = 'approved'`.execute(ctx.db);
  return done.numAffectedRows === 1n;
}
