/** The pages of completeness in a browser: the calendar, a gap that two people answer for, a source's hours. */
import type { AddressInfo } from 'node:net';
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

let app: TestApp;
let server: FastifyInstance;
let browser: Browser;
let url = '';
let people: Record<string, SignedIn>;
const ids: number[] = [];

beforeAll(async () => {
  // The signed-in session and the browser's cookie live by today's clock.
  app = await testApp(modules, { now: new Date().toISOString() });
  server = buildServer(app, authenticate);
  await serveWebFiles(server, process.env.JIAODUN_TEST_WEB ?? 'dist/web');
  people = await staffCity(server, await setupToken(app.config.dataDir), [
    { username: 'officer', unitCode: 'city', role: 'city_officer' },
    { username: 'teacher', unitCode: 'east-1', role: 'school_teacher' },
    { username: 'head', unitCode: 'east-1', role: 'leader' },
  ]);
  await server.listen({ host: '127.0.0.1', port: 0 });
  url = `http://127.0.0.1:${(server.server.address() as AddressInfo).port}`;
  for (const name of ['出口防火墙', '教学楼代理服务器']) {
    const source = { name, format: 'squid', expectedPerHour: 400 };
    ids.push((await call(server, people.teacher!, 'POST', '/api/logs/sources', source)).body.id);
  }
  await app.ownerPool.query(
    `INSERT INTO logs.ledger_day (source_id, day, unit_path, received, parsed, ignored, unparsable, lost)
     SELECT s, d::date, 'city.east.east-1', h, h, z, z, z FROM unnest($1::int[]) s,
       generate_series(now() - interval '20 days', now(), '1 day') d,
       LATERAL (SELECT array_agg(400 + i ORDER BY i) AS h, array_agg(0::bigint ORDER BY i) AS z
         FROM generate_series(0, 23) i) x`,
    [ids],
  );
  await app.ownerPool.query(
    `INSERT INTO logs.gap (id, source_id, unit_path, key, proof, began, ended, lost) VALUES
       (gen_random_uuid(), $1, 'city.east.east-1', 'a', 'silence', now() - interval '5 days', now() - interval '3 days',
         NULL),
       (gen_random_uuid(), $1, 'city.east.east-1', 'b', 'counter', now() - interval '9 days', now() - interval '8.9 days',
         17)`,
    [ids[0]],
  );
  browser = await launchTestBrowser();
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await server?.close();
  await app?.close();
});

async function enter(
  who: string,
  look: { colorScheme?: 'light' | 'dark'; width?: number } = {},
): Promise<Page> {
  return openSignedIn(browser, url, who, look);
}

describe('the completeness of logs in a browser', { timeout: 90_000 }, () => {
  it('shows the worst source first, each day with its words', async () => {
    const page = await enter('teacher');
    await page.goto('/logs/completeness');
    await settle(page);
    const table = page.getByRole('region', { name: '各日志源每天的完整性' });
    await table.getByRole('row').nth(1).getByRole('link', { name: '出口防火墙' }).waitFor();
    expect(await table.getByRole('row').nth(1).textContent()).toContain('缺口待说明，收到 9,876');
    await page.context().close();
  });

  it('lets one answer for a long gap and another accept it', async () => {
    const teacher = await enter('teacher');
    await teacher.goto('/logs/completeness?tab=gaps&proof=silence');
    await settle(teacher);
    await teacher.getByRole('button', { name: '查看 缺口 出口防火墙' }).click();
    await teacher.getByText('要由另一人复核').waitFor();
    await teacher.getByRole('combobox', { name: '原因' }).click();
    await teacher.getByTitle('停电').click();
    await teacher
      .getByRole('dialog')
      .getByLabel('说明', { exact: true })
      .fill('供电局通知停电，见通知 2026-11');
    await teacher.getByRole('button', { name: '说明原因' }).click();
    await teacher.getByText('等待另一人复核').waitFor();
    await teacher.context().close();
    const head = await enter('head');
    await head.goto('/logs/completeness?tab=gaps&state=waiting');
    await settle(head);
    await head.getByRole('button', { name: '查看 缺口 出口防火墙' }).click();
    await head.getByRole('button', { name: '同意', exact: true }).first().click();
    await head
      .getByRole('dialog')
      .getByText(/^人员head 于 .*同意/)
      .waitFor();
    await head.context().close();
    const gaps = await call(server, people.officer!, 'GET', '/api/logs/gaps?state=accepted');
    expect(gaps.body.items).toMatchObject([{ reason: 'power', decidedName: '人员head' }]);
  });

  it('shows the hours of a source and what was agreed', async () => {
    const page = await enter('teacher');
    await page.goto(`/logs/sources/${ids[0]}?tab=completeness`);
    await settle(page);
    const table = page.getByRole('region', { name: '每天每小时的完整性' });
    expect(await table.getByRole('row').count()).toBe(29);
    await page.getByRole('button', { name: '修改约定' }).click();
    await page.getByLabel('最长静默（秒）').fill('1800');
    await page.getByRole('dialog').getByRole('button', { name: '修改约定' }).click();
    await page.getByText('已保存').waitFor();
    await page.context().close();
  });

  it('issues a certificate', async () => {
    const page = await enter('head');
    await page.goto('/logs/completeness?tab=certificates');
    await settle(page);
    await page.getByRole('button', { name: '出具留存证明' }).click();
    await page.getByRole('dialog').getByRole('button', { name: '出具留存证明' }).click();
    await page.getByRole('button', { name: /^下载 PDF/ }).waitFor();
    await page.context().close();
  });

  it.each(
    inThisRun([
      { colorScheme: 'dark' as const, width: 1280 },
      { colorScheme: 'light' as const, width: 360 },
    ]),
  )('is accessible and fits at $width px, $colorScheme', async (look) => {
    const page = await enter('teacher', look);
    for (const path of [
      '/logs/completeness',
      '/logs/completeness?tab=gaps',
      `/logs/sources/${ids[0]}?tab=completeness`,
    ]) {
      await page.goto(path);
      await settle(page);
      expect([path, await graveViolations(page)]).toEqual([path, []]);
      expect([path, await overflowOf(page)]).toEqual([path, { pixels: 0, wide: [] }]);
      if (process.env.JIAODUN_SCREENS) {
        const name = path.replaceAll(/[^a-z]+/g, '-');
        await page.screenshot({
          path: `${process.env.JIAODUN_SCREENS}/${name}${look.width}${look.colorScheme}.png`,
          fullPage: true,
        });
      }
    }
    await page.context().close();
  });
});
