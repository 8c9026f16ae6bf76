/**
 * Every page of the router, as somebody who may see it: fits a phone, has no grave fault of accessibility, a
 * heading and a title, no error in the console and nothing that the content security policy blocks; and it can be
 * walked with the Tab key alone. Light colours are looked at on a desktop and dark ones on a phone: contrast
 * depends on the colours, overflow on the width, so the other two pairs would show nothing new.
 */
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { awaitResponse, demoPassword, readGuide, startDemo } from '#test/demo';
import { fillTour } from '#test/fill-tour';
import { freePort, newDataDir, type Product, removeDataDir, startProduct } from '#test/product';
import { graveViolations, launchTestBrowser, openPage, overflowOf, settle, signIn } from '#test/test-browser';
import { addressOf, beforeSetup, pagesOfRouter, type Stop, tour } from '#test/tour';
import { openAndEscape, walkByKeys } from '#test/walk-by-keys';

const desktop = { width: 1280, colorScheme: 'light' } as const;
const phone = { width: 360, colorScheme: 'dark' } as const;

let product: Product;
let browser: Browser;
const cookies = new Map<string, Awaited<ReturnType<BrowserContext['cookies']>>>();
/** Drawers that were opened on an earlier page: each is opened once. */
const opened = new Set<string>();

beforeAll(async () => {
  browser = await launchTestBrowser();
}, 60_000);
afterAll(() => browser?.close());

/** A page of the stop's person in a session that all of that person's pages share; the watermark is off. */
async function visit(stop: Stop, look: typeof desktop | typeof phone): Promise<[Page, string[]]> {
  const page = await openPage(browser, product.url, look);
  if (stop.as !== null) {
    const known = cookies.get(stop.as);
    if (known) await page.context().addCookies(known);
    else {
      await page.goto('/sign-in');
      await signIn(page, stop.as, demoPassword);
      cookies.set(stop.as, await page.context().cookies());
    }
  }
  const troubles = watchTroubles(page, stop, product.url);
  await page.addInitScript(() => localStorage.setItem('jiaodun.watermark', 'off'));
  await page.goto(await addressOf(page, stop));
  await settle(page);
  return [page, troubles];
}

/** Errors of the console and of the content security policy, as they come. */
function watchTroubles(page: Page, stop: Stop, own: string): string[] {
  const troubles: string[] = [];
  page.on('pageerror', (error) => troubles.push(error.message));
  page.on('console', (message) => {
    const text = message.text();
    // What a wrong link answers is no fault of the page.
    const isExpected = stop.token !== undefined && /status of 40[04]/.test(text);
    if (message.type() === 'error' && !isExpected) troubles.push(text);
  });
  page.on('request', (request) => {
    const { origin, protocol } = new URL(request.url());
    if (protocol.startsWith('http') && origin !== own) troubles.push(`asks ${origin}`);
  });
  return troubles;
}

/** What each page must show whatever its size. */
async function expectSound(page: Page, troubles: readonly string[]): Promise<void> {
  const heading = await page.getByRole('heading', { level: 1 }).allTextContents();
  expect(heading).toEqual([expect.stringMatching(/\S/)]);
  expect(await page.title()).toMatch(/^\S.* · 教盾$/);
  expect(await graveViolations(page)).toEqual([]);
  expect(troubles).toEqual([]);
}

async function expectDrawers(page: Page, stop: Stop): Promise<void> {
  const buttons = page.locator('main [aria-haspopup=dialog]:visible:enabled');
  for (let at = 0; at < (await buttons.count()); at++) {
    const label = `${stop.path} ${await buttons.nth(at).textContent()}`;
    if (opened.has(label)) continue;
    opened.add(label);
    expect([label, await openAndEscape(page, buttons.nth(at))]).toEqual([label, []]);
  }
}

it('knows every page of the router', async () => {
  const known = new Set([...tour.map(({ path }) => path), beforeSetup]);
  expect((await pagesOfRouter()).filter((path) => !known.has(path))).toEqual([]);
  expect((await pagesOfRouter()).length).toBe(known.size);
});

/**
 * All pages in both looks take ten minutes on two cores: `JIAODUN_EVERY_PAGE=1 npm test test/e2e/pages.test.ts`. An
 * ordinary run does not walk them; what each subject's own test looks at, it looks at there.
 */
const isWhole = process.env.JIAODUN_EVERY_PAGE !== undefined;

if (!isWhole) it.skip('every page is walked with JIAODUN_EVERY_PAGE=1');

describe.runIf(isWhole)('every page', { timeout: 90_000 }, () => {
  beforeAll(async () => {
    product = await startDemo();
    await readGuide(product);
    await awaitResponse(product, 180_000);
    await fillTour(product.url);
  }, 400_000);
  afterAll(async () => {
    await product?.stop();
    if (product) await removeDataDir(product.dataDir);
  }, 30_000);

  it.for(isWhole ? tour : [])(
    '$name is sound on a desktop in light colours, and is walked by keys',
    async (stop) => {
      const [page, troubles] = await visit(stop, desktop);
      await expectSound(page, troubles);
      const { missed, unseen, backwards, reached } = await walkByKeys(page);
      expect({ missed, unseen, backwards }).toEqual({ missed: [], unseen: [], backwards: [] });
      expect(reached).toBeGreaterThan(0);
      await expectDrawers(page, stop);
      await page.context().close();
    },
  );

  it.for(isWhole ? tour : [])('$name is sound on a phone in dark colours, and fits it', async (stop) => {
    const [page, troubles] = await visit(stop, phone);
    expect(await overflowOf(page)).toEqual({ pixels: 0, wide: [] });
    await expectSound(page, troubles);
    await page.context().close();
  });

  it('opened the forms of the pages', () => {
    expect(opened.size).toBeGreaterThan(25);
  });
});

describe('what the walk by keys would notice', { timeout: 60_000 }, () => {
  it('finds a planted control that Tab misses, one without visible focus, and a wrong order', async () => {
    const page = await openPage(browser, 'http://127.0.0.1');
    await page.setContent(`<main>
      <button style="outline: 0">unseen</button><button>first</button>
      <button id="jump">missed</button><button tabindex="2">early</button></main><button>outside</button>
      <script>document.querySelector('#jump').addEventListener('focus', (event) => event.target.blur());
      document.querySelector('button').addEventListener('keydown', (event) => {
        if (event.key === 'Tab') { event.preventDefault(); document.querySelectorAll('button')[3].focus(); }
      });
      document.querySelectorAll('button')[3].addEventListener('keydown', (event) => {
        if (event.key === 'Tab') { event.preventDefault(); document.querySelectorAll('button')[1].focus(); }
      });
      document.querySelectorAll('button')[1].addEventListener('keydown', (event) => {
        if (event.key === 'Tab') { event.preventDefault(); document.querySelectorAll('button')[4].focus(); }
      });</script>`);
    const walk = await walkByKeys(page);
    expect(walk.missed).toEqual(['button missed jump']);
    expect(walk.unseen).toEqual(['button unseen']);
    expect(walk.backwards).toEqual(['button first']);
    await page.context().close();
  });
});

describe('the page before the first set-up', { timeout: 120_000 }, () => {
  it('is sound, fits a phone and is walked by keys', async () => {
    const dataDir = await newDataDir();
    const env = { JIAODUN_SYSLOG_UDP_PORT: '0', JIAODUN_SYSLOG_TCP_PORT: '0' };
    const empty = await startProduct({ dataDir, port: await freePort(), env });
    for (const look of [desktop, phone]) {
      const page = await openPage(browser, empty.url, look);
      const stop: Stop = { name: 'setup', path: beforeSetup, as: null };
      const troubles = watchTroubles(page, stop, empty.url);
      await page.goto(beforeSetup);
      await settle(page);
      expect((await overflowOf(page)).pixels).toBe(0);
      await expectSound(page, troubles);
      const { missed, unseen, backwards } = await walkByKeys(page);
      expect({ missed, unseen, backwards }).toEqual({ missed: [], unseen: [], backwards: [] });
      await page.context().close();
    }
    await empty.stop();
    await removeDataDir(dataDir);
  });
});
