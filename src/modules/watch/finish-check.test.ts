/** What the end of a check says of the whole: columns as declared, and counts that add up. */
import { readFile } from 'node:fs/promises';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildServer } from '#base/http';
import { drain } from '#base/jobs';
import { call, type SignedIn, staffCity } from '#test/city';
import { type TestApp, testApp } from '#test/db';
import { addresses } from '../addresses/module.ts';
import { audit } from '../audit/module.ts';
import { authenticate, setupToken } from '../auth/index.ts';
import { auth } from '../auth/module.ts';
import { findings } from '../findings/module.ts';
import { sites } from '../sites/module.ts';
import { units } from '../units/module.ts';
import { watch } from './module.ts';
import { hiddenLink, html, identityNumbers, serveSite, type TestSite } from './testing.ts';

let app: TestApp;
let server: FastifyInstance;
let people: Record<string, SignedIn>;
let site: TestSite;
let siteId: string;

beforeAll(async () => {
  app = await testApp([audit, units, auth, findings, addresses, sites, watch]);
  server = buildServer(app, authenticate);
  people = await staffCity(server, await setupToken(app.config.dataDir), [
    { username: 'east-officer', unitCode: 'east', role: 'county_officer' },
    { username: 'west-officer', unitCode: 'west', role: 'county_officer' },
  ]);
  const [number] = identityNumbers(1);
  site = await serveSite({
    '/': {
      body: html(
        '<a href="/tzgg/">通知</a><a href="/mail/">信箱</a><a href="/bad">x</a><a href="/gone">旧</a>',
      ),
    },
    '/tzgg/': {
      body: html('<li>甲 2026-03-01</li><li>乙 2026-02-01</li><form action="/comment/add"></form>'),
    },
    '/mail/': { body: html('<form action="/guestbook/add"><input type="file"></form>') },
    // The same link and the same number twice: told twice by the reader, one finding each.
    '/bad': { body: html(`${hiddenLink}${hiddenLink}<p>${number}</p><p>${number}</p>`) },
  });
  const entry = {
    name: '示例站',
    unitCode: 'east-1',
    url: 'http://www.school.example/',
    resolveTo: site.resolveTo,
  };
  const reply = await post('/api/sites', entry);
  siteId = reply.body.id;
  await drain(app);
});
afterAll(async () => {
  await watch.stop!(app, 'worker');
  await server.close();
  await app.close();
  await site.close();
});

const get = async (url: string, who = 'east-officer') => (await call(server, people[who]!, 'GET', url)).body;
const post = (url: string, body: unknown = {}) => call(server, people['east-officer']!, 'POST', url, body);
const found = async (kind: string) =>
  (await get(`/api/findings?siteId=${siteId}&kind=${kind}&state=open`)).items as Record<string, string>[];
const checkAgain = async () => {
  expect((await post(`/api/sites/${siteId}/check`)).status).toBe(200);
  await drain(app);
};
const lastCheck = async () => get(`/api/checks/${(await get(`/api/checks?siteId=${siteId}`)).items[0].id}`);

describe('the end of a check', () => {
  it('counts as many findings as its pages together, and as many as stand', async () => {
    const sum = ({ pageList }: { pageList: { findings: number }[] }) =>
      pageList.reduce((total, page) => total + page.findings, 0);
    const first = await lastCheck();
    expect(first.findings).toBeGreaterThan(3);
    expect(sum(first)).toBe(first.findings);
    expect((await get(`/api/findings?siteId=${siteId}&state=open`)).total).toBe(first.findings);
    await checkAgain();
    const second = await lastCheck();
    expect([second.findings, sum(second)]).toEqual([first.findings, first.findings]);
  });

  it('shows what changed without the personal numbers that stood there', async () => {
    const [number] = identityNumbers(1);
    const keptWith = async (text: string) => {
      const { rows } = await app.ownerPool.query(
        `SELECT (SELECT count(*)::int FROM watch.url WHERE facts::text LIKE $1) AS pages,
          (SELECT count(*)::int FROM watch.change WHERE detail::text LIKE $1) AS changes`,
        [`%${text}%`],
      );
      return rows[0];
    };
    expect(await keptWith(number!)).toEqual({ pages: 0, changes: 0 });
    site.pages['/bad'] = { body: html('<p>名单已撤下</p>') };
    await checkAgain();
    const { items } = await get(`/api/changes?siteId=${siteId}&q=/bad`);
    const change = await get(`/api/changes/${items[0].id}`);
    const masked = `${number!.slice(0, 3)}*************${number!.slice(-2)}`;
    expect(change.text.before.join(' ')).toContain(masked);
    expect(JSON.stringify(change)).not.toContain(number);
    expect(await keptWith(masked)).toEqual({ pages: 0, changes: 1 });
    // What was kept before numbers were masked: the migration masks it in the same form, and nothing else.
    const old = `UPDATE watch.change SET detail = replace(detail::text, $1, $2)::jsonb;`;
    await app.ownerPool.query(old.replaceAll('$1', `'${masked}'`).replaceAll('$2', `'${number}'`));
    expect(await keptWith(number!)).toEqual({ pages: 0, changes: 1 });
    const before = await app.ownerPool.query('SELECT url, facts FROM watch.url ORDER BY url');
    await app.ownerPool.query(
      await readFile(new URL('../../../migrations/postgres/0155_masked_facts.sql', import.meta.url), 'utf8'),
    );
    expect(await keptWith(number!)).toEqual({ pages: 0, changes: 0 });
    expect(await keptWith(masked)).toEqual({ pages: 0, changes: 1 });
    expect((await app.ownerPool.query('SELECT url, facts FROM watch.url ORDER BY url')).rows).toEqual(
      before.rows,
    );
  });

  it('tells what visitors can leave behind outside declared columns, and what is out of date there', async () => {
    const undeclared = async () => (await found('interactive')).map(({ rule }) => rule).sort();
    expect(await undeclared()).toEqual([
      'interactive.comment',
      'interactive.guestbook',
      'interactive.upload',
    ]);
    const columns = `/api/sites/${siteId}/columns`;
    await post(columns, { name: '校长信箱', pathPrefix: '/mail/', interactive: true });
    await post(columns, { name: '通知公告', pathPrefix: '/tzgg/', updateDays: 30 });
    await post(columns, { name: '招生', pathPrefix: '/zhaosheng/' });
    await checkAgain();
    expect(await undeclared()).toEqual(['interactive.comment']);
    const stale = (await found('stale')).map(({ rule, text }) => [rule, text]).sort();
    expect(stale).toEqual([
      ['stale.declared', '通知公告'],
      ['stale.no-column', '招生'],
    ]);
    const [comment] = await found('interactive');
    const { column } = await get(`/api/findings/${comment!.id}/column`);
    expect(column).toEqual({ name: '通知公告', pathPrefix: '/tzgg/', ownerName: null });
    expect((await get(`/api/findings/${comment!.id}/column`, 'west-officer')).code).toBe('base.not_found');
    site.pages['/tzgg/'] = { body: html('<li>丙 2026-05-30</li>') };
    site.pages['/zhaosheng/'] = { body: html('招生') };
    site.pages['/'] = {
      body: html('<a href="/tzgg/">通知</a><a href="/mail/">信箱</a><a href="/zhaosheng/">招</a>'),
    };
    await checkAgain();
    expect([...(await found('stale')), ...(await found('interactive'))]).toEqual([]);
  });
});
