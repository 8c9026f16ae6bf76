/** One search over everything: by pinyin, number and address, and never outside one's scope. */
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildServer } from '#base/http';
import { call, type SignedIn, staffCity } from '#test/city';
import { type TestApp, testApp } from '#test/db';
import { modules } from '../../compose.ts';
import { authenticate, setupToken } from './index.ts';

let app: TestApp;
let server: FastifyInstance;
let people: Record<string, SignedIn>;

beforeAll(async () => {
  app = await testApp(modules);
  server = buildServer(app, authenticate);
  people = await staffCity(server, await setupToken(app.config.dataDir), [
    { username: 'city-officer', unitCode: 'city', role: 'city_officer' },
    { username: 'east-officer', unitCode: 'east', role: 'county_officer' },
    { username: 'west-officer', unitCode: 'west', role: 'county_officer' },
    { username: 'police', unitCode: 'city', role: 'police_liaison' },
  ]);
  const east = people['east-officer']!;
  const upload = (kind: string, text: string) =>
    call(server, east, 'POST', `/api/import/${kind}?fileName=x.csv`, Buffer.from(text));
  await upload('people', '人员编号,姓名,单位代码,岗位\nFP-1,欧阳晓明,east-1,网络管理员\n');
  await upload('allocations', '地址段,单位代码,用途\n10.77.0.0/24,east-1,内网\n');
  await upload(
    'devices',
    '资产编号,设备名称,设备类别,单位代码,IP地址,房间\nFD-100%,门禁主机,计算机,east-1,10.77.0.9,实训楼\nFD-2,门禁备机,计算机,east-1,10.77.0.90,实训楼\n',
  );
  const site = { name: '晓明主题网', unitCode: 'east-1', url: 'http://xm.east.example/' };
  const made = await call(server, east, 'POST', '/api/sites', site);
  expect(made.status).toBe(200);
}, 120_000);
afterAll(async () => {
  await server?.close();
  await app?.close();
});

async function found(who: string, q: string): Promise<Record<string, string[]>> {
  const reply = await call(server, people[who]!, 'GET', `/api/find?q=${encodeURIComponent(q)}`);
  expect(reply.status).toBe(200);
  return Object.fromEntries(
    reply.body.groups.map((group: { kind: string; items: { title: string }[] }) => [
      group.kind,
      group.items.map((item) => item.title),
    ]),
  );
}

describe('the global search', () => {
  it.each([
    ['oyxm', 'person', '欧阳晓明'],
    ['ouyang', 'person', '欧阳晓明'],
    ['FP-1', 'person', '欧阳晓明'],
    ['晓明主题', 'site', '晓明主题网'],
    ['xm.east', 'site', '晓明主题网'],
    ['实训楼', 'device', 'FD-2 门禁备机'],
    ['10.77.0.9', 'device', 'FD-100% 门禁主机'],
  ])('finds by %s the %s %s', async (q, kind, title) => {
    expect((await found('city-officer', q))[kind]).toContain(title);
    expect((await found('east-officer', q))[kind]).toContain(title);
    expect(await found('west-officer', q)).toEqual({});
  });

  it('takes what means something to SQL as text', async () => {
    expect((await found('city-officer', '100%')).device).toEqual(['FD-100% 门禁主机']);
    expect(await found('city-officer', '_____')).toEqual({});
    expect(await found('city-officer', `'; DROP TABLE units.unit; --`)).toEqual({});
  });

  it('asks no finder that the caller may not use', async () => {
    expect(await found('police', 'FP-1')).toEqual({});
    expect(await found('police', '门禁')).toEqual({});
    expect((await call(server, null, 'GET', '/api/find?q=a')).status).toBe(401);
  });

  it('refuses an empty or endless text', async () => {
    for (const q of ['', '%20', 'x'.repeat(101)])
      expect((await call(server, people['city-officer']!, 'GET', `/api/find?q=${q}`)).status).toBe(400);
  });
});
