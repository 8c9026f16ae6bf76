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
/** Digits in the boxes of a form offer nothing: what does, without an account, has some words. */
const WORDED = /(?:\p{L}\P{L}*){8}/u;
/** Sentences end here; a paragraph at a barrier or a line break. */
const SENTENCE = /[。！？!?；;]/;

/** The words of somebody else: what is left must solicit by itself. */
const QUOTED = /“[^”]{0,80}”|「[^」]{0,80}」/g;

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
      if (!hasContact && distinctFrom(signs, first, to) < SIGNS) continue;
      if (isQuoted(text, start, start + 1) || !mayBe({ start: from, end: to, hasContact })) continue;
      const passage = text.slice(from, to);
      if (!hasContact && !WORDED.test(passage)) continue;
      const surplus = hasContact
        ? solicitingScore(passage) - NEEDED.contact
        : solicitingScore(passage.replace(QUOTED, '')) - NEEDED.plain;
      if (surplus < 0) continue;
      found.push({ start: from, end: to, hasContact, surplus });
      free = to;
      break;
    }
    free = Math.max(free, sentenceAround(text, start, low, high)[1]);
  }
  return found;
}

function paragraphAround(text: string, at: number): readonly [number, number] {
  const from = Math.max(0, at - REACH);
  const before = text.slice(from, at);
  const begin = from + Math.max(before.lastIndexOf(BARRIER), before.lastIndexOf('\n')) + 1;
  const behind = text.slice(at, at + REACH).search(/[\n\u2029]/);
  return [begin, behind < 0 ? Math.min(text.length, at + REACH) : at + behind];
}

function sentenceAround(text: string, at: number, low: number, high: number): readonly [number, number] {
  let from = at;
  while (from > low && !SENTENCE.test(text[from - 1]!)) from--;
  let to = at;
  while (to < high && !SENTENCE.test(text[to]!)) to++;
  return [from, to];
}

function distinctFrom(signs: readonly Sign[], first: number, to: number): number {
  const seen = new Set<number>();
  for (let at = first; at < signs.length && seen.size < SIGNS && signs[at]!.start < to; at++)
    seen.add(signs[at]!.pattern);
  return seen.size;
}
