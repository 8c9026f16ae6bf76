/** The word list with which sites are read: the bureau's newest version, or the one that the program brings. */
import type { z } from 'zod';
import { recordAudit } from '#audit';
import type { Ctx } from '#base/app';
import { fail } from '#base/errors';
import { compileTerms, starterTermList } from '#scan';
import type { TermList } from '#scan/contract';
import { findUnit } from '#units';
import type { saveWordList } from './contract.ts';
import * as store from './word-store.ts';

/** When the starter list was written: it has no other date. */
const STARTER_DATE = new Date('2026-11-01T00:00:00Z');

/** The list in force; version 0 is the starter list. */
export async function readWords(ctx: Ctx): Promise<store.WordListRow> {
  return (await store.newestWords(ctx)) ?? starterWords();
}

function starterWords(): store.WordListRow {
  return {
    version: 0,
    source: starterTermList.source,
    changed_at: STARTER_DATE,
    changed_by_name: '起始词表 / starter list',
    body: starterTermList.terms.map(({ term, category, tier, allow, note }) => ({
      term,
      category,
      tier,
      allow: allow ?? [],
      ...(note === undefined ? {} : { note }),
    })),
  };
}

/** Words as the scan takes them. */
export function termListOf(words: readonly store.Word[], version: number, source: string): TermList {
  return { id: 'watch', version: String(version), source, terms: [...words] };
}

/**
 * Saves a new version, in force from the next check on. Throws `watch.stale_word_list` when another was saved since
 * the one that the editor saw, and `scan.bad_term` for a term that cannot be searched.
 */
export async function saveWords(
  ctx: Ctx,
  input: z.output<NonNullable<typeof saveWordList.body>>,
): Promise<store.WordListRow> {
  await store.lockWords(ctx);
  const current = await readWords(ctx);
  if (current.version !== input.basedOn) {
    fail('watch.stale_word_list', { version: current.version, by: current.changed_by_name });
  }
  compileTerms(input.words);
  const city = (await findUnit(ctx, { kind: 'city' })) ?? fail('base.not_found', { what: 'city' });
  const version = current.version + 1;
  await store.insertWords(ctx, {
    version,
    unitPath: city.unit_path,
    source: city.name,
    words: input.words,
  });
  await recordAudit(ctx, {
    action: 'watch.save_words',
    subject: `words:${version}`,
    unitPath: city.unit_path,
    before: { version: current.version, words: current.body.length },
    after: { version, words: input.words.length, ...changesOf(current.body, input.words) },
  });
  return readWords(ctx);
}

/** What was added and taken away, by term; the whole list is in its own row. */
function changesOf(before: readonly store.Word[], after: readonly store.Word[]) {
  const keys = (words: readonly store.Word[]) => new Map(words.map((one) => [JSON.stringify(one), one.term]));
  const [old, fresh] = [keys(before), keys(after)];
  const missing = (from: Map<string, string>, other: Map<string, string>) =>
    [...from].filter(([key]) => !other.has(key)).map(([, term]) => term);
  const [added, removed] = [missing(fresh, old), missing(old, fresh)];
  return { added: added.length, removed: removed.length, examples: [...added, ...removed].slice(0, 100) };
}
