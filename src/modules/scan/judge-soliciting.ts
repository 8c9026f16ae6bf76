/** Whether what reads like an advertisement is one, by what stands in it and around it. */
import { isTold, type TradeWord } from './find-offers.ts';
import type { Passage, Soliciting } from './find-soliciting.ts';
import type { Surroundings } from './judge-hit.ts';
import { SCHOOL_LIFE } from './judge-mention.ts';
import { isWordList } from './listed-words.ts';
import { blockEnd, blockStart, eachBetween, findBetween, type Occurrence, PASSAGE } from './occurrences.ts';
import { rangeAround, rangeBefore } from './page-evidence.ts';
import { firstFrom } from './ranges.ts';

/** A page with so many different strong words of prevention is a lesson; fewer where no account is named. */
const LESSON = { contact: 5, plain: 3 };
/** How many words that say little alone each surplus of log odds outweighs beside an account; with none, one each. */
const OUTWEIGHS = 2;

/** With no word of any trade's jargon a passage must lie so far above what is needed to be more than a hint. */
const WITHOUT_JARGON = 1.5;

/**
 * Whether a passage is for a human to judge, and no alarm: what pupils sell each other (a bicycle, a ticket), with an
 * account to write to, reads like an advertisement too, and has nothing of the jargon.
 */
export function isHint({ start, end, surplus }: Soliciting, trades: readonly TradeWord[]): boolean {
  if (surplus >= WITHOUT_JARGON) return false;
  for (let at = firstFrom(trades, start); at < trades.length && trades[at]!.start < end; at++) {
    if (trades[at]!.isJargon && trades[at]!.end <= end) return false;
  }
  return true;
}

/** Whether a passage may solicit: it tells no tale, and no word of prevention stands in it or, without an account, near it. */
export function maySolicit({ start, end, hasContact }: Passage, around: Surroundings): boolean {
  const { text } = around;
  const from = hasContact ? start : blockStart(text, start, PASSAGE);
  const to = hasContact ? end : blockEnd(text, end, PASSAGE);
  const counts = (one: Occurrence) => one.end <= to;
  if ([around.before, around.near].some((list) => findBetween(list, from, to, counts))) return false;
  if (!hasContact && (isTold(text.slice(start, end)) || isWordList(text, start, end))) return false;
  if (rangeAround(around.layout.apart, start) !== null) return true;
  return around.page().strong.size < (hasContact ? LESSON.contact : LESSON.plain);
}

/** Whether it has no more words of school life, and of those that say little alone, than its log odds outweigh. */
export function outweighsSchool(
  { start, end, hasContact, surplus }: Soliciting,
  around: Surroundings,
): boolean {
  const { text } = around;
  // A notice of a school that sells without naming an account (报废资产, 工会福利) says so in its title.
  const menu = rangeBefore(around.layout.menus, start)?.[1] ?? 0;
  const wide = hasContact ? start : Math.max(menu, start - PASSAGE);
  const weak = new Set(text.slice(wide, end).match(SCHOOL_LIFE));
  eachBetween(around.broad, start, end, (one) => {
    if (one.end <= end) weak.add(text.slice(one.start, one.end));
  });
  return weak.size <= (hasContact ? 1 + OUTWEIGHS * surplus : surplus);
}
