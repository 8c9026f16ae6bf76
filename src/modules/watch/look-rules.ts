/** What it means when a page looks different to different visitors. Pure. */
import type { Finding } from '#scan/contract';
import { isBelow } from './crawl-policy.ts';
import type { PageFacts } from './page-facts.ts';
import { distance } from './simhash.ts';

export type Identity = 'browser' | 'spider' | 'referrer' | 'mobile' | 'random-path';

/** One look at the page: what came, or where it led. */
export interface Look {
  readonly facts: PageFacts | null;
  readonly findings: readonly Finding[];
  /** Host outside the site to which the request was sent on. */
  readonly leadsTo: string | null;
}

export interface LookVerdict {
  readonly severity: 'medium' | 'high' | 'critical';
  readonly reasons: readonly string[];
  /** The foreign host, when there is one. */
  readonly host: string | null;
}

/** Texts that differ in more bits than this are different texts; pages with rotating parts stay well below. */
const OTHER_TEXT_BITS = 14;

/**
 * Compares a look with those of ordinary visitors. Undefined when it shows nothing that they are not shown. Phones
 * get other templates and texts by right: only where they are led and what is harmful counts for them.
 */
export function judgeLook(
  identity: Identity,
  bases: readonly Look[],
  look: Look,
  knownGood: readonly string[],
): LookVerdict | undefined {
  const reasons: string[] = [];
  const known = new Set(bases.flatMap((base) => [...(base.facts?.hosts ?? []), base.leadsTo ?? '']));
  const isForeign = (host: string) => !known.has(host) && !isBelow(host, knownGood);
  const led = look.leadsTo !== null && isForeign(look.leadsTo) ? look.leadsTo : null;
  if (led) reasons.push(`被转到 ${led}`);
  const shown = new Set(bases.flatMap((base) => base.findings.map(keyOf)));
  const harmful = look.findings.filter(
    (one) => (one.severity === 'critical' || one.severity === 'high') && !shown.has(keyOf(one)),
  );
  if (harmful.length > 0) {
    const words = [...new Set(harmful.map((one) => one.text.slice(0, 40)))].slice(0, 5);
    reasons.push(`多出有害内容：${words.join('、')}`);
  }
  let host = led ?? harmful.map((one) => hostOf(one.href)).find((one) => one !== null) ?? null;
  if (identity !== 'mobile' && identity !== 'random-path' && look.facts) {
    const fresh = look.facts.hosts.filter(isForeign);
    if (fresh.length > 0) reasons.push(`多出外部链接：${fresh.slice(0, 5).join('、')}`);
    host ??= fresh[0] ?? null;
    const others = bases.flatMap((base) => (base.facts ? [base.facts] : []));
    const { title, simhash } = look.facts;
    const isOtherTitle = others.length > 0 && others.every((one) => one.title !== title);
    const isOtherText = others.every((one) => distance(one.simhash, simhash) > OTHER_TEXT_BITS);
    if (isOtherTitle && isOtherText) reasons.push(`标题和正文都不同：“${title.slice(0, 60)}”`);
  }
  if (reasons.length === 0) return undefined;
  const isCritical = harmful.some((one) => one.severity === 'critical');
  return { severity: isCritical ? 'critical' : led || reasons.length > 1 ? 'high' : 'medium', reasons, host };
}

const keyOf = (one: Finding) => `${one.rule}\n${one.href ?? one.text}`;

function hostOf(href: string | undefined): string | null {
  return (href && URL.parse(href)?.hostname) || null;
}

const identityWords: Readonly<Record<Identity, string>> = {
  browser: '普通浏览器看到的首页与检查程序看到的不同',
  spider: '搜索引擎蜘蛛看到的首页与普通访客不同',
  referrer: '从搜索结果点进来的人看到的首页与普通访客不同',
  mobile: '手机看到的首页与电脑不同',
  'random-path': '不存在的网址对搜索引擎蜘蛛显示有害内容',
};

/** What the finding says: the same words every time, so that it stays one finding. */
export const wordsOfLook = (identity: Identity) => identityWords[identity];
