/** Opens pages in a browser and tells what stands there only then: written by scripts, hidden by style sheets. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { recordAudit } from '#audit';
import { type App, type Ctx, systemActor } from '#base/app';
import type { PageBrowser } from '#base/browser';
import { isAppError } from '#base/errors';
import { newId } from '#base/id';
import { type Capture, capturePage } from '#evidence';
import { closeMissing, recordFindings, type SeenFault } from '#findings';
import { decodeBytes } from '#scan';
import { findingKindSchema } from '#scan/contract';
import { allowedAddressOf, readSite, readSiteInUse, recountFindings } from '#sites';
import { checkFinished } from '../contract.ts';
import { readPolicy } from '../crawl-policy.ts';
import { wishForGrave } from '../picture-store.ts';
import { type ReaderPool, readPage } from '../read-page.ts';
import { outcomeOf } from '../rules.ts';
import { standingCritical } from '../store.ts';
import { keyedWords } from '../words.ts';
import { ledAway, ledAwayFault, onlyInBrowser } from './rules.ts';
import * as store from './store.ts';

const actor = systemActor('watch.rendered');

const MAX_ATTEMPTS = 3;
/** The picture is not kept: only its beginning is drawn. */
const DRAWN_HEIGHT = 900;

export interface Tools {
  /** Gives the browser, or why there is none. */
  readonly open: () => Promise<PageBrowser | Error>;
  readonly pool: () => ReaderPool;
}

/** Opens one page that waits. Returns false when none does. */
export async function lookAtPage(app: App, tools: Tools): Promise<boolean> {
  const wish = await app.run(actor, (ctx) => store.takePage(ctx));
  if (!wish) return false;
  if (wish.attempts > MAX_ATTEMPTS) {
    await endWithout(app, wish, `看了 ${MAX_ATTEMPTS} 次都没有完成`);
    return true;
  }
  const outDir = await mkdtemp(join(tmpdir(), 'jiaodun-rendered-'));
  try {
    await look(app, wish, tools, outDir);
  } catch (error) {
    // A page that cannot be read in time, or that ends the process, is this page's matter and not the next one's.
    if (!isAppError(error) || !/^(?:confine|scan)\./.test(error.code)) throw error;
    await endWithout(app, wish, error.messages().zh);
  } finally {
    await rm(outDir, { recursive: true, force: true });
  }
  return true;
}

async function look(app: App, wish: store.Wish, tools: Tools, outDir: string): Promise<void> {
  const { allow, words, policy } = await app.run(actor, async (ctx) => {
    return {
      allow: allowedAddressOf(await readSite(ctx, wish.site_id)),
      words: (await keyedWords(ctx)).list,
      policy: (await readPolicy(ctx)).body,
    };
  });
  const browser = await tools.open();
  const now = () => app.clock.now();
  const capture = await capturePage({
    ...{ url: wish.url, allow, outDir, now, browser },
    flat: true,
    maxHeight: DRAWN_HEIGHT,
  });
  if (capture.status === 404 || capture.status === 410) return keep(app, wish, [], null);
  const reason = whyUnseen(capture);
  if (reason !== null || !capture.flat) {
    const isBrowsers = capture.status >= 200 && capture.status < 300 && !(browser instanceof Error);
    if (isBrowsers && wish.attempts < MAX_ATTEMPTS) return;
    return endWithout(app, wish, reason ?? '网页没有让人读到画出来的内容');
  }
  const read = (bytes: Uint8Array, contentType: string | undefined, url: string) =>
    readPage(tools.pool(), { name: 'page.html', bytes, contentType, url }, words, true);
  const flat = Buffer.from(capture.flat.html);
  const drawn = await read(flat, 'text/html; charset=utf-8', capture.finalUrl);
  const away = ledAway(capture.fetchedUrl, whereTo(capture), policy.knownGood);
  if (away) {
    const seen = [ledAwayFault(wish.url, away, drawn.findings)];
    return keep(app, wish, seen, away.href.slice(0, 500));
  }
  const source = await read(capture.body, capture.contentType, capture.fetchedUrl);
  await keep(app, wish, onlyInBrowser(wish.url, source, drawn), null);
}

/** Where the page is at last; when that could not be had, where its scripts wanted to go. */
function whereTo({ finalUrl, missing }: Capture): string {
  if (!finalUrl.startsWith('chrome-error:')) return finalUrl;
  return missing.findLast(({ kind }) => kind === 'document')?.url ?? finalUrl;
}

/** Why the page was not seen, in words; null when it was. */
function whyUnseen(capture: Capture): string | null {
  const text = decodeBytes(capture.body, { contentType: capture.contentType }).text;
  if (capture.status > 0) {
    const outcome = outcomeOf(capture.status, capture.body.length, text.slice(0, 4000));
    if (outcome === 'refused') return `被拒绝访问或被防火墙拦截（状态码 ${capture.status}）`;
    if (outcome !== 'read') return `没有打开（状态码 ${capture.status}）`;
  }
  if (capture.flat) return null;
  const problems = capture.incomplete.map(({ problem }) => problem).join('; ');
  return `没有在浏览器里打开：${problems || '原因不明'}`;
}

async function endWithout(app: App, wish: store.Wish, reason: string): Promise<void> {
  await app.run(actor, (ctx) => store.endWish(ctx, wish.id, { reason, ledTo: null, findings: 0 }));
}

/** Whoever was led away (`ledTo`) has not seen that nothing stands on the page any more. */
async function keep(
  app: App,
  wish: store.Wish,
  seen: readonly SeenFault[],
  ledTo: string | null,
): Promise<void> {
  await app.run(actor, async (ctx) => {
    if (!(await store.endWish(ctx, wish.id, { reason: null, ledTo, findings: seen.length }))) return;
    const site = await readSite(ctx, wish.site_id);
    if (site.retired_at) return;
    const lookId = newId();
    const recorded = await recordFindings(ctx, {
      unitId: site.unit_id,
      unitPath: site.unit_path,
      siteId: site.id,
      siteName: site.name,
      checkId: lookId,
      seen,
    });
    const standing = [...recorded.opened, ...recorded.reopened, ...recorded.stillOpen];
    const closed = await closeMissing(ctx, {
      siteId: site.id,
      checkedUrls: ledTo === null ? [wish.url] : [],
      kinds: findingKindSchema.options,
      checkId: lookId,
      inBrowser: true,
    });
    if (standing.length + closed.length > 0) await recountFindings(ctx, site.id);
    const isWorse = recorded.opened.length + recorded.reopened.length > 0;
    if (isWorse || closed.length > 0) await tellChecked(ctx, wish);
    await wishForGrave(ctx, [...recorded.opened, ...recorded.reopened]);
  });
}

/**
 * What counts as found begins to count now, not when the next crawl ends; and what is gone is gone now. Of a site whose last
 * check could not look nothing is said but what stands.
 */
async function tellChecked(
  ctx: Ctx,
  { site_id: siteId, unit_path: unitPath, check_id: checkId }: store.Wish,
): Promise<void> {
  const critical = await standingCritical(ctx, siteId);
  const state = critical.length > 0 ? 'faulty' : await store.stateOfCheck(ctx, checkId);
  if (state !== 'faulty' && state !== 'clean') return;
  await ctx.emit(checkFinished, { checkId, siteId, state, critical }, unitPath);
}

/** Has a page opened for a person, the home page without `url`. Returns false when the site has no such page. */
export async function wantPage(ctx: Ctx, siteId: string, url: string | null): Promise<boolean> {
  const site = await readSiteInUse(ctx, siteId);
  if (!(await store.wishForPage(ctx, siteId, url))) return false;
  await recordAudit(ctx, {
    action: 'watch.want_rendered_page',
    subject: `site:${siteId}`,
    unitPath: site.unit_path,
    after: { url },
  });
  return true;
}
