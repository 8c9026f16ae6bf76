import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { authenticate, setupToken } from '#auth';
import { buildServer } from '#base/http';
import { fire } from '#base/jobs';
import { call, type SignedIn, staffCity, testPassword } from '#test/city';
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
});
