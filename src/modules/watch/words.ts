/** The word list with which sites are read: the bureau's newest version, or the one that the program brings. */
import type { App, Ctx } from '#base/app';
import { fail } from '#base/errors';
import { starterTermList, termsInForce } from '#scan';
import type { TermList } from '#scan/contract';
import { type KeyedList, keyedList } from './read-page.ts';
import { isExpired, type Word } from './word-rules.ts';
import * as store from './word-store.ts';

/** When the starter list was written: it has no other date. */
const STARTER_DATE = new Date('2026-11-01T00:00:00Z');
/** A version never changes, and one of 100,000 terms takes 0.2 s to come out of the database. */
const KEPT_VERSIONS = 3;
const kept = new WeakMap<App, Map<number, store.WordListRow>>();

/** The list in force today; version 0 is the starter list. */
export async function readWords(ctx: Ctx): Promise<store.WordListRow> {
  const list = await readWholeList(ctx);
  const today = todayOf(ctx);
  return list.body.some((one) => isExpired(one, today))
    ? { ...list, body: list.body.filter((one) => !isExpired(one, today)) }
    : list;
}

/** As the scan takes it, with its key: one and the same object for all that read with it, for 100,000 terms are many megabytes. */
export async function keyedWords(ctx: Ctx): Promise<{ version: number; list: KeyedList }> {
  const words = await readWords(ctx);
  const { version, source, body } = words;
  // Of one version less is in force each day, never more.
  const key = `${version}:${body.length}`;
  let known = keyedLists.get(ctx.app);
  if (known?.key !== key) {
    known = { key, list: keyedList(termListOf(body, version, source)) };
    keyedLists.set(ctx.app, known);
  }
  return { version, list: known.list };
}

const keyedLists = new WeakMap<App, { key: string; list: KeyedList }>();

/** The newest version with the terms whose time is over. Not to be changed. */
export async function readWholeList(ctx: Ctx): Promise<store.WordListRow> {
  return readVersion(ctx, (await store.newestVersion(ctx)) ?? 0);
}

/** One version. Not to be changed. */
export async function readVersion(ctx: Ctx, version: number): Promise<store.WordListRow> {
  if (version === 0) return starterWords();
  const known = kept.get(ctx.app) ?? new Map<number, store.WordListRow>();
  kept.set(ctx.app, known);
  const row =
    known.get(version) ??
    (await store.findVersion(ctx, version)) ??
    fail('base.not_found', { what: `version ${version}` });
  known.delete(version);
  known.set(version, row);
  const oldest = known.keys().next().value;
  if (known.size > KEPT_VERSIONS && oldest !== undefined) known.delete(oldest);
  return row;
}

/** The day in China, where the list is written: UTC+8. */
export function todayOf(ctx: Ctx): string {
  return new Date(ctx.clock.now().getTime() + 8 * 3_600_000).toISOString().slice(0, 10);
}

let starter: store.WordListRow | undefined;

function starterWords(): store.WordListRow {
  starter ??= {
    version: 0,
    source: starterTermList.source,
    changed_at: STARTER_DATE,
    changed_by_name: '起始词表 / starter list',
    approved_by_name: null,
    note: null,
    body: starterTermList.terms.map(({ term, category, tier, allow, note, expires, pinyin }) => ({
      term,
      category,
      tier,
      allow: allow ?? [],
      ...(note === undefined ? {} : { note }),
      ...(expires === undefined ? {} : { expires }),
      ...(pinyin === undefined ? {} : { pinyin }),
    })),
  };
  return starter;
}

/** Words as the scan takes them. */
export function termListOf(
  words: readonly Word[],
  version: number,
  source: string,
  today?: string,
): TermList {
  const list: TermList = { id: 'watch', version: String(version), source, terms: [...words] };
  return today === undefined ? list : termsInForce(list, today);
}
