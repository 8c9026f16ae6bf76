/** What the home page must say, and how it must look. Pure. */
import type { SeenFault } from '#findings';
import { sharedPart } from './compare-page.ts';
import { type CrawlPolicy, isBelow } from './crawl-policy.ts';
import type { PageFacts } from './page-facts.ts';
import { distance } from './simhash.ts';

/** The part of a home page's facts that make it recognisable. */
export interface HomeLook {
  readonly title: string;
  readonly skeleton: readonly number[];
  readonly images: readonly string[];
  readonly scripts: readonly string[];
  readonly simhash: string;
}

/** Good checks from which the look is learned. */
export const LEARN_CHECKS = 3;
/** Two home pages of one template share most element paths; after a replacement next to none is left. */
const REPLACED_SHARED = 0.3;

export const lookOf = ({ title, skeleton, images, scripts, simhash }: PageFacts): HomeLook => ({
  title,
  skeleton,
  images,
  scripts,
  simhash,
});

/** A fault of a whole page. */
export function pageFault(
  url: string,
  fault: Pick<SeenFault, 'kind' | 'rule' | 'severity' | 'text' | 'context'> & { href?: string | null },
): SeenFault {
  return { part: null, start: 0, end: 0, view: 'observed', href: null, url, ...fault };
}

/**
 * What differs from the learned look in a way that a school's own work does not: the template, the title and the
 * images all at once, a title that is not the school's any more, scripts from a host that was never there.
 * `learned` counts the checks behind the look; while it is young only a replaced page is told.
 */
export function judgeHome(
  url: string,
  known: { look: HomeLook; learned: number },
  now: HomeLook,
  isHarmful: boolean,
  knownGood: readonly string[],
): SeenFault[] {
  const { look, learned } = known;
  if (learned === 0) return [];
  const faults: SeenFault[] = [];
  const severity = isHarmful ? 'critical' : 'high';
  const shared = sharedPart(look.skeleton, now.skeleton);
  const isOtherText = distance(look.simhash, now.simhash) > 14;
  const imagesGone = look.images.length > 0 && !look.images.some((one) => now.images.includes(one));
  const titleShared = sharedChars(look.title, now.title);
  const isOtherTitle = look.title !== now.title && titleShared < 0.3;
  if (shared < REPLACED_SHARED && isOtherText && (isOtherTitle || imagesGone)) {
    const percent = Math.round(shared * 100);
    const context = `与学习到的首页相比，页面结构只有 ${percent}% 相同；标题“${look.title}”→“${now.title}”`;
    faults.push(
      pageFault(url, {
        kind: 'defacement',
        rule: 'defacement.replaced',
        severity,
        text: '首页被整个替换',
        context,
      }),
    );
  } else if (isOtherTitle && learned >= LEARN_CHECKS) {
    const context = `标题“${look.title}”→“${now.title}”`;
    faults.push(
      pageFault(url, {
        kind: 'change',
        rule: 'change.title',
        severity,
        text: '首页标题不再是学校的',
        context,
      }),
    );
  }
  if (learned >= LEARN_CHECKS) {
    for (const host of now.scripts) {
      if (look.scripts.includes(host) || isBelow(host, knownGood)) continue;
      const context = `首页从没有见过的域名 ${host} 加载脚本`;
      const href = `http://${host}/`;
      faults.push(
        pageFault(url, {
          kind: 'change',
          rule: 'change.new-script',
          severity: 'medium',
          text: host,
          context,
          href,
        }),
      );
    }
  }
  return faults;
}

/** Part of the characters that two titles share (Dice). */
function sharedChars(a: string, b: string): number {
  const first = new Set(a);
  const second = new Set(b);
  const both = [...second].filter((one) => first.has(one)).length;
  return first.size + second.size === 0 ? 1 : (2 * both) / (first.size + second.size);
}

/** The look after one more good check: learned while young, kept once it is known or when something is wrong. */
export function learnHome(
  known: { look: HomeLook; learned: number } | undefined,
  now: HomeLook,
  isGood: boolean,
): { look: HomeLook; learned: number } {
  if (!known) return { look: now, learned: isGood ? 1 : 0 };
  if (!isGood) return known;
  const isYoung = known.learned < LEARN_CHECKS;
  const scripts = isYoung
    ? [...new Set([...known.look.scripts, ...now.scripts])].slice(0, 100)
    : known.look.scripts;
  // Lists grow and pictures rotate: the look follows small steps, the scripts stay as learned.
  return { look: { ...now, scripts }, learned: Math.min(known.learned + 1, 1000) };
}

/** Fewer dated entries than this are no list. */
const LIST_ENTRIES = 3;

/** A list whose newest entry is older than the rule allows. `today` is YYYY-MM-DD. */
export function judgeStale(
  url: string,
  facts: Pick<PageFacts, 'title' | 'newestDay' | 'datedEntries'>,
  isHome: boolean,
  policy: CrawlPolicy,
  today: string,
): SeenFault | undefined {
  if (facts.newestDay === null || facts.datedEntries < LIST_ENTRIES || facts.newestDay > today)
    return undefined;
  const column = isHome
    ? 'home'
    : /公告|通知|公示|公开/.test(facts.title)
      ? 'notice'
      : /新闻|动态|要闻|快讯/.test(facts.title)
        ? 'news'
        : undefined;
  if (!column) return undefined;
  const days = Math.floor((Date.parse(today) - Date.parse(facts.newestDay)) / 86_400_000);
  if (days <= policy.staleDays[column]) return undefined;
  return pageFault(url, {
    kind: 'stale',
    rule: `stale.${column}`,
    severity: 'low',
    text: isHome ? '首页' : facts.title,
    context: `最新一条是 ${facts.newestDay}，已有 ${days} 天没有更新（规定 ${policy.staleDays[column]} 天）`,
  });
}
