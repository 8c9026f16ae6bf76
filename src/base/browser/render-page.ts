/** Draws one page whose every request the caller answers. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Browser, BrowserContext, Page, Route } from 'playwright-core';
import { askPage } from '#base/browser/ask-page';
import { type FlatPage, flattenPage } from '#base/browser/flatten-page';
import type { SpotRequest } from '#base/browser/look-for-spots';
import { findSpots, type MarkedSpot, markSpots } from '#base/browser/mark-picture';

export interface PageRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** `document`, `image`, `script`, … as Chromium calls it. */
  readonly kind: string;
}

export interface PageAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Without content and transfer codings. */
  readonly body: Uint8Array;
}

export interface RenderJob {
  readonly url: string;
  /** Answers a request; undefined lets it fail, as an unreachable server would. */
  readonly answer: (request: PageRequest) => Promise<PageAnswer | undefined>;
  readonly userAgent?: string;
  readonly width?: number;
  /** For everything together. Default 30 s. */
  readonly timeoutMs?: number;
  /** Requests beyond it fail. Default 300. */
  readonly maxRequests?: number;
  /** Pixels of the page's length that are drawn. Default 16,000. */
  readonly maxHeight?: number;
  /** What is to be marked in pictures of its own. */
  readonly spots?: readonly SpotRequest[];
  /** Whether the page is to be written down as its scripts and style sheets left it. */
  readonly flat?: boolean;
}

export interface Rendered {
  readonly png: Uint8Array;
  readonly title: string;
  /** Where the page is after its own redirects. */
  readonly finalUrl: string;
  /** What the picture does not show, in words. */
  readonly notes: readonly string[];
  /** As many as were asked for; none when the page could not be searched, which `notes` then tell. */
  readonly spots: readonly MarkedSpot[];
  /** When it was asked for, and the page let itself be read; else `notes` tell why not. */
  readonly flat?: FlatPage;
}

const TIMEOUT_MS = 30_000;
/** What a page gets to load pictures and to settle after its `load` event. */
const SETTLE_MS = 3_000;
const SCREENSHOT_MS = 15_000;
const MAX_HEIGHT = 16_000;
const FLAT_CHARS = 2_000_000;
const FLAT_ELEMENTS = 30_000;

/** Renders `job.url` and draws it in full length. Throws when the time is over before there is a picture. */
export async function renderPage(browser: Browser, job: RenderJob): Promise<Rendered> {
  const deadline = new AbortController();
  const timeoutMs = job.timeoutMs ?? TIMEOUT_MS;
  const context = await browser.newContext({
    ...(job.userAgent ? { userAgent: job.userAgent } : {}),
    viewport: { width: job.width ?? 1280, height: 900 },
    locale: 'zh-CN',
    timezoneId: 'Asia/Shanghai',
    serviceWorkers: 'block',
    acceptDownloads: false,
    ignoreHTTPSErrors: true,
  });
  try {
    const broken = Promise.withResolvers<never>();
    const work = drawPage(context, job, Math.max(1_000, timeoutMs - SCREENSHOT_MS), broken.reject);
    // When the time is over the context is closed, and the work then fails too: nobody waits for it any more.
    work.catch(() => {});
    const drawn = await Promise.race([work, expire(timeoutMs, deadline.signal), broken.promise]);
    const covered = new Set(job.spots?.filter((one) => one.cover).map((one) => one.key));
    return { ...drawn, spots: await markSpots(browser, drawn.png, drawn.spots, covered) };
  } finally {
    deadline.abort();
    await context.close();
  }
}

async function expire(timeoutMs: number, signal: AbortSignal): Promise<never> {
  await delay(timeoutMs, undefined, { signal, ref: false });
  throw new Error(`not drawn within ${timeoutMs} ms`);
}

async function drawPage(
  context: BrowserContext,
  job: RenderJob,
  loadMs: number,
  onBroken: (error: unknown) => void,
): Promise<Rendered> {
  const notes: string[] = [];
  let requests = 0;
  await context.route('**/*', (route) => {
    requests += 1;
    if (requests === (job.maxRequests ?? 300) + 1)
      notes.push(`only the first ${requests - 1} requests were answered`);
    return requests > (job.maxRequests ?? 300)
      ? route.abort('blockedbyclient')
      : answerRoute(route, job).catch(onBroken);
  });
  await context.routeWebSocket(/.*/, (socket) => socket.close());
  const page = await context.newPage();
  context.on('page', (popup) => {
    notes.push('the page opened a window of its own; it was closed');
    // It may already have closed itself, or the whole context with it.
    popup.close().catch(() => {});
  });
  await load(page, job.url, loadMs, notes);
  const clip = await wholePage(context, page, job, notes);
  const spots = await searchSpots(context, page, job, notes);
  const flat = job.flat ? await flatten(context, page, notes) : undefined;
  const png = await page.screenshot({ fullPage: true, clip, animations: 'disabled', timeout: SCREENSHOT_MS });
  return {
    png,
    title: (await page.title()).slice(0, 1000),
    finalUrl: page.url(),
    notes,
    spots,
    ...(flat && { flat }),
  };
}

async function flatten(context: BrowserContext, page: Page, notes: string[]): Promise<FlatPage | undefined> {
  try {
    return (await askPage(
      context,
      page,
      `(${flattenPage.toString()})(${FLAT_CHARS}, ${FLAT_ELEMENTS})`,
    )) as FlatPage;
  } catch (error) {
    notes.push(`not written down: ${(error as Error).message.split('\n')[0]!.slice(0, 200)}`);
    return undefined;
  }
}

async function searchSpots(context: BrowserContext, page: Page, job: RenderJob, notes: string[]) {
  if (!job.spots?.length) return [];
  const limits = { width: job.width ?? 1280, maxHeight: job.maxHeight ?? MAX_HEIGHT };
  try {
    return await findSpots(context, page, job.spots, limits);
  } catch (error) {
    // A page that stops its searching is still drawn.
    notes.push(`the spots were not found: ${(error as Error).message.split('\n')[0]!.slice(0, 200)}`);
    return [];
  }
}

async function load(page: Page, url: string, loadMs: number, notes: string[]): Promise<void> {
  try {
    await page.goto(url, { waitUntil: 'load', timeout: loadMs });
    await page.waitForLoadState('networkidle', { timeout: Math.min(SETTLE_MS, loadMs) });
  } catch (error) {
    // A page that never finishes loading can still be drawn as far as it came.
    if ((error as Error).name !== 'TimeoutError') throw error;
    notes.push('still loading when it was drawn');
  }
}

/** The page's extent as the browser sees it, not as its scripts tell it. */
async function wholePage(context: BrowserContext, page: Page, job: RenderJob, notes: string[]) {
  const session = await context.newCDPSession(page);
  const { cssContentSize } = await session.send('Page.getLayoutMetrics');
  await session.detach();
  const limit = job.maxHeight ?? MAX_HEIGHT;
  if (cssContentSize.height > limit) {
    notes.push(`the page is ${Math.round(cssContentSize.height)} px long; the first ${limit} are drawn`);
  }
  const width = job.width ?? 1280;
  return { x: 0, y: 0, width, height: Math.max(1, Math.min(cssContentSize.height, limit)) };
}

async function answerRoute(route: Route, job: RenderJob): Promise<void> {
  const request = route.request();
  const body = request.postDataBuffer();
  const answer = await job.answer({
    url: request.url(),
    method: request.method(),
    headers: request.headers(),
    ...(body ? { body } : {}),
    kind: request.resourceType(),
  });
  try {
    if (!answer) await route.abort('failed');
    else
      await route.fulfill({
        status: answer.status,
        headers: forBrowser(answer.headers),
        body: Buffer.from(answer.body),
      });
  } catch (error) {
    // The page may be gone by the time its answer comes.
    if (!/closed|already handled|Invalid InterceptionId/i.test((error as Error).message)) throw error;
  }
}

/** The codings are undone already, and the length with them. */
function forBrowser(headers: Readonly<Record<string, string>>): Record<string, string> {
  const gone = new Set([
    'content-encoding',
    'content-length',
    'transfer-encoding',
    'connection',
    'keep-alive',
  ]);
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !gone.has(name)));
}
