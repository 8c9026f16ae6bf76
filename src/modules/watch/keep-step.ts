/** Keeps one step of a crawl as it comes: the page, its findings, its changes, the links that it leads to. */
import type { Ctx } from '#base/app';
import { closeMissing, recordFindings, type SeenFault } from '#findings';
import { findingKindSchema } from '#scan/contract';
import type { SiteRow } from '#sites';
import { keepAttachment } from './attachment-store.ts';
import { comparePages, learnVolatile, nothingVolatile, type Volatile } from './compare-page.ts';
import type { Step } from './crawl-site.ts';
import * as crawlStore from './crawl-store.ts';
import type { CrawledPage } from './judge-page.ts';
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

/** Keeps a step in the caller's transaction. Throws `CheckLost` when the check is no longer the holder's. */
export async function keepStep(ctx: Ctx, work: Keeping, step: Step): Promise<{ seen: number }> {
  const { page } = step;
  const counted = {
    pages: page && page.status > 0 ? 1 : 0,
    bytes: page?.bytes ?? 0,
    findings: 0,
  };
  const check = { id: work.check.id, holder: work.holder };
  const faults = page ? faultsOf(page).slice(0, Math.max(0, FINDINGS_MAX - work.seen)) : [];
  if (!(await crawlStore.countPage(ctx, check, counted, periods.lease / 1000))) throw new CheckLost();
  const seen = faults.length > 0 ? await record(ctx, work, faults) : 0;
  if (seen > 0)
    await crawlStore.countPage(ctx, check, { pages: 0, bytes: 0, findings: seen }, periods.lease / 1000);
  const isWhole =
    (step.outcome === 'read' || step.outcome === 'gone') && (!page || faults.length === page.findings.length);
  if (isWhole) await closeWhere(ctx, work, page ? [step.url, ...step.via] : step.via);
  const place = { checkId: work.check.id, siteId: work.site.id, unitPath: work.site.unit_path };
  if (page) {
    const volatile = await keepChange(ctx, place, page);
    if (isAttachment(page)) await keepAttachment(ctx, place, page, work.readWith);
    await crawlStore.keepPage(ctx, place, page, { order: work.order, readWith: work.readWith, volatile });
  }
  await crawlStore.markVisited(ctx, place, step.via);
  await crawlStore.addFound(ctx, place, step.found, { url: step.url, isHome: step.url === work.home });
  return { seen };
}

/** A file that came whole and is no page: by its name, or by its type. */
function isAttachment({ facts, sha256, status, outcome, headers, url }: CrawledPage): boolean {
  if (facts !== null || sha256 === null || status !== 200) return false;
  if (outcome !== 'read' && outcome !== 'unread') return false;
  const isNamed = /\.(?:docx?|xlsx?|pptx?|pdf|wps|et|odt|ods|odp|rtf|zip|rar|7z|txt|csv)$/i.test(
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
  return recorded.opened.length + recorded.reopened.length + recorded.stillOpen.length;
}

/** Only where a page was read whole is a missing finding a removed one. */
async function closeWhere(ctx: Ctx, work: Keeping, urls: readonly string[]): Promise<void> {
  const checkedUrls = urls.filter((url) => work.faultyUrls.has(url));
  if (checkedUrls.length === 0) return;
  const kinds = findingKindSchema.options;
  await closeMissing(ctx, { siteId: work.site.id, checkedUrls, kinds, checkId: work.check.id });
}

/** Compares a page that was read with its last reading; keeps what changed, and says what was learned. */
async function keepChange(
  ctx: Ctx,
  place: { checkId: string; siteId: string; unitPath: string },
  page: CrawledPage,
): Promise<Volatile | null> {
  if (page.outcome !== 'read' || !page.facts) return null;
  const former = await crawlStore.formerReading(ctx, place.siteId, page.url);
  if (!former) return null;
  const known = former.volatile ?? nothingVolatile;
  const volatile = learnVolatile(former.facts, page.facts, known, former.fetches + 1);
  const difference = comparePages(former.facts, page.facts, volatile);
  if (difference) await crawlStore.insertChange(ctx, place, page.url, former.read_at, difference);
  return volatile;
}

/** The findings of a page as `findings` takes them. */
export function faultsOf(page: CrawledPage): SeenFault[] {
  return page.findings.map((one) => {
    const { kind, rule, severity, start, end, text, context, view } = one;
    const place = { url: page.url, part: one.part ?? null, href: one.href ?? null };
    return { kind, rule, severity, start, end, text, context, view, ...place };
  });
}
