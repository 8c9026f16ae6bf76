import { bucketSeconds } from '../rules.ts';
import { countInStore } from '../store/ask-store.ts';
import { type Kind, searchTables, type Table } from '../store/search-columns.ts';
import { histogramStatement, topStatement, type Where, whereOf } from '../store/search-rows.ts';
import type { Question, SearchQuery } from './build-filter.ts';
import { shownValue, type TopRow } from './present-row.ts';
import type { GivenReading } from './reading.ts';
import { type Admitted, type Asking, admitSearch, recordSearch } from './search-logs.ts';

/** Counts per piece of time and kind. Audited like a search. */
export async function logHistogram(asking: Asking, query: SearchQuery & GivenReading) {
  const admitted = await admitSearch(asking, query);
  const { filter } = admitted.question;
  const seconds = bucketSeconds(filter.from, filter.to);
  const counted = await ofTables<{ at: number | string; row_kind: Kind; row_count: number | string }>(
    asking,
    admitted.question,
    (table, where) => histogramStatement(table, where, seconds),
  );
  const buckets = counted
    .map(({ row }) => ({
      at: new Date(Number(row.at) * 1000),
      kind: row.row_kind,
      rows: Number(row.row_count),
    }))
    .sort((a, b) => a.at.getTime() - b.at.getTime());
  const rows = buckets.reduce((sum, bucket) => sum + bucket.rows, 0);
  await record(asking, query, admitted, rows);
  return { bucketSeconds: seconds, buckets };
}

/** The most frequent values of a field. Names are shown as their tokens. Audited like a search. */
export async function topValues(
  asking: Asking,
  { field, limit, ...query }: SearchQuery & GivenReading & { field: string; limit: number },
): Promise<{ rows: number; values: { value: string; rows: number }[] }> {
  const admitted = await admitSearch(asking, query);
  const counted = await ofTables<TopRow>(asking, admitted.question, (table, where) =>
    topStatement(table, where, field),
  );
  const sums = new Map<string, number>();
  const totals = new Map<Table, number>();
  for (const { table, row } of counted) {
    const value = shownValue(admitted.question, field, row);
    sums.set(value, (sums.get(value) ?? 0) + Number(row.row_count));
    totals.set(table, Number(row.total));
  }
  const values = [...sums].map(([value, rows]) => ({ value, rows }));
  values.sort((a, b) => b.rows - a.rows || (a.value < b.value ? -1 : 1));
  const rows = [...totals.values()].reduce((sum, total) => sum + total, 0);
  await record(asking, { ...query, top: field } as SearchQuery, admitted, rows);
  return { rows, values: values.slice(0, limit) };
}

/** Asks every table that can have an answer. */
async function ofTables<Row>(
  { app, signal }: Asking,
  { filter, sources }: Question,
  statementOf: (table: Table, where: Where) => Where | null,
): Promise<{ table: Table; row: Row }[]> {
  if (sources.size === 0) return [];
  const perTable = searchTables.map(async (table) => {
    const where = whereOf(table, filter);
    const statement = where && statementOf(table, where);
    if (!statement) return [];
    const rows = await countInStore<Row>(app, { ...statement, signal });
    return rows.map((row) => ({ table, row }));
  });
  return (await Promise.all(perTable)).flat();
}

function record(
  { app, actor }: Asking,
  query: SearchQuery & GivenReading,
  { reading }: Admitted,
  rows: number,
): Promise<void> {
  return app.run(actor, (ctx) => recordSearch(ctx, query, { reading, rows }));
}
