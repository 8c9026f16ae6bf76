/** Terms from a sheet: the good rows become one proposal. */
import type { Ctx } from '#base/app';
import { fail } from '#base/errors';
import { checkTerms } from '#scan';
import type { ImportRow, Reject } from '#units';
import { word } from './contract.ts';
import { proposeWords } from './propose-words.ts';
import { keyOfWord, mapOfWords, sameWord, type Word } from './word-rules.ts';
import * as store from './word-store.ts';
import { readWholeList } from './words.ts';

/** Proposes the rows as additions and changes; a row that says what the list says already is counted as such. */
export async function applyWords(ctx: Ctx, rows: readonly ImportRow[], reject: Reject) {
  await store.lockWords(ctx);
  const current = await readWholeList(ctx);
  const known = mapOfWords(current.body);
  const wanted = new Map<string, Word>();
  const stored = { created: 0, updated: 0, unchanged: 0 };
  for (const row of rows) {
    const one = readRow(row, reject);
    if (!one) continue;
    const key = keyOfWord(one);
    if (wanted.has(key)) {
      reject(row, 'term', 'watch.bad_word_cell', { value: one.term, reason: '表中重复 twice in the sheet' });
      continue;
    }
    wanted.set(key, one);
    const before = known.get(key);
    stored[before === undefined ? 'created' : sameWord(before, one) ? 'unchanged' : 'updated'] += 1;
  }
  if (stored.created + stored.updated > 0) {
    await proposeWords(ctx, {
      basedOn: current.version,
      upserts: [...wanted.values()],
      removals: [],
      note: `导入 ${stored.created + stored.updated} 条 / imported`,
    });
  }
  return stored;
}

const yesNo: Readonly<Record<string, boolean>> = { 是: true, 否: false, yes: true, no: false };
function readRow(row: ImportRow, reject: Reject): Word | undefined {
  const {
    term = '',
    category = '',
    tier = '',
    allow = '',
    expires = '',
    pinyin = '',
    note = '',
  } = row.values;
  const phrases = allow.split(/[|｜]/).map((one) => one.trim());
  const parsed = word.safeParse({
    term,
    category,
    tier,
    allow: phrases.filter((one) => one !== ''),
    ...(note === '' ? {} : { note }),
    ...(pinyin === '' ? {} : { pinyin: yesNo[pinyin] ?? pinyin }),
    ...(expires === '' ? {} : { expires: expires.slice(0, 10).replaceAll(/[/.]/g, '-') }),
  });
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    const column = String(issue.path[0] ?? 'term');
    const value = row.values[column] ?? '';
    reject(row, column, 'watch.bad_word_cell', { value: value.slice(0, 60), reason: issue.message });
    return undefined;
  }
  try {
    checkTerms([parsed.data]);
  } catch (error) {
    reject(row, 'term', 'watch.bad_word_cell', { value: term.slice(0, 60), reason: reasonOf(error) });
    return undefined;
  }
  return parsed.data;
}

function reasonOf(error: unknown): string {
  const { details } = error as { details?: { reason?: unknown } };
  if (typeof details?.reason === 'string') return details.reason;
  return fail('base.invalid_input', { issues: [{ path: 'term', message: String(error) }] });
}
