/** Terms with their allow phrases, and the words of prevention teaching around them. */
import { fail, registerErrors } from '#base/errors';
import { scanErrors, type Term } from './contract.ts';
import { LURES, PREVENTION_BEFORE, PREVENTION_NEAR } from './data/prevention.ts';
import { BARRIER } from './fold.ts';
import { patternProblem } from './pattern-index.ts';
import { compilePatterns, type View } from './pattern-matcher.ts';

registerErrors(scanErrors);

export interface TermHit {
  readonly term: Term;
  /** UTF-16 offsets [start, end) in the original text. */
  readonly start: number;
  readonly end: number;
  readonly view: View;
}

interface JudgedHits {
  readonly hits: TermHit[];
  readonly suppressed: { readonly hit: TermHit; readonly reason: string }[];
}

export interface TermMatcher {
  /** Every occurrence of every term, overlapping ones too, in the order of their start. */
  find(text: string): TermHit[];
  /** The same occurrences, split into those that count and those that something in the text explains. */
  judge(text: string): JudgedHits;
}

/** How far before a hit a word like 严禁 governs it, and how far around a word like 禁毒 does; UTF-16 units. */
const BEFORE = 16;
const AROUND = 40;

type Role =
  | { readonly kind: 'term'; readonly term: number }
  | { readonly kind: 'allow'; readonly term: number }
  | { readonly kind: 'before' | 'near' | 'lure' };

/**
 * Compiles a word list (up to 100,000 terms of up to 32 characters).
 * Fails with `scan.bad_term`, naming the term, when one is empty, too long, or has a gap of more than three signs.
 */
export function compileTerms(terms: readonly Term[]): TermMatcher {
  const patterns: string[] = [];
  const roles: Role[] = [];
  const add = (pattern: string, role: Role) => {
    const reason = patternProblem(pattern);
    if (reason) fail('scan.bad_term', { term: pattern.slice(0, 40), reason });
    patterns.push(pattern);
    roles.push(role);
  };
  terms.forEach((term, index) => {
    add(term.term, { kind: 'term', term: index });
  });
  const plain = compilePatterns(patterns);
  terms.forEach((term, index) => {
    for (const phrase of term.allow ?? []) add(phrase, { kind: 'allow', term: index });
  });
  for (const word of PREVENTION_BEFORE) add(word, { kind: 'before' });
  for (const word of PREVENTION_NEAR) add(word, { kind: 'near' });
  for (const word of LURES) add(word, { kind: 'lure' });
  const full = compilePatterns(patterns);
  return {
    find: (text) => {
      const hits: TermHit[] = [];
      plain.find(text, (pattern, start, end, view) => {
        hits.push({ term: terms[pattern]!, start, end, view });
      });
      return putInOrder(hits);
    },
    judge: (text) => judge(terms, roles, collect(roles, full, text), text),
  };
}

interface Occurrence {
  readonly pattern: number;
  readonly start: number;
  readonly end: number;
  readonly view: View;
}

interface Collected {
  readonly terms: Occurrence[];
  readonly allows: Map<number, Occurrence[]>;
  readonly before: Occurrence[];
  readonly near: Occurrence[];
  readonly lures: Occurrence[];
}

const inOrder = (a: { start: number; end: number }, b: { start: number; end: number }) =>
  a.start - b.start || a.end - b.end;

/** How far out of order an occurrence may be to be put in its place by hand. */
const NEARLY = 32;

/** Sorts in place what is nearly sorted already: the matcher reports in the order of anchors. */
function putInOrder<T extends { start: number; end: number }>(list: T[]): T[] {
  for (let at = 1; at < list.length; at++) {
    const one = list[at]!;
    let place = at;
    while (place > 0 && inOrder(list[place - 1]!, one) > 0) place--;
    if (at - place > NEARLY) return list.sort(inOrder);
    for (let later = at; later > place; later--) list[later] = list[later - 1]!;
    list[place] = one;
  }
  return list;
}

function collect(roles: Role[], matcher: ReturnType<typeof compilePatterns>, text: string): Collected {
  const found: Collected = { terms: [], allows: new Map(), before: [], near: [], lures: [] };
  matcher.find(text, (pattern, start, end, view) => {
    const role = roles[pattern]!;
    const occurrence = { pattern, start, end, view };
    if (role.kind === 'before') found.before.push(occurrence);
    else if (role.kind === 'near') found.near.push(occurrence);
    else if (role.kind === 'term') found.terms.push(occurrence);
    else if (role.kind === 'allow') addTo(found.allows, role.term, occurrence);
    else found.lures.push(occurrence);
  });
  for (const list of [found.terms, found.before, found.near, found.lures, ...found.allows.values()]) {
    putInOrder(list);
  }
  return found;
}

function addTo(lists: Map<number, Occurrence[]>, term: number, occurrence: Occurrence): void {
  const list = lists.get(term);
  if (list) list.push(occurrence);
  else lists.set(term, [occurrence]);
}

function judge(terms: readonly Term[], roles: Role[], found: Collected, text: string): JudgedHits {
  const judged: JudgedHits = { hits: [], suppressed: [] };
  for (const occurrence of found.terms) {
    const role = roles[occurrence.pattern]!;
    if (role.kind !== 'term') continue;
    const term = terms[role.term]!;
    const hit: TermHit = { term, start: occurrence.start, end: occurrence.end, view: occurrence.view };
    const reason = explain(term, hit, found, found.allows.get(role.term), text);
    if (reason) judged.suppressed.push({ hit, reason });
    else judged.hits.push(hit);
  }
  return judged;
}

/** Why a hit is harmless, or null. */
function explain(
  term: Term,
  hit: TermHit,
  found: Collected,
  allows: Occurrence[] | undefined,
  text: string,
): string | null {
  if (isInsideWord(term.term, hit, text)) return 'inside-word';
  const allow = allows && findBetween(allows, hit.start - 2 * 32 * 4, hit.start, (one) => one.end >= hit.end);
  if (allow) return `allow:${text.slice(allow.start, allow.end)}`;
  if (term.tier === 'ban') return null;
  const from = blockStart(text, hit.start, AROUND);
  const to = blockEnd(text, hit.end, AROUND);
  if (findBetween(found.lures, from, to, (one) => one.end <= to)) return null;
  const before = findBetween(
    found.before,
    Math.max(from, hit.start - BEFORE),
    hit.start,
    (one) => one.end <= hit.start && !/[。！？!?\n]/.test(text.slice(one.end, hit.start)),
  );
  const teaching = before ?? findBetween(found.near, from, to, (one) => one.end <= to);
  return teaching ? `teaching:${text.slice(teaching.start, teaching.end)}` : null;
}

/** An ASCII term counts only as a whole word: "av" is not in "have", "365" not in "13650". */
function isInsideWord(term: string, hit: TermHit, text: string): boolean {
  if (!/^[\0-\x7f]*$/.test(term)) return false;
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
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (list[middle]!.start < from) low = middle + 1;
    else high = middle;
  }
  for (let at = low; at < list.length && list[at]!.start <= to; at++) if (passes(list[at]!)) return list[at];
  return undefined;
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
