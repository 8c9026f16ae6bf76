/** PostgreSQL: what a unit that merged into another hands on, dated: until the day it was its own, from then on the other's. */
import { sql } from 'kysely';
import type { Ctx } from '#base/app';
import { type FactTable, factColumns } from './facts.ts';

export interface Heir {
  readonly id: string;
  readonly code: string;
  readonly path: string;
}

/** A merge: which unit went where, and from when on (ISO, or database text of a time). */
export interface Merge {
  readonly giver: Heir;
  readonly taker: Heir;
  readonly from: string;
  /** The time that goes into `recorded`: see `openRegister`. */
  readonly now: string;
}

/** A unit, and the one that answers for what it had: those that it merged into may have merged themselves. */
export async function findHeir(ctx: Ctx, giverId: string): Promise<{ giver: Heir; taker: Heir } | undefined> {
  const { rows } = await sql<Heir & { state: string }>`WITH RECURSIVE up AS (
      SELECT u.id, u.code, u.unit_path, u.state, u.parent_id, 0 AS step FROM units.unit_view u
      WHERE u.id = ${giverId}::uuid
      UNION ALL SELECT u.id, u.code, u.unit_path, u.state, u.parent_id, step + 1
      FROM up JOIN units.unit_view u ON up.state = 'merged' AND u.id = up.parent_id)
    SELECT id, code, unit_path::text AS path, state FROM up ORDER BY step`.execute(ctx.db);
  const [giver, taker] = [rows[0], rows.at(-1)];
  return giver && taker && giver !== taker && taker.state !== 'merged' ? { giver, taker } : undefined;
}

/** The beginning of a day in China, as the database writes it; now without one. */
export async function startOfDay(ctx: Ctx, day: string | null): Promise<string> {
  const { rows } = await sql<{
    at: string;
  }>`SELECT coalesce(units.instant_of(${day}::date), base.now())::text AS at`.execute(ctx.db);
  return rows[0]!.at;
}

export interface HandedDevice {
  readonly id: string;
  readonly assetNo: string;
}

/** The devices that stand under the merged unit, locked, and the numbers that the other unit has given. */
export async function devicesToHand(
  ctx: Ctx,
  { giver, taker }: Merge,
): Promise<{ devices: HandedDevice[]; taken: Set<string> }> {
  const { rows: devices } =
    await sql<HandedDevice>`SELECT d.id, d.asset_no AS "assetNo" FROM addresses.device d
    WHERE d.unit_id = ${giver.id}::uuid ORDER BY d.asset_no, d.id FOR UPDATE`.execute(ctx.db);
  const { rows } = await sql<{ no: string }>`SELECT d.asset_no AS no FROM addresses.device d
    WHERE d.unit_id = ${taker.id}::uuid`.execute(ctx.db);
  return { devices, taken: new Set(rows.map(({ no }) => no)) };
}

/** Puts devices under the other unit, with these numbers. */
export async function handDevices(
  ctx: Ctx,
  { taker }: Merge,
  devices: readonly HandedDevice[],
): Promise<void> {
  await sql`UPDATE addresses.device d SET unit_id = ${taker.id}::uuid, unit_path = ${taker.path}::ltree,
      asset_no = n.no, revision = d.revision + 1
    FROM unnest(${devices.map(({ id }) => id)}::uuid[], ${devices.map(({ assetNo }) => assetNo)}::text[]) AS n (id, no)
    WHERE d.id = n.id`.execute(ctx.db);
}

/** What is held to be true of devices in the merged unit's time after `from` is the other unit's; what was before stays. */
export async function handFacts(
  ctx: Ctx,
  table: FactTable,
  merge: Merge,
  ids: readonly string[],
): Promise<void> {
  const target = sql.id('addresses', table);
  const columns = sql.join(factColumns(table).map((column) => sql.id(column)));
  const { giver, taker, from, now } = merge;
  await sql`WITH closed AS (UPDATE ${target} t SET recorded = tstzrange(lower(t.recorded), ${now}::timestamptz)
      WHERE t.device_id = ANY(${[...ids]}::uuid[]) AND t.unit_path = ${giver.path}::ltree AND upper_inf(t.recorded)
        AND t.valid && tstzrange(${from}::timestamptz, NULL) RETURNING t.*)
    INSERT INTO ${target} (device_id, unit_path, ${columns}, valid, recorded)
    SELECT c.device_id, p.path, ${columns}, p.valid, tstzrange(${now}::timestamptz, NULL)
    FROM closed c CROSS JOIN LATERAL (VALUES
      (c.unit_path, c.valid * tstzrange(NULL, ${from}::timestamptz)),
      (${taker.path}::ltree, c.valid * tstzrange(${from}::timestamptz, NULL))) AS p (path, valid)
    WHERE NOT isempty(p.valid)`.execute(ctx.db);
}

/** The prefixes that the merged unit holds now, the widest first. */
export async function prefixesToHand(ctx: Ctx, { giver }: Merge): Promise<{ id: string; cidr: string }[]> {
  const { rows } = await sql<{ id: string; cidr: string }>`SELECT n.id, n.cidr::text AS cidr
    FROM addresses.prefix_node n WHERE n.unit_id = ${giver.id}::uuid ORDER BY masklen(n.cidr), n.cidr`.execute(
    ctx.db,
  );
  return rows;
}

/** Hands one prefix on; false where it would stand in another unit's: then it stays what it was. */
export async function handPrefix(ctx: Ctx, { giver, taker, from, now }: Merge, id: string): Promise<boolean> {
  await sql`SAVEPOINT hand_prefix`.execute(ctx.db);
  try {
    await sql`WITH closed AS (UPDATE addresses.allocation a SET recorded = tstzrange(lower(a.recorded), ${now}::timestamptz)
        WHERE a.id = ${id}::uuid AND a.unit_id = ${giver.id}::uuid AND upper_inf(a.recorded)
          AND a.valid && tstzrange(${from}::timestamptz, NULL) RETURNING a.*)
      INSERT INTO addresses.allocation (id, realm, cidr, role, unit_id, unit_path, note, state, valid, recorded)
      SELECT c.id, c.realm, c.cidr, c.role, p.unit_id, p.path, c.note, c.state, p.valid,
        tstzrange(${now}::timestamptz, NULL)
      FROM closed c CROSS JOIN LATERAL (VALUES
        (c.unit_id, c.unit_path, c.valid * tstzrange(NULL, ${from}::timestamptz)),
        (${taker.id}::uuid, ${taker.path}::ltree, c.valid * tstzrange(${from}::timestamptz, NULL))) AS p (unit_id, path, valid)
      WHERE NOT isempty(p.valid)`.execute(ctx.db);
  } catch (error) {
    if ((error as { constraint?: string }).constraint !== 'nested_only') throw error;
    await sql`ROLLBACK TO SAVEPOINT hand_prefix`.execute(ctx.db);
    return false;
  }
  await sql`RELEASE SAVEPOINT hand_prefix`.execute(ctx.db);
  return true;
}

/** Hands on the rules of deterministic NAT. Returns how many. */
export async function handNatRules(ctx: Ctx, { giver, taker, from, now }: Merge): Promise<number> {
  const { rows } = await sql<{ n: number }>`WITH closed AS (UPDATE addresses.nat_rule r
      SET recorded = tstzrange(lower(r.recorded), ${now}::timestamptz)
      WHERE r.unit_id = ${giver.id}::uuid AND upper_inf(r.recorded)
        AND r.valid && tstzrange(${from}::timestamptz, NULL) RETURNING r.*),
    added AS (INSERT INTO addresses.nat_rule (id, realm, unit_id, unit_path, inside, outside, port_from, port_to, block_size,
        algorithm, source_id, note, valid, recorded)
      SELECT c.id, c.realm, p.unit_id, p.path, c.inside, c.outside, c.port_from, c.port_to, c.block_size, c.algorithm,
        c.source_id, c.note, p.valid, tstzrange(${now}::timestamptz, NULL)
      FROM closed c CROSS JOIN LATERAL (VALUES
        (c.unit_id, c.unit_path, c.valid * tstzrange(NULL, ${from}::timestamptz)),
        (${taker.id}::uuid, ${taker.path}::ltree, c.valid * tstzrange(${from}::timestamptz, NULL))) AS p (unit_id, path, valid)
      WHERE NOT isempty(p.valid))
    SELECT count(*)::int AS n FROM closed`.execute(ctx.db);
  return rows[0]!.n;
}

/** Requests that wait are the other unit's. */
export async function handRequests(ctx: Ctx, { giver, taker }: Merge): Promise<number> {
  const { numAffectedRows } = await sql`UPDATE addresses.prefix_request SET unit_id = ${taker.id}::uuid,
    unit_path = ${taker.path}::ltree WHERE unit_id = ${giver.id}::uuid AND state = 'asked'`.execute(ctx.db);
  return Number(numAffectedRows ?? 0n);
}
