/** The unit pages in a browser: the tree of a day, an act from its form over the preview to the history. */
import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { authenticate, setupToken } from '#auth';
import { buildServer } from '#base/http';
import { serveWebFiles } from '#base/web-files';
import { call, type SignedIn, staffCity } from '#test/city';
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

let app: TestApp;
let server: FastifyInstance;
let browser: Browser;
let url = '';
let officer: SignedIn;
let id = '';

const paper = { docNo: '示教办〔2026〕12号', reason: '布局调整' };

beforeAll(async () => {
  // The signed-in session and the browser's cookie live by today's clock.
  app = await testApp(modules, { now: new Date().toISOString() });
  server = buildServer(app, authenticate);
  await serveWebFiles(server, process.env.JIAODUN_TEST_WEB ?? 'dist/web');
  const people = await staffCity(server, await setupToken(app.config.dataDir), [
    { username: 'officer', unitCode: 'city', role: 'city_officer' },
  ]);
  officer = people.officer!;
  await server.listen({ host: '127.0.0.1', port: 0 });
  url = `http://127.0.0.1:${(server.server.address() as AddressInfo).port}`;
  const units = (await call(server, officer, 'GET', '/api/units?pageSize=100')).body.items;
  for (const unit of units.filter((one: { kind: string }) => one.kind !== 'school')) {
    await call(server, officer, 'PATCH', `/api/units/${unit.id}`, { sinceOn: '2020-01-01' });
  }
  const school = {
    code: 'cq',
    name: '重庆路小学',
    kind: 'school',
    parentCode: 'east',
    sinceOn: '2021-09-01',
  };
  id = (await call(server, officer, 'POST', '/api/units', school)).body.id;
  const rename = { name: '重庆路实验小学', effectiveOn: '2023-09-01', ...paper };
  expect((await call(server, officer, 'POST', `/api/units/${id}/rename`, rename)).status).toBe(200);
  browser = await launchTestBrowser();
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await server?.close();
  await app?.close();
});

async function enter(look: { colorScheme: 'light' | 'dark'; width: number }): Promise<Page> {
  return openSignedIn(browser, url, 'officer', look);
}

async function expectSound(page: Page): Promise<void> {
  await settle(page);
  expect(await graveViolations(page)).toEqual([]);
  expect(await overflowOf(page)).toEqual({ pixels: 0, wide: [] });
}

describe('units in a browser', { timeout: 120_000 }, () => {
  it.each(
    inThisRun([
      { colorScheme: 'light', width: 1280 },
      { colorScheme: 'dark', width: 360 },
    ] as const),
  )('are sound at $width px in $colorScheme', async (look) => {
    const page = await enter(look);
    for (const path of ['/units', `/units/${id}`, '/unit-changes']) {
      await page.goto(path);
      await expectSound(page);
    }
    await page.context().close();
  });

  it('show the tree of a day, and say what is not drawn: undated units before, planned changes after', async () => {
    const page = await enter({ colorScheme: 'light', width: 1280 });
    await page.goto('/units');
    await page.getByLabel('查看日期').fill('2021-01-01');
    await page.getByText('共 3 个单位').waitFor();
    await page.getByLabel('查看日期').fill('2022-01-01');
    await page.getByText('共 4 个单位').waitFor();

    const later = new Date(Date.now() + 40 * 86_400_000).toISOString().slice(0, 10);
    const move = { parentCode: 'west', effectiveOn: later, docNo: '示教办〔2026〕19号', reason: '区划调整' };
    const planned = await call(server, officer, 'POST', `/api/units/${id}/move`, move);
    expect(planned.body).toMatchObject({ state: 'planned' });
    for (const width of [1280, 360]) {
      await page.setViewportSize({ width, height: 900 });
      await page.getByLabel('查看日期').fill('2022-01-01');
      await page.getByText(/另有 \d+ 个单位没有填写设立日期/).waitFor();
      await page.getByLabel('查看日期').fill(later);
      await page.getByText('到这一天还有 1 项变更等待生效').waitFor();
      await expectSound(page);
    }
    await page.getByRole('link', { name: '查看等待生效的变更' }).click();
    await page.getByText('示教办〔2026〕19号').first().waitFor();
    await page.context().close();
    const cancel = `/api/unit-changes/${planned.body.id}/cancel`;
    expect((await call(server, officer, 'POST', cancel, { reason: '不调整了' })).status).toBe(200);
  });

  it('refuse a wrong document number at its field, tell what would change, and change it', async () => {
    const page = await enter({ colorScheme: 'light', width: 1280 });
    await page.goto(`/units/${id}`);
    await page.getByRole('button', { name: '变更', exact: true }).click();
    await page.getByRole('menuitem', { name: '划转' }).click();
    await page.getByLabel('新的上级单位').click();
    await page.keyboard.type('xsx');
    await page.getByTitle('西示县教育局').click();
    await page.getByLabel('文号').fill('示教办(2026)12号');
    await page.getByLabel('理由').fill('区划调整');
    await page.getByRole('button', { name: '看看会改变什么' }).click();
    await page.getByText('六角括号').waitFor();
    await page.getByLabel('文号').fill('示教办〔2026〕15号');
    await page.getByRole('button', { name: '看看会改变什么' }).click();
    await page.getByRole('heading', { name: '将要改变的内容' }).waitFor();
    expect((await call(server, officer, 'GET', `/api/units/${id}`)).body.parentName).toBe('东示县教育局');
    await page.getByRole('button', { name: '确认办理' }).click();
    await page.getByText('已办理').waitFor();
    await page.getByText('上级：西示县教育局').waitFor();
    expect((await call(server, officer, 'GET', `/api/units/${id}`)).body.path).toBe('city.west.cq');
    await page.context().close();
  });
});
