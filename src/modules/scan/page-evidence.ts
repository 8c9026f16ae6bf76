/** What a page as a whole says about a hit on it: how it is laid out, whether it is a lesson, who can be reached. */

type Range = readonly [start: number, end: number];

/** How the text stands on its page; ranges are UTF-16 offsets, sorted, without overlap. */
export interface Layout {
  /** Hidden elements and texts of links to other sites: judged by their own words alone, a lesson beside excuses nothing. */
  readonly apart: readonly Range[];
  /** Texts of links within the site: a menu with 禁毒教育 in it says nothing about the page. */
  readonly menus: readonly Range[];
  /** Different strong words of prevention in the body that this title belongs to. */
  readonly lesson?: number;
}

/** A text without any layout: a file, a field of a form. */
export const PLAIN: Layout = { apart: [], menus: [] };

/** The range that `offset` lies in, or null. */
export function rangeAround(ranges: readonly Range[], offset: number): Range | null {
  let low = 0;
  let high = ranges.length - 1;
  while (low <= high) {
    const middle = (low + high) >>> 1;
    const range = ranges[middle]!;
    if (offset < range[0]) high = middle - 1;
    else if (offset >= range[1]) low = middle + 1;
    else return range;
  }
  return null;
}

/** The way to take an offer up: what a lesson that quotes an offer leaves out. */
const CONTACT = new RegExp(
  [
    String.raw`(?:微信|薇信?|威信|微\s?号|v信|\bvx?|扣扣|企鹅号?|\bqq|\btg|telegram|电报群?|纸?飞机群?|蝙蝠号?|群)(?:号码?|群号?)?[：:\s@]{0,3}(?![a-z]+\b(?![：:_-]))[a-z0-9_-]{5,}`,
    String.raw`\bq群?[：:\s]{0,3}\d{6,}`,
    String.raw`(?:\bq|\bqq|扣扣|微信|电话)[：:\s]{0,3}[一二三四五六七八九零〇]{6,}`,
    String.raw`(?:微信|飞机|电报|蝙蝠|\btg)[号：:\s]{0,3}@\s?[a-z0-9_]{3,}`,
    String.raw`(?:联系|咨询|客服|热线|手机|致电|电话)[^。\n]{0,6}1[3-9]\d{9}`,
    String.raw`(?:网址|官网|地址|域名|认准|登[录陆]|入口)[^。\n]{0,8}?[a-z0-9-]{2,}\.[a-z]{2,}`,
    String.raw`\b[a-z0-9-]{2,}\.(?:com|net|vip|top|xyz|cc|bet|app|club|win|me|io|live|shop)\b`,
  ].join('|'),
  'gi',
);

/** Whose number it is when a lesson names one: police, school, a help line. */
const HELPER =
  /举报|报警|求助|投诉|监督|派出所|民警|班主任|老师|辅导员|保卫|公众号|官方微|教育局|检察|公安|学校|心理|办公室|[（(]|12\d{3}/;

/** Whether the text names an account, number or address that is not a helper's, in whatever shape of letters. */
export const hasContact = (written: string): boolean => findContacts(written.normalize('NFKC'), 1).length > 0;

/** Where such accounts, numbers and addresses stand; in a text whose length its compatibility form changes, as written. */
export function contactsOf(written: string): number[] {
  const text = written.normalize('NFKC');
  return findContacts(text.length === written.length ? text : written, 1000);
}

function findContacts(text: string, limit: number): number[] {
  const found: number[] = [];
  for (const match of text.matchAll(CONTACT)) {
    if (/(?:^|\.)(?:gov|edu|org)\b/i.test(text.slice(match.index, match.index + match[0].length + 8)))
      continue;
    const clause = /[^，。！？；,;!?\n\u2029]*$/.exec(
      text.slice(Math.max(0, match.index - 12), match.index),
    )![0];
    if (!HELPER.test(clause)) found.push(match.index);
    if (found.length === limit) break;
  }
  return found;
}

/** How far the quotation marks around a quoted offer may be. */
const QUOTE_REACH = 80;

/** Whether [start, end) stands within Chinese quotation marks: the words of somebody else. */
export function isQuoted(text: string, start: number, end: number): boolean {
  const before = text.slice(Math.max(0, start - QUOTE_REACH), start);
  const open = Math.max(before.lastIndexOf('“'), before.lastIndexOf('「'));
  if (open < 0 || /[”」\u2029]/.test(before.slice(open))) return false;
  const close = /[”」“「\u2029]/.exec(text.slice(end, end + QUOTE_REACH))?.[0];
  return close === '”' || close === '」';
}
