import { z } from 'zod';
import { type listWords, word } from '#watch/contract';
import type { RouteReply } from '../../app/api.ts';

export type Word = RouteReply<typeof listWords>['items'][number];

/** One change that is not submitted yet: what was there, and what is to be. */
export interface WordEdit {
  readonly before: Word | null;
  readonly after: Word | null;
}

/** Changes by term and category. */
export type Edits = Readonly<Record<string, WordEdit>>;

/** Changes with their reason, and the version of the list that they began on. */
export interface PendingChanges {
  readonly edits: Edits;
  readonly note: string;
  readonly version: number;
}

const kept = z.object({
  edits: z.record(z.string(), z.object({ before: word.nullable(), after: word.nullable() })),
  note: z.string(),
  version: z.number().int(),
});

/** A kept draft of changes; undefined when it is none, as one that an older version of the page left. */
export function readPending(value: unknown): PendingChanges | undefined {
  return kept.safeParse(value).data;
}

export const keyOfWord = ({ term, category }: { term: string; category: string }) => `${category}\n${term}`;

/** Adds a change to those at hand: a term that is renamed goes and comes; one that ends as it was is no change. */
export function withEdit(edits: Edits, before: Word | null, after: Word | null): Edits {
  const next: Record<string, WordEdit> = { ...edits };
  const put = (key: string, edit: WordEdit) => {
    const known = next[key];
    const first = known === undefined ? edit.before : known.before;
    if ((first === null && edit.after === null) || JSON.stringify(first) === JSON.stringify(edit.after)) {
      delete next[key];
    } else next[key] = { before: first, after: edit.after };
  };
  if (before !== null && (after === null || keyOfWord(before) !== keyOfWord(after)))
    put(keyOfWord(before), { before, after: null });
  if (after !== null) {
    const isSame = before !== null && keyOfWord(before) === keyOfWord(after);
    put(keyOfWord(after), { before: isSame ? before : null, after });
  }
  return next;
}

/** The changes as the contract takes them. */
export function changesOf(edits: Edits): {
  upserts: Word[];
  removals: { term: string; category: string }[];
} {
  const upserts: Word[] = [];
  const removals: { term: string; category: string }[] = [];
  for (const { before, after } of Object.values(edits)) {
    if (after !== null) upserts.push(after);
    else if (before !== null) removals.push({ term: before.term, category: before.category });
  }
  return { upserts, removals };
}

export function countEdits(edits: Edits): number {
  return Object.keys(edits).length;
}
