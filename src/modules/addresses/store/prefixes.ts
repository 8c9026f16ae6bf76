/** The prefixes of now as a tree: `addresses.prefix_node`, which follows the register by triggers. */
import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Ctx } from '#base/app';
import { allOf, like, type Page, pageOf } from '#base/list';

export interface PrefixRow {
  readonly id: string;
  readonly cidr: string;
  readonly realm: string;
  readonly role: 'inside' | 'exit';
  readonly state: 'used' | 'reserved';
  readonly unitId: string;
  readonly unitName: string;
  readonly unitPath: string;
  readonly parentId: string | null;
  readonly note: string | null;
  readonly children: number;
  /** Share of the addresses that the prefixes directly within take, 0 to 1. */
  readonly taken: number;
  /** Addresses of registered devices within. */
  readonly devices: number;
  /** Addresses that can be given to devices; null for IPv6, where nobody counts them. */
  readonly hosts: number | null;
}

const columns = sql`n.id, n.cidr::text AS cidr, n.realm, n.role, n.state, n.unit_id AS "unitId", u.name AS "unitName",
  n.unit_path::text AS "unitPath", n.parent_id AS "parentId", a.note, n.children,
  (n.taken / addresses.prefix_size(n.cidr))::float8 AS taken,
  CASE WHEN family(n.cidr) = 6 THEN NULL WHEN masklen(n.cidr) >= 31 THEN addresses.prefix_size(n.cidr)
    ELSE addresses.prefix_size(n.cidr) - 2 END::float8 AS hosts`;
const joins = sql`JOIN units.unit_view u ON u.id = n.unit_id
  JOIN addresses.allocation a ON a.id = n.id AND upper_inf(a.recorded) AND upper_inf(a.valid)`;

export interface PrefixQuery {
  readonly page: number;
  readonly pageSize: number;
  readonly q?: string | undefined;
  readonly parentId?: string | undefined;
  readonly unitId?: string | undefined;
  readonly role?: string | undefined;
  readonly realm?: string | undefined;
  /** A part of the parent, in canonical text. */
  readonly within?: string | undefined;
}

/**
 * The prefixes directly within one; without it the topmost ones that the scope shows; with a search or a unit those
 * that match, wherever they stand.
 */
export async function listPrefixes(ctx: Ctx, query: PrefixQuery): Promise<Page<PrefixRow>> {
  const where: RawBuilder<unknown>[] = [];
  if (query.role) where.push(sql`n.role = ${query.role}`);
  if (query.realm) where.push(sql`n.realm = ${query.realm}`);
  if (query.unitId) where.push(sql`n.unit_id = ${query.unitId}::uuid`);
  if (query.within) where.push(within(sql`n.cidr`, query.within));
  if (query.parentId) where.push(sql`n.parent_id = ${query.parentId}::uuid`);
  else if (!query.q && !query.unitId) {
    // Of the whole tree the topmost ones have no parent at all.
    const isWhole = !ctx.actor.scope.includes('.');
    const isHidden = sql`NOT EXISTS (SELECT FROM addresses.prefix_node p WHERE p.id = n.parent_id)`;
    where.push(isWhole ? sql`n.parent_id IS NULL` : sql`(n.parent_id IS NULL OR ${isHidden})`);
  }
  const page = await pageOf<PrefixRow>(ctx, {
    columns,
    from: sql`addresses.prefix_node n`,
    as: 'n',
    join: joins,
    where: allOf(where),
    search: { column: sql`n.search`, typed: query.q, or: await heldByUnits(ctx, query.q) },
    orderBy: query.parentId ? sql`n.cidr, n.id` : sql`n.realm, n.role, n.cidr, n.id`,
    query,
  });
  return { ...page, items: await withDevices(ctx, page.items) };
}

/** Prefixes of the units whose name holds what was typed; undefined when there is no such unit. */
async function heldByUnits(ctx: Ctx, typed: string | undefined): Promise<RawBuilder<SqlBool> | undefined> {
  if (!typed) return undefined;
  const { rows } = await sql<{ id: string }>`SELECT u.id FROM units.unit_view u
    WHERE ${like(sql`u.name`, typed)}`.execute(ctx.db);
  return rows.length === 0 ? undefined : sql`n.unit_id = ANY(${rows.map(({ id }) => id)}::uuid[])`;
}

/** By the order of addresses, which an index answers under row-level security; `<<=` none does. */
function within(column: RawBuilder<unknown>, prefix: string): RawBuilder<SqlBool> {
  return sql`(${column} >= ${prefix}::cidr AND ${column} <= addresses.last_address(${prefix}::cidr))`;
}

/** One prefix; undefined when the scope does not show it. */
export async function findPrefix(ctx: Ctx, id: string): Promise<PrefixRow | undefined> {
  const { rows } = await sql<PrefixRow>`SELECT ${columns} FROM addresses.prefix_node n ${joins}
    WHERE n.id = ${id}::uuid`.execute(ctx.db);
  return (await withDevices(ctx, rows))[0];
}

async function withDevices(ctx: Ctx, items: readonly PrefixRow[]): Promise<PrefixRow[]> {
  const { rows } = await sql<{ devices: number }>`SELECT (SELECT count(*) FROM addresses.device_ip d
      WHERE d.realm = p.realm AND d.ip >= p.network AND upper_inf(d.recorded) AND upper_inf(d.valid)
        AND d.ip <= set_masklen(broadcast(p.network), CASE family(p.network) WHEN 4 THEN 32 ELSE 128 END)) AS devices
    FROM unnest(${items.map((one) => one.realm)}::text[], ${items.map((one) => one.cidr)}::cidr[])
      WITH ORDINALITY AS p (realm, network, place) ORDER BY p.place`.execute(ctx.db);
  return items.map((one, place) => ({ ...one, devices: rows[place]!.devices }));
}

/** The prefixes around one, the widest first, as far as the scope shows. */
export async function prefixesAround(ctx: Ctx, id: string): Promise<{ id: string; cidr: string }[]> {
  const { rows } = await sql<{ id: string; cidr: string }>`WITH RECURSIVE up AS (
      SELECT n.id, n.cidr, n.parent_id FROM addresses.prefix_node n WHERE n.id = ${id}::uuid
      UNION ALL SELECT p.id, p.cidr, p.parent_id FROM addresses.prefix_node p JOIN up ON p.id = up.parent_id)
    SELECT id, cidr::text AS cidr FROM up WHERE id <> ${id}::uuid ORDER BY masklen(cidr)`.execute(ctx.db);
  return rows;
}

export interface MapCell {
  readonly cidr: string;
  /** Prefixes directly within the one shown that lie in this cell, or the one that holds it. */
  readonly count: number;
  readonly taken: number;
  readonly id: string | null;
  readonly unitName: string | null;
  readonly state: 'used' | 'reserved' | null;
}

/** A prefix, or a part of it, cut into equal cells of `length` bits, those that something stands in. */
export async function mapCells(
  ctx: Ctx,
  id: string,
  length: number,
  part: string | undefined,
): Promise<MapCell[]> {
  const { rows } = await sql<MapCell>`SELECT c.cell::text AS cidr, c.members AS count,
      least(1, c.taken / addresses.prefix_size(c.cell))::float8 AS taken, one.id, u.name AS "unitName", one.state
    FROM addresses.prefix_node n
      CROSS JOIN LATERAL addresses.prefix_cells(n.id, coalesce(${part ?? null}::cidr, n.cidr), ${length}) AS c
      LEFT JOIN addresses.prefix_node one ON c.members = 1 AND one.parent_id = n.id AND one.cidr = c.first_member
      LEFT JOIN units.unit_view u ON u.id = one.unit_id
    WHERE n.id = ${id}::uuid ORDER BY c.cell`.execute(ctx.db);
  return rows;
}

/** The addresses of devices in such cells of `part` of a prefix. */
export async function deviceCells(
  ctx: Ctx,
  id: string,
  length: number,
  part: string,
): Promise<{ cidr: string; devices: number }[]> {
  const { rows } = await sql<{ cidr: string; devices: number }>`
    SELECT network(set_masklen(d.ip, ${length}))::text AS cidr, count(*) AS devices
    FROM addresses.prefix_node n JOIN addresses.device_ip d ON d.realm = n.realm AND upper_inf(d.recorded)
      AND upper_inf(d.valid) AND d.ip >= ${part}::cidr
      AND d.ip <= set_masklen(broadcast(${part}::cidr), CASE family(${part}::cidr) WHEN 4 THEN 32 ELSE 128 END)
    WHERE n.id = ${id}::uuid GROUP BY 1 ORDER BY 1`.execute(ctx.db);
  return rows;
}

/** The lowest prefix of `length` bits within `id` that neither a prefix nor a device stands in; null when there is none. */
export async function nextFreePrefix(ctx: Ctx, id: string, length: number): Promise<string | null> {
  const { rows } = await sql<{
    cidr: string | null;
  }>`SELECT addresses.next_unused_prefix(${id}::uuid, ${length})::text
    AS cidr`.execute(ctx.db);
  return rows[0]?.cidr ?? null;
}

/** The lowest address within `id` that a device could have; null when there is none. Ask with all units in sight. */
export async function nextFreeHost(ctx: Ctx, id: string): Promise<string | null> {
  const { rows } = await sql<{
    ip: string | null;
  }>`SELECT host(addresses.next_free_host(${id}::uuid)) AS ip`.execute(ctx.db);
  return rows[0]?.ip ?? null;
}

/** Takes prefixes that ended out of the tree. */
export async function pruneTree(ctx: Ctx, ids: readonly string[]): Promise<void> {
  await sql`SELECT addresses.prune_tree(${[...ids]}::uuid[])`.execute(ctx.db);
}

/** The ids of prefixes that lie directly within. */
export async function widestWithin(ctx: Ctx, id: string): Promise<number | null> {
  const { rows } = await sql<{
    length: number | null;
  }>`SELECT min(masklen(cidr)) AS length FROM addresses.prefix_node
    WHERE parent_id = ${id}::uuid`.execute(ctx.db);
  return rows[0]?.length ?? null;
}

/** The narrowest prefix of the realm and role around `cidr`, whoever holds it. Ask with all units in sight. */
export async function prefixAround(
  ctx: Ctx,
  place: { realm: string; role: string; cidr: string },
): Promise<{ id: string; cidr: string; unitPath: string } | undefined> {
  const { rows } = await sql<{
    id: string;
    cidr: string;
    unitPath: string;
  }>`SELECT n.id, n.cidr::text AS cidr,
      n.unit_path::text AS "unitPath" FROM addresses.prefix_node n
    WHERE n.cidr = ANY(ARRAY(SELECT set_masklen(${place.cidr}::cidr, length)
        FROM generate_series(0, masklen(${place.cidr}::cidr) - 1) AS length))
      AND n.realm = ${place.realm} AND n.role = ${place.role} ORDER BY masklen(n.cidr) DESC LIMIT 1`.execute(
    ctx.db,
  );
  return rows[0];
}

/** Devices in a prefix that belong neither to a unit nor to one below it. Ask with all units in sight. */
export async function othersDevices(
  ctx: Ctx,
  place: { realm: string; cidr: string; unitPath: string },
): Promise<{ ip: string; unitPath: string; unitName: string | null; devices: number } | undefined> {
  const { rows } = await sql<{
    ip: string;
    unitPath: string;
    unitName: string | null;
    devices: number;
  }>`SELECT host(d.ip) AS ip, d.unit_path::text AS "unitPath", u.name AS "unitName", count(*) OVER () AS devices
    FROM addresses.device_ip d LEFT JOIN units.unit_view u ON u.unit_path = d.unit_path
    WHERE d.realm = ${place.realm} AND d.ip >= set_masklen(${place.cidr}::cidr::inet, masklen(addresses.last_address(${place.cidr}::cidr)))
      AND d.ip <= addresses.last_address(${place.cidr}::cidr) AND upper_inf(d.recorded) AND upper_inf(d.valid)
      AND NOT d.unit_path <@ ${place.unitPath}::ltree ORDER BY d.ip LIMIT 1`.execute(ctx.db);
  return rows[0];
}
