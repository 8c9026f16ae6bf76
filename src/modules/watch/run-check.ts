/** One check of one site from its taking to its end. */
import { hostname } from 'node:os';
import { type Actor, type App, type Ctx, systemActor } from '#base/app';
import { elapsed } from '#base/clock';
import { publicUrlOf } from '#base/config';
import { newId } from '#base/id';
import type { AllowedHost } from '#base/outbound';
import { closeMissing, countOpen, recordFindings, type SeenFault } from '#findings';
import { findingKindSchema } from '#scan/contract';
import { findByHosts, readSite, recordCheck, type SiteHealth, type SiteRow } from '#sites';
import { checkFinished } from './contract.ts';
import { type Crawl, type CrawledPage, type CrawlLimits, type CrawlTarget, crawlSite } from './crawl-site.ts';
import { type KeyedList, keyedList, type ReaderPool } from './read-page.ts';
import { allowedHost, type CheckState, judgeCrawl, MAX_ATTEMPTS, twinOf } from './rules.ts';
import * as store from './store.ts';
import { readWords, termListOf } from './words.ts';

export interface CheckTools {
  readonly pool: ReaderPool;
  readonly signal: AbortSignal;
  readonly limits?: Partial<CrawlLimits>;
}

interface Work {
  readonly check: store.TakenCheck;
  readonly holder: string;
  readonly site: SiteRow;
  readonly target: CrawlTarget;
  readonly words: KeyedList;
  readonly wordList: number;
}

const actor: Actor = systemActor('watch');

/** More findings than this are not kept of one check; pages beyond it count as not fully seen. */
const FINDINGS_MAX = 10_000;
/** Pages with open findings that are visited whether or not a link leads there. */
const SEEDS_MAX = 100;
/** How often the lease is renewed, in milliseconds. */
const RENEW_MS = 20_000;

/**
 * Checks a site now: takes its running check, or opens one. Does nothing when another worker is at it. What was
 * seen is kept in one transaction at the end, by the holder of the check only, so a run that is killed leaves
 * nothing behind and its repetition doubles nothing. Returns whether another check of the site waits to be run.
 */
export async function runCheck(app: App, siteId: string, tools: CheckTools): Promise<boolean> {
  const holder = `${hostname()}:${process.pid}:${newId()}`;
  const work = await app.run(actor, (ctx) => prepare(ctx, siteId, holder));
  if (!work) return false;
  if (work.check.attempts > MAX_ATTEMPTS) {
    return app.run(actor, (ctx) => giveUp(ctx, work));
  }
  let crawl: Crawl;
  try {
    crawl = await crawlSite(work.target, {
      pool: tools.pool,
      words: work.words,
      userAgent: `JiaodunWatch/1.0 (+${publicUrlOf(app.config)})`,
      signal: tools.signal,
      onRequest: keepLease(app, work),
      ...(tools.limits ? { limits: tools.limits } : {}),
    });
  } catch (error) {
    const isStop = tools.signal.aborted;
    await app.run(actor, (ctx) => store.releaseCheck(ctx, work.check.id, holder, !isStop));
    if (isStop) return false;
    throw error;
  }
  return app.run(actor, (ctx) => finish(ctx, work, crawl));
}

async function prepare(ctx: Ctx, siteId: string, holder: string): Promise<Work | undefined> {
  const site = await readSite(ctx, siteId);
  await store.insertCheck(ctx, { id: site.id, unitPath: site.unit_path });
  const check = await store.takeCheck(ctx, siteId, holder);
  if (!check) return undefined;
  const words = await readWords(ctx);
  return {
    check,
    holder,
    site,
    target: await targetOf(ctx, site),
    words: keyedList(termListOf(words.body, words.version, words.source)),
    wordList: words.version,
  };
}

/** The site's host, and the one with or without `www.` when the same unit has registered that too. */
async function targetOf(ctx: Ctx, site: SiteRow): Promise<CrawlTarget> {
  const twin = (await findByHosts(ctx, [twinOf(site.host)])).get(twinOf(site.host));
  const own = twin && twin.unit_id === site.unit_id ? [site, twin] : [site];
  return {
    url: site.url,
    hosts: new Set(own.map((one) => one.host)),
    allow: own
      .map((one) => allowedHost({ url: one.url, resolveTo: one.resolve_to }))
      .filter((one): one is AllowedHost => one !== undefined),
    seeds: await store.pagesWithFindings(ctx, site.id, SEEDS_MAX),
  };
}

function keepLease(app: App, { check, holder }: Work): () => Promise<void> {
  let renewed = elapsed();
  return async () => {
    if (elapsed() - renewed < RENEW_MS) return;
    renewed = elapsed();
    await app.run(actor, (ctx) => store.renewLease(ctx, check.id, holder));
  };
}

async function finish(ctx: Ctx, work: Work, crawl: Crawl): Promise<boolean> {
  const { check, site } = work;
  const end = { id: check.id, holder: work.holder, wordList: work.wordList };
  if (!(await store.lockOwnCheck(ctx, end))) return false;
  const { faults, seenUrls } = sortPages(crawl.pages);
  const recorded = await recordFindings(ctx, {
    unitId: site.unit_id,
    unitPath: site.unit_path,
    siteId: site.id,
    siteName: site.name,
    checkId: check.id,
    seen: faults,
  });
  await closeMissing(ctx, {
    siteId: site.id,
    checkedUrls: seenUrls,
    kinds: findingKindSchema.options,
    checkId: check.id,
  });
  const seen = recorded.opened.length + recorded.reopened.length + recorded.stillOpen.length;
  const open = await countOpen(ctx, site.id);
  const verdict = judgeCrawl({
    home: crawl.pages[0] ?? null,
    pages: crawl.pages,
    seen,
    open,
    left: crawl.left,
  });
  await store.insertPages(ctx, { id: check.id, unitPath: site.unit_path }, crawl.pages);
  const again = await store.endCheck(ctx, {
    ...end,
    ...verdict,
    pages: crawl.pages.filter((page) => page.status > 0).length,
    bytes: crawl.pages.reduce((sum, page) => sum + page.bytes, 0),
    findings: seen,
  });
  await tell(ctx, work, verdict.state, open);
  return again && openAnother(ctx, site);
}

/** Writes the site's health and tells whoever listens. */
async function tell(ctx: Ctx, { check, site }: Work, state: CheckState, open: number): Promise<void> {
  await recordCheck(ctx, { siteId: site.id, health: healthOf(state, open) });
  // A check that could not look neither finds nor clears.
  const critical = state === 'faulty' ? await store.standingCritical(ctx, site.id) : [];
  await ctx.emit(checkFinished, { checkId: check.id, siteId: site.id, state, critical }, site.unit_path);
}

/** The check that was asked for while this one ran. Its row waits even when this process dies now. */
async function openAnother(ctx: Ctx, site: SiteRow): Promise<boolean> {
  return (await store.insertCheck(ctx, { id: site.id, unitPath: site.unit_path })) !== null;
}

/** A check that failed by itself says nothing about the site, except that known faults stand. */
function healthOf(state: CheckState, open: number): SiteHealth {
  if (state === 'failed' || state === 'running') return open > 0 ? 'faulty' : 'unknown';
  return state;
}

async function giveUp(ctx: Ctx, work: Work): Promise<boolean> {
  const { check, site } = work;
  const end = { id: check.id, holder: work.holder, wordList: work.wordList };
  if (!(await store.lockOwnCheck(ctx, end))) return false;
  const reason = `检查进程中断了 ${MAX_ATTEMPTS} 次，没有完成`;
  const again = await store.endCheck(ctx, {
    ...end,
    state: 'failed',
    reason,
    pages: 0,
    bytes: 0,
    findings: 0,
  });
  await tell(ctx, work, 'failed', await countOpen(ctx, site.id));
  return again && openAnother(ctx, site);
}

/**
 * What was seen, and the addresses that were seen whole: only there a missing finding is a removed one. An address
 * that leads to a page which was read has nothing of its own any more.
 */
function sortPages(pages: readonly CrawledPage[]): { faults: SeenFault[]; seenUrls: string[] } {
  const faults: SeenFault[] = [];
  const seenUrls: string[] = [];
  for (const page of pages) {
    const room = FINDINGS_MAX - faults.length;
    for (const one of page.findings.slice(0, room)) {
      const { kind, rule, severity, start, end, text, context, view } = one;
      const place = { url: page.url, part: one.part ?? null, href: one.href ?? null };
      faults.push({ kind, rule, severity, start, end, text, context, view, ...place });
    }
    const isWhole = (page.outcome === 'read' || page.outcome === 'gone') && page.findings.length <= room;
    if (isWhole) seenUrls.push(page.url, ...page.via);
  }
  return { faults, seenUrls };
}
