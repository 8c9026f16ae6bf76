import { recordAudit } from '#audit';
import type { Actor, App, Ctx } from '#base/app';
import { fail } from '#base/errors';
import type { LogRow } from '../contract.ts';
import { type Cursor, decodeCursor, encodeCursor } from '../rules.ts';
import { askStore } from '../store/ask-store.ts';
import { searchTables } from '../store/search-columns.ts';
import { recordStatement, searchStatement, whereOf } from '../store/search-rows.ts';
import { buildQuestion, type Question, type SearchQuery } from './build-filter.ts';
import { type FoundRow, newestFirst, presentRow } from './present-row.ts';
import { type GivenReading, type Reading, requireReading } from './reading.ts';

export interface PageQuery extends SearchQuery {
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/** What was found in one piece of time, and back to where was looked now. */
export interface Step {
  readonly rows: LogRow[];
  readonly searchedTo: Date;
}

/** Where a search ended: with `cursor` there is more. */
export interface End {
  readonly cursor: string | null;
  readonly searchedTo: Date;
}

/** The newest minutes first; without a hit the pieces grow, so that months need few of them. */
const firstPiece = 300_000;
const growth = 8;

/**
 * Walks back from the newest rows in growing pieces of time until `limit` rows are found: the first ones come at once,
 * however long the time asked for. Rows that arrive meanwhile do not shift the pages: a cursor is a place in time.
 */
export async function* walkBack(
  app: App,
  question: Question,
  page: { limit: number; after: Cursor | undefined; signal?: AbortSignal | undefined },
): AsyncGenerator<Step, End> {
  const { filter } = question;
  const from = filter.from.getTime();
  let upto = Math.min(filter.to.getTime(), page.after === undefined ? Infinity : page.after.ts + 1);
  let piece = firstPiece;
  let wanted = page.limit;
  while (upto > from && question.sources.size > 0) {
    const start = Math.max(from, upto - piece);
    const window = { ...filter, from: new Date(start), to: new Date(upto) };
    const found = await findRows(app, { ...question, filter: window }, { ...page, limit: wanted + 1 });
    const taken = found.slice(0, endOfPage(found, wanted));
    const last = taken.at(-1);
    // Rows of one record may have taken all places that were asked for: then more can lie behind them.
    const isFull = found.length > wanted && last !== undefined;
    const searchedTo = new Date(isFull ? last.cursor.ts : start);
    yield { rows: taken.map(({ row }) => row), searchedTo };
    if (isFull) return { cursor: encodeCursor(last.cursor), searchedTo };
    // Few hits: the next piece is larger, so that months need few of them.
    if (taken.length * growth < wanted) piece *= growth;
    wanted -= taken.length;
    // Nothing of the millisecond `start` is left, and no segment has the number 0.
    if (wanted <= 0 && start > from)
      return { cursor: encodeCursor({ ts: start, seg: 0, seq: 0 }), searchedTo };
    if (wanted <= 0) break;
    upto = start;
  }
  return { cursor: null, searchedTo: filter.from };
}

/** Rows of one record have the same place: a page ends behind the last of them. */
function endOfPage(found: readonly FoundRow[], wanted: number): number {
  let end = Math.min(wanted, found.length);
  while (end > 0 && end < found.length && newestFirst(found[end - 1]!, found[end]!) === 0) end += 1;
  return end;
}

async function findRows(
  app: App,
  question: Question,
  { limit, after, signal }: { limit: number; after: Cursor | undefined; signal?: AbortSignal | undefined },
): Promise<FoundRow[]> {
  const perTable = await Promise.all(
    searchTables.map(async (table) => {
      const where = whereOf(table, question.filter);
      if (!where) return [];
      const { sql, params } = searchStatement(table, where, limit, after);
      const rows = await askStore<Record<string, unknown>>(app, { sql, params, signal });
      const found = rows.map((row) => presentRow(row, question));
      const last = found.at(-1);
      if (!last || found.length < limit) return found;
      const record = recordStatement(table, where, last.cursor);
      const whole = await askStore<Record<string, unknown>>(app, { ...record, signal });
      const before = found.filter((one) => newestFirst(one, last) !== 0);
      return [...before, ...whole.map((row) => presentRow(row, question))];
    }),
  );
  return perTable.flat().sort(newestFirst);
}

/** The place behind which a page begins. Fails with `logs.bad_cursor`. */
export function placeOf(cursor: string | undefined): Cursor | undefined {
  if (cursor === undefined) return undefined;
  return decodeCursor(cursor) ?? fail('logs.bad_cursor');
}

/** Who searches. */
export interface Asking {
  readonly app: App;
  readonly actor: Actor;
  /** Ends the search in the store, too. */
  readonly signal?: AbortSignal | undefined;
}

/** A question that was checked, and for which case or reason it is asked. */
export interface Admitted {
  readonly question: Question;
  readonly reading: Reading;
}

/** Checks a search: its sources, its language, its case or reason. */
export function admitSearch({ app, actor }: Asking, query: SearchQuery & GivenReading): Promise<Admitted> {
  return app.run(actor, async (ctx) => {
    const question = await buildQuestion(ctx, query);
    const reading = await requireReading(ctx, query, question.sources.values());
    return { question, reading };
  });
}

/**
 * One page of rows that the actor may see, newest first. Audited with the question, the case or reason, and the number
 * of answers, before anything is shown. No transaction is open while the store works.
 */
export async function searchLogs(
  asking: Asking,
  query: PageQuery & GivenReading,
): Promise<{ rows: LogRow[] } & End> {
  const after = placeOf(query.cursor);
  const { question, reading } = await admitSearch(asking, query);
  const walk = walkBack(asking.app, question, { limit: query.limit, after, signal: asking.signal });
  const rows: LogRow[] = [];
  for (;;) {
    const step = await walk.next();
    if (step.done) {
      await asking.app.run(asking.actor, (ctx) => recordSearch(ctx, query, { reading, rows: rows.length }));
      return { rows, ...step.value };
    }
    rows.push(...step.value.rows);
  }
}

/** Leaves who asked what, for which case, and how many rows were shown (null: it has only begun). */
export async function recordSearch(
  ctx: Ctx,
  query: SearchQuery & GivenReading,
  { reading, rows }: { reading: Reading; rows: number | null },
): Promise<void> {
  const { caseNo: _caseNo, reason: _reason, purpose: _purpose, ...asked } = query;
  await recordAudit(ctx, {
    action: 'logs.search',
    subject: 'logs',
    after: { query: asked, ...reading, rows },
  });
}
