/** Log sources in a browser: an unregistered sender is looked into and adopted; receivers, clocks, forms are sound. */
import { mkdir } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { authenticate, setupToken } from '#auth';
import { systemActor } from '#base/app';
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
import { spoolDir } from '../../src/modules/logs/places.ts';
import { sealSpool } from '../../src/modules/logs/seal-spool.ts';
import { Spool } from '../../src/modules/logs/spool/spool.ts';
import { insertOffset } from '../../src/modules/logs/store/clocks.ts';

let app: TestApp;
let server: FastifyInstance;
let browser: Browser;
let url = '';
let officer: SignedIn;
let registered = 0;
let quarantined = 0;

const figures = {
  udpPort: 5514,
  udpReceived: 12_345,
  kernelDrops: 0,
  udpBuffer: 212_992,
  wantedUdpBuffer: 8_388_608,
  tcpPort: 5514,
  tcpReceived: 99,
  connections: 3,
  'relp.port': 2514,
  'relp.received': 7,
  waiting: 0,
  pendingBytes: 2048,
};
const problem = { zh: 'UDP 接收缓冲区只有 212992 字节', en: 'the UDP receive buffer has only 212992 bytes' };

beforeAll(async () => {
  // The signed-in session and the browser's cookie live by today's clock.
  app = await testApp(modules, { now: new Date().toISOString() });
  server = buildServer(app, authenticate);
  await serveWebFiles(server, process.env.JIAODUN_TEST_WEB ?? 'dist/web');
  const people = await staffCity(server, await setupToken(app.config.dataDir), [
    { username: 'officer', unitCode: 'city', role: 'city_officer' },
  ]);
  officer = people.officer!;
  const body = {
    name: '东示县第一小学出口防火墙',
    format: 'h3c',
    unitCode: 'east-1',
    senders: ['198.51.100.7'],
  };
  registered = (await call(server, officer, 'POST', '/api/logs/sources', body)).body.id;
  await mkdir(spoolDir(app), { recursive: true });
  let closed = '';
  const spool = new Spool({ dir: spoolDir(app), now: app.clock.now, onClosed: (path) => (closed = path) });
  const line = Buffer.from('Nov 22 14:00:00 dnsmasq[1068]: query[A] www.example from 192.0.2.5');
  spool.of('198.51.100.9').append(app.clock.now().getTime(), line, 0, line.length);
  await spool.rotate();
  await sealSpool(app, closed);
  await app.run(systemActor('test'), (ctx) =>
    insertOffset(
      ctx,
      { sourceId: registered, unitPath: 'city.east.east_1', at: app.clock.now() },
      { offsetMs: 28_800_400, spreadMs: 120, samples: 900, minutes: 15, steady: true },
    ),
  );
  const { body: listed } = await call(server, officer, 'GET', '/api/logs/sources?state=quarantined');
  quarantined = listed.items[0].id;
  await app.ownerPool.query(
    `INSERT INTO base.role_heartbeat (role, host, pid, started_at, at, status, detail)
     VALUES ('collector', 'log-1', 1, base.now(), base.now(), 'degraded', $1)`,
    [JSON.stringify({ problems: [problem], figures })],
  );
  await server.listen({ host: '127.0.0.1', port: 0 });
  url = `http://127.0.0.1:${(server.server.address() as AddressInfo).port}`;
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

describe('log sources in a browser', { timeout: 120_000 }, () => {
  it.each(
    inThisRun([
      { colorScheme: 'light', width: 1280 },
      { colorScheme: 'dark', width: 360 },
    ] as const),
  )('are sound at $width px in $colorScheme', async (look) => {
    const page = await enter(look);
    await page.goto('/logs/sources');
    await page.getByText('东示县第一小学出口防火墙').first().waitFor();
    await expectSound(page);
    await page.getByRole('tab', { name: '接收' }).click();
    await page.getByText(problem.zh).waitFor();
    await expectSound(page);
    await page.goto(`/logs/sources/${registered}`);
    await page.getByText('快 8 h 0 min').waitFor();
    await page.getByText('多半是时区填错了').waitFor();
    await expectSound(page);
    await page.goto(`/logs/sources/${registered}?tab=clock`);
    await page.getByText('快 8 h 0 min').first().waitFor();
    await expectSound(page);
    await page.goto(`/logs/sources/${quarantined}`);
    await page.getByLabel('理由', { exact: true }).fill('认领发送方');
    await page.getByRole('button', { name: '查看样本' }).click();
    await page.getByText('dnsmasq（地址分配、域名）：1 / 1 行').waitFor();
    await expectSound(page);
    await page.getByRole('button', { name: '收编', exact: true }).click();
    await page.getByLabel('名称').waitFor();
    await expectSound(page);
    await page.context().close();
  });

  it('an unregistered sender is adopted, changed, ended', async () => {
    const page = await enter({ colorScheme: 'light', width: 1280 });
    await page.goto('/logs/sources?state=quarantined');
    await page.getByRole('link', { name: '未登记：198.51.100.9' }).click();
    await page.getByLabel('理由', { exact: true }).fill('认领发送方');
    await page.getByRole('button', { name: '查看样本' }).click();
    await page.getByText('dnsmasq（地址分配、域名）：1 / 1 行').waitFor();
    await page.getByRole('button', { name: '收编', exact: true }).click();
    const drawer = page.getByRole('dialog');
    await drawer.getByLabel('名称').fill('一小DNS');
    await drawer.getByRole('button', { name: '收编', exact: true }).click();
    await page.getByRole('heading', { level: 1, name: '一小DNS' }).waitFor();
    await page.getByRole('button', { name: '修改' }).click();
    await drawer.getByLabel('备注').fill('机房三号柜');
    await drawer.getByRole('button', { name: '修改' }).click();
    await page.getByText('机房三号柜').waitFor();
    await page.getByRole('button', { name: '停用' }).click();
    await drawer.getByLabel('原因').fill('设备报废');
    await drawer.getByRole('button', { name: '停用' }).click();
    await page.getByRole('button', { name: '恢复使用' }).waitFor();
    const { body } = await call(server, officer, 'GET', `/api/logs/sources/${quarantined}`);
    expect(body).toMatchObject({
      name: '一小DNS',
      format: 'dnsmasq',
      senders: ['198.51.100.9'],
      note: '机房三号柜',
      state: 'retired',
    });
    await page.context().close();
  });
});
