/** Tasks as people meet them: on a phone in two taps, at the bureau in bulk; keyboard, dark mode, axe. */
import { mkdir } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { authenticate, setupToken } from '#auth';
import { systemActor } from '#base/app';
import { buildServer } from '#base/http';
import { serveWebFiles } from '#base/web-files';
import { raiseTask } from '#tasks';
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

const web = process.env.JIAODUN_TEST_WEB ?? 'dist/web';
const shots = process.env.JIAODUN_TEST_SHOTS;

let app: TestApp;
let server: FastifyInstance;
let browser: Browser;
let people: Record<string, SignedIn>;
let baseUrl: string;

const day = 86_400_000;

beforeAll(async () => {
  app = await testApp(modules, { now: new Date().toISOString() });
  server = buildServer(app, authenticate);
  await serveWebFiles(server, web);
  people = await staffCity(server, await setupToken(app.config.dataDir), [
    { username: 'east-officer', unitCode: 'east', role: 'county_officer' },
    { username: 'teacher', unitCode: 'east-1', role: 'school_teacher' },
    { username: 'head', unitCode: 'east-1', role: 'leader' },
    { username: 'city-officer', unitCode: 'city', role: 'city_officer' },
  ]);
  const list = await call(server, people['east-officer']!, 'GET', '/api/units?pageSize=100');
  const school = list.body.items.find((one: { code: string }) => one.code === 'east-1');
  const raise = (key: string, over: object) =>
    app.run(systemActor('test'), (ctx) =>
      raiseTask(ctx, {
        key,
        kind: 'units.certificate',
        unitId: school.id,
        unitPath: school.path,
        assignee: { role: 'school_teacher' },
        title: '网络安全员证书将到期，请换证并登记',
        why: '网络管理员和网络安全员须持证上岗。',
        legalBasis: '丽教办发〔2009〕57号 第三条（D43）',
        dueAt: new Date(app.clock.now().getTime() + 5 * day),
        minutes: 30,
        link: null,
        ...over,
      }),
    );
  await raise('shown', {});
  await raise('late', {
    kind: 'findings.fix',
    title: '整改“东示县第一小学网站”上发现的问题',
    why: '巡查在网站上发现了问题。改好后点“已整改”，系统复查后自动核销。',
    dueAt: new Date(app.clock.now().getTime() - 2 * day),
    link: '/findings?state=open',
  });
  const ask = await call(server, people['east-officer']!, 'POST', '/api/tasks/campaigns', {
    title: '报送本校网站清单',
    why: '县局要摸清网站底数。',
    legalBasis: '丽教办发〔2009〕57号',
    dueAt: new Date(app.clock.now().getTime() + 20 * day).toISOString(),
    minutes: 15,
    signer: { role: 'leader' },
  });
  expect(ask.status).toBe(200);
  await server.listen({ port: 0, host: '127.0.0.1' });
  baseUrl = `http://127.0.0.1:${(server.server.address() as AddressInfo).port}`;
  browser = await launchTestBrowser();
  if (shots) await mkdir(shots, { recursive: true });
}, 180_000);
afterAll(async () => {
  await browser.close();
  await server.close();
  await app.close();
});

async function as(who: string, look: { width?: number; colorScheme?: 'light' | 'dark' } = {}): Promise<Page> {
  return openSignedIn(browser, baseUrl, who, look);
}

async function shot(page: Page, name: string): Promise<void> {
  if (shots) await page.screenshot({ path: `${shots}/${name}.png`, fullPage: true });
}

describe('a teacher with a phone', () => {
  it('opens a task, writes what was done and is done: two taps from the list', async () => {
    const page = await as('teacher', { width: 360 });
    await page.goto('/tasks');
    await settle(page);
    await shot(page, 'tasks-360');
    expect((await overflowOf(page)).pixels).toBe(0);
    await page.getByRole('link', { name: '报送本校网站清单' }).click();
    await settle(page);
    await page.getByLabel('办理情况').fill('本校有 1 个网站');
    await shot(page, 'task-360');
    expect((await overflowOf(page)).pixels).toBe(0);
    await page.getByRole('button', { name: '办结' }).click();
    await page.getByText('待会签').first().waitFor();
    await page.context().close();
  }, 60_000);

  it('sees at once what is late, and where to mend it', async () => {
    const page = await as('teacher', { colorScheme: 'dark' });
    await page.goto('/tasks');
    await settle(page);
    await page.getByText('其中逾期 1 件').waitFor();
    await shot(page, 'tasks-dark');
    expect(await graveViolations(page)).toEqual([]);
    await page.getByRole('link', { name: /整改“东示县第一小学网站”/ }).click();
    await settle(page);
    await page.getByRole('button', { name: '去办理' }).waitFor();
    expect(await page.getByRole('button', { name: '办结' }).count()).toBe(0);
    expect(await graveViolations(page)).toEqual([]);
    await page.context().close();
  }, 60_000);
});

describe('a leader', () => {
  it('countersigns what waits, in bulk', async () => {
    const page = await as('head');
    await page.goto('/tasks');
    await settle(page);
    await page.getByRole('button', { name: '会签 1 件' }).click();
    const drawer = page.getByRole('dialog');
    await drawer.getByText('报送本校网站清单').waitFor();
    await shot(page, 'sign-many');
    await drawer.getByRole('button', { name: '会签 1 件' }).click();
    await page.getByText('已同意 1 件').waitFor();
    await page.context().close();
  }, 60_000);
});

describe('a county officer', () => {
  it('asks schools, after having seen what it means, and is refused without a basis', async () => {
    const page = await as('east-officer');
    await page.goto('/tasks/ask');
    await settle(page);
    await page.getByRole('button', { name: '先看看影响' }).click();
    await page.getByText('将布置给 2 个单位').waitFor();
    await page.getByText('没有人担任这个岗位的单位（1 个）：东示县第二小学').waitFor();
    await page.getByLabel('事项名称').fill('核对网络管理员名单');
    await page.getByLabel('为什么要做').fill('人员变动多，请核对。');
    await page.getByLabel('截止时间').fill('2099-01-08 17:00');
    await page.getByLabel(/每个单位大约要几分钟/).fill('5');
    await page.getByLabel('依据', { exact: true }).fill('领导要求');
    await page.getByRole('button', { name: '布置', exact: true }).click();
    await page.getByText('必须写明依据').waitFor();
    await shot(page, 'ask');
    expect(await graveViolations(page)).toEqual([]);
    await page.getByLabel('依据', { exact: true }).fill('D38');
    await page.getByRole('button', { name: '布置', exact: true }).click();
    await page.getByRole('heading', { name: '核对网络管理员名单' }).waitFor();
    await settle(page);
    await shot(page, 'request');
    expect(await graveViolations(page)).toEqual([]);
    await page.context().close();
  }, 90_000);

  it('sees the progress of every school, on a phone too', async () => {
    for (const look of inThisRun([{}, { colorScheme: 'dark' as const }, { width: 360 }])) {
      const page = await as('east-officer', look);
      for (const path of ['/tasks/progress', '/tasks/requests', '/tasks?tab=team']) {
        await page.goto(path);
        await settle(page);
        await page
          .getByText(/东示县|报送本校/)
          .first()
          .waitFor();
        await shot(page, `${path.replaceAll(/\W+/g, '-')}-${Object.values(look).join('') || 'wide'}`);
        expect([path, await graveViolations(page)]).toEqual([path, []]);
        expect([path, (await overflowOf(page)).pixels]).toEqual([path, 0]);
      }
      await page.context().close();
    }
  }, 120_000);
});

describe('the city', () => {
  it('sets the rules of asking and the calendar of a year', async () => {
    const page = await as('city-officer');
    await page.goto('/tasks/rules');
    await settle(page);
    await page.getByText('国务院办公厅关于2026年部分节假日安排的通知').waitFor();
    await shot(page, 'rules');
    expect(await graveViolations(page)).toEqual([]);
    await page.getByLabel('一个单位每月多少件起提醒布置人').fill('5');
    await page.getByLabel('依据（文件或会议）').fill('市局会议纪要');
    await page.getByRole('button', { name: '保存' }).click();
    await page.getByText('现行规则：市局会议纪要').waitFor();
    await page.context().close();
  }, 60_000);
});
