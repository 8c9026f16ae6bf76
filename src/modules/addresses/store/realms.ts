import { sql } from 'kysely';
import type { Ctx } from '#base/app';
import { allOf, like, type Page, pageOf } from '#base/list';

export interface RealmRow {
  readonly id: string;
  readonly key: string;
  readonly name: string;
  readonly description: string;
  readonly unitId: string | null;
  readonly unitName: string | null;
  readonly prefixes: number;
}

/** Realms of the scope, and those of the bureaus above it. */
export function listRealms(
  ctx: Ctx,
  query: { page: number; pageSize: number; q?: string | undefined },
): Promise<Page<RealmRow>> {
  return pageOf<RealmRow>(ctx, {
    columns: sql`r.id, r.key, r.name, r.description, r.unit_id AS "unitId", u.name AS "unitName",
      (SELECT count(*) FROM addresses.prefix_node n WHERE n.realm = r.key) AS prefixes`,
    from: sql`addresses.realm r`,
    as: 'r',
    join: sql`LEFT JOIN units.unit_view u ON u.id = r.unit_id`,
    where: allOf(query.q ? [sql`(${like(sql`r.key`, query.q)} OR ${like(sql`r.name`, query.q)})`] : []),
    orderBy: sql`r.key`,
    query,
  });
}

/** Which of these realms the actor may use, with the unit that each belongs to (`''`: the whole system's). */
export async function knownRealms(ctx: Ctx, keys: readonly string[]): Promise<Map<string, string>> {
  const { rows } = await sql<{ key: string; path: string }>`SELECT key, unit_path::text AS path
    FROM addresses.realm WHERE key = ANY(${[...keys]}::text[])`.execute(ctx.db);
  return new Map(rows.map((row) => [row.key, row.path]));
}

/** Undefined when the key is taken, by whomever. */
export async function insertRealm(
  ctx: Ctx,
  realm: { key: string; name: string; description: string; unitId: string; unitPath: string },
): Promise<string | undefined> {
  const { rows } = await sql<{ id: string }>`INSERT INTO addresses.realm
      (key, name, description, unit_id, unit_path, created_by)
    VALUES (${realm.key}, ${realm.name}, ${realm.description}, ${realm.unitId}::uuid, ${realm.unitPath}::ltree,
      ${ctx.actor.id}) ON CONFLICT DO NOTHING RETURNING id`.execute(ctx.db);
  return rows[0]?.id;
}

/** The realm as it was, or undefined when the scope may not change it. */
export async function updateRealm(
  ctx: Ctx,
  id: string,
  change: { name: string; description: string },
): Promise<{ key: string; name: string; description: string; unitPath: string } | undefined> {
  const { rows } = await sql<{
    key: string;
    name: string;
    description: string;
    unitPath: string;
  }>`WITH old AS (
      SELECT * FROM addresses.realm WHERE id = ${id}::uuid)
    UPDATE addresses.realm r SET name = ${change.name}, description = ${change.description} FROM old
    WHERE r.id = old.id RETURNING old.key, old.name, old.description, old.unit_path::text AS "unitPath"`.execute(
    ctx.db,
  );
  return rows[0];
}
