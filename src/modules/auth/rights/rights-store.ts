import { sql } from 'kysely';
import type { Ctx } from '#base/app';
import type { HeldRole } from '../contract.ts';

/** A delegation that holds now, with what its giver holds. */
export interface Lent {
  id: string;
  from_id: string;
  from_name: string;
  from_roles: HeldRole[];
  /** Permissions of the composed roles among them. */
  from_composed: string[];
  permissions: string[];
  ends_at: string;
}

/** A look through another account's eyes that is going on. */
export interface View {
  id: string;
  target_id: string;
  viewer_name: string;
  ends_at: string;
}

interface RightsRow {
  composed: { role: HeldRole; permission: string }[];
  lent: Lent[];
  view: View | null;
}

const composedOf = (account: ReturnType<typeof sql>) => sql`SELECT p.role, p.permission FROM auth.role_grant g
  JOIN auth.role_permission p ON p.role = g.role AND NOT p.built_in
  WHERE g.account_id = ${account} AND g.state = 'approved'`;

/**
 * What an account may do beyond its built-in roles, in one question, because every request asks it: permissions of
 * composed roles, delegations that hold now (giver active, recipient still at or below the giver's unit), and the
 * look through another's eyes that the session is in.
 */
export async function readRights(ctx: Ctx, accountId: string, sessionId?: string): Promise<RightsRow> {
  const id = sql`${accountId}::uuid`;
  const { rows } = await sql<RightsRow>`/* prepared: auth.rights */ SELECT
    (SELECT coalesce(json_agg(c), '[]') FROM (${composedOf(id)}) AS c) AS composed,
    (SELECT coalesce(json_agg(l), '[]') FROM (
      SELECT d.id, f.id AS from_id, f.name AS from_name, d.permissions, d.ends_at,
        array(SELECT g.role FROM auth.role_grant g WHERE g.account_id = f.id AND g.state = 'approved') AS from_roles,
        array(SELECT c.permission FROM (${composedOf(sql`f.id`)}) AS c) AS from_composed
      FROM auth.delegation d JOIN auth.account f ON f.id = d.from_account JOIN auth.account t ON t.id = d.to_account
      WHERE d.to_account = ${id} AND d.state = 'accepted' AND NOT f.disabled AND t.unit_path <@ f.unit_path
        AND d.starts_at <= base.now() AND d.ends_at > base.now() ORDER BY d.ends_at) AS l) AS lent,
    (SELECT row_to_json(w) FROM (
      SELECT v.id, v.target_id, v.viewer_name, v.ends_at FROM auth.view_as v
      WHERE v.session_id = ${sessionId ?? null}::uuid AND v.viewer_id = ${id} AND v.ended_at IS NULL AND v.ends_at > base.now()) AS w) AS view`.execute(
    ctx.db,
  );
  return rows[0]!;
}

export interface HolderRow {
  name: string;
  unit_name: string;
  roles: HeldRole[];
}

/** Active accounts of a unit and those above it that hold one of `roles`, the nearest first. */
export async function findHolders(
  ctx: Ctx,
  roles: readonly string[],
  unitPath: string,
): Promise<HolderRow[]> {
  const { rows } =
    await sql<HolderRow>`SELECT a.name, u.name AS unit_name, array_agg(g.role ORDER BY g.role) AS roles
    FROM auth.role_grant g JOIN auth.account a ON a.id = g.account_id JOIN units.unit_view u ON u.id = a.unit_id
    WHERE g.state = 'approved' AND g.role = ANY(${[...roles]}) AND NOT a.disabled AND a.unit_path @> ${unitPath}::ltree
    GROUP BY a.id, a.name, u.name ORDER BY nlevel(a.unit_path) DESC, a.name LIMIT 5`.execute(ctx.db);
  return rows;
}

/** Composed roles in force with their words and permissions. */
export async function activeComposedRoles(
  ctx: Ctx,
): Promise<{ name: HeldRole; zh: string; en: string; permissions: string[] }[]> {
  const { rows } = await sql<{ name: HeldRole; zh: string; en: string; permissions: string[] }>`
    SELECT name, zh, en, permissions FROM auth.role WHERE state = 'active' AND NOT built_in ORDER BY name`.execute(
    ctx.db,
  );
  return rows;
}
