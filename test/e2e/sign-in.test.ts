/** Sign-in as people meet it: set-up, second factors with real passkeys of a virtual device, step-up, the lists. */
import { generateSync } from 'otplib';
import type { Browser, CDPSession, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ownSyslogPorts } from '#test/demo';
import { cli, freePort, newDataDir, type Product, removeDataDir, startProduct } from '#test/product';
import {
  graveViolations,
  inThisRun,
  launchTestBrowser,
  openPage,
  overflowOf,
  settle,
} from '#test/test-browser';

const password = 'Kiesel-Blau-77-Regen';
let product: Product;
let browser: Browser;
/** Passkeys need a host name: the loopback's. */
let base: string;
let security: Page;
let devices: CDPSession;
let device: string;
let secret: string;
let codes: string[];

beforeAll(async () => {
  const env = { ...(await ownSyslogPorts()), JIAODUN_SECOND_FACTOR: 'required' };
  product = await startProduct({ dataDir: await newDataDir(), port: await freePort(), env });
  base = product.url.replace('127.0.0.1', 'localhost');
  browser = await launchTestBrowser();
  security = await openPage(browser, base);
}, 150_000);

afterAll(async () => {
  await browser?.close();
  await product?.stop();
  if (product) await removeDataDir(product.dataDir);
}, 30_000);

/** A device with a fingerprint reader, as the browser sees one (WebDriver's virtual authenticator). */
async function plugIn(page: Page): Promise<{ session: CDPSession; id: string }> {
  const session = await page.context().newCDPSession(page);
  await session.send('WebAuthn.enable', { enableUI: false });
  const { authenticatorId } = await session.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return { session, id: authenticatorId };
}

async function giveCredentials(page: Page, username: string): Promise<void> {
  await page.goto('/sign-in');
  await page.getByLabel('用户名').fill(username);
  await page.getByLabel('密码', { exact: true }).fill(password);
  await page.getByRole('button', { name: '登录', exact: true }).click();
}

async function signOut(page: Page): Promise<void> {
  await page.getByRole('button', { name: /用户菜单/ }).click();
  await page.getByRole('menuitem', { name: '退出登录' }).click();
  await page.getByRole('heading', { name: '欢迎使用教盾' }).waitFor();
}

/** A code that has not been used: waits for the next step when the last one was. */
let lastCode = '';
async function nextCode(page: Page): Promise<string> {
  for (;;) {
    const code = generateSync({ secret });
    if (code !== lastCode) {
      lastCode = code;
      return code;
    }
    await page.waitForTimeout(1000);
  }
}

describe('the first days of an administrator', { timeout: 120_000 }, () => {
  it('sets up, and refuses a common password at its field', async () => {
    const token = /token=(\S+)/.exec(product.output())![1]!;
    await security.goto(`/setup?token=${token}`);
    await security.getByLabel('市教育局名称').fill('示例市教育局');
    await security.getByLabel('单位代码').fill('city');
    const people = [
      ['系统管理员', '系统甲', 'sys.admin', 'Admin@123456'],
      ['安全管理员', '安全乙', 'sec.admin', password],
      ['审计管理员', '审计丙', 'audit.admin', password],
    ] as const;
    for (const [role, name, username, text] of people) {
      const group = security.getByRole('group', { name: role });
      await group.getByLabel('姓名').fill(name);
      await group.getByLabel('用户名').fill(username);
      await group.getByLabel('密码', { exact: true }).fill(text);
    }
    await security.getByRole('button', { name: '完成设置' }).click();
    await security
      .getByText(/太常见/)
      .first()
      .waitFor();
    await security
      .getByRole('group', { name: '系统管理员' })
      .getByLabel('密码', { exact: true })
      .fill(password);
    // The security administrator sits at the keyboard and may keep the own password.
    await security.getByRole('radio', { name: '安全管理员' }).check();
    await security.getByRole('button', { name: '完成设置' }).click();
    await security.getByText('三名管理员请各自登录').waitFor();
  });

  it('leads to the second factor before anything else', async () => {
    await giveCredentials(security, 'sec.admin');
    await security.getByText('请先绑定第二因素').waitFor();
    await security.goto('/users');
    await security.getByText('请先绑定第二因素').waitFor();
    expect(new URL(security.url()).pathname).toBe('/security');
    expect(await graveViolations(security)).toEqual([]);
  });

  it('adds an authenticator app by its square and shows the recovery codes once', async () => {
    await security.getByRole('button', { name: '绑定验证器应用' }).click();
    const drawer = security.getByRole('dialog');
    await drawer.getByRole('img', { name: '验证器二维码' }).waitFor();
    secret = (await drawer.locator('.jd-mono').first().textContent())!.replace(/\s/g, '');
    expect(await graveViolations(security)).toEqual([]);
    await drawer.getByLabel('验证器显示的 6 位动态码').fill(await nextCode(security));
    await drawer.getByRole('button', { name: '绑定验证器应用' }).click();
    const list = security.getByRole('list', { name: '恢复码' });
    await list.waitFor();
    codes = await list.getByRole('listitem').allInnerTexts();
    expect(codes).toHaveLength(10);
    await security.getByRole('button', { name: '我已保存好' }).click();
    await security.getByText('剩余恢复码 10 个').waitFor();
  });

  it('adds a passkey of this device', async () => {
    ({ session: devices, id: device } = await plugIn(security));
    await security.getByRole('button', { name: '添加通行密钥' }).click();
    const drawer = security.getByRole('dialog');
    await drawer.getByLabel('名称').fill('办公室电脑');
    await drawer.getByRole('button', { name: '添加通行密钥' }).click();
    await security.getByText('办公室电脑').waitFor();
    const { credentials } = await devices.send('WebAuthn.getCredentials', { authenticatorId: device });
    expect(credentials).toHaveLength(1);
  });
});

describe('signing in', { timeout: 120_000 }, () => {
  it('takes password and passkey', async () => {
    await signOut(security);
    await giveCredentials(security, 'sec.admin');
    await security.getByRole('heading', { name: '第二步：验证身份' }).waitFor();
    expect(await graveViolations(security)).toEqual([]);
    await security.getByRole('button', { name: '使用通行密钥' }).click();
    await security.getByRole('button', { name: /用户菜单/ }).waitFor();
  });

  it('takes a passkey alone, and refuses an answer that was used before', async () => {
    await signOut(security);
    const used = security.waitForRequest('**/api/session/passkey');
    await security.getByRole('button', { name: '用通行密钥登录' }).click();
    await security.getByRole('button', { name: /用户菜单/ }).waitFor();
    const replay = await fetch(`${base}/api/session/passkey`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-requested-with': 'test' },
      body: (await used).postData()!,
    });
    expect(((await replay.json()) as { code: string }).code).toBe('auth.step_over');
  });

  it('refuses the copy of a passkey, whose counter did not rise', async () => {
    const { credentials } = await devices.send('WebAuthn.getCredentials', { authenticatorId: device });
    const thief = await openPage(browser, base);
    const copied = await plugIn(thief);
    await copied.session.send('WebAuthn.addCredential', {
      authenticatorId: copied.id,
      credential: { ...credentials[0]!, signCount: 0 },
    });
    await thief.goto('/sign-in');
    await thief.getByRole('button', { name: '用通行密钥登录' }).click();
    await thief.getByText(/counter did not rise/).waitFor();
    await thief.context().close();
  });

  it('refuses a passkey without the finger', async () => {
    const other = await openPage(browser, base);
    const { credentials } = await devices.send('WebAuthn.getCredentials', { authenticatorId: device });
    const blind = await plugIn(other);
    await blind.session.send('WebAuthn.addCredential', {
      authenticatorId: blind.id,
      credential: { ...credentials[0]!, signCount: 1000 },
    });
    await blind.session.send('WebAuthn.setUserVerified', {
      authenticatorId: blind.id,
      isUserVerified: false,
    });
    await other.goto('/sign-in');
    await other.getByRole('button', { name: '用通行密钥登录' }).click();
    await other.getByText('没有使用通行密钥').waitFor();
    await other.context().close();
  });

  it('takes a recovery code once', async () => {
    const phone = await openPage(browser, base, { width: 360 });
    await giveCredentials(phone, 'sec.admin');
    await phone.getByLabel('动态码或恢复码').fill(codes[0]!);
    await phone.getByRole('button', { name: '登录', exact: true }).click();
    await phone.getByRole('button', { name: /用户菜单/ }).waitFor();
    await phone.context().clearCookies();
    await giveCredentials(phone, 'sec.admin');
    await phone.getByLabel('动态码或恢复码').fill(codes[0]!);
    await phone.getByRole('button', { name: '登录', exact: true }).click();
    await phone.getByText(/验证码不对/).waitFor();
    expect(await overflowOf(phone)).toEqual({ pixels: 0, wide: [] });
    await phone.context().close();
  });
});

describe('an open session', { timeout: 120_000 }, () => {
  it('is listed, and ended from another device within seconds, with its event stream', async () => {
    const other = await openPage(browser, base);
    await giveCredentials(other, 'sec.admin');
    await other.getByLabel('动态码或恢复码').fill(codes[1]!);
    await other.getByRole('button', { name: '登录', exact: true }).click();
    await other.getByRole('button', { name: /用户菜单/ }).waitFor();
    const cookie = (await other.context().cookies()).map(({ name, value }) => `${name}=${value}`).join('; ');
    const stream = await fetch(`${base}/api/events`, { headers: { cookie } });
    const ended = (async () => {
      for await (const _part of stream.body!) void _part;
      return true;
    })();
    await security.goto('/security');
    await settle(security);
    await security.getByRole('button', { name: '结束其他登录' }).click();
    await security
      .getByRole('tooltip')
      .getByRole('button', { name: /确\s*定/ })
      .click();
    expect(await ended).toBe(true);
    await other.goto('/');
    await other.getByText('这个登录已在另一台设备上被您结束').waitFor();
    await other.context().close();
  });

  it('proves again before a sensitive act, and the act goes on by itself', async () => {
    await security.goto('/security');
    await settle(security);
    // As after ten minutes: the server asks for a factor, once.
    let asked = 0;
    await security.route('**/api/my/recovery-codes', async (route) => {
      asked += 1;
      if (asked > 1) return route.continue();
      const message = { zh: '请验证', en: 'prove' };
      const details = { kinds: ['totp', 'passkey', 'recovery'] };
      return route.fulfill({ status: 403, json: { code: 'auth.factor_needed', message, details } });
    });
    const before = (await security.context().cookies()).find(({ name }) => name === 'jiaodun_session')!.value;
    await security.getByRole('button', { name: '生成新的恢复码' }).click();
    await security
      .getByRole('tooltip')
      .getByRole('button', { name: /确\s*定/ })
      .click();
    const dialog = security.getByRole('dialog', { name: '请再次验证身份' });
    await dialog.waitFor();
    expect(await graveViolations(security)).toEqual([]);
    await dialog.getByRole('button', { name: '使用通行密钥' }).click();
    await security.getByRole('list', { name: '恢复码' }).waitFor();
    const after = (await security.context().cookies()).find(({ name }) => name === 'jiaodun_session')!.value;
    expect([asked, after === before]).toEqual([2, false]);
    await security.unroute('**/api/my/recovery-codes');
  });
});

describe('administrators', { timeout: 120_000 }, () => {
  it('unlock an account, from the command line too', async () => {
    const stranger = await openPage(browser, product.url);
    for (let i = 0; i < 6; i += 1) {
      await fetch(`${base}/api/session`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-requested-with': 'test' },
        body: JSON.stringify({ username: 'audit.admin', password: `wrong-${i}` }),
      });
    }
    await stranger.goto('/sign-in');
    await stranger.getByLabel('用户名').fill('audit.admin');
    await stranger.getByLabel('密码', { exact: true }).fill(password);
    await stranger.getByRole('button', { name: '登录', exact: true }).click();
    await stranger.getByText(/尝试次数过多/).waitFor();
    const unlocked = cli(['account', 'unlock', 'audit.admin', '--data', product.dataDir]);
    expect(unlocked).toMatchObject({ code: 0, stdout: expect.stringContaining('已解锁') });
    await stranger.getByRole('button', { name: '登录', exact: true }).click();
    // Somebody else typed this password at the set-up.
    await stranger.getByText('请先把初始密码换成自己的密码').waitFor();
    expect(new URL(stranger.url()).pathname).toBe('/password');
    await stranger.context().close();
    const refused = cli([
      'account',
      'reset',
      'audit.admin',
      '--reason',
      '忘记密码',
      '--data',
      product.dataDir,
    ]);
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('另一人批准') });
    const missing = cli(['account', 'unlock', 'no.body', '--data', product.dataDir]);
    expect(missing.code).toBe(2);
  });

  it('propose a policy, and decide a reset that the command line proposed', async () => {
    const proposed = cli([
      'account',
      'reset',
      'audit.admin',
      '--propose',
      '--reason',
      '忘记密码',
      '--data',
      product.dataDir,
    ]);
    expect(proposed.code).toBe(0);
    await security.goto('/sign-in-security?tab=resets');
    await settle(security);
    await security.getByRole('button', { name: '批准', exact: true }).click();
    await security
      .getByRole('tooltip')
      .getByRole('button', { name: /确\s*定/ })
      .click();
    await security
      .getByText(/新初始密码只显示这一次/)
      .filter({ visible: true })
      .first()
      .waitFor();
    await security.keyboard.press('Escape');
    await security.goto('/sign-in-security?tab=rules');
    await settle(security);
    await security.getByRole('button', { name: '提出修改' }).click();
    const drawer = security.getByRole('dialog');
    await drawer.getByLabel('密码最少位数').fill('12');
    await drawer.getByLabel('理由').fill('年度检查要求');
    await drawer.getByRole('button', { name: '提出修改' }).click();
    await security.getByText('密码最少位数 12').waitFor();
  });

  it.each([
    '/security',
    '/sign-in-security',
    '/sign-in-security?tab=resets',
    '/sign-in-security?tab=rules',
    '/users',
  ])('%s fits a phone in both colours, without grave faults of accessibility', async (path) => {
    for (const colorScheme of inThisRun(['light', 'dark'] as const)) {
      await security.emulateMedia({ colorScheme });
      await security.setViewportSize({ width: 1280, height: 900 });
      await security.goto(path);
      await settle(security);
      expect(await graveViolations(security)).toEqual([]);
      await security.setViewportSize({ width: 360, height: 740 });
      await settle(security);
      expect(await overflowOf(security)).toEqual({ pixels: 0, wide: [] });
      expect(await graveViolations(security)).toEqual([]);
    }
  });
});
