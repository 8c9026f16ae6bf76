/** The prefixes of now as a tree: `addresses.prefix_node`, which follows the register by triggers. */
import { type RawBuilder, sql } from 'kysely';
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
  if (query.q) {
    where.push(sql`(n.unit_id IN (SELECT u.id FROM units.unit_view u WHERE ${like(sql`u.name`, query.q)})
      OR ${like(sql`n.cidr::text`, query.q)} OR ${like(sql`n.realm`, query.q)})`);
  }
  if (query.within) where.push(sql`n.cidr <<= ${query.within}::cidr`);
  if (query.parentId) where.push(sql`n.parent_id = ${query.parentId}::uuid`);
  else if (!query.q && !query.unitId) {
    where.push(
      sql`(n.parent_id IS NULL OR NOT EXISTS (SELECT FROM addresses.prefix_node p WHERE p.id = n.parent_id))`,
    );
  }
  const page = await pageOf<PrefixRow>(ctx, {
    columns,
    from: sql`addresses.prefix_node n`,
    as: 'n',
    join: joins,
    where: allOf(where),
    orderBy: query.parentId ? sql`n.cidr, n.id` : sql`n.realm, n.role, n.cidr, n.id`,
    query,
  });
  return { ...page, items: await withDevices(ctx, page.items) };
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

/** A prefix, or the part `within` it, cut into equal cells of `length` bits, those that something stands in. */
export async function mapCells(
  ctx: Ctx,
  id: string,
  length: number,
  within: string | undefined,
): Promise<MapCell[]> {
  const part = within === undefined ? sql`true` : sql`k.cidr <<= ${within}::cidr`;
  const { rows } = await sql<MapCell>`SELECT c.cidr::text AS cidr, c.count, c.taken::float8 AS taken,
      n.id, u.name AS "unitName", n.state
    FROM (SELECT CASE WHEN masklen(k.cidr) <= ${length} THEN k.cidr ELSE network(set_masklen(k.cidr, ${length})) END AS cidr,
        count(*) AS count, sum(addresses.prefix_size(k.cidr)) AS size, (array_agg(k.id))[1] AS one,
        least(1, sum(addresses.prefix_size(k.cidr)) / min(CASE WHEN masklen(k.cidr) <= ${length}
          THEN addresses.prefix_size(k.cidr) ELSE addresses.prefix_size(network(set_masklen(k.cidr, ${length}))) END)) AS taken
      FROM addresses.prefix_node k WHERE k.parent_id = ${id}::uuid AND ${part} GROUP BY 1) AS c
    LEFT JOIN addresses.prefix_node n ON c.count = 1 AND n.id = c.one
    LEFT JOIN units.unit_view u ON u.id = n.unit_id ORDER BY c.cidr`.execute(ctx.db);
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

/** The lowest prefix of `length` bits within `id` that nothing stands in; null when there is none. */
export async function nextFreePrefix(ctx: Ctx, id: string, length: number): Promise<string | null> {
  const { rows } = await sql<{
    cidr: string | null;
  }>`SELECT addresses.next_free_prefix(${id}::uuid, ${length})::text
    AS cidr`.execute(ctx.db);
  return rows[0]?.cidr ?? null;
}

/**
 * The lowest address within `id` that a device could have; null when there is none. Ask with all units in sight. The
 * first address behind what stands within it is tried at once: to jump over 5,000 prefixes one by one took 200 ms.
 */
export async function nextFreeHost(ctx: Ctx, id: string): Promise<string | null> {
  const { rows } = await sql<{ ip: string | null }>`WITH first AS MATERIALIZED (
      SELECT n.cidr, n.realm, family(n.cidr) AS family, CASE family(n.cidr) WHEN 4 THEN 32 ELSE 128 END AS width,
        addresses.next_free_prefix(n.id, CASE family(n.cidr) WHEN 4 THEN 32 ELSE 128 END)::inet AS ip
      FROM addresses.prefix_node n WHERE n.id = ${id}::uuid)
    SELECT CASE WHEN ip IS NULL THEN NULL
      WHEN (masklen(cidr) >= width - 1 OR (host(ip) <> host(cidr)
          AND (family = 6 OR host(ip) <> host(broadcast(cidr)))))
        AND NOT EXISTS (SELECT FROM addresses.device_ip d WHERE d.realm = first.realm AND d.ip = first.ip
          AND upper_inf(d.recorded) AND upper_inf(d.valid)) THEN host(ip)
      ELSE host(addresses.next_free_host(${id}::uuid)) END AS ip FROM first`.execute(ctx.db);
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
    WHERE n.cidr >> ${place.cidr}::cidr AND n.realm = ${place.realm} AND n.role = ${place.role}
    ORDER BY masklen(n.cidr) DESC LIMIT 1`.execute(ctx.db);
  return rows[0];
}
