/** What the register says and said of one device, and what the network showed of it. */
import { sql } from 'kysely';
import type { Ctx } from '#base/app';
import { type Page, pageOf } from '#base/list';

export interface HistoryRow {
  id: string;
  kind: 'state' | 'ip' | 'mac' | 'custody' | 'port';
  text: string;
  holder: number | null;
  unitName: string | null;
  validFrom: Date | null;
  validTo: Date | null;
  recordedFrom: Date;
  recordedTo: Date | null;
}

/** Custodians of a device, numbered in the order in which they came into the register. */
const holders = (deviceId: string) => sql`(SELECT c.person_id,
    row_number() OVER (ORDER BY min(c.row_id::text)) AS holder
  FROM addresses.custody c WHERE c.device_id = ${deviceId}::uuid AND c.person_id IS NOT NULL GROUP BY c.person_id)`;

export async function listHistory(
  ctx: Ctx,
  deviceId: string,
  query: { page: number; pageSize: number },
): Promise<Page<HistoryRow>> {
  const of = sql`t.device_id = ${deviceId}::uuid`;
  return pageOf<HistoryRow>(ctx, {
    columns: sql`h.row_id AS id, h.kind, h.text, h.holder::int AS holder, u.name AS "unitName",
      lower(h.valid) AS "validFrom", upper(h.valid) AS "validTo", lower(h.recorded) AS "recordedFrom",
      upper(h.recorded) AS "recordedTo"`,
    from: sql`(SELECT t.row_id, 'state' AS kind, concat_ws(' · ', t.name, nullif(t.note, '')) AS text, NULL::bigint AS holder,
        t.unit_path, t.valid, t.recorded FROM addresses.device_state t WHERE ${of}
      UNION ALL SELECT t.row_id, 'ip', concat_ws(' · ', host(t.ip), nullif(t.realm, 'main')), NULL, t.unit_path,
        t.valid, t.recorded FROM addresses.device_ip t WHERE ${of}
      UNION ALL SELECT t.row_id, 'mac', t.mac::text, NULL, t.unit_path, t.valid, t.recorded
        FROM addresses.device_mac t WHERE ${of}
      UNION ALL SELECT t.row_id, 'port', concat_ws(' · ', t.switch, t.port), NULL, t.unit_path, t.valid, t.recorded
        FROM addresses.device_port t WHERE ${of}
      UNION ALL SELECT t.row_id, 'custody', coalesce(t.room, ''), n.holder, t.unit_path, t.valid, t.recorded
        FROM addresses.custody t LEFT JOIN ${holders(deviceId)} AS n USING (person_id) WHERE ${of}) AS h`,
    join: sql`LEFT JOIN units.unit_view u ON u.unit_path = h.unit_path`,
    where: sql`true`,
    orderBy: sql`upper_inf(h.recorded) DESC, lower(h.recorded) DESC, h.kind, h.row_id`,
    query,
  });
}

/** The names behind the numbers. A minor's stays sealed: it takes a second person's approval, which a trace asks for. */
export async function namesOfHolders(
  ctx: Ctx,
  deviceId: string,
): Promise<{ holder: number; name: string | null; minor: boolean }[]> {
  const { rows } = await sql<{
    holder: number;
    name: string | null;
    minor: boolean;
  }>`SELECT n.holder::int AS holder,
      CASE WHEN NOT p.minor THEN p.name END AS name, p.minor
    FROM ${holders(deviceId)} AS n JOIN units.person_view p ON p.id = n.person_id ORDER BY n.holder`.execute(
    ctx.db,
  );
  return rows;
}

export interface SightingRow {
  id: string;
  ip: string | null;
  mac: string;
  own: boolean;
  kind: string;
  hostname: string;
  place: string;
  began: Date;
  lastProof: Date;
  until: Date;
}

/** What was seen of the hardware addresses that the device has, and at its addresses. */
export async function listSightings(
  ctx: Ctx,
  deviceId: string,
  query: { page: number; pageSize: number },
): Promise<Page<SightingRow>> {
  const now = sql`t.device_id = ${deviceId}::uuid AND upper_inf(t.recorded) AND upper_inf(t.valid)`;
  return pageOf<SightingRow>(ctx, {
    columns: sql`b.id::text AS id, nullif(host(b.ip), '::') AS ip, b.mac::text AS mac,
      b.mac IN (SELECT t.mac FROM addresses.device_mac t WHERE ${now}) AS own, b.kind, b.hostname,
      concat_ws(' ', nullif(b.nas, ''), nullif(b.port, '')) AS place, b.began, b.last_proof AS "lastProof", b.until`,
    from: sql`addresses.binding b`,
    where: sql`upper_inf(b.recorded) AND b.id IN (
      SELECT o.id FROM addresses.binding o WHERE o.mac IN (SELECT t.mac FROM addresses.device_mac t WHERE ${now})
      UNION SELECT o.id FROM addresses.device_ip t JOIN addresses.binding o ON o.realm = t.realm AND o.ip = t.ip
        WHERE ${now})`,
    orderBy: sql`b.last_proof DESC, b.id DESC`,
    query,
  });
}
