/** Pages that say that there is no page while the server says 200 ("soft 404"). Pure. */
import { sharedPart } from './compare-page.ts';
import type { PageFacts } from './page-facts.ts';

/** A notice is short; an article about broken links is not. Characters of visible text. */
const NOTICE_MAX = 200;

const NOTICE =
  /(?:页面|网页|文件|文章|内容|信息|栏目|资源|地址|链接)[^。！!]{0,12}(?:不存在|找不到|未找到|没有找到|无法找到|已(?:经)?(?:被)?(?:删除|移除|下线))|(?:找不到|未找到|没有找到|无法找到|不存在)(?:您|你)?[^。！!]{0,12}(?:页面|网页|文件|文章|资源|地址)|没有(?:这个|该|此)(?:页面|网页|文件)|404\s*(?:错误|页面|not found)|(?:page|file|resource) (?:was |could |cannot |can ?not )?(?:not |be )*found|^\s*(?:error\s*)?404\s*$/i;

/** Whether a page is nothing but the notice that there is none. */
export function isMissingNotice(facts: Pick<PageFacts, 'title' | 'blocks'>): boolean {
  const text = facts.blocks.join(' ');
  return text.length <= NOTICE_MAX && (NOTICE.test(text) || (text !== '' && NOTICE.test(facts.title)));
}

type Shown = Pick<PageFacts, 'title' | 'blocks' | 'skeleton' | 'needsBrowser'>;

export interface Answer {
  readonly url: string;
  readonly facts: Shown;
}

/** Part of the text that two answers to missing addresses share: hints and dates beside the notice may differ. */
const TEXT_SHARED = 0.8;
const TEMPLATE_SHARED = 0.9;

/**
 * Whether `page` is what the site shows for an address that does not exist. Where it shows its home page for that,
 * nothing can be said: a second address of the home page is no fault.
 */
export function isMissingPage(page: Answer, missing: Answer, home: Answer): boolean {
  if (missing.facts.needsBrowser || page.url === home.url) return false;
  return !isSame(missing, home) && isSame(page, missing);
}

function isSame(a: Answer, b: Answer): boolean {
  if (a.facts.title !== b.facts.title) return false;
  if (sharedPart(a.facts.skeleton, b.facts.skeleton) < TEMPLATE_SHARED) return false;
  const first = saidBy(a);
  const second = saidBy(b);
  if (first.size === 0 || second.size === 0) return false;
  const both = [...second].filter((block) => first.has(block)).length;
  return (2 * both) / (first.size + second.size) >= TEXT_SHARED;
}

/** The blocks without numbers and without the page's own address, which such pages like to repeat. */
function saidBy({ url, facts }: Answer): Set<string> {
  const { href, pathname } = new URL(url);
  const name = pathname.split('/').at(-1) ?? '';
  const own = [href, pathname, name].flatMap((one) => (one.length > 2 ? [one, decoded(one)] : []));
  const strip = (block: string) => own.reduce((text, one) => text.replaceAll(one, ''), block);
  return new Set(facts.blocks.map((block) => strip(block).replaceAll(/\d+/g, '#').trim()));
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // It was never encoded: shown as it stands.
  }
}
