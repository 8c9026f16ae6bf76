/** Passages that carry on a trade no school carries on, whatever it is called today: jargon, an offer, a way to take it up. */
import { BARRIER } from './fold.ts';
import { contactsOf, type Layout, rangeAround } from './page-evidence.ts';

interface Word {
  readonly pattern: number;
  readonly start: number;
  readonly end: number;
}

/** A word of a trade with its category. */
export interface TradeWord extends Word {
  readonly category: string;
  readonly isJargon: boolean;
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
}

/** How far the words of one offer reach; UTF-16 units. */
const REACH = 140;
const BEFORE = 40;
/** So many different words of jargon, and words in all (jargon, common, soliciting), are an offer: one pair is enough; these solicit. */
const SOLICITING_NEEDED = 2;
type Bar = readonly (readonly [jargon: number, all: number])[];
const WITH_CONTACT: Bar = [[1, 4]];
const WITHOUT: Bar = [
  [2, 6],
  [1, 9],
];
/** Words of jargon, and of the trade in all, that are an offer by themselves where nothing else is said. */
const HEAPED: Bar = [
  [2, 5],
  [1, 7],
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
  layout: Layout,
): Offer[] {
  const offers: Offer[] = [];
  if (!trades.some(({ isJargon }) => isJargon)) return offers;
  const contacts = contactsOf(text);
  const free = new Map<string, number>();
  for (let first = 0; first < trades.length; first++) {
    const head = trades[first]!;
    if (head.start < (free.get(head.category) ?? 0) || rangeAround(layout.menus, head.start)) continue;
    // Bounded looks: a text without blocks must not cost its square.
    const ahead = text.slice(head.start, head.start + REACH).indexOf(BARRIER);
    const bound = Math.min(text.length, head.start + (ahead < 0 ? REACH : ahead));
    const seen = new Set<number>();
    const jargon = new Set<number>();
    let end = head.end;
    for (let at = first; at < trades.length && at - first < MAX_WORDS && trades[at]!.end <= bound; at++) {
      if (trades[at]!.category !== head.category) continue;
      seen.add(trades[at]!.pattern);
      if (trades[at]!.isJargon) jargon.add(trades[at]!.pattern);
      end = Math.max(end, trades[at]!.end);
    }
    if (jargon.size === 0) continue;
    const from = Math.max(0, head.start - BEFORE);
    const start = from + text.slice(from, head.start).lastIndexOf(BARRIER) + 1;
    const asked = differentBetween(soliciting, start, bound);
    const all = seen.size + asked;
    const hasContact = contacts.some((at) => at >= start && at <= bound);
    const isPlain =
      asked >= SOLICITING_NEEDED &&
      (hasContact ? WITH_CONTACT : WITHOUT).some(([low, sum]) => jargon.size >= low && all >= sum);
    const isFaint = !isPlain && isFaintOffer(jargon.size, seen.size, asked, text.slice(start, bound));
    if (!isPlain && !isFaint) continue;
    offers.push({ category: head.category, start: head.start, end, hasContact, isFaint });
    free.set(head.category, bound);
  }
  return offers;
}

/**
 * Five words, three of the trade or two of its jargon, and a request to get in touch; with three of jargon one may be
 * missing. Or so many words of the trade that nothing else need be said.
 */
function isFaintOffer(jargon: number, trade: number, asked: number, passage: string): boolean {
  if (HEAPED.some(([low, sum]) => jargon >= low && trade >= sum)) return true;
  const isEnough =
    (trade >= 3 || jargon >= 2) && trade + asked >= 5 && asked >= (jargon >= 3 ? 1 : SOLICITING_NEEDED);
  return isEnough && ASKING.test(passage);
}

function differentBetween(list: readonly Word[], from: number, to: number): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (list[middle]!.start < from) low = middle + 1;
    else high = middle;
  }
  const seen = new Set<number>();
  for (let at = low; at < list.length && seen.size < 8 && list[at]!.end <= to; at++)
    seen.add(list[at]!.pattern);
  return seen.size;
}
