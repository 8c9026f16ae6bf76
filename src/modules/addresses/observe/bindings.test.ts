import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { buildServer } from '#base/http';
import { drain, fire } from '#base/jobs';
import { migrateLogstore } from '#base/logstore/migrate';
import { type SpawnedLogstore, spawnLogstore } from '#base/logstore/testing';
import { ingestFile } from '#logs';
import { call, type SignedIn, signIn, staffCity } from '#test/city';
import { actorAt, type TestApp, testApp } from '#test/db';
import { audit } from '../../audit/module.ts';
import { authenticate, setupToken } from '../../auth/index.ts';
import { auth } from '../../auth/module.ts';
import { logs } from '../../logs/module.ts';
import { units } from '../../units/module.ts';
import { addresses } from '../module.ts';
import { findBindings } from '../store/find-bindings.ts';

let app: TestApp;
let server: FastifyInstance;
let store: SpawnedLogstore;
let storeDir = '';
let people: Record<string, SignedIn>;
let number = 0;

const east = actorAt('city.east', ['logs.ingest', 'logs.sources']);
const mac = (n: number) => `00:00:5e:00:53:${n.toString(16).padStart(2, '0')}`;
const at = (time: string) => new Date(`2026-11-22T${time}Z`);

beforeAll(async () => {
  storeDir = await mkdtemp(join(tmpdir(), 'jiaodun-bindings-'));
  store = await spawnLogstore(storeDir);
  await migrateLogstore(store.connect(), 'migrations/clickhouse');
  app = await testApp([audit, units, auth, logs, addresses], {
    logstore: store.connect(),
    now: '2026-11-22T12:00:00Z',
  });
  server = buildServer(app, authenticate);
  people = await staffCity(server, await setupToken(app.config.dataDir), [
    { username: 'city', unitCode: 'city', role: 'city_officer' },
    { username: 'east', unitCode: 'east', role: 'county_officer' },
    { username: 'west', unitCode: 'west', role: 'county_officer' },
    { username: 'teacher', unitCode: 'east-1', role: 'school_teacher' },
  ]);
}, 60_000);
afterAll(async () => {
  await server?.close();
  await app?.close();
  await store?.stop();
  await rm(storeDir, { recursive: true, force: true });
});
beforeEach(() => {
  number += 1;
});

/** Each test has an address and sources of its own. */
const ip = () => `192.0.2.${number}`;
const sourceName = () => `dhcp-${number}`;
const line = (time: string, text: string) => {
  const local = new Date(at(time).getTime() + 8 * 3_600_000).toISOString();
  return `Nov 22 ${local.slice(11, 19)} gw dhcpd: ${text}`;
};
const ack = (time: string, n: number) => line(time, `DHCPACK on ${ip()} to ${mac(n)} (pc-${n}) via eth0`);
const release = (time: string, n: number) =>
  line(time, `DHCPRELEASE of ${ip()} from ${mac(n)} (pc-${n}) via eth0 (found)`);

async function feed(lines: readonly string[], more: object = {}): Promise<void> {
  const query = { source: sourceName(), format: 'isc-dhcpd', leaseSeconds: 3600, ...more } as const;
  await ingestFile(app, east, query, Readable.from([Buffer.from(lines.join('\n'))]));
  await drain(app);
}

/** What is known, in short: mac, began, last proof, until, why it is over. */
async function known(knownAt?: Date) {
  const question = { realm: 'main', ip: ip(), from: at('00:00:00'), to: at('23:59:59') };
  const found = await app.run(east, (ctx) => findBindings(ctx, [question], knownAt));
  const time = (date: Date) => date.toISOString().slice(11, 16);
  return found.map((one) =>
    [one.mac.slice(-2), time(one.began), time(one.lastProof), time(one.until), one.ended].join(' '),
  );
}

async function rows(): Promise<number> {
  const { rows: found } = await app.ownerPool.query<{ n: number }>(
    'SELECT count(*)::int AS n FROM addresses.binding WHERE ip = $1',
    [ip()],
  );
  return found[0]!.n;
}

test('extends an interval without a new row, and ends it where the log says so', async () => {
  await feed([ack('04:00:00', 1)]);
  expect(await known()).toEqual(['01 04:00 04:00 05:00 ']);
  await feed([ack('04:30:00', 1)]);
  await feed([ack('05:00:00', 1)]);
  expect(await known()).toEqual(['01 04:00 05:00 06:00 ']);
  expect(await rows()).toBe(1);
  await feed([release('05:10:00', 1), ack('05:20:00', 2)]);
  expect(await known()).toEqual(['01 04:00 05:10 05:10 release', '02 05:20 05:20 06:20 ']);
});

test('puts what comes late in its place, and keeps what was known before', async () => {
  await feed([ack('04:00:00', 1), ack('04:30:00', 1)]);
  await app.advance(60_000);
  const before = app.clock.now();
  const then = await known(before);
  expect(then).toEqual(['01 04:00 04:30 05:30 ']);
  await app.advance(60_000);
  await feed([ack('04:10:00', 2), release('04:20:00', 2)]);
  expect(await known()).toEqual([
    '01 04:00 04:00 04:10 superseded',
    '02 04:10 04:20 04:20 release',
    '01 04:30 04:30 05:30 ',
  ]);
  expect(await known(before)).toEqual(then);
});

test('never claims at an earlier time of knowledge what came after it, and says the same whenever asked', async () => {
  await feed([ack('04:00:00', 1)]);
  const moments: { when: Date; told: string[] }[] = [];
  for (const minutes of [30, 60, 90, 120]) {
    await app.advance(9 * 3_600_000);
    moments.push({ when: app.clock.now(), told: await known(app.clock.now()) });
    await app.advance(60_000);
    await feed([ack(`0${4 + Math.floor(minutes / 60)}:${minutes % 60 === 0 ? '00' : '30'}:00`, 1)]);
  }
  expect(moments.map(({ told }) => told[0])).toEqual([
    '01 04:00 04:00 05:00 ',
    '01 04:00 04:30 05:30 ',
    '01 04:00 05:00 06:00 ',
    '01 04:00 05:30 06:30 ',
  ]);
  for (const { when, told } of moments) expect(await known(when)).toEqual(told);
  expect(await rows()).toBe(1);
  await app.setTime('2026-11-22T12:00:00Z');
});

test('a rebuilding comes to the same state, and mends what was broken', async () => {
  await feed([ack('04:00:00', 1), ack('04:40:00', 1), ack('05:10:00', 2), release('05:30:00', 2)]);
  await feed([ack('04:20:00', 3)]);
  const told = await known();
  const all = async () =>
    (
      await app.ownerPool.query(
        `SELECT realm, ip, mac, source_id, kind, session, began, last_proof, until, ended, first_seg, first_seq, last_seg,
          last_seq, hostname FROM addresses.binding WHERE upper_inf(recorded) ORDER BY source_id, ip, mac, began`,
      )
    ).rows;
  const state = await all();
  expect((await call(server, people.teacher!, 'POST', '/api/bindings/rebuild', {})).status).toBe(403);
  const started = await call(server, people.city!, 'POST', '/api/bindings/rebuild', {});
  expect(started.status).toBe(200);
  expect((await call(server, people.city!, 'POST', '/api/bindings/rebuild', {})).body.code).toBe(
    'addresses.rebuild_running',
  );
  await drain(app);
  const done = await call(server, people.city!, 'GET', '/api/bindings/rebuild');
  expect(done.body.last).toMatchObject({ changed: 0, ended: expect.any(String) });
  expect(await all()).toEqual(state);
  await app.ownerPool.query(
    `UPDATE addresses.binding SET ended = 'nak', mac = $2 WHERE ip = $1 AND upper_inf(recorded)
    AND began = $3`,
    [ip(), mac(9), at('04:00:00')],
  );
  expect(await known()).not.toEqual(told);
  await call(server, people.city!, 'POST', '/api/bindings/rebuild', {});
  await drain(app);
  expect(await known()).toEqual(told);
});

test('a step that breaks off changes nothing and is made again', async () => {
  await app.ownerPool.query(`CREATE FUNCTION test.break_off() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'the machine went dark'; END $$;
    CREATE TRIGGER break_off BEFORE UPDATE ON addresses.binding_segment FOR EACH ROW EXECUTE FUNCTION test.break_off()`);
  await expect(feed([ack('04:00:00', 1)])).rejects.toThrow('the machine went dark');
  expect(await known()).toEqual([]);
  await app.ownerPool.query('DROP TRIGGER break_off ON addresses.binding_segment');
  await fire(app, 'addresses.bind-missed');
  await drain(app);
  expect(await known()).toEqual(['01 04:00 04:00 05:00 ']);
  await drain(app);
  expect(await rows()).toBe(1);
});

test('several addresses of one host, IPv4 and IPv6, are found by hardware address and by prefix', async () => {
  const seen = (time: string, address: string, n: number) =>
    `2026-11-22T${time}.000Z snmp ${address.includes(':') ? 'nd' : 'arp'} nas=192.0.2.254 ip=${address} mac=${mac(n)} port=Vlan10`;
  const lines = [
    seen('10:00:00', '2001:db8:5::a', 40),
    seen('10:00:00', '2001:db8:5::1234:5678', 40),
    seen('10:00:00', ip(), 40),
    seen('10:15:00', '2001:db8:5::a', 40),
    `2026-11-22T10:15:00.000Z snmp fdb nas=192.0.2.253 mac=${mac(40)} port=Gi0%2F7`,
  ];
  await ingestFile(
    app,
    east,
    { source: `snmp-${number}`, format: 'snmp' },
    Readable.from([Buffer.from(lines.join('\n'))]),
  );
  await drain(app);
  const byMac = await call(server, people.east!, 'GET', `/api/bindings?mac=${mac(40)}`);
  expect(
    byMac.body.items
      .map((one: { ip: string | null; port: string; state: string }) => [one.ip, one.port])
      .toSorted(),
  ).toEqual(
    [
      ['2001:db8:5::1234:5678', 'Vlan10'],
      ['2001:db8:5::a', 'Vlan10'],
      [ip(), 'Vlan10'],
      [null, 'Gi0/7'],
    ].toSorted(),
  );
  const net = await call(server, people.east!, 'GET', '/api/bindings?ip=2001:db8:5::/64');
  expect(net.body.total).toBe(2);
  expect(net.body.items.find((one: { ip: string }) => one.ip === '2001:db8:5::a')).toMatchObject({
    began: '2026-11-22T10:00:00.000Z',
    lastProof: '2026-11-22T10:15:00.000Z',
    level: 'observed',
    kind: 'nd',
  });
  // Another county sees nothing of it.
  expect((await call(server, people.west!, 'GET', `/api/bindings?mac=${mac(40)}`)).body.total).toBe(0);
  const bad = await call(server, people.east!, 'GET', '/api/bindings?ip=10.1.0.1/8');
  expect(bad.body).toMatchObject({ code: 'addresses.bad_range' });
});

test('a silent source is a gap, and one that tells of others has not seen it', async () => {
  const seen = (time: string, n: number) =>
    `2026-11-22T${time}.000Z snmp arp nas=192.0.2.254 ip=198.51.100.${n} mac=${mac(n)} port=Vlan10`;
  const poll = (time: string) => `2026-11-22T${time}.000Z snmp poll nas=192.0.2.254`;
  const every = Array.from(
    { length: 24 },
    (_, n) =>
      `${String(11 + Math.floor(n / 12)).padStart(2, '0')}:${String((n % 12) * 5).padStart(2, '0')}:00`,
  );
  const lines = [seen('10:59:00', 71), ...every.flatMap((time) => [poll(time), seen(time, 72)])];
  await ingestFile(
    app,
    east,
    { source: `snmp-${number}`, format: 'snmp' },
    Readable.from([Buffer.from(lines.join('\n'))]),
  );
  await app.setTime('2026-11-22T12:55:30Z');
  await drain(app);
  const stateOf = async (n: number) => {
    const officer = await signIn(server, 'east');
    return (await call(server, officer, 'GET', `/api/bindings?ip=198.51.100.${n}`)).body.items[0].state;
  };
  expect(await stateOf(71)).toBe('unseen');
  await app.setTime('2026-11-22T18:00:00Z');
  expect(await stateOf(72)).toBe('gap');
  await app.setTime('2026-11-22T12:00:00Z');
});

test('segments that are read again with another clock move what they say, and what was known stays known', async () => {
  // Later than all that other tests recorded: knowledge never goes back with the clock.
  await app.setTime('2026-11-26T12:00:00Z');
  // The sender writes Shanghai time and was registered as UTC: eight hours late.
  await feed([ack('01:00:00', 81), ack('01:30:00', 81), release('01:40:00', 81)], { zone: 'UTC' });
  const wrong = await known();
  expect(wrong).toEqual(['51 09:00 09:40 09:40 release']);
  const before = app.clock.now();
  await app.advance(60_000);
  const officer = await signIn(server, 'east');
  const { items } = (await call(server, officer, 'GET', '/api/logs/sources?pageSize=500')).body;
  const { id } = items.find((one: { name: string }) => one.name === sourceName());
  const change = { zone: 'Asia/Shanghai' };
  expect((await call(server, officer, 'PATCH', `/api/logs/sources/${id}`, change)).status).toBe(200);
  const again = await call(server, officer, 'POST', `/api/logs/sources/${id}/redecode`, {
    onlyUnread: false,
  });
  expect(again.status).toBe(200);
  await drain(app);
  await app.advance(300_000);
  await drain(app);
  await app.advance(300_000);
  await drain(app);
  expect(await known()).toEqual(['51 01:00 01:40 01:40 release']);
  expect(await known(before)).toEqual(wrong);
});
