/** What happens in schools, as their machines write it, through the real decoders and stores to the verdict. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildServer } from '#base/http';
import { drain } from '#base/jobs';
import { migrateLogstore } from '#base/logstore/migrate';
import { type SpawnedLogstore, spawnLogstore } from '#base/logstore/testing';
import { call, type SignedIn, staffCity } from '#test/city';
import { type TestApp, testApp } from '#test/db';
import { addresses } from '../addresses/module.ts';
import { audit } from '../audit/module.ts';
import { authenticate, setupToken } from '../auth/index.ts';
import { auth } from '../auth/module.ts';
import { logs } from '../logs/module.ts';
import { units } from '../units/module.ts';
import { trace } from './module.ts';

let app: TestApp;
let server: FastifyInstance;
let store: SpawnedLogstore;
let storeDir = '';
let people: Record<string, SignedIn>;

/** Of the day of all scenarios, UTC; machines write Shanghai time, eight hours ahead. */
const at = (time: string) => new Date(`2026-11-22T${time}Z`);
const local = (time: string) => new Date(at(time).getTime() + 8 * 3_600_000).toISOString();
const mac = (n: number) => `00:00:5e:00:54:${n.toString(16).padStart(2, '0')}`;
/** Half-hourly, so that the silence of a server means a gap. */
const halfHours = Array.from({ length: 24 }, (_, i) => clock(i * 30));
function clock(minute: number): string {
  const two = (n: number) => String(n).padStart(2, '0');
  return `${two(Math.floor(minute / 60))}:${two(minute % 60)}:00`;
}

const dhcpd = (time: string, ip: string, hw: string, way = 'via eth0') =>
  `Nov 22 ${local(time).slice(11, 19)} gw dhcpd: DHCPACK on ${ip} to ${hw} (pc) ${way}`;
const dnsmasq = (time: string, ip: string, hw: string) =>
  `Nov 22 ${local(time).slice(11, 19)} gw dnsmasq-dhcp[969]: 2885121487 DHCPACK(br-lan) ${ip} ${hw} pc`;
const kea = (time: string, ip: string, hw: string, seconds: number) =>
  `${local(time).slice(0, 10)} ${local(time).slice(11, 23)} INFO  [kea-dhcp4.leases/6455.139934778066624] DHCP4_LEASE_ALLOC [hwtype=1 ${hw}], cid=[01:${hw}], tid=0x3f082956: lease ${ip} has been allocated for ${seconds} seconds`;
const session = (from: string, to: string, inside: string, pub: string, port: number) =>
  [from, to].map((time, i) => {
    const epoch = (at(time).getTime() / 1000).toFixed(6);
    return `[${epoch}]\t [${i === 0 ? 'NEW' : 'DESTROY'}] tcp 6 src=${inside} dst=198.51.100.2 sport=4000 dport=443 src=198.51.100.2 dst=${pub} sport=443 dport=${port}`;
  });
/** The gateway is heard every four minutes. */
const beats = (pub: string) =>
  Array.from({ length: 180 }, (_, i) =>
    session(clock(i * 4), clock(i * 4), '10.9.9.9', pub, 20_000 + i),
  ).flat();

async function upload(kind: string, rows: readonly string[]) {
  const url = `/api/import/${kind}?fileName=${kind}.csv`;
  const reply = await call(server, people.city!, 'POST', url, Buffer.from(rows.join('\r\n')));
  expect(reply.body).toMatchObject({ rejected: 0, errors: [] });
}
async function ingest(source: string, format: string, lines: readonly string[], more = '') {
  const url = `/api/logs/ingest?source=${source}&format=${format}${more}`;
  const reply = await call(server, people.city!, 'POST', url, Buffer.from(`${lines.join('\n')}\n`));
  expect([reply.status, reply.body.code]).toEqual([200, undefined]);
  return reply.body;
}

interface Asked {
  readonly ip: string;
  readonly at: string;
  readonly port?: number;
  readonly proto?: string;
  readonly dstIp?: string;
}
const ask = async (question: Asked) => {
  const given = { ...question, caseNo: 'C-1', reason: '情景检验' };
  if (/^\d\d:/.test(given.at)) given.at = at(given.at).toISOString();
  return (await call(server, people.city!, 'POST', '/api/traces', given)).body;
};
/** `proven D-1`, or `ambiguous D-1 D-2`: machines that nobody registered by their hardware address. */
const told = async (question: Asked) => {
  const found = await ask(question);
  const names = found.candidates.map(
    (one: { assetNo: string; mac: string }) => one.assetNo ?? one.mac ?? '?',
  );
  return [found.verdict, ...names.sort()].join(' ');
};
const toldOf = async (ip: string, times: readonly string[]) =>
  Promise.all(times.map((time) => told({ ip, at: time })));

beforeAll(async () => {
  storeDir = await mkdtemp(join(tmpdir(), 'jiaodun-scenarios-'));
  store = await spawnLogstore(storeDir);
  const client = store.connect();
  await migrateLogstore(client, 'migrations/clickhouse');
  app = await testApp([audit, units, auth, logs, addresses, trace], {
    logstore: client,
    now: '2026-11-22T11:45:00Z',
  });
  server = buildServer(app, authenticate);
  people = await staffCity(server, await setupToken(app.config.dataDir), [
    { username: 'city', unitCode: 'city', role: 'city_officer' },
  ]);
  for (const key of ['east-lan', 'west-lan']) {
    const realm = { key, name: key, description: '' };
    expect((await call(server, people.city!, 'POST', '/api/realms', realm)).status).toBe(200);
  }
  await upload('people', [
    'person_no,name,unit_code,post',
    'P1,张密封,east-1,teacher',
    'P2,李密封,west-1,teacher',
  ]);
  await upload('allocations', [
    'cidr,unit_code,realm,role',
    '10.1.4.0/22,east-1,main,inside',
    '192.168.1.0/24,east-1,east-lan,inside',
    '192.168.1.0/24,west-1,west-lan,inside',
    '203.0.113.0/28,city,main,exit',
    '2001:db8:1::/48,east-1,main,inside',
  ]);
  const owned = (asset: string, ip: string, macs: string, unit = 'east-1', realm = '') =>
    `${asset},电脑,computer,${unit},${realm},${ip},${macs},${unit === 'east-1' ? 'P1' : 'P2'},301,2026-03-01`;
  await upload('devices', [
    'asset_no,name,type,unit_code,realm,ip,mac,owner_no,room,since',
    owned('L-1', '', mac(1)),
    owned('L-2', '', mac(2)),
    owned('L-3', '10.1.4.23', mac(3)),
    owned('L-4', '', mac(4)),
  ]);
  await app.setTime('2026-11-22T12:00:00Z');
  await ingest('nat', 'conntrack', beats('203.0.113.1'));
}, 120_000);
afterAll(async () => {
  await server?.close();
  await app?.close();
  await store?.stop();
  await rm(storeDir, { recursive: true, force: true });
});

describe('the lease time of a server is changed from twelve hours to one', () => {
  const renewals = ['00:00:00', '06:00:00', '06:30:00', '07:00:00'];
  const heir = ['08:10:00', '08:40:00', '09:10:00'];

  it('and its lines tell it: each lease is believed as long as it was given for', async () => {
    const ip = '10.1.4.21';
    await ingest('kea', 'kea', [
      ...halfHours.map((time) => kea(time, '10.1.7.1', mac(200), 3600)),
      ...renewals.map((time, i) => kea(time, ip, mac(1), i === 0 ? 43_200 : 3600)),
      ...heir.map((time) => kea(time, ip, mac(2), 3600)),
    ]);
    await drain(app);
    expect(await toldOf(ip, ['03:00:00', '06:15:00', '07:50:00', '08:05:00', '08:30:00'])).toEqual([
      'proven L-1',
      'proven L-1',
      'probable L-1',
      'not_provable ?',
      'proven L-2',
    ]);
  });

  it('and the source is told so in time: lines from before keep the longer one', async () => {
    const ip = '10.1.4.24';
    const idle = (times: readonly string[]) => times.map((time) => dhcpd(time, '10.1.7.2', mac(201)));
    const first = await ingest(
      'isc',
      'isc-dhcpd',
      [...idle(halfHours.slice(0, 12)), dhcpd('00:00:00', ip, mac(4))],
      '&leaseSeconds=43200',
    );
    await drain(app);
    const changed = await call(server, people.city!, 'PATCH', `/api/logs/sources/${first.source}`, {
      leaseSeconds: 3600,
    });
    expect(changed.status).toBe(200);
    await ingest('isc', 'isc-dhcpd', [
      ...idle(halfHours.slice(12)),
      ...renewals.slice(1).map((time) => dhcpd(time, ip, mac(4))),
    ]);
    await drain(app);
    expect(await toldOf(ip, ['03:00:00', '06:15:00', '08:05:00'])).toEqual([
      'proven L-4',
      'proven L-4',
      'not_provable ?',
    ]);
  });

  it('and nobody told the source: renewals that came every half hour and stay away prove nothing', async () => {
    const ip = '10.1.4.23';
    await ingest(
      'old',
      'dnsmasq',
      [
        ...halfHours.map((time) => dnsmasq(time, '10.1.7.3', mac(202))),
        ...renewals.map((time) => dnsmasq(time, ip, mac(3))),
      ],
      '&leaseSeconds=43200',
    );
    await drain(app);
    expect(await toldOf(ip, ['03:00:00', '06:45:00', '07:15:00', '09:00:00'])).toEqual([
      'proven L-3',
      'proven L-3',
      'proven L-3',
      'probable L-3',
    ]);
  });
});
