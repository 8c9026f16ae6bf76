import { sql } from 'kysely';
import type { Ctx } from '#base/app';
import { pageOf } from '#base/list';
import { likeOf } from '#units';
import type { HeldRole } from '../contract.ts';

export interface DelegationRow {
  id: string;
  from_account: string;
  from_name: string;
  from_unit: string;
  to_account: string;
  to_name: string;
  to_unit: string;
  permissions: string[];
  role: HeldRole | null;
  reason: string;
  starts_at: Date;
  ends_at: Date;
  state: 'offered' | 'accepted' | 'declined' | 'ended' | 'over';
  ended_by_name: string | null;
  unit_path: string;
}

// A giver above is outside the recipient's scope: the names are written by the system's view of both accounts.
const columns = sql`d.id, d.from_account, d.from_name, d.from_unit, d.to_account, d.to_name, d.to_unit, d.permissions,
  d.role, d.reason, d.starts_at, d.ends_at, d.ended_by_name, d.unit_path,
  CASE WHEN d.state IN ('offered', 'accepted') AND d.ends_at <= base.now() THEN 'over' ELSE d.state END AS state`;

export function listDelegations(
  ctx: Ctx,
  query: { page: number; pageSize: number; q?: string | undefined },
  ofAccount: string | null,
) {
  const like = likeOf(query.q ?? '');
  return pageOf<DelegationRow>(ctx, {
    columns,
    from: sql`auth.delegation d`,
    where: sql`(${ofAccount}::uuid IS NULL OR d.from_account = ${ofAccount}::uuid OR d.to_account = ${ofAccount}::uuid)
      AND (d.from_name ILIKE ${like} OR d.to_name ILIKE ${like} OR d.reason ILIKE ${like})`,
    orderBy: sql`d.id DESC`,
    query,
  });
}

export async function findDelegation(ctx: Ctx, id: string): Promise<DelegationRow | undefined> {
  const { rows } =
    await sql<DelegationRow>`SELECT ${columns} FROM auth.delegation d WHERE d.id = ${id}::uuid`.execute(
      ctx.db,
    );
  return rows[0];
}

export async function insertDelegation(
  ctx: Ctx,
  row: {
    from: { id: string; name: string; unit_name: string };
    to: { id: string; name: string; unit_name: string; unit_path: string };
    permissions: readonly string[];
    role: string | null;
    reason: string;
    startsAt: string;
    endsAt: string;
  },
): Promise<string> {
  const { from, to } = row;
  const { rows } = await sql<{
    id: string;
  }>`INSERT INTO auth.delegation (from_account, from_name, from_unit, to_account,
      to_name, to_unit, unit_path, permissions, role, reason, starts_at, ends_at)
    VALUES (${from.id}::uuid, ${from.name}, ${from.unit_name}, ${to.id}::uuid, ${to.name}, ${to.unit_name},
      ${to.unit_path}::ltree, ${[...row.permissions]}, ${row.role}, ${row.reason}, ${row.startsAt}, ${row.endsAt})
    RETURNING id`.execute(ctx.db);
  return rows[0]!.id;
}

/** The recipient's answer; false when there is no open offer to them. */
export async function answerOffer(ctx: Ctx, id: string, accept: boolean): Promise<boolean> {
  const done = await sql`UPDATE auth.delegation SET state = ${accept ? 'accepted' : 'declined'},
      answered_at = base.now()
    WHERE id = ${id}::uuid AND state = 'offered' AND to_account = ${ctx.actor.id}::uuid
      AND ends_at > base.now()`.execute(ctx.db);
  return done.numAffectedRows === 1n;
}

export async function endNow(ctx: Ctx, id: string): Promise<boolean> {
  const done =
    await sql`UPDATE auth.delegation SET state = 'ended', ended_at = base.now(), ended_by = ${ctx.actor.id},
      ended_by_name = ${ctx.actor.name}
    WHERE id = ${id}::uuid AND state IN ('offered', 'accepted') AND ends_at > base.now()`.execute(ctx.db);
  return done.numAffectedRows === 1n;
}

/** Active accounts of the caller's scope that hold only business roles, but the caller's own. */
export function listRecipients(ctx: Ctx, query: { page: number; pageSize: number; q?: string | undefined }) {
  const like = likeOf(query.q ?? '');
  return pageOf<{ id: string; name: string; unit_name: string }>(ctx, {
    columns: sql`a.id, a.name, u.name AS unit_name`,
    from: sql`auth.account a JOIN units.unit_view u ON u.id = a.unit_id`,
    where: sql`NOT a.disabled AND a.id::text <> ${ctx.actor.id} AND (a.name ILIKE ${like} OR u.name ILIKE ${like})
      AND NOT EXISTS (SELECT FROM auth.role_grant g WHERE g.account_id = a.id AND g.state = 'approved'
        AND g.class <> 'business')`,
    orderBy: sql`u.name, a.name, a.id`,
    query,
  });
}
