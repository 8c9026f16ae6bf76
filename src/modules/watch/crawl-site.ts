/** Visits one site, breadth first, and reads what it finds. No database: addresses in, pages out. */
import { createHash } from 'node:crypto';
import { elapsed } from '#base/clock';
import { isAppError } from '#base/errors';
import type { AllowedHost } from '#base/outbound';
import { after } from '#base/timers';
import type { Finding } from '#scan/contract';
import { type Fetched, type FetchTools, fetchPage, fileNameOf } from './fetch-page.ts';
import { createFrontier } from './frontier.ts';
import { type KeyedList, type PageReading, type ReaderPool, readPage } from './read-page.ts';
import { createRobotsFile } from './robots-file.ts';
import { type Outcome, outcomeOf, politenessMs } from './rules.ts';

export interface CrawlTarget {
  /** Where it starts. */
  readonly url: string;
  /** Hosts, with port when it is not the scheme's own, that are this site. */
  readonly hosts: ReadonlySet<string>;
  readonly allow: readonly AllowedHost[];
  /** Addresses to visit besides what is linked: pages on which a finding is open. */
  readonly seeds: readonly string[];
}

export interface CrawlTools {
  readonly pool: ReaderPool;
  readonly words: KeyedList;
  readonly userAgent: string;
  readonly signal: AbortSignal;
  /** Told before every request: the check's lease is renewed there. */
  readonly onRequest?: () => Promise<void>;
  readonly limits?: Partial<CrawlLimits>;
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

const defaults: CrawlLimits = { pages: 200, requestMs: 20_000, totalMs: 15 * 60_000, retryMs: 2000 };

/** So many failures in a row, and the server is left alone. */
const FAILURES_MAX = 5;

export interface CrawledPage {
  readonly url: string;
  /** Addresses that were redirected to `url`. */
  readonly via: string[];
  readonly status: number;
  readonly charset: string | null;
  readonly bytes: number;
  readonly sha256: Buffer | null;
  readonly findings: readonly Finding[];
  readonly outcome: Outcome;
  readonly error: string | null;
}

export interface Crawl {
  /** The site's own address first, when it was tried. */
  readonly pages: readonly CrawledPage[];
  /** Known addresses that were not visited. */
  readonly left: number;
}

/** Crawls. Throws only when `signal` ends it; everything that a site can do is an outcome. */
export async function crawlSite(target: CrawlTarget, tools: CrawlTools): Promise<Crawl> {
  const limits = { ...defaults, ...tools.limits };
  const frontier = createFrontier();
  const isOwn = (url: URL) => target.hosts.has(url.host);
  for (const url of [target.url, ...target.seeds]) if (isOwn(new URL(url))) frontier.add(url);
  const fetching = createFetching(target, tools, limits, isOwn);
  const pages: CrawledPage[] = [];
  const end = elapsed() + limits.totalMs;
  let failures = 0;
  for (let url = frontier.next(); url !== undefined; url = frontier.next()) {
    frontier.visit(url);
    const fetched = await fetchFirst(url, pages.length === 0, fetching, limits.retryMs);
    const known = fetched.url === url ? undefined : pages.find((page) => page.url === fetched.url);
    if (known) {
      // Another address led here before: one page, read once.
      known.via.push(...fetched.via);
    } else {
      frontier.visit(fetched.url);
      const { page, links } = await judgePage(fetched, tools);
      pages.push(page);
      for (const link of links) if (isOwn(new URL(link)) && isWorthwhile(link)) frontier.add(link);
      failures = page.outcome === 'refused' || page.outcome === 'unreachable' ? failures + 1 : 0;
    }
    const isHopeless = failures >= FAILURES_MAX || (pages.length === 1 && failures === 1);
    if (isHopeless || pages.length >= limits.pages || elapsed() > end) break;
  }
  return { pages, left: frontier.left() };
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

/** Waits, or throws as soon as the crawl is ended. */
function waitFor(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const end = () => {
      cancel();
      reject(signal.reason);
    };
    const cancel = after(milliseconds, () => {
      signal.removeEventListener('abort', end);
      resolve();
    });
    signal.addEventListener('abort', end, { once: true });
  });
}

/** Politeness and robots.txt around the requests of one crawl. */
function createFetching(
  target: CrawlTarget,
  tools: CrawlTools,
  limits: CrawlLimits,
  isOwn: (url: URL) => boolean,
): FetchTools {
  const answeredFrom = new Set<string>();
  let last = Number.NEGATIVE_INFINITY;
  let crawlDelay: number | undefined;
  const pace = async () => {
    const wait = last + politenessMs(answeredFrom, crawlDelay) - elapsed();
    if (wait > 0) await waitFor(wait, tools.signal);
    await tools.onRequest?.();
    last = elapsed();
  };
  const fetching: FetchTools = {
    allow: target.allow,
    userAgent: tools.userAgent,
    timeoutMs: limits.requestMs,
    signal: tools.signal,
    isOwn,
    onAnswer: (address) => answeredFrom.add(address),
    admit: async (url) => {
      const rules = await robots.of(new URL(url).origin);
      crawlDelay = rules.crawlDelay;
      if (!rules.isAllowed(url)) return rules.denial ?? 'robots.txt 不允许访问';
      await pace();
      return null;
    },
  };
  const robots = createRobotsFile({
    ...fetching,
    admit: async () => {
      await pace();
      return null;
    },
  });
  return fetching;
}

/** Files that hold no text that can be read here; they are not fetched. */
const MEDIA =
  /\.(?:jpe?g|png|gif|bmp|ico|svg|webp|avif|css|m?js|json|map|woff2?|ttf|eot|mp[34]|m4a|avi|wmv|flv|mov|wav|swf|exe|apk|iso)$/i;

function isWorthwhile(link: string): boolean {
  return !MEDIA.test(new URL(link).pathname);
}

async function judgePage(
  fetched: Fetched,
  tools: CrawlTools,
): Promise<{ page: CrawledPage; links: readonly string[] }> {
  const { url, via, status, body, failure } = fetched;
  const base = {
    url,
    via: [...via],
    status,
    charset: null,
    bytes: body.length,
    sha256: body.length > 0 ? createHash('sha256').update(body).digest() : null,
    findings: [],
  };
  if (failure && failure.kind !== 'partial') {
    return { page: { ...base, outcome: failure.kind, error: failure.text }, links: [] };
  }
  if (/^(?:image|video|audio|font)\//i.test(fetched.headers['content-type'] ?? '')) {
    return { page: { ...base, outcome: 'skipped', error: null }, links: [] };
  }
  const reading = await tryToRead(fetched, tools);
  if ('problem' in reading) {
    const answered = outcomeOf(status, body.length, '');
    const outcome = answered === 'read' ? 'unread' : answered;
    const error = answered === 'read' ? reading.problem : statusText(status);
    return { page: { ...base, outcome, error }, links: [] };
  }
  return { page: { ...base, ...judgeReading(fetched, reading) }, links: reading.links };
}

function judgeReading(
  { status, body, failure }: Fetched,
  reading: PageReading,
): Pick<CrawledPage, 'charset' | 'findings' | 'outcome' | 'error'> {
  const { charset } = reading;
  // Remarks of the scan about itself are no faults of the site. Faults count whatever came with them: a page that
  // calls itself a firewall's would otherwise hide them.
  const findings = reading.findings.filter((one) => one.severity !== 'info');
  const rules = new Set(reading.findings.map((one) => one.rule));
  const answered = outcomeOf(status, body.length, reading.sample);
  if (answered === 'refused' || answered === 'unreachable') {
    const error = status < 300 ? '返回的是防火墙的拦截页，不是网站自己的网页' : statusText(status);
    return { charset, findings, outcome: answered, error };
  }
  if (failure) return { charset, findings, outcome: 'partial', error: failure.text };
  if (rules.has('unread.too-many'))
    return { charset, findings, outcome: 'partial', error: '问题过多，没有全部列出' };
  if (rules.has('unread.no-text'))
    return { charset, findings, outcome: 'unread', error: '文件里只有图片，没有可检查的文字' };
  return { charset, findings, outcome: answered, error: answered === 'gone' ? statusText(status) : null };
}

const statusText = (status: number) => (status === 0 ? '没有应答' : `服务器返回 ${status}`);

async function tryToRead(fetched: Fetched, tools: CrawlTools): Promise<PageReading | { problem: string }> {
  const { url, headers, body } = fetched;
  try {
    const contentType = headers['content-type'];
    return await readPage(
      tools.pool,
      { name: fileNameOf(url, headers), bytes: body, contentType, url },
      tools.words,
    );
  } catch (error) {
    // The file's own fault, or what it did to the process that read it: told with the page.
    if (!isAppError(error) || error.code === 'confine.closed') throw error;
    return { problem: error.messages().zh };
  }
}
