/** What the bindings show and the register does not say: discovered machines, and findings that come and go. */
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { buildServer } from '#base/http';
import { drain } from '#base/jobs';
import { call, type SignedIn, signIn, staffCity } from '#test/city';
import { type TestApp, testApp } from '#test/db';
import { audit } from '../audit/module.ts';
import { authenticate, setupToken } from '../auth/index.ts';
import { auth } from '../auth/module.ts';
import { findings } from '../findings/module.ts';
import { tasks } from '../tasks/module.ts';
import { units } from '../units/module.ts';
import { lookAtDevices } from './look-at-devices.ts';
import { addresses } from './module.ts';

let app: TestApp;
let server: FastifyInstance;
let people: Record<string, SignedIn>;

const minute = 60_000;
const hour = 60 * minute;
const as = (who: string, method: 'GET' | 'POST' | 'PUT', url: string, body?: unknown) =>
  call(server, people[who]!, method, url, body);

interface Shown {
  readonly mac: string;
  readonly ip?: string;
  /** Milliseconds before now. */
  readonly began?: number;
  readonly last?: number;
  readonly kind?: string;
  readonly hostname?: string;
  readonly nas?: string;
  readonly port?: string;
  readonly at?: string;
  readonly realm?: string;
}
let segment = 1;

/** A binding as the observations leave it. */
async function show({ mac, ip = '::', began = hour, last = 0, kind = 'arp', ...rest }: Shown): Promise<void> {
  const now = app.clock.now().getTime();
  const [from, proof] = [new Date(now - began), new Date(now - last)];
  await app.ownerPool.query(
    `INSERT INTO addresses.binding (unit_path, realm, ip, mac, source_id, kind, level, began, last_proof, until, hostname,
       nas, port, first_seg, first_seq, last_seg, last_seq, marks, recorded)
     VALUES ($1, $2, $3, $4, 7, $5, 'observed', $6, $7, $7, $8, $9, $10, $11, 1, $11, 2, ARRAY[$7, $7, $7]::timestamptz[],
       tstzrange($6, NULL))`,
    [
      rest.at ?? 'city.east.east-1',
      rest.realm ?? 'main',
      ip,
      mac,
      kind,
      from,
      proof,
      rest.hostname ?? '',
      rest.nas ?? '',
      rest.port ?? '',
      segment++,
    ],
  );
}

/** Findings of a kind as [state, text], of the whole city. */
async function found(kind: string): Promise<[string, string][]> {
  const { rows } = await app.ownerPool.query<{ state: string; text: string }>(
    'SELECT state, text FROM findings.finding WHERE kind = $1 ORDER BY id',
    [kind],
  );
  return rows.map((row) => [row.state, row.text]);
}
const look = () => lookAtDevices(app);
const device = (assetNo: string, more: object) =>
  as('school', 'POST', '/api/devices', {
    assetNo,
    name: '电脑',
    type: 'computer',
    unitCode: 'east-1',
    ...more,
  });

beforeAll(async () => {
  app = await testApp([audit, units, auth, tasks, findings, addresses]);
  server = buildServer(app, authenticate);
  people = await staffCity(server, await setupToken(app.config.dataDir), [
    { username: 'city', unitCode: 'city', role: 'city_officer' },
    { username: 'west', unitCode: 'west', role: 'county_officer' },
    { username: 'school', unitCode: 'east-1', role: 'school_teacher' },
  ]);
  const sheet =
    'cidr,unit_code,realm,role\n10.1.4.0/22,east-1,main,inside\n10.1.8.0/22,east-2,main,inside\n10.2.4.0/22,west-1,main,inside\n';
  const reply = await as('city', 'POST', '/api/import/allocations?fileName=a.csv', Buffer.from(sheet));
  expect(reply.body).toMatchObject({ accepted: 3 });
});
afterAll(async () => {
  await server.close();
  await app.close();
});
beforeEach(async () => {
  // Each test begins in a quiet network: what was seen before is long past.
  await app.advance(30 * hour);
  for (const who of ['city', 'west', 'school']) people[who] = await signIn(server, who);
});

describe('what is not registered', () => {
  it('is listed for its school, adopted with what was seen, and its finding closes', async () => {
    const mac = '00:00:5e:00:80:01';
    await show({ mac, ip: '10.1.4.9', hostname: 'lab-pc', at: 'city.east' });
    await show({ mac, kind: 'fdb', nas: 'SW-2', port: 'Gi0/7' });
    await show({ mac: '00:00:5e:00:01:0a', ip: '10.1.4.1' });
    await look();
    const list = await as('school', 'GET', '/api/discovered-devices');
    expect(list.body.items).toMatchObject([
      {
        mac,
        ip: '10.1.4.9',
        dynamic: false,
        hostname: 'lab-pc',
        switch: 'SW-2',
        port: 'Gi0/7',
        unitCode: 'east-1',
      },
    ]);
    expect((await as('west', 'GET', '/api/discovered-devices')).body.items).toEqual([]);
    expect(await found('unregistered-device')).toEqual([['open', `终端 ${mac} 在用，却没有登记`]]);
    const { id } = list.body.items[0];
    const both = await Promise.all([
      as('school', 'POST', `/api/discovered-devices/${id}/adoption`, {}),
      as('city', 'POST', `/api/discovered-devices/${id}/adoption`, {}),
    ]);
    expect(both.map((one) => one.status).sort()).toEqual([200, 409]);
    expect(both.find((one) => one.status === 200)!.body).toMatchObject({
      name: 'lab-pc',
      ips: ['10.1.4.9'],
      macs: [mac],
      switch: 'SW-2',
    });
    await look();
    expect((await as('school', 'GET', '/api/discovered-devices')).body.total).toBe(0);
    expect((await found('unregistered-device')).map(([state]) => state)).toEqual(['closed']);
  });

  it('at the address of another device is adopted without taking that', async () => {
    await device('D-1', { macs: ['00:00:5e:00:80:11'], ips: ['10.1.4.111'] });
    await show({ mac: '00:00:5e:00:80:12', ip: '10.1.4.111' });
    await look();
    const [{ id }] = (await as('school', 'GET', '/api/discovered-devices')).body.items;
    const adopted = await as('school', 'POST', `/api/discovered-devices/${id}/adoption`, {});
    expect([adopted.status, adopted.body]).toMatchObject([200, { ips: [], macs: ['00:00:5e:00:80:12'] }]);
    expect((await found('stolen-address')).map(([state]) => state)).toEqual(['open']);
    await show({ mac: '00:00:5e:00:80:11', ip: '10.1.4.111', began: 0 });
  });

  it('with an address from DHCP is adopted without it, and with a random one only when that is fixed', async () => {
    await show({ mac: '00:00:5e:00:80:02', ip: '10.1.4.12', kind: 'dhcp' });
    await show({ mac: '02:00:5e:00:80:03', ip: '10.1.4.13', kind: 'dhcp' });
    await show({ mac: '02:00:5e:00:80:04', ip: '10.1.4.14', kind: 'dhcp' });
    await look();
    expect(await found('random-mac')).toHaveLength(1);
    const ids = Object.fromEntries(
      (await as('school', 'GET', '/api/discovered-devices')).body.items.map(
        (one: { mac: string; id: string }) => [one.mac, one.id],
      ),
    );
    const those = async (random: boolean) =>
      (await as('school', 'GET', `/api/discovered-devices?random=${random}`)).body.items.map(
        ({ mac }: { mac: string }) => mac.slice(0, 2),
      );
    expect([new Set(await those(true)), new Set(await those(false))]).toEqual([
      new Set(['02']),
      new Set(['00']),
    ]);
    const adopt = (mac: string, body: object) =>
      as('school', 'POST', `/api/discovered-devices/${ids[mac]}/adoption`, body);
    expect((await adopt('00:00:5e:00:80:02', {})).body).toMatchObject({
      ips: [],
      macs: ['00:00:5e:00:80:02'],
    });
    const refused = await adopt('02:00:5e:00:80:03', {});
    expect([refused.status, refused.body.code]).toEqual([422, 'addresses.random_mac']);
    expect((await adopt('02:00:5e:00:80:03', { fixedMac: true })).status).toBe(200);
    const until = '2026-07-30';
    const ignored = await as(
      'school',
      'POST',
      `/api/discovered-devices/${ids['02:00:5e:00:80:04']}/ignoring`,
      {
        reason: '教师手机',
        until,
      },
    );
    expect(ignored.body).toMatchObject({ ignoredReason: '教师手机' });
    expect((await as('school', 'GET', '/api/discovered-devices')).body.total).toBe(0);
    expect((await as('school', 'GET', '/api/discovered-devices?ignored=true')).body.total).toBe(1);
    await look();
    expect((await found('random-mac')).map(([state]) => state)).toEqual(['closed']);
    const past = await as('school', 'POST', `/api/discovered-devices/${ids['02:00:5e:00:80:04']}/ignoring`, {
      reason: '过去',
      until: '2026-05-01',
    });
    expect(past.body.code).toBe('addresses.bad_ignore');
  });
});

describe('a finding about a device', () => {
  it('tells two machines at one address at once, not one after the other nor two cards of one device', async () => {
    await device('F-1', { macs: ['00:00:5e:00:81:11', '00:00:5e:00:81:12'] });
    await show({ mac: '00:00:5e:00:81:01', ip: '10.1.5.1' });
    await show({ mac: '00:00:5e:00:81:02', ip: '10.1.5.1', began: 30 * minute });
    await show({ mac: '00:00:5e:00:81:03', ip: '10.1.5.2', last: 40 * minute });
    await show({ mac: '00:00:5e:00:81:04', ip: '10.1.5.2', began: 40 * minute });
    await show({ mac: '00:00:5e:00:81:11', ip: '10.1.5.3' });
    await show({ mac: '00:00:5e:00:81:12', ip: '10.1.5.3' });
    // In turn, and the first one back within the hour; back after a night is another day's lease.
    await show({ mac: '00:00:5e:00:81:21', ip: '10.1.5.4', began: 50 * minute, last: 50 * minute });
    await show({ mac: '00:00:5e:00:81:22', ip: '10.1.5.4', began: 40 * minute, last: 40 * minute });
    await show({ mac: '00:00:5e:00:81:21', ip: '10.1.5.4', began: 30 * minute, last: 30 * minute });
    await show({ mac: '00:00:5e:00:81:31', ip: '10.1.5.5', began: 9 * hour, last: 9 * hour });
    await show({ mac: '00:00:5e:00:81:32', ip: '10.1.5.5', began: 5 * hour, last: 5 * hour });
    await show({ mac: '00:00:5e:00:81:31', ip: '10.1.5.5', began: 30 * minute, last: 30 * minute });
    await look();
    expect((await found('duplicate-address')).toSorted()).toEqual([
      ['open', '地址 10.1.5.1 同时被两台终端使用：00:00:5e:00:81:01、00:00:5e:00:81:02'],
      ['open', '地址 10.1.5.4 同时被两台终端使用：00:00:5e:00:81:21、00:00:5e:00:81:22'],
    ]);
    const [row] = (await as('school', 'GET', '/api/findings?q=10.1.5.1')).body.items;
    expect(row.context).toMatch(/arp #7 10\.1\.5\.1 00:00:5e:00:81:01 .* \d+:2/);
  });

  it('tells an address that another machine took, and is closed by what is seen after the repair only', async () => {
    const stolen = async () =>
      (await found('stolen-address')).filter(([, text]) => text.includes(' 10.1.5.20 '));
    await device('F-2', { macs: ['00:00:5e:00:82:01'], ips: ['10.1.5.20'] });
    await show({ mac: '00:00:5e:00:82:02', ip: '10.1.5.20' });
    await look();
    const told = '设备 F-2 的地址 10.1.5.20 被另一台终端 00:00:5e:00:82:02 使用';
    expect(await stolen()).toEqual([['open', told]]);
    const [finding] = (await as('school', 'GET', '/api/findings?q=10.1.5.20')).body.items;
    await app.advance(minute);
    expect((await as('school', 'POST', `/api/findings/${finding.id}/fixed`, {})).status).toBe(200);
    await drain(app);
    // Nothing was observed since: it is neither mended nor not.
    expect(await stolen()).toEqual([['fixed', told]]);
    await app.advance(minute);
    await show({ mac: '00:00:5e:00:82:01', ip: '10.1.5.20', began: 0 });
    await look();
    expect(await stolen()).toEqual([['closed', told]]);
    await app.advance(minute);
    await show({ mac: '00:00:5e:00:82:02', ip: '10.1.5.20', began: 0 });
    await look();
    expect(await stolen()).toEqual([['open', told]]);
    const { rows } = await app.ownerPool.query(
      `SELECT state FROM tasks.task WHERE key LIKE 'findings:unit:%'`,
    );
    expect(rows).toHaveLength(1);
  });

  it('tells devices at another school’s addresses and behind another port', async () => {
    await device('F-3', { macs: ['00:00:5e:00:83:01'], switch: 'SW-9', port: 'Gi0/1' });
    await show({ mac: '00:00:5e:00:83:01', ip: '10.2.4.9', at: 'city.west.west-1' });
    await show({ mac: '00:00:5e:00:83:01', kind: 'fdb', nas: 'SW-9', port: 'Gi0/2' });
    await look();
    expect((await found('moved-device')).map(([, text]) => text).sort()).toEqual([
      '设备 F-3（00:00:5e:00:83:01）在别的单位的地址 10.2.4.9 上出现',
      '设备 F-3（00:00:5e:00:83:01）登记在 SW-9 Gi0/1，却在 SW-9 Gi0/2 出现',
    ]);
    expect((await as('west', 'GET', '/api/findings')).body.items).toEqual([]);
  });

  it('tells addresses outside of every allocation once a network, and devices that are long unseen', async () => {
    await device('F-4', { macs: ['00:00:5e:00:84:01'] });
    await show({ mac: '00:00:5e:00:84:01', ip: '10.1.5.40', began: 100 * 24 * hour, last: 95 * 24 * hour });
    await show({ mac: '00:00:5e:00:84:02', ip: '172.16.9.1' });
    await show({ mac: '00:00:5e:00:84:03', ip: '172.16.9.2' });
    await show({ mac: '00:00:5e:00:84:04', ip: '2001:db8:0:9::1' });
    await look();
    expect((await found('outside-allocation')).map(([, text]) => text.split('（')[0]).sort()).toEqual([
      '172.16.9.0/24',
      '2001:db8:0:9::/64',
    ]);
    expect(await found('unseen-device')).toEqual([['open', '设备 F-4 已 90 天没有出现']]);
    await show({ mac: '00:00:5e:00:84:01', ip: '10.1.5.40', began: 0 });
    await look();
    expect(await found('unseen-device')).toEqual([['closed', '设备 F-4 已 90 天没有出现']]);
  });

  it('stays open while nothing is observed: silence is no repair', async () => {
    await show({ mac: '00:00:5e:00:85:01', ip: '10.1.6.1' });
    await show({ mac: '00:00:5e:00:85:02', ip: '10.1.6.1' });
    await look();
    await app.advance(48 * hour);
    await look();
    expect((await found('duplicate-address')).at(-1)![0]).toBe('open');
    await show({ mac: '00:00:5e:00:85:01', ip: '10.1.6.1', began: 0 });
    await look();
    expect((await found('duplicate-address')).at(-1)![0]).toBe('closed');
  });
});
