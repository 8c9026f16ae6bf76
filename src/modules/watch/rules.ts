/** Pure decisions about checks: what a crawl means, when the next is due, how politely it goes. */
import { createHash } from 'node:crypto';
import { isIP } from 'node:net';
import type { z } from 'zod';
import { halfOf } from '#base/contract';
import type { AllowedHost } from '#base/outbound';
import type { checkState } from './contract.ts';
import { around, inBoth } from './reason-words.ts';

export type CheckState = z.infer<typeof checkState>;

/**
 * How one address ended. `read`: whole, and scanned. `partial`: cut off, scanned as far as it came. `gone`: the
 * server says that there is no such page (404, 410). `refused`: it, or we, would not (403, 429, a forbidden
 * address). `unreachable`: no usable answer. `unread`: it came, but could not be scanned. `skipped`: not for us.
 */
export type Outcome = 'read' | 'partial' | 'gone' | 'refused' | 'unreachable' | 'unread' | 'skipped';

export interface SeenPage {
  readonly outcome: Outcome;
  readonly error: string | null;
}

export interface CrawlFacts {
  /** The site's own address, null when the crawl never came to it. */
  readonly home: SeenPage | null;
  readonly pages: readonly SeenPage[];
  /** Findings that this crawl saw and that nobody judged false alarms. */
  readonly seen: number;
  /** Findings of the site that are open, seen or not. */
  readonly open: number;
  /** Known addresses that a limit kept from being visited. */
  readonly left: number;
}

export interface Verdict {
  readonly state: Exclude<CheckState, 'running'>;
  readonly reason: string | null;
}

const homeStates: Readonly<Record<Exclude<Outcome, 'read'>, Verdict['state']>> = {
  refused: 'blocked',
  skipped: 'blocked',
  unreachable: 'unreachable',
  gone: 'unreachable',
  partial: 'failed',
  unread: 'failed',
};

/**
 * What a crawl says about its site. A fault that was seen counts whatever else failed; without one, a site is
 * clean only when its home page and most other pages were read and no known fault waits on a page that was not
 * (rule 6: what was not looked at is not clean). `reason` tells in words what could not be looked at.
 */
export function judgeCrawl(facts: CrawlFacts): Verdict {
  const { home } = facts;
  const unseen = unseenWords(facts);
  if (facts.seen > 0) return { state: 'faulty', reason: unseen };
  if (!home) return { state: 'failed', reason: inBoth('没有取到首页', 'The home page was not fetched') };
  if (home.outcome !== 'read') {
    const why = home.error ?? inBoth('没有读到', 'not read');
    const reason = around(why, (half, language) =>
      language === 'zh' ? `首页：${half}` : `Home page: ${half}`,
    );
    return { state: homeStates[home.outcome], reason };
  }
  const count = (outcome: Outcome) => facts.pages.filter((page) => page.outcome === outcome).length;
  const read = count('read') + count('gone');
  if (count('refused') > read)
    return { state: 'blocked', reason: mostly('被拒绝访问', 'refused the visit', unseen) };
  if (count('unreachable') > read)
    return { state: 'unreachable', reason: mostly('打不开', 'did not open', unseen) };
  if (facts.open > 0) {
    const reason = inBoth(
      `有 ${facts.open} 个未关闭的问题，所在网页这次没有读到`,
      `${facts.open} open findings are on pages that were not read this time`,
    );
    return { state: 'faulty', reason };
  }
  return { state: 'clean', reason: unseen };
}

/** The pages and files that were come to and not read whole. */
export const unreadOf = <T extends { readonly outcome: Outcome }>(pages: readonly T[]): T[] =>
  pages.filter((page) => !['read', 'gone', 'skipped'].includes(page.outcome));

function unseenWords(facts: CrawlFacts): string | null {
  const unread = unreadOf(facts.pages);
  const words: (readonly [zh: string, en: string])[] = [];
  if (unread.length > 0) {
    const why = unread[0]!.error ?? inBoth('原因不明', 'no reason known');
    words.push([
      `${unread.length} 个网页或文件没有完整检查（例如：${halfOf(why, 'zh')}）`,
      `${unread.length} pages or files were not checked whole (for example: ${halfOf(why, 'en')})`,
    ]);
  }
  if (facts.left > 0) {
    words.push([
      `还有 ${facts.left} 个链接超出本次检查的上限，没有打开`,
      `${facts.left} more links are beyond the limit of a check and were not opened`,
    ]);
  }
  if (words.length === 0) return null;
  return inBoth(words.map(([zh]) => zh).join('；'), words.map(([, en]) => en).join('; '));
}

/** Of most pages; `unseen` tells how many. */
const mostly = (zh: string, en: string, unseen: string | null) =>
  around(unseen ?? '', (half, language) =>
    language === 'zh' ? `大部分网页${zh}；${half}` : `Most pages ${en}; ${half}`,
  );

/** Statuses with which servers and their firewalls turn a crawler away (RFC 9110, and what WAFs in use here send). */
const REFUSALS = new Set([401, 403, 405, 407, 412, 418, 429, 444, 451, 468, 493, 521]);

/** Words on the pages that web firewalls show instead of the site's own. */
const WALL =
  /网站防火墙|请求被(?:拦截|阻断)|访问(?:请求)?(?:已)?被(?:拦截|阻断|拒绝)|拦截提示|创宇盾|安全狗|云锁|网站卫士|宝塔.{0,6}防火墙|yunsuo_session|acw_sc__v2|safeline|Access Denied|Attention Required! \| Cloudflare|Just a moment\.\.\./i;

/** Bytes. A firewall's page is short; an article about firewalls is not. */
export const WALL_PAGE_MAX = 12_000;

/** The outcome of an answer by its status and, for firewalls that say 200, by the page's first characters. */
export function outcomeOf(
  status: number,
  bytes: number,
  sample: string,
): 'read' | 'gone' | 'refused' | 'unreachable' {
  if (REFUSALS.has(status)) return 'refused';
  const isWall = bytes <= WALL_PAGE_MAX && WALL.test(sample);
  if (isWall && status !== 404 && status !== 410) return 'refused';
  if (status === 404 || status === 410) return 'gone';
  return status >= 200 && status < 300 ? 'read' : 'unreachable';
}

/**
 * Whether a short page holds nothing but a script that sets a cookie and loads the page again: what firewalls give to
 * whoever has not proved to be a browser. `sample` are its first characters.
 */
export function isChallenge(
  sample: string,
  shown: { blocks: readonly string[]; links: readonly string[] },
): boolean {
  const hasText = shown.blocks.join('').length > 60 || shown.links.length > 0;
  if (hasText || !/<script/i.test(sample)) return false;
  return (
    /document\s*(?:\.\s*|\[\s*["'])cookie/i.test(sample) &&
    /location\s*(?:\.\s*(?:reload|replace|assign|href)|\[|=)/i.test(sample)
  );
}

/**
 * Milliseconds between two requests to one host: `loopbackMs` as long as every answer came from this machine itself.
 * `from` are the addresses that answered or, before the first answer, those that are registered.
 */
export function politenessMs(
  from: Iterable<string>,
  crawlDelaySeconds: number | undefined,
  loopbackMs = 0,
): number {
  const addresses = [...from];
  if (addresses.length > 0 && addresses.every(isLoopback)) return loopbackMs;
  const wanted = Math.min(MAX_DELAY_S, Math.max(0, crawlDelaySeconds ?? 0)) * 1000;
  return Math.max(MIN_DELAY_MS, wanted);
}

const MIN_DELAY_MS = 1000;
/** A longer Crawl-delay would keep a check from ever ending; it is cut, not ignored. */
const MAX_DELAY_S = 10;

export function isLoopback(address: string): boolean {
  return (isIP(address) === 4 && address.startsWith('127.')) || address === '::1';
}

/** The other name under which people know a host: with `www.`, or without. */
export function twinOf(host: string): string {
  return host.startsWith('www.') ? host.slice(4) : `www.${host}`;
}

/** The registered crawl address as the one that `outboundFetch` may use; undefined without `resolve_to`. */
export function allowedHost(site: { url: string; resolveTo: string | null }): AllowedHost | undefined {
  const parts = /^(?:\[([0-9a-fA-F:]+)\]|([\d.]+))(?::(\d+))?$/.exec(site.resolveTo ?? '');
  if (!parts) return undefined;
  const url = new URL(site.url);
  const port = Number(parts[3] ?? url.port);
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    address: (parts[1] ?? parts[2])!,
    ...(port > 0 ? { port } : {}),
  };
}

/** Milliseconds that a new site's first check waits: none, but spread over ten seconds in a large import. */
export function firstCheckDelay(host: string, neverChecked: number): number {
  return neverChecked > 20 ? spread(host, 10_000) : 0;
}

/** A number below `range` that a host always gets: start times do not bunch. */
export function spread(host: string, range: number): number {
  return createHash('sha256').update(host).digest().readUInt32BE(0) % range;
}

/** Times, in milliseconds, that decide when a site is checked and when a check is taken from its worker. */
export const periods = {
  /** A site at least so often (six hours, less one round of the timer). */
  usual: 6 * 3_600_000 - 600_000,
  /** A site on which a critical finding is open (five minutes, less the timer's own inexactness). */
  critical: 300_000 - 30_000,
  /** A worker that has said nothing for so long is dead: it says something every two seconds (`lease-keeper.ts`). */
  lease: 8_000,
} as const;

/** A check that killed its worker so often ends as failed. */
export const MAX_ATTEMPTS = 3;
