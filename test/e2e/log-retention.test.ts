/** Retention in a browser: a hold that two people lift, a list that two people agree to, periods and places. */
import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { authenticate, setupToken } from '#auth';
import { buildServer } from '#base/http';
import { fire } from '#base/jobs';
import { serveWebFiles } from '#base/web-files';
import { call, type SignedIn, staffCity } from '#test/city';
import { type TestApp, testApp } from '#test/db';
import { graveViolations, launchTestBrowser, openSignedIn, overflowOf, settle } from '#test/test-browser';
import { modules } from '../../src/compose.ts';

let app: TestApp;
let server: FastifyInstance;
let browser: Browser;
let url = '';
let people: Record<string, SignedIn>;
let sourceId = 0;

beforeAll(async () => {
  // The signed-in session and the browser's cookie live by today's clock.
  app = await testApp(modules, { now: new Date().toISOString() });
  server = buildServer(app, authenticate);
  await serveWebFiles(server, process.env.JIAODUN_TEST_WEB ?? 'dist/web');
  people = await staffCity(server, await setupToken(app.config.dataDir), [
    { username: 'officer', unitCode: 'city', role: 'city_officer' },
    { username: 'second', unitCode: 'city', role: 'city_officer' },
  ]);
  await server.listen({ host: '127.0.0.1', port: 0 });
  url = `http://127.0.0.1:${(server.server.address() as AddressInfo).port}`;
  const made = await call(server, people.officer!, 'POST', '/api/logs/sources', {
    name: '出口防火墙',
    format: 'squid',
    unitCode: 'east-1',
  });
  sourceId = made.body.id;
  await app.ownerPool.query(
    `INSERT INTO logs.segment (chain, chain_seq, origin, source_id, unit_path, file, sha256, prev_link, link, records,
       raw_bytes, first_recv, last_recv, sealed_at, indexed_at)
     SELECT 'main', i, 'o' || i, $1, 'city.east.east-1', 'f' || i, repeat('0', 64), 'p', 'l', 1000, 120000,
       now() - interval '200 days', now() - interval '200 days', now() - interval '199 days', now()
     FROM generate_series(1, 3) i`,
    [sourceId],
  );
  await fire(app, 'logs.propose-drop');
  browser = await launchTestBrowser();
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await server?.close();
  await app?.close();
});

async function enter(
  who: string,
  path: string,
  look: { colorScheme?: 'light' | 'dark'; width?: number } = {},
): Promise<Page> {
  const page = await openSignedIn(browser, url, who, look);
  await page.goto(path);
  await settle(page);
  return page;
}

describe('the retention of logs in a browser', { timeout: 90_000 }, () => {
  it('lets one person confirm a list and another approve it', async () => {
    const first = await enter('sysadmin', '/logs/retention?tab=plans');
    await first.getByRole('button', { name: /^查看 清除清单/ }).click();
    const dialog = first.getByRole('dialog');
    await dialog.getByLabel('封存段数').fill('3');
    await dialog.getByLabel('说明').fill('已逐天核对');
    await dialog.getByRole('button', { name: '确认清单' }).click();
    await dialog.getByText('待批准').waitFor();
    expect(await graveViolations(first)).toEqual([]);
    await first.context().close();
    const second = await enter('auditadmin', '/logs/retention?tab=plans');
    await second.getByRole('button', { name: /^查看 清除清单/ }).click();
    const decision = second.getByRole('dialog');
    await decision.getByLabel('说明').first().fill('同意');
    await decision.getByRole('button', { name: '批准并清除' }).click();
    await decision.getByText('清除中').waitFor();
    await second.context().close();
    const { rows } = await app.ownerPool.query(
      'SELECT state, confirmed_name, decided_name FROM logs.drop_plan',
    );
    expect(rows).toEqual([{ state: 'approved', confirmed_name: '系统甲', decided_name: '审计丙' }]);
  });

  it('holds a source from its page, and two people lift it', async () => {
    const page = await enter('officer', `/logs/sources/${sourceId}?tab=retention`);
    await page.getByRole('button', { name: '冻结这个日志源' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('案号或编号').fill('案2026-1');
    await dialog.getByLabel('原因').fill('公安调查');
    await dialog.getByLabel('开始时间').fill('2026-01-01 00:00');
    await dialog.getByRole('button', { name: '冻结日志' }).click();
    await page.getByText('已冻结 3 段').waitFor();
    await page.goto('/logs/retention?tab=holds');
    await page.getByRole('button', { name: '申请解除' }).click();
    await page.getByRole('dialog').getByLabel('原因').fill('案件已结');
    await page.getByRole('dialog').getByRole('button', { name: '申请解除' }).click();
    await page.getByText('待决定解除').first().waitFor();
    await page.context().close();
    const other = await enter('second', '/logs/retention?tab=holds');
    await other.getByRole('button', { name: '决定解除' }).click();
    await other.getByRole('dialog').getByRole('button', { name: '同意解除' }).click();
    await other.getByText('已解除').first().waitFor();
    await other.context().close();
  });

  it('fits a phone in dark colours on every tab', async () => {
    for (const tab of ['', '?tab=plans', '?tab=holds', '?tab=places']) {
      const page = await enter('officer', `/logs/retention${tab}`, { width: 360, colorScheme: 'dark' });
      expect([tab, await overflowOf(page)]).toEqual([tab, { pixels: 0, wide: [] }]);
      expect([tab, await graveViolations(page)]).toEqual([tab, []]);
      if (process.env.JIAODUN_TEST_SHOTS) {
        await page.screenshot({ path: `${process.env.JIAODUN_TEST_SHOTS}/retention${tab.slice(5)}.png` });
      }
      await page.context().close();
    }
  });
});
