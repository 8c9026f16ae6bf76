/** Visits one site, breadth first, and reads what it finds. No database: addresses in, pages out. */
import { elapsed } from '#base/clock';
import type { AllowedHost } from '#base/outbound';
import { type Fetched, type FetchTools, fetchPage } from './fetch-page.ts';
import { createFrontier, type Frontier } from './frontier.ts';
import { type CrawledPage, type JudgeTools, judgePage } from './judge-page.ts';
import { createFetching, waitFor } from './polite-fetching.ts';
import type { Outcome } from './rules.ts';

export type { CrawledPage };

export interface CrawlTarget {
  /** Where it starts. */
  readonly url: string;
  /** Hosts, with port when it is not the scheme's own, that are this site. */
  readonly hosts: ReadonlySet<string>;
  readonly allow: readonly AllowedHost[];
  /** Addresses to visit besides what is linked: known ones, and pages on which a finding is open. */
  readonly seeds: readonly string[];
  /** Addresses that this check has been to already, with how they ended: it goes on where its worker died. */
  readonly done?: ReadonlyMap<string, Outcome>;
  /** Addresses that led to one of those. */
  readonly visited?: readonly string[];
}

/** One step of a crawl, to be kept before the next is taken. */
export interface Step {
  /** Null when the address led to a page that was read before. */
  readonly page: CrawledPage | null;
  /** Addresses that led here, and how that page ended. */
  readonly via: readonly string[];
  readonly outcome: Outcome;
  /** The page to which `via` leads. */
  readonly url: string;
  /** Addresses of the site that were not known before. */
  readonly found: readonly string[];
}

export interface CrawlTools extends JudgeTools {
  readonly userAgent: string;
  readonly signal: AbortSignal;
  /** Told before every request: the check's lease is renewed there. */
  readonly onRequest?: () => Promise<void>;
  /** Told every step, and waited for; the crawl itself remembers nothing of a page but its address. */
  readonly keep: (step: Step) => Promise<void>;
  readonly limits?: Partial<CrawlLimits>;
  /** Milliseconds between two requests to a site on this machine itself. Default 0. */
  readonly loopbackPauseMs?: number;
}

export interface CrawlLimits {
  readonly pages: number;
  /** For one request, in milliseconds; attachments get three times as much. */
  readonly requestMs: number;
  /** For the whole crawl, in milliseconds. */
  readonly totalMs: number;
  /** Before the home page is tried a second time, in milliseconds. */
  readonly retryMs: number;
}

export const defaultLimits: CrawlLimits = {
  pages: 200,
  requestMs: 20_000,
  totalMs: 15 * 60_000,
  retryMs: 2000,
};

/** So many failures in a row, and the server is left alone. */
const FAILURES_MAX = 5;

export interface Crawl {
  /** Known addresses that were not visited. */
  readonly left: number;
}

/** Crawls. Throws when `signal` ends it or `keep` fails; everything that a site can do is an outcome. */
export async function crawlSite(
  target: CrawlTarget,
  tools: CrawlTools,
  fetching: FetchTools = createFetching(target, tools, { ...defaultLimits, ...tools.limits }.requestMs),
): Promise<Crawl> {
  const limits = { ...defaultLimits, ...tools.limits };
  const frontier = createFrontier();
  const isOwn = (url: URL) => target.hosts.has(url.host);
  const done = new Map(target.done ?? []);
  for (const url of [...done.keys(), ...(target.visited ?? [])]) frontier.visit(url);
  for (const url of [target.url, ...target.seeds]) if (isOwn(new URL(url))) frontier.add(url);
  const led = new Map<string, string>();
  const landed = (url: string) => (done.has(url) ? url : led.get(url));
  const asking: FetchTools = { ...fetching, landed };
  const end = elapsed() + limits.totalMs;
  let failures = 0;
  while (done.size < limits.pages && elapsed() <= end) {
    const url = frontier.next();
    if (url === undefined) break;
    frontier.visit(url);
    const fetched = await fetchFirst(url, done.size === 0, asking, limits.retryMs);
    for (const via of fetched.via) {
      frontier.visit(via);
      led.set(via, fetched.url);
    }
    const before = fetched.url === url ? undefined : done.get(fetched.url);
    if (before !== undefined) {
      // Another address led here before: one page, read once.
      await tools.keep({ page: null, url: fetched.url, via: fetched.via, outcome: before, found: [] });
      continue;
    }
    frontier.visit(fetched.url);
    const { page, links } = await judgePage(fetched, tools);
    const found = follow(links, frontier, isOwn);
    await tools.keep({ page, url: page.url, via: page.via, outcome: page.outcome, found });
    done.set(page.url, page.outcome);
    failures = page.outcome === 'refused' || page.outcome === 'unreachable' ? failures + 1 : 0;
    if (failures >= FAILURES_MAX || (done.size === 1 && failures === 1)) break;
  }
  return { left: frontier.left() };
}

function follow(links: readonly string[], frontier: Frontier, isOwn: (url: URL) => boolean): string[] {
  // A site's menu stands on every page: what is known already is not taken apart again.
  return links.filter(
    (link) => !frontier.has(link) && isFollowed(new URL(link), isOwn) && frontier.add(link),
  );
}

/** Once more for the home page before anyone is told that a site is down. */
async function fetchFirst(
  url: string,
  isHome: boolean,
  tools: FetchTools,
  retryMs: number,
): Promise<Fetched> {
  const first = await fetchPage(url, tools);
  const isDown = first.failure?.kind === 'unreachable' || first.status >= 500;
  if (!isHome || !isDown) return first;
  await waitFor(retryMs, tools.signal);
  return fetchPage(url, tools);
}

/** Files that hold no text that can be read here; they are not fetched. */
const MEDIA =
  /\.(?:jpe?g|png|gif|bmp|ico|svg|webp|avif|css|m?js|json|map|woff2?|ttf|eot|mp[34]|m4a|avi|wmv|flv|mov|wav|swf|exe|apk|iso)$/i;

const isFollowed = (link: URL, isOwn: (url: URL) => boolean) => isOwn(link) && !MEDIA.test(link.pathname);
