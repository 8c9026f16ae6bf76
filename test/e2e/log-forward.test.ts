/** The page of forwarding in a browser: what a county sends is shown, and a new key is accepted by somebody of the city. */
import { generateKeyPairSync } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
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

const newKey = () =>
  generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }).toString();

beforeAll(async () => {
  app = await testApp(modules, { now: new Date().toISOString() });
  server = buildServer(app, authenticate);
  await serveWebFiles(server, process.env.JIAODUN_TEST_WEB ?? 'dist/web');
  const people: Record<string, SignedIn> = await staffCity(server, await setupToken(app.config.dataDir), [
    { username: 'officer', unitCode: 'city', role: 'city_officer' },
  ]);
  await server.listen({ host: '127.0.0.1', port: 0 });
  url = `http://127.0.0.1:${(server.server.address() as AddressInfo).port}`;
  const made = await call(server, people.sysadmin!, 'POST', '/api/tokens', {
    name: '东示县采集器',
    unitCode: 'east',
    permissions: ['logs.forward'],
  });
  expect(made.body.state).toBe('active');
  const hello = (chainSeq: number, keys: readonly string[]) =>
    fetch(`${url}/api/logs/forward/hello`, {
      method: 'POST',
      headers: { authorization: `Bearer ${made.body.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        installation: '01940000-0000-7000-8000-000000000001',
        name: 'collector.east.example',
        chainSeq,
        keys,
      }),
    });
  const key = newKey();
  expect((await hello(3, [key])).status).toBe(200);
  await app.ownerPool.query(`UPDATE logs.chain_head SET chain_seq = 2 WHERE chain <> 'main'`);
  expect((await hello(5, [key, newKey()])).status).toBe(200);
  await app.ownerPool.query(
    `INSERT INTO logs.forward_state (target, tried_at, problem) VALUES ('https://province.example.org', now(), 'ECONNREFUSED')`,
  );
  browser = await launchTestBrowser();
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await server?.close();
  await app?.close();
});

it.each(
  inThisRun([
    [1280, 'light'],
    [360, 'dark'],
  ] as const),
)('is sound at %i pixels in %s colours', { timeout: 90_000 }, async (width, colorScheme) => {
  const page = await openSignedIn(browser, url, 'officer', { width, colorScheme });
  await page.goto('/logs/forward');
  await settle(page);
  await page.getByText('collector.east.example').first().waitFor();
  await page.getByText('ECONNREFUSED').waitFor();
  if (process.env.JIAODUN_TEST_SHOTS)
    await page.screenshot({ path: `${process.env.JIAODUN_TEST_SHOTS}/forward-${width}.png`, fullPage: true });
  expect(await graveViolations(page)).toEqual([]);
  expect(await overflowOf(page)).toEqual({ pixels: 0, wide: [] });
  await page.context().close();
});

it('lets an officer of the city accept a new key after comparing it', { timeout: 90_000 }, async () => {
  const page = await openSignedIn(browser, url, 'officer', { width: 1280 });
  await page.goto('/logs/forward');
  await settle(page);
  await page.getByText('有待接受的新密钥').waitFor();
  await page.getByRole('button', { name: '接受密钥' }).click();
  await page.getByText('请先用电话等其他方式').waitFor();
  await page
    .getByRole('tooltip')
    .getByRole('button', { name: /确\s*[定认]/ })
    .click();
  await page.getByText('已接受密钥').waitFor();
  await page.getByText('正常', { exact: true }).waitFor();
  const { rows } = await app.ownerPool.query(
    `SELECT count(*)::int AS n FROM audit.entry WHERE action = 'logs.accept_forwarder_key'`,
  );
  expect(rows).toEqual([{ n: 1 }]);
  await page.context().close();
});
