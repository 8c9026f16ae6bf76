/** Keeps steps of crawls as they come: the page, its findings, its changes, the links that it leads to. */
import type { Ctx } from '#base/app';
import { closeMissing, recordFindings, type SeenFault } from '#findings';
import { findingKindSchema } from '#scan/contract';
import { noteRead, type SiteRow } from '#sites';
import { keepAttachment } from './attachment-store.ts';
import { comparePages, learnVolatile, nothingVolatile, type Volatile } from './compare-page.ts';
import type { Step } from './crawl-site.ts';
import type { CrawledPage } from './judge-page.ts';
import * as store from './kept-store.ts';
import { wishForGrave } from './picture-store.ts';
import { periods } from './rules.ts';

export interface Keeping {
  readonly check: { readonly id: string };
  readonly holder: string;
  readonly site: SiteRow;
  readonly home: string;
  /** Names the words and the reader. */
  readonly readWith: string;
  /** Pages of the site on which a finding is open: only there something can be closed. */
  readonly faultyUrls: ReadonlySet<string>;
  /** Pages kept so far. */
  order: number;
  /** Findings seen so far. */
  seen: number;
}

/** Another worker has taken the check: what was fetched here is nobody's. */
export class CheckLost extends Error {
  override readonly name = 'CheckLost';
}

/** More findings than this are not kept of one check; pages beyond it count as not fully seen. */
const FINDINGS_MAX = 10_000;

/** A step with the check that it belongs to. */
export interface Kept {
  readonly work: Keeping;
  readonly step: Step;
}

/**
 * Whether keeping a step concerns findings: those lock their site and write to-dos, so that two workers who keep
 * several such steps at once could wait for each other.
 */
export function concernsFindings({ work, step }: Kept): boolean {
  const urls = [step.url, ...step.via];
  return (step.page?.findings.length ?? 0) > 0 || urls.some((url) => work.faultyUrls.has(url));
}

/**
 * Keeps steps of different checks in the caller's transaction. Returns for each how many findings it saw, or
 * `CheckLost` when its check is no longer the holder's.
 */
export async function keepSteps(ctx: Ctx, steps: readonly Kept[]): Promise<(number | CheckLost)[]> {
  const lease = periods.lease / 1000;
  const held = await store.countPages(ctx, steps.map(countOf), lease);
  const own = steps.filter(({ work }) => held.has(work.check.id));
  const firstRead = own.filter(
    ({ work, step }) => step.outcome === 'read' && work.site.first_read_at === null,
  );
  await noteRead(
    ctx,
    firstRead.map(({ work }) => work.site),
  );
  const seen = new Map<Kept, number>();
  for (const one of own) if (concernsFindings(one)) seen.set(one, await keepFindings(ctx, one, lease));
  const pages = own.flatMap((one) =>
    one.step.page ? [{ work: one.work, page: one.step.page, seen: seen.get(one) ?? 0 }] : [],
  );
  const volatile = await keepChanges(ctx, pages);
  for (const { work, page } of pages) {
    if (isAttachment(page)) await keepAttachment(ctx, placeOf(work), page, work.readWith);
  }
  const keptPages = pages.map(({ work, page, seen }) => ({
    place: placeOf(work),
    page,
    seen,
    order: work.order,
    readWith: work.readWith,
    volatile: volatile.get(page) ?? null,
  }));
  await store.keepPages(ctx, keptPages);
  await store.markVisited(
    ctx,
    own.map(({ work, step }) => ({ place: placeOf(work), urls: step.via, gone: goneWith(step) })),
  );
  const found = own.map(({ work, step }) => ({
    place: placeOf(work),
    urls: step.found,
    from: step.url,
    isHome: step.url === work.home,
  }));
  await store.addFound(ctx, found);
  return steps.map((one) => (held.has(one.work.check.id) ? (seen.get(one) ?? 0) : new CheckLost()));
}

/** A page that was read before is not asked for its status again: 404 stands for it. */
const goneWith = ({ outcome, page }: Step) => (outcome === 'gone' ? (page?.status ?? 404) : null);

function countOf({ work, step: { page } }: Kept): store.Count {
  return {
    id: work.check.id,
    holder: work.holder,
    pages: page && page.status > 0 ? 1 : 0,
    bytes: page?.bytes ?? 0,
    findings: 0,
  };
}

const placeOf = ({ check, site }: Keeping): store.Place => ({
  checkId: check.id,
  siteId: site.id,
  unitPath: site.unit_path,
});

/** Records what a page shows and closes what it no longer shows. Returns how many findings it saw. */
async function keepFindings(ctx: Ctx, { work, step }: Kept, lease: number): Promise<number> {
  const { page } = step;
  const faults = page ? faultsOf(page).slice(0, Math.max(0, FINDINGS_MAX - work.seen)) : [];
  const seen = faults.length > 0 ? await record(ctx, work, faults) : 0;
  const count = { id: work.check.id, holder: work.holder, pages: 0, bytes: 0, findings: seen };
  if (seen > 0) await store.countPages(ctx, [count], lease);
  const isWhole =
    (step.outcome === 'read' || step.outcome === 'gone') && (!page || faults.length === page.findings.length);
  if (isWhole) await closeWhere(ctx, work, page ? [step.url, ...step.via] : step.via);
  return seen;
}

/** A file that came whole and is no page: by its name, or by its type. */
function isAttachment({ facts, sha256, status, outcome, headers, url }: CrawledPage): boolean {
  if (facts !== null || sha256 === null || status !== 200) return false;
  if (outcome !== 'read' && outcome !== 'unread') return false;
  const isNamed = /\.(?:docx?|xlsx?|pptx?|pdf|wps|et|odt|ods|odp|rtf|ofd|zip|rar|7z|txt|csv)$/i.test(
    new URL(url).pathname,
  );
  const type = headers['content-type'] ?? '';
  return isNamed || /^application\/(?!xhtml|xml|json|javascript|rss|atom)/i.test(type);
}

async function record(ctx: Ctx, work: Keeping, seen: readonly SeenFault[]): Promise<number> {
  const { site } = work;
  const recorded = await recordFindings(ctx, {
    unitId: site.unit_id,
    unitPath: site.unit_path,
    siteId: site.id,
    siteName: site.name,
    checkId: work.check.id,
    seen,
  });
  await wishForGrave(ctx, [...recorded.opened, ...recorded.reopened]);
  return recorded.opened.length + recorded.reopened.length + recorded.stillOpen.length;
}

/** Only where a page was read whole is a missing finding a removed one. */
async function closeWhere(ctx: Ctx, work: Keeping, urls: readonly string[]): Promise<void> {
  const checkedUrls = urls.filter((url) => work.faultyUrls.has(url));
  if (checkedUrls.length === 0) return;
  const kinds = findingKindSchema.options;
  await closeMissing(ctx, { siteId: work.site.id, checkedUrls, kinds, checkId: work.check.id });
}

/** Compares pages that were read with their last readings; keeps what changed, and says what was learned. */
async function keepChanges(
  ctx: Ctx,
  pages: readonly { work: Keeping; page: CrawledPage }[],
): Promise<ReadonlyMap<CrawledPage, Volatile>> {
  const learned = new Map<CrawledPage, Volatile>();
  const read = pages.filter(({ page }) => page.outcome === 'read' && page.facts);
  const asked = read.map(({ work, page }) => ({ siteId: work.site.id, url: page.url }));
  for (const [at, former] of (await store.formerReadings(ctx, asked)).entries()) {
    if (!former) continue;
    const { work, page } = read[at]!;
    const facts = page.facts!;
    const known = former.volatile ?? nothingVolatile;
    const volatile = learnVolatile(former.facts, facts, known, former.fetches + 1);
    const difference = comparePages(former.facts, facts, volatile);
    if (difference) await store.insertChange(ctx, placeOf(work), page.url, former.read_at, difference);
    learned.set(page, volatile);
  }
  return learned;
}

/** The findings of a page as `findings` takes them. */
export function faultsOf(page: CrawledPage): SeenFault[] {
  return page.findings.map((one) => {
    const { kind, rule, severity, start, end, text, context, view } = one;
    const place = { url: page.url, part: one.part ?? null, href: one.href ?? null };
    return { kind, rule, severity, start, end, text, context, view, ...place };
  });
}
