import { sql } from 'kysely';
import type { Ctx } from '#base/app';

export async function insertHandOver(
  ctx: Ctx,
  row: {
    from: string;
    to: string;
    unitId: string;
    unitPath: string;
    on: string;
    documentNo: string | null;
    withThings: boolean;
    done: boolean;
  },
): Promise<string> {
  const { rows } = await sql<{
    id: string;
  }>`INSERT INTO units.hand_over (from_person, to_person, unit_id, unit_path,
      on_day, document_no, with_things, actor_id, actor_name, done_at)
    VALUES (${row.from}::uuid, ${row.to}::uuid, ${row.unitId}::uuid, ${row.unitPath}::ltree, ${row.on}::date,
      ${row.documentNo}, ${row.withThings}, ${ctx.actor.id}, ${ctx.actor.name},
      CASE WHEN ${row.done}::boolean THEN base.now() END) RETURNING id`.execute(ctx.db);
  return rows[0]!.id;
}

export interface DueHandOver {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly unitId: string;
  readonly unitPath: string;
}

/** Hand-overs whose day has come, locked; two workers take different ones. */
export async function takeDueHandOvers(ctx: Ctx, limit: number): Promise<DueHandOver[]> {
  const { rows } =
    await sql<DueHandOver>`SELECT id, from_person AS "from", to_person AS "to", unit_id AS "unitId",
      unit_path::text AS "unitPath" FROM units.hand_over
    WHERE done_at IS NULL AND on_day <= units.today() ORDER BY on_day, id LIMIT ${limit}
    FOR UPDATE SKIP LOCKED`.execute(ctx.db);
  return rows;
}

export async function finishHandOver(ctx: Ctx, id: string): Promise<void> {
  await sql`UPDATE units.hand_over SET done_at = base.now() WHERE id = ${id}::uuid`.execute(ctx.db);
}

/** When the person's posts in each unit began and ended, as believed now. */
export async function lastPosts(
  ctx: Ctx,
  personId: string,
): Promise<{ unitId: string; startsOn: string; endsOn: string | null }[]> {
  const { rows } = await sql<{
    unitId: string;
    startsOn: string;
    endsOn: string | null;
  }>`SELECT unit_id AS "unitId",
      starts_on::text AS "startsOn", ends_on::text AS "endsOn" FROM units.appointment
    WHERE person_id = ${personId}::uuid AND recorded_to IS NULL`.execute(ctx.db);
  return rows;
}
