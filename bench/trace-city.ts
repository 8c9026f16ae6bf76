/**
 * A prefecture for the bench of traces: schools with registered devices, and the translations and leases of some days,
 * written into the log store's own tables by itself. Who had which address and port is arithmetic, so that every answer
 * can be checked. Documentation addresses outside, synthetic persons inside.
 */

import type { FastifyInstance } from 'fastify';
import { elapsed } from '#base/clock';
import type { LogstoreClient } from '#base/logstore/client';
import { call, type SignedIn } from '#test/city';
import type { TestApp } from '#test/db';

const dayMs = 86_400_000;
const portsOfIp = 60_000;
export const firstFreePort = 1024 + portsOfIp;
/** So often a public address and port is somebody else's: as in the reference's own measurement. */
const turns = 13;
const gateways = 10;
const piece = 4_000_000;

export interface Plan {
  readonly sessions: number;
  readonly hosts: number;
  readonly schools: number;
  readonly rounds: number;
  readonly ips: number;
  readonly from: number;
  readonly span: number;
}

/** `records`: lines about translations, two a session. `leases`: acknowledgements, ten of each device and more. */
export function planOf(records: number, leases: number, now: number): Plan {
  const sessions = Math.ceil(records / 2);
  // So many that their import, which is another topic's, leaves time for the rest.
  const hosts = Math.min(30_000, Math.max(1000, Math.ceil(leases / 10)));
  const span = Math.max(1, Math.ceil(records / 20_000_000)) * dayMs;
  return {
    sessions,
    hosts,
    schools: Math.ceil(hosts / 30),
    rounds: Math.max(2, Math.round(leases / hosts)),
    ips: Math.min(200, Math.ceil(sessions / turns / portsOfIp)),
    from: now - span,
    span,
  };
}

/** A question about one session of the crowd, and the device that it was. */
export function sessionAt(plan: Plan, i: number): { ip: string; port: number; at: number; host: number } {
  const { ips, sessions, hosts, from, span } = plan;
  const slots = ips * portsOfIp;
  const slot = i % slots;
  const start = from + Math.floor((i * span) / sessions);
  const lasts = 60_000 + ((i * 7919) % 240_000);
  return {
    ip: `203.0.113.${1 + (slot % ips)}`,
    port: 1024 + Math.floor(slot / ips),
    at: start + Math.floor(lasts / 2),
    host: (i * 7919 + Math.floor(i / slots) * 13) % hosts,
  };
}

const addressOf = (plan: Plan, host: number) => {
  const school = host % plan.schools;
  return `10.${school >> 8}.${school & 255}.${1 + Math.floor(host / plan.schools)}`;
};
const macOf = (host: number) =>
  `00:00:5e:${[16 + (host >> 16), (host >> 8) & 255, host & 255].map((byte) => byte.toString(16).padStart(2, '0')).join(':')}`;

export interface Product {
  readonly app: TestApp;
  readonly server: FastifyInstance;
  readonly officer: SignedIn;
}

/** Sends a file and demands that every row of it is taken. */
export async function upload({ server, officer }: Product, url: string, text: string): Promise<void> {
  const { status, body } = await call(server, officer, 'POST', url, Buffer.from(text));
  if (status !== 200 || body.rejected > 0) throw new Error(`${url}: ${JSON.stringify(body).slice(0, 500)}`);
}

/** Units, networks, people and devices, by the imports of the product; units are the system administrator's. */
export async function fillRegisters(admin: Product, product: Product, plan: Plan): Promise<void> {
  const schools = Array.from({ length: plan.schools }, (_, n) => n);
  const send = async (kind: string, head: string, rows: readonly string[]) => {
    const began = elapsed();
    for (let at = 0; at < rows.length; at += 20_000) {
      const text = [head, ...rows.slice(at, at + 20_000)].join('\n');
      await upload(kind === 'units' ? admin : product, `/api/import/${kind}?fileName=${kind}.csv`, text);
    }
    tell(`${rows.length} ${kind}`, began);
  };
  await send(
    'units',
    'code,name,kind,parent_code',
    schools.map((n) => `s${n},示例县第${n}小学,school,east`),
  );
  await send(
    'people',
    'person_no,name,unit_code,post',
    schools.map((n) => `P${n},示例人员${n},s${n},teacher`),
  );
  await send('allocations', 'cidr,unit_code,role', [
    '203.0.113.0/24,city,exit',
    ...schools.map((n) => `10.${n >> 8}.${n & 255}.0/24,s${n},inside`),
  ]);
  await send(
    'devices',
    'asset_no,name,type,unit_code,ip,mac,owner_no,room,since',
    Array.from({ length: plan.hosts }, (_, n) => {
      const school = n % plan.schools;
      const addresses = `${addressOf(plan, n)},${macOf(n)}`;
      return `D-${n},计算机${n},computer,s${school},${addresses},P${school},${n % 40},2026-03-01`;
    }),
  );
}

/** The crowd's log sources: the first number of the gateways' and of the schools' DHCP servers. */
async function addSources({ app }: Product, plan: Plan): Promise<{ nat: number; dhcp: number }> {
  const add = async (sql: string, values: unknown[]) => {
    const { rows } = await app.ownerPool.query<{ id: number }>(`${sql} RETURNING id`, values);
    return Math.min(...rows.map((row) => row.id));
  };
  const nat = await add(
    `INSERT INTO logs.source (name, unit_path, format) SELECT 'gateway ' || n, 'city', 'conntrack'
     FROM generate_series(1, $1::int) AS n ORDER BY n`,
    [gateways],
  );
  const dhcp = await add(
    `INSERT INTO logs.source (name, unit_path, format, lease_seconds)
     SELECT 'dhcp ' || n, u.unit_path, 'isc-dhcpd', 3600
     FROM generate_series(0, $1::int - 1) AS n JOIN units.unit u ON u.code = 's' || n ORDER BY n`,
    [plan.schools],
  );
  return { nat, dhcp };
}

/**
 * Writes the crowd's lines. Nothing is behind them in sealed segments: bulk runs do not show raw lines. `heard`: numbers of
 * sources that are there already and were heard all the time, too.
 */
export async function fillLogs(
  product: Product,
  store: LogstoreClient,
  plan: Plan,
  heard: readonly number[] = [],
): Promise<void> {
  const sources = await addSources(product, plan);
  const { sessions, hosts, schools, rounds, ips, from, span } = plan;
  const params = { sessions, hosts, schools, ips, from, span, slots: ips * portsOfIp, ...sources };
  const ip = (host: string) =>
    `toIPv6(concat('::ffff:10.', toString(intDiv(${host} % {schools:UInt64}, 256)), '.',
      toString(${host} % {schools:UInt64} % 256), '.', toString(1 + intDiv(${host}, {schools:UInt64}))))`;
  const time = (ms: string) => `fromUnixTimestamp64Milli(toInt64(${ms}), 'UTC')`;
  const began = elapsed();
  // Both lines of a session in one pass, a piece of the time after the other, as they would have come.
  for (let at = 0; at < sessions; at += piece / 2) {
    await store.command(
      `INSERT INTO jiaodun_logs.nat_session (recv_ts, ts, t_start, seg, seq, kind, direction, src, realm, proto, pub_ip,
          pub_port, in_ip, in_port, dst_ip, dst_port, flow, dec)
        SELECT t, t, ${time('start')}, 1000000000 + intDiv(i, 50000), (i % 50000) * 2 + is_end,
          if(is_end, 'destroy', 'new'), 'out', {nat:UInt32} + slot % {ips:UInt64} % ${gateways}, 'main', 6,
          toIPv6(concat('::ffff:203.0.113.', toString(1 + slot % {ips:UInt64}))),
          1024 + intDiv(slot, {ips:UInt64}), ${ip('host')}, 1024 + i % 60000, toIPv6('::ffff:198.51.100.9'), 443, '', 'conntrack/1'
        FROM (SELECT number AS i, i % {slots:UInt64} AS slot,
          (i * 7919 + intDiv(i, {slots:UInt64}) * 13) % {hosts:UInt64} AS host,
          {from:UInt64} + intDiv(i * {span:UInt64}, {sessions:UInt64}) AS start,
          arrayJoin([0, 1]) AS is_end, ${time('start + is_end * (60000 + (i * 7919) % 240000)')} AS t
          FROM numbers({at:UInt64}, {count:UInt64}))`,
      { ...params, at, count: Math.min(piece / 2, sessions - at) },
      { settings: { max_insert_block_size: piece, min_insert_block_size_rows: piece, max_threads: 2 } },
    );
  }
  tell(`${sessions * 2} lines about translations`, began);
  const every = Math.floor(span / rounds);
  await store.command(
    `INSERT INTO jiaodun_logs.lease (recv_ts, ts, seg, seq, action, src, realm, ip, mac, hostname, lease_seconds, dec)
      SELECT t, t, 2000000000, number, 'ack', {dhcp:UInt32} + host % {schools:UInt64}, 'main', ${ip('host')},
        concat('00:00:5e:', lower(hex(toUInt8(16 + intDiv(host, 65536)))), ':', lower(hex(toUInt8(intDiv(host, 256) % 256))), ':',
          lower(hex(toUInt8(host % 256)))), '', {term:UInt32}, 'isc-dhcpd/1'
      FROM (SELECT number, number % {hosts:UInt64} AS host, ${time(
        '{from:Int64} - {every:Int64} + intDiv(number, {hosts:UInt64}) * {every:Int64} + intDiv(host * {every:Int64}, {hosts:UInt64})',
      )} AS t FROM numbers({leases:UInt64}))`,
    { ...params, every, term: Math.floor((every * 2) / 1000), leases: hosts * (rounds + 1) },
  );
  // What the indexer would have told: every minute of the gateways, every ten of the DHCP servers.
  const present = (first: string, count: number, step: number) =>
    store.command(
      `INSERT INTO jiaodun_logs.presence SELECT toDate(t), {first:UInt32} + number % {count:UInt64},
          intDiv(toUnixTimestamp64Milli(t), 60000), t, t
        FROM (SELECT number, ${time('{from:Int64} + intDiv(number, {count:UInt64}) * {step:Int64}')} AS t
          FROM numbers({n:UInt64}))`,
      { ...params, first, count, step, n: Math.ceil(span / step) * count },
    );
  await present(String(sources.nat), gateways, 60_000);
  await present(String(sources.dhcp), schools, 600_000);
  for (const source of heard) await present(String(source), 1, 60_000);
  tell(`${hosts * (rounds + 1)} leases, and when sources were heard`, began);
}

function tell(what: string, began: number): void {
  process.stderr.write(`${what}: ${Math.round((elapsed() - began) / 100) / 10} s\n`);
}
