/** Whether a hit is an offence or a lesson about it: allow phrases, words of prevention, offers around it. */
import type { Term } from './contract.ts';
import { TAUGHT } from './data/prevention.ts';
import { isTold, type Offer } from './find-offers.ts';
import { BARRIER } from './fold.ts';
import {
  CALLED,
  COMMITTED,
  CONDEMNED,
  FORBIDS,
  isSentence,
  isSpokenOf,
  QUOTED_AS,
  SCHOOL_LIFE,
} from './judge-mention.ts';
import { isTale, isToldOffer, signsOfTale, TALE } from './judge-tale.ts';
import { isListed, isWordList } from './listed-words.ts';
import { blockEnd, blockStart, eachBetween, findBetween, type Occurrence, PASSAGE } from './occurrences.ts';
import { type Contacts, isQuoted, type Layout, rangeAround } from './page-evidence.ts';

/** What else was found in the text; each list in the order of start. */
export interface Surroundings {
  readonly text: string;
  /** Allow phrases, by the place of their term. */
  readonly allows: ReadonlyMap<number, readonly Occurrence[]>;
  readonly before: readonly Occurrence[];
  readonly near: readonly Occurrence[];
  readonly broad: readonly Occurrence[];
  readonly lures: readonly Occurrence[];
  /** Occurrences of terms of tier `ban`, and of all terms. */
  readonly bans: readonly Occurrence[];
  readonly terms: readonly Occurrence[];
  readonly layout: Layout;
  readonly contacts: Contacts;
  /** Read once for a text, when first asked. */
  readonly page: () => PageEvidence;
}

/** What the whole text says, without what stands apart and without menus. */
export interface PageEvidence {
  /** Different words of prevention, strong ones and all. */
  readonly strong: ReadonlySet<string>;
  readonly all: number;
  /** Different terms of tier `ban`, and of every tier. */
  readonly bans: number;
  readonly terms: number;
  /** Prose that offers nothing, names nothing of tier `ban` and nobody to turn to: a story, a record, a novel. */
  readonly isAside: boolean;
}

/** How far before a hit a word like 严禁 governs it, and how far around a word like 禁毒 does; UTF-16 units. */
const BEFORE = 16;
const AROUND = 40;
/** So many different words of prevention make a passage a lesson, even where it quotes an offer; else two do. */
const LESSON = 4;
/** How far around a hit the way to take an offer up stands. */
const CONTACT_REACH = 60;

export interface Judgement {
  /** Why the hit is harmless, or null. */
  readonly reason: string | null;
  /** Words of an offer or a way to take it up stand beside the hit. */
  readonly isOffer: boolean;
  /** Named in passing by a long text that offers nothing. */
  readonly isAside: boolean;
}

/** Judges one hit of a term, whose place in the list is `index`. */
export function judgeHit(term: Term, index: number, hit: Occurrence, around: Surroundings): Judgement {
  const { text, layout } = around;
  const harmless = (reason: string): Judgement => ({ reason, isOffer: false, isAside: false });
  if (isInsideWord(term.term, hit, text)) return harmless('inside-word');
  const allows = around.allows.get(index);
  const allow = allows && findBetween(allows, hit.start - 2 * 32 * 4, hit.start, (one) => one.end >= hit.end);
  if (allow) return harmless(`allow:${text.slice(allow.start, allow.end)}`);
  const apart = rangeAround(layout.apart, hit.start);
  const [first, behind] = apart ?? [0, text.length];
  const start = (reach: number) => Math.max(first, blockStart(text, hit.start, reach));
  const end = (reach: number) => Math.min(behind, blockEnd(text, hit.end, reach));
  const [low, high] = [start(CONTACT_REACH), end(CONTACT_REACH)];
  const [from, to] = [Math.max(low, hit.start - AROUND), Math.min(high, hit.end + AROUND)];
  const contact = around.contacts.standIn(low, high);
  const isBan = term.tier === 'ban';
  // A lure in quotation marks is the words of somebody else.
  const lures = (one: Occurrence) =>
    one.end <= to &&
    (one.start < hit.start || one.end > hit.end) &&
    !isQuoted(text, one.start, one.end) &&
    !/[不未非]/.test(text[one.start - 1] ?? '');
  const isOffer =
    contact ||
    (findBetween(around.lures, from, to, lures) !== undefined &&
      !isTold(text.slice(start(CONTACT_REACH), end(CONTACT_REACH))) &&
      !isToldOffer(term, hit, around));
  const stays: Judgement = { reason: null, isOffer, isAside: false };
  if (!contact && isListed(text, hit)) return harmless('word-list');
  if (contact || (isBan && !TAUGHT.has(term.category))) return stays;
  // 不代考, 未代孕: what is denied right before it.
  if (!isOffer && /[不未没非]$/.test(text.slice(from, hit.start)))
    return harmless(`teaching:${text[hit.start - 1]}`);
  const committed = isOffer ? null : COMMITTED.exec(text.slice(from, hit.start));
  if (committed) return harmless(`teaching:${committed[0]}`);
  const quoted = isQuoted(text, hit.start, hit.end);
  const verdict =
    isBan && isOffer && !quoted
      ? null
      : (CONDEMNED.exec(text.slice(hit.end, to + AROUND)) ??
        (isOffer
          ? null
          : (CALLED.exec(text.slice(hit.end, to)) ?? QUOTED_AS.exec(text.slice(hit.end, to + AROUND)))));
  if (verdict) return harmless(`teaching:${verdict[1]}`);
  if (!isBan && !isOffer) {
    const word =
      governing(hit, around, from) ?? findBetween(around.near, from, to, (one) => teaches(one, hit, to));
    if (word) return harmless(`teaching:${text.slice(word.start, word.end)}`);
  }
  const direct = isBan && isOffer ? undefined : governing(hit, around, from);
  if (direct && FORBIDS.test(text.slice(direct.end, hit.start)))
    return harmless(`teaching:${text.slice(direct.start, direct.end)}`);
  if (isBan && isOffer && isBareBlock(hit, around, start(PASSAGE), end(PASSAGE))) return stays;
  if (isBan && !quoted && !isSpokenOf(term.category, text, hit))
    return { ...stays, isAside: !isOffer && !apart && isTale(term, hit, around) };
  const lesson = lessonAround(hit, around, isOffer ? LESSON : 2, [first, behind]);
  if (lesson && (!isBan || lesson.isWide || isOffer)) return harmless(`teaching:${told(lesson.strong)}`);
  if (apart) return stays;
  const page = around.page();
  if (teachesAll(page, hit, around, isBan, isOffer)) return harmless(`teaching:${told(page.strong)}`);
  if (!isOffer && ((quoted && !isBan) || isTale(term, hit, around))) return { ...stays, isAside: true };
  const isProse = text.length >= LONG_TEXT || isSentence(text.slice(start(PASSAGE), end(PASSAGE)));
  return { ...stays, isAside: !isOffer && page.isAside && isProse };
}

const told = (words: ReadonlySet<string>) => [...words].slice(0, 3).join('、');

/**
 * Whether the page as a whole is a lesson that may name the hit: the stronger what the hit says (a term of tier `ban`,
 * words of an offer), the more different words of prevention the page must have, unless it quotes somebody.
 */
function teachesAll(
  page: PageEvidence,
  hit: Occurrence,
  { text, layout }: Surroundings,
  isBan: boolean,
  isOffer: boolean,
): boolean {
  const quoted = isQuoted(text, hit.start, hit.end);
  const strong = Math.max(page.strong.size, isBan && !quoted ? 0 : (layout.lesson ?? 0));
  if (!isBan && !isOffer) return page.all >= page.terms && (strong >= 2 || (strong === 1 && page.all >= 4));
  if (page.bans >= page.all) return false;
  if (quoted) return strong >= 2 || page.all >= (strong >= 1 ? 3 : 4);
  return strong >= (isBan && isOffer ? 7 : 5);
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
 * them strong, and more than there are different terms of tier `ban`, as in a heap of them beside a lesson. They are
 * wide when they are more than one phrase (谨防诈骗！) put before something else.
 */
function lessonAround(
  hit: Occurrence,
  around: Surroundings,
  needed: number,
  [first, behind]: readonly [number, number],
): { strong: ReadonlySet<string>; isWide: boolean } | null {
  const { text, layout } = around;
  const inMenu = rangeAround(layout.menus, hit.start) !== null;
  const [from, to] = [Math.max(first, hit.start - PASSAGE), Math.min(behind, hit.end + PASSAGE)];
  const strong = new Set<string>();
  const all = new Set<string>();
  let [low, high] = [text.length, 0];
  for (const [list, isStrong] of [
    [around.before, true],
    [around.near, true],
    [around.broad, false],
  ] as const) {
    eachBetween(list, from, to, (one) => {
      if (!teaches(one, hit, to)) return;
      if (!inMenu && rangeAround(layout.menus, one.start)) return;
      const word = text.slice(one.start, one.end);
      all.add(word);
      if (!isStrong) return;
      strong.add(word);
      low = Math.min(low, one.start);
      high = Math.max(high, one.end);
    });
  }
  if (all.size < needed || strong.size < 2) return null;
  dropParts(all);
  dropParts(strong);
  if (all.size < needed || strong.size < 2) return null;
  const bans = new Set<number>();
  eachBetween(around.bans, from, to, (one) => bans.add(one.pattern));
  if (all.size <= bans.size) return null;
  const between = high <= hit.start ? text.slice(high, hit.start) : text.slice(hit.end, low);
  return { strong, isWide: high - low > PHRASE || !/[。！？!?\n\u2029]/.test(between) };
}

/**
 * Whether the hit's own paragraph offers several forbidden things and has no word of prevention nor a quotation: what
 * was appended to a notice about something else.
 */
function isBareBlock(hit: Occurrence, around: Surroundings, from: number, to: number): boolean {
  if (isQuoted(around.text, hit.start, hit.end)) return false;
  const bans = new Set<number>();
  eachBetween(around.bans, from, to, (one) => bans.add(one.pattern));
  if (bans.size < 2) return false;
  return ![around.before, around.near, around.broad].some((list) =>
    findBetween(list, from, to, (one) => teaches(one, hit, to)),
  );
}

/**
 * What excuses an offer that is told by its jargon: a page that is a lesson, more so when the offer names an account; or
 * quotation marks on a page that warns. Null when nothing does.
 */
export function excuseOffer(offer: Offer, around: Surroundings): string | null {
  const { category, start, end, hasContact: isReachable, isDense } = offer;
  const { text, layout } = around;
  if (rangeAround(layout.apart, start)) return null;
  if (!isReachable && isWordList(text, start, end)) return 'word-list';
  const verdict = isReachable ? null : CONDEMNED.exec(text.slice(end, end + AROUND));
  if (verdict) return `teaching:${verdict[1]}`;
  const near = text.slice(blockStart(text, start, AROUND), blockEnd(text, end, AROUND));
  const signs = isReachable ? [] : signsOfTale(near, category);
  if (signs.length >= TALE.ban) return `teaching:${signs.slice(0, 3).join('、')}`;
  const page = around.page();
  // A title stands on the page that it belongs to.
  const strong = Math.max(page.strong.size, isReachable ? 0 : (layout.lesson ?? 0));
  const own = [around.before, around.near].some((list) =>
    findBetween(list, blockStart(text, start, PASSAGE), blockEnd(text, end, PASSAGE), () => true),
  );
  const isExcused = isReachable
    ? strong >= 5 && own
    : (strong >= 2 && (isDense || (page.all >= 4 && own) || strong >= 5)) ||
      (strong >= 1 && isQuoted(text, start, start + 1));
  return isExcused ? `teaching:${told(page.strong)}` : null;
}

/**
 * Whether a passage has neither a word of prevention nor one of school life: only there a faint offer counts. One with
 * three words of jargon and more bears as many of the words that say little alone (安全, 学生) as it has beyond two.
 */
export function standsAlone(
  { start, end, weight }: { start: number; end: number; weight: number },
  around: Omit<Surroundings, 'page'>,
): boolean {
  const { text } = around;
  const [from, to] = [blockStart(text, start, PASSAGE), blockEnd(text, end, PASSAGE)];
  const passage = text.slice(from, to);
  const counts = (one: Occurrence) =>
    one.end <= to && !/^学生[妹党贷]|^安全(?:可靠|送达|稳定|到)/.test(text.slice(one.start, one.end + 2));
  if ([around.before, around.near].some((list) => findBetween(list, from, to, counts))) return false;
  const weak = new Set(passage.match(SCHOOL_LIFE));
  eachBetween(around.broad, from, to, (one) => {
    if (counts(one)) weak.add(text.slice(one.start, one.end));
  });
  return weak.size <= Math.max(0, weight - 2);
}

/** 安全教育 is one word of prevention, not three (安全, 教育). */
function dropParts(words: Set<string>): void {
  if (words.size < 2) return;
  // No match runs across a barrier: a word stands twice in all of them only as a part of another.
  const all = BARRIER + [...words].join(BARRIER);
  let own = 1;
  for (const word of [...words]) {
    if (all.indexOf(word) < own || all.indexOf(word, own + 1) >= 0) words.delete(word);
    own += word.length + 1;
  }
}

/** How long one phrase of warning is. */
const PHRASE = 12;
/** A text shorter than this names nothing in passing, nor one shorter than the other but in a sentence; which part of it its terms may be at most. */
const LONG_TEXT = 120;
const SHORT_TEXT = 60;
const ASIDE_SHARE = 0.1;
/** At most so many occurrences of a page are looked at. */
const MAX_OF_PAGE = 4096;

/** Reads what the whole text says. */
export function readPage(around: Omit<Surroundings, 'page'>): PageEvidence {
  const { text, layout } = around;
  const strong = new Set<string>();
  const all = new Set<string>();
  const counts = ({ start }: Occurrence) =>
    rangeAround(layout.apart, start) === null && rangeAround(layout.menus, start) === null;
  for (const [list, isStrong] of [
    [around.before, true],
    [around.near, true],
    [around.broad, false],
  ] as const) {
    for (const one of list.slice(0, MAX_OF_PAGE)) {
      const word = text.slice(one.start, one.end);
      if (all.has(word) || !counts(one)) continue;
      all.add(word);
      if (isStrong) strong.add(word);
    }
  }
  const bans = new Set(around.bans.filter(counts).map(({ pattern }) => pattern));
  const terms = new Set(around.terms.map(({ pattern }) => pattern));
  dropParts(all);
  dropParts(strong);
  const named = around.terms.reduce((sum, { start, end }) => sum + end - start, 0);
  const isAside =
    around.bans.length === 0 &&
    around.lures.length === 0 &&
    text.length >= SHORT_TEXT &&
    named <= text.length * ASIDE_SHARE &&
    !around.contacts.standIn(0, text.length);
  return { strong, all: all.size, bans: bans.size, terms: terms.size, isAside };
}

/** An ASCII term counts only as a whole word: "av" is not in "have", "365" not in "13650". */
export function isInsideWord(term: string, hit: Occurrence, text: string): boolean {
  if (hit.view !== 'latin' && (term.charCodeAt(0) > 0x7f || !/^[\0-\x7f]*$/.test(term))) return false;
  const joins = (left: string | undefined, right: string | undefined) =>
    (/[a-z]/i.test(left ?? '') && /[a-z]/i.test(right ?? '')) ||
    (/\d/.test(left ?? '') && /\d/.test(right ?? ''));
  return joins(text[hit.start - 1], text[hit.start]) || joins(text[hit.end - 1], text[hit.end]);
}
