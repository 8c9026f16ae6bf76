/** Asks for a site's home page as others do: browser, search spider, someone from a search, phone; and for no page. */
import { createHash } from 'node:crypto';
import type { SeenFault } from '#findings';
import type { CrawlTarget } from './crawl-site.ts';
import { type Fetched, type FetchTools, fetchPage } from './fetch-page.ts';
import { pageFault } from './home-rules.ts';
import { type CrawledPage, type JudgeTools, judgePage } from './judge-page.ts';
import { type Identity, judgeLook, type Look, wordsOfLook } from './look-rules.ts';
import type { Answer } from './missing-rules.ts';

const CHROME =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36';
const SPIDER = 'Mozilla/5.0 (compatible; Baiduspider/2.0; +http://www.baidu.com/search/spider.html)';
const PHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.0 Mobile/15E148 Safari/604.1';
const REFERRER = 'https://www.baidu.com/s?wd=%E5%AD%A6%E6%A0%A1';

const identities: readonly { name: Identity; userAgent: string; referrer?: string }[] = [
  { name: 'browser', userAgent: CHROME },
  { name: 'spider', userAgent: SPIDER },
  { name: 'referrer', userAgent: CHROME, referrer: REFERRER },
  { name: 'mobile', userAgent: PHONE },
  { name: 'random-path', userAgent: SPIDER },
];

export interface IdentityLook {
  readonly identity: Identity;
  readonly url: string;
  readonly status: number;
  readonly verdict: 'same' | 'differs' | 'blocked' | 'unreachable';
  readonly title: string | null;
  readonly note: string | null;
}

export interface Looks {
  readonly looks: readonly IdentityLook[];
  readonly faults: readonly SeenFault[];
  /** Hosts to which only some visitors are led. */
  readonly hosts: readonly string[];
  /** What the site shows, as if it were a page, for an address that does not exist. */
  readonly missing: Answer | null;
}

/**
 * Looks at `home` under every name, one request each, as politely as the crawl. `seed` makes the address of a page
 * that does not exist. Without an answer nothing is said: `blocked` and `unreachable` are not `same`.
 */
export async function lookAs(
  home: { url: string; look: Look },
  target: CrawlTarget,
  tools: JudgeTools & { fetching: FetchTools; knownGood: readonly string[]; seed: string },
): Promise<Looks> {
  const bases = [home.look];
  const looks: IdentityLook[] = [];
  const faults: SeenFault[] = [];
  const hosts: string[] = [];
  let missing: Answer | null = null;
  for (const { name, userAgent, referrer } of identities) {
    const url = name === 'random-path' ? missingPage(home.url, tools.seed) : home.url;
    const fetching: FetchTools = {
      ...tools.fetching,
      userAgent,
      headersFor: (): Record<string, string> => (referrer ? { Referer: referrer } : {}),
    };
    const fetched = await fetchPage(url, fetching);
    const { page } = await judgePage(fetched, { pool: tools.pool, words: tools.words });
    const answered = answerOf(fetched, page, target);
    const said = {
      identity: name,
      url,
      status: fetched.status,
      title: page.facts?.title.slice(0, 200) ?? null,
    };
    if (typeof answered === 'string') {
      looks.push({ ...said, verdict: answered, note: page.error });
      continue;
    }
    if (name === 'random-path' && fetched.status === 200 && answered.facts)
      missing = { url: fetched.url, facts: answered.facts };
    const verdict = judgeLook(name, bases, answered, tools.knownGood);
    looks.push({ ...said, verdict: verdict ? 'differs' : 'same', note: verdict?.reasons.join('；') ?? null });
    // Two looks of ordinary visitors tell what differs by chance.
    if (name === 'browser' && !verdict) bases.push(answered);
    if (!verdict) continue;
    const { severity, host } = verdict;
    if (host) hosts.push(host);
    const context = `${verdict.reasons.join('；')}（${name === 'random-path' ? url : userAgent}）`;
    const rule = `cloaking.${name}`;
    faults.push(pageFault(home.url, { kind: 'cloaking', rule, severity, text: wordsOfLook(name), context }));
  }
  return { looks, faults, hosts, missing };
}

function missingPage(home: string, seed: string): string {
  const name = createHash('sha256').update(seed).digest('hex').slice(0, 12);
  return new URL(`/${name}.html`, home).href;
}

/** What the answer shows, or why it shows nothing. */
function answerOf(
  fetched: Fetched,
  page: CrawledPage,
  target: CrawlTarget,
): Look | 'blocked' | 'unreachable' {
  if (fetched.leadsTo !== undefined) {
    const { host, hostname } = new URL(fetched.leadsTo);
    return { facts: null, findings: [], leadsTo: target.hosts.has(host) ? null : hostname };
  }
  if (page.outcome === 'unreachable' || page.outcome === 'unread') return 'unreachable';
  if (page.outcome === 'refused' || page.outcome === 'skipped') return 'blocked';
  return { facts: page.facts, findings: page.findings, leadsTo: null };
}
