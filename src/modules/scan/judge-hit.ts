/** Whether a hit is an offence or a lesson about it: allow phrases, words of prevention, offers around it. */
import type { Term } from './contract.ts';
import { TAUGHT } from './data/prevention.ts';
import { BARRIER } from './fold.ts';
import type { View } from './pattern-matcher.ts';

export interface Occurrence {
  readonly pattern: number;
  readonly start: number;
  readonly end: number;
  readonly view: View | 'split' | 'pinyin' | 'latin';
}

/** What else was found in the text; each list in the order of start. */
export interface Surroundings {
  readonly text: string;
  /** Allow phrases, by the place of their term. */
  readonly allows: ReadonlyMap<number, readonly Occurrence[]>;
  readonly before: readonly Occurrence[];
  readonly near: readonly Occurrence[];
  readonly broad: readonly Occurrence[];
  readonly lures: readonly Occurrence[];
  /** Occurrences of terms of tier `ban`. */
  readonly bans: readonly Occurrence[];
}

/** How far before a hit a word like 严禁 governs it, and how far around a word like 禁毒 does; UTF-16 units. */
const BEFORE = 16;
const AROUND = 40;
/** How far around a hit a passage goes, of which it is asked what it is about. */
const PASSAGE = 200;
/** So many different words of prevention make a passage a lesson, even where it quotes an offer; else two do. */
const LESSON = 4;
/** How far around a hit the way to take an offer up stands. */
const CONTACT_REACH = 60;

/** The way to take an offer up: what a lesson that quotes an offer leaves out. */
const CONTACT =
  /(?:微信|薇信|威信|微\s?号|[vV]信|\b[vV][xX]|QQ|扣扣|企鹅号|TG|[Tt]elegram|电报群?|飞机群?)(?:号码?|群号?)?[：:\s]{0,3}[a-zA-Z0-9_-]{5,}|(?:联系|咨询|客服|热线|手机|致电|电话)[^。\n]{0,6}1[3-9]\d{9}|\b[a-z0-9-]{2,}\.(?:com|net|vip|top|xyz|cc|bet|app|club|win|me|io|live|shop)\b/i;

export interface Judgement {
  /** Why the hit is harmless, or null. */
  readonly reason: string | null;
  /** Words of an offer or a way to take it up stand beside the hit. */
  readonly isOffer: boolean;
}

/** Judges one hit of a term, whose place in the list is `index`. */
export function judgeHit(term: Term, index: number, hit: Occurrence, around: Surroundings): Judgement {
  const { text } = around;
  const harmless = (reason: string): Judgement => ({ reason, isOffer: false });
  if (isInsideWord(term.term, hit, text)) return harmless('inside-word');
  const allows = around.allows.get(index);
  const allow = allows && findBetween(allows, hit.start - 2 * 32 * 4, hit.start, (one) => one.end >= hit.end);
  if (allow) return harmless(`allow:${text.slice(allow.start, allow.end)}`);
  const from = blockStart(text, hit.start, AROUND);
  const to = blockEnd(text, hit.end, AROUND);
  const contact = CONTACT.test(
    text.slice(blockStart(text, hit.start, CONTACT_REACH), blockEnd(text, hit.end, CONTACT_REACH)),
  );
  const isOffer = contact || findBetween(around.lures, from, to, (one) => one.end <= to) !== undefined;
  const stays: Judgement = { reason: null, isOffer };
  const isBan = term.tier === 'ban';
  if (contact || (isBan && !TAUGHT.has(term.category))) return stays;
  if (!isBan && !isOffer) {
    const word =
      governing(hit, around, from) ?? findBetween(around.near, from, to, (one) => teaches(one, hit, to));
    if (word) return harmless(`teaching:${text.slice(word.start, word.end)}`);
  }
  const direct = isBan && !isOffer ? governing(hit, around, from) : undefined;
  if (direct && !/[，,；;：:]/.test(text.slice(direct.end, hit.start)))
    return harmless(`teaching:${text.slice(direct.start, direct.end)}`);
  const lesson = lessonAround(hit, around, isOffer ? LESSON : 2);
  return lesson ? harmless(`teaching:${lesson}`) : stays;
}

/** A word inside the hit says nothing about it: 诈骗 in 网络诈骗. */
const teaches = (one: Occurrence, hit: Occurrence, to: number) =>
  one.end <= to && !(one.start >= hit.start && one.end <= hit.end);

/** A forbidding word before the hit, with no end of a sentence between. */
function governing(hit: Occurrence, { before, text }: Surroundings, from: number): Occurrence | undefined {
  return findBetween(
    before,
    Math.max(from, hit.start - BEFORE),
    hit.start,
    (one) => one.end <= hit.start && !/[。！？!?\n]/.test(text.slice(one.end, hit.start)),
  );
}

/**
 * The words that make the passage a lesson or a report, when there are enough different ones: at least `needed`, two of
 * them strong, and more than there are different terms of tier `ban`, as in a heap of them beside a lesson.
 */
function lessonAround(hit: Occurrence, around: Surroundings, needed: number): string | null {
  const { text } = around;
  const [from, to] = [hit.start - PASSAGE, hit.end + PASSAGE];
  const strong = new Set<string>();
  const all = new Set<string>();
  for (const [list, isStrong] of [
    [around.before, true],
    [around.near, true],
    [around.broad, false],
  ] as const) {
    eachBetween(list, from, to, (one) => {
      if (!teaches(one, hit, to)) return;
      const word = text.slice(one.start, one.end);
      all.add(word);
      if (isStrong) strong.add(word);
    });
  }
  if (all.size < needed || strong.size < 2) return null;
  const bans = new Set<number>();
  eachBetween(around.bans, from, to, (one) => bans.add(one.pattern));
  return all.size > bans.size ? [...strong].slice(0, 3).join('、') : null;
}

/** An ASCII term counts only as a whole word: "av" is not in "have", "365" not in "13650". */
function isInsideWord(term: string, hit: Occurrence, text: string): boolean {
  if (hit.view !== 'latin' && !/^[\0-\x7f]*$/.test(term)) return false;
  const joins = (left: string | undefined, right: string | undefined) =>
    (/[a-z]/i.test(left ?? '') && /[a-z]/i.test(right ?? '')) ||
    (/\d/.test(left ?? '') && /\d/.test(right ?? ''));
  return joins(text[hit.start - 1], text[hit.start]) || joins(text[hit.end - 1], text[hit.end]);
}

/** The first occurrence whose start lies in [from, to] and that passes; the list is sorted by start. */
function findBetween(
  list: readonly Occurrence[],
  from: number,
  to: number,
  passes: (one: Occurrence) => boolean,
): Occurrence | undefined {
  for (let at = firstFrom(list, from); at < list.length && list[at]!.start <= to; at++) {
    if (passes(list[at]!)) return list[at];
  }
  return undefined;
}

/** At most so many occurrences of a passage are looked at: a text of nothing else must not cost their square. */
const MAX_LOOKED_AT = 256;

function eachBetween(
  list: readonly Occurrence[],
  from: number,
  to: number,
  take: (one: Occurrence) => void,
): void {
  const first = firstFrom(list, from);
  for (let at = first; at < list.length && at - first < MAX_LOOKED_AT && list[at]!.start <= to; at++) {
    take(list[at]!);
  }
}

function firstFrom(list: readonly Occurrence[], from: number): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (list[middle]!.start < from) low = middle + 1;
    else high = middle;
  }
  return low;
}

function blockStart(text: string, at: number, reach: number): number {
  const from = Math.max(0, at - reach);
  const barrier = text.slice(from, at).lastIndexOf(BARRIER);
  return barrier < 0 ? from : from + barrier + 1;
}

function blockEnd(text: string, at: number, reach: number): number {
  const slice = text.slice(at, at + reach);
  const barrier = slice.indexOf(BARRIER);
  return at + (barrier < 0 ? slice.length : barrier);
}
