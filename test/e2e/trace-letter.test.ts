/** A county officer with a police letter in hand: from the letter to the report in a few clicks. */
import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { authenticate, setupToken } from '#auth';
import { buildServer } from '#base/http';
import { drain } from '#base/jobs';
import { migrateLogstore } from '#base/logstore/migrate';
import { type SpawnedLogstore, spawnLogstore } from '#base/logstore/testing';
import { serveWebFiles } from '#base/web-files';
import { call, type SignedIn, staffCity, testPassword } from '#test/city';
import { type TestApp, testApp } from '#test/db';
import { newDataDir, removeDataDir } from '#test/product';
import {
  graveViolations,
  launchTestBrowser,
  openPage,
  openSignedIn,
  overflowOf,
  settle,
  signIn,
} from '#test/test-browser';
import { modules } from '../../src/compose.ts';

let app: TestApp;
let server: FastifyInstance;
let store: SpawnedLogstore;
let logDir: string;
let browser: Browser;
let url = '';
let people: Record<string, SignedIn>;
/** An hour ago, to the second. */
const asked = new Date(Math.floor(Date.now() / 1000) * 1000 - 3_600_000);

const seconds = (minutes: number) => (asked.getTime() / 1000 + minutes * 60).toFixed(6);
const nat = (event: string, minutes: number) =>
  `[${seconds(minutes)}]\t [${event}] tcp 6 src=10.1.4.10 dst=198.51.100.2 sport=4000 dport=443 src=198.51.100.2 dst=203.0.113.1 sport=443 dport=61001`;

beforeAll(async () => {
  logDir = await newDataDir();
  store = await spawnLogstore(logDir);
  await migrateLogstore(store.connect(), 'migrations/clickhouse');
  app = await testApp(modules, { now: new Date().toISOString(), logstore: store.connect() });
  server = buildServer(app, authenticate);
  await serveWebFiles(server, process.env.JIAODUN_TEST_WEB ?? 'dist/web');
  people = await staffCity(server, await setupToken(app.config.dataDir), [
    { username: 'city', unitCode: 'city', role: 'city_officer' },
    { username: 'east', unitCode: 'east', role: 'county_officer' },
  ]);
  const upload = async (path: string, text: string) =>
    expect((await call(server, people.city!, 'POST', path, Buffer.from(text))).status).toBe(200);
  await upload(
    '/api/import/allocations?fileName=a.csv',
    'cidr,unit_code,role\n10.1.4.0/22,east-1,inside\n203.0.113.0/30,city,exit\n',
  );
  await upload(
    '/api/import/devices?fileName=d.csv',
    'asset_no,name,type,unit_code,ip,mac,room,since\nD-1,电脑,computer,east-1,10.1.4.10,00:00:5e:00:53:01,301,2026-03-01\n',
  );
  await upload('/api/logs/ingest?source=nat&format=conntrack', `${nat('NEW', -5)}\n${nat('DESTROY', 5)}\n`);
  await drain(app);
  await server.listen({ host: '127.0.0.1', port: 0 });
  url = `http://127.0.0.1:${(server.server.address() as AddressInfo).port}`;
  browser = await launchTestBrowser();
}, 180_000);
afterAll(async () => {
  await browser?.close();
  await server?.close();
  await app?.close();
  await store?.stop();
  await removeDataDir(logDir);
});

const letter = () => {
  const china = new Date(asked.getTime() + 8 * 3_600_000).toISOString();
  const [year, month, day] = china.slice(0, 10).split('-');
  const [hour, minute, second] = china.slice(11, 19).split(':');
  return [
    `${year}年${month}月${day}日${hour}时${minute}分${second}秒，IP 203.0.113.1 端口 61001`,
    '请协助查询上述地址的使用情况。',
  ].join('\n');
};
const head = '东示市公安局协查函\n\n东公网协〔2026〕1号\n\n我局正在侦办网络谩骂案。\n\n';

describe('a police letter', { timeout: 120_000 }, () => {
  it.each([
    { says: 'its number and matter', text: () => head + letter(), most: 6 },
    { says: 'neither number nor matter', text: letter, most: 8 },
  ])('that tells $says becomes a report in at most $most clicks; its zone is asked for', async (given) => {
    const page: Page = await openPage(browser, url, { width: 360, colorScheme: 'dark' });
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write'], { origin: url });
    await page.goto('/');
    await signIn(page, 'east', testPassword);
    await page.getByRole('button', { name: '打开导航菜单' }).waitFor();
    await page.evaluate((text) => navigator.clipboard.writeText(text), given.text());
    let clicks = 0;
    const click = async (target: ReturnType<Page['locator']>) => {
      await target.click();
      clicks += 1;
    };
    const fill = async (label: string, text: string) => {
      await click(page.getByLabel(label, { exact: true }));
      await page.keyboard.insertText(text);
    };
    await click(page.getByRole('button', { name: '打开导航菜单' }));
    await click(page.getByRole('dialog').getByRole('link', { name: '溯源', exact: true }));
    // The field for the letter has the focus: it is pasted, and read at once.
    await expect.poll(() => page.evaluate(() => document.activeElement?.tagName)).toBe('TEXTAREA');
    await page.keyboard.press('Control+V');
    await page.getByText('没有时区').waitFor();
    await click(page.getByRole('button', { name: '北京时间（UTC+8）' }));
    await page.getByText('可以查询').waitFor();
    if (given.most === 8) {
      await fill('案件编号', '东公网协〔2026〕1号');
      await fill('查询理由', '网络谩骂案');
    }
    expect((await overflowOf(page)).pixels).toBe(0);
    expect(await graveViolations(page)).toEqual([]);
    await click(page.getByRole('button', { name: '查询', exact: true }));
    const report = page.getByRole('button', { name: '下载报告（PDF）' });
    await report.waitFor();
    await settle(page);
    const waiting = page.waitForEvent('download');
    await click(report);
    const file = await readFile(await (await waiting).path());
    expect(file.subarray(0, 5).toString()).toBe('%PDF-');
    expect(clicks).toBeLessThanOrEqual(given.most);
    expect((await call(server, people.east!, 'GET', '/api/traces')).body.items[0]).toMatchObject({
      ip: '203.0.113.1',
      port: 61001,
      at: asked.toISOString(),
      caseNo: '东公网协〔2026〕1号',
    });
    await page.context().close();
  });
});

describe('a letter that a line break cuts', { timeout: 120_000 }, () => {
  it('offers both readings and chooses none, lists what it left, and by hand an address is taken as it is typed', async () => {
    const page: Page = await openSignedIn(browser, url, 'east', { width: 360, colorScheme: 'dark' });
    await page.goto('/trace');
    const china = new Date(asked.getTime() + 8 * 3_600_000).toISOString().slice(0, 19).replace('T', ' ');
    await page
      .getByLabel('来函内容')
      .fill(`公网IP 203.0.113.\n1，端口：6100\n1\n时间（北京时间）：${china}\n另见 203.0.113.300`);
    await page.getByRole('button', { name: '识别' }).click();
    const cut = page.getByText('这里的地址（端口）被空格或换行断开，请核对');
    await cut.first().waitFor();
    await page.getByText('这些地方没有读懂').waitFor();
    await page.getByText('另见 203.0.113.300', { exact: true }).waitFor();
    expect(await page.getByText('按哪个时区').count()).toBe(0);
    const choices = page.getByRole('checkbox', { name: /^选择 203\.0\.113\./ });
    expect(await choices.evaluateAll((all) => all.map((one) => (one as HTMLInputElement).checked))).toEqual([
      false,
    ]);
    await settle(page);
    expect((await overflowOf(page)).pixels).toBe(0);
    expect(await graveViolations(page)).toEqual([]);
    await page.getByLabel('案件编号', { exact: true }).fill('东公网协〔2026〕3号');
    await page.getByLabel('查询理由', { exact: true }).fill('网络谩骂案');
    expect(await page.getByText('是从来函中读出的').count()).toBe(0);
    await choices.first().check();
    await page.getByRole('button', { name: '查询', exact: true }).click();
    await page.getByText('该时刻的转换记录是 TCP 的').first().waitFor();
    await page.getByText('未写明（TCP 与 UDP 都查）').first().waitFor();
    await page.goBack();
    await page.getByRole('tab', { name: '手工填写' }).click();
    const form = page.getByRole('tabpanel', { name: '手工填写' });
    const address = form.getByLabel('公网地址');
    await address.fill('２０３．０．１１３．１：61001');
    await address.blur();
    await expect.poll(() => address.inputValue()).toBe('203.0.113.1');
    expect(await form.getByRole('spinbutton').first().inputValue()).toBe('61001');
    await page.context().close();
  });
});

describe('a table of addresses', { timeout: 120_000 }, () => {
  it('has a page that follows its answers, tells rows at fault, and opens a row as a trace', async () => {
    const page: Page = await openSignedIn(browser, url, 'east', { width: 360, colorScheme: 'dark' });
    await page.goto('/trace');
    await page.getByRole('tab', { name: '批量查询' }).click();
    const panel = page.getByRole('tabpanel', { name: '批量查询' });
    await panel.getByLabel('案件编号').fill('东公网协〔2026〕2号');
    await panel.getByLabel('查询理由').fill('网络谩骂案');
    const rows = ['IP地址,端口,时间,序号', `203.0.113.1,61001,${asked.toISOString()},甲`, '203.0.113,1,x,乙'];
    await panel.locator('input[type=file]').setInputFiles({
      name: '协查名单.csv',
      mimeType: 'text/csv',
      buffer: Buffer.from(rows.join('\n')),
    });
    await page.getByRole('heading', { name: '协查名单.csv' }).waitFor();
    await page.getByText('第 3 行').first().waitFor();
    await page.getByText('还没有查询', { exact: true }).first().waitFor();
    await drain(app);
    // It is told without a reload.
    await page.getByText('很可能 1').waitFor();
    await page.getByText('D-1').first().waitFor();
    await settle(page);
    expect((await overflowOf(page)).pixels).toBe(0);
    expect(await graveViolations(page)).toEqual([]);
    const waiting = page.waitForEvent('download');
    await page.getByRole('button', { name: '结果（csv）' }).click();
    const saved = (await readFile(await (await waiting).path())).toString();
    expect(saved.split('\r\n').map((line) => line.split(',')[1])).toEqual(['编号', '甲', '乙', undefined]);
    await page.getByRole('button', { name: '第 2 行的证据链' }).click();
    await page.getByRole('heading', { name: /203\.0\.113\.1:61001/ }).waitFor();
    await page.goBack();
    await page.getByRole('link', { name: '证据链' }).first().waitFor();
    await page.context().close();
  });
});
