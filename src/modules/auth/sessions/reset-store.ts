import { sql } from 'kysely';
import type { Ctx } from '#base/app';
import { type Page, pageOf } from '#base/list';

export interface ResetRow {
  id: string;
  accountId: string;
  username: string;
  name: string;
  unitName: string;
  what: 'factors' | 'password';
  reason: string;
  state: 'proposed' | 'approved' | 'refused';
  proposedBy: string;
  proposedById: string;
  proposedAt: Date;
  decidedBy: string | null;
  decidedAt: Date | null;
}

const columns = sql`r.id, r.account_id AS "accountId", a.username, a.name, u.name AS "unitName", r.what, r.reason,
  r.state, r.proposed_by_name AS "proposedBy", r.proposed_by AS "proposedById", r.proposed_at AS "proposedAt",
  r.decided_by_name AS "decidedBy", r.decided_at AS "decidedAt"`;
const from = sql`auth.reset_request r JOIN auth.account a ON a.id = r.account_id
  JOIN units.unit_view u ON u.id = a.unit_id`;

export function listResets(
  ctx: Ctx,
  query: { page: number; pageSize: number; state?: string | undefined },
): Promise<Page<ResetRow>> {
  return pageOf<ResetRow>(ctx, {
    columns,
    from,
    where: sql`(${query.state ?? null}::text IS NULL OR r.state = ${query.state ?? null})`,
    orderBy: sql`r.proposed_at DESC, r.id DESC`,
    query,
  });
}

export async function findReset(ctx: Ctx, id: string): Promise<ResetRow | undefined> {
  const { rows } = await sql<ResetRow>`SELECT ${columns} FROM ${from} WHERE r.id = ${id}::uuid`.execute(
    ctx.db,
  );
  return rows[0];
}

export async function insertReset(
  ctx: Ctx,
  account: { id: string; unit_path: string },
  input: { what: 'factors' | 'password'; reason: string },
): Promise<string> {
  const { rows } = await sql<{ id: string }>`INSERT INTO auth.reset_request
      (account_id, unit_path, what, reason, proposed_by, proposed_by_name)
    VALUES (${account.id}::uuid, ${account.unit_path}::ltree, ${input.what}, ${input.reason}, ${ctx.actor.id},
      ${ctx.actor.name}) RETURNING id`.execute(ctx.db);
  return rows[0]!.id;
}

/** Decides a proposal; the database refuses the proposer and the one concerned. False when it was decided. */
export async function decideResetRow(ctx: Ctx, id: string, state: 'approved' | 'refused'): Promise<boolean> {
  const done = await sql`UPDATE auth.reset_request SET state = ${state}, decided_by = ${ctx.actor.id},
    decided_by_name = ${ctx.actor.name}, decided_at = base.now()
    WHERE id = ${id}::uuid AND state = 'proposed'`.execute(ctx.db);
  return done.numAffectedRows === 1n;
}
