import { sql } from 'kysely';
import type { Ctx } from '#base/app';
import { type Page, pageOf } from '#base/list';
import type { ListQuery } from './store.ts';

export interface ExceptionRow {
  readonly id: string;
  readonly personId: string;
  readonly personName: string;
  readonly unitId: string;
  readonly unitName: string;
  readonly unitPath: string;
  readonly reason: string;
  readonly startsOn: string;
  readonly expiresOn: string;
  readonly proposedById: string;
  readonly proposedBy: string;
  readonly proposedAt: Date;
  readonly decidedBy: string | null;
  readonly decidedAt: Date | null;
  readonly approved: boolean | null;
}

const columns = sql`e.id, e.person_id AS "personId", p.name AS "personName", e.unit_id AS "unitId",
  u.name AS "unitName", e.unit_path::text AS "unitPath", e.reason, e.starts_on::text AS "startsOn",
  e.expires_on::text AS "expiresOn", e.proposed_by AS "proposedById", e.proposed_name AS "proposedBy",
  e.proposed_at AS "proposedAt", e.decided_name AS "decidedBy", e.decided_at AS "decidedAt", e.approved`;
const tables = sql`units.post_exception e JOIN units.person p ON p.id = e.person_id
  JOIN units.unit u ON u.id = e.unit_id`;

export async function findException(ctx: Ctx, id: string): Promise<ExceptionRow | undefined> {
  const { rows } = await sql<ExceptionRow>`SELECT ${columns} FROM ${tables} WHERE e.id = ${id}::uuid`.execute(
    ctx.db,
  );
  return rows[0];
}

export async function listExceptions(
  ctx: Ctx,
  query: ListQuery & {
    readonly unitId?: string | undefined;
    readonly personId?: string | undefined;
    readonly open?: boolean | undefined;
  },
): Promise<Page<ExceptionRow>> {
  const where = [sql`true`];
  if (query.unitId) where.push(sql`e.unit_id = ${query.unitId}::uuid`);
  if (query.personId) where.push(sql`e.person_id = ${query.personId}::uuid`);
  if (query.open) where.push(sql`e.approved IS NULL`);
  return pageOf<ExceptionRow>(ctx, {
    columns,
    from: tables,
    where: sql`${sql.join(where, sql` AND `)}`,
    orderBy: sql`e.approved IS NOT NULL, e.expires_on, e.id`,
    query,
  });
}

export async function insertException(
  ctx: Ctx,
  row: {
    personId: string;
    unitId: string;
    unitPath: string;
    reason: string;
    startsOn: string;
    expiresOn: string;
  },
): Promise<string> {
  const { rows } = await sql<{ id: string }>`INSERT INTO units.post_exception
      (person_id, unit_id, unit_path, reason, starts_on, expires_on, proposed_by, proposed_name)
    VALUES (${row.personId}::uuid, ${row.unitId}::uuid, ${row.unitPath}::ltree, ${row.reason}, ${row.startsOn}::date,
      ${row.expiresOn}::date, ${ctx.actor.id}, ${ctx.actor.name}) RETURNING id`.execute(ctx.db);
  return rows[0]!.id;
}

/** Writes the decision; false when one was taken before. */
export async function decideException(ctx: Ctx, id: string, approved: boolean): Promise<boolean> {
  const done = await sql`UPDATE units.post_exception SET decided_by = ${ctx.actor.id},
      decided_name = ${ctx.actor.name}, decided_at = base.now(), approved = ${approved}
    WHERE id = ${id}::uuid AND approved IS NULL`.execute(ctx.db);
  return done.numAffectedRows === 1n;
}

/** Approved exceptions that have ended and were not told of yet; they count as told from now on. */
export async function takeExpired(ctx: Ctx): Promise<ExceptionRow[]> {
  const { rows } = await sql<ExceptionRow>`WITH told AS (
      UPDATE units.post_exception SET expiry_told_at = base.now()
      WHERE approved AND expiry_told_at IS NULL AND expires_on <= units.today() RETURNING id)
    SELECT ${columns} FROM ${tables} WHERE e.id IN (SELECT id FROM told) ORDER BY e.id`.execute(ctx.db);
  return rows;
}
