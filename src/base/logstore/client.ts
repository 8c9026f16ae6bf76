/** How everyone talks to the log store, be it our own server or a ClickHouse cluster. */
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ClickHouseClient, ClickHouseError, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { elapsed } from '#base/clock';
import { AppError } from '#base/errors';
import { clusterSettings, clusterStatements } from './cluster.ts';
import { encodeRows, type Row } from './encode-rows.ts';

export interface LogstoreConnection {
  /** `http://host:port`; may hold credentials and `/database` instead of the fields below. */
  readonly url: string;
  readonly user?: string;
  readonly password?: string;
  readonly database?: string;
  /** Name of the ClickHouse cluster that `url` is a node of: statements get its form. */
  readonly cluster?: string;
  /** How long idempotent calls are repeated while the store is away, milliseconds. Default 20 s. */
  readonly retryForMs?: number;
}

/** Values of `{name:Type}` marks; they never become SQL text. */
export type QueryParams = Readonly<Record<string, unknown>>;
type Settings = Readonly<Record<string, string | number>>;

interface InsertOptions {
  /** The same token twice adds nothing the second time, so the call may be repeated. Unique per table and batch. */
  readonly token?: string;
  /** Format of bytes and streams (`JSONEachRow`, `Native`, `RowBinary`, `TSV`, …); not for arrays of rows. */
  readonly format?: string;
  readonly columns?: readonly string[];
  readonly settings?: Settings;
}

/** Bytes can be repeated; a function is asked for a new stream at every try; a bare stream is sent once only. */
type InsertRows = readonly Row[] | Uint8Array | Readable | (() => Readable);

interface QueryOptions {
  readonly settings?: Settings;
  /** Stops the query in the store too. */
  readonly signal?: AbortSignal;
}

export interface LogstoreClient {
  /** The rows of a SELECT as objects. 64-bit numbers and larger arrive as strings. Repeated on connection loss. */
  query<T>(sql: string, params?: QueryParams, options?: QueryOptions): Promise<T[]>;
  /** Like `query`, row by row, for results that do not fit in memory. Not repeated. */
  stream<T>(sql: string, params?: QueryParams, options?: QueryOptions): AsyncIterable<T>;
  /** Resolves when the rows are on disk. Repeated on connection loss only with a token. */
  insert(table: string, rows: InsertRows, options?: InsertOptions): Promise<{ writtenRows: number }>;
  /** DDL and the like. Repeated only when the connection was never made. */
  command(sql: string, params?: QueryParams, options?: QueryOptions): Promise<void>;
  ping(): Promise<boolean>;
  close(): Promise<void>;
}

/** Connects (lazily). Calls throw ClickHouseError for the store's own errors and `base.unavailable` when it is away. */
export function connectLogstore(connection: LogstoreConnection): LogstoreClient {
  const client = createClient({
    url: connection.url,
    ...(connection.user === undefined ? {} : { username: connection.user }),
    ...(connection.password === undefined ? {} : { password: connection.password }),
    ...(connection.database === undefined ? {} : { database: connection.database }),
    request_timeout: 310_000, // the store ends a query first
    use_multipart_params_auto: true,
    log: { level: ClickHouseLogLevel.OFF }, // every error reaches the caller; the client would print each try
    clickhouse_settings: {
      output_format_json_quote_64bit_integers: 1,
      ...(connection.cluster === undefined ? {} : clusterSettings),
    },
  });
  const patience = connection.retryForMs ?? 20_000;
  const retry = <T>(repeatable: boolean, work: () => Promise<T>) => withRetry(repeatable, patience, work);

  const ask = (sql: string, params: QueryParams, options: QueryOptions) =>
    client.query({
      query: sql,
      format: 'JSONEachRow',
      query_params: { ...params },
      clickhouse_settings: { ...options.settings },
      ...(options.signal ? { abort_signal: options.signal } : {}),
    });

  return {
    query: <T>(sql: string, params: QueryParams = {}, options: QueryOptions = {}) =>
      retry(true, async () => (await ask(sql, params, options)).json<T>() as Promise<T[]>),

    async *stream<T>(sql: string, params: QueryParams = {}, options: QueryOptions = {}) {
      const result = await retry(true, () => ask(sql, params, options));
      for await (const rows of result.stream<T>()) {
        for (const row of rows) yield row.json() as T;
      }
    },

    async insert(table, rows, options = {}) {
      const { open, format, repeatable } = sourceOf(rows, options);
      const sql = `INSERT INTO ${quoteTable(table)}${columnList(options.columns)} FORMAT ${format}`;
      return await retry(repeatable, () => sendInsert(client, sql, open(), options));
    },

    async command(sql, params = {}, options = {}) {
      const { cluster } = connection;
      for (const query of cluster === undefined ? [sql] : clusterStatements(sql, cluster)) {
        await retry(false, () =>
          client.command({
            query,
            query_params: { ...params },
            clickhouse_settings: { ...options.settings },
            ...(options.signal ? { abort_signal: options.signal } : {}),
          }),
        );
      }
    },

    async ping() {
      return (await client.ping()).success;
    },
    close: () => client.close(),
  };
}

interface Source {
  readonly open: () => Readable;
  readonly format: string;
  readonly repeatable: boolean;
}

function sourceOf(rows: InsertRows, options: InsertOptions): Source {
  const tokened = options.token !== undefined;
  if (Array.isArray(rows)) {
    const { format, bytes } = encodeRows(rows as readonly Row[]);
    return { open: () => Readable.from([bytes]), format, repeatable: tokened };
  }
  if (!options.format) throw new TypeError('insert() needs the format of bytes and streams');
  const { format } = options;
  if (!/^\w+$/.test(format)) throw new TypeError(`not a format: ${format}`);
  if (rows instanceof Uint8Array) return { open: () => Readable.from([rows]), format, repeatable: tokened };
  if (typeof rows === 'function') return { open: rows, format, repeatable: tokened };
  return { open: () => rows as Readable, format, repeatable: false };
}

async function sendInsert(
  client: ClickHouseClient,
  sql: string,
  values: Readable,
  { token, settings }: InsertOptions,
): Promise<{ writtenRows: number }> {
  const done = await client.exec({
    query: sql,
    values,
    clickhouse_settings: {
      async_insert: 0,
      wait_end_of_query: 1,
      date_time_input_format: 'best_effort',
      // What views make of the rows is deduplicated with them, also when only the view's half was missing.
      ...(token === undefined
        ? {}
        : { insert_deduplication_token: token, deduplicate_blocks_in_dependent_materialized_views: 1 }),
      ...settings,
    },
  });
  await text(done.stream);
  return { writtenRows: Number(done.summary?.written_rows ?? 0) };
}

/** `db.table` or `table`, quoted; nothing else can be written there. */
function quoteTable(table: string): string {
  if (!/^\w+(\.\w+)?$/.test(table)) throw new TypeError(`not a table's name: ${table}`);
  return table
    .split('.')
    .map((part) => `\`${part}\``)
    .join('.');
}

function columnList(columns: readonly string[] | undefined): string {
  if (!columns) return '';
  const wrong = columns.find((column) => !/^\w+$/.test(column));
  if (wrong !== undefined) throw new TypeError(`not a column's name: ${wrong}`);
  return ` (${columns.map((column) => `\`${column}\``).join(', ')})`;
}

/** Doubles from 50 ms to 1.6 s: a restarted store answers after about half a second. */
async function withRetry<T>(repeatable: boolean, patienceMs: number, work: () => Promise<T>): Promise<T> {
  const giveUp = elapsed() + patienceMs;
  for (let wait = 50; ; wait = Math.min(wait * 2, 1_600)) {
    try {
      return await work();
    } catch (error) {
      const loss = lossOf(error);
      if (loss === 'none') throw error;
      if (elapsed() + wait > giveUp || (loss === 'maybe-done' && !repeatable)) {
        throw new AppError('base.unavailable', { what: 'logstore' }, error);
      }
      await sleep(wait);
    }
  }
}

/** Whether the store was out of reach, and whether it may have done the work nevertheless. */
function lossOf(error: unknown): 'none' | 'not-begun' | 'maybe-done' {
  // 202: its queue is full, nothing was begun.
  if (error instanceof ClickHouseError) return error.code === '202' ? 'not-begun' : 'none';
  const { code = '', message = '' } = error as NodeJS.ErrnoException;
  if (['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH'].includes(code)) return 'not-begun';
  if (['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ERR_STREAM_PREMATURE_CLOSE'].includes(code)) return 'maybe-done';
  return /socket hang up|aborted by the server|^aborted$/i.test(message) ? 'maybe-done' : 'none';
}
