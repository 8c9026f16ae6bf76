/** Terms in every view, with their allow phrases and the words of prevention teaching around them. */
import { fail, registerErrors } from '#base/errors';
import { scanErrors, type Term } from './contract.ts';
import { LURES, PREVENTION_BEFORE, PREVENTION_BROAD, PREVENTION_NEAR } from './data/prevention.ts';
import { DEMANDS, SOLICITING, TRADES } from './data/trades.ts';
import { findDisguisedNumbers } from './disguised-number.ts';
import { findImpostors } from './find-impostor.ts';
import { findOffers, type Offer, type TradeWord, type Word } from './find-offers.ts';
import { findSoliciting } from './find-soliciting.ts';
import {
  excuseOffer,
  isInsideWord,
  judgeHit,
  type PageEvidence,
  readPage,
  standsAlone,
} from './judge-hit.ts';
import { isHint, maySolicit, outweighsSchool } from './judge-soliciting.ts';
import type { Occurrence } from './occurrences.ts';
import { createContacts, type Layout, PLAIN } from './page-evidence.ts';
import { patternProblem } from './pattern-index.ts';
import { compilePatterns, type PatternMatcher } from './pattern-matcher.ts';
import { isWritten, latinPatterns, sharesCharacter, soundPatterns, soundReading } from './pinyin-view.ts';
import { plainText } from './plain-text.ts';
import { firstFrom, mergeInOrder, overlapsAny, putInOrder } from './ranges.ts';
import { joinSplits, type Split, splitCharacter, splitPatterns } from './split-view.ts';

registerErrors(scanErrors);

export interface TermHit {
  readonly term: Term;
  /** UTF-16 offsets [start, end) in the original text. */
  readonly start: number;
  readonly end: number;
  readonly view: Occurrence['view'];
  /** Words of an offer, or a way to take it up, stand beside it; only `judge` looks. */
  readonly isOffer?: boolean;
  /** Named in passing by a long text that offers nothing; only `judge` looks. */
  readonly isAside?: boolean;
}

export type Told = Pick<Offer, 'category' | 'start' | 'end' | 'hasContact'> & {
  /** For a human to judge. */
  readonly isHint?: boolean;
};

/** Category of an advertisement whose trade no list names. */
const UNNAMED = 'soliciting';

interface JudgedHits {
  readonly hits: TermHit[];
  readonly suppressed: { readonly hit: TermHit; readonly reason: string }[];
  /** Passages that carry on a trade, whatever its terms; with what excuses them, or null. */
  readonly offers: readonly (Told & { readonly reason: string | null })[];
  /** How many different strong words of prevention the text has. */
  readonly lesson: () => number;
}

export interface TermMatcher {
  /** Every occurrence of every term in the strict and skip views, overlapping ones too, in the order of their start. */
  find(text: string): TermHit[];
  /**
   * The occurrences in all views (those by sound only of terms that are long or marked), split into those that count
   * and those that something in the text, or in its layout on a page, explains.
   */
  judge(text: string, layout?: Layout): JudgedHits;
}

interface TradeRole {
  readonly kind: 'trade';
  readonly word: string;
  readonly category: string;
  readonly isJargon: boolean;
}

type Role =
  | { readonly kind: 'term' | 'allow' | 'latin'; readonly term: number }
  | { readonly kind: 'before' | 'near' | 'broad' | 'lure' | 'soliciting' | 'demand' }
  | TradeRole
  | { readonly kind: 'split'; readonly index: number };

interface Compiled {
  readonly terms: readonly Term[];
  readonly roles: readonly Role[];
  readonly full: PatternMatcher;
  /** Patterns by sound and what each stands for, the place of a term or a word of a trade; null when there are none. */
  readonly sound: {
    readonly matcher: PatternMatcher;
    readonly owners: readonly (number | TradeRole)[];
  } | null;
}

/**
 * Compiles a word list (up to 100,000 terms of up to 32 characters).
 * Fails with `scan.bad_term`, naming the term, when one is empty, too long, or has a gap of more than three signs.
 */
export function compileTerms(terms: readonly Term[]): TermMatcher {
  const compiled = compile(terms);
  let plain: PatternMatcher | undefined;
  return {
    find: (text) => {
      plain ??= compilePatterns(terms.map((term) => term.term));
      const hits: TermHit[] = [];
      plain.find(text, (pattern, start, end, view) => {
        hits.push({ term: terms[pattern]!, start, end, view });
      });
      return putInOrder(hits);
    },
    judge: (text, layout = PLAIN) => judge(compiled, text, layout),
  };
}

/** Fails as `compileTerms` does, and builds nothing: 100,000 terms of a sheet are looked at one by one. */
export function checkTerms(terms: readonly Term[]): void {
  for (const term of terms) for (const pattern of patternsOf(term)) checkPattern(pattern);
}

const patternsOf = (term: Term): string[] => [term.term, ...(term.allow ?? []), ...latinPatterns(term)];

function checkPattern(pattern: string): void {
  const reason = patternProblem(pattern);
  if (reason) fail('scan.bad_term', { term: pattern.slice(0, 40), reason });
}

function compile(terms: readonly Term[]): Compiled {
  const patterns: string[] = [];
  const roles: Role[] = [];
  const add = (pattern: string, role: Role) => {
    checkPattern(pattern);
    patterns.push(pattern);
    roles.push(role);
  };
  const sound: string[] = [];
  const owners: (number | TradeRole)[] = [];
  terms.forEach((term, index) => {
    add(term.term, { kind: 'term', term: index });
    for (const phrase of term.allow ?? []) add(phrase, { kind: 'allow', term: index });
    for (const form of latinPatterns(term)) add(form, { kind: 'latin', term: index });
    for (const form of soundPatterns(term)) {
      sound.push(form);
      owners.push(index);
    }
  });
  for (const [words, kind] of [
    [PREVENTION_BEFORE, 'before'],
    [PREVENTION_NEAR, 'near'],
    [PREVENTION_BROAD, 'broad'],
    [LURES, 'lure'],
    [SOLICITING, 'soliciting'],
    [DEMANDS, 'demand'],
  ] as const) {
    for (const word of words) add(word, { kind });
  }
  const categories = new Set(terms.map(({ category }) => category));
  const isStarter = Object.keys(TRADES).some((category) => categories.has(category));
  for (const [category, { jargon, common }] of Object.entries(TRADES)) {
    if (!categories.has(category) && !(category === 'commerce' && isStarter)) continue;
    for (const [list, isJargon] of [
      [jargon, true],
      [common, false],
    ] as const) {
      for (const word of list) {
        const role: TradeRole = { kind: 'trade', word, category, isJargon };
        add(word, role);
        if (!/^[\u4e00-\u9fff]{2,}$/.test(word)) continue;
        for (const form of soundPatterns({ term: word, category, tier: 'review', pinyin: true })) {
          sound.push(form);
          owners.push(role);
        }
      }
    }
  }
  splitPatterns.forEach((parts, index) => {
    add(parts, { kind: 'split', index });
  });
  return {
    terms,
    roles,
    full: compilePatterns(patterns),
    sound: sound.length > 0 ? { matcher: compilePatterns(sound, soundReading()), owners } : null,
  };
}

interface Collected {
  readonly terms: Occurrence[];
  readonly bans: Occurrence[];
  readonly allows: Map<number, Occurrence[]>;
  readonly before: Occurrence[];
  readonly near: Occurrence[];
  readonly broad: Occurrence[];
  readonly lures: Occurrence[];
  readonly soliciting: Occurrence[];
  readonly demands: Occurrence[];
  readonly trades: TradeWord[];
  readonly splits: Split[];
}

/** Everything that the text says in one pass, each list in order; in `terms` the pattern is the place of the term. */
function collect({ full, roles, terms }: Compiled, text: string): Collected {
  const found: Collected = {
    terms: [],
    bans: [],
    allows: new Map(),
    before: [],
    near: [],
    broad: [],
    lures: [],
    soliciting: [],
    demands: [],
    trades: [],
    splits: [],
  };
  const lists = {
    ...{ before: found.before, near: found.near, broad: found.broad, lure: found.lures },
    ...{ soliciting: found.soliciting, demand: found.demands },
  };
  full.find(text, (pattern, start, end, view) => {
    const role = roles[pattern]!;
    if (role.kind === 'split') found.splits.push({ start, end, character: splitCharacter(role.index) });
    else if (role.kind === 'term') {
      found.terms.push({ pattern: role.term, start, end, view });
      if (terms[role.term]!.tier === 'ban') found.bans.push({ pattern: role.term, start, end, view });
    } else if (role.kind === 'latin') found.terms.push({ pattern: role.term, start, end, view: 'latin' });
    else if (role.kind === 'trade') {
      const one = { pattern, start, end, view };
      if (!isInsideWord(role.word, one, text))
        found.trades.push({ ...one, category: role.category, isJargon: role.isJargon });
    } else if (role.kind === 'allow') addTo(found.allows, role.term, { pattern, start, end, view });
    else lists[role.kind].push({ pattern, start, end, view });
  });
  putInOrder(found.terms);
  putInOrder(found.trades);
  for (const list of [found.bans, ...Object.values(lists), ...found.allows.values()]) putInOrder(list);
  return found;
}

function addTo(lists: Map<number, Occurrence[]>, term: number, occurrence: Occurrence): void {
  const list = lists.get(term);
  if (list) list.push(occurrence);
  else lists.set(term, [occurrence]);
}

/** Judges the text as it reads plainly, and tells the places as it is written. */
function judge(compiled: Compiled, written: string, layout: Layout): JudgedHits {
  const plain = plainText(written, layout);
  if (!plain) return judgePlain(compiled, written, layout);
  const judged = judgePlain(compiled, plain.text, plain.layout);
  const placed = <T extends { start: number; end: number }>(one: T): T => {
    const [start, end] = plain.locate(one.start, one.end);
    return { ...one, start, end };
  };
  return {
    hits: judged.hits.map(placed),
    suppressed: judged.suppressed.map(({ hit, reason }) => ({ hit: placed(hit), reason })),
    offers: judged.offers.map(placed),
    lesson: judged.lesson,
  };
}

function judgePlain(compiled: Compiled, text: string, layout: Layout): JudgedHits {
  const found = collect(compiled, text);
  const contacts = createContacts(text);
  const whole = { ...found, text, layout, contacts };
  let read: PageEvidence | undefined;
  const page = () => {
    read ??= readPage(whole);
    return read;
  };
  const around = { ...whole, page };
  const heard = findBySound(compiled, text, found.terms);
  const soliciting = mergeInOrder(found.lures, found.soliciting);
  const trades = mergeInOrder(found.trades, heard.trades);
  const signs = mergeInOrder<Word>(soliciting, found.trades);
  const offers = mostTelling(
    findOffers(text, trades, soliciting, found.before, layout, contacts.beginIn).filter(
      (offer) => !offer.isFaint || standsAlone(offer, around),
    ),
  );
  const isNamed = overlapsAny(offers);
  const unnamed = findSoliciting(text, signs, layout, contacts.beginIn, (passage) =>
    maySolicit(passage, around),
  )
    .filter((one) => outweighsSchool(one, around))
    .filter((one) => !isNamed(one))
    .map((one) => ({ ...one, category: UNNAMED, isHint: isHint(one, trades), reason: null }));
  const impostors = findImpostors(text, found.demands, layout)
    .filter((one) => !isNamed(one))
    .map((one) => ({ ...one, category: 'fraud', hasContact: false, reason: null }));
  const disguised = findDisguisedNumbers(text)
    .filter((one) => !isNamed(one))
    .map((one) => ({ ...one, category: UNNAMED, hasContact: true, reason: null }));
  const judged: JudgedHits = {
    hits: [],
    suppressed: [],
    offers: [
      ...offers.map((offer) => ({ ...offer, reason: excuseOffer(offer, around) })),
      ...unnamed,
      ...impostors,
      ...disguised,
    ],
    lesson: () => page().strong.size,
  };
  const joined = putInOrder(findJoined(compiled, text, found.splits));
  for (const one of mergeInOrder(mergeInOrder(found.terms, joined), heard.terms)) {
    const term = compiled.terms[one.pattern]!;
    const { reason, isOffer, isAside } = judgeHit(term, one.pattern, one, around);
    const hit: TermHit = { term, start: one.start, end: one.end, view: one.view, isOffer, isAside };
    if (reason) judged.suppressed.push({ hit, reason });
    else judged.hits.push(hit);
  }
  return judged;
}

/** What any dealer promises says nothing beside the trade that the same passage names. */
function mostTelling(offers: readonly Offer[]): readonly Offer[] {
  const isNamed = overlapsAny(offers.filter(({ category }) => category !== 'commerce'));
  return offers.filter((one) => one.category !== 'commerce' || !isNamed(one));
}

/** Terms that appear when characters written as their parts are joined. */
function findJoined({ full, roles }: Compiled, text: string, splits: readonly Split[]): Occurrence[] {
  const found: Occurrence[] = [];
  if (splits.length === 0) return found;
  for (const joined of joinSplits(text, splits)) {
    full.find(joined.text, (pattern, start, end) => {
      const role = roles[pattern]!;
      if (role.kind !== 'term') return;
      const place = joined.locate(start, end);
      if (place) found.push({ pattern: role.term, start: place[0], end: place[1], view: 'split' });
    });
  }
  return found;
}

interface Heard {
  readonly terms: Occurrence[];
  readonly trades: TradeWord[];
}

/** Whether the pattern was found at that place; the list is in order. */
function isAmong(list: readonly Occurrence[], pattern: number, start: number, end: number): boolean {
  for (let at = firstFrom(list, start); at < list.length && list[at]!.start === start; at++) {
    if (list[at]!.pattern === pattern && list[at]!.end === end) return true;
  }
  return false;
}

/** Terms, and words of trades, that sound as something in the text that is not the word itself. */
function findBySound({ terms, sound }: Compiled, text: string, known: readonly Occurrence[]): Heard {
  const found: Heard = { terms: [], trades: [] };
  if (!sound) return found;
  /** Of the terms found here, as a term may have the same sound twice at one place (two readings of one pattern). */
  const seen = new Set<string>();
  sound.matcher.find(text, (pattern, start, end) => {
    const owner = sound.owners[pattern]!;
    if (typeof owner !== 'number') {
      if (!isWritten(owner.word, text, start, end) && sharesCharacter(owner.word, text, start, end))
        // Numbered apart from the patterns that are written.
        found.trades.push({ pattern: -1 - pattern, start, end, ...owner, isHeard: true });
      return;
    }
    if (isAmong(known, owner, start, end)) return;
    const term = terms[owner]!;
    if (!term.pinyin && !sharesCharacter(term.term, text, start, end)) return;
    const key = `${owner} ${start} ${end}`;
    if (seen.has(key)) return;
    seen.add(key);
    found.terms.push({ pattern: owner, start, end, view: 'pinyin' });
  });
  putInOrder(found.terms);
  putInOrder(found.trades);
  return found;
}
