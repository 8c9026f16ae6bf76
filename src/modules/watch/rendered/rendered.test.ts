/** Pages opened by the real browser from a real server on loopback. */
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildServer } from '#base/http';
import { drain, fire } from '#base/jobs';
import { call, type SignedIn, signIn, staffCity } from '#test/city';
import { type TestApp, testApp } from '#test/db';
import { addresses } from '../../addresses/module.ts';
import { audit } from '../../audit/module.ts';
import { authenticate, setupToken } from '../../auth/index.ts';
import { auth } from '../../auth/module.ts';
import { findings } from '../../findings/module.ts';
import { sites } from '../../sites/module.ts';
import { units } from '../../units/module.ts';
import { watch } from '../module.ts';
import { html, identityNumbers, serveSite, type TestSite } from '../testing.ts';

let app: TestApp;
let server: FastifyInstance;
let people: Record<string, SignedIn>;
let site: TestSite;
let siteId: string;

const HOUR = 3_600_000;
const base = 'http://www.school.example';
const links =
  '<ul class=foot><li><a href="http://www.lucky-bet.example/">澳门赌场</a> <a href="http://www.moe.gov.cn/">教育部</a></ul>';
const home = (script = '') => ({
  body: html(
    `<link rel=stylesheet href="/a.css"><nav class=menu><ul><li><a href="/list">栏目</a><li><a
    href="http://www.friend.example/">友好学校</a></ul></nav><h1>学校新闻</h1><p>今天举行运动会。</p>${links}
    <div id=app></div><script src="/a.js"></script>${script}`,
    '示例县第一中学',
  ),
});
const css = (text: string) => ({ type: 'text/css', body: text });
const js = (text: string) => ({ type: 'text/javascript', body: text });
const quiet = '.menu ul{display:none}';

beforeAll(async () => {
  app = await testApp([audit, units, auth, findings, addresses, sites, watch]);
  server = buildServer(app, authenticate);
  people = await staffCity(server, await setupToken(app.config.dataDir), [
    { username: 'east-officer', unitCode: 'east', role: 'county_officer' },
    { username: 'west-officer', unitCode: 'west', role: 'county_officer' },
  ]);
  site = await serveSite({
    '/': home(),
    '/a.css': css(`${quiet}.foot{position:absolute;left:-3000px}`),
    '/a.js': js(''),
    '/list': { body: html('<p>栏目里的新闻，一条又一条，说的是学校的事。</p>') },
  });
  const entry = { name: '示例站', unitCode: 'east-1', url: `${base}/`, resolveTo: site.resolveTo };
  siteId = (await call(server, people['east-officer']!, 'POST', '/api/sites', entry)).body.id;
  await drain(app);
});
afterAll(async () => {
  await watch.stop!(app, 'worker');
  await server.close();
  await app.close();
  await site.close();
});

const get = (url: string, who = 'east-officer') => call(server, people[who]!, 'GET', url);
const post = (url: string, body: unknown = {}, who = 'east-officer') =>
  call(server, people[who]!, 'POST', url, body);
interface Told {
  readonly id: string;
  readonly rule: string;
  readonly severity: string;
  readonly state: string;
  readonly part: string | null;
  readonly href: string | null;
  readonly url: string;
}
const told = async (rule: string): Promise<Told[]> =>
  (await get(`/api/findings?siteId=${siteId}&pageSize=100`)).body.items.filter(
    (one: Told) => one.rule === rule,
  );
const pages = async (who = 'east-officer') =>
  (await get(`/api/rendered-pages?siteId=${siteId}`, who)).body.items as {
    url: string;
    state: string | null;
    reason: string | null;
    waits: string | null;
    findings: number;
    ledTo: string | null;
  }[];
const look = async () => {
  await fire(app, 'watch.pictures');
  await drain(app);
};
/** A check a day later, and the looks that it wishes for. */
async function nextDay() {
  await app.advance(22 * HOUR);
  people['east-officer'] = await signIn(server, 'east-officer');
  expect((await post(`/api/sites/${siteId}/check`)).status).toBe(200);
  await drain(app);
  await look();
}

describe('a page in a browser', () => {
  it('tells a link that only a style sheet of its own hides, and no menu; another county sees nothing of it', async () => {
    // The source has the words for everybody to read; that is told of it.
    expect((await told('term.gambling')).map(({ part }) => part)).toEqual([null]);
    expect((await pages()).map(({ waits }) => waits)).toContain('home');
    await look();
    expect(await told('hidden-link.off-screen')).toMatchObject([
      { part: 'browser', severity: 'critical', href: 'http://www.lucky-bet.example/', url: `${base}/` },
    ]);
    expect(await told('hidden-link.display-none')).toEqual([]);
    expect((await told('term.gambling')).map(({ part }) => part)).toEqual([null]);
    const looked = await pages();
    expect(looked.map(({ url, state, findings }) => [url, state, findings])).toEqual([
      [`${base}/`, 'seen', 1],
      [`${base}/list`, 'seen', 0],
    ]);
    expect(await pages('west-officer')).toEqual([]);
    expect((await get(`/api/sites/${siteId}`)).body.openFindings).toBe(2);
    // Whoever opens cases hears of it now, not after the next crawl.
    const [hidden] = await told('hidden-link.off-screen');
    const { rows } = await app.ownerPool.query(
      `SELECT payload FROM base.event WHERE name = 'watch.check_finished' ORDER BY id DESC LIMIT 1`,
    );
    expect(rows[0].payload).toMatchObject({ siteId, state: 'faulty', critical: [hidden!.id] });
  });

  it('keeps it open while it stands, although the crawl does not see it, and closes it when it is gone', async () => {
    await nextDay();
    expect(await told('hidden-link.off-screen')).toMatchObject([{ state: 'open' }]);
    const [finding] = await told('hidden-link.off-screen');
    expect((await post(`/api/findings/${finding!.id}/fixed`, { note: '样式表里删掉了' })).status).toBe(200);
    await drain(app);
    expect(await told('hidden-link.off-screen')).toMatchObject([{ state: 'fixed' }]);
    await look();
    // It is still there: the report was wrong.
    expect(await told('hidden-link.off-screen')).toMatchObject([{ state: 'open' }]);
    site.pages['/a.css'] = css(quiet);
    await nextDay();
    expect(await told('hidden-link.off-screen')).toMatchObject([{ state: 'closed' }]);
    expect((await told('term.gambling')).map(({ state }) => state)).toEqual(['open']);
  });

  it('tells what scripts write: words, numbers of persons painted over, and where they lead visitors', async () => {
    const [number] = identityNumbers(1);
    site.pages['/a.js'] = js(
      `document.getElementById('app').innerHTML='<p>出售枪'+'支弹药，联系电话</p><p>学生 ${number}</p>'`,
    );
    await nextDay();
    expect(await told('term.weapons')).toMatchObject([{ part: 'browser', state: 'open' }]);
    const [person] = await told('personal.id-card');
    expect(person).toMatchObject({ part: 'browser', state: 'open' });
    expect(JSON.stringify((await get(`/api/findings/${person!.id}`)).body)).not.toContain(number);
    // The grave one is drawn, framed where a visitor sees it.
    await look();
    const [grave] = await told('term.weapons');
    expect((await get(`/api/findings/${grave!.id}/picture`)).body).toMatchObject({ state: 'seen' });
    const other = await serveSite({ '/': { body: html('<p>澳门赌场 在线赌场 注册送彩金</p>') } });
    site.pages['/a.js'] = js(`location.href='http://127.0.0.1:${other.port}/'`);
    await nextDay();
    await other.close();
    // The product's own machine is fetched for no page; where it leads is told all the same.
    expect(other.asked).toEqual([]);
    expect(await told('hidden-link.script-redirect')).toMatchObject([
      { part: 'browser', severity: 'high', href: `http://127.0.0.1:${other.port}/`, state: 'open' },
    ]);
    expect((await told('term.weapons'))[0]!.state).toBe('open');
    expect((await pages())[0]).toMatchObject({ state: 'seen', ledTo: `http://127.0.0.1:${other.port}/` });
  });

  it('that cannot be had says why, closes nothing, and is had for a person', async () => {
    site.pages['/a.js'] = js('');
    const former = site.pages['/']!;
    site.pages['/'] = { status: 403, body: html('<p>网站防火墙：您的请求被拦截</p>') };
    expect((await post(`/api/sites/${siteId}/rendered-page`, {})).status).toBe(200);
    await look();
    expect((await pages()).find(({ url }) => url === `${base}/`)).toMatchObject({
      state: 'failed',
      reason: expect.stringContaining('防火墙'),
    });
    expect((await told('term.weapons'))[0]!.state).toBe('open');
    site.pages['/'] = former;
    const strange = await post(`/api/sites/${siteId}/rendered-page`, { url: 'http://other.example/' });
    expect([strange.status, strange.body.code]).toEqual([409, 'watch.no_page_read']);
    people['west-officer'] = await signIn(server, 'west-officer');
    expect((await post(`/api/sites/${siteId}/rendered-page`, {}, 'west-officer')).status).toBe(404);
    expect((await post(`/api/sites/${siteId}/rendered-page`, { url: `${base}/` })).status).toBe(200);
    await look();
    expect((await told('term.weapons'))[0]!.state).toBe('closed');
  });

  it('whose scripts change is opened at once, others wait for their day', async () => {
    site.pages['/'] = {
      body: home().body.replace('</body>', '<script src="http://new.example/x.js"></script></body>'),
    };
    site.pages['/list'] = { body: html('<p>栏目里的新闻，今天又有了一条。</p>') };
    await app.advance(2 * HOUR);
    people['east-officer'] = await signIn(server, 'east-officer');
    await post(`/api/sites/${siteId}/check`);
    await drain(app);
    expect((await pages()).filter(({ waits }) => waits !== null)).toMatchObject([
      { url: `${base}/`, waits: 'changed' },
    ]);
    site.pages['/'] = home();
    await look();
  });

  it('that is gone closes what stood there', async () => {
    site.pages['/list'] = {
      body: html('<p id=a></p><script>a.textContent="出售枪"+"支弹药，货到付款"</script>'),
    };
    await nextDay();
    const mine = async () => (await told('term.weapons')).find(({ url }) => url === `${base}/list`);
    expect(await mine()).toMatchObject({ state: 'open', part: 'browser' });
    delete site.pages['/list'];
    await nextDay();
    expect(await mine()).toMatchObject({ state: 'closed' });
  });
});
