/** The log pages as people meet them: why, search, zoom, one line, a name that two people unseal, an export, live lines. */
import { createSocket } from 'node:dgram';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { authenticate, setupToken } from '#auth';
import { buildServer } from '#base/http';
import { drain } from '#base/jobs';
import { migrateLogstore } from '#base/logstore/migrate';
import { type SpawnedLogstore, spawnLogstore } from '#base/logstore/testing';
import { serveWebFiles } from '#base/web-files';
import { call, type SignedIn, staffCity } from '#test/city';
import { type TestApp, testApp } from '#test/db';
import { freePort } from '#test/product';
import {
  graveViolations,
  launchTestBrowser,
  type openPage,
  openSignedIn,
  overflowOf,
  settle,
} from '#test/test-browser';
import { modules } from '../../src/compose.ts';

const web = process.env.JIAODUN_TEST_WEB ?? 'dist/web';
const shots = process.env.JIAODUN_TEST_SHOTS;

let app: TestApp;
let store: SpawnedLogstore;
let storeDir = '';
let server: FastifyInstance;
let browser: Browser;
let people: Record<string, SignedIn>;
let baseUrl: string;
let udpPort: number;
let officer: Page;

const now = Date.now();
const squid = (i: number, over: { user?: string; host?: string; status?: number } = {}) =>
  `${((now - i * 20_000) / 1000).toFixed(3)} ${10 + i} 10.77.1.${i % 250} ${40_000 + i} 198.51.100.7 443 TCP_MISS/${
    over.status ?? 200
  } ${500 + i} 900 GET http://${over.host ?? 'www.example'}/page ${over.user ?? '-'} text/html ${i}`;

beforeAll(async () => {
  storeDir = await mkdtemp(join(tmpdir(), 'jiaodun-e2e-logs-'));
  store = await spawnLogstore(storeDir);
  const client = store.connect();
  await migrateLogstore(client, 'migrations/clickhouse');
  udpPort = await freePort();
  app = await testApp(modules, {
    logstore: client,
    now: new Date(now).toISOString(),
    config: {
      syslogHost: '127.0.0.1',
      syslogUdpPort: udpPort,
      syslogTcpPort: 0,
      netflowPort: 0,
      relpPort: 0,
    },
  });
  server = buildServer(app, authenticate);
  await serveWebFiles(server, web);
  people = await staffCity(server, await setupToken(app.config.dataDir), [
    { username: 'teacher', unitCode: 'east-1', role: 'school_teacher' },
    { username: 'officer', unitCode: 'east', role: 'county_officer' },
    { username: 'second', unitCode: 'east', role: 'county_officer' },
  ]);
  const lines = Array.from({ length: 150 }, (_, i) =>
    squid(i, i % 10 === 3 ? { user: 'zhangsan', host: 'bad.example', status: 502 } : {}),
  );
  const sourceOf = { name: '一小出口代理', format: 'squid', unitCode: 'east-1', senders: ['127.0.0.1'] };
  expect((await call(server, people.teacher!, 'POST', '/api/logs/sources', sourceOf)).status).toBe(200);
  const url = `/api/logs/ingest?source=${encodeURIComponent('一小出口代理')}&format=squid`;
  const taken = await call(server, people.teacher!, 'POST', url, Buffer.from(lines.join('\n')));
  expect([taken.status, taken.body]).toMatchObject([200, { records: 150 }]);
  await drain(app);
  baseUrl = await server.listen({ host: '127.0.0.1', port: 0 });
  expect((server.server.address() as AddressInfo).port).toBeGreaterThan(0);
  browser = await launchTestBrowser();
  officer = await open('officer');
}, 120_000);

afterAll(async () => {
  await browser?.close();
  await server?.close();
  await app?.close();
  await store?.stop();
  await rm(storeDir, { recursive: true, force: true });
});

async function open(who: string, look: Parameters<typeof openPage>[2] = {}): Promise<Page> {
  return openSignedIn(browser, baseUrl, who, look);
}

async function shoot(page: Page, name: string, fullPage = true): Promise<void> {
  if (shots === undefined) return;
  await mkdir(shots, { recursive: true });
  await page.screenshot({ path: join(shots, `${name}.png`), fullPage });
}

const results = (page: Page) => page.getByRole('region', { name: '检索', exact: true });

describe('the log pages', { timeout: 90_000 }, () => {
  it('asks a school why, from a short list, and shows its rows', async () => {
    const page = await open('teacher', { width: 360 });
    await page.goto('/logs');
    await settle(page);
    await page.getByText('还没有写明检索事由').waitFor();
    await page.getByLabel('检索语句').fill('host:bad.example');
    await page.getByRole('button', { name: '检索', exact: true }).click();
    // Nothing was searched: the field that lacks is marked and has the focus.
    await page.getByText('请先选一项事由').waitFor();
    await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe('logs-why_purpose');
    await page.getByLabel('本校自查事由').click();
    await page.getByText('日常检查').last().click();
    await page.getByRole('button', { name: '检索', exact: true }).click();
    await page.getByText('检索事由：日常检查').waitFor();
    await results(page).getByText('bad.example').first().waitFor();
    await shoot(page, 'logs-phone', false);
    expect((await overflowOf(page)).pixels).toBe(0);
    expect(await graveViolations(page)).toEqual([]);
    await page.context().close();
  });

  it('tells the character at which a query is wrong, and finds what is asked', async () => {
    await officer.goto('/logs');
    await settle(officer);
    await officer.getByLabel('案件编号').fill('E-2026-9');
    await officer.getByRole('button', { name: '记下事由' }).click();
    await officer.getByText('案件编号 E-2026-9').waitFor();
    await officer.getByText('系统里没有编号为 E-2026-9 的事件').waitFor();
    await officer.getByLabel('检索语句').fill('status:>=500 colour:red');
    await officer.getByRole('button', { name: '检索', exact: true }).click();
    await officer.getByText(/第 14 个字符/).waitFor();
    await officer.getByLabel('检索语句').fill('status:>=500 host:example');
    await officer.getByRole('button', { name: '检索', exact: true }).click();
    await results(officer).getByText('已到最后一条').waitFor();
    await results(officer).getByText('共 15 条').waitFor();
    expect(await officer.content()).not.toContain('zhangsan');
    await shoot(officer, 'logs-desktop');
    expect(await graveViolations(officer)).toEqual([]);
  });

  it('counts values, narrows by one, zooms by a bar of the table, and keeps it all in the address', async () => {
    await officer.getByRole('button', { name: '统计' }).click();
    await officer.getByRole('button', { name: '只看 bad.example' }).click();
    await expect.poll(() => new URL(officer.url()).searchParams.get('q')).toContain('host:bad.example');
    await results(officer).getByText('已到最后一条').waitFor();
    await officer.getByText('数据表').click();
    await officer.locator('figure table button').first().click();
    await expect.poll(() => new URL(officer.url()).searchParams.get('range')).toBe('custom');
    await officer.goto('/logs?q=status:502&kind=proxy&host=bad.example');
    await settle(officer);
    expect(await officer.getByLabel('检索语句').inputValue()).toBe('status:502');
    await officer.getByRole('button', { name: '检索', exact: true }).click();
    await results(officer).getByText('共 15 条').waitFor();
  });

  it('shows one line with tokens; one asks for the name, another agrees, and it is shown', async () => {
    await results(officer).getByRole('button', { name: '详情' }).first().click();
    const detail = officer.getByRole('dialog', { name: '详情' });
    await detail.getByText(/‹\d{4}-[0-9a-f]{16}›/).waitFor();
    await shoot(officer, 'logs-detail');
    expect(await detail.textContent()).not.toContain('zhangsan');
    await detail.getByRole('button', { name: '申请查看名字' }).click();
    const form = officer.getByRole('dialog', { name: '申请查看名字' });
    await form.getByLabel('案件编号').fill('E-2026-9');
    await form.getByLabel('理由').fill('核查举报的访问');
    await form.getByRole('button', { name: '申请查看名字' }).click();
    await detail.getByText('待批准').waitFor();

    const second = await open('second');
    await second.goto('/logs?tab=requests');
    await settle(second);
    await second.getByRole('button', { name: '批准' }).click();
    await second.getByRole('button', { name: /确 ?定|OK/ }).click();
    await second.getByText('已批准').waitFor();
    await second.context().close();

    await officer.goto('/logs?tab=requests');
    await settle(officer);
    await officer.getByRole('button', { name: '查看名字' }).click();
    await officer.getByText('zhangsan').waitFor();
    await shoot(officer, 'logs-requests');
    expect(await graveViolations(officer)).toEqual([]);
  });

  it('takes a result out as a bag', async () => {
    await officer.goto('/logs?host=bad.example');
    await settle(officer);
    await officer.getByRole('button', { name: '检索', exact: true }).click();
    await officer.getByRole('button', { name: '导出为证据包' }).click();
    const form = officer.getByRole('dialog', { name: '导出为证据包' });
    await form.getByLabel('案件编号').fill('E-2026-9');
    await form.getByLabel('理由').fill('移交公安机关');
    await form.getByRole('button', { name: '导出为证据包' }).click();
    await officer.getByText(/已提交，可在/).waitFor();
    await drain(app);
    await officer.goto('/logs?tab=requests');
    await settle(officer);
    const file = officer.waitForEvent('download');
    await officer.getByRole('button', { name: /下载/ }).click();
    expect((await file).suggestedFilename()).toMatch(/^logs-E-2026-9-.*\.zip$/);
  });

  it('shows lines as they arrive, in the dark, too', async () => {
    const { Collector } = await import('../../src/modules/logs/receive/collector.ts');
    const collector = new Collector(app);
    await collector.start();
    const socket = createSocket('udp4');
    const page = await open('officer', { colorScheme: 'dark' });
    try {
      await page.goto('/logs?tab=live');
      await settle(page);
      await page.getByLabel('案件编号').fill('E-2026-9');
      await page.getByRole('button', { name: '记下事由' }).click();
      await page.getByText('案件编号 E-2026-9').waitFor();
      await page.getByRole('button', { name: '开始' }).click();
      const list = page.getByRole('list', { name: '实时日志' });
      await vi.waitFor(
        async () => {
          socket.send(squid(1, { user: 'zhaoliu', host: 'live.example' }), udpPort, '127.0.0.1');
          expect(await list.getByText('live.example').count()).toBeGreaterThan(0);
        },
        { timeout: 20_000, interval: 250 },
      );
      expect(await list.textContent()).not.toContain('zhaoliu');
      await shoot(page, 'logs-live-dark');
      expect(await graveViolations(page)).toEqual([]);
      await page.getByRole('button', { name: '暂停显示' }).click();
      await page.getByRole('button', { name: '继续显示' }).waitFor();
      await page.getByRole('button', { name: '结束' }).click();
    } finally {
      socket.close();
      await page.context().close();
      await collector.stop();
    }
  });
});
