/** Signing in through other systems as people see it: buttons, a directory's form, approval, and back out. */
import type { FastifyInstance } from 'fastify';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { authenticate } from '#auth';
import { buildServer } from '#base/http';
import { serveWebFiles } from '#base/web-files';
import { signIn as signInByCall, testPassword } from '#test/city';
import {
  graveViolations,
  inThisRun,
  launchTestBrowser,
  openPage,
  overflowOf,
  settle,
  signIn,
} from '#test/test-browser';
import { modules } from '../../src/compose.ts';
import { type SsoCity, ssoCity } from '../../src/modules/auth/sso/testing.ts';
import { type FakeCas, fakeCas } from '../peers/fake-cas.ts';
import {
  freePort,
  noSlapd,
  type Slapd,
  serviceDn,
  servicePassword,
  startSlapd,
  suffix,
} from '../peers/slapd.ts';
import { peerCertificate, peerHost } from '../peers/tls.ts';

const webRoot = process.env.JIAODUN_TEST_WEB ?? 'dist/web';
/** Where pictures go, for people to look at; without it none is taken. */
const pictures = process.env.JIAODUN_TEST_PICTURES;

vi.setConfig({ testTimeout: 240_000 });

let city: SsoCity;
let cas: FakeCas;
let slapd: Slapd | undefined;
let web: FastifyInstance;
let browser: Browser;
let base: string;

beforeAll(async () => {
  base = `http://127.0.0.1:${await freePort()}`;
  cas = await fakeCas();
  city = await ssoCity({ modules, publicUrl: base });
  await city.givePerson('east-teacher', 'P-001', '13800000001');
  web = buildServer(city.app, authenticate);
  await serveWebFiles(web, webRoot);
  await web.listen({ host: '127.0.0.1', port: Number(new URL(base).port) });
  browser = await launchTestBrowser();
}, 180_000);
afterAll(async () => {
  vi.resetConfig();
  await browser?.close();
  await web?.close();
  await city?.close();
  await cas?.close();
  await slapd?.close();
});

const looks = [
  [1280, 'light'],
  [360, 'dark'],
] as const;

/** Looks at the page as a person with bad eyes and a small telephone does. */
async function check(
  page: Page,
  name: string,
  of: readonly (typeof looks)[number][] = inThisRun(looks),
): Promise<void> {
  for (const [width, colorScheme] of of) {
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await page.waitForFunction(() =>
      document.getAnimations().every(({ playState }) => playState !== 'running'),
    );
    if (pictures)
      await page.screenshot({ path: `${pictures}/${name}-${width}-${colorScheme}.png`, fullPage: true });
    expect([name, width, await graveViolations(page)]).toEqual([name, width, []]);
    expect([name, width, await overflowOf(page)]).toEqual([name, width, { pixels: 0, wide: [] }]);
  }
  await page.setViewportSize({ width: 1280, height: 900 });
}

describe('the page of sign-in methods', () => {
  it('lets one person propose with help at each field, and another test and approve', async () => {
    const system = await openPage(browser, base);
    await system.goto('/sign-in-methods');
    await signIn(system, 'sysadmin', testPassword);
    await settle(system);
    await check(system, 'methods-empty');
    await system.getByRole('button', { name: '新增登录方式' }).click();
    await system.getByRole('combobox', { name: '种类' }).click();
    await system.getByTitle('CAS 3').click();
    await system.getByLabel('中文名称').fill('校园统一认证');
    await system.getByLabel('英文名称').fill('Campus');
    await system.getByLabel('CAS 服务器地址').fill('http://cas.example/cas');
    await system.getByRole('button', { name: /提\s*出/ }).click();
    await system.getByText('外网地址必须用 https').waitFor();
    await check(system, 'methods-form');
    await system.getByLabel('CAS 服务器地址').fill(`${cas.url}/cas`);
    await system.getByLabel('内网地址（IP）').fill('127.0.0.1');
    await system.getByRole('button', { name: /提\s*出/ }).click();
    await system.getByText('已提出，等待安全管理员批准').waitFor();
    await system.context().close();

    const security = await openPage(browser, base);
    await security.goto('/sign-in-methods');
    await signIn(security, 'secadmin', testPassword);
    await security.getByRole('button', { name: /查\s*看/ }).click();
    await security.getByRole('button', { name: '测试连接' }).click();
    await security.getByText('它正确拒绝了一张假票据').waitFor();
    await check(security, 'methods-detail', [looks[0]]);
    await security.getByRole('button', { name: /批\s*准/ }).click();
    await security.getByText('已启用').first().waitFor();
    await check(security, 'methods-list');
    // A list becomes cards on a telephone; what was open in a row closes with it.
    await security.setViewportSize({ width: 360, height: 900 });
    await security.getByRole('button', { name: /查\s*看/ }).click();
    await security.getByText('现在生效的设置').waitFor();
    await check(security, 'methods-detail', [looks[1]]);
    await security.context().close();
  });
});

describe('a teacher', () => {
  it('asks at the first visit, is approved, comes in, and goes out of both systems', async () => {
    cas.visitor = 'wang';
    cas.attributes = { employeeNumber: 'P-001', name: '王示例' };
    const page = await openPage(browser, base);
    await page.goto('/sign-in?to=%2Fincidents');
    const button = page.getByRole('link', { name: '用校园统一认证登录' });
    await button.waitFor();
    await check(page, 'sign-in');
    await button.click();
    await page.getByText('您的申请已交给管理员').waitFor();
    await check(page, 'result-pending');

    const security = await openPage(browser, base);
    await security.goto('/sign-in-methods?tab=bindings');
    await signIn(security, 'secadmin', testPassword);
    await security.getByText('王示例').waitFor();
    await check(security, 'bindings');
    await security.getByRole('button', { name: '批准绑定' }).click();
    await security.getByText(/把“王示例”绑定为/).waitFor();
    await security.locator('.ant-popconfirm .ant-btn-primary').click();
    await security.getByText('已绑定').first().waitFor();
    await security.context().close();

    await page.getByRole('link', { name: '回到登录页' }).click();
    await page.goto('/sign-in?to=%2Fincidents');
    await page.getByRole('link', { name: '用校园统一认证登录' }).click();
    await page.getByRole('button', { name: /用户菜单/ }).waitFor();
    expect(new URL(page.url()).pathname).toBe('/incidents');
    await page.goto('/security');
    await page.getByRole('heading', { name: '其他登录方式' }).waitFor();
    await page.getByText('已绑定').waitFor();
    await settle(page);
    await check(page, 'own-bindings');
    const left = page.waitForRequest((request) => request.url().startsWith(`${cas.url}/cas/logout`));
    await page.getByRole('button', { name: /用户菜单/ }).click();
    await page.getByText('退出登录').click();
    await left;
    await page.context().close();
  });

  it('is told in words why it did not work', async () => {
    const page = await openPage(browser, base);
    for (const [code, words] of [
      ['auth.sso_expired', '回到登录页重新开始'],
      ['auth.sso_bad_answer', '没有通过校验'],
      ['auth.sso_account_disabled', '账号已停用'],
      ['<img src=x onerror=alert(1)>', '没有要显示的内容'],
    ] as const) {
      await page.goto(`/sso-result?code=${encodeURIComponent(code)}`);
      await page.getByText(words).waitFor();
      expect(await page.locator('main img').count()).toBe(0);
    }
    await check(page, 'result-failed');
    await page.context().close();
  });

  it('over a page with work in it signs in again in another window', async () => {
    const teacher = await signInByCall(city.server, 'east-teacher');
    const page = await openPage(browser, base);
    const [name, value] = teacher.cookie.split('=') as [string, string];
    await page.context().addCookies([{ name, value, url: base }]);
    await page.goto('/security');
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.context().clearCookies();
    await page.evaluate(() =>
      fetch('/api/session', { method: 'DELETE', headers: { 'x-requested-with': 'test' } }),
    );
    await page
      .getByRole('button', { name: '让其他设备都退出' })
      .or(page.getByRole('button', { name: /其他/ }).first())
      .click();
    await page.locator('.ant-popconfirm .ant-btn-primary').click();
    const dialog = page.getByRole('dialog');
    const other = page.context().waitForEvent('page');
    await dialog.getByRole('link', { name: '用校园统一认证登录' }).click();
    const window = await other;
    await window.getByText('请回到原来的页面').waitFor();
    await dialog.getByRole('button', { name: '已在新窗口登录，继续' }).click();
    await dialog.waitFor({ state: 'hidden' });
    await page.context().close();
  });
});

describe.skipIf(noSlapd)(`a directory${noSlapd ? ` (skipped: ${noSlapd})` : ''}`, () => {
  it('has a form of its own on the sign-in page', async () => {
    slapd = await startSlapd();
    await city.connect({
      kind: 'ldap',
      nameZh: '学校目录',
      nameEn: 'Directory',
      secret: servicePassword,
      settings: {
        url: `ldaps://${peerHost}:${slapd.tlsPort}`,
        internalAddress: '127.0.0.1',
        caPem: peerCertificate,
        bindDn: serviceDn,
        baseDn: suffix,
      },
    });
    const page = await openPage(browser, base);
    await page.goto('/sign-in');
    await page.getByRole('button', { name: '用学校目录登录' }).click();
    await page.getByLabel('学校目录的用户名').fill('wang');
    await page.getByLabel('学校目录的密码').fill('wrong');
    await check(page, 'sign-in-directory');
    await page.getByLabel('学校目录的密码').press('Enter');
    await page.getByText('用户名或密码不对').waitFor();
    await page.getByLabel('学校目录的密码').fill('wang-password');
    await page.getByLabel('学校目录的密码').press('Enter');
    await page.getByText('您的申请已交给管理员').waitFor();
    await page.context().close();
  });
});
