/** Sentences and paragraphs that read like an advertisement, whatever they sell: what no list of trades names. */
import { BARRIER } from './fold.ts';
import { isQuoted, type Layout, rangeAround } from './page-evidence.ts';
import { solicitingScore } from './soliciting-score.ts';

interface Sign {
  readonly pattern: number;
  readonly start: number;
  readonly end: number;
}

export interface Passage {
  readonly start: number;
  readonly end: number;
  readonly hasContact: boolean;
}

export interface Soliciting extends Passage {
  /** How far its log odds lie above what is needed. */
  readonly surplus: number;
}

/** How far a passage goes from the sign at which it is looked at; UTF-16 units. */
const REACH = 120;
/** Log odds from which a passage counts, with an account or number beside it and without. */
const NEEDED = { contact: -0.4, plain: 0.4 };
/** So many different signs (words of an offer or of a trade) make a passage worth reading. */
const SIGNS = 2;
const SHORTEST = 12;
/** Digits in the boxes of a form offer nothing, nor does a name in letters (Execution Slots): what does has some words. */
const WORDS = 8;
const WORDED = new RegExp(`(?:\\p{L}\\P{L}*){${WORDS}}`, 'u');
const LATIN_WORDS = /(?:(?:[a-z\u00c0-\u1ef9]+|[^\P{L}a-z\u00c0-\u1ef9])\P{L}*){6}/iu;

/** The words of somebody else: what is left must solicit by itself. */
const QUOTED = /“[^”]{0,80}”|「[^」]{0,80}」/g;

const withoutQuotations = (passage: string) =>
  passage.includes('“') || passage.includes('「') ? passage.replace(QUOTED, '') : passage;

/**
 * Finds such passages; `signs` are in the order of start. A paragraph is read as a whole and by its sentences, but for
 * what `mayBe` rules out: to read costs more than to look.
 */
export function findSoliciting(
  text: string,
  signs: readonly Sign[],
  layout: Layout,
  hasContactIn: (from: number, to: number) => boolean,
  mayBe: (passage: Passage) => boolean,
): Soliciting[] {
  const found: Soliciting[] = [];
  let free = 0;
  for (let first = 0; first < signs.length; first++) {
    const { start } = signs[first]!;
    if (start < free || rangeAround(layout.menus, start)) continue;
    const [low, high] = paragraphAround(text, start);
    for (const [from, to] of [sentenceAround(text, start, low, high), [low, high] as const]) {
      if (to - from < SHORTEST) continue;
      const hasContact = hasContactIn(from, to);
      if (!hasContact && !hasEnoughSigns(signs, first, to)) continue;
      if (isQuoted(text, start, start + 1) || !mayBe({ start: from, end: to, hasContact })) continue;
      const passage = text.slice(from, to);
      if (!hasContact && !(isWorded(passage) && LATIN_WORDS.test(passage))) continue;
      const surplus = hasContact
        ? solicitingScore(passage) - NEEDED.contact
        : solicitingScore(withoutQuotations(passage)) - NEEDED.plain;
      if (surplus < 0) continue;
      found.push({ start: from, end: to, hasContact, surplus });
      free = to;
      break;
    }
    free = Math.max(free, sentenceEnd(text, start, high));
  }
  return found;
}

function paragraphAround(text: string, at: number): readonly [number, number] {
  const from = Math.max(0, at - REACH);
  const to = Math.min(text.length, at + REACH);
  let begin = at;
  while (begin > from && !endsParagraph(text.charCodeAt(begin - 1))) begin--;
  let end = at;
  while (end < to && !endsParagraph(text.charCodeAt(end))) end++;
  return [begin, end];
}

function sentenceAround(text: string, at: number, low: number, high: number): readonly [number, number] {
  let from = at;
  while (from > low && !endsSentence(text.charCodeAt(from - 1))) from--;
  return [from, sentenceEnd(text, at, high)];
}

function sentenceEnd(text: string, at: number, high: number): number {
  let to = at;
  while (to < high && !endsSentence(text.charCodeAt(to))) to++;
  return to;
}

const LINE_BREAK = 0x0a;
const BLOCK_END = BARRIER.charCodeAt(0);
const endsParagraph = (unit: number) => unit === LINE_BREAK || unit === BLOCK_END;

/** `。！？!?；;` */
const endsSentence = (unit: number) =>
  unit === 0x3002 ||
  unit === 0xff01 ||
  unit === 0xff1f ||
  unit === 0x21 ||
  unit === 0x3f ||
  unit === 0xff1b ||
  unit === 0x3b;

/** Whether enough different signs begin in [the one at `first`, `to`). */
function hasEnoughSigns(signs: readonly Sign[], first: number, to: number): boolean {
  const seen = [signs[first]!.pattern];
  for (let at = first + 1; at < signs.length && seen.length < SIGNS && signs[at]!.start < to; at++) {
    const { pattern } = signs[at]!;
    if (!seen.includes(pattern)) seen.push(pattern);
  }
  return seen.length >= SIGNS;
}

/** Whether a passage has so many words that it can offer something. */
function isWorded(passage: string): boolean {
  let letters = 0;
  for (let at = 0; at < passage.length && letters < WORDS; at++) {
    const unit = passage.charCodeAt(at);
    if ((unit >= 0x4e00 && unit <= 0x9fff) || (unit >= 0x61 && unit <= 0x7a)) letters++;
  }
  return letters >= WORDS || WORDED.test(passage);
}
