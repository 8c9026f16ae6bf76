/** What the bindings of the last day tell about the register: one query for each kind of contradiction. */
import { sql } from 'kysely';
import type { Ctx } from '#base/app';
import { isNobodys } from './discovered.ts';

/** Bindings that were proven since `since`, of machines that are somebody's, at addresses that mean one place. */
const recent = (since: Date) => sql`recent AS MATERIALIZED (SELECT b.* FROM addresses.binding b
  WHERE upper_inf(b.recorded) AND b.last_proof > ${since}::timestamptz AND NOT ${isNobodys(sql`b.mac`)}
    AND b.ip <> '::' AND NOT b.ip <<= 'fe80::/10' AND NOT b.ip <<= '169.254.0.0/16')`;

/** The line that proves a binding last, and what told it: `dhcp #3 2026-06-01T02:00:00Z 17:204`. */
const proofOf = (as: string) => {
  const b = (column: string) => sql.ref(`${as}.${column}`);
  return sql`concat_ws(' ', ${b('kind')}, '#' || ${b('source_id')}, host(${b('ip')}), ${b('mac')}::text,
    to_char(${b('began')} AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM-DD HH24:MI:SS'), '–',
    to_char(${b('last_proof')} AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM-DD HH24:MI:SS'),
    ${b('last_seg')} || ':' || ${b('last_seq')})`;
};

export interface SeenAddress {
  readonly realm: string;
  readonly ip: string;
  readonly last: Date;
  readonly source: string;
  readonly proof: string;
}

/** Every address that was in use, and the unit of a source that tells it. */
export async function findUsed(ctx: Ctx, since: Date): Promise<SeenAddress[]> {
  const { rows } = await sql<SeenAddress>`WITH ${recent(since)} SELECT DISTINCT ON (b.realm, b.ip) b.realm,
      host(b.ip) AS ip, b.last_proof AS last, b.unit_path::text AS source, ${proofOf('b')} AS proof
    FROM recent b ORDER BY b.realm, b.ip, b.last_proof DESC`.execute(ctx.db);
  return rows;
}

const neighbours = sql`('arp', 'nd', 'arpwatch')`;

/** The machine of `x` was there before and after that of `y`. */
const returns = (x: 'a' | 'b', y: 'a' | 'b') => {
  const [one, other] = [
    (column: string) => sql.ref(`${x}.${column}`),
    (column: string) => sql.ref(`${y}.${column}`),
  ];
  return sql`(${one('began')} >= ${other('last_proof')} AND EXISTS (SELECT FROM recent c
    WHERE c.realm = ${one('realm')} AND c.ip = ${one('ip')} AND c.mac = ${one('mac')} AND c.kind IN ${neighbours}
      AND c.last_proof <= ${other('began')} AND c.last_proof > ${one('began')} - interval '1 hour'))`;
};

export interface Duplicate {
  readonly realm: string;
  readonly ip: string;
  readonly macs: readonly [string, string];
  readonly source: string;
  readonly last: Date;
  readonly proofs: readonly string[];
}

/**
 * Two machines that were both proven at one address at once, or that neighbour tables saw there in turn, the first one
 * again within an hour: each takes it from the other. Two cards of one device are no two machines.
 */
export async function findDuplicates(ctx: Ctx, since: Date): Promise<Duplicate[]> {
  const { rows } = await sql<Duplicate>`WITH ${recent(since)}
    SELECT DISTINCT ON (a.realm, a.ip, a.mac, b.mac) a.realm, host(a.ip) AS ip,
      ARRAY[a.mac, b.mac]::text[] AS macs, a.unit_path::text AS source,
      least(a.last_proof, b.last_proof) AS last, ARRAY[${proofOf('a')}, ${proofOf('b')}] AS proofs
    FROM recent a JOIN recent b ON b.realm = a.realm AND b.ip = a.ip AND b.mac > a.mac
      AND (b.began < a.last_proof AND a.began < b.last_proof
        OR a.kind IN ${neighbours} AND b.kind IN ${neighbours} AND (${returns('a', 'b')} OR ${returns('b', 'a')}))
    WHERE NOT EXISTS (SELECT FROM addresses.device_mac m JOIN addresses.device_mac n ON n.device_id = m.device_id
      WHERE m.mac = a.mac AND n.mac = b.mac AND upper_inf(m.recorded) AND upper_inf(m.valid)
        AND upper_inf(n.recorded) AND upper_inf(n.valid))
    ORDER BY a.realm, a.ip, a.mac, b.mac, least(a.last_proof, b.last_proof) DESC`.execute(ctx.db);
  return rows;
}

export interface DeviceSighting {
  readonly deviceId: string;
  readonly assetNo: string;
  readonly unitPath: string;
  readonly realm: string;
  readonly ip: string;
  readonly mac: string;
  readonly last: Date;
  readonly proof: string;
}

/** Registered addresses that another machine than their device used. */
export async function findStolen(ctx: Ctx, since: Date): Promise<DeviceSighting[]> {
  const { rows } = await sql<DeviceSighting>`WITH ${recent(since)}
    SELECT DISTINCT ON (d.id, b.ip, b.mac) d.id AS "deviceId", d.asset_no AS "assetNo",
      d.unit_path::text AS "unitPath", b.realm, host(b.ip) AS ip, b.mac::text AS mac, b.last_proof AS last,
      ${proofOf('b')} AS proof
    FROM recent b JOIN addresses.device_ip i ON i.realm = b.realm AND i.ip = b.ip AND upper_inf(i.recorded)
      AND i.valid @> b.last_proof AND upper_inf(i.valid)
    JOIN addresses.device d ON d.id = i.device_id
    WHERE d.mac IS NOT NULL AND NOT EXISTS (SELECT FROM addresses.device_mac m WHERE m.device_id = d.id
      AND m.mac = b.mac AND upper_inf(m.recorded) AND upper_inf(m.valid))
    ORDER BY d.id, b.ip, b.mac, b.last_proof DESC`.execute(ctx.db);
  return rows;
}

/** Where each registered device was seen last. */
export async function findLastPlaces(ctx: Ctx, since: Date): Promise<DeviceSighting[]> {
  const { rows } = await sql<DeviceSighting>`WITH ${recent(since)}
    SELECT DISTINCT ON (d.id, b.mac) d.id AS "deviceId", d.asset_no AS "assetNo", d.unit_path::text AS "unitPath",
      b.realm, host(b.ip) AS ip, b.mac::text AS mac, b.last_proof AS last, ${proofOf('b')} AS proof
    FROM recent b JOIN addresses.device_mac m ON m.mac = b.mac AND upper_inf(m.recorded) AND upper_inf(m.valid)
    JOIN addresses.device d ON d.id = m.device_id
    ORDER BY d.id, b.mac, b.last_proof DESC`.execute(ctx.db);
  return rows;
}

export interface PortSighting extends Omit<DeviceSighting, 'ip' | 'realm'> {
  readonly registered: string;
  readonly seen: string;
}

/** Devices that a switch saw behind another port than the registered one; only switches that the register names. */
export async function findOtherPorts(ctx: Ctx, since: Date): Promise<PortSighting[]> {
  const { rows } = await sql<PortSighting>`SELECT * FROM (SELECT DISTINCT ON (d.id, b.mac) d.id AS "deviceId",
      d.asset_no AS "assetNo", d.unit_path::text AS "unitPath", b.mac::text AS mac, b.last_proof AS last,
      concat_ws(' ', d.switch, d.port) AS registered, concat_ws(' ', b.nas, b.port) AS seen, ${proofOf('b')} AS proof
    FROM addresses.binding b JOIN addresses.device_mac m ON m.mac = b.mac AND upper_inf(m.recorded)
      AND upper_inf(m.valid)
    JOIN addresses.device d ON d.id = m.device_id
    WHERE b.kind = 'fdb' AND upper_inf(b.recorded) AND b.last_proof > ${since}::timestamptz AND b.nas <> ''
      AND b.port <> '' AND d.port IS NOT NULL AND EXISTS (SELECT FROM addresses.binding o WHERE o.kind = 'fdb'
        AND upper_inf(o.recorded) AND lower(o.nas) = lower(d.switch))
    ORDER BY d.id, b.mac, b.last_proof DESC) AS last
    WHERE lower(last.registered) <> lower(last.seen)`.execute(ctx.db);
  return rows;
}

/** Devices that were seen once, and not since `before`. */
export async function findUnseen(
  ctx: Ctx,
  before: Date,
): Promise<{ deviceId: string; assetNo: string; unitPath: string; last: Date }[]> {
  const { rows } = await sql<{ deviceId: string; assetNo: string; unitPath: string; last: Date }>`
    SELECT d.id AS "deviceId", d.asset_no AS "assetNo", d.unit_path::text AS "unitPath", max(b.last_proof) AS last
    FROM addresses.device d JOIN addresses.device_mac m ON m.device_id = d.id AND upper_inf(m.recorded)
      AND upper_inf(m.valid)
    JOIN addresses.binding b ON b.mac = m.mac AND upper_inf(b.recorded)
    GROUP BY d.id HAVING max(b.last_proof) < ${before}::timestamptz`.execute(ctx.db);
  return rows;
}

/** What is in no register: seen since `since`, and not ignored. */
export async function findUnregistered(ctx: Ctx, since: Date) {
  const { rows } = await sql<{
    unitPath: string;
    realm: string;
    mac: string;
    ip: string | null;
    hostname: string | null;
    last: Date;
    random: boolean;
    evidence: string;
  }>`SELECT d.unit_path::text AS "unitPath", d.realm, d.mac::text AS mac, host(d.ip) AS ip, d.hostname,
      d.last_seen AS last, (d.mac & '02:00:00:00:00:00') <> '00:00:00:00:00:00' AS random, d.evidence
    FROM addresses.discovered d WHERE NOT d.registered AND d.last_seen > ${since}::timestamptz
      AND NOT coalesce(d.ignored_until > base.now(), false) ORDER BY d.unit_path, d.mac`.execute(ctx.db);
  return rows;
}

/** Two looks at once would write the same rows in two orders. */
export async function lockLook(ctx: Ctx): Promise<void> {
  await sql`SELECT pg_advisory_xact_lock(hashtext('addresses.look'))`.execute(ctx.db);
}

/** The units by their paths. */
export async function unitIds(ctx: Ctx): Promise<Map<string, string>> {
  const { rows } = await sql<{
    id: string;
    path: string;
  }>`SELECT id, unit_path::text AS path FROM units.unit_view`.execute(ctx.db);
  return new Map(rows.map((row) => [row.path, row.id]));
}

export interface Standing {
  readonly unitId: string;
  readonly unitPath: string;
  readonly url: string;
  readonly fixedAt: Date | null;
}

/** Findings of these kinds that are neither closed nor judged false. */
export async function findStanding(ctx: Ctx, kinds: readonly string[]): Promise<Standing[]> {
  const { rows } = await sql<Standing>`SELECT f.unit_id AS "unitId", f.unit_path::text AS "unitPath", f.url,
      CASE f.state WHEN 'fixed' THEN f.fixed_at END AS "fixedAt"
    FROM findings.finding_view f WHERE f.kind = ANY(${[...kinds]}::text[]) AND f.state IN ('open', 'fixed')`.execute(
    ctx.db,
  );
  return rows;
}
