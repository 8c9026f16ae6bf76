/** Drawn home pages in a browser: what an officer sees of one that looks another, and how it becomes right. */
import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { Browser, Page } from 'playwright-core';
import { PNG } from 'pngjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { authenticate, setupToken } from '#auth';
import { buildServer } from '#base/http';
import { drain, fire } from '#base/jobs';
import { serveWebFiles } from '#base/web-files';
import { call, type SignedIn, signIn, staffCity } from '#test/city';
import { type TestApp, testApp } from '#test/db';
import {
  graveViolations,
  inThisRun,
  launchTestBrowser,
  openSignedIn,
  overflowOf,
  settle,
} from '#test/test-browser';
import { modules } from '../../src/compose.ts';
import { watch } from '../../src/modules/watch/module.ts';
import { html, serveSite, type TestSite } from '../../src/modules/watch/testing.ts';

let app: TestApp;
let server: FastifyInstance;
let browser: Browser;
let url = '';
let people: Record<string, SignedIn>;
let site: TestSite;
let siteId = '';

function banner(colour: readonly [number, number, number]): Uint8Array {
  const png = new PNG({ width: 64, height: 32 });
  for (let at = 0; at < 64 * 32; at++) png.data.set([...colour, 255], at * 4);
  return PNG.sync.write(png);
}
const picture = (colour: readonly [number, number, number]) => ({ type: 'image/png', body: banner(colour) });
const news = (day: number) =>
  Array.from({ length: 8 }, (_, at) => `<li>学校举行第${day * 8 + at}次活动，师生踊跃参加</li>`).join('');
const home = (day: number, more = '') => ({
  body: html(
    `<style>body{margin:0}img{display:block;width:100%;height:560px}li{margin:12px}</style>
    <img src="/banner.png" alt=""><h1>东示县第一小学</h1>${more}<ul>${news(day)}</ul>`,
    '东示县第一小学',
  ),
});

beforeAll(async () => {
  app = await testApp(modules, { now: new Date().toISOString() });
  server = buildServer(app, authenticate);
  await serveWebFiles(server, process.env.JIAODUN_TEST_WEB ?? 'dist/web');
  people = await staffCity(server, await setupToken(app.config.dataDir), [
    { username: 'east-officer', unitCode: 'east', role: 'county_officer' },
  ]);
  await server.listen({ host: '127.0.0.1', port: 0 });
  url = `http://127.0.0.1:${(server.server.address() as AddressInfo).port}`;
  site = await serveSite({ '/': home(0), '/banner.png': picture([40, 150, 80]) });
  const entry = {
    name: '东示县第一小学网站',
    unitCode: 'east-1',
    url: 'http://www.east-1.example/',
    resolveTo: site.resolveTo,
  };
  siteId = (await post('/api/sites', entry)).body.id;
  await drain(app);
  await draw();
  browser = await launchTestBrowser();
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await watch.stop!(app, 'worker');
  await server?.close();
  await app?.close();
  await site?.close();
});

const get = async (path: string) => (await call(server, people['east-officer']!, 'GET', path)).body;
const post = (path: string, body: unknown = {}) => call(server, people['east-officer']!, 'POST', path, body);
const draw = async () => {
  await fire(app, 'watch.pictures');
  await drain(app);
};

/** Time goes by, and with it the session ends. */
async function later(minutes: number): Promise<void> {
  await app.advance(minutes * 60_000);
  people['east-officer'] = await signIn(server, 'east-officer');
}

async function checkAndDraw(): Promise<void> {
  await later(22 * 60);
  expect((await post(`/api/sites/${siteId}/check`)).status).toBe(200);
  await drain(app);
  await draw();
}

/** How many pictures of the comparison are there and were really drawn. */
const drawn = (page: Page) =>
  page.locator('.jd-pictures img').evaluateAll(async (all) => {
    const images = all as HTMLImageElement[];
    for (const image of images) image.scrollIntoView();
    await Promise.all(images.map((image) => image.decode()));
    return images.map((image) => [image.alt, image.naturalWidth > 300]);
  });

const triple = [
  ['首页截图：认定的画面', true],
  ['首页截图：这次的画面', true],
  ['首页截图：不同之处（红色）', true],
];

describe('a home page that looks another', { timeout: 180_000 }, () => {
  it('is shown before, after and as the difference, in the finding and in the change', async () => {
    for (const day of [1, 2]) {
      site.pages['/'] = home(day);
      await checkAndDraw();
    }
    site.pages['/banner.png'] = picture([5, 5, 5]);
    site.pages['/'] = home(3, '<p>本站已由他人接管，请联系我们</p>');
    await checkAndDraw();
    await later(3);
    await draw();
    const [finding] = (await get(`/api/findings?siteId=${siteId}&kind=home-look`)).items;
    expect(finding).toMatchObject({ state: 'open' });
    const [change] = (await get(`/api/changes?siteId=${siteId}&q=east-1.example/`)).items;
    for (const width of inThisRun([1280, 360])) {
      const page = await openSignedIn(browser, url, 'east-officer', { width, colorScheme: 'dark' });
      await page.goto(`/findings/${finding.id}`);
      await page.getByText('与认定的不同').first().waitFor();
      expect(await drawn(page)).toEqual(triple);
      expect((await overflowOf(page)).pixels).toBe(0);
      await page.goto(`/changes/${change.id}`);
      await settle(page);
      await page.getByText('本站已由他人接管，请联系我们').waitFor();
      expect(await drawn(page)).toEqual(triple);
      expect((await overflowOf(page)).pixels).toBe(0);
      expect(await graveViolations(page)).toEqual([]);
      await page.context().close();
    }
  });

  it('is quiet again when an officer accepts the picture that was looked at, with a reason', async () => {
    const [finding] = (await get(`/api/findings?siteId=${siteId}&kind=home-look`)).items;
    const page = await openSignedIn(browser, url, 'east-officer');
    await page.goto(`/findings/${finding.id}`);
    await page.getByRole('button', { name: '首页是我们自己改的' }).click();
    const form = page.getByRole('dialog', { name: '首页是我们自己改的' });
    await form.getByLabel('理由').fill('学校自己换了新的首页');
    await form.getByRole('button', { name: '认可现在的首页' }).click();
    await form.waitFor({ state: 'hidden' });
    await drain(app);
    await draw();
    await page.reload();
    await page
      .locator('header')
      .filter({ has: page.getByRole('heading', { level: 1 }) })
      .getByText('已关闭')
      .waitFor();
    await page.getByText('学校自己换了新的首页').first().waitFor();
    await page.context().close();
    site.pages['/'] = home(4, '<p>本站已由他人接管，请联系我们</p>');
    await checkAndDraw();
    expect((await get(`/api/findings?siteId=${siteId}&kind=home-look&state=open`)).items).toEqual([]);
  });
});
