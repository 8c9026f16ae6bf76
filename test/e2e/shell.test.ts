/** The shell of the UI in a browser: search, lists, views, exports, drafts, a session that ends, phone and dark. */
import { readFile } from 'node:fs/promises';
import type { FastifyInstance } from 'fastify';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { setupToken } from '#auth';
import { readSheet } from '#base/sheet';
import { call, type SignedIn, staffCity, testPassword } from '#test/city';
import { freePort, newDataDir, type Product, removeDataDir, startProduct } from '#test/product';
import {
  graveViolations,
  inThisRun,
  launchTestBrowser,
  openPage,
  openSignedIn,
  overflowOf,
  settle,
  signIn,
} from '#test/test-browser';

let product: Product;
let browser: Browser;
let officer: SignedIn;
let page: Page;

/** The running product as the helpers of the other tests take it: `inject` goes over the network. */
function overNetwork(url: string): FastifyInstance {
  const inject = async (given: {
    method: string;
    url: string;
    headers?: Record<string, string>;
    payload?: unknown;
  }) => {
    const isBytes = Buffer.isBuffer(given.payload);
    const response = await fetch(url + given.url, {
      method: given.method,
      headers: {
        ...given.headers,
        ...(given.payload !== undefined && !isBytes ? { 'content-type': 'application/json' } : {}),
      },
      ...(given.payload === undefined
        ? {}
        : { body: isBytes ? new Uint8Array(given.payload as Buffer) : JSON.stringify(given.payload) }),
    });
    const body = await response.text();
    return {
      statusCode: response.status,
      headers: {
        'set-cookie': response.headers.getSetCookie().join(';'),
        'content-type': response.headers.get('content-type'),
      },
      body,
      json: () => JSON.parse(body),
      rawPayload: Buffer.from(body),
    };
  };
  return { inject } as unknown as FastifyInstance;
}

async function fill(): Promise<void> {
  const server = overNetwork(product.url);
  const people = await staffCity(server, await setupToken(product.dataDir), [
    { username: 'city-officer', unitCode: 'city', role: 'city_officer' },
    { username: 'teacher', unitCode: 'east-1', role: 'school_teacher' },
  ]);
  officer = people['city-officer']!;
  const sites = Array.from(
    { length: 30 },
    (_, n) => `主题网站${n + 1},east-1,http://s${n + 1}.east.example/`,
  );
  const upload = Buffer.from(`网站名称,单位代码,首页网址\n${sites.join('\n')}\n`);
  const done = await call(server, officer, 'POST', '/api/import/sites?fileName=s.csv', upload);
  expect([done.status, done.body.accepted, done.body.errors]).toEqual([200, 30, []]);
}

beforeAll(async () => {
  const [dataDir, port] = [await newDataDir(), await freePort()];
  const env = {
    JIAODUN_SYSLOG_UDP_PORT: '0',
    JIAODUN_SYSLOG_TCP_PORT: '0',
    JIAODUN_SECOND_FACTOR: 'offered',
  };
  [product, browser] = await Promise.all([startProduct({ dataDir, port, env }), launchTestBrowser()]);
  await fill();
  page = await openPage(browser, product.url);
}, 180_000);

afterAll(async () => {
  await browser?.close();
  await product?.stop();
  if (product) await removeDataDir(product.dataDir);
}, 30_000);

/** What the search field points at now. */
async function pointed(): Promise<string> {
  const id = await page.getByRole('combobox', { name: '全局搜索' }).getAttribute('aria-activedescendant');
  return (await page.locator(`#${id}`).textContent()) ?? '';
}

describe('the shell', { timeout: 60_000 }, () => {
  it('is walked by keyboard alone: sign-in, skip link, search by pinyin, a page, recent choices', async () => {
    await page.goto('/');
    await page.getByLabel('用户名').focus();
    await page.keyboard.type('city-officer');
    await page.keyboard.press('Tab');
    await page.keyboard.type(testPassword);
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: /用户菜单/ }).waitFor();
    await settle(page);

    await page.keyboard.press('Control+k');
    await page.getByRole('combobox', { name: '全局搜索' }).waitFor();
    await page.keyboard.type('wz');
    await page.getByRole('option', { name: /^网站/ }).first().waitFor();
    while (!(await pointed()).startsWith('网站')) await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/sites');
    await page.getByRole('heading', { level: 1, name: '网站' }).waitFor();

    await page.keyboard.press('Control+k');
    await page.getByRole('combobox', { name: '全局搜索' }).waitFor();
    await page.keyboard.type('主题网站17');
    await page.getByRole('option', { name: /主题网站17/ }).waitFor();
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/sites\/[0-9a-f-]{36}$/);

    await page.keyboard.press('Control+k');
    await page.getByRole('option', { name: /主题网站17/ }).waitFor();
    expect(await pointed()).toContain('主题网站17');
    await page.keyboard.press('Escape');
    await page.getByRole('combobox', { name: '全局搜索' }).waitFor({ state: 'detached' });
  });

  it('keeps filters in the address, chosen columns with the account, and both in a named view', async () => {
    await page.goto('/sites?q=主题网站1&sort=-name');
    await settle(page);
    expect(await page.getByRole('row').count()).toBe(12);
    await page.getByRole('button', { name: '列', exact: true }).click();
    // Not `uncheck`, which looks for the change at once: the box follows the column.
    await page.getByRole('checkbox', { name: 'ICP备案号' }).click();
    await page.getByRole('columnheader', { name: 'ICP备案号' }).waitFor({ state: 'detached' });
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: '视图', exact: true }).click();
    await page.getByLabel('视图名称').fill('一字头');
    await page.getByRole('button', { name: '保存当前视图' }).click();
    await page.getByText('视图已保存').waitFor();

    await page.goto('/sites');
    await settle(page);
    expect(await page.getByRole('columnheader', { name: 'ICP备案号' }).count()).toBe(0);
    await page.getByText('共 30 条').waitFor();
    await page.getByRole('button', { name: '视图', exact: true }).click();
    await page.getByRole('button', { name: '一字头', exact: true }).click();
    await page.waitForURL(/q=.*sort=-name/);
    await page.getByText('共 11 条').waitFor();
  });

  it('exports what the filter shows, signed at its end, and the file opens', async () => {
    const shown = (await page.getByRole('columnheader').allTextContents()).map((title) => title.trim());
    await page.getByRole('button', { name: '导出', exact: true }).click();
    const dialog = page.getByRole('dialog', { name: '导出“网站”' });
    await dialog.getByText('共 11 行').waitFor();
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      dialog.getByRole('button', { name: '导出', exact: true }).click(),
    ]);
    const sheet = await readSheet(new Uint8Array(await readFile(await file.path())), '网站.xlsx');
    expect(sheet.columns).toEqual(shown);
    expect(shown).not.toContain('ICP备案号');
    expect(sheet.rows).toHaveLength(12);
    expect(sheet.rows[0]!.cells[0]).toBe('主题网站19');
    expect(['尚未检查', '打不开']).toContain(sheet.rows[0]!.cells[shown.indexOf('检查结果')]);
    expect(sheet.rows[11]!.cells[0]).toMatch(/^导出人：人员city-officer city-officer（示例市教育局）/);
    await page.goto('/exports');
    await page.getByText('网站.xlsx').waitFor();
  });

  it('offers back what was typed after a reload and after signing out, and not once it was sent', async () => {
    await page.goto('/sites');
    await page.getByRole('button', { name: '登记网站' }).click();
    await page.getByRole('textbox', { name: '网站名称' }).fill('没写完的网站');
    await page.getByText(/草稿已保存/).waitFor();
    await page.reload();
    await page.getByRole('button', { name: '登记网站' }).click();
    await page.getByRole('button', { name: '恢复' }).click();
    expect(await page.getByRole('textbox', { name: '网站名称' }).inputValue()).toBe('没写完的网站');

    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: /用户菜单/ }).click();
    await page.getByRole('menuitem', { name: '退出登录' }).click();
    await page.getByLabel('用户名').waitFor();
    expect(await page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }))).not.toContain(
      '没写完',
    );
    await signIn(page, 'city-officer', testPassword);
    await page.goto('/sites');
    await page.getByRole('button', { name: '登记网站' }).click();
    await page.getByRole('button', { name: '恢复' }).click();
    expect(await page.getByRole('textbox', { name: '网站名称' }).inputValue()).toBe('没写完的网站');
  });

  it('keeps the form when the session ends: sign in over it, and the same call is sent again', async () => {
    const drawer = page.getByRole('dialog', { name: '登记网站' });
    await drawer.getByLabel('单位', { exact: true }).fill('east-1');
    await page.getByTitle('东示县第一小学').click();
    await page.getByLabel('首页网址').fill('http://who:secret@late.east.example/');
    await drawer.getByRole('button', { name: '登记网站' }).click();
    await drawer.getByText('网址里不要写用户名和密码，请去掉 @ 和它前面的部分').waitFor();
    await page.getByLabel('首页网址').fill('http://s1.east.example/');
    await drawer.getByRole('button', { name: '登记网站' }).click();
    const taken = drawer.getByText(/s1\.east\.example 已经由 .* 登记/);
    await taken.waitFor();
    await page.getByLabel('首页网址').fill('http://late.east.example/');
    await taken.waitFor({ state: 'detached' });
    // At once: a question of the page in the background may notice it first, and then covers the button.
    await drawer.getByRole('button', { name: '登记网站' }).evaluate(async (button) => {
      await fetch('/api/session', { method: 'DELETE', headers: { 'x-requested-with': 'test' } });
      (button as HTMLElement).click();
    });
    const again = page.getByRole('dialog').filter({ has: page.getByLabel('密码', { exact: true }) });
    await again.getByLabel('密码', { exact: true }).fill(testPassword);
    await again.getByRole('button', { name: '登录', exact: true }).click();
    await page.getByText('网站已登记').waitFor();
    await page.goto('/sites?q=没写完的网站');
    await page.getByRole('link', { name: '没写完的网站' }).waitFor();
    await page.getByRole('button', { name: '登记网站' }).click();
    await page.getByRole('textbox', { name: '网站名称' }).waitFor();
    await page.waitForLoadState('networkidle');
    expect(await page.getByRole('button', { name: '恢复' }).count()).toBe(0);
    await page.keyboard.press('Escape');
  });

  it('offers whoever has one unit only that unit for a website', async () => {
    const teacher = await openSignedIn(browser, product.url, 'teacher', { width: 1280 });
    await teacher.goto('/sites');
    await teacher.getByRole('button', { name: '登记网站' }).click();
    const drawer = teacher.getByRole('dialog', { name: '登记网站' });
    await drawer.getByRole('textbox', { name: '网站名称' }).waitFor();
    await drawer.getByTitle('东示县第一小学').first().waitFor();
    await teacher.context().close();
  });

  it('names who looks, on screen and on paper', async () => {
    await page.goto('/sites');
    await settle(page);
    expect(await page.locator('.jd-watermark').textContent()).toContain('人员city-officer city-officer');
    await page.emulateMedia({ media: 'print' });
    await page.getByText(/打印于/).waitFor();
    expect(await page.getByRole('navigation').first().isVisible()).toBe(false);
    await page.emulateMedia({ media: 'screen' });
  });

  it('says that the network is away, and that it is back', async () => {
    await page.context().setOffline(true);
    await page.getByText('网络已断开').waitFor();
    await page.context().setOffline(false);
    await page.getByText('网络已断开').waitFor({ state: 'detached' });
  });
});

const pages = inThisRun(['/', '/sites', '/devices', '/people', '/exports', '/incidents/report']);

const people = inThisRun([
  ['teacher', 'light'],
  ['auditadmin', 'dark'],
  ['secadmin', 'light'],
  ['city-officer', 'dark'],
] as const);

describe.for(people)('for %s in %s colours', { timeout: 90_000 }, ([username, colorScheme]) => {
  let own: Page;
  beforeAll(async () => {
    own = await openSignedIn(browser, product.url, username, { colorScheme });
    await own.addInitScript(() => localStorage.setItem('jiaodun.watermark', 'off'));
  }, 60_000);
  afterAll(() => own?.context().close());

  it('every shared page is without grave faults and fits a phone', async () => {
    const seen = username === 'city-officer' ? pages : ['/'];
    for (const path of seen) {
      await own.setViewportSize({ width: 1280, height: 900 });
      await own.goto(path);
      await settle(own);
      expect([path, await graveViolations(own)]).toEqual([path, []]);
      await own.setViewportSize({ width: 360, height: 740 });
      await settle(own);
      expect([path, await overflowOf(own)]).toEqual([path, { pixels: 0, wide: [] }]);
      expect([path, await graveViolations(own)]).toEqual([path, []]);
    }
  });

  it('the search fits a phone, too', async () => {
    await own.getByRole('button', { name: '全局搜索' }).click();
    await own.keyboard.type('xx');
    await own.getByRole('combobox', { name: '全局搜索' }).waitFor();
    expect(await overflowOf(own)).toEqual({ pixels: 0, wide: [] });
    expect(await graveViolations(own)).toEqual([]);
    await own.keyboard.press('Escape');
  });
});
