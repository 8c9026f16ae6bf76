/** Columns by form, by file and by API; what belongs to another county is neither seen nor changed. */
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildServer } from '#base/http';
import { call, type SignedIn, staffCity } from '#test/city';
import { type TestApp, testApp } from '#test/db';
import { addresses } from '../../addresses/module.ts';
import { audit } from '../../audit/module.ts';
import { authenticate, setupToken } from '../../auth/index.ts';
import { auth } from '../../auth/module.ts';
import { findings } from '../../findings/module.ts';
import { units } from '../../units/module.ts';
import { sites } from '../module.ts';

let app: TestApp;
let server: FastifyInstance;
let people: Record<string, SignedIn>;
let siteId: string;

beforeAll(async () => {
  app = await testApp([audit, units, auth, findings, addresses, sites]);
  server = buildServer(app, authenticate);
  people = await staffCity(server, await setupToken(app.config.dataDir), [
    { username: 'east-officer', unitCode: 'east', role: 'county_officer' },
    { username: 'west-officer', unitCode: 'west', role: 'county_officer' },
  ]);
  await upload('people', '人员编号,姓名,单位代码,岗位\nP-1,示例老师,east-1,网络管理员\n');
  const entry = { name: '示例站', unitCode: 'east-1', url: 'http://www.school.example/' };
  const reply = await call(server, people['east-officer']!, 'POST', '/api/sites', entry);
  siteId = reply.body.id;
});
afterAll(async () => {
  await server.close();
  await app.close();
});

const as = (who: string) => (method: 'GET' | 'POST' | 'PUT', url: string, body?: unknown) =>
  call(server, people[who]!, method, url, body);
const upload = (kind: string, text: string, who = 'east-officer') =>
  as(who)('POST', `/api/import/${kind}?fileName=a.csv`, Buffer.from(text));
const list = async (who = 'east-officer') =>
  (await as(who)('GET', `/api/site-columns?siteId=${siteId}`)).body.items;

describe('a column', () => {
  it('is declared, changed and taken away with a reason; one path is one column', async () => {
    const body = { name: '通知公告', pathPrefix: '/tzgg/', ownerNo: 'P-1', updateDays: 30 };
    const url = `/api/sites/${siteId}/columns`;
    const made = await as('east-officer')('POST', url, body);
    expect(made.body).toMatchObject({
      name: '通知公告',
      ownerName: '示例老师',
      updateDays: 30,
      interactive: false,
    });
    expect((await as('east-officer')('POST', url, { ...body, name: '又一个' })).body.code).toBe(
      'sites.duplicate_column',
    );
    expect((await as('east-officer')('POST', url, { ...body, ownerNo: 'nobody' })).body.code).toBe(
      'units.unknown_person',
    );
    expect((await as('east-officer')('POST', url, { ...body, pathPrefix: 'tzgg' })).status).toBe(400);
    const one = `/api/site-columns/${made.body.id}`;
    const changed = await as('east-officer')('PUT', one, {
      name: '公告',
      pathPrefix: '/tzgg/',
      interactive: true,
    });
    expect(changed.body).toMatchObject({
      name: '公告',
      ownerName: null,
      updateDays: null,
      interactive: true,
    });
    expect((await as('west-officer')('PUT', one, body)).status).toBe(404);
    expect((await as('west-officer')('POST', `${one}/removal`, { reason: '不是我的' })).status).toBe(404);
    expect((await as('east-officer')('POST', `${one}/removal`, { reason: '栏目已撤' })).status).toBe(200);
    expect(await list()).toEqual([]);
    expect((await as('east-officer')('POST', url, body)).status).toBe(200);
  });

  it('comes from a file: good rows are kept, each bad one is named with its column, and a path is brought up to date', async () => {
    const head = '网站网址,栏目名称,栏目路径,负责人编号,更新间隔（天）,可留言或上传\n';
    const good =
      'http://www.school.example/,校长信箱,/mail/,P-1,,是\nhttp://www.school.example,通知公告,/tzgg/,P-1,14,否\n';
    const bad = [
      'http://other.example/,甲,/a/,,,',
      'http://www.school.example/,乙,b,,,',
      'http://www.school.example/,丙,/c/,P-9,,',
      'http://www.school.example/,丁,/d/,,0,',
      'http://www.school.example/,戊,/e/,,,也许',
      'http://www.school.example/,己,/mail/,,,',
    ];
    const { body } = await upload('site-columns', `${head}${good}${bad.join('\n')}\n`);
    expect(body).toMatchObject({ accepted: 2, rejected: 6 });
    expect(body.errors.map((one: { column: string; code: string }) => [one.column, one.code])).toEqual([
      ['site_url', 'sites.unknown_site'],
      ['path_prefix', 'sites.bad_path'],
      ['owner_no', 'units.unknown_person'],
      ['update_days', 'sites.bad_days'],
      ['interactive', 'sites.bad_yes_no'],
      ['path_prefix', 'units.duplicate_row'],
    ]);
    expect(
      (await list()).map((one: { name: string; updateDays: number | null }) => [one.name, one.updateDays]),
    ).toEqual([
      ['校长信箱', null],
      ['通知公告', 14],
    ]);
    expect(await list('west-officer')).toEqual([]);
    const strange = await upload(
      'site-columns',
      `${head}http://www.school.example/,丑,/x/,,,\n`,
      'west-officer',
    );
    expect(strange.body).toMatchObject({ accepted: 0, rejected: 1 });
  });

  it('comes from two files at once that name the websites the other way round', async () => {
    const urls = Array.from({ length: 12 }, (_, at) => `http://s${at}.school.example/`);
    for (const [at, url] of urls.entries()) {
      await as('east-officer')('POST', '/api/sites', { name: `示例站 ${at}`, unitCode: 'east-1', url });
    }
    const file = (order: readonly string[], name: string) =>
      `网站网址,栏目名称,栏目路径\n${order.map((url) => `${url},${name},/news/`).join('\n')}\n`;
    const replies = await Promise.all([
      upload('site-columns', file(urls, '甲')),
      upload('site-columns', file(urls.toReversed(), '乙')),
    ]);
    expect(replies.map(({ body }) => [body.accepted, body.rejected])).toEqual([
      [12, 0],
      [12, 0],
    ]);
    const { items } = (await as('east-officer')('GET', '/api/site-columns?q=/news/&pageSize=100')).body;
    expect(items).toHaveLength(12);
    expect(new Set(items.map(({ name }: { name: string }) => name)).size).toBe(1);
  });
});
