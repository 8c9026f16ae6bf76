import { sql } from 'kysely';
import type { Ctx } from '#base/app';
import { type Page, pageOf } from '#base/list';
import type { SignInPolicy } from './policy-rules.ts';

export interface PolicyRow extends SignInPolicy {
  id: string;
  number: number;
  reason: string;
  state: 'proposed' | 'approved' | 'refused';
  proposedById: string;
  proposedBy: string;
  proposedAt: Date;
  decidedBy: string | null;
  decidedAt: Date | null;
}

const figures = sql`p.min_length AS "minLength", p.min_classes AS "minClasses", p.history,
  p.max_age_days AS "maxAgeDays", p.warn_days AS "warnDays", p.lock_tries AS "lockTries",
  p.lock_minutes AS "lockMinutes", p.address_tries AS "addressTries", p.idle_minutes AS "idleMinutes",
  p.absolute_hours AS "absoluteHours", p.sessions_per_account AS "sessionsPerAccount"`;
const columns = sql`p.id, p.number, ${figures}, p.reason, p.state, p.proposed_by AS "proposedById",
  p.proposed_by_name AS "proposedBy", p.proposed_at AS "proposedAt", p.decided_by_name AS "decidedBy",
  p.decided_at AS "decidedAt"`;

/** The policy in force, and the database's time: every decision of a sign-in is made with these two. */
export async function currentPolicy(ctx: Ctx): Promise<SignInPolicy & { now: Date }> {
  const { rows } = await sql<SignInPolicy & { now: Date }>`SELECT ${figures}, base.now() AS now
    FROM auth.sign_in_policy p WHERE p.state = 'approved' ORDER BY p.decided_at DESC, p.number DESC
    LIMIT 1`.execute(ctx.db);
  return rows[0]!;
}

export function listPolicies(
  ctx: Ctx,
  query: { page: number; pageSize: number; state?: string | undefined },
): Promise<Page<PolicyRow>> {
  return pageOf<PolicyRow>(ctx, {
    columns,
    from: sql`auth.sign_in_policy p`,
    where: sql`(${query.state ?? null}::text IS NULL OR p.state = ${query.state ?? null})`,
    orderBy: sql`p.number DESC`,
    query,
  });
}

export async function findPolicy(ctx: Ctx, id: string): Promise<PolicyRow | undefined> {
  const { rows } = await sql<PolicyRow>`SELECT ${columns} FROM auth.sign_in_policy p
    WHERE p.id = ${id}::uuid`.execute(ctx.db);
  return rows[0];
}

export async function insertPolicy(ctx: Ctx, row: SignInPolicy & { reason: string }): Promise<string> {
  const { rows } = await sql<{
    id: string;
  }>`INSERT INTO auth.sign_in_policy (unit_path, min_length, min_classes,
      history, max_age_days, warn_days, lock_tries, lock_minutes, address_tries, idle_minutes, absolute_hours,
      sessions_per_account, reason, proposed_by, proposed_by_name)
    VALUES (${ctx.actor.unitPath}::ltree, ${row.minLength}, ${row.minClasses}, ${row.history}, ${row.maxAgeDays},
      ${row.warnDays}, ${row.lockTries}, ${row.lockMinutes}, ${row.addressTries}, ${row.idleMinutes},
      ${row.absoluteHours}, ${row.sessionsPerAccount}, ${row.reason}, ${ctx.actor.id}, ${ctx.actor.name})
    RETURNING id`.execute(ctx.db);
  return rows[0]!.id;
}

/** Decides a proposal; the database refuses the proposer (constraint `four_eyes`). False when it was decided. */
export async function decidePolicyRow(ctx: Ctx, id: string, state: 'approved' | 'refused'): Promise<boolean> {
  const done = await sql`UPDATE auth.sign_in_policy SET state = ${state}, decided_by = ${ctx.actor.id},
    decided_by_name = ${ctx.actor.name}, decided_at = base.now()
    WHERE id = ${id}::uuid AND state = 'proposed'`.execute(ctx.db);
  return done.numAffectedRows === 1n;
}
