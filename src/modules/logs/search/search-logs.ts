import { recordAudit } from '#audit';
import type { Ctx } from '#base/app';
import { fail } from '#base/errors';
import type { LogRow } from '../contract.ts';
import { bucketSeconds, type Cursor, decodeCursor, encodeCursor } from '../rules.ts';
import * as catalogue from '../store/catalogue.ts';
import { plainAddress } from '../store/plain-address.ts';
import {
  histogramStatement,
  type Kind,
  type RowFilter,
  searchStatement,
  type Table,
  whereOf,
} from '../store/search-rows.ts';

const tables: readonly Table[] = ['event', 'nat_session', 'lease'];

export interface SearchQuery {
  readonly from: string;
  readonly to: string;
  readonly source?: string | undefined;
  readonly kind?: Kind | undefined;
  readonly ip?: string | undefined;
  readonly port?: number | undefined;
  readonly host?: string | undefined;
  readonly q?: string | undefined;
}

interface FoundRow {
  readonly cursor: Cursor;
  readonly row: Omit<LogRow, 'ts'> & { ts: string };
}

/**
 * Rows that the actor may see, newest first. PostgreSQL's row-level security decides which sources those are;
 * the log store only gets their numbers. Audited with the question and the number of answers.
 */
export async function searchLogs(
  ctx: Ctx,
  query: SearchQuery & { limit: number; cursor?: string | undefined },
): Promise<{ rows: LogRow[]; cursor: string | null }> {
  const sources = await readableSources(ctx, query.source);
  const after = query.cursor === undefined ? undefined : decodeCursor(query.cursor);
  if (query.cursor !== undefined && !after) fail('logs.bad_cursor');
  const filter = filterOf(query, sources);
  const found = sources.size === 0 ? [] : await findRows(ctx, filter, sources, query.limit + 1, after);
  const page = found.slice(0, query.limit);
  await auditSearch(ctx, query, page.length);
  const last = page.at(-1);
  const more = found.length > query.limit && last !== undefined;
  return { rows: page.map(({ row }) => row), cursor: more ? encodeCursor(last.cursor) : null };
}

async function findRows(
  ctx: Ctx,
  filter: RowFilter,
  sources: Map<number, catalogue.SourceRow>,
  limit: number,
  after: Cursor | undefined,
): Promise<FoundRow[]> {
  const perTable = await Promise.all(
    tables.map(async (table) => {
      const where = whereOf(table, filter);
      if (!where) return [];
      const { sql, params } = searchStatement(table, where, limit, after);
      return (await ctx.app.logstore.query<Record<string, unknown>>(sql, params)).map((row) =>
        present(row, sources),
      );
    }),
  );
  return perTable.flat().sort(newestFirst).slice(0, limit);
}

function newestFirst(a: FoundRow, b: FoundRow): number {
  return b.cursor.ts - a.cursor.ts || b.cursor.seg - a.cursor.seg || b.cursor.seq - a.cursor.seq;
}

const sizeFields = new Set(['up', 'dn']);
const addressFields = new Set(['cli', 'dst', 'pub_ip', 'in_ip', 'dst_ip', 'ip']);

function present(raw: Record<string, unknown>, sources: Map<number, catalogue.SourceRow>): FoundRow {
  const { at, seg, seq, src, row_kind: rowKind, kind, ...rest } = raw;
  const fields: Record<string, string | number> = {};
  for (const [name, value] of Object.entries(rest)) {
    // What was not logged is left out, not shown as 0.
    if (value === '' || value === '::' || value === 0 || value === '0') continue;
    if (addressFields.has(name)) fields[name] = plainAddress(String(value));
    // The store gives 64-bit numbers as text; sizes of single requests fit a number by far.
    else fields[name] = sizeFields.has(name) ? Number(value) : (value as string | number);
  }
  const cursor = { ts: Number(at), seg: Number(seg), seq: Number(seq) };
  return {
    cursor,
    row: {
      ts: new Date(cursor.ts).toISOString(),
      kind: (rowKind ?? kind) as Kind,
      source: sources.get(Number(src))?.name ?? String(src),
      fields,
      segment: cursor.seg,
      seq: cursor.seq,
    },
  };
}

/** Counts per piece of time and kind. Audited like a search. */
export async function logHistogram(ctx: Ctx, query: SearchQuery) {
  const sources = await readableSources(ctx, query.source);
  const filter = filterOf(query, sources);
  const seconds = bucketSeconds(filter.from, filter.to);
  const buckets = sources.size === 0 ? [] : await countRows(ctx, filter, seconds);
  await auditSearch(
    ctx,
    query,
    buckets.reduce((sum, bucket) => sum + bucket.rows, 0),
  );
  return { bucketSeconds: seconds, buckets };
}

async function countRows(ctx: Ctx, filter: RowFilter, seconds: number) {
  const perTable = await Promise.all(
    tables.map(async (table) => {
      const where = whereOf(table, filter);
      if (!where) return [];
      const { sql, params } = histogramStatement(table, where, seconds);
      return ctx.app.logstore.query<{ at: number | string; row_kind: Kind; row_count: number | string }>(
        sql,
        params,
      );
    }),
  );
  return perTable
    .flat()
    .map((row) => ({ at: new Date(Number(row.at) * 1000), kind: row.row_kind, rows: Number(row.row_count) }))
    .sort((a, b) => a.at.getTime() - b.at.getTime());
}

async function readableSources(
  ctx: Ctx,
  name: string | undefined,
): Promise<Map<number, catalogue.SourceRow>> {
  if (name === undefined) return catalogue.visibleSources(ctx);
  const source = await catalogue.findSource(ctx, { name });
  if (!source) fail('base.not_found', { what: `log source ${name}` });
  return new Map([[source.id, source]]);
}

function filterOf(query: SearchQuery, sources: Map<number, catalogue.SourceRow>): RowFilter {
  const from = new Date(query.from);
  const to = new Date(query.to);
  if (from >= to) fail('logs.bad_range');
  return { ...query, from, to, sourceIds: [...sources.keys()] };
}

async function auditSearch(ctx: Ctx, query: SearchQuery, rows: number): Promise<void> {
  await recordAudit(ctx, { action: 'logs.search', subject: 'logs', after: { query, rows } });
}
