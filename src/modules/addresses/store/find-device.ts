import { type RawBuilder, sql } from 'kysely';
import type { Ctx } from '#base/app';

/** Which device had an address at a time; `ip` in `realm`, or `mac` anywhere. `at` is ISO. */
export interface DeviceQuestion {
  readonly realm: string;
  readonly ip: string | null;
  readonly mac: string | null;
  readonly at: Date;
}

export interface DeviceAnswer {
  /** Place of its question in the list asked. */
  readonly question: number;
  readonly by: 'ip' | 'mac';
  readonly deviceId: string;
  readonly assetNo: string;
  readonly unitName: string;
  readonly unitPath: string;
  /** Its addresses at that time: the one asked for, or else the lowest it had. */
  readonly ip: string | null;
  readonly mac: string | null;
  /** All hardware addresses that it had at that time. */
  readonly macs: readonly string[];
  /** Since when it is so; null: the register does not say. */
  readonly validFrom: Date | null;
  /** When the register was told. */
  readonly recordedAt: Date;
}

/**
 * The registered devices that had the asked address at T, as the register knew at K (`knownAt`): by IP and by
 * MAC apart, so that the caller can see whether the two agree. One query for all questions, which goes from what is asked
 * to each table by an index: the planner expects two rows where there are thousands. Names of units have none that
 * answers under row-level security: they are asked for once each.
 */
export async function findDevicesAt(
  ctx: Ctx,
  questions: readonly DeviceQuestion[],
  knownAt: Date,
): Promise<DeviceAnswer[]> {
  if (questions.length === 0) return [];
  const list = JSON.stringify(questions.map((one, question) => ({ ...one, question })));
  const { rows } = await sql<Omit<DeviceAnswer, 'unitName'>>`WITH q AS MATERIALIZED (
      SELECT * FROM jsonb_to_recordset(${list}::jsonb)
        AS n(question int, realm text, ip inet, mac macaddr, at timestamptz)),
    hit AS (
      SELECT q.question, q.at, 'ip' AS by, t.device_id, t.valid, t.recorded, q.ip, q.mac FROM q JOIN addresses.device_ip t
        ON t.realm = q.realm AND t.ip = q.ip AND t.valid @> q.at AND t.recorded @> ${knownAt}::timestamptz
      UNION ALL
      SELECT q.question, q.at, 'mac', t.device_id, t.valid, t.recorded, q.ip, q.mac FROM q JOIN addresses.device_mac t
        ON t.mac = q.mac AND t.valid @> q.at AND t.recorded @> ${knownAt}::timestamptz)
    SELECT hit.question, hit.by, hit.device_id AS "deviceId", d.asset_no AS "assetNo",
      coalesce(s.unit_path, d.unit_path)::text AS "unitPath", host(i.ip) AS ip,
      CASE WHEN hit.mac = ANY(m.macs) THEN hit.mac ELSE m.macs[1] END::text AS mac,
      coalesce(m.macs, '{}')::text[] AS macs,
      lower(hit.valid) AS "validFrom", lower(hit.recorded) AS "recordedAt"
    FROM hit JOIN addresses.device d ON d.id = hit.device_id
    LEFT JOIN LATERAL (SELECT t.unit_path FROM addresses.device_state t WHERE t.device_id = d.id AND t.valid @> hit.at
      AND t.recorded @> ${knownAt}::timestamptz OFFSET 0) AS s ON true
    LEFT JOIN LATERAL (SELECT t.ip FROM addresses.device_ip t WHERE t.device_id = d.id AND t.valid @> hit.at
      AND t.recorded @> ${knownAt}::timestamptz
      ORDER BY coalesce(t.ip = hit.ip, false) DESC, t.ip LIMIT 1) AS i ON true
    LEFT JOIN LATERAL (SELECT array_agg(t.mac ORDER BY t.mac) AS macs FROM addresses.device_mac t
      WHERE t.device_id = d.id AND t.valid @> hit.at AND t.recorded @> ${knownAt}::timestamptz) AS m ON true
    ORDER BY hit.question, hit.by`.execute(ctx.db);
  const names = await unitNames(ctx, new Set(rows.map((row) => row.unitPath)));
  return rows.map((row) => ({ ...row, unitName: names.get(row.unitPath) ?? row.unitPath }));
}

async function unitNames(ctx: Ctx, paths: ReadonlySet<string>): Promise<Map<string, string>> {
  if (paths.size === 0) return new Map();
  const { rows } = await sql<{ path: string; name: string }>`SELECT u.unit_path::text AS path, u.name
    FROM units.unit_view u WHERE u.unit_path = ANY(${[...paths]}::ltree[])`.execute(ctx.db);
  return new Map(rows.map(({ path, name }) => [path, name]));
}

export interface CustodyAnswer {
  readonly deviceId: string;
  readonly personId: string | null;
  readonly room: string | null;
  readonly unitPath: string;
  readonly validFrom: Date | null;
  readonly recordedAt: Date;
}

/** Who answered for each device at its T and where it stood, as the register knew at K. No names. One query. */
export async function findCustodiesAt(
  ctx: Ctx,
  asked: readonly { readonly deviceId: string; readonly at: Date }[],
  knownAt: Date,
): Promise<(CustodyAnswer & { readonly question: number })[]> {
  if (asked.length === 0) return [];
  const list = JSON.stringify(asked.map((one, question) => ({ ...one, question })));
  const { rows } = await sql<
    CustodyAnswer & { question: number }
  >`SELECT q.question, c.device_id AS "deviceId",
      c.person_id AS "personId", c.room, c.unit_path::text AS "unitPath", lower(c.valid) AS "validFrom",
      lower(c.recorded) AS "recordedAt"
    FROM jsonb_to_recordset(${list}::jsonb) AS q(question int, "deviceId" uuid, at timestamptz)
    JOIN addresses.custody c ON c.device_id = q."deviceId" AND c.valid @> q.at
      AND c.recorded @> ${knownAt}::timestamptz ORDER BY q.question`.execute(ctx.db);
  return rows;
}

export interface AllocationHit {
  readonly ip: string;
  readonly realm: string;
  readonly role: 'inside' | 'exit';
  readonly cidr: string;
  readonly unitPath: string;
  readonly unitName: string;
}

interface AllocationQuestion {
  readonly ip: string;
  readonly at: Date;
}

/**
 * Whose the addresses were at T, as the register knew at K: of each realm and role the most specific allocation around
 * each, longest prefix first; none when an address was not ours. One query for all questions.
 */
export async function findAllocationsAt(
  ctx: Ctx,
  asked: readonly AllocationQuestion[],
  knownAt: Date,
): Promise<(AllocationHit & { readonly question: number })[]> {
  return readAllocations(ctx, asked, sql`a.recorded @> ${knownAt}::timestamptz`, sql`h.valid @> q.at`);
}

/** Whose the addresses are now, as `findAllocationsAt` answers it. */
export async function findAllocationsOf(ctx: Ctx, ips: readonly string[]): Promise<AllocationHit[]> {
  const now = ctx.clock.now();
  const asked = ips.map((ip) => ({ ip, at: now }));
  const current = sql`upper_inf(a.recorded) AND upper_inf(a.valid)`;
  const rows = await readAllocations(ctx, asked, current, sql`true`);
  return rows.map(({ question: _, ...hit }) => hit);
}

/**
 * Under row-level security no index answers `>>=` (its function is not LEAKPROOF): each address is cut to every length
 * that a prefix may have, and those networks are looked up by equality.
 */
async function readAllocations(
  ctx: Ctx,
  asked: readonly AllocationQuestion[],
  known: RawBuilder<unknown>,
  held: RawBuilder<unknown>,
): Promise<(AllocationHit & { readonly question: number })[]> {
  if (asked.length === 0) return [];
  const { rows } = await sql<AllocationHit & { question: number }>`WITH q AS MATERIALIZED (
      SELECT n.question, n.ip, n.at FROM unnest(${asked.map((one) => one.ip)}::text[],
        ${asked.map((one) => one.at)}::timestamptz[]) WITH ORDINALITY AS n (ip, at, question)),
    network AS MATERIALIZED (SELECT i.ip, network(set_masklen(i.ip::inet, l.length)) AS cidr
      FROM (SELECT DISTINCT ip FROM q) AS i,
        generate_series(0, CASE family(i.ip::inet) WHEN 4 THEN 32 ELSE 128 END) AS l (length)),
    h AS MATERIALIZED (SELECT n.ip, a.realm, a.role, a.cidr, a.unit_path, a.unit_id, a.valid
      FROM network n JOIN addresses.allocation a ON a.cidr = n.cidr AND ${known})
    SELECT f.question::int AS question, f.ip, f.realm, f.role, f.cidr::text AS cidr, f.unit_path::text AS "unitPath",
      u.name AS "unitName"
    FROM (SELECT DISTINCT ON (q.question, h.realm, h.role) q.question - 1 AS question, h.*
      FROM q JOIN h ON h.ip = q.ip AND ${held}
      ORDER BY q.question, h.realm, h.role, masklen(h.cidr) DESC) AS f
    JOIN units.unit_view u ON u.id = f.unit_id
    ORDER BY f.question, masklen(f.cidr) DESC, f.role`.execute(ctx.db);
  return rows;
}
