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
import { call, type SignedIn, signIn, staffCity } from '#test/city';
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
    owned('R-1', '192.168.1.20', mac(11), 'east-1', 'east-lan'),
    owned('R-2', '192.168.1.20', mac(12), 'west-1', 'west-lan'),
    owned('R-3', '', mac(13), 'east-1', 'east-lan'),
    owned('R-4', '', mac(14), 'west-1', 'west-lan'),
    ...[21, 22, 23, 24, 26, 27].map((n) => owned(`U-${n}`, '', mac(n))),
    owned('U-25', '10.1.4.35', mac(25)),
    owned('U-28', '10.1.4.38', mac(28)),
    owned('X-1', '', mac(41)),
    owned('X-2', '', mac(42)),
    owned('W-1', '', `${mac(31)} ${mac(32)}`),
    owned('W-2', '', mac(33)),
    owned('W-3', '10.1.4.43', mac(35)),
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

describe('the same private range at two schools, behind relays', () => {
  const relayed = (time: string, hw: string, ip = '192.168.1.20') => [
    // Two relays of one network pass on one request.
    dhcpd(time, ip, hw, 'via 10.5.0.1'),
    dhcpd(time, ip, hw, 'via 10.5.0.2'),
    `Nov 22 ${local(time).slice(11, 19)} gw dhcpd: DHCPNAK on ${ip} to ${mac(77)} via 10.5.0.1`,
  ];
  const forensic = (time: string, ip: string, hw: string) =>
    `${local(time).slice(0, 10)} ${local(time).slice(11, 19)} CST Address: ${ip} has been renewed for 1 hrs 0 min 0 secs to a device with hardware address: hwtype=1 ${hw}, client-id: 17:34:e2:ff:09:92:54 connected via relay at address: 10.6.0.1, identified by circuit-id: 68:6f:77:64:79 (howdy) and remote-id: 87:f6:79:77:ef`;

  it('are told apart by whose gateway and server it was, whatever the server’s lines look like', async () => {
    await ingest(
      'nat-east',
      'conntrack',
      [
        ...beats('203.0.113.2'),
        ...session('05:10:00', '05:20:00', '192.168.1.20', '203.0.113.2', 61_001),
        ...session('05:10:00', '05:20:00', '192.168.1.30', '203.0.113.2', 61_002),
      ],
      '&realm=east-lan',
    );
    await ingest(
      'nat-west',
      'conntrack',
      [
        ...beats('203.0.113.3'),
        ...session('05:10:00', '05:20:00', '192.168.1.20', '203.0.113.3', 61_001),
        ...session('05:10:00', '05:20:00', '192.168.1.30', '203.0.113.3', 61_002),
      ],
      '&realm=west-lan',
    );
    await ingest(
      'relay-east',
      'isc-dhcpd',
      halfHours.flatMap((time) => [...relayed(time, mac(11)), ...relayed(time, mac(13), '192.168.1.30')]),
      '&realm=east-lan&leaseSeconds=3600',
    );
    await ingest(
      'relay-west',
      'dnsmasq',
      halfHours.map((time) => dnsmasq(time, '192.168.1.20', mac(12))),
      '&realm=west-lan&leaseSeconds=3600',
    );
    await ingest(
      'kea-west',
      'kea-forensic',
      halfHours.map((time) => forensic(time, '192.168.1.30', mac(14))),
      '&realm=west-lan',
    );
    await drain(app);
    const behind = (ip: string, port: number) => told({ ip, port, at: '05:15:00' });
    expect(await behind('203.0.113.2', 61_001)).toBe('proven R-1');
    expect(await behind('203.0.113.3', 61_001)).toBe('proven R-2');
    expect(await behind('203.0.113.2', 61_002)).toBe('proven R-3');
    expect(await behind('203.0.113.3', 61_002)).toBe('proven R-4');
    // Somebody who names the inside address does not say at which school.
    expect(await told({ ip: '192.168.1.20', at: '05:15:00' })).toBe('ambiguous R-1 R-2');
  });
});

describe('RADIUS accounting', () => {
  const nas = (time: string, number: number, status: string) => [
    'Sun Nov 22 00:00:00 2026',
    `\tAcct-Status-Type = ${status}`,
    `\tNAS-IP-Address = 10.1.0.${number}`,
    '\tAcct-Delay-Time = 0',
    `\tTimestamp = ${at(time).getTime() / 1000}`,
    '',
  ];
  const record = (time: string, ip: string, n: number, status: string, more: readonly string[] = []) => {
    const [head, ...rest] = nas(time, 1, status);
    const own = [`\tFramed-IP-Address = ${ip}`, `\tCalling-Station-Id = "${mac(n).replaceAll(':', '-')}"`];
    return [head!, `\tUser-Name = "u${n}"`, ...own, `\tAcct-Session-Id = "s${n}"`, ...more, ...rest];
  };
  const row = (ip: string, n: number, start: string, ...interims: string[]) => [
    ...record(start, ip, n, 'Start'),
    ...interims.flatMap((time) => record(time, ip, n, 'Interim-Update')),
  ];

  beforeAll(async () => {
    await ingest('aaa', 'radius', [
      ...halfHours.flatMap((time) => record(time, '10.1.7.9', 99, 'Interim-Update')),
      // A start, no stop, and another's start at the same address.
      ...row('10.1.4.31', 21, '01:00:00', '01:10:00', '01:20:00'),
      ...row('10.1.4.31', 22, '01:40:00', '01:50:00', '02:00:00'),
      // The same, but the first is heard of again.
      ...row('10.1.4.32', 23, '01:00:00', '01:10:00', '01:55:00'),
      ...row('10.1.4.32', 24, '01:40:00', '01:50:00', '02:00:00'),
      // A session goes on with another address, and its first one is given to another.
      ...row('10.1.4.38', 28, '03:00:00', '03:10:00'),
      ...['03:20:00', '03:30:00'].flatMap((time) => record(time, '10.1.4.39', 28, 'Interim-Update')),
      ...row('10.1.4.38', 26, '03:26:00', '03:36:00'),
      // The access server is started anew.
      ...row('10.1.4.35', 25, '04:00:00', '04:10:00'),
      ...nas('04:12:00', 1, 'Accounting-On'),
      ...row('10.1.4.35', 27, '04:20:00', '04:30:00'),
    ]);
    await drain(app);
  });

  it('ends a session without a Stop where its access server gives the address to another', async () => {
    expect(await toldOf('10.1.4.31', ['01:15:00', '01:30:00', '01:45:00'])).toEqual([
      'proven U-21',
      'probable U-21',
      'proven U-22',
    ]);
    expect(await toldOf('10.1.4.32', ['01:45:00'])).toEqual(['ambiguous U-23 U-24']);
  });

  it('tells by an interim update with a new address that the former is free', async () => {
    expect(await toldOf('10.1.4.38', ['03:05:00', '03:22:00', '03:30:00'])).toEqual([
      'proven U-28',
      'not_provable U-28',
      'ambiguous U-26 U-28',
    ]);
    expect(await toldOf('10.1.4.39', ['03:25:00'])).toEqual(['proven U-28']);
  });

  it('ends all sessions of an access server that is started anew', async () => {
    expect(await toldOf('10.1.4.35', ['04:05:00', '04:15:00', '04:25:00'])).toEqual([
      'proven U-25',
      'not_provable U-25',
      'ambiguous U-25 U-27',
    ]);
  });
});

describe('a laptop on cable and WLAN that keeps its address', () => {
  const moves = (ip: string, cable: number, wlan: number) => [
    ...['05:00:00', '05:30:00'].map((time) => dhcpd(time, ip, mac(cable))),
    ...['05:36:00', '06:06:00'].map((time) => dhcpd(time, ip, mac(wlan))),
    ...['06:10:00', '06:40:00'].map((time) => dhcpd(time, ip, mac(cable))),
  ];
  const times = ['05:10:00', '05:33:00', '05:36:10', '05:50:00', '06:08:00', '06:30:00'];

  beforeAll(async () => {
    await ingest(
      'lan',
      'isc-dhcpd',
      [
        ...halfHours.map((time) => dhcpd(time, '10.1.7.11', mac(203))),
        ...moves('10.1.4.41', 31, 32),
        ...moves('10.1.4.42', 33, 34),
        ...moves('10.1.4.43', 35, 36),
      ],
      '&leaseSeconds=3600',
    );
    await drain(app);
  });

  it('is proven throughout when both of its cards are registered, and each line is told as it was written', async () => {
    expect(await toldOf('10.1.4.41', times)).toEqual(times.map(() => 'proven W-1'));
    const [only] = (await ask({ ip: '10.1.4.41', at: '05:33:00' })).candidates;
    expect(only.mac).toBe(mac(31));
    for (const step of only.steps.filter((one: { kind: string }) => one.kind === 'lease')) {
      const [card] = step.rawLine.match(/00:00:5e:00:54:[0-9a-f]{2}/);
      expect(step.says.zh).toContain(card);
    }
  });

  it('is not proven on the card that nobody registered, nor next to it', async () => {
    const unknown = await toldOf('10.1.4.42', times);
    expect(unknown).toEqual([
      'proven W-2',
      'not_provable W-2',
      `not_provable ${mac(34)}`,
      `not_provable ${mac(34)}`,
      `not_provable ${mac(34)}`,
      // The server took it from the other, whose lease was not over: by the log nobody knows why.
      'probable W-2',
    ]);
    const fixed = await toldOf('10.1.4.43', times);
    expect(fixed.slice(1, 5).every((one) => !one.startsWith('proven'))).toBe(true);
  });
});

describe('a client without IPv4 behind a NAT64', () => {
  const pba = (time: string, what: 'ALLOC' | 'RELEASE', inside: string, lo: number) =>
    `<14>Nov 22 ${local(time).slice(11, 19)} bng RT_NAT: RT_SRC_NAT_PBA_${what}: Subscriber ${inside} used/maximum [1/4] blocks, ${what === 'ALLOC' ? 'allocates' : 'releases'} port block [${lo}-${lo + 127}] from 203.0.113.5 in source pool NAT64 lsys_id: 0 epoch 0x6a44007a`;
  const neighbour = (time: string, ip: string, n: number) =>
    `${at(time).toISOString()} snmp nd nas=10.1.0.1 ip=${ip} mac=${mac(n)} port=Vlan10`;
  const polls = Array.from({ length: 30 }, (_, i) => clock(4 * 60 + 30 + i * 5));
  const [own, other, gone] = ['2001:db8:1::a5', '2001:db8:1:0:4c1f:9d2:77aa:1', '2001:db8:1::dead'];

  beforeAll(async () => {
    await ingest('nat64', 'juniper', [
      ...Array.from({ length: 60 }, (_, i) =>
        pba(clock(4 * 60 + i * 4), 'ALLOC', '2001:db8:1::ffff', 40_000 + i * 128),
      ),
      pba('05:00:00', 'ALLOC', own, 30_000),
      pba('06:00:00', 'RELEASE', own, 30_000),
      pba('06:00:30', 'ALLOC', other, 30_000),
      pba('06:40:00', 'RELEASE', other, 30_000),
      pba('05:00:00', 'ALLOC', gone, 31_000),
      pba('06:00:00', 'RELEASE', gone, 31_000),
    ]);
    await ingest('core', 'snmp', [
      // A DHCPv4 address of another machine that ends alike, and one of the router's IPv4 table.
      ...polls.flatMap((time) => [neighbour(time, own, 41), neighbour(time, '2001:db8:1::1:a5', 42)]),
      ...polls.map((time) => neighbour(time, other, 41).replace(mac(41), time < '05:55' ? mac(42) : mac(41))),
    ]);
    await drain(app);
  });

  it('is found by the neighbour table, whatever its address of the day, and told apart from who had it before', async () => {
    const behind = (time: string, port = 30_010) => told({ ip: '203.0.113.5', port, at: time });
    expect(await behind('05:30:00')).toBe('proven X-1');
    const found = await ask({ ip: '203.0.113.5', port: 30_010, at: '05:30:00', dstIp: '198.51.100.2' });
    expect(found.candidates[0]).toMatchObject({ insideIp: own, mac: mac(41) });
    expect(found.candidates[0].steps.map((step: { kind: string }) => step.kind)).toContain('sighting');
    // A temporary address that was another's ten minutes before.
    expect(await behind('06:20:00')).toBe('proven X-1');
    // Nobody's table has this one.
    expect(await behind('05:30:00', 31_010)).toBe('not_provable ?');
  });
});

describe('a question without a port about a busy address', () => {
  it('of more rows than are read is answered, with the limit told, and never by the one who is left of another protocol', async () => {
    const ip = '203.0.113.6';
    // 26,000 sessions of a minute around the time, of forty machines; one machine's of UDP began long before and goes on.
    const many = Array.from({ length: 26_000 }, (_, i) => {
      const start = at('05:29:30').getTime() + i * 2;
      return [0, 1].map((end) => {
        const epoch = ((start + end * 500) / 1000).toFixed(6);
        return `[${epoch}]\t [${end ? 'DESTROY' : 'NEW'}] tcp 6 src=10.1.5.${1 + (i % 40)} dst=198.51.100.2 sport=${1024 + i} dport=443 src=198.51.100.2 dst=${ip} sport=443 dport=${1024 + i}`;
      });
    }).flat();
    const udp = (inside: string, from: string, to: string, port: number) =>
      session(from, to, inside, ip, port).map((line) => line.replace('tcp 6', 'udp 17'));
    await ingest('busy', 'conntrack', [
      ...many,
      ...udp('10.1.4.61', '05:20:00', '05:40:00', 9000),
      ...udp('10.1.4.62', '05:29:59', '05:30:01', 9001),
      ...udp('10.1.4.63', '05:29:59', '05:30:01', 9002).map((line) =>
        line.replaceAll('198.51.100.2', '198.51.100.9'),
      ),
    ]);
    await drain(app);
    const tcp = await ask({ ip, at: '05:30:00', proto: 'tcp' });
    expect(tcp.verdict).toBe('ambiguous');
    expect(JSON.stringify(tcp.because)).toContain('40');
    expect(JSON.stringify(tcp.coverage)).toContain('50000');
    // Those of another protocol or far end take no place of theirs.
    expect(
      (await ask({ ip, at: '05:30:00', proto: 'udp' })).candidates
        .map((one: { insideIp: string }) => one.insideIp)
        .sort(),
    ).toEqual(['10.1.4.61', '10.1.4.62', '10.1.4.63']);
    expect((await ask({ ip, at: '05:30:00', proto: 'udp', dstIp: '198.51.100.9' })).candidates).toMatchObject(
      [{ insideIp: '10.1.4.63' }],
    );
  });
});

describe('a line that nobody could read', () => {
  it('is a gap where it stands, however few there are: nothing is proven across it', async () => {
    const ip = '10.1.4.71';
    const times = Array.from({ length: 48 }, (_, i) => clock(i * 15));
    const lines = times.flatMap((time) => [
      dhcpd(time, ip, mac(1)),
      ...Array.from({ length: 5 }, (_, i) => dhcpd(time, `10.1.7.${100 + i}`, mac(110 + i))),
    ]);
    // Cut off in the middle of an address, as a full disk or a datagram that was too short leaves it.
    const broken = dhcpd('05:21:00', ip, mac(2)).slice(0, 48);
    lines.splice(
      lines.findIndex((line) => line.includes('13:30:00')),
      0,
      broken,
    );
    await ingest('torn', 'isc-dhcpd', lines, '&leaseSeconds=1800');
    await drain(app);
    expect(await toldOf(ip, ['04:40:00', '05:20:00', '06:10:00'])).toEqual([
      'proven L-1',
      'probable L-1',
      'proven L-1',
    ]);
    const torn = await ask({ ip, at: '05:20:00' });
    expect(torn.coverage.complete).toBe(false);
    expect(JSON.stringify(torn.coverage)).toContain('行无法解析');
  });
});

describe('a file whose dates tell no year', () => {
  const old = (date: string, time: string, ip: string, n: number) =>
    `${date} ${time} gw dhcpd: DHCPACK on ${ip} to ${mac(n)} (pc) via eth0`;
  const row = (ip: string, n: number, ...days: string[]) =>
    days.flatMap((day) =>
      ['00:10:00', '00:40:00', '01:10:00', '23:20:00', '23:50:00'].map((time) => old(day, time, ip, n)),
    );

  beforeAll(async () => {
    await app.setTime('2027-01-05T01:00:00Z');
    people.city = await signIn(server, 'city');
  });

  it('and crosses the turn of the year is read right on both sides, in January', async () => {
    const ip = '10.1.4.51';
    await ingest('turn', 'isc-dhcpd', row(ip, 1, 'Dec 31', 'Jan  1').sort(byDay), '&leaseSeconds=3600');
    await drain(app);
    const around = ['2026-12-31T23:45:00+08:00', '2027-01-01T00:05:00+08:00', '2027-01-01T00:30:00+08:00'];
    expect(await toldOf(ip, around)).toEqual(around.map(() => 'proven L-1'));
    // A year earlier, or later than it was received, nobody had it.
    expect(await toldOf(ip, ['2026-01-01T00:30:00+08:00', '2025-12-31T23:45:00+08:00'])).toEqual([
      'not_provable ?',
      'not_provable ?',
    ]);
  });

  it.each([
    ['reaches back more than a year', ['Jan  3', 'Jun 10', 'Dec 30', 'Jan  4'], '第 2 行的日期“Jun 10”'],
    [
      'has a day that last February had not',
      ['Feb 27', 'Feb 28', 'Feb 29', 'Mar  1'],
      '第 3 行的日期“Feb 29”',
    ],
    ['is a year old and of these days', ['Jan  4', 'Jan  5', 'Jan  7'], '第 3 行的日期“Jan  7”'],
  ])('is refused with the line, the reason and the remedy when it %s', async (_what, days, words) => {
    const lines = days.map((day) => old(day, '08:00:00', '10.1.4.52', 2));
    const url = '/api/logs/ingest?source=turn&format=isc-dhcpd&anyway=true';
    const reply = await call(server, people.city!, 'POST', url, Buffer.from(lines.join('\n')));
    expect([reply.status, reply.body.code]).toEqual([422, 'logs.year_unclear']);
    expect(JSON.stringify(reply.body)).toContain(words);
  });

  it('is taken when a device began on 1 January until it had the time', async () => {
    const lines = ['Nov 20', 'Jan  1', 'Jan  1', 'Nov 20', 'Nov 21'].map((day) =>
      old(day, '08:00:00', '10.1.4.54', 2),
    );
    await ingest('turn', 'isc-dhcpd', lines);
  });

  it('is taken by a source with its year, leap day and all', async () => {
    await ingest(
      'leap',
      'isc-dhcpd',
      ['Feb 28', 'Feb 29', 'Mar  1'].flatMap((day) => row('10.1.4.53', 2, day)),
      '&leaseSeconds=3600&fixedYear=2024',
    );
    await drain(app);
    // The register began in 2026: nobody is named for 2024, but the machine is found.
    expect(await toldOf('10.1.4.53', ['2024-02-29T00:30:00+08:00', '2026-02-28T00:30:00+08:00'])).toEqual([
      `not_provable ${mac(2)}`,
      'not_provable ?',
    ]);
  });
});

/** December before January. */
function byDay(a: string, b: string): number {
  return Number(a.startsWith('Jan')) - Number(b.startsWith('Jan')) || (a < b ? -1 : 1);
}
