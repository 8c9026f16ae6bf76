/**
 * Websites that nobody registered: names below a unit's domains that name servers are asked for, and what answers on its
 * public addresses. Within a look one request at a time, at least a second apart: this is looking, not scanning.
 */
import { z } from 'zod';
import { type App, type Ctx, systemActor } from '#base/app';
import { elapsed } from '#base/clock';
import { defineJob } from '#base/jobs';
import { isPublicAddress } from '#base/outbound/addresses';
import { type AskedName, findAskedNames } from '#logs';
import { findSite } from '#sites';
import { waitFor } from '../polite-fetching.ts';
import { readRules } from '../probe/probe-rules.ts';
import { kindOfFinding, lately } from '../probe/probe-store.ts';
import { looksLikeOwnNetwork } from '../probe/rules.ts';
import { askStranger, type StrangerTools } from './ask-stranger.ts';
import { closeStranger, keepStranger, STRANGER_KIND, seenAgain } from './keep-strangers.ts';
import { addressesFrom, domainsOf, type Owner, ownerOf, registeredNames } from './rules.ts';
import * as store from './store.ts';

const looker = systemActor('watch.strangers');

/** Names that are asked a day: the most asked for first. */
const NAMES_A_DAY = 100;
/** Names of the last so many hours: the look is daily, logs may come late. */
const NAME_HOURS = 48;
const NAME_MS = 15_000;
/** What listens answers at once; a filter that swallows everything must not hold the round. */
const ADDRESS_MS = 3000;
const ADDRESSES_A_STEP = 20;
const PACE_MS = 1000;

const stops = new WeakMap<App, AbortController>();

function toolsOf(app: App): StrangerTools {
  const known = stops.get(app);
  const stop = known && !known.signal.aborted ? known : new AbortController();
  stops.set(app, stop);
  return { signal: stop.signal };
}

/** What is broken off because the process ends goes on with the next round; it is no failure. */
async function untilStopped(tools: StrangerTools, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!tools.signal.aborted) throw error;
  }
}

/** Breaks off what is under way; it goes on with the next round. */
export function stopStrangers(app: App): void {
  stops.get(app)?.abort();
}

/** Waits between two requests of one look. */
function createPace(tools: StrangerTools): () => Promise<void> {
  let last = Number.NEGATIVE_INFINITY;
  return async () => {
    const wait = last + (tools.allow ? 0 : PACE_MS) - elapsed();
    if (wait > 0) await waitFor(wait, tools.signal);
    last = elapsed();
  };
}

interface Ground {
  readonly sites: Awaited<ReturnType<typeof store.knownSites>>;
  readonly registered: ReadonlySet<string>;
  readonly known: ReadonlySet<string>;
}

async function groundOf(ctx: Ctx): Promise<Ground> {
  const sites = await store.knownSites(ctx);
  return {
    sites,
    registered: registeredNames(sites),
    known: new Set(sites.flatMap(({ addresses }) => addresses)),
  };
}

/** The daily look: what stands is asked again, then names that are new; ranges that are new get their place in the line. */
export function lookForNames(app: App, tools: StrangerTools = toolsOf(app)): Promise<void> {
  return untilStopped(tools, async () => {
    await recheckStrangers(app, tools);
    await askNewNames(app, tools);
  });
}

async function askNewNames(app: App, tools: StrangerTools): Promise<void> {
  const ground = await app.run(looker, groundOf);
  const domains = domainsOf(ground.sites);
  const now = app.clock.now();
  const from = new Date(now.getTime() - NAME_HOURS * 3_600_000);
  const names = await app.run(looker, async (ctx) => {
    const { rules } = await readRules(ctx);
    const isAllowed = (cidr: string) => isPublicAddress(cidr.split('/')[0]!) || tools.allow !== undefined;
    const ranges = await store.allocatedRanges(ctx, rules.sweepPrefix);
    await store.enrolRanges(
      ctx,
      ranges.filter(({ cidr }) => isAllowed(cidr)),
    );
    return findAskedNames(ctx, { below: [...domains.keys()], from, to: now, limit: 2000 });
  });
  const pace = createPace(tools);
  const strange = names.filter(({ host }) => !ground.registered.has(host)).slice(0, NAMES_A_DAY);
  for (const name of strange) {
    const owner = ownerOf(name.host, domains);
    if (owner) await askName(app, name, owner, { ground, tools, pace });
  }
}

interface Asking {
  readonly ground: Ground;
  readonly tools: StrangerTools;
  readonly pace: () => Promise<void>;
}

async function askName(
  app: App,
  name: AskedName,
  owner: Owner,
  { ground, tools, pace }: Asking,
): Promise<void> {
  for (const scheme of ['http', 'https']) {
    const url = URL.parse(`${scheme}://${name.host}/`)?.href;
    if (url === undefined) return;
    await pace();
    const told = await askStranger(app, url, ground.registered, { ...tools, timeoutMs: NAME_MS });
    if (told.is !== 'site') continue;
    const evidence = `域名 ${name.host} 在 ${owner.unitName} 登记的 ${owner.by} 之下而没有登记；两天内有 ${name.clients} 个终端查询 ${name.times} 次，最近 ${timeOf(name.lastAt)}`;
    await app.run(looker, (ctx) =>
      keepStranger(ctx, { url, rule: 'unregistered.name', owner, told, evidence }),
    );
    return;
  }
}

/** The time as schools see it, to the minute. */
const timeOf = (time: Date) =>
  new Date(time.getTime() + 8 * 3_600_000).toISOString().slice(0, 16).replace('T', ' ');

/** One step of the slow round through allocated ranges: some addresses of the one whose turn it is. */
export function sweepOn(app: App, tools: StrangerTools = toolsOf(app)): Promise<void> {
  return untilStopped(tools, () => sweepStep(app, tools));
}

async function sweepStep(app: App, tools: StrangerTools): Promise<void> {
  const step = await app.run(looker, async (ctx) => {
    const { rules } = await readRules(ctx);
    const range = await store.takeRange(ctx, rules.sweepPrefix);
    if (!range) return undefined;
    const { addresses, next } = addressesFrom(range.cidr, range.from, ADDRESSES_A_STEP);
    const holders = await store.holdersOf(ctx, range.realm, addresses);
    return { rules, range, addresses, next, holders, ground: await groundOf(ctx) };
  });
  if (!step) return;
  const { range, ground } = step;
  const pace = createPace(tools);
  for (const address of step.addresses) {
    const owner = step.holders.get(address);
    // What lies in a narrower range has its own turn; where a registered site stands there is nothing to find.
    if (owner?.by !== range.cidr || ground.known.has(address)) continue;
    if (!isPublicAddress(address) && !tools.allow) continue;
    for (const port of step.rules.sweepPorts)
      await askAddress(app, { address, port, owner }, { ground, tools, pace });
  }
  await app.run(looker, (ctx) => store.leaveRange(ctx, range, step.next));
}

async function askAddress(
  app: App,
  at: { address: string; port: number; owner: Owner },
  { ground, tools, pace }: Asking,
): Promise<void> {
  const { address, port, owner } = at;
  const url = new URL(`${port % 1000 === 443 ? 'https' : 'http'}://${address}:${port}/`).href;
  await pace();
  const told = await askStranger(app, url, ground.registered, { ...tools, timeoutMs: ADDRESS_MS });
  if (told.is !== 'site') return;
  const evidence = `地址 ${address} 分配给 ${owner.unitName}（${owner.by}），没有网站登记在这个地址上`;
  await app.run(looker, (ctx) =>
    keepStranger(ctx, { url, rule: 'unregistered.address', owner, told, evidence }),
  );
}

/**
 * Asks what stands again. Registered now: closed. It answers: seen again. No answer: closed when the unit said so, or when
 * it was so for two days; not while our own line seems to be down.
 */
export async function recheckStrangers(
  app: App,
  tools: StrangerTools = toolsOf(app),
  only: string | null = null,
): Promise<void> {
  const { standing, ground, isOwnFault } = await app.run(looker, async (ctx) => ({
    standing: await store.standing(ctx, only),
    ground: await groundOf(ctx),
    isOwnFault: looksLikeOwnNetwork('connect', await lately(ctx)),
  }));
  const pace = createPace(tools);
  for (const one of standing) {
    const { hostname } = new URL(one.url);
    if (ground.registered.has(hostname) || ground.known.has(hostname)) {
      await app.run(looker, (ctx) => closeStranger(ctx, one.url));
      continue;
    }
    await pace();
    const told = await askStranger(app, one.url, ground.registered, { ...tools, timeoutMs: NAME_MS });
    if (told.is === 'site') {
      await app.run(looker, (ctx) => seenAgain(ctx, one));
    } else if (told.is === 'none' && (one.isFixed || one.isOld) && !isOwnFault) {
      await app.run(looker, (ctx) => closeStranger(ctx, one.url));
    }
  }
}

export const recheckStrangersJob = defineJob({
  name: 'watch.recheck-stranger',
  payload: z.object({ url: z.string() }),
  maxAttempts: 3,
  run: (app, { url }) => {
    const tools = toolsOf(app);
    return untilStopped(tools, () => recheckStrangers(app, tools, url));
  },
});

/** Looks again at once when a unit says that an unregistered website is gone. */
export async function strangerFix(
  ctx: Ctx,
  { findingId, siteId }: { findingId: string; siteId: string | null },
): Promise<void> {
  if (siteId !== null || (await kindOfFinding(ctx, findingId)) !== STRANGER_KIND) return;
  const url = await store.urlOf(ctx, findingId);
  if (url !== undefined) await ctx.enqueue(recheckStrangersJob, { url }, { key: `watch.stranger:${url}` });
}

/** A website that is registered is no stranger any more. */
export async function strangerRegistered(ctx: Ctx, { siteId }: { siteId: string }): Promise<void> {
  const site = await findSite(ctx, siteId);
  if (!site) return;
  const names = registeredNames([site]);
  const standing = await store.standing(ctx);
  const urls = standing.map(({ url }) => url).filter((url) => names.has(new URL(url).hostname));
  for (const url of urls) await closeStranger(ctx, url);
}
