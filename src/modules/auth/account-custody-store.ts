import { sql } from 'kysely';
import type { Ctx } from '#base/app';

/** Accounts of a person that may still sign in. */
export async function findAccountsOf(ctx: Ctx, personId: string, limit: number) {
  const { rows } = await sql<{
    id: string;
    title: string;
    detail: string;
    unitId: string;
    unitPath: string;
  }>`SELECT id, username AS title, name AS detail, unit_id AS "unitId", unit_path::text AS "unitPath"
    FROM auth.account WHERE person_id = ${personId}::uuid AND NOT disabled ORDER BY username LIMIT ${limit}`.execute(
    ctx.db,
  );
  return rows;
}
