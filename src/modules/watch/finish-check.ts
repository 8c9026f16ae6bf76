/** What only a whole check can say: the home page's look and footer, dead links, stale columns, campaigns. */

import { recordAudit } from '#audit';
import type { Ctx } from '#base/app';
import { closeMissing, recordFindings, type SeenFault } from '#findings';
import { findingKindSchema } from '#scan/contract';
import { columnsOf, findByFilings, type SiteRow } from '#sites';
import { raiseTask } from '#tasks';
import { findUnit } from '#units';
import { columnOf, judgeColumns, judgeInteractive } from './column-rules.ts';
import { type CrawlPolicy, isBelow } from './crawl-policy.ts';
import { digitsOf, judgeFiling, type ShownFilings, subjectOf } from './filing-rules.ts';
import * as store from './finish-store.ts';
import { wishForHome } from './home-pictures/draw-homes.ts';
import { LOOK_KIND } from './home-pictures/rules.ts';
import { judgeHome, judgeStale, learnHome, lookOf, pageFault } from './home-rules.ts';
import type { Looks } from './look-as.ts';
import { isMissingPage } from './missing-rules.ts';
import { wishForGrave } from './picture-store.ts';
import { wishForPages } from './rendered/store.ts';
import type { Outcome } from './rules.ts';

/** Kinds of findings that the end of a check looks for; it closes those that it no longer sees. */
const ownKinds = ['defacement', 'filing', 'stale', 'change', 'interactive'];
/** Those of which only a check that came to the end of its line can say that they are gone. */
const wholeKinds = ['campaign', 'dead-link'];
/** All that a crawl judges; what probes find says nothing about it. */
export const crawlKinds = [...findingKindSchema.options, ...ownKinds, ...wholeKinds, 'cloaking', LOOK_KIND];

export interface Finishing {
  readonly place: store.Place;
  readonly site: SiteRow;
  readonly policy: CrawlPolicy;
  readonly pages: readonly { url: string; outcome: Outcome }[];
  readonly homeIsHarmful: boolean;
  readonly looks: Looks | null;
  /** Addresses that the check did not come to. */
  readonly left: number;
}

/** Judges the check as a whole and keeps what it finds. Returns how many findings it saw. */
export async function finishCheck(ctx: Ctx, work: Finishing): Promise<number> {
  const { place, site, looks } = work;
  const home = work.pages[0];
  const faults: SeenFault[] = [...(looks?.faults ?? [])];
  const footer = home?.outcome === 'read' ? await filingsOf(ctx, work, home.url) : undefined;
  if (home?.outcome === 'read') faults.push(...(await judgeHomePage(ctx, work, home.url)));
  if (home && footer) faults.push(...(await judgeNumbers(ctx, site, home.url, footer)));
  if (home) await markMissing(ctx, work, home.url);
  faults.push(...(await judgeSections(ctx, work, home?.url)));
  for (const { url, found_on, is_soft } of await store.deadLinks(ctx, place)) {
    const says = is_soft
      ? '服务器说一切正常（200），显示的却是“没有这个网页”；应当返回 404'
      : '服务器说没有这个网页';
    const context = `链接到 ${url.slice(0, 300)}，${says}`;
    const text = url.slice(0, 300);
    const rule = is_soft ? 'dead-link.soft' : 'dead-link.internal';
    faults.push(pageFault(found_on, { kind: 'dead-link', rule, severity: 'low', text, context, href: url }));
  }
  await store.keepExternals(ctx, place, !(await store.hasFormerCheck(ctx, site.id)));
  await noteHarmful(ctx, work);
  await openCampaigns(ctx, work);
  for (const { url, domain } of await store.campaignPages(ctx, place)) {
    const context = `几天内有多所学校的网站出现了指向 ${domain} 的链接或脚本，此前从没有见过`;
    const href = `http://${domain}/`;
    const rule = 'campaign.domain';
    faults.push(pageFault(url, { kind: 'campaign', rule, severity: 'high', text: domain, context, href }));
  }
  if (looks) await store.insertLooks(ctx, place, looks.looks);
  if (home?.outcome === 'read') await wishForHome(ctx, place, home.url);
  await wishForPages(ctx, place, home?.url);
  return keep(ctx, work, faults, footer?.isWhole === false ? ['filing'] : []);
}

/** `unseen`: kinds of which this check could not say that they are gone. */
async function keep(
  ctx: Ctx,
  work: Finishing,
  seen: readonly SeenFault[],
  unseen: readonly string[],
): Promise<number> {
  const { site, place, looks } = work;
  const recorded = await recordFindings(ctx, {
    unitId: site.unit_id,
    unitPath: site.unit_path,
    siteId: site.id,
    siteName: site.name,
    checkId: place.checkId,
    seen,
  });
  const checkedUrls = work.pages
    .filter((page) => page.outcome === 'read' || page.outcome === 'gone')
    .map((page) => page.url);
  const judged = work.left === 0 ? [...ownKinds, ...wholeKinds] : ownKinds;
  const kinds = judged.filter((kind) => !unseen.includes(kind));
  await closeMissing(ctx, { siteId: site.id, checkedUrls, kinds, checkId: place.checkId });
  // Who was turned away under one of the names has not seen that nothing differs there.
  const isLookWhole = looks?.looks.every(({ verdict }) => verdict === 'same' || verdict === 'differs');
  const home = work.pages[0];
  if (isLookWhole && home) {
    const kinds = ['cloaking'];
    await closeMissing(ctx, { siteId: site.id, checkedUrls: [home.url], kinds, checkId: place.checkId });
  }
  await wishForGrave(ctx, [...recorded.opened, ...recorded.reopened]);
  const standing = [...recorded.opened, ...recorded.reopened, ...recorded.stillOpen];
  await store.countOnPages(ctx, place, standing);
  return standing.length;
}

async function judgeHomePage(ctx: Ctx, work: Finishing, url: string): Promise<SeenFault[]> {
  const { place, site, policy } = work;
  const facts = await store.factsOf(ctx, site.id, url);
  if (!facts) return [];
  const row = await store.findBaseline(ctx, site.id);
  const known = row && { look: row.body, learned: row.learned };
  const now = lookOf(facts);
  const faults = known ? judgeHome(url, known, now, work.homeIsHarmful, policy.knownGood) : [];
  const isGood = faults.length === 0 && !work.homeIsHarmful;
  await store.keepBaseline(ctx, place, { ...learnHome(known, now, isGood), latest: now });
  return faults;
}

/** The filing numbers of the home page and of the pages inside it. */
async function filingsOf(ctx: Ctx, { site, place }: Finishing, url: string): Promise<ShownFilings> {
  const home = await store.factsOf(ctx, site.id, url);
  // Pages that an older version read in the same check told less.
  if (!home?.filings) return { filings: [], filingLinks: [], isWhole: false };
  const inside = await store.factsRead(ctx, place, home.frames);
  const all = [home, ...inside];
  return {
    filings: all.flatMap(({ filings }) => filings ?? []),
    filingLinks: all.flatMap(({ filingLinks }) => filingLinks),
    isWhole: inside.length === home.frames.length && !all.some(({ needsBrowser }) => needsBrowser),
  };
}

async function judgeNumbers(ctx: Ctx, site: SiteRow, url: string, shown: ShownFilings): Promise<SeenFault[]> {
  const numbersOf = (kind: string, bareOf: (number: string) => string) =>
    shown.filings.filter((one) => one.kind === kind).map(({ number }) => bareOf(number));
  const fleet = await findByFilings(ctx, {
    subjects: numbersOf('icp', subjectOf),
    police: numbersOf('police', digitsOf),
  });
  const own = { id: site.id, unitId: site.unit_id, icpNo: site.icp_no, policeNo: site.police_no };
  return judgeFiling(url, shown, own, fleet);
}

/** Notes the addresses at which the site shows what it shows for an address that does not exist. */
async function markMissing(ctx: Ctx, { place, site, looks }: Finishing, homeUrl: string): Promise<void> {
  const missing = looks?.missing;
  const facts = missing && (await store.factsOf(ctx, site.id, homeUrl));
  if (!missing || !facts) return;
  const home = { url: homeUrl, facts };
  const same = await store.pagesTitled(ctx, place, missing.facts.title);
  const gone = same.filter((page) => isMissingPage(page, missing, home)).map(({ url }) => url);
  await store.markGone(ctx, place, gone);
}

/** Columns: those that are declared by what was declared, others by what their titles say. */
async function judgeSections(ctx: Ctx, work: Finishing, home: string | undefined): Promise<SeenFault[]> {
  // Days as schools count them.
  const today = new Date(ctx.clock.now().getTime() + 8 * 3_600_000).toISOString().slice(0, 10);
  const columns = await columnsOf(ctx, work.site.id);
  const isRuled = (url: string) => (columnOf(columns, url)?.update_days ?? null) !== null;
  const stale = (await store.datedPages(ctx, work.place))
    .filter(({ url }) => url === home || !isRuled(url))
    .flatMap((page) => judgeStale(page.url, page, page.url === home, work.policy, today) ?? []);
  if (home === undefined) return stale;
  const pages = await store.columnPages(ctx, work.place);
  const check = { home, today, isWhole: work.left === 0 && work.pages[0]?.outcome === 'read' };
  return [...stale, ...judgeColumns(columns, pages, check), ...judgeInteractive(columns, pages, home)];
}

async function noteHarmful(ctx: Ctx, work: Finishing): Promise<void> {
  const targets = await store.harmfulTargets(ctx, work.site.id);
  const found = targets.flatMap(({ href, url }) => {
    const domain = URL.parse(href)?.hostname;
    return domain ? [{ domain, url }] : [];
  });
  const home = work.pages[0]?.url ?? work.site.url;
  const shown = (work.looks?.hosts ?? []).map((domain) => ({ domain, url: home }));
  await store.markHarmful(ctx, work.place, [...found, ...shown]);
}

/** One domain on several sites is one matter: told once, to the city. */
async function openCampaigns(ctx: Ctx, work: Finishing): Promise<void> {
  const { campaign, knownGood } = work.policy;
  for (const spread of await store.spreadOf(ctx, work.site.id, campaign.days)) {
    if (isBelow(spread.domain, knownGood)) continue;
    const isHarmful = spread.harmful >= campaign.harmfulSites;
    if (!isHarmful && !(spread.is_new && spread.fresh >= campaign.sites)) continue;
    const city = await findUnit(ctx, { kind: 'city' });
    if (!city) return;
    const id = await store.openCampaign(ctx, spread.domain, isHarmful ? 'harmful' : 'new', city.unit_path);
    if (!id) continue;
    const sites = isHarmful ? spread.harmful : spread.fresh;
    await recordAudit(ctx, {
      action: 'watch.open_campaign',
      subject: `domain_campaign:${id}`,
      unitPath: city.unit_path,
      after: { domain: spread.domain, reason: isHarmful ? 'harmful' : 'new', sites },
    });
    await raiseTask(ctx, {
      key: `watch:campaign:${id}`,
      kind: 'watch.campaign',
      unitId: city.id,
      unitPath: city.unit_path,
      assignee: { role: 'city_officer' },
      title: `${spread.domain} 出现在 ${sites} 所学校的网站上`,
      why: '同一个外部域名几天内出现在多所学校的网站上，可能是同一次入侵。请核对并通知这些学校。',
      legalBasis: '《网络安全法》第二十七条；丽教办发〔2009〕57号 第二条（D24）',
      dueAt: new Date(ctx.clock.now().getTime() + 86_400_000),
      minutes: 30,
      link: `/campaigns/${id}`,
    });
  }
}
