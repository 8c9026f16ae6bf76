import type { getWordList } from '#watch/contract';
import type { RouteReply } from '../../app/api.ts';

export type Word = RouteReply<typeof getWordList>['words'][number];

/** Unsaved changes by term: the new entry, or null for a removed one. */
export type Edits = Readonly<Record<string, Word | null>>;

/** The list as it will be saved: changed entries in their place, new ones first, removed ones gone. */
export function applyEdits(words: readonly Word[], edits: Edits): Word[] {
  const known = new Set(words.map((word) => word.term));
  const added = Object.entries(edits).flatMap(([term, word]) =>
    word !== null && !known.has(term) ? [word] : [],
  );
  const kept = words.flatMap((word) => {
    const edit = Object.hasOwn(edits, word.term) ? edits[word.term] : word;
    return edit ? [edit] : [];
  });
  return [...added, ...kept];
}

export function countEdits(edits: Edits): number {
  return Object.keys(edits).length;
}
