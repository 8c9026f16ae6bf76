import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemActor } from '#base/app';
import { buildServer } from '#base/http';
import { newId } from '#base/id';
import { drain } from '#base/jobs';
import { recordFindings } from '#findings';
import { call, type SignedIn, staffCity } from '#test/city';
import { type TestApp, testApp } from '#test/db';
import { addresses } from '../addresses/module.ts';
import { audit } from '../audit/module.ts';
import { authenticate, setupToken } from '../auth/index.ts';
import { auth } from '../auth/module.ts';
import { findings } from '../findings/module.ts';
import { units } from '../units/module.ts';
import { recordCheck } from './index.ts';
import { sites } from './module.ts';
import { isResolveTo, parseSiteUrl } from './rules.ts';

let app: TestApp;
let server: FastifyInstance;
let people: Record<string, SignedIn>;

beforeAll(async () => {
  app = await testApp([audit, units, auth, findings, addresses, sites]);
  server = buildServer(app, authenticate);
  people = await staffCity(server, await setupToken(app.config.dataDir), [
    { username: 'city-officer', unitCode: 'city', role: 'city_officer' },
    { username: 'east-officer', unitCode: 'east', role: 'county_officer' },
    { username: 'west-officer', unitCode: 'west', role: 'county_officer' },
  ]);
});
afterAll(async () => {
  await server.close();
  await app.close();
});

const register = (who: string, site: Record<string, string>) =>
  call(server, people[who]!, 'POST', '/api/sites', { name: '示例站', ...site });
const upload = (who: string, rows: readonly string[]) =>
  call(server, people[who]!, 'POST', '/api/import/sites?fileName=sites.csv', Buffer.from(rows.join('\r\n')));

describe('a site’s address', () => {
  it.each([
    ['HTTP://WWW.School.Example:80/', 'www.school.example'],
    ['https://www.school.example:443/a#b', 'www.school.example'],
    ['http://www.school.example.:8080/', 'www.school.example:8080'],
    ['http://学校.example/', 'xn--48s290a.example'],
  ])('%s has the host %s', (url, host) => {
    expect(parseSiteUrl(url)?.host).toBe(host);
  });

  it.each([
    'ftp://school.example/',
    'javascript:alert(1)',
    'http://',
    'http://user:secret@school.example/',
    'school',
    'http://x..example/',
    'http://school.example../',
    'http://.school.example/',
    `http://${'a'.repeat(64)}.example/`,
    "http://a'b.example/",
  ])('is not %s', (url) => {
    expect(parseSiteUrl(url)).toBeUndefined();
  });

  it('for the crawler has octets and a port that exist', () => {
    expect(['127.0.0.1:18083', '192.0.2.1', '[2001:db8::1]:80'].every(isResolveTo)).toBe(true);
    expect(['192.0.2.256', '127.0.0.1:0', '127.0.0.1:70000', '[::g]:80', 'host:80'].some(isResolveTo)).toBe(
      false,
    );
  });
});

describe('registering a site', () => {
  it('is possible once for a host, however it is spelled and whoever holds it', async () => {
    const first = await register('east-officer', { unitCode: 'east-1', url: 'http://www.east-1.example/' });
    expect(first.body).toMatchObject({ host: 'www.east-1.example', health: 'unknown', openFindings: 0 });
    const again = await register('east-officer', {
      unitCode: 'east-2',
      url: 'http://WWW.EAST-1.example:80/x',
    });
    expect(again.body.code).toBe('sites.duplicate_host');
    expect(again.body.message.zh).toContain('东示县第一小学');
    const foreign = await register('west-officer', { unitCode: 'west-1', url: 'http://www.east-1.example/' });
    expect(foreign.body.code).toBe('sites.duplicate_host');
    expect(JSON.stringify(foreign.body)).not.toContain('东示县');
    const outside = await register('west-officer', { unitCode: 'east-1', url: 'http://other.example/' });
    expect(outside.status).toBeGreaterThanOrEqual(400);
    const { rows } = await app.ownerPool.query(`SELECT name FROM base.event WHERE name = 'sites.registered'`);
    expect(rows).toHaveLength(1);
  });

  it('gives one of two who register a host at once a conflict', async () => {
    const both = await Promise.all([
      register('east-officer', { unitCode: 'east-2', url: 'http://race.example/' }),
      register('west-officer', { unitCode: 'west-2', url: 'http://race.example/' }),
    ]);
    expect(both.map((one) => one.status).sort()).toEqual([200, 409]);
  });

  it('can be corrected, and the former entry stays in the audit log', async () => {
    const list = await call(server, people['east-officer']!, 'GET', '/api/sites?q=east-1');
    const id = list.body.items[0].id;
    const changed = await call(server, people['east-officer']!, 'PATCH', `/api/sites/${id}`, {
      revision: 1,
      name: '改名',
      resolveTo: '127.0.0.1:18083',
    });
    expect(changed.body).toMatchObject({ name: '改名', resolveTo: '127.0.0.1:18083' });
    const { rows } = await app.ownerPool.query(
      `SELECT before->>'name' AS was FROM audit.entry WHERE action = 'sites.update'`,
    );
    expect(rows).toEqual([{ was: '示例站' }]);
    const foreign = await call(server, people['west-officer']!, 'PATCH', `/api/sites/${id}`, {
      revision: 2,
      name: '夺走',
    });
    expect(foreign.status).toBe(404);
  });
});

describe('importing sites', () => {
  it('keeps the good rows, tells the faults, and updates by host', async () => {
    const reply = await upload('east-officer', [
      'name,unit_code,url,resolve_to,icp_no,police_no',
      '好站,east-2,http://good.example/,127.0.0.1:18081,浙ICP备11047009号-1,浙公网安备 33110202000265号',
      '坏址,east-2,ftp://bad.example/,,,',
      '坏抓取,east-2,http://b1.example/,127.0.0.1:99999,,',
      '坏备案,east-2,http://b2.example/,,浙备1号,',
      '坏公安,east-2,http://b3.example/,,,浙公网安备123号',
      '别人的,west-1,http://b4.example/,,,',
      '重复,east-2,http://GOOD.example,,,',
      '一小,east-2,http://www.east-1.example/,,,',
    ]);
    expect(reply.body).toMatchObject({ accepted: 1, rejected: 7 });
    expect(
      reply.body.errors.map((e: { row: number; column: string; code: string }) => [e.row, e.column, e.code]),
    ).toEqual([
      [3, 'url', 'sites.bad_url'],
      [4, 'resolve_to', 'sites.bad_resolve_to'],
      [5, 'icp_no', 'sites.bad_icp'],
      [6, 'police_no', 'sites.bad_police_no'],
      [7, 'unit_code', 'units.unknown_unit'],
      [8, 'url', 'units.duplicate_row'],
      [9, 'url', 'sites.duplicate_host'],
    ]);
    const again = await upload('east-officer', ['name,unit_code,url', '新名,east-2,http://good.example/']);
    expect(again.body).toMatchObject({ accepted: 1, rejected: 0 });
    const list = await call(server, people['east-officer']!, 'GET', '/api/sites?q=good.example');
    expect(list.body).toMatchObject({ total: 1, items: [{ name: '新名', icpNo: null }] });
  });
});

describe('the list of sites', () => {
  it('is worst first and shows another county nothing', async () => {
    const { body } = await call(server, people['east-officer']!, 'GET', '/api/sites?pageSize=100');
    const [first, second] = body.items;
    await app.run(systemActor('watch.check'), async (ctx) => {
      await recordCheck(ctx, { siteId: first.id, health: 'clean' });
      const { rows } = await app.ownerPool.query('SELECT unit_path FROM sites.site WHERE id = $1', [
        second.id,
      ]);
      await recordFindings(ctx, {
        unitId: second.unitId,
        unitPath: rows[0].unit_path,
        siteId: second.id,
        siteName: second.name,
        checkId: newId(),
        seen: [
          {
            kind: 'term',
            rule: 'gambling',
            severity: 'critical',
            url: second.url,
            part: null,
            start: 3,
            end: 5,
            text: '博彩',
            context: '…博彩…',
            view: 'text',
            href: null,
          },
        ],
      });
      await recordCheck(ctx, { siteId: second.id, health: 'faulty' });
    });
    const after = await call(server, people['east-officer']!, 'GET', '/api/sites?pageSize=100');
    expect(after.body.items[0]).toMatchObject({ id: second.id, health: 'faulty', openFindings: 1 });
    expect(after.body.items.at(-1)).toMatchObject({ id: first.id, health: 'clean' });
    expect(after.body.items[0].lastCheckedAt).not.toBeNull();
    const west = await call(server, people['west-officer']!, 'GET', '/api/sites?pageSize=100');
    expect(JSON.stringify(west.body)).not.toContain('东示县');
    expect((await call(server, people['west-officer']!, 'GET', `/api/sites/${first.id}`)).status).toBe(404);
  });

  it('follows when two people judge the only finding a false alarm', async () => {
    const list = await call(server, people['east-officer']!, 'GET', '/api/findings?state=open');
    const proposed = await call(
      server,
      people['east-officer']!,
      'POST',
      `/api/findings/${list.body.items[0].id}/false-alarm`,
      { reason: '课文里的词' },
    );
    const decision = `/api/suppressions/${proposed.body.id}/decision`;
    const judged = await call(server, people['city-officer']!, 'POST', decision, { approve: true });
    expect(judged.body.state).toBe('approved');
    await drain(app);
    const site = await call(
      server,
      people['east-officer']!,
      'GET',
      `/api/sites/${list.body.items[0].siteId}`,
    );
    expect(site.body).toMatchObject({ health: 'clean', openFindings: 0 });
  });
});
