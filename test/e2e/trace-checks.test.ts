/** The report of traces, drills, what traces rest on and the sizing in a browser: on a phone in the dark, and to print. */
import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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
let url = '';
const drill = '00000000-0000-7000-8000-0000000000d1';
const asked = '00000000-0000-7000-8000-0000000000d2';
const elsewhere = '00000000-0000-7000-8000-0000000000d3';

beforeAll(async () => {
  app = await testApp(modules, { now: new Date().toISOString() });
  server = buildServer(app, authenticate);
  await serveWebFiles(server, process.env.JIAODUN_TEST_WEB ?? 'dist/web');
  await staffCity(server, await setupToken(app.config.dataDir), [
    { username: 'city', unitCode: 'city', role: 'city_officer' },
    { username: 'head', unitCode: 'east-1', role: 'leader' },
    { username: 'west', unitCode: 'west', role: 'county_officer' },
  ]);
  await app.ownerPool.query(
    `INSERT INTO trace.trace (id, unit_path, ip, port, proto, at, known_at, asked_by, asked_by_name, case_no, reason,
      verdict, because, coverage, candidates, milliseconds) VALUES ('${asked}', 'city', '192.0.2.1', 61001, 'tcp', base.now(),
      base.now(), 'x', 'x', 'CASE-77', '只有经办人知道', 'probable', '[]', '{"complete":true,"sources":[]}', 1, 9)`,
  );
  await app.ownerPool.query(
    `INSERT INTO trace.candidate (trace_id, number, unit_path, details) VALUES ('${asked}', 0, 'city.east.east-1', '{}')`,
  );
  await app.ownerPool.query(
    `INSERT INTO trace.trace (id, unit_path, ip, port, proto, at, known_at, asked_by, asked_by_name, case_no, reason,
      verdict, because, coverage, candidates, milliseconds) VALUES ('${elsewhere}', 'city.west', '192.0.2.1', 61002, 'tcp',
      base.now(), base.now(), 'x', 'x', 'CASE-78', '别县的设备', 'proven', '[]', '{"complete":true,"sources":[]}', 1, 9)`,
  );
  await app.ownerPool.query(
    `INSERT INTO trace.candidate (trace_id, number, unit_path, details) VALUES ('${elsewhere}', 0, 'city.east.east-1', '{}')`,
  );
  await app.ownerPool.query(
    `INSERT INTO trace.drill (id, unit_id, unit_path, cause, asked_by, asked_by_name, period, wanted, finished_at)
     SELECT '${drill}', id, unit_path, 'month', 'x', 'x', tstzrange(base.now() - interval '1 day', base.now()), 5,
       base.now() FROM units.unit WHERE code = 'city'`,
  );
  await app.ownerPool.query(
    `INSERT INTO trace.drill_result (drill_id, unit_id, unit_path, points, proven, probable, ambiguous, not_provable,
       complete, slowest_ms, provable, because) SELECT '${drill}', id, unit_path, 1, 0, 0, 0, 1, 1, 12, 0, '{second_nat}'
     FROM units.unit WHERE code = 'east-1'`,
  );
  await app.ownerPool.query(
    `INSERT INTO trace.drill_point (drill_id, unit_id, unit_path, kind, ip, port, proto, at, verdict, because, complete,
       candidates, milliseconds) SELECT '${drill}', id, unit_path, 'nat', '192.0.2.1', 61003, 'tcp', base.now(),
       'not_provable', '{second_nat}', true, 1, 12 FROM units.unit WHERE code = 'east-1'`,
  );
  await app.ownerPool.query(
    `INSERT INTO trace.coverage (unit_id, unit_path, day, nat, lease, sighting, allocated, own_wan, devices, seen,
       seen_registered, gap_hours, problems) SELECT id, unit_path, current_date, 'covered', 'gap', 'none', true, true, 3,
       9, 4, 2.5, '{own_wan,unregistered}' FROM units.unit WHERE code = 'east-1'`,
  );
  await server.listen({ host: '127.0.0.1', port: 0 });
  url = `http://127.0.0.1:${(server.server.address() as AddressInfo).port}`;
  browser = await launchTestBrowser();
}, 180_000);
afterAll(async () => {
  await browser?.close();
  await server?.close();
  await app?.close();
});

describe('on a phone in the dark', { timeout: 120_000 }, () => {
  it.each([
    ['city', '/trace/report', 'CASE-77'],
    ['head', '/trace/report', 'CASE-77'],
    ['city', '/trace/drills', '止于校内二级转换'],
    ['city', `/trace/drills/${drill}`, '192.0.2.1:61003'],
    ['city', '/trace/coverage', '止于学校出口'],
    ['head', '/tools/nat-sizing', 'RFC 6888'],
    ['west', `/trace/${elsewhere}`, '请上级单位查询'],
  ])('%s reads %s whole', async (who, path, words) => {
    const page = await openSignedIn(browser, url, who, { width: 360, colorScheme: 'dark' });
    await page.goto(path);
    await page.getByText(words).first().waitFor();
    await settle(page);
    expect(await page.content()).not.toContain('只有经办人知道');
    await keepPicture(page, `${who}${path.replaceAll('/', '-')}`.slice(0, 24));
    expect(await overflowOf(page)).toEqual({ pixels: 0, wide: [] });
    expect(await graveViolations(page)).toEqual([]);
    await page.context().close();
  });
});

it('offers a typed case again after a reload, and shows no sizes beside figures that they are not of', async () => {
  const page = await openSignedIn(browser, url, 'west');
  await page.goto('/trace');
  await page.getByLabel('案件编号', { exact: true }).fill('CASE-79');
  await page.getByLabel('查询理由', { exact: true }).fill('公安来函协查');
  await page.reload();
  await page.getByRole('button', { name: '恢复', exact: true }).click();
  expect(await page.getByLabel('案件编号', { exact: true }).inputValue()).toBe('CASE-79');
  expect(await page.getByLabel('查询理由', { exact: true }).inputValue()).toBe('公安来函协查');
  await page.goto('/tools/nat-sizing');
  await page.getByText('RFC 6888').first().waitFor();
  await page.getByLabel('留存天数').fill('30');
  await page.getByText('数字改过了').waitFor();
  await page.getByRole('button', { name: '计算' }).click();
  await page.getByText('183').nth(1).waitFor();
  expect(await page.getByText('RFC 6888').count()).toBe(0);
  await page.context().close();
}, 120_000);

/** A picture for whoever works on the pages. */
async function keepPicture(page: Page, name: string): Promise<void> {
  const folder = process.env.JIAODUN_TEST_SHOTS;
  if (folder) await page.screenshot({ path: `${folder}/${name}.png`, fullPage: true });
}
