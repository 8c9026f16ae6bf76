/** Lines that nobody can read, as a county officer meets them: a pattern is written, tried, saved, and all is read again. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { authenticate, setupToken } from '#auth';
import { buildServer } from '#base/http';
import { drain } from '#base/jobs';
import { migrateLogstore } from '#base/logstore/migrate';
import { type SpawnedLogstore, spawnLogstore } from '#base/logstore/testing';
import { serveWebFiles } from '#base/web-files';
import { call, type SignedIn, staffCity } from '#test/city';
import { type TestApp, testApp } from '#test/db';
import { graveViolations, launchTestBrowser, openSignedIn, overflowOf, settle } from '#test/test-browser';
import { modules } from '../../src/compose.ts';

const web = process.env.JIAODUN_TEST_WEB ?? 'dist/web';
const shots = process.env.JIAODUN_TEST_SHOTS;

let app: TestApp;
let store: SpawnedLogstore;
let storeDir = '';
let server: FastifyInstance;
let browser: Browser;
let people: Record<string, SignedIn>;
let page: Page;
let sourceId = 0;

beforeAll(async () => {
  storeDir = await mkdtemp(join(tmpdir(), 'jiaodun-log-reading-'));
  store = await spawnLogstore(storeDir);
  await migrateLogstore(store.connect(), 'migrations/clickhouse');
  app = await testApp(modules, { now: new Date().toISOString(), logstore: store.connect() });
  server = buildServer(app, authenticate);
  await serveWebFiles(server, web);
  people = await staffCity(server, await setupToken(app.config.dataDir), [
    { username: 'east-officer', unitCode: 'east', role: 'county_officer' },
  ]);
  const lines = Buffer.from('2026-06-01 13:00:00 192.0.2.7:4711 -> bad.example 拒绝\n启动完成\n');
  const url = `/api/logs/ingest?${new URLSearchParams({ source: '一中出口', format: 'template' })}`;
  const taken = await call(server, people['east-officer']!, 'POST', url, lines);
  expect(taken.status).toBe(200);
  sourceId = taken.body.source;
  await drain(app);
  await server.listen({ port: 0, host: '127.0.0.1' });
  browser = await launchTestBrowser();
  page = await openSignedIn(
    browser,
    `http://127.0.0.1:${(server.server.address() as AddressInfo).port}`,
    'east-officer',
  );
  if (shots) await mkdir(shots, { recursive: true });
}, 180_000);
afterAll(async () => {
  await browser?.close();
  await server?.close();
  await app?.close();
  await store?.stop();
  await rm(storeDir, { recursive: true, force: true });
});

async function shoot(name: string): Promise<void> {
  if (shots) await page.screenshot({ path: join(shots, `${name}.png`), fullPage: true });
}

describe('the page of a source that nobody can read', { timeout: 90_000 }, () => {
  it('shows its unread lines, and tries a pattern on them while it is typed', async () => {
    await page.goto(`/logs/sources/${sourceId}?tab=reading`);
    await page.getByRole('button', { name: '查看这些行' }).waitFor();
    expect(await page.getByText('启动完成').count()).toBe(0);
    await page.getByLabel('理由', { exact: true }).fill('编写解析模式');
    await page.getByRole('button', { name: '查看这些行' }).click();
    await page.getByText('启动完成').waitFor();
    await page.getByRole('button', { name: '放入试读框' }).click();
    const pattern = page.getByLabel('模式 1');
    await pattern.fill('{time:%Y-%m-%d %H:%M:%S} {cli:ip}:{cport} => {host} {act}');
    await page.getByText('第 35 列：应为文字“ => ”').waitFor();
    await pattern.fill('{time:%Y-%m-%d %H:%M:%S} {cli:ip}:{cport} -> {host} {act}');
    await page.getByText('第 1 个模式', { exact: true }).waitFor();
    await page.getByText('第 1 列：应为字段 time（time）').waitFor();
    await pattern.fill('{time:%Q} {cli}');
    await page.getByText('第 1 个模式第 1 列：时间格式无法识别：%Q').waitFor();
    await shoot('log-reading-fault');
    await pattern.fill('{time:%Y-%m-%d %H:%M:%S} {cli:ip}:{cport} -> {host} {act}');
    await page.getByText('第 1 个模式', { exact: true }).waitFor();
  });

  it('has no grave fault of access, in light and dark and on a phone', async () => {
    for (const scheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme: scheme });
      await settle(page);
      expect(await graveViolations(page)).toEqual([]);
      await shoot(`log-reading-${scheme}`);
    }
    await page.emulateMedia({ colorScheme: 'light' });
    await page.setViewportSize({ width: 360, height: 740 });
    await settle(page);
    expect((await overflowOf(page)).pixels).toBe(0);
    await shoot('log-reading-phone');
    await page.setViewportSize({ width: 1280, height: 800 });
  });

  it('saves the pattern, reads everything again and says what came of it', async () => {
    await page.getByRole('button', { name: '保存为新版本' }).click();
    await page.getByText('第 1 版', { exact: true }).waitFor();
    // What was sealed before is still read the old way: said at once, and the way offered beside the saved pattern.
    await page
      .getByText(/行仍是按旧的读法读的/)
      .first()
      .waitFor();
    await page.getByRole('button', { name: '全部重新解析' }).last().click();
    await page.getByText('正在进行').waitFor();
    for (let i = 0; i < 6; i += 1) {
      await drain(app);
      await app.advance(61_000);
    }
    await drain(app);
    await page.getByText('未能解析：2 → 1').waitFor();
    await page.getByText('已完成').waitFor();
    await shoot('log-reading-done');
    const [row] = await app.logstore.query<{ host: string; act: string }>(
      'SELECT host, act FROM jiaodun_logs.event',
    );
    expect(row).toEqual({ host: 'bad.example', act: '拒绝' });
  });
});
