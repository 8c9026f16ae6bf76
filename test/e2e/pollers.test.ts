/** The page of SNMP polling in a browser: a device is added and tested, and what is wrong is told in words. */
import { createSocket, type Socket } from 'node:dgram';
import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { authenticate, setupToken } from '#auth';
import { buildServer } from '#base/http';
import { serveWebFiles } from '#base/web-files';
import { staffCity } from '#test/city';
import { type TestApp, testApp } from '#test/db';
import { graveViolations, launchTestBrowser, openSignedIn, overflowOf, settle } from '#test/test-browser';
import { modules } from '../../src/compose.ts';

let app: TestApp;
let server: FastifyInstance;
let browser: Browser;
/** A device that hears and never answers. */
let mute: Socket;
let url = '';

beforeAll(async () => {
  app = await testApp(modules, { now: new Date().toISOString() });
  server = buildServer(app, authenticate);
  await serveWebFiles(server, process.env.JIAODUN_TEST_WEB ?? 'dist/web');
  await staffCity(server, await setupToken(app.config.dataDir), [
    { username: 'officer', unitCode: 'city', role: 'city_officer' },
  ]);
  await server.listen({ host: '127.0.0.1', port: 0 });
  url = `http://127.0.0.1:${(server.server.address() as AddressInfo).port}`;
  mute = createSocket('udp4');
  await new Promise<void>((resolve) => mute.bind(0, '127.0.0.1', resolve));
  browser = await launchTestBrowser();
}, 120_000);
afterAll(async () => {
  await browser?.close();
  mute?.close();
  await server?.close();
  await app?.close();
});

it('adds a device, tests it, and is sound on a phone in dark colours', { timeout: 120_000 }, async () => {
  const page = await openSignedIn(browser, url, 'officer', { width: 1280, colorScheme: 'light' });
  await page.goto('/addresses/pollers');
  await settle(page);
  await page.getByRole('button', { name: '添加设备' }).first().click();
  const form = page.getByRole('dialog');
  await form.getByLabel('名称').fill('核心交换机');
  await form.getByLabel('所属单位').click();
  await form.getByLabel('所属单位').fill('east-1');
  await page.getByRole('option').first().waitFor({ state: 'attached' });
  await page.keyboard.press('Enter');
  await form.getByLabel('设备地址').fill('127.0.0.1');
  await form.getByLabel('端口（UDP）').fill(String(mute.address().port));
  await form.getByLabel('团体名（v2c）').fill('gebo-read');
  await form.getByRole('button', { name: '添加设备' }).click();
  await page.getByText('尚未采集').first().waitFor();
  await page.getByRole('button', { name: '立即测试' }).first().click();
  await page.getByText('设备没有应答').first().waitFor({ timeout: 30_000 });
  expect(await graveViolations(page)).toEqual([]);
  await page.keyboard.press('Escape');
  await page.close();

  const phone = await openSignedIn(browser, url, 'officer', { width: 360, colorScheme: 'dark' });
  await phone.goto('/addresses/pollers');
  await phone.getByText('核心交换机').first().waitFor();
  await settle(phone);
  expect(await overflowOf(phone)).toEqual({ pixels: 0, wide: [] });
  expect(await graveViolations(phone)).toEqual([]);
});
