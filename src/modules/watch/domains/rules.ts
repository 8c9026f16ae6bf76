/** When an external domain is dead, and what is said of it. Pure. */
import { isIP } from 'node:net';
import type { SeenFault } from '#findings';
import { siteOf } from '#scan';
import { isBelow } from '../crawl-policy.ts';
import { pageFault } from '../home-rules.ts';
import type { DomainAnswer } from './ask-domain.ts';

export const DEAD_KIND = 'dead-domain';

export type DomainState = 'unknown' | 'there' | 'once' | 'dead';

const HOUR_MS = 3_600_000;
/** Between the first denial and the second: a zone that is being moved is back by then. */
const TWICE_MS = 6 * HOUR_MS;
const WEEK_MS = 7 * 24 * HOUR_MS;

/** The state after an answer, and in how many milliseconds it is asked again. What was not answered changes nothing. */
export function afterAnswer(
  before: { readonly state: DomainState; readonly goneMs: number | null },
  answer: DomainAnswer,
): { state: DomainState; again: number } {
  if (answer === 'unseen') return { state: before.state, again: HOUR_MS };
  if (answer === 'there') return { state: 'there', again: WEEK_MS };
  if (before.state === 'dead') return { state: 'dead', again: TWICE_MS };
  // A little less than the time between two askings, which the hourly round makes inexact.
  const isTwice = before.state === 'once' && (before.goneMs ?? 0) >= TWICE_MS - HOUR_MS;
  return { state: isTwice ? 'dead' : 'once', again: TWICE_MS };
}

/** The registrable domain of a host that a page leads to; undefined for addresses, single labels and what is known good. */
export function outerDomain(host: string, knownGood: readonly string[]): string | undefined {
  const name = host.toLowerCase().replace(/\.$/, '');
  if (isIP(name.replace(/^\[|\]$/g, '')) !== 0 || !/^[a-z0-9_-]+(?:\.[a-z0-9_-]+)+$/.test(name))
    return undefined;
  const domain = siteOf(name);
  return isBelow(domain, knownGood) || /\.(?:local|lan|internal|test|invalid|localhost)$/.test(domain)
    ? undefined
    : domain;
}

export interface Place {
  readonly siteId: string;
  readonly siteName: string;
  readonly unitPath: string;
  readonly url: string;
  readonly kind: 'link' | 'script';
}

const PLACES_TOLD = 10;

/** The one finding of a dead domain with its places, for `unitName`, below whom they all lie. */
export function deadDomainFault(
  domain: string,
  places: readonly Place[],
  goneDay: string,
  unitName: string,
): SeenFault {
  const isScript = places.some(({ kind }) => kind === 'script');
  const sites = new Set(places.map(({ siteId }) => siteId)).size;
  const told = places.slice(0, PLACES_TOLD).map(({ siteName, url }) => `${siteName} ${url}`);
  const more = places.length > PLACES_TOLD ? ` 等 ${places.length} 处` : '';
  const lead = isScript ? '网页从这个域名加载脚本' : '网页链接到这个域名';
  const context = `域名 ${domain} 自 ${goneDay} 起不存在（NXDOMAIN，相隔数小时两次查询），任何人都可以注册。${lead}，涉及 ${sites} 个网站：${told.join('；')}${more}`;
  const rule = isScript ? 'dead-domain.script' : 'dead-domain.link';
  const fault = pageFault(`http://${domain}/`, {
    kind: DEAD_KIND,
    rule,
    severity: isScript ? 'high' : 'medium',
    text: domain,
    context,
  });
  // Whose it is belongs to what makes it the same: when a school of another county joins, the finding moves up.
  return { ...fault, part: unitName };
}

/** The path below which all paths lie: that of the one unit, of their county, or of the city. */
export function commonPath(paths: readonly string[]): string {
  const [first = '', ...rest] = paths;
  const labels = first.split('.');
  let count = labels.length;
  for (const path of rest) {
    const other = path.split('.');
    while (count > 0 && labels.slice(0, count).join('.') !== other.slice(0, count).join('.')) count--;
  }
  return labels.slice(0, count).join('.');
}
