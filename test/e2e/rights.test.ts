/** Permissions in a real browser: whom to ask, lending a permission, looking as another, opening one number. */
import { fileURLToPath } from 'node:url';
import type { FastifyInstance } from 'fastify';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { authenticate, setupToken } from '#auth';
import { buildServer } from '#base/http';
import { serveWebFiles } from '#base/web-files';
import { call, type SignedIn, staffCity, testPassword } from '#test/city';
import { type TestApp, testApp } from '#test/db';
import {
  graveViolations,
  inThisRun,
  launchTestBrowser,
  type openPage,
  openSignedIn,
  overflowOf,
  settle,
} from '#test/test-browser';
import { modules } from '../../src/compose.ts';

const webFiles = process.env.JIAODUN_TEST_WEB ?? fileURLToPath(new URL('../../dist/web', import.meta.url));
let app: TestApp;
let server: FastifyInstance;
let browser: Browser;
let base: string;
let people: Record<string, SignedIn>;

beforeAll(async () => {
  app = await testApp(modules);
  server = buildServer(app, authenticate);
  await serveWebFiles(server, webFiles);
  people = await staffCity(server, await setupToken(app.config.dataDir), [
    { username: 'east-officer', unitCode: 'east', role: 'county_officer' },
    { username: 'east-moderator', unitCode: 'east-1', role: 'moderator' },
    { username: 'helper', unitCode: 'city', role: 'support' },
  ]);
  const csv = Buffer.from(
    '人员编号,姓名,单位代码,岗位,手机\nPH-1,有号人,east-1,教师,13900001234\nPH-2,无账号者,east-1,教师,\n',
  );
  const imported = await call(
    server,
    people['east-officer']!,
    'POST',
    '/api/import/people?fileName=a.csv',
    csv,
  );
  expect(imported.body.accepted).toBe(2);
  base = await server.listen({ port: 0, host: '127.0.0.1' });
  browser = await launchTestBrowser();
}, 120_000);
afterAll(async () => {
  await browser.close();
  await server.close();
  await app.close();
});

async function pageOf(username: string, look: Parameters<typeof openPage>[2] = {}): Promise<Page> {
  return openSignedIn(browser, base, username, look);
}

async function demandFine(page: Page): Promise<void> {
  await settle(page);
  expect(await graveViolations(page)).toEqual([]);
  expect(await overflowOf(page)).toEqual({ pixels: 0, wide: [] });
}

describe('permissions in the browser', () => {
  it('tell whom to ask when a page is refused', async () => {
    const page = await pageOf('east-moderator');
    await page.goto('/people');
    await page.getByText('你没有“查看人员”的权限').waitFor();
    await page.getByText('人员east-officer（东示县教育局）').waitFor();
    expect(await graveViolations(page)).toEqual([]);
    await page.context().close();
  }, 90_000);

  it.each(
    inThisRun([
      [1280, 'light'],
      [360, 'dark'],
    ] as const),
  )(
    'are shown at %i px, %s, in every tab',
    async (width, colorScheme) => {
      const page = await pageOf('east-officer', { width, colorScheme });
      for (const tab of ['', 'matrix', 'delegations', 'composed']) {
        await page.goto(tab === '' ? '/permissions' : `/permissions?tab=${tab}`);
        await demandFine(page);
      }
      await page.context().close();
    },
    120_000,
  );

  it('are lent in one form and taken in one click', async () => {
    const page = await pageOf('east-officer');
    await page.goto('/permissions?tab=delegations');
    await settle(page);
    await page.getByRole('button', { name: '委托给他人' }).first().click();
    const form = page.getByRole('dialog');
    await form.getByLabel('委托给').click();
    await page.getByTitle('人员east-moderator（东示县第一小学）').click();
    await form.getByLabel('委托哪些权限').fill('people.read');
    await page.keyboard.press('Enter');
    await form.getByLabel('理由').fill('出差期间代办');
    await form.getByLabel('开始').fill('2026-06-01T10:00');
    await form.getByLabel('结束').fill('2026-06-08T10:00');
    await form.getByRole('button', { name: '委托给他人' }).click();
    await page.getByText('待接受').waitFor();
    await page.context().close();
    const other = await pageOf('east-moderator');
    await other.goto('/permissions?tab=delegations');
    await other.getByRole('button', { name: '接受' }).click();
    await other.getByText('生效中').waitFor();
    await other.goto('/people');
    await other.getByText('有号人').waitFor();
    await other.context().close();
  }, 120_000);

  it.each(
    inThisRun([
      [1280, 'wzhz', '无账号者', 'PH-2'],
      [360, 'yhr', '有号人', 'PH-1'],
    ] as const),
  )(
    'at %i px make an account for a person of a unit, both found by their initials',
    async (width, initials, name, personNo) => {
      const page = await pageOf('sysadmin', { width });
      await page.goto('/users');
      await settle(page);
      await page.getByRole('button', { name: '新建账号' }).click();
      const form = page.getByRole('dialog');
      await form.getByLabel('单位').fill('dsxdyxx');
      await page.getByTitle('东示县第一小学').click();
      await form.getByLabel('姓名').fill(initials);
      await page.getByText(`${name}（${personNo}）`).click();
      expect(await form.getByLabel('姓名').inputValue()).toBe(name);
      await demandFine(page);
      await form.getByLabel('用户名').fill(`${initials}-${width}`);
      await form.getByLabel('初始密码').fill(testPassword);
      await form.getByRole('button', { name: '新建账号' }).click();
      await form.waitFor({ state: 'detached' });
      await page.goto(`/users?q=${initials}-${width}`);
      await page.getByText('东示县第一小学').first().waitFor();
      await page.getByText(name).first().waitFor();
      await page.context().close();
    },
    120_000,
  );

  it('open one phone number with a reason', async () => {
    const page = await pageOf('east-officer');
    await page.goto('/people');
    await page.getByText('139****1234').waitFor();
    await page.getByRole('button', { name: /查看完整手机号/ }).click();
    await page.getByLabel('用途').fill('电话回访');
    await page.getByRole('dialog').getByRole('button', { name: '显示' }).click();
    await page.getByText('13900001234').waitFor();
    await page.context().close();
  }, 90_000);

  it('let support look as another, under a banner, and back', async () => {
    const page = await pageOf('helper');
    await page.goto('/users?q=east-officer');
    await page.getByRole('button', { name: '以此人身份查看' }).click();
    await page.getByLabel('理由').fill('核对他看不到名单');
    await page.getByRole('dialog').getByRole('button', { name: '以此人身份查看' }).click();
    await page.getByText(/人员helper 正以 人员east-officer 的身份查看/).waitFor();
    await page.goto('/people');
    await page.getByText('有号人').waitFor();
    expect(await graveViolations(page)).toEqual([]);
    await page.getByRole('button', { name: '退出查看' }).click();
    await page.getByText('正以').waitFor({ state: 'detached' });
    await page.context().close();
  }, 120_000);
});
