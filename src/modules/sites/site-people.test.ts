import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type App, type Ctx, systemActor } from '#base/app';
import { drain } from '#base/jobs';
import { actorAt } from '#test/db';
import { addresses } from '../addresses/module.ts';
import { type UnitsBench, unitsBench } from '../units/testing.ts';
import { permissions } from './contract.ts';
import { sites } from './module.ts';

let bench: UnitsBench;
const id: Record<string, string> = {};
const school = () => bench.units['east-1']!;
const may = (path: string) =>
  actorAt(path, [
    'people.read',
    'people.write',
    'units.read',
    'addresses.read',
    'addresses.write',
    ...Object.keys(permissions),
  ]);

beforeAll(async () => {
  bench = await unitsBench([addresses, sites]);
  for (const who of ['teacher', 'east', 'west']) {
    const one = bench.actors[who]!;
    bench.actors[who] = { ...one, permissions: may(one.unitPath).permissions };
  }
  await bench.upload(
    'east',
    'L,林示例,east-1,主要负责人,13900000001,,2026-01-01,,\nA,安示例,east-1,网络管理员,13900000002,,2026-01-01,,\nB,白示例,east-1,教师,13900000003,,2026-01-01,,\nC,程示例,east-1,网络安全员,13900000004,,2026-01-01,,\nD,丁示例,east-1,教师,13900000005,,2026-01-01,,\n',
  );
  for (const no of ['L', 'A', 'B']) id[no] = await bench.idOf(no);
  const csv = (text: string) => Buffer.from(text);
  await bench.send(
    'east',
    'POST',
    '/api/import/sites?fileName=s.csv',
    csv(
      '网站名称,单位代码,首页网址,网站负责人编号,主管领导编号\n东示一小,east-1,http://www.east-1.example/,A,L\n',
    ),
  );
  await bench.send(
    'east',
    'POST',
    '/api/import/devices?fileName=d.csv',
    csv('资产编号,设备名称,设备类别,单位代码,使用人编号,房间\nD-1,机房主机,服务器,east-1,A,机房\n'),
  );
  await drain(bench.app);
}, 120_000);
afterAll(() => bench?.close());

const site = async (who = 'teacher') => (await bench.get(who, '/api/sites')).body.items[0];

describe('a site', () => {
  it('is 失管 from the day on which who runs it left the post, until a successor is named', async () => {
    expect(await site()).toMatchObject({
      managerName: '安示例',
      headName: '林示例',
      orphaned: false,
      orphanedSince: null,
    });
    const { items } = (await bench.get('teacher', `/api/people/${id.A}/appointments`)).body;
    await bench.send('teacher', 'POST', `/api/appointments/${items[0].id}/end`, { endsOn: '2026-05-20' });
    expect(await site()).toMatchObject({ orphaned: true, orphanedSince: '2026-05-20' });
    expect((await bench.get('east', '/api/sites?orphaned=true')).body.items).toHaveLength(1);
    const held = (await bench.get('teacher', `/api/people/${id.A}/held`)).body.items;
    expect(held.map((one: { kind: string; orphaned: boolean }) => [one.kind, one.orphaned]).sort()).toEqual([
      ['device', true],
      ['site', true],
    ]);
    await bench.app.advance(3_600_000);
    const give = { kind: 'site', thingId: (await site()).id, toPersonId: id.B };
    expect((await bench.send('west', 'POST', `/api/people/${id.A}/held/successor`, give)).status).toBe(404);
    expect((await bench.send('teacher', 'POST', `/api/people/${id.A}/held/successor`, give)).status).toBe(
      200,
    );
    expect(await site()).toMatchObject({ managerName: '白示例', orphaned: false });
    expect((await bench.get('east', '/api/sites?orphaned=true')).body.items).toEqual([]);
  });

  it('has columns that follow whoever takes over, and tell of an owner who left', async () => {
    const { id: siteId } = await site();
    const declare = (name: string, pathPrefix: string) =>
      bench.send('teacher', 'POST', `/api/sites/${siteId}/columns`, { name, pathPrefix, ownerNo: 'A' });
    await declare('通知公告', '/tzgg/');
    await declare('校园新闻', '/xyxw/');
    const columns = async () =>
      (await bench.get('teacher', `/api/site-columns?siteId=${siteId}`)).body.items.map(
        (one: { ownerName: string; ownerInPost: boolean }) => [one.ownerName, one.ownerInPost],
      );
    expect(await columns()).toEqual([
      ['安示例', false],
      ['安示例', false],
    ]);
    const held = (await bench.get('teacher', `/api/people/${id.A}/held`)).body.items.filter(
      (one: { kind: string }) => one.kind === 'site_column',
    );
    expect(held.map((one: { title: string; orphaned: boolean }) => [one.title, one.orphaned])).toEqual([
      ['通知公告', true],
      ['校园新闻', true],
    ]);
    const give = { kind: 'site_column', thingId: held[0].id, toPersonId: id.B };
    expect((await bench.send('west', 'POST', `/api/people/${id.A}/held/successor`, give)).status).toBe(404);
    expect((await bench.send('teacher', 'POST', `/api/people/${id.A}/held/successor`, give)).status).toBe(
      200,
    );
    expect(await columns()).toEqual([
      ['白示例', true],
      ['安示例', false],
    ]);
    // With the posts of a unit all of its columns go.
    await bench.send('teacher', 'PUT', `/api/site-columns/${held[1].id}`, {
      name: '校园新闻',
      pathPrefix: '/xyxw/',
      ownerNo: 'C',
    });
    const all = { toPersonId: await bench.idOf('D'), unitId: school() };
    const leaver = await bench.idOf('C');
    const gone = await bench.send('teacher', 'POST', `/api/people/${leaver}/hand-over`, all);
    expect([gone.status, gone.body.things]).toEqual([200, 1]);
    expect(await columns()).toEqual([
      ['白示例', true],
      ['丁示例', true],
    ]);
  });

  it('keeps the leader in charge when an older sheet without that column is read again', async () => {
    const older = Buffer.from(
      '网站名称,单位代码,首页网址,网站负责人编号\n东示一小,east-1,http://www.east-1.example/,B\n',
    );
    await bench.send('east', 'POST', '/api/import/sites?fileName=s.csv', older);
    expect(await site()).toMatchObject({ managerName: '白示例', headName: '林示例' });
  });

  it('and a device tell who answered for them on a day', async () => {
    const on = async (kind: string, thing: string, day: string) => {
      const reply = (await bench.get('teacher', `/api/responsible/${kind}/${thing}?on=${day}`)).body;
      return reply.named
        ?.map((one: { role: string; personName: string }) => `${one.role} ${one.personName}`)
        .sort();
    };
    const { id: siteId } = await site();
    await bench.app.setTime('2026-06-10T02:00:00Z');
    expect(await on('site', siteId, '2026-06-09')).toEqual(['head 林示例', 'manager 白示例']);
    expect(await on('site', siteId, '2026-06-01')).toEqual([
      'head 林示例',
      'manager 安示例',
      'manager 白示例',
    ]);
    expect((await bench.get('west', `/api/responsible/site/${siteId}`)).status).toBe(404);
    const device = (await bench.get('teacher', '/api/devices')).body.items[0].id;
    const give = { kind: 'device', thingId: device, toPersonId: id.B };
    expect((await bench.send('teacher', 'POST', `/api/people/${id.A}/held/successor`, give)).status).toBe(
      200,
    );
    expect(await on('device', device, '2026-06-09')).toEqual(['holder 安示例']);
    expect(await on('device', device, '2026-06-11')).toEqual(['holder 白示例']);
    expect((await bench.get('teacher', `/api/people/${id.A}/held`)).body.items).toEqual([]);
  });
});

describe('五到位', () => {
  it('hears from the register of sites who runs them, and says so of a past day only what is on file', async () => {
    const flag = async (name: string, day = '') =>
      (await bench.get('teacher', `/api/units/${school()}/five-in-place${day}`)).body.flags.find(
        (one: { flag: string }) => one.flag === name,
      );
    expect((await flag('responsibility')).facts).toContainEqual(
      expect.objectContaining({ code: 'site_people_in_post', state: 'met', about: '东示一小' }),
    );
    expect((await flag('measures')).facts).toContainEqual(
      expect.objectContaining({ code: 'site_never_checked', state: 'unknown' }),
    );
    expect((await flag('measures', '?on=2026-06-02')).facts).toContainEqual(
      expect.objectContaining({ code: 'site_check_not_known', state: 'unknown' }),
    );
    expect((await flag('leader')).state).toBe('missing');
  });

  it('is computed again after a change, once a day for every unit, and sorts the counties’ matrix', async () => {
    await drain(bench.app);
    const { fire } = await import('#base/jobs');
    await fire(bench.app, 'units.five');
    const matrix = (await bench.get('east', '/api/five-in-place?sort=-inPlace')).body;
    expect(matrix.items.map((one: { unitName: string }) => one.unitName)).toHaveLength(3);
    expect((await bench.get('east', '/api/five-in-place?flag=leader&state=missing')).body.total).toBe(3);
    await asSystem(bench.app, async (ctx) => {
      const { refreshFive } = await import('#units');
      await refreshFive(ctx, [school()]);
      await refreshFive(ctx, [school()]);
    });
    await drain(bench.app);
    const history = (await bench.get('teacher', `/api/units/${school()}/five-in-place/history`)).body;
    expect(history.items.map((one: { day: string }) => one.day)).toEqual(['2026-06-10', '2026-06-01']);
    expect((await bench.get('west', `/api/units/${school()}/five-in-place`)).status).toBe(404);
  });
});

async function asSystem(app: App, work: (ctx: Ctx) => Promise<void>): Promise<void> {
  await app.run(systemActor('test'), work);
}
