/** What was seen in the network and belongs to no device of the register. */
import { type RawBuilder, sql } from 'kysely';
import type { Ctx } from '#base/app';
import { allOf, type Page, pageOf } from '#base/list';

export interface DiscoveredRow {
  id: string;
  unit_id: string;
  unit_code: string;
  unit_name: string;
  unit_path: string;
  realm: string;
  mac: string;
  ip: string | null;
  dynamic: boolean;
  hostname: string | null;
  switch: string | null;
  port: string | null;
  firstSeen: Date;
  lastSeen: Date;
  evidence: string;
  registered: boolean;
  ignoredUntil: Date | null;
  ignoredReason: string | null;
}

const columns = sql`d.id, d.unit_id, u.code AS unit_code, u.name AS unit_name, d.unit_path::text AS unit_path, d.realm,
  d.mac::text AS mac, host(d.ip) AS ip, d.dynamic, d.hostname, d.switch, d.port, d.first_seen AS "firstSeen",
  d.last_seen AS "lastSeen", d.evidence, d.registered,
  CASE WHEN d.ignored_until > base.now() THEN d.ignored_until END AS "ignoredUntil",
  CASE WHEN d.ignored_until > base.now() THEN d.ignored_reason END AS "ignoredReason"`;

const random = sql`((d.mac & '02:00:00:00:00:00') <> '00:00:00:00:00:00')`;
const ignored = sql`coalesce(d.ignored_until > base.now(), false)`;

export async function listDiscovered(
  ctx: Ctx,
  query: {
    page: number;
    pageSize: number;
    q?: string | undefined;
    unitId?: string | undefined;
    random?: boolean | undefined;
    ignored?: boolean | undefined;
  },
): Promise<Page<DiscoveredRow>> {
  const where = [sql`NOT d.registered`, sql`${ignored} = ${query.ignored ?? false}`];
  if (query.unitId) where.push(sql`d.unit_id = ${query.unitId}::uuid`);
  if (query.random !== undefined) where.push(sql`${random} = ${query.random}`);
  return pageOf<DiscoveredRow>(ctx, {
    columns,
    from: sql`addresses.discovered d`,
    as: 'd',
    join: sql`JOIN units.unit_view u ON u.id = d.unit_id`,
    where: allOf(where),
    search: { column: sql`d.search`, typed: query.q },
    orderBy: sql`d.last_seen DESC, d.id`,
    query,
  });
}

/** One of them, locked: two people do not adopt it at once. */
export async function lockDiscovered(ctx: Ctx, id: string): Promise<DiscoveredRow | undefined> {
  const { rows } = await sql<DiscoveredRow>`SELECT ${columns} FROM addresses.discovered d
    JOIN units.unit_view u ON u.id = d.unit_id WHERE d.id = ${id}::uuid FOR UPDATE OF d`.execute(ctx.db);
  return rows[0];
}

export async function markRegistered(ctx: Ctx, id: string): Promise<void> {
  await sql`UPDATE addresses.discovered SET registered = true WHERE id = ${id}::uuid`.execute(ctx.db);
}

export async function ignore(ctx: Ctx, id: string, why: { reason: string; until: Date }): Promise<void> {
  await sql`UPDATE addresses.discovered SET ignored_until = ${why.until}::timestamptz,
    ignored_reason = ${why.reason}, ignored_by = ${ctx.actor.id} WHERE id = ${id}::uuid`.execute(ctx.db);
}

/** A hardware address of a realm as the bindings show it, registered nowhere. */
export interface SeenMac {
  readonly realm: string;
  readonly mac: string;
  readonly ip: string | null;
  readonly dynamic: boolean;
  readonly hostname: string | null;
  readonly switch: string | null;
  readonly port: string | null;
  readonly firstSeen: Date;
  readonly lastSeen: Date;
  readonly sourcePath: string;
  readonly evidence: string;
}

/**
 * What was seen since `since` and is nobody's. Left out: addresses that belong to no single machine (groups, VRRP,
 * HSRP), and any hardware address at an address that is registered to a device without one.
 */
export async function findSeen(ctx: Ctx, since: Date): Promise<SeenMac[]> {
  const { rows } = await sql<SeenMac>`SELECT b.realm, b.mac::text AS mac,
      (array_agg(host(b.ip) ORDER BY b.last_proof DESC) FILTER (WHERE b.ip <> '::'))[1] AS ip,
      bool_or(b.kind IN ('dhcp', 'radius')) AS dynamic,
      (array_agg(b.hostname ORDER BY b.last_proof DESC) FILTER (WHERE b.hostname <> ''))[1] AS hostname,
      (array_agg(b.nas ORDER BY b.last_proof DESC) FILTER (WHERE b.kind = 'fdb' AND b.nas <> ''))[1] AS switch,
      (array_agg(b.port ORDER BY b.last_proof DESC) FILTER (WHERE b.kind = 'fdb' AND b.port <> ''))[1] AS port,
      min(b.began) AS "firstSeen", max(b.last_proof) AS "lastSeen",
      (array_agg(b.unit_path::text ORDER BY b.last_proof DESC))[1] AS "sourcePath",
      string_agg(DISTINCT b.kind || ' #' || b.source_id, ', ') AS evidence
    FROM addresses.binding b
    WHERE upper_inf(b.recorded) AND b.last_proof > ${since}::timestamptz AND NOT ${isNobodys(sql`b.mac`)}
      AND NOT EXISTS (SELECT FROM addresses.device_mac m WHERE m.mac = b.mac AND upper_inf(m.recorded)
        AND upper_inf(m.valid))
      AND NOT EXISTS (SELECT FROM addresses.device_ip i WHERE i.realm = b.realm AND i.ip = b.ip
        AND upper_inf(i.recorded) AND upper_inf(i.valid) AND NOT EXISTS (SELECT FROM addresses.device_mac m
          WHERE m.device_id = i.device_id AND upper_inf(m.recorded) AND upper_inf(m.valid)))
    GROUP BY b.realm, b.mac`.execute(ctx.db);
  return rows;
}

/** Group addresses, and the virtual ones of VRRP (RFC 9568 §7.3) and HSRP that routers share. */
export function isNobodys(mac: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`((${mac} & '01:00:00:00:00:00') <> '00:00:00:00:00:00'
    OR ${mac}::text ~ '^00:00:(5e:00:0[12]|0c:07:ac|0c:9f:f)')`;
}

/** Puts down what was seen with the unit it belongs to; what is registered meanwhile is marked. */
export async function keepSeen(
  ctx: Ctx,
  rows: readonly (SeenMac & { readonly unitId: string; readonly unitPath: string })[],
): Promise<void> {
  await sql`INSERT INTO addresses.discovered (unit_id, unit_path, realm, mac, ip, dynamic, hostname, switch, port,
      first_seen, last_seen, evidence)
    SELECT n."unitId", n."unitPath"::ltree, n.realm, n.mac, n.ip, n.dynamic, n.hostname, n.switch, n.port,
      n."firstSeen", n."lastSeen", n.evidence
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS n("unitId" uuid, "unitPath" text, realm text,
      mac macaddr, ip inet, dynamic boolean, hostname text, switch text, port text, "firstSeen" timestamptz,
      "lastSeen" timestamptz, evidence text)
    ON CONFLICT (realm, mac) DO UPDATE SET unit_id = excluded.unit_id, unit_path = excluded.unit_path,
      ip = excluded.ip, dynamic = excluded.dynamic, hostname = coalesce(excluded.hostname, discovered.hostname),
      switch = coalesce(excluded.switch, discovered.switch), port = coalesce(excluded.port, discovered.port),
      first_seen = least(discovered.first_seen, excluded.first_seen),
      last_seen = greatest(discovered.last_seen, excluded.last_seen), evidence = excluded.evidence`.execute(
    ctx.db,
  );
  await sql`UPDATE addresses.discovered d SET registered = n.registered
    FROM (SELECT o.id, EXISTS (SELECT FROM addresses.device_mac m WHERE m.mac = o.mac AND upper_inf(m.recorded)
      AND upper_inf(m.valid)) AS registered FROM addresses.discovered o) AS n
    WHERE n.id = d.id AND n.registered <> d.registered`.execute(ctx.db);
}
