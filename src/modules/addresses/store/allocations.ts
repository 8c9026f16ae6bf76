import { type RawBuilder, sql } from 'kysely';
import type { Ctx } from '#base/app';
import { fail } from '#base/errors';
import { allOf, like, type Page, pageOf } from '#base/list';
import { lookEverywhere } from './whole-view.ts';

export interface AllocationRow {
  id: string;
  cidr: string;
  realm: string;
  role: 'inside' | 'exit';
  unit_id: string;
  unit_name: string;
  note: string | null;
  devices: number;
}

export interface AllocationQuery {
  readonly page: number;
  readonly pageSize: number;
  readonly q?: string | undefined;
  readonly unitId?: string | undefined;
  readonly role?: string | undefined;
}

const current = sql`upper_inf(a.recorded) AND upper_inf(a.valid)`;

/** In the order of realms and addresses. `devices` counts the registered devices within, as far as visible. */
export async function listAllocations(ctx: Ctx, query: AllocationQuery): Promise<Page<AllocationRow>> {
  const where = [current];
  if (query.unitId) where.push(sql`a.unit_id = ${query.unitId}::uuid`);
  if (query.role) where.push(sql`a.role = ${query.role}`);
  if (query.q) {
    const holds = (text: RawBuilder<unknown>) => like(text, query.q!);
    where.push(sql`(a.unit_id IN (SELECT u.id FROM units.unit_view u WHERE ${holds(sql`u.name`)})
      OR ${holds(sql`a.cidr::text`)} OR ${holds(sql`a.realm`)} OR ${holds(sql`a.note`)})`);
  }
  const page = await pageOf<AllocationRow>(ctx, {
    columns: sql`a.id, a.cidr::text AS cidr, a.realm, a.role, a.unit_id, u.name AS unit_name, a.note`,
    from: sql`addresses.allocation a`,
    as: 'a',
    join: sql`JOIN units.unit_view u ON u.id = a.unit_id`,
    where: allOf(where),
    orderBy: sql`a.realm, a.cidr, a.id`,
    query,
  });
  const { rows } = await sql<{ devices: number }>`SELECT (SELECT count(*) FROM addresses.device d
      WHERE d.realm = p.realm AND d.ip >= p.network
        AND d.ip <= set_masklen(broadcast(p.network), CASE family(p.network) WHEN 4 THEN 32 ELSE 128 END)) AS devices
    FROM unnest(${page.items.map((one) => one.realm)}::text[], ${page.items.map((one) => one.cidr)}::cidr[])
      WITH ORDINALITY AS p (realm, network, place) ORDER BY p.place`.execute(ctx.db);
  return { ...page, items: page.items.map((one, place) => ({ ...one, devices: rows[place]!.devices })) };
}

export interface Allocation {
  readonly id: string;
  readonly cidr: string;
  readonly realm: string;
  readonly role: 'inside' | 'exit';
  readonly unitId: string;
  readonly unitPath: string;
  readonly note: string | null;
  readonly state: 'used' | 'reserved';
}

/**
 * Begins a registration: waits for any other to end, since what two files claim must be judged in one order,
 * and gives the time that goes into `recorded`, later than all before it. Database text, to the microsecond.
 */
export async function openRegister(ctx: Ctx): Promise<string> {
  const { rows } = await sql<{ now: string }>`UPDATE addresses.register_clock
    SET last = greatest(base.now(), last + interval '1 microsecond') RETURNING last::text AS now`.execute(
    ctx.db,
  );
  return rows[0]!.now;
}

/** The time as of which everything registered so far is known: now, or a little later if the clock went back. */
export async function registerTime(ctx: Ctx): Promise<Date> {
  const { rows } = await sql<{ now: Date }>`SELECT greatest(base.now(), date_trunc('milliseconds', last)
    + interval '1 millisecond') AS now FROM addresses.register_clock`.execute(ctx.db);
  return rows[0]!.now;
}

/** All current allocations of the realms that the scope shows, or the one of `cidr`. */
export async function findAllocations(
  ctx: Ctx,
  realms: readonly string[],
  cidr?: string,
): Promise<Allocation[]> {
  const which = cidr === undefined ? sql`` : sql`AND a.cidr = ${cidr}::cidr`;
  const { rows } =
    await sql<Allocation>`SELECT a.id, a.cidr::text AS cidr, a.realm, a.role, a.unit_id AS "unitId",
      a.unit_path::text AS "unitPath", a.note, a.state
    FROM addresses.allocation a WHERE a.realm = ANY(${[...realms]}::text[]) ${which}
      AND ${current}`.execute(ctx.db);
  return rows;
}

/** Closes the allocations of these ids and adds what they were until `now`; nothing is forgotten. */
export async function endAllocations(ctx: Ctx, ids: readonly string[], now: string): Promise<void> {
  if (ids.length === 0) return;
  const closed = await sql<{ row_id: string }>`UPDATE addresses.allocation a
    SET recorded = tstzrange(lower(a.recorded), ${now}::timestamptz)
    WHERE a.id = ANY(${[...ids]}::uuid[]) AND ${current} RETURNING a.row_id`.execute(ctx.db);
  await sql`INSERT INTO addresses.allocation (id, realm, cidr, role, unit_id, unit_path, note, state, valid, recorded)
    SELECT id, realm, cidr, role, unit_id, unit_path, note, state, tstzrange(lower(valid), ${now}::timestamptz),
      tstzrange(${now}::timestamptz, NULL)
    FROM addresses.allocation WHERE row_id = ANY(${closed.rows.map((row) => row.row_id)}::uuid[])
      AND (lower(valid) IS NULL OR lower(valid) < ${now}::timestamptz)`.execute(ctx.db);
}

/**
 * Adds allocations: a new one since ever (`from` null), a changed one from `now` on; also one that somebody held before.
 * Throws `addresses.overlap` when one would stand in or around another unit's.
 */
export async function insertAllocations(
  ctx: Ctx,
  rows: readonly (Allocation & { from: string | null })[],
  now: string,
): Promise<void> {
  if (rows.length === 0) return;
  const held = await lookEverywhere(ctx, (all) => heldBefore(all, rows));
  const dated = rows.map((row) =>
    held.has(`${row.realm} ${row.cidr}`) ? { ...row, from: row.from ?? now } : row,
  );
  try {
    await insertRows(ctx, dated, now);
  } catch (error) {
    const isOverlap = (error as { constraint?: string }).constraint === 'nested_only';
    if (isOverlap) fail('addresses.overlap', { field: 'cidr', unit: '其他单位', cidr: rows[0]!.cidr }, error);
    throw error;
  }
}

/** Of these prefixes those that an allocation of the past names. */
async function heldBefore(ctx: Ctx, rows: readonly Allocation[]): Promise<Set<string>> {
  const { rows: held } = await sql<{ key: string }>`SELECT DISTINCT n.realm || ' ' || n.cidr AS key
    FROM unnest(${rows.map((row) => row.realm)}::text[], ${rows.map((row) => row.cidr)}::text[]) AS n (realm, cidr)
    JOIN addresses.allocation a ON a.cidr = n.cidr::cidr AND a.realm = n.realm AND upper_inf(a.recorded)`.execute(
    ctx.db,
  );
  return new Set(held.map((row) => row.key));
}

async function insertRows(
  ctx: Ctx,
  rows: readonly (Allocation & { from: string | null })[],
  now: string,
): Promise<void> {
  await sql`INSERT INTO addresses.allocation (id, realm, cidr, role, unit_id, unit_path, note, state, valid, recorded)
    SELECT n.id, n.realm, n.cidr, n.role, n."unitId", n."unitPath"::ltree, n.note, n.state, tstzrange(n."from", NULL),
      tstzrange(${now}::timestamptz, NULL)
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS n(id uuid, realm text, cidr cidr, role text,
      "unitId" uuid, "unitPath" text, note text, state text, "from" timestamptz)`.execute(ctx.db);
}

export interface Cover {
  readonly realm: string;
  readonly ip: string;
  readonly cidr: string;
  readonly unitPath: string;
}

/**
 * For each address the most specific allocation around it; none when nobody holds it. Under row-level security no index
 * answers `>>=` (its function is not LEAKPROOF), and to compare 20,000 addresses with 1,000 networks one by one took
 * 25 s. So each address is cut to every length that networks of its realm have, and those are joined by equality.
 */
export async function findCovers(
  ctx: Ctx,
  places: readonly { realm: string; ip: string }[],
): Promise<Cover[]> {
  const { rows } = await sql<Cover>`WITH held AS MATERIALIZED (SELECT a.realm, a.cidr, a.unit_path
      FROM addresses.allocation a WHERE ${current}),
    lengths AS MATERIALIZED (SELECT DISTINCT realm, family(cidr) AS family, masklen(cidr) AS length FROM held)
    SELECT DISTINCT ON (n.realm, n.ip) n.realm, n.ip, h.cidr::text AS cidr, h.unit_path::text AS "unitPath"
    FROM unnest(${places.map((one) => one.realm)}::text[], ${places.map((one) => one.ip)}::text[]) AS n(realm, ip)
    JOIN lengths l ON l.realm = n.realm AND l.family = family(n.ip::inet)
    JOIN held h ON h.realm = n.realm AND h.cidr = network(set_masklen(n.ip::inet, l.length))
    ORDER BY n.realm, n.ip, l.length DESC`.execute(ctx.db);
  return rows;
}
