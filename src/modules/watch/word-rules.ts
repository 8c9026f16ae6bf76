/** Pure decisions about the word list: what a change makes of it, and which changes need a second person. */
import type { z } from 'zod';
import type { word, wordKey } from './contract.ts';

export type Word = z.output<typeof word>;
export type WordKey = z.output<typeof wordKey>;

export interface WordChanges {
  readonly upserts: readonly Word[];
  readonly removals: readonly WordKey[];
}

export interface WordDifference {
  readonly added: readonly Word[];
  readonly removed: readonly Word[];
  readonly changed: readonly { readonly before: Word; readonly after: Word }[];
}

export const keyOfWord = ({ term, category }: WordKey): string => `${category}\n${term}`;

const plain = ({ term, category, tier, allow, note, expires, pinyin }: Word) =>
  JSON.stringify([term, category, tier, [...allow].sort(), note ?? '', expires ?? '', pinyin ?? null]);

export const sameWord = (a: Word | undefined, b: Word | undefined): boolean =>
  a === b || (a !== undefined && b !== undefined && plain(a) === plain(b));

export const mapOfWords = (words: readonly Word[]): Map<string, Word> =>
  new Map(words.map((one) => [keyOfWord(one), one]));

/** The list with the changes in it: changed terms keep their place, new ones come last. */
export function applyChanges(words: readonly Word[], changes: WordChanges): Word[] {
  const list = mapOfWords(words);
  for (const one of changes.removals) list.delete(keyOfWord(one));
  for (const one of changes.upserts) list.set(keyOfWord(one), one);
  return [...list.values()];
}

export function differenceOf(before: readonly Word[], after: readonly Word[]): WordDifference {
  const old = mapOfWords(before);
  const fresh = mapOfWords(after);
  const added: Word[] = [];
  const changed: { before: Word; after: Word }[] = [];
  for (const [key, one] of fresh) {
    const was = old.get(key);
    if (!was) added.push(one);
    else if (!sameWord(was, one)) changed.push({ before: was, after: one });
  }
  return { added, changed, removed: before.filter((one) => !fresh.has(keyOfWord(one))) };
}

/** The changes that lead from one list to another. */
export function changesOf({ added, changed, removed }: WordDifference): WordChanges {
  return {
    upserts: [...added, ...changed.map(({ after }) => after)],
    removals: removed.map(({ term, category }) => ({ term, category })),
  };
}

/**
 * Whether a change may be in force at once: it only puts more pages before a person. A term that bans raises incidents
 * by itself, and one that goes away hides what it would have found: both need two people (docs/decisions/0070).
 */
export function isImmediate({ added, changed, removed }: WordDifference): boolean {
  return (
    removed.length === 0 &&
    added.every((one) => one.tier === 'review') &&
    changed.every(
      ({ before, after }) =>
        before.tier === 'review' &&
        after.tier === 'review' &&
        after.allow.every((phrase) => before.allow.includes(phrase)) &&
        reachOf(after) >= reachOf(before) &&
        (after.expires === undefined || (before.expires !== undefined && before.expires <= after.expires)),
    )
  );
}

/** How far a term looks for its sound. */
const reachOf = ({ pinyin }: Word): number => (pinyin === undefined ? 1 : pinyin ? 2 : 0);

/** The first touched term that is not any more what the editor of the proposal saw. */
export function changedSince(
  base: readonly Word[],
  current: readonly Word[],
  changes: WordChanges,
): string | undefined {
  const [then, now] = [mapOfWords(base), mapOfWords(current)];
  const touched = [...changes.upserts, ...changes.removals];
  return touched.find((one) => !sameWord(then.get(keyOfWord(one)), now.get(keyOfWord(one))))?.term;
}

export const isExpired = ({ expires }: Word, today: string): boolean =>
  expires !== undefined && expires < today;
