/** One check of one site from its taking to its end. */
import { hostname } from 'node:os';
import { type Actor, type App, type Ctx, systemActor } from '#base/app';
import { elapsed } from '#base/clock';
import { publicUrlOf } from '#base/config';
import { newId } from '#base/id';
import type { AllowedHost } from '#base/outbound';
import { countOpen } from '#findings';
import { findByHosts, readSite, recordCheck, type SiteRow } from '#sites';
import * as attachments from './attachment-store.ts';
import { checkFinished } from './contract.ts';
import { type CrawlPolicy, readPolicy } from './crawl-policy.ts';
import {
  type Crawl,
  type CrawlLimits,
  type CrawlTarget,
  type CrawlTools,
  crawlSite,
  defaultLimits,
} from './crawl-site.ts';
import * as crawlStore from './crawl-store.ts';
import { crawlKinds, finishCheck } from './finish-check.ts';
import * as finishStore from './finish-store.ts';
import type { KnownPage } from './judge-page.ts';
import { CheckLost, type Keeping } from './keep-step.ts';
import { countPages } from './kept-store.ts';
import { type HeldCheck, holdCheck } from './lease-keeper.ts';
import { type Looks, lookAs } from './look-as.ts';
import type { Look } from './look-rules.ts';
import { createFetching } from './polite-fetching.ts';
import { type KeyedList, type ReaderPool, readWithOf } from './read-page.ts';
import { inBoth } from './reason-words.ts';
import { allowedHost, type CheckState, judgeCrawl, MAX_ATTEMPTS, twinOf, unreadOf } from './rules.ts';
import { stepKeeperOf } from './step-keeper.ts';
import * as store from './store.ts';
import { keyedWords } from './words.ts';

export interface CheckTools {
  readonly pool: ReaderPool;
  readonly signal: AbortSignal;
  readonly limits?: Partial<CrawlLimits>;
  /** Only takes up a check that runs and that nobody holds; otherwise a check is opened where none runs. */
  readonly onlyTakesUp?: boolean;
}

interface Work extends Keeping {
  readonly check: store.TakenCheck;
  readonly target: CrawlTarget;
  readonly known: ReadonlyMap<string, KnownPage>;
  readonly words: KeyedList;
  readonly wordList: number;
  readonly policy: CrawlPolicy;
}

const actor: Actor = systemActor('watch');

/** Pages with open findings that are visited whether or not a link leads there. */
const SEEDS_MAX = 100;

/**
 * Checks a site now: takes its running check, or opens one. Does nothing when another worker is at it. Every page is
 * kept with its findings and links before the next is asked for, by the holder of the check only: who takes up the
 * check of a worker that died goes on at its next address. Returns whether another check of the site waits to be run.
 */
export async function runCheck(app: App, siteId: string, tools: CheckTools): Promise<boolean> {
  const holder = `${hostname()}:${process.pid}:${newId()}`;
  const takenAt = elapsed();
  const work = await app.run(actor, (ctx) => prepare(ctx, siteId, holder, tools.onlyTakesUp ?? false));
  if (!work) return false;
  const held = holdCheck(app, work.check.id, holder, takenAt);
  return runHeld(app, work, held, tools).finally(held.end);
}

async function runHeld(app: App, work: Work, held: HeldCheck, tools: CheckTools): Promise<boolean> {
  const { holder } = work;
  if (work.check.attempts > MAX_ATTEMPTS) {
    return app.run(actor, (ctx) => giveUp(ctx, work));
  }
  let seen: { crawl: Crawl; looks: Looks | null };
  try {
    seen = await look(app, work, held, tools);
  } catch (error) {
    if (error instanceof CheckLost) return false;
    const isStop = tools.signal.aborted;
    await app.run(actor, (ctx) => store.releaseCheck(ctx, work.check.id, holder, !isStop));
    if (isStop) return false;
    throw error;
  }
  return app.run(actor, (ctx) => finish(ctx, work, seen.crawl, seen.looks));
}

/** Crawls, and then looks at the home page under other names. */
async function look(
  app: App,
  work: Work,
  held: HeldCheck,
  tools: CheckTools,
): Promise<{ crawl: Crawl; looks: Looks | null }> {
  const keeper = stepKeeperOf(app);
  const crawling: CrawlTools = {
    pool: tools.pool,
    words: work.words,
    knownPage: (url) => work.known.get(url),
    knownFile: (sha256) =>
      app.run(actor, (ctx) => attachments.isKnownFile(ctx, work.site.id, sha256, work.readWith)),
    userAgent: `JiaodunWatch/1.0 (+${publicUrlOf(app.config)})`,
    signal: tools.signal,
    onRequest: held.assure,
    loopbackPauseMs: app.config.watchLoopbackPauseMs,
    keep: async (step) => {
      const startedAt = elapsed();
      work.seen += await keeper.keep(work, step);
      held.renewed(startedAt);
      if (step.page) work.order += 1;
    },
    ...(tools.limits ? { limits: tools.limits } : {}),
  };
  const limits = { ...defaultLimits, ...tools.limits };
  const fetching = createFetching(work.target, crawling, limits.requestMs);
  const leave = keeper.join();
  const crawl = await crawlSite(work.target, crawling, fetching).finally(leave);
  const home = await app.run(actor, (ctx) => homeOf(ctx, work));
  if (!home) return { crawl, looks: null };
  const { knownGood } = work.policy;
  const seed = `${work.check.id}:${work.site.id}`;
  const asking = { pool: tools.pool, words: work.words, fetching, knownGood, seed };
  return { crawl, looks: await lookAs(home, work.target, asking) };
}

/** The home page as this check read it; undefined when it was not read whole. */
async function homeOf(ctx: Ctx, { check, site }: Work): Promise<{ url: string; look: Look } | undefined> {
  const [home] = await crawlStore.keptPages(ctx, check.id);
  if (home?.outcome !== 'read') return undefined;
  const facts = (await finishStore.factsOf(ctx, site.id, home.url)) ?? null;
  const findings = await finishStore.pageFindings(ctx, site.id, home.url);
  return { url: home.url, look: { facts, findings, leadsTo: null } };
}

async function prepare(
  ctx: Ctx,
  siteId: string,
  holder: string,
  onlyTakesUp: boolean,
): Promise<Work | undefined> {
  const site = await readSite(ctx, siteId);
  if (site.retired_at) return undefined;
  if (!onlyTakesUp) await store.insertCheck(ctx, { id: site.id, unitPath: site.unit_path });
  const check = await store.takeCheck(ctx, siteId, holder);
  if (!check) return undefined;
  const { version, list } = await keyedWords(ctx);
  const faulty = await store.pagesWithFindings(ctx, site.id);
  const place = placeOf({ check, site });
  const readWith = readWithOf(list);
  await crawlStore.openLine(ctx, place, site.url, faulty.slice(0, SEEDS_MAX));
  const line = await crawlStore.readLine(ctx, place, readWith);
  const pages = await crawlStore.keptPages(ctx, check.id);
  return {
    check,
    holder,
    site,
    home: site.url,
    target: {
      ...(await targetOf(ctx, site)),
      seeds: line.waiting,
      done: new Map(pages.map(({ url, outcome }) => [url, outcome])),
      visited: line.visited,
    },
    known: withoutHome(line.known, site.url),
    words: list,
    wordList: version,
    readWith,
    faultyUrls: new Set(faulty),
    order: pages.length,
    seen: check.findings,
    policy: (await readPolicy(ctx)).body,
  };
}

const placeOf = ({ check, site }: Pick<Work, 'check' | 'site'>) => ({
  checkId: check.id,
  siteId: site.id,
  unitPath: site.unit_path,
});

/** The home page is always read: a server that says "not modified" decides nothing about the page that matters most. */
function withoutHome(known: ReadonlyMap<string, KnownPage>, home: string): ReadonlyMap<string, KnownPage> {
  return new Map([...known].filter(([url]) => url !== home));
}

/** The site's host, and the one with or without `www.` when the same unit has registered that too. */
async function targetOf(ctx: Ctx, site: SiteRow): Promise<Omit<CrawlTarget, 'seeds'>> {
  const twin = (await findByHosts(ctx, [twinOf(site.host)])).get(twinOf(site.host));
  const own = twin && twin.unit_id === site.unit_id ? [site, twin] : [site];
  return {
    url: site.url,
    hosts: new Set(own.map((one) => one.host)),
    allow: own
      .map((one) => allowedHost({ url: one.url, resolveTo: one.resolve_to }))
      .filter((one): one is AllowedHost => one !== undefined),
  };
}

async function finish(ctx: Ctx, work: Work, crawl: Crawl, looks: Looks | null): Promise<boolean> {
  const { check, site } = work;
  const end = { id: check.id, holder: work.holder, wordList: work.wordList };
  if (!(await store.lockOwnCheck(ctx, end))) return false;
  const pages = await crawlStore.keptPages(ctx, check.id);
  const atHome = pages[0] ? await finishStore.pageFindings(ctx, site.id, pages[0].url) : [];
  const seen = await finishCheck(ctx, {
    place: placeOf(work),
    site,
    policy: work.policy,
    pages,
    homeIsHarmful: atHome.some((one) => one.severity === 'critical'),
    looks,
    left: crawl.left,
  });
  await countPages(ctx, [{ id: check.id, holder: work.holder, pages: 0, bytes: 0, findings: seen }], 0);
  const open = await countOpen(ctx, site.id, crawlKinds);
  const home = pages[0] ?? null;
  const verdict = judgeCrawl({ home, pages, seen: work.seen + seen, open, left: crawl.left });
  const again = await store.endCheck(ctx, { ...end, ...verdict });
  await tell(ctx, work, verdict.state, open, unreadOf(pages).length);
  return again && openAnother(ctx, site);
}

/** Writes the site's health and tells whoever listens. */
async function tell(
  ctx: Ctx,
  { check, site }: Work,
  state: CheckState,
  open: number,
  unreadPages = 0,
): Promise<void> {
  await recordCheck(ctx, { siteId: site.id, health: healthOf(state, open), unreadPages });
  // A check that could not look neither finds nor clears.
  const critical = state === 'faulty' ? await store.standingCritical(ctx, site.id) : [];
  await ctx.emit(checkFinished, { checkId: check.id, siteId: site.id, state, critical }, site.unit_path);
}

/** The check that was asked for while this one ran. Its row waits even when this process dies now. */
async function openAnother(ctx: Ctx, site: SiteRow): Promise<boolean> {
  return (await store.insertCheck(ctx, { id: site.id, unitPath: site.unit_path })) !== null;
}

/** A check that failed by itself says nothing about the site, except that known faults stand. */
function healthOf(state: CheckState, open: number): SiteRow['health'] {
  if (state === 'failed' || state === 'running') return open > 0 ? 'faulty' : 'unknown';
  return state;
}

async function giveUp(ctx: Ctx, work: Work): Promise<boolean> {
  const { check, site } = work;
  const end = { id: check.id, holder: work.holder, wordList: work.wordList };
  if (!(await store.lockOwnCheck(ctx, end))) return false;
  const reason = inBoth(
    `检查进程中断了 ${MAX_ATTEMPTS} 次，没有完成`,
    `The process of the check broke off ${MAX_ATTEMPTS} times; the check is not complete`,
  );
  const again = await store.endCheck(ctx, {
    ...end,
    state: 'failed',
    reason,
  });
  await tell(ctx, work, 'failed', await countOpen(ctx, site.id, crawlKinds));
  return again && openAnother(ctx, site);
}
