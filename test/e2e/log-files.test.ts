/** Drop folders and uploads in pieces in a browser: what waits, what failed, how far each is. */
import { mkdir, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
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
import { scanDropFolders } from '../../src/modules/logs/drop/scan-folders.ts';
import { dropDir } from '../../src/modules/logs/places.ts';
import { takeUploadJob } from '../../src/modules/logs/take-upload.ts';

let app: TestApp;
let server: FastifyInstance;
let browser: Browser;
let url = '';
let officer: SignedIn;
const name = '东示县第一小学出口防火墙';

/** An upload as a tus client makes it; `sent` bytes of its content. */
async function upload(filename: string, content: Buffer, sent: number): Promise<string> {
  const headers = { 'x-requested-with': 'test', cookie: officer.cookie };
  const query = new URLSearchParams({ source: name, filename, anyway: 'true' });
  const made = await server.inject({
    method: 'POST',
    url: `/api/logs/uploads?${query}`,
    headers: { ...headers, 'upload-length': String(content.length) },
  });
  const path = String(made.headers.location);
  await server.inject({
    method: 'PATCH',
    url: path,
    headers: { ...headers, 'upload-offset': '0', 'content-type': 'application/offset+octet-stream' },
    payload: content.subarray(0, sent),
  });
  return path.split('/').at(-1)!;
}

beforeAll(async () => {
  // The signed-in session and the browser's cookie live by today's clock.
  app = await testApp(modules, { now: new Date().toISOString() });
  server = buildServer(app, authenticate);
  await serveWebFiles(server, process.env.JIAODUN_TEST_WEB ?? 'dist/web');
  const people = await staffCity(server, await setupToken(app.config.dataDir), [
    { username: 'officer', unitCode: 'city', role: 'city_officer' },
  ]);
  officer = people.officer!;
  const body = { name, format: 'dnsmasq', unitCode: 'east-1', senders: [] };
  expect((await call(server, officer, 'POST', '/api/logs/sources', body)).status).toBe(200);
  for (const folder of [name, '没有登记的网关']) {
    await mkdir(join(dropDir(app), folder), { recursive: true });
    await writeFile(join(dropDir(app), folder, 'a.log'), 'x\n');
  }
  await writeFile(join(dropDir(app), name, 'empty.log'), '');
  await scanDropFolders(app, 0);
  await scanDropFolders(app, 0);
  await upload('还在路上.log', Buffer.from('y\n'.repeat(500)), 300);
  await takeUploadJob.run(app, { id: await upload('done.log', Buffer.from('z\n'), 2) });
  await takeUploadJob.run(app, { id: await upload('damaged.log.gz', Buffer.from([0x1f, 0x8b, 8, 0]), 4) });
  await server.listen({ host: '127.0.0.1', port: 0 });
  url = `http://127.0.0.1:${(server.server.address() as AddressInfo).port}`;
  browser = await launchTestBrowser();
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await server?.close();
  await app?.close();
});

async function expectSound(page: Page, shot: string): Promise<void> {
  await settle(page);
  if (process.env.JIAODUN_TEST_SHOTS)
    await page.screenshot({ path: join(process.env.JIAODUN_TEST_SHOTS, `${shot}.png`), fullPage: true });
  expect(await graveViolations(page)).toEqual([]);
  expect(await overflowOf(page)).toEqual({ pixels: 0, wide: [] });
}

describe('files of log sources in a browser', { timeout: 120_000 }, () => {
  it.each(
    inThisRun([
      { colorScheme: 'light', width: 1280 },
      { colorScheme: 'dark', width: 360 },
    ] as const),
  )('are sound at $width px in $colorScheme', async (look) => {
    const page = await openSignedIn(browser, url, 'officer', look);
    await page.goto('/logs/sources?tab=folders');
    for (const words of [name, '没有登记的网关', '没有同名的日志源'])
      await page.getByText(words).first().waitFor();
    await expectSound(page, `folders-${look.width}`);
    await page.goto('/logs/sources?tab=uploads');
    for (const words of ['还在路上.log', '上传中', 'done.log', '已导入', 'damaged.log.gz', '压缩数据损坏'])
      await page.getByText(words).first().waitFor();
    await expectSound(page, `uploads-${look.width}`);
    await page.context().close();
  });
});
