import { sql } from 'kysely';
import type { Ctx } from '#base/app';
import { pageOf } from '#base/list';

export async function findPhone(
  ctx: Ctx,
  personId: string,
): Promise<{ phone: string | null; unit_path: string } | undefined> {
  const { rows } = await sql<{ phone: string | null; unit_path: string }>`SELECT phone, unit_path
    FROM units.person_view WHERE id = ${personId}::uuid`.execute(ctx.db);
  return rows[0];
}

/** How many numbers an account opened within the last 24 hours; two requests at once count one after the other. */
export async function countReveals(ctx: Ctx, accountId: string): Promise<number> {
  await sql`SELECT pg_advisory_xact_lock(hashtext('auth.reveal:' || ${accountId}))`.execute(ctx.db);
  const { rows } = await sql<{ n: number }>`SELECT count(*) AS n FROM auth.phone_reveal
    WHERE account_id = ${accountId}::uuid AND at > base.now() - interval '24 hours'`.execute(ctx.db);
  return rows[0]!.n;
}

export async function insertReveal(
  ctx: Ctx,
  row: { personId: string; unitPath: string; reason: string },
): Promise<void> {
  await sql`INSERT INTO auth.phone_reveal (person_id, unit_path, account_id, account_name, account_unit, reason)
    VALUES (${row.personId}::uuid, ${row.unitPath}::ltree, ${ctx.actor.id}::uuid, ${ctx.actor.name},
      coalesce((SELECT name FROM units.unit_view WHERE id = ${ctx.actor.unitId}::uuid), ''), ${row.reason})`.execute(
    ctx.db,
  );
}

/** Reveals of the number of the person whose account this is. */
export function listRevealsOf(ctx: Ctx, accountId: string, query: { page: number; pageSize: number }) {
  return pageOf<{ id: string; account_name: string; account_unit: string; reason: string; at: Date }>(ctx, {
    columns: sql`r.id, r.account_name, r.account_unit, r.reason, r.at`,
    from: sql`auth.phone_reveal r JOIN auth.account a ON a.person_id = r.person_id`,
    where: sql`a.id = ${accountId}::uuid`,
    orderBy: sql`r.id DESC`,
    query,
  });
}
