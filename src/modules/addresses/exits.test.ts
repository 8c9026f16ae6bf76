import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { authenticate, setupToken } from '#auth';
import { buildServer } from '#base/http';
import { drain, fire } from '#base/jobs';
import { call, type SignedIn, signIn, staffCity, testPassword } from '#test/city';
import { type TestApp, testApp } from '#test/db';
import { modules } from '../../compose.ts';
import { judgeExit, tellsOfSchool } from './judge-exit.ts';

const declared = [
  { ip: '203.0.113.9', role: 'exit' as const, cidr: '203.0.113.0/28', unitPath: 'city.east' },
  { ip: '10.1.4.9', role: 'inside' as const, cidr: '10.1.4.0/22', unitPath: 'city.east.east-1' },
];

describe('an address', () => {
  it.each([
    ['203.0.113.9', 'city.east.east-1', 'bureau', '203.0.113.0/28'],
    ['203.0.113.9', 'city.east', 'own', '203.0.113.0/28'],
    ['203.0.113.9', 'city.west.west-1', 'other', '203.0.113.0/28'],
    ['10.1.4.9', 'city.east.east-1', 'inside', '10.1.4.0/22'],
    ['10.1.4.9', 'city.west.west-1', 'other', '10.1.4.0/24'],
    ['198.51.100.77', 'city.east.east-1', 'other', '198.51.100.0/24'],
    ['::ffff:198.51.100.77', 'city.east.east-1', 'other', '198.51.100.0/24'],
    ['2001:db8:7:8::9', 'city.east.east-1', 'other', '2001:db8:7::/48'],
  ])('%s of %s is %s, kept as %s', (remote, unit, outcome, network) => {
    expect(judgeExit(remote, unit, declared)).toMatchObject({ outcome, network });
  });

  it('of this machine tells nothing', () => {
    expect(judgeExit('127.0.0.1', 'city.east.east-1', declared)).toBeNull();
    expect(judgeExit('not an address', 'city.east.east-1', declared)).toBeNull();
  });
});

test('only weekdays in office hours of China tell of a school', () => {
  expect(tellsOfSchool(new Date('2026-06-01T02:00:00Z'))).toBe(true);
  expect(tellsOfSchool(new Date('2026-06-01T11:00:00Z'))).toBe(false);
  expect(tellsOfSchool(new Date('2026-05-31T02:00:00Z'))).toBe(false);
});

describe('the exit check', () => {
  let app: TestApp;
  let server: FastifyInstance;
  let people: Record<string, SignedIn>;
  let ids: Record<string, string>;

  beforeAll(async () => {
    // A Monday, ten o'clock in China; the proxy before the server is trusted.
    app = await testApp(modules, {
      now: '2026-06-01T02:00:00Z',
      config: { trustedProxies: '127.0.0.1' },
    });
    server = buildServer(app, authenticate);
    people = await staffCity(server, await setupToken(app.config.dataDir), [
      { username: 'east', unitCode: 'east', role: 'county_officer' },
      { username: 'east2', unitCode: 'east', role: 'county_officer' },
      { username: 'west', unitCode: 'west', role: 'county_officer' },
      { username: 'teacher', unitCode: 'east-1', role: 'school_teacher' },
      { username: 'city', unitCode: 'city', role: 'city_officer' },
    ]);
    const { rows } = await app.ownerPool.query<{ id: string; code: string }>(
      'SELECT id, code FROM units.unit',
    );
    ids = Object.fromEntries(rows.map(({ id, code }) => [code, id]));
    const exit = { cidr: '203.0.113.0/28', unitId: ids.east, role: 'exit' };
    expect((await call(server, people.east!, 'POST', '/api/prefixes', exit)).status).toBe(200);
  }, 120_000);
  afterAll(async () => {
    await server.close();
    await app.close();
  });

  const enterFrom = (username: string, from: string) =>
    server.inject({
      method: 'POST',
      url: '/api/session',
      headers: { 'x-requested-with': 'test', 'x-forwarded-for': from },
      payload: { username, password: testPassword },
    });
  const checkOf = async (who: string, code: string) => {
    const { items } = (await call(server, people[who]!, 'GET', '/api/exit-checks')).body;
    return items.find((one: { id: string }) => one.id === ids[code]);
  };
  const tasksOf = async (who: string) =>
    (await call(server, people[who]!, 'GET', '/api/tasks')).body.items.filter((task: { title: string }) =>
      task.title.includes('上网出口'),
    );

  test('a school is seen through its bureau, then through another exit: a task; never a person', async () => {
    expect(await checkOf('east', 'east-1')).toMatchObject({ outcome: 'unseen', lastAt: null });
    expect((await enterFrom('teacher', '203.0.113.9')).statusCode).toBe(200);
    await fire(app, 'addresses.check_exits');
    expect(await checkOf('east', 'east-1')).toMatchObject({
      outcome: 'bureau',
      network: '203.0.113.0/28',
      exitUnit: '东示县教育局',
      days: 1,
    });
    expect(await tasksOf('teacher')).toEqual([]);
    await app.advance(60_000);
    await enterFrom('teacher', '198.51.100.77');
    await fire(app, 'addresses.check_exits');
    await fire(app, 'addresses.check_exits');
    expect(await checkOf('east', 'east-1')).toMatchObject({ outcome: 'other', network: '198.51.100.0/24' });
    expect(await tasksOf('teacher')).toHaveLength(1);
    const { rows } = await app.ownerPool.query(
      `SELECT by_people, to_jsonb(s)::text AS whole FROM addresses.exit_sighting s WHERE outcome = 'other'`,
    );
    expect(rows).toMatchObject([{ by_people: 1 }]);
    expect(rows[0].whole).not.toContain('198.51.100.77');
    expect(rows[0].whole).not.toContain(people.teacher!.id);
    expect(await checkOf('west', 'east-1')).toBeUndefined();
    const own = await call(server, people.west!, 'GET', `/api/units/${ids['east-1']}/exits`);
    expect(own.status).toBe(404);
  });

  test('an exception of two people ends the task, and its end brings it back', async () => {
    const ask = { network: '198.51.100.0/24', reason: '专线施工期间', expiresOn: '2026-06-05' };
    const late = await call(server, people.teacher!, 'POST', '/api/exit-exceptions', {
      ...ask,
      expiresOn: '2029-01-01',
    });
    expect(late.status).toBe(422);
    const asked = await call(server, people.east!, 'POST', '/api/exit-exceptions', {
      ...ask,
      unitId: ids['east-1'],
    });
    const url = `/api/exit-exceptions/${asked.body.id}/decision`;
    expect((await call(server, people.east!, 'POST', url, { approve: true })).status).toBe(403);
    expect((await call(server, people.west!, 'POST', url, { approve: true })).status).toBe(404);
    expect((await call(server, people.east2!, 'POST', url, { approve: true })).status).toBe(200);
    await fire(app, 'addresses.check_exits');
    expect(await checkOf('east', 'east-1')).toMatchObject({ outcome: 'other', excepted: true });
    expect(await tasksOf('teacher')).toEqual([]);
    await app.setTime('2026-06-08T02:00:00Z');
    await fire(app, 'addresses.check_exits');
    const again = await enterFrom('teacher', '203.0.113.9');
    const cookie = String(again.headers['set-cookie']).split(';')[0]!;
    const mine = await call(server, { cookie, id: '' }, 'GET', '/api/tasks');
    expect(mine.body.items.some((task: { title: string }) => task.title.includes('上网出口'))).toBe(true);
    const probe = await server.inject({
      method: 'GET',
      url: '/api/exit-probe',
      headers: { cookie, 'x-forwarded-for': '203.0.113.10' },
    });
    expect(probe.json()).toMatchObject({
      address: '203.0.113.10',
      outcome: 'bureau',
      exitUnit: '东示县教育局',
    });
  });

  test('what a merged school had is its successor’s from the day of the merge on, and was its own before', async () => {
    const officer = await signIn(server, 'city');
    const city = async (method: 'GET' | 'POST', url: string, body?: unknown) => {
      const reply = await call(server, officer, method, url, body);
      expect([url, reply.status, reply.body]).toEqual([url, 200, reply.body]);
      return reply.body;
    };
    const hold = (cidr: string, code: string) => city('POST', '/api/prefixes', { cidr, unitId: ids[code] });
    for (const county of ['east', 'west'])
      await hold(county === 'east' ? '10.1.0.0/16' : '10.2.0.0/16', county);
    await hold('10.1.4.0/22', 'east-1');
    await hold('10.1.8.0/22', 'east-2');
    await hold('10.2.4.0/22', 'west-1');
    const device = (assetNo: string, unitCode: string, more: object) =>
      city('POST', '/api/devices', {
        ...{ assetNo, unitCode, name: '办公电脑', type: 'computer', since: '2026-06-01T16:00:00.000Z' },
        ...{ ips: [], macs: [], ...more },
      });
    await device('M-1', 'east-1', { ips: ['10.1.4.20'], room: '301' });
    await device('M-2', 'east-1', { macs: ['00:00:5e:00:70:02'] });
    await device('M-1', 'east-2', { ips: ['10.1.8.20'] });
    await app.ownerPool.query(`
      INSERT INTO logs.source (name, unit_path, format) VALUES ('dhcp-merged', 'city.east.east-1', 'dnsmasq');
      INSERT INTO addresses.realm (key, name, unit_id, unit_path)
        SELECT 'lab-1', '实验室', id, unit_path FROM units.unit WHERE code = 'east-1'`);
    const merge = (code: string, others: string[]) =>
      city('POST', `/api/units/${ids[code]}/merge`, {
        ...{ effectiveOn: '2026-06-05', docNo: '示教〔2026〕9号', reason: '撤并', others },
      });
    await merge('east-2', ['east-1']);
    await drain(app);
    const { items } = await city('GET', `/api/devices?unitId=${ids['east-2']}`);
    expect(items.map((one: { assetNo: string }) => one.assetNo)).toEqual(['M-1', 'M-1@east-1', 'M-2']);
    const told = async (text: string) => (await app.ownerPool.query(text)).rows.map(Object.values);
    const days = `to_char(lower(valid) AT TIME ZONE 'Asia/Shanghai', 'MM-DD HH24:MI'),
      to_char(upper(valid) AT TIME ZONE 'Asia/Shanghai', 'MM-DD HH24:MI')`;
    const [own, taken] = ['city.east.east-2.east-1', 'city.east.east-2'];
    expect(
      await told(`SELECT unit_path::text, ${days} AS to FROM addresses.device_ip
        WHERE ip = '10.1.4.20' AND upper_inf(recorded) ORDER BY valid`),
    ).toEqual([
      [own, '06-02 00:00', '06-05 00:00'],
      [taken, '06-05 00:00', null],
    ]);
    expect(
      await told(
        `SELECT unit_path::text, room FROM addresses.custody WHERE upper_inf(recorded) ORDER BY valid`,
      ),
    ).toEqual([
      [own, '301'],
      [taken, '301'],
    ]);
    expect(
      await told(`SELECT unit_path::text, to_char(lower(valid) AT TIME ZONE 'Asia/Shanghai', 'MM-DD') AS since
        FROM addresses.allocation WHERE cidr = '10.1.4.0/22' AND upper_inf(recorded) ORDER BY valid`),
    ).toEqual([
      [own, null],
      [taken, '06-05'],
    ]);
    expect(
      await told(`SELECT (SELECT unit_path::text FROM logs.source WHERE name = 'dhcp-merged') AS source,
        (SELECT unit_path::text FROM addresses.realm WHERE key = 'lab-1') AS realm,
        (SELECT unit_path::text FROM addresses.prefix_node WHERE cidr = '10.1.4.0/22') AS node`),
    ).toEqual([[taken, taken, taken]]);
    // Into another county: its prefix lies within the old county's, and stays where it is until somebody gives it away.
    await merge('east-2', ['west-1']);
    await drain(app);
    expect(
      await told(`SELECT (after->'prefixesLeft')::text FROM audit.entry WHERE action = 'addresses.follow_merge'
        ORDER BY id DESC LIMIT 1`),
    ).toEqual([['["10.2.4.0/22"]']]);
    expect(
      await told(`SELECT unit_path::text FROM addresses.prefix_node WHERE cidr = '10.2.4.0/22'`),
    ).toEqual([['city.east.east-2.west-1']]);
  });
});
