/** Passages that carry on a trade no school carries on, whatever it is called today: jargon, an offer, a way to take it up. */
import { BARRIER } from './fold.ts';
import { isQuoted, type Layout, rangeAround } from './page-evidence.ts';
import { firstFrom } from './ranges.ts';

export interface Word {
  readonly pattern: number;
  readonly start: number;
  readonly end: number;
}

/** A word of a trade with its category. */
export interface TradeWord extends Word {
  readonly category: string;
  readonly isJargon: boolean;
  /** Other characters of the same sound stand there. */
  readonly isHeard?: boolean;
}

export interface Offer {
  readonly category: string;
  /** From the first word of the trade to the last. */
  readonly start: number;
  readonly end: number;
  /** An account, number or address stands with it. */
  readonly hasContact: boolean;
  /** Told by fewer words, and a request to get in touch: it counts only in a passage that is nothing but an offer. */
  readonly isFaint: boolean;
  /** Told by words that are most of a short paragraph; it counts only where nothing around teaches. */
  readonly isDense: boolean;
  /** How many different words of jargon it has; 0 when nothing in it asks for anything. */
  readonly weight: number;
}

/** How far the words of one offer reach; UTF-16 units. */
const REACH = 140;
const BEFORE = 40;
/** So many different words of jargon, and words in all (jargon, common, soliciting), are an offer: one pair is enough; these solicit. */
const SOLICITING_NEEDED = 2;
type Bar = readonly (readonly [jargon: number, all: number])[];
const WITH_CONTACT: Bar = [
  [1, 4],
  [2, 3],
];
const WITHOUT: Bar = [
  [2, 6],
  [1, 9],
];
/** Words of jargon, and of the trade in all, that are an offer by themselves where nothing else is said. */
const HEAPED: Bar = [
  [2, 5],
  [1, 7],
  [3, 3],
];
/** A request to get in touch, with or without an account. */
const ASKING =
  /加(?:微信|薇|[vVqQ群我]|客服)|进.{0,4}群|联系|咨询|私聊|扫码|客服|微信|飞机|QQ|电联|致电|热线/;
/** At most so many words of a passage are looked at. */
const MAX_WORDS = 64;

/**
 * Finds the offers of a text: words of one trade close together, in one block, with words of an offer among them. Lists
 * are in the order of start; the words of a menu do not count.
 */
export function findOffers(
  text: string,
  trades: readonly TradeWord[],
  soliciting: readonly Word[],
  forbidding: readonly Word[],
  layout: Layout,
  hasContactIn: (from: number, to: number) => boolean,
): Offer[] {
  const offers: Offer[] = [];
  if (!trades.some(({ isJargon }) => isJargon)) return offers;
  const free = new Map<string, number>();
  for (let first = 0; first < trades.length; first++) {
    const head = trades[first]!;
    if (head.start < (free.get(head.category) ?? 0) || rangeAround(layout.menus, head.start)) continue;
    // Bounded looks: a text without blocks must not cost its square.
    const ahead = text.slice(head.start, head.start + REACH).indexOf(BARRIER);
    const bound = Math.min(text.length, head.start + (ahead < 0 ? REACH : ahead));
    const from = Math.max(0, head.start - BEFORE);
    const start = from + text.slice(from, head.start).lastIndexOf(BARRIER) + 1;
    const all = outermost(trades, first, bound, head.category);
    if (!all.some(({ isJargon }) => isJargon)) continue;
    const hasContact = hasContactIn(start, bound);
    const words = hasContact ? all : all.filter((word) => !isWarnedOf(text, word, forbidding));
    if (!words.some(({ isJargon }) => isJargon)) continue;
    const end = words.reduce((last, word) => Math.max(last, word.end), head.end);
    const asked = differentBetween(soliciting, start, bound);
    const passage = text.slice(start, bound);
    if (!hasContact && isTold(passage)) continue;
    const strength = strengthOf(words, asked, hasContact, passage);
    const dense = strength && !strength.isFaint ? 0 : jargonOfDense(words, soliciting, text, start, bound);
    if (!strength && dense === 0) continue;
    const { isFaint, jargon } = strength ?? { isFaint: true, jargon: 0 };
    offers.push({
      category: head.category,
      start: head.start,
      end,
      hasContact,
      isFaint,
      isDense: dense > 0,
      // One word of school life is part of what such a paragraph sells (作业代做).
      weight: dense >= 2 ? dense + 1 : asked === 0 ? 0 : jargon,
    });
    free.set(head.category, bound);
  }
  return offers;
}

/**
 * How plain the words of a passage are as an offer; null when they are none. What only sounds as jargon is looked at
 * when the written words say too little, and never makes more than a faint offer.
 */
function strengthOf(
  words: readonly TradeWord[],
  asked: number,
  hasContact: boolean,
  passage: string,
): { isFaint: boolean; jargon: number } | null {
  for (const list of [words.filter(({ isHeard }) => !isHeard), words]) {
    const heard = distinct(list.filter(({ isJargon, isHeard }) => isJargon && isHeard));
    // One sound may be chance (招新 for 直招): two are one word of jargon.
    const jargon = distinct(list.filter(({ isJargon, isHeard }) => isJargon && !isHeard)) + (heard >> 1);
    const trade = distinct(list);
    if (jargon === 0) continue;
    const isPlain =
      (asked >= SOLICITING_NEEDED || hasContact) &&
      (hasContact ? WITH_CONTACT : WITHOUT).some(([low, sum]) => jargon >= low && trade + asked >= sum);
    if (isPlain || isFaintOffer(jargon, trade, asked, passage))
      return { isFaint: !isPlain || hasHeard(list), jargon: hasHeard(list) ? 0 : jargon };
    if (list.length === words.length) return null;
  }
  return null;
}

/** A paragraph of no more letters may be nothing but an offer, and so much of it must be. */
const SHORT_OFFER = 40;
/** Nor of more units, signs and spaces and all. */
const LONGEST_SHORT = 80;
const FILLED = 0.5;
/** A question, or the headline of a report: 点击后竟跳转到…. */
const NO_OFFER = /[?？吗呢]\s*$|跳转|竟[然是成被]|赫然|惊现|变身|沦为|被[曝爆查举]/;

/**
 * How many words of jargon a short paragraph has that is little but words of a trade and of an offer (a comment, the headline
 * of an advertisement), else 0. One beside a word that asks is enough, or three of the trade, two of them jargon.
 */
function jargonOfDense(
  words: readonly TradeWord[],
  soliciting: readonly Word[],
  text: string,
  from: number,
  to: number,
): number {
  if (to - from > LONGEST_SHORT || NO_OFFER.test(text.slice(from, to))) return 0;
  const letters = text.slice(from, to).match(/[\p{L}\p{N}]/gu)?.length ?? 0;
  if (letters > SHORT_OFFER || text.slice(Math.max(0, from - 1), from).search(/[^\s\u2029]/) === 0) return 0;
  const written = words.filter(({ isHeard }) => !isHeard);
  const jargon = distinct(written.filter(({ isJargon }) => isJargon));
  const asked: Word[] = [];
  for (let at = firstFrom(soliciting, from); at < soliciting.length && soliciting[at]!.end <= to; at++) {
    // In quotation marks it is a name: 点击“官网”后跳转.
    if (!isQuoted(text, soliciting[at]!.start, soliciting[at]!.end)) asked.push(soliciting[at]!);
  }
  const trade = distinct(written);
  if (!(jargon >= 1 && (asked.length > 0 || trade >= 4)) && !(jargon >= 2 && trade >= 3)) return 0;
  const covered = new Set<number>();
  for (const { start, end } of [...written, ...asked]) for (let at = start; at < end; at++) covered.add(at);
  return covered.size >= letters * FILLED ? jargon : 0;
}

const hasHeard = (words: readonly TradeWord[]) => words.some(({ isHeard }) => isHeard);

/**
 * Five words, three of the trade or two of its jargon, and a request to get in touch; with three of jargon one may be
 * missing. Or so many words of the trade that nothing else need be said; one fewer where it speaks to whoever reads.
 */
function isFaintOffer(jargon: number, trade: number, asked: number, passage: string): boolean {
  const spoken = /您|为你|帮你|给你/.test(passage) ? 1 : 0;
  if (HEAPED.some(([low, sum]) => jargon >= low && trade + spoken >= sum)) return true;
  const isEnough =
    (trade >= 3 || jargon >= 2) && trade + asked >= 5 && asked >= (jargon >= 3 ? 1 : SOLICITING_NEEDED);
  return isEnough && ASKING.test(passage);
}

/** The words of the trade from `first` on that lie in no longer one: 百家乐平台 is one word, not two. */
function outermost(
  trades: readonly TradeWord[],
  first: number,
  bound: number,
  category: string,
): readonly TradeWord[] {
  const words: TradeWord[] = [];
  for (let at = first; at < trades.length && at - first < MAX_WORDS && trades[at]!.start < bound; at++) {
    const word = trades[at]!;
    if (word.category !== category || word.end > bound) continue;
    // In the order of start, and of end: a longer word of the same start comes later, one inside another too.
    while (words.length > 0 && words.at(-1)!.start === word.start) words.pop();
    // What is written comes before what only sounds so.
    if (words.length === 0 || words.at(-1)!.end < word.end) words.push(word);
  }
  return words;
}

const distinct = (words: readonly TradeWord[]) => new Set(words.map(({ pattern }) => pattern)).size;

/** What a story, a report or a confession says and an offer does not; two of them make a passage a tale. */
const TOLD =
  /他|她|后来|去年|那年|那天|当时|最终|于是|原来|没想到|才知道|才发现|曾经|至今|对方|某[某男女甲乙]|小[王李张刘陈杨赵周吴孙朱林何郭马罗高明红军]|同学[说问]|年前|从此|被骗|结果|受害人|为由|谎称/g;

/** What explains a word instead of using it. */
const DEFINES = /是指|指的是|什么是|俗称|又称|统称|常见|形式有|例如|诸如/;

/** Whether a passage tells or explains something instead of offering it. */
export const isTold = (passage: string): boolean =>
  new Set(passage.match(TOLD)).size >= 2 || DEFINES.test(passage);

/** How far before a word of the trade a word that forbids it stands: 谨防校园贷、裸条贷. */
const FORBIDDEN = 20;

/** Whether a word is forbidden in its own sentence, or stands in quotation marks: then it offers nothing. */
function isWarnedOf(text: string, { start, end }: Word, forbidding: readonly Word[]): boolean {
  if (isQuoted(text, start, end)) return true;
  for (let at = firstFrom(forbidding, start - FORBIDDEN); at < forbidding.length; at++) {
    const word = forbidding[at]!;
    if (word.start >= start) return false;
    if (word.end <= start && !/[。！？!?\n\u2029]/.test(text.slice(word.end, start))) return true;
  }
  return false;
}

function differentBetween(list: readonly Word[], from: number, to: number): number {
  const seen = new Set<number>();
  for (let at = firstFrom(list, from); at < list.length && seen.size < 8 && list[at]!.end <= to; at++)
    seen.add(list[at]!.pattern);
  return seen.size;
}
