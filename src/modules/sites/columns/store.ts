import { sql } from 'kysely';
import type { Ctx } from '#base/app';
import { allOf, like, type Page, pageOf } from '#base/list';
import { inPost } from '../people-store.ts';

export interface ColumnRow {
  id: string;
  site_id: string;
  site_name: string;
  unit_path: string;
  name: string;
  path_prefix: string;
  owner_id: string | null;
  owner_name: string | null;
  owner_no: string | null;
  /** Null: no owner. */
  owner_in_post: boolean | null;
  update_days: number | null;
  interactive: boolean;
}

const columns = sql`c.id, c.site_id, s.name AS site_name, c.unit_path::text AS unit_path, c.name, c.path_prefix,
  c.owner_id, p.name AS owner_name, p.person_no AS owner_no,
  CASE WHEN c.owner_id IS NOT NULL THEN ${inPost(sql`c.owner_id`)} END AS owner_in_post, c.update_days, c.interactive`;
const joined = sql`JOIN sites.site s ON s.id = c.site_id LEFT JOIN units.person_view p ON p.id = c.owner_id`;

export async function listColumns(
  ctx: Ctx,
  query: { page: number; pageSize: number; q?: string | undefined; siteId?: string | undefined },
): Promise<Page<ColumnRow>> {
  const where = [sql`c.removed_at IS NULL`];
  if (query.siteId) where.push(sql`c.site_id = ${query.siteId}::uuid`);
  if (query.q) where.push(like(sql`(c.name || ' ' || c.path_prefix)`, query.q));
  return pageOf<ColumnRow>(ctx, {
    columns,
    from: sql`sites.site_column c`,
    as: 'c',
    join: joined,
    where: allOf(where),
    orderBy: sql`c.site_id, c.path_prefix, c.id`,
    query,
  });
}

/** The columns of a site that are declared now. */
export const columnsOf = (ctx: Ctx, siteId: string): Promise<ColumnRow[]> => columnsOfSites(ctx, [siteId]);

/** The columns of some sites that are declared now. */
export async function columnsOfSites(ctx: Ctx, siteIds: readonly string[]): Promise<ColumnRow[]> {
  const { rows } = await sql<ColumnRow>`SELECT ${columns} FROM sites.site_column c ${joined}
    WHERE c.site_id = ANY (${siteIds}::uuid[]) AND c.removed_at IS NULL ORDER BY c.path_prefix`.execute(
    ctx.db,
  );
  return rows;
}

export async function findColumn(ctx: Ctx, id: string): Promise<ColumnRow | undefined> {
  const { rows } = await sql<ColumnRow>`SELECT ${columns} FROM sites.site_column c ${joined}
    WHERE c.id = ${id}::uuid AND c.removed_at IS NULL`.execute(ctx.db);
  return rows[0];
}

export interface ColumnEntry {
  readonly name: string;
  readonly pathPrefix: string;
  readonly ownerId: string | null;
  readonly updateDays: number | null;
  readonly interactive: boolean;
}

/** Columns of one site are declared one after the other; several sites are always locked in one order. */
export async function lockColumns(ctx: Ctx, siteIds: readonly string[]): Promise<void> {
  await sql`SELECT pg_advisory_xact_lock(key) FROM (SELECT DISTINCT hashtext('sites.columns:' || id) AS key
    FROM unnest(${siteIds}::text[]) AS id ORDER BY key) AS keys`.execute(ctx.db);
}

export async function insertColumn(
  ctx: Ctx,
  site: { id: string; unitPath: string },
  entry: ColumnEntry,
): Promise<string> {
  const { rows } = await sql<{
    id: string;
  }>`INSERT INTO sites.site_column (unit_path, site_id, name, path_prefix, owner_id,
      update_days, interactive, declared_by_name)
    VALUES (${site.unitPath}::ltree, ${site.id}::uuid, ${entry.name}, ${entry.pathPrefix}, ${entry.ownerId}::uuid,
      ${entry.updateDays}, ${entry.interactive}, ${ctx.actor.name}) RETURNING id`.execute(ctx.db);
  return rows[0]!.id;
}

export async function updateColumn(ctx: Ctx, id: string, entry: ColumnEntry): Promise<void> {
  await sql`UPDATE sites.site_column SET name = ${entry.name}, path_prefix = ${entry.pathPrefix},
      owner_id = ${entry.ownerId}::uuid, update_days = ${entry.updateDays}, interactive = ${entry.interactive}
    WHERE id = ${id}::uuid`.execute(ctx.db);
}

export async function removeColumn(ctx: Ctx, id: string, reason: string): Promise<void> {
  await sql`UPDATE sites.site_column SET removed_at = base.now(), removed_reason = ${reason}
    WHERE id = ${id}::uuid`.execute(ctx.db);
}
