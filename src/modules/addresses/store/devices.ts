import { sql } from 'kysely';
import type { Ctx } from '#base/app';
import { allOf, type Page, pageOf } from '#base/list';
import type { Held } from '../settle-claims.ts';

export interface DeviceRow {
  id: string;
  asset_no: string;
  name: string;
  type: 'computer' | 'server' | 'switch' | 'ap' | 'printer' | 'other';
  unit_id: string;
  unit_name: string;
  realm: string;
  ip: string | null;
  mac: string | null;
  other_ips: string;
  other_macs: string;
  switch: string | null;
  port: string | null;
  retired_at: Date | null;
  retired_reason: string | null;
  revision: number;
  unit_code: string;
  unit_path: string;
  room: string | null;
  has_owner: boolean;
  note: string | null;
}

export interface DeviceQuery {
  readonly page: number;
  readonly pageSize: number;
  readonly q?: string | undefined;
  readonly sort?: string | undefined;
  readonly unitId?: string | undefined;
  readonly type?: string | undefined;
  readonly owner?: boolean | undefined;
  readonly retired?: boolean | undefined;
}

const columns = sql`d.id, d.asset_no, d.name, d.type, d.unit_id, u.name AS unit_name, d.realm, host(d.ip) AS ip,
  d.mac::text AS mac, d.other_ips, d.other_macs, d.switch, d.port, d.retired_at, d.retired_reason, d.revision,
  u.code AS unit_code, d.unit_path::text AS unit_path, d.room, d.person_id IS NOT NULL AS has_owner, d.note`;

const orders: Readonly<Record<string, ReturnType<typeof sql>>> = {
  assetNo: sql`d.asset_no, d.id`,
  '-assetNo': sql`d.asset_no DESC, d.id`,
  ip: sql`d.ip, d.id`,
  '-ip': sql`d.ip DESC NULLS LAST, d.id`,
  mac: sql`d.mac, d.id`,
  '-mac': sql`d.mac DESC NULLS LAST, d.id`,
};

/** In the order of units and asset numbers, unless the query sorts otherwise. */
export async function listDevices(ctx: Ctx, query: DeviceQuery): Promise<Page<DeviceRow>> {
  const where = [];
  if (query.unitId) where.push(sql`d.unit_id = ${query.unitId}::uuid`);
  if (query.type) where.push(sql`d.type = ${query.type}`);
  if (query.owner !== undefined) where.push(sql`(d.person_id IS NOT NULL) = ${query.owner}`);
  if (query.retired !== undefined) where.push(sql`(d.retired_at IS NOT NULL) = ${query.retired}`);
  return pageOf<DeviceRow>(ctx, {
    columns,
    from: sql`addresses.device d`,
    as: 'd',
    join: sql`JOIN units.unit_view u ON u.id = d.unit_id`,
    where: allOf(where),
    // Names, numbers and rooms, addresses in part or whole; MAC addresses as they are printed, too.
    search: { column: sql`d.search`, typed: query.q && macAsWritten(query.q) },
    orderBy: orders[query.sort ?? ''] ?? sql`d.unit_path, d.asset_no, d.id`,
    query,
  });
}

/** `00-00-5E-00-53-09` is how Windows prints what we keep as `00:00:5e:00:53:09`. */
function macAsWritten(q: string): string {
  return /^[0-9a-f]{2}(?:-[0-9a-f]{2}){1,5}$/i.test(q) ? q.replaceAll('-', ':') : q;
}

export async function findDevice(ctx: Ctx, id: string): Promise<DeviceRow | undefined> {
  const { rows } = await sql<DeviceRow>`SELECT ${columns} FROM addresses.device d
    JOIN units.unit_view u ON u.id = d.unit_id WHERE d.id = ${id}::uuid`.execute(ctx.db);
  return rows[0];
}

export interface KnownDevice {
  readonly id: string;
  readonly assetNo: string;
  readonly unitId: string;
  readonly macs: readonly string[];
}

/** Visible devices by the numbers on their stickers; schools may use one number each. */
export async function findByAssetNo(ctx: Ctx, numbers: readonly string[]): Promise<KnownDevice[]> {
  const { rows } = await sql<KnownDevice>`SELECT id, asset_no AS "assetNo", unit_id AS "unitId",
      string_to_array(btrim(coalesce(mac::text, '') || ' ' || other_macs), ' ') AS macs
    FROM addresses.device WHERE asset_no = ANY(${[...numbers]}::text[])`.execute(ctx.db);
  return rows;
}

/** Who has these addresses according to the register, at any time; `key` as in `claimKey`. */
export async function findHolders(
  ctx: Ctx,
  ips: readonly { realm: string; ip: string }[],
  macs: readonly string[],
): Promise<(Held & { unitPath: string })[]> {
  const { rows } = await sql<{
    deviceId: string;
    assetNo: string;
    unitPath: string;
    key: string;
    until: Date | null;
  }>`SELECT h.device_id AS "deviceId", d.asset_no AS "assetNo", d.unit_path::text AS "unitPath", h.key,
      upper(h.valid) AS until
    FROM (SELECT t.device_id, t.valid, 'ip ' || t.realm || ' ' || host(t.ip) AS key FROM addresses.device_ip t
        JOIN unnest(${ips.map((one) => one.realm)}::text[], ${ips.map((one) => one.ip)}::inet[]) AS n(realm, ip)
          ON t.realm = n.realm AND t.ip = n.ip WHERE upper_inf(t.recorded)
      UNION ALL SELECT t.device_id, t.valid, 'mac ' || t.mac::text FROM addresses.device_mac t
        WHERE t.mac = ANY(${[...macs]}::macaddr[]) AND upper_inf(t.recorded)) AS h
    JOIN addresses.device d ON d.id = h.device_id`.execute(ctx.db);
  return rows.map(({ until, ...row }) => ({ ...row, to: until?.getTime() ?? Infinity }));
}

export interface DeviceRecord {
  readonly id: string;
  readonly assetNo: string;
  readonly unitId: string;
  readonly unitPath: string;
  readonly name: string;
  readonly type: string;
  readonly realm: string;
  readonly ip: string | null;
  readonly otherIps: string;
  readonly mac: string | null;
  readonly otherMacs: string;
  readonly personId: string | null;
  readonly room: string | null;
  readonly switch: string | null;
  readonly port: string | null;
  readonly note: string | null;
}

/** Puts down devices as they are now: new ones are added, known ones (by id) brought up to date and back into use. */
export async function upsertDevices(ctx: Ctx, rows: readonly DeviceRecord[]): Promise<void> {
  if (rows.length === 0) return;
  await sql`INSERT INTO addresses.device (id, asset_no, unit_id, unit_path, name, type, realm, ip, other_ips, mac,
      other_macs, person_id, room, switch, port, note)
    SELECT n.id, n."assetNo", n."unitId", n."unitPath"::ltree, n.name, n.type, n.realm, n.ip, n."otherIps", n.mac,
      n."otherMacs", n."personId", n.room, n.switch, n.port, n.note
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS n(id uuid, "assetNo" text, "unitId" uuid,
      "unitPath" text, name text, type text, realm text, ip inet, "otherIps" text, mac macaddr, "otherMacs" text,
      "personId" uuid, room text, switch text, port text, note text)
    ON CONFLICT (id) DO UPDATE SET asset_no = excluded.asset_no, unit_id = excluded.unit_id,
      unit_path = excluded.unit_path, name = excluded.name, type = excluded.type, realm = excluded.realm,
      ip = excluded.ip, other_ips = excluded.other_ips, mac = excluded.mac, other_macs = excluded.other_macs,
      person_id = excluded.person_id, room = excluded.room, switch = excluded.switch, port = excluded.port,
      note = excluded.note, retired_at = NULL, retired_reason = NULL, revision = device.revision + 1`.execute(
    ctx.db,
  );
}

/** Who answers for devices now; those for which nobody does are missing. */
export async function findHoldersNow(ctx: Ctx, ids: readonly string[]): Promise<Map<string, string>> {
  if (ids.length === 0) return new Map();
  const { rows } = await sql<{ id: string; personId: string }>`SELECT id, person_id AS "personId"
    FROM addresses.device WHERE id = ANY(${[...ids]}::uuid[]) AND person_id IS NOT NULL`.execute(ctx.db);
  return new Map(rows.map((row) => [row.id, row.personId]));
}

/** All devices in use of a unit and below it, or of the whole scope, in the order of units and numbers. */
export async function listInUse(ctx: Ctx, unitId: string | undefined): Promise<DeviceRow[]> {
  const below = unitId
    ? sql`d.unit_path <@ (SELECT o.unit_path FROM units.unit_view o WHERE o.id = ${unitId}::uuid)`
    : sql`true`;
  const { rows } = await sql<DeviceRow>`SELECT ${columns} FROM addresses.device d
    JOIN units.unit_view u ON u.id = d.unit_id WHERE d.retired_at IS NULL AND ${below}
    ORDER BY d.unit_path, d.asset_no, d.id`.execute(ctx.db);
  return rows;
}

/** Puts down that a device is out of use and has nothing any more; where it stood is kept. */
export async function retire(ctx: Ctx, id: string, why: { at: string; reason: string }): Promise<void> {
  await sql`UPDATE addresses.device SET retired_at = ${why.at}::timestamptz, retired_reason = ${why.reason},
    ip = NULL, mac = NULL, other_ips = '', other_macs = '', person_id = NULL, switch = NULL, port = NULL,
    revision = revision + 1 WHERE id = ${id}::uuid`.execute(ctx.db);
}
