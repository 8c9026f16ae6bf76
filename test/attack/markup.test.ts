/**
 * Hostile text in every text field of every body, generated from the contracts and sent over HTTP; then every page of
 * the UI is opened in a browser, with the content policy switched off and on. Weak routes planted here are found.
 */
import { readFile } from 'node:fs/promises';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Module, systemActor } from '#base/app';
import { route } from '#base/contract';
import { handleRaw } from '#base/http';
import type { TextField } from '#test/attack-bodies';
import { type AttackCity, callerOf, openAttackCity } from '#test/attack-city';
import {
  type Attacked,
  attackBody,
  type Fixed,
  fixedOf,
  inTurns,
  type Targets,
  tablesWith,
  targetsOf,
} from '#test/attack-routes';
import { launchTestBrowser } from '#test/test-browser';

const mark = 'zqx';
const markup = [
  `${mark}"><img src=x onerror=window.pwned=1><script>window.pwned=1</script>{{7*7}}\${pwned}\u202e'; DROP TABLE x;--`,
  `${mark}"><img src=x onerror=window.pwned=1>`,
  `${mark}<b id=pwned>`,
];
const fitting =
  (texts: readonly string[]) =>
  ({ maxLength }: TextField) =>
    texts.find((text) => text.length <= maxLength);

/** What is sent into every text field, and how many fields are tried alone where all together are refused. */
const rounds: [string, (field: TextField) => string | undefined, number][] = [
  ['markup', fitting(markup), 4],
  ['a script address', fitting([`javascript:window.pwned=1//${mark}`, 'javascript:pwned=1//']), 2],
  ['a formula with line ends', fitting([`=cmd|'/C calc'!A0${mark}\r\nBcc: x@example.org`, '=1+1']), 2],
  ['NUL', fitting([`${mark}\u0000end`, '\u0000']), 0],
  ['half a character', fitting([`${mark}\ud800`, '\ud800']), 0],
  ['300,000 characters', () => mark.repeat(100_000), 1],
];

/** A route that shows a stored name as it is: what the browser's check must notice. */
const weak: Module = {
  name: 'weak',
  routes: [
    handleRaw(
      route({
        method: 'GET',
        path: '/api/weak',
        summary: 'Markup as it is.',
        access: 'signed-in',
        produces: 'file',
      }),
      async (app, _actor, _input, { reply }) => {
        const { rows } = await app.run(systemActor('weak'), async () =>
          app.ownerPool.query<{ name: string }>(
            `SELECT name FROM sites.site WHERE name LIKE '%<img%' LIMIT 1`,
          ),
        );
        return reply
          .header('content-security-policy', "default-src 'self'")
          .type('text/html')
          .send(`<!doctype html><h1>weak</h1><p>${rows[0]!.name}`);
      },
    ),
  ],
};

let city: AttackCity;
let browser: Browser;
let targets: Targets;
let fixed: Fixed;
let stored: string[] = [];
const attacked: Attacked[] = [];

/** They would take away the callers' own rights. */
const tooFar = ['/api/role-grants/:id/revocation', '/api/accounts/:id', '/api/session/password'];

/** Routes with a body that a person may call; those that end the caller's own session come after all others. */
const bodies = () =>
  city.modules
    .flatMap(({ routes }) => routes ?? [])
    .map((handler) => handler.route)
    .filter((one) => one.body && callerOf(one) && !tooFar.includes(one.path));

beforeAll(async () => {
  [city, browser] = await Promise.all([openAttackCity([weak]), launchTestBrowser()]);
  targets = await targetsOf(city);
  fixed = await fixedOf(city);
}, 180_000);
afterAll(async () => {
  await browser?.close();
  await city?.close();
}, 60_000);

describe('hostile text in every field of every body', () => {
  it.each(rounds)(
    '%s breaks nothing',
    async (_name, payload, alone) => {
      const broken: string[] = [];
      let sent = 0;
      await inTurns(bodies(), async (one) => {
        const result = await attackBody(city, one, targets, fixed, payload, alone);
        attacked.push(result);
        sent += result.sent;
        broken.push(...result.broken);
      });
      targets = await targetsOf(city);
      expect([...new Set(broken)]).toEqual([]);
      expect(sent).toBeGreaterThan(60);
    },
    120_000,
  );

  it('was taken where people may write: otherwise nothing was attacked', async () => {
    const taken = new Set(
      attacked.filter((one) => one.taken > 0).map(({ route: { method, path } }) => `${method} ${path}`),
    );
    stored = await tablesWith(city, '><img src=x onerror');
    expect(taken.size).toBeGreaterThan(30);
    expect(stored.length).toBeGreaterThan(20);
  });
});

/** The addresses of all pages, read off the router; `$id` is filled with rows that hold the mark, where there are. */
async function pagesOf(): Promise<string[]> {
  const source = await readFile('web/app/router.tsx', 'utf8');
  const paths = [...source.matchAll(/\bpage\(\s*'([^']+)'/g)].map(([, path]) => path!);
  const tables: Record<string, string> = {
    units: 'units.unit',
    people: 'units.person',
    sites: 'sites.site',
    requests: 'tasks.campaign',
    tasks: 'tasks.task',
    findings: 'findings.finding',
    incidents: 'incidents.incident',
    trace: 'trace.trace',
    runs: 'trace.bulk_run',
    drills: 'trace.drill',
    sources: 'logs.source',
    devices: 'addresses.device',
    allocations: 'addresses.allocation',
    checks: 'watch."check"',
    changes: 'watch.change',
    campaigns: 'watch.campaign',
  };
  const filled = await Promise.all(
    paths.map(async (path) => {
      if (!path.includes('$id')) return [path];
      const name = path.split('/').findLast((step) => tables[step]);
      if (name === undefined) throw new Error(`no table is named for ${path}`);
      const table = /^\/units\/\$id\/people/.test(path) ? 'units.unit' : tables[name];
      const { rows } = await city.app.ownerPool.query<{ id: string }>(
        `SELECT id FROM ${table} t ORDER BY strpos(t::text, $1) = 0, id LIMIT 1`,
        [mark],
      );
      return rows.map(({ id }) => path.replace('$id', id));
    }),
  );
  return filled.flat();
}

interface Look {
  readonly found: string[];
  /** Pages on which the hostile text shows as text. */
  readonly shown: string[];
  readonly violations: string[];
}

/** A browser that is signed in; what its pages' content policy forbids is counted, or with `bypass` not even asked. */
async function enter(who: string | null, bypassCSP: boolean, look: Look): Promise<Page> {
  const context: BrowserContext = await browser.newContext({
    baseURL: city.url,
    locale: 'zh-CN',
    bypassCSP,
    reducedMotion: 'reduce',
    serviceWorkers: 'block',
  });
  context.setDefaultTimeout(15_000);
  if (who) {
    const [name, value] = city.people[who]!.cookie.split('=') as [string, string];
    await context.addCookies([{ name, value, url: city.url }]);
  }
  const page = await context.newPage();
  page.on('console', (message) => {
    if (/Content Security Policy/i.test(message.text()))
      look.violations.push(`${page.url()} ${message.text()}`);
  });
  page.on('dialog', (dialog) => dialog.dismiss());
  return page;
}

/** Opens an address, waits until nothing loads, and tells what of the hostile text became more than text. */
async function open(page: Page, address: string, look: Look): Promise<void> {
  await page.goto(address);
  const isReady = () =>
    document.querySelector('h1, .jd-panel h2') !== null &&
    !document.querySelector('.ant-skeleton, .ant-spin-spinning, [aria-busy="true"]');
  await page
    .waitForFunction(isReady)
    .catch((error: Error) => look.found.push(`${address} never got ready: ${error.message}`));
  const told = await page.evaluate((text) => {
    const alive = document.querySelectorAll(
      '[onerror], #pwned, img[src="x"], a[href^="javascript:" i], script:not([src], [nonce])',
    );
    return {
      flag: 'pwned' in window && (window as { pwned?: unknown }).pwned === 1,
      alive: [...alive].map((one) => one.outerHTML.slice(0, 150)),
      shows: document.body.textContent.includes(text),
    };
  }, mark);
  if (told.flag || told.alive.length > 0) look.found.push(`${address}: ${told.flag} ${told.alive.join(' ')}`);
  if (told.shows) look.shown.push(address);
}

const empty = (): Look => ({ found: [], shown: [], violations: [] });

async function walk(who: string, bypassCSP: boolean, addresses: readonly string[]): Promise<Look> {
  const look = empty();
  const page = await enter(who, bypassCSP, look);
  for (const address of addresses) await open(page, address, look);
  await page.context().close();
  return look;
}

/** An ordinary run opens a quarter of the pages in each of the two ways; with JIAODUN_EVERY_PAGE all in both. */
const isWhole = process.env.JIAODUN_EVERY_PAGE !== undefined;
const inThisWay = (pages: readonly string[], way: 0 | 1) =>
  pages.filter((_page, at) => isWhole || at % 4 === way);

const hostileQuery = `?q=${encodeURIComponent(markup[1]!)}&sort=${encodeURIComponent(markup[2]!)}&state=${encodeURIComponent('javascript:pwned=1')}&to=javascript:pwned=1`;

describe('every page of the UI, in a browser', () => {
  it('shows hostile text as text, even without a content policy', async () => {
    const all = await pagesOf();
    expect(all.length).toBeGreaterThan(40);
    const pages = inThisWay(all, 0);
    const half = Math.ceil(pages.length / 2);
    const looks = await Promise.all([
      walk('city-officer', true, pages.slice(0, half)),
      walk('city-officer', true, pages.slice(half)),
      walk('secadmin', true, ['/', '/permissions', '/users', '/sign-in-methods', '/sign-in-security']),
      walk('sysadmin', true, [
        '/',
        '/users',
        '/channels',
        '/message-templates',
        '/units',
        '/sign-in-methods',
      ]),
      walk('auditadmin', true, ['/', '/audit']),
    ]);
    expect(looks.flatMap(({ found }) => found)).toEqual([]);
    // It was there to be seen.
    expect(looks.flatMap(({ shown }) => shown).length).toBeGreaterThan(isWhole ? 15 : 3);
  }, 240_000);

  it('makes nothing of hostile text in its address, and breaks no content policy', async () => {
    const pages = inThisWay(await pagesOf(), 1).map((path) => `${path}${hostileQuery}`);
    const half = Math.ceil(pages.length / 2);
    const looks = await Promise.all([
      walk('city-officer', false, pages.slice(0, half)),
      walk('city-officer', false, pages.slice(half)),
    ]);
    const outside = empty();
    const page = await enter(null, true, outside);
    const text = encodeURIComponent(markup[1]!);
    for (const address of [
      `/sign-in${hostileQuery}`,
      `/sso-result?code=${text}`,
      `/ack/${text}`,
      `/received/${text}`,
      `/${text}`,
    ])
      await open(page, address, outside);
    await page.context().close();
    expect([...looks, outside].flatMap(({ found }) => found)).toEqual([]);
    expect(looks.flatMap(({ violations }) => violations)).toEqual([]);
  }, 240_000);

  it('would have been noticed: a route that shows a stored name as it is', async () => {
    const [bare, guarded] = await Promise.all([
      walk('city-officer', true, ['/api/weak']),
      walk('city-officer', false, ['/api/weak']),
    ]);
    expect(bare.found.join()).toContain('/api/weak: true');
    expect(guarded.violations.length).toBeGreaterThan(0);
  });
});
