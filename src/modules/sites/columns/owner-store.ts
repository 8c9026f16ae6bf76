import { sql } from 'kysely';
import type { Ctx } from '#base/app';

export interface OwnedColumn {
  id: string;
  siteId: string;
  title: string;
  detail: string;
  unitId: string;
  unitPath: string;
  n: number;
}

/** Columns that a person answers for. */
export async function findColumnsOf(ctx: Ctx, personId: string, limit: number): Promise<OwnedColumn[]> {
  const { rows } = await sql<OwnedColumn>`SELECT c.id, c.site_id AS "siteId", c.name AS title,
      s.name || ' ' || c.path_prefix AS detail, s.unit_id AS "unitId", s.unit_path::text AS "unitPath",
      count(*) OVER () AS n
    FROM sites.site_column c JOIN sites.site s ON s.id = c.site_id
    WHERE c.owner_id = ${personId}::uuid AND c.removed_at IS NULL
    ORDER BY s.name, c.path_prefix, c.id LIMIT ${limit}`.execute(ctx.db);
  return rows;
}

/** Names another owner, of one column or of all on websites of a unit; gives the columns. */
export async function replaceOwner(
  ctx: Ctx,
  change: { from: string; to: string; of: { unitId: string } | { id: string } },
): Promise<{ id: string; siteId: string; unitPath: string }[]> {
  const which =
    'id' in change.of ? sql`c.id = ${change.of.id}::uuid` : sql`s.unit_id = ${change.of.unitId}::uuid`;
  const { rows } = await sql<{ id: string; siteId: string; unitPath: string }>`UPDATE sites.site_column c
    SET owner_id = ${change.to}::uuid FROM sites.site s
    WHERE s.id = c.site_id AND c.owner_id = ${change.from}::uuid AND c.removed_at IS NULL AND ${which}
    RETURNING c.id, c.site_id AS "siteId", c.unit_path::text AS "unitPath"`.execute(ctx.db);
  return rows;
}
