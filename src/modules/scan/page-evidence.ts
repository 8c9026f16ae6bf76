/** What a page as a whole says about a hit on it: how it is laid out, whether it is a lesson, who can be reached. */

import { BARRIER } from './fold.ts';

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

/** The place of the first range that ends behind `offset`. */
function firstBehind(ranges: readonly Range[], offset: number): number {
  let low = 0;
  let high = ranges.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ranges[middle]![1] <= offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The last range that ends at `offset` or before it, or null. */
export const rangeBefore = (ranges: readonly Range[], offset: number): Range | null =>
  ranges[firstBehind(ranges, offset) - 1] ?? null;

/** The way to take an offer up: what a lesson that quotes an offer leaves out. */
const CONTACT = new RegExp(
  [
    String.raw`(?:微信|[薇微威维][信心芯]?|微\s?号|v\s?[信心芯x]|\bvx?|扣扣|加扣|企鹅号?|\bqq|\btg|telegram|weixin|wechat|电报群?|纸?飞机群?|蝙蝠号?|群)(?:同号|同步|号码?|群号?|搜)?[^\p{L}\p{N}。！？，、；;,!?\n]{0,5}(?![a-z]+\b(?![：:_-]))[a-z0-9_-]{5,}`,
    // Written apart: v x 6 6 8 8.
    String.raw`(?:微信?|[薇威维]\s?[信心芯]?|v\s?[信x]?|扣扣|q\s?q?|飞机)[^\p{L}\p{N}。！？，、；;,!?\n]{0,6}(?:[a-z0-9] ){4,}[a-z0-9]`,
    String.raw`\bq群?[：:\s]{0,3}\d{6,}`,
    String.raw`(?:\bq|\bqq|扣扣?|微信|电话|群号?|企鹅|腾[讯迅])[：:\s【\[（(]{0,3}[一二三四五六七八九零〇壹贰叁肆伍陆柒捌玖久]{6,}`,
    String.raw`[扣筘釦]群?[：:\s【\[（(]{0,3}\d{6,}`,
    String.raw`(?:微信|飞机|电报|蝙蝠|\btg)[号：:\s]{0,3}@\s?[a-z0-9_]{3,}`,
    String.raw`(?:加|联系|详询|咨询|添加|私信|搜)(?:我|客服)?[：:\s]{0,2}(?=[a-z0-9_-]*[0-9_])[a-z][a-z0-9_-]{4,}`,
    String.raw`(?:联系|咨询|客服|热线|手机|致电|电话)[^。\n]{0,6}1[3-9]\d{9}`,
    String.raw`(?:网址|官网|地址|域名|认准|登[录陆]|入口)[^。\n]{0,8}?[a-z0-9-]{2,}\.[a-z]{2,}`,
    String.raw`\b[a-z0-9-]{2,}\.(?:com|net|vip|top|xyz|cc|bet|app|club|win|me|io|live|shop|fun|info|icu|site|online|store|pw|tk|example)\b`,
  ].join('|'),
  'giu',
);

/** Whose number it is when a lesson names one: police, school, a help line. */
const HELPER =
  /举报|报警|求助|投诉|监督|派出所|民警|班主任|老师|辅导员|社长|答疑|人事|教务|总务|后勤|德育|招生办|就业|资助|保卫|公众号|官方微|教育局|检察|公安|学校|我校|本校|校园网|官方网站|心理|办公室|[（(]|12\d{3}/;

/** Units of which an account, number or address has three together or nearly so, in some shape; most texts have none. */
const REACHING = 1;
const REACHING_UNITS = /[a-z0-9_.@\-\u2460-\u24ff\u2776-\u2793\uff10-\uff5a\ud835\ud83c]/i;
/** What may stand between them, and how many. */
const BETWEEN = 2;
const BETWEEN_UNITS = /[\s\udc00-\udfff]/;
const MOST_BETWEEN = 2;
/** Or so many numerals. */
const NUMERAL = 3;
const NUMERAL_UNITS = /[一二三四五六七八九零〇壹贰叁肆伍陆柒捌玖久]/;
const NUMERALS = 6;

let shapes: Uint8Array | undefined;

function readShapes(): Uint8Array {
  return Uint8Array.from({ length: 0x10000 }, (_, unit) => {
    const one = String.fromCharCode(unit);
    if (REACHING_UNITS.test(one)) return REACHING;
    if (BETWEEN_UNITS.test(one)) return BETWEEN;
    return NUMERAL_UNITS.test(one) ? NUMERAL : 0;
  });
}

/** Whether [from, to) has what an account, number or address cannot be without. */
function mayReach(text: string, from: number, to: number): boolean {
  shapes ??= readShapes();
  let [reaching, between, numerals] = [0, 0, 0];
  for (let at = from; at < to; at++) {
    const shape = shapes[text.charCodeAt(at)]!;
    if (shape === REACHING) {
      if (++reaching === 3) return true;
      between = 0;
      numerals = 0;
    } else if (shape === BETWEEN) {
      if (++between > MOST_BETWEEN) reaching = 0;
      numerals = 0;
    } else {
      reaching = 0;
      numerals = shape === NUMERAL ? numerals + 1 : 0;
      if (numerals === NUMERALS) return true;
    }
  }
  return false;
}

/** Units of a text of which it is remembered together whether they may begin a contact. */
const CELL = 256;
/** The shortest form of what a contact cannot be without is at most so long: three units with the most between them. */
const SHORTEST = 7;

/** Tells for ranges whether they may hold a contact, and looks at every cell of the text at most once for it. */
function reachIn(text: string): (from: number, to: number) => boolean {
  const cells = new Int8Array(Math.ceil(text.length / CELL));
  const mayBeginIn = (cell: number) => {
    if (cells[cell] === 0) {
      const end = Math.min(text.length, (cell + 1) * CELL + SHORTEST - 1);
      cells[cell] = mayReach(text, cell * CELL, end) ? 1 : -1;
    }
    return cells[cell] === 1;
  };
  return (from, to) => {
    let cell = Math.floor(from / CELL);
    while (cell * CELL < to && !mayBeginIn(cell)) cell++;
    return cell * CELL < to && mayReach(text, from, to);
  };
}

/** Who can be reached by what a text says; the text is read when first asked. */
export interface Contacts {
  /** Whether an account, number or address begins in the range. */
  readonly beginIn: (from: number, to: number) => boolean;
  /** Whether the range by itself names one that is not a helper's, in whatever shape of letters. */
  readonly standIn: (from: number, to: number) => boolean;
}

/** Reads the contacts of a text. */
export function createContacts(text: string): Contacts {
  const mayStandIn = reachIn(text);
  let places: readonly Range[] | undefined;
  return {
    beginIn: (from, to) => {
      places ??= mayStandIn(0, text.length) ? contactsOf(text) : [];
      const next = places[firstBehind(places, from)];
      return next !== undefined && next[0] < to;
    },
    standIn: (from, to) =>
      mayStandIn(from, to) && findContacts(text.slice(from, to).normalize('NFKC'), 1).length > 0,
  };
}

/** How far before a contact the words stand that say whose it is. */
const WHOSE = 12;

/** Where contacts stand; in a text whose length its compatibility form changes, as written. */
function contactsOf(written: string): Range[] {
  const text = written.normalize('NFKC');
  const places = findContacts(text.length === written.length ? text : written, 1000);
  return places.map((at) => [at, at + 1]);
}

function findContacts(text: string, limit: number): number[] {
  const found: number[] = [];
  for (const match of text.matchAll(CONTACT)) {
    if (/(?:^|\.)(?:gov|edu|org)\b/i.test(text.slice(match.index, match.index + match[0].length + 8)))
      continue;
    const before = text.slice(Math.max(0, match.index - WHOSE), match.index);
    // A bare number belongs to whom the same sentence names: 联系人:王老师,电话…
    const clause = (/\d{11}$/.test(match[0]) ? /[^。！？!?\n\u2029]*$/ : /[^，。！？；,;!?\n\u2029]*$/).exec(
      before,
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
  const first = Math.max(0, start - QUOTE_REACH);
  let at = Math.min(start, text.length) - 1;
  while (at >= first && !isQuotationMark(text.charCodeAt(at))) at--;
  if (at < first || !opensQuotation(text.charCodeAt(at))) return false;
  const last = Math.min(text.length, end + QUOTE_REACH);
  at = end;
  while (at < last && !isQuotationMark(text.charCodeAt(at))) at++;
  return at < last && closesQuotation(text.charCodeAt(at));
}

/** `“「‘『`, and `”」’』`. */
const opensQuotation = (unit: number) =>
  unit === 0x201c || unit === 0x300c || unit === 0x2018 || unit === 0x300e;
const closesQuotation = (unit: number) =>
  unit === 0x201d || unit === 0x300d || unit === 0x2019 || unit === 0x300f;
/** What ends the search for one: a mark of either kind, or the end of the block. */
const isQuotationMark = (unit: number) => opensQuotation(unit) || closesQuotation(unit) || unit === BLOCK_END;
const BLOCK_END = BARRIER.charCodeAt(0);
