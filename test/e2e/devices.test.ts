/** Devices in a browser: registered by hand, adopted from what was seen, labelled; sound on a phone in the dark. */
import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { Browser, Page } from 'playwright-core';
import { create } from 'qrcode';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { authenticate, setupToken } from '#auth';
import { buildServer } from '#base/http';
import { fire } from '#base/jobs';
import { serveWebFiles } from '#base/web-files';
import { call, staffCity } from '#test/city';
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
let id = '';
let finding = '';

beforeAll(async () => {
  // The signed-in session and the browser's cookie live by today's clock.
  app = await testApp(modules, { now: new Date().toISOString() });
  server = buildServer(app, authenticate);
  await serveWebFiles(server, process.env.JIAODUN_TEST_WEB ?? 'dist/web');
  const people = await staffCity(server, await setupToken(app.config.dataDir), [
    { username: 'city', unitCode: 'city', role: 'city_officer' },
    { username: 'teacher', unitCode: 'east-1', role: 'school_teacher' },
  ]);
  const upload = (kind: string, text: string) =>
    call(server, people.city!, 'POST', `/api/import/${kind}?fileName=a.csv`, Buffer.from(text));
  await upload('people', 'person_no,name,unit_code,post\nP1,张示例,east-1,teacher\n');
  await upload('allocations', 'cidr,unit_code,role\n10.1.4.0/22,east-1,inside\n');
  const made = await call(server, people.teacher!, 'POST', '/api/devices', {
    assetNo: 'A-0001',
    name: '教师办公电脑',
    type: 'computer',
    unitCode: 'east-1',
    ips: ['10.1.4.10', '10.1.4.11'],
    macs: ['00:00:5e:00:53:01', '00:00:5e:00:53:02'],
    personNo: 'P1',
    room: '教学楼301',
    switch: 'SW-3',
    port: 'Gi1/0/12',
  });
  expect(made.status).toBe(200);
  id = made.body.id;
  const seen = [
    ['00:00:5e:00:53:01', '10.1.4.10', ''],
    ['00:00:5e:00:53:77', '10.1.4.10', 'laptop-77'],
    ['02:00:5e:00:53:78', '10.1.4.78', 'phone-78'],
  ];
  for (const [mac, ip, hostname] of seen) {
    await app.ownerPool.query(
      `INSERT INTO addresses.binding (unit_path, realm, ip, mac, source_id, kind, level, began, last_proof, until,
         hostname, first_seg, first_seq, last_seg, last_seq, marks, recorded)
       VALUES ('city.east.east-1', 'main', $1, $2, 7, 'arp', 'observed', base.now() - interval '1 hour', base.now(),
         base.now(), $3, 1, 1, 1, 2, ARRAY[base.now(), base.now(), base.now()], tstzrange(base.now(), NULL))`,
      [ip, mac, hostname],
    );
  }
  await fire(app, 'addresses.look_regularly');
  const findings: { id: string; kind: string }[] = (
    await call(server, people.teacher!, 'GET', '/api/findings')
  ).body.items;
  finding = findings.find(({ kind }) => kind === 'stolen-address')!.id;
  await server.listen({ host: '127.0.0.1', port: 0 });
  url = `http://127.0.0.1:${(server.server.address() as AddressInfo).port}`;
  browser = await launchTestBrowser();
}, 180_000);
afterAll(async () => {
  await browser?.close();
  await server?.close();
  await app?.close();
});

async function enter(look: { colorScheme: 'light' | 'dark'; width: number }): Promise<Page> {
  return openSignedIn(browser, url, 'teacher', look);
}

async function expectSound(page: Page): Promise<void> {
  await settle(page);
  expect(await graveViolations(page)).toEqual([]);
  expect(await overflowOf(page)).toEqual({ pixels: 0, wide: [] });
}

describe('devices in a browser', { timeout: 120_000 }, () => {
  it.each(
    inThisRun([
      { colorScheme: 'light', width: 1280 },
      { colorScheme: 'dark', width: 360 },
    ] as const),
  )('are sound at $width px in $colorScheme', async (look) => {
    const page = await enter(look);
    const own = [`/devices/${id}`, `/devices/labels?id=${id}`, `/findings/${finding}`];
    for (const path of ['/devices', '/devices/discovered', ...own]) {
      await page.goto(path);
      await expectSound(page);
      await keepPicture(page, `${path.split('/').at(-1)!.slice(0, 12)}-${look.width}`);
    }
    await page.context().close();
  });

  it('are labelled with a code that holds the address of their page', async () => {
    const page = await enter({ colorScheme: 'light', width: 1280 });
    await page.goto(`/devices/${id}`);
    await page.getByRole('link', { name: '打印标签' }).click();
    const code = page.getByRole('img', { name: '扫码查看登记' });
    await code.waitFor();
    const drawn = await code.locator('path').getAttribute('d');
    const squares = [...drawn!.matchAll(/M(\d+) (\d+)h1v1h-1z/g)].map(([, x, y]) => `${x} ${y}`);
    const { modules: wanted } = create(`${url}/devices/${id}`, { errorCorrectionLevel: 'M' });
    const dark = Array.from({ length: wanted.size ** 2 }, (_, at) => at)
      .map((at) => [Math.floor(at / wanted.size), at % wanted.size] as const)
      .filter(([row, column]) => wanted.get(row, column))
      .map(([row, column]) => `${column + 4} ${row + 4}`);
    expect(squares).toEqual(dark);
    await page.context().close();
  });

  it('name their custodian to their school for a reason, and to the page only', async () => {
    const page = await enter({ colorScheme: 'light', width: 1280 });
    await page.goto(`/devices/${id}`);
    await page.getByText('使用人1').first().waitFor();
    expect(await page.getByText('张示例').count()).toBe(0);
    await page.getByRole('button', { name: '查看使用人姓名' }).click();
    await page.getByLabel('查看原因').fill('年终盘点');
    await page.getByRole('dialog').getByRole('button', { name: '查看使用人姓名' }).click();
    await page.getByText('张示例').waitFor();
    await page.context().close();
  });

  it('are adopted from what was seen with one click', async () => {
    const page = await enter({ colorScheme: 'light', width: 1280 });
    await page.goto('/devices/discovered');
    const row = page.getByRole('row').filter({ hasText: 'laptop-77' });
    await row.getByRole('button', { name: '认领', exact: true }).click();
    await page.getByRole('link', { name: '补充房间和使用人' }).click();
    await page.getByRole('heading', { level: 1, name: 'laptop-77' }).waitFor();
    await page.getByText('00:00:5e:00:53:77').first().waitFor();
    await page.context().close();
  });
});

/** A picture for whoever works on the pages. */
async function keepPicture(page: Page, name: string): Promise<void> {
  const folder = process.env.JIAODUN_TEST_SHOTS;
  if (folder) await page.screenshot({ path: `${folder}/${name}.png`, fullPage: true });
}
