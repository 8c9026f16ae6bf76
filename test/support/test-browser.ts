/** The browser of the end-to-end tests: the one from npm, seeing the loopback as a person's browser does. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import { type Browser, chromium, type Page } from 'playwright-core';
import { unpackChromium } from '#base/browser/unpack-chromium';
import { writeFontConfig } from '#base/fonts';
import { testPassword } from '#test/city';
import { browserCache } from '#test/memory-folder';

/** Starts Chromium with the fonts from npm. Throws where npm has none for this processor. */
export async function launchTestBrowser(): Promise<Browser> {
  const cacheDir = browserCache();
  await mkdir(cacheDir, { recursive: true, mode: 0o755 });
  const { executable, libraries } = await unpackChromium(cacheDir);
  const fonts = await writeFontConfig(join(cacheDir, 'fonts'));
  return chromium.launch({
    executablePath: executable,
    // Chromium refuses its sandbox to root; these pages are our own.
    chromiumSandbox: process.getuid?.() !== 0,
    args: ['--disable-gpu', '--font-render-hinting=none'],
    env: {
      PATH: '/usr/bin:/bin',
      HOME: cacheDir,
      LANG: 'zh_CN.UTF-8',
      FONTCONFIG_FILE: fonts,
      LD_LIBRARY_PATH: libraries,
    },
  });
}

/** A page of a new person: no session, Chinese, no animations. */
export async function openPage(
  browser: Browser,
  baseURL: string,
  look: { colorScheme?: 'light' | 'dark'; width?: number } = {},
): Promise<Page> {
  const context = await browser.newContext({
    baseURL,
    locale: 'zh-CN',
    timezoneId: 'Asia/Shanghai',
    reducedMotion: 'reduce',
    colorScheme: look.colorScheme ?? 'light',
    viewport: { width: look.width ?? 1280, height: 900 },
  });
  context.setDefaultTimeout(20_000);
  return context.newPage();
}

/**
 * Of the looks in which a page is checked the last one; with JIAODUN_EVERY_PAGE all of them. That every page is sound in both
 * is what `pages.test.ts` walks through.
 */
export function inThisRun<T>(looks: readonly T[]): readonly T[] {
  return process.env.JIAODUN_EVERY_PAGE === undefined ? looks.slice(-1) : looks;
}

/** Signs in on the page that asks for it and waits for the page behind it. */
export async function signIn(page: Page, username: string, password: string): Promise<void> {
  await page.getByLabel('用户名').fill(username);
  await page.getByLabel('密码', { exact: true }).fill(password);
  await page.getByRole('button', { name: '登录', exact: true }).click();
  await page.getByRole('button', { name: /用户菜单/ }).waitFor();
}

/**
 * A page of a person who is signed in, not yet at any address. Through the API: the pages of sign-in, which have a test of their
 * own, cost two loads of the whole UI.
 */
export async function openSignedIn(
  browser: Browser,
  baseURL: string,
  username: string,
  look?: Parameters<typeof openPage>[2],
): Promise<Page> {
  const page = await openPage(browser, baseURL, look);
  const reply = await page.context().request.post('/api/session', {
    headers: { 'x-requested-with': 'test' },
    data: { username, password: testPassword },
  });
  if (!reply.ok()) throw new Error(`sign-in of ${username} failed: ${await reply.text()}`);
  return page;
}

/**
 * Waits until the page shows its heading, nothing is loading any more, and two frames were drawn: media queries tell of a new size
 * of the window in the frame after it, and on a loaded machine a measure came before that frame.
 */
export async function settle(page: Page): Promise<void> {
  await page.getByRole('heading', { level: 1 }).first().waitFor();
  await page.waitForFunction(
    () => !document.querySelector('.ant-skeleton, .ant-spin-spinning, [aria-busy="true"]'),
  );
  await page.evaluate(
    () => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))),
  );
}

/** Violations that axe calls serious or critical, as `rule: first element at fault`. */
export async function graveViolations(page: Page): Promise<string[]> {
  // What passes is not gathered, and style sheets are not fetched again (only a rule that is off by default reads them).
  const options = { resultTypes: ['violations' as const], preload: false };
  const { violations } = await new AxeBuilder({ page }).options(options).analyze();
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id} (${nodes.length}): ${nodes[0]?.html.slice(0, 300)}`);
}

/** How many pixels the page is wider than its window, and what sticks out; 0 and nothing when it fits. */
export function overflowOf(page: Page): Promise<{ pixels: number; wide: string[] }> {
  return page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    const pixels = document.documentElement.scrollWidth - width;
    const wide = [...document.querySelectorAll('body *')].filter(
      (element) => pixels > 0 && element.getBoundingClientRect().right > width + 1,
    );
    return { pixels, wide: wide.slice(0, 5).map((element) => element.outerHTML.slice(0, 200)) };
  });
}
