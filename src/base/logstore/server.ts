/**
 * The log store: sole owner of chDB, speaking ClickHouse's HTTP interface, so that `@clickhouse/client` and the same
 * SQL serve this store and a ClickHouse cluster alike. libchdb can abort its process: it runs as a role of its own,
 * is started again by the supervisor, and callers repeat what is safe to repeat (reads, inserts with a token).
 */
import { mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import type { ChdbResult } from 'chdb';
import { type DataDirLock, lockDataDir } from '#base/data-dir-lock';
import { newId } from '#base/id';
import type { Logger } from '#base/log';
import { type Engine, type Job, openEngine } from './engine.ts';
import { StoreError, tellError } from './errors.ts';
import { createReply, type Reply, type Summary, sendError } from './reply.ts';
import {
  authenticate,
  type Credentials,
  readBody,
  readMultipart,
  readUrl,
  type StoreRequest,
  stageBody,
} from './request.ts';
import { type DataInsert, insertFromFile, readStatement, type Statement } from './statement.ts';

export interface StartLogstoreOptions extends Credentials {
  /** The store's own folder, e.g. `<data>/logs`. Made when missing. */
  readonly dataDir: string;
  /** Loopback unless the network between is trusted: the password travels in plain text. */
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly log: Logger;
  /** What all queries together may use, bytes. Default 2 GiB; one query may use half of it. */
  readonly memoryBytes?: number;
  /** Longest time of one query, seconds, unless it sets `max_execution_time` itself. Default 120. */
  readonly maxSeconds?: number;
  /** Largest body of an insert after decompression, bytes. Default 4 GiB. */
  readonly maxBodyBytes?: number;
}

export interface RunningLogstore {
  /** `http://host:port`, without credentials. */
  readonly url: string;
  /** Lets running requests end for `timeoutMs` (default 5 s), then kills them; closes the engine. */
  stop(options?: { timeoutMs?: number }): Promise<void>;
}

interface Context {
  readonly options: StartLogstoreOptions;
  readonly engine: Engine;
  readonly incoming: string;
  readonly defaults: Readonly<Record<string, string>>;
  /** Aborted when the server stops. */
  readonly stopping: AbortSignal;
}

/** A statement whose body is not in a file is read into memory: no further than this. */
const maxStatementBytes = 64 * 1024 * 1024;

/** Starts the store. Throws `data_dir.in_use` when another process has the folder, `logstore.bad_path`. */
export async function startLogstore(given: StartLogstoreOptions): Promise<RunningLogstore> {
  const options = { ...given, dataDir: resolve(given.dataDir) };
  const lock = lockDataDir(options.dataDir, 'logstore.lock', 0o700);
  try {
    return await startLocked(options, lock);
  } catch (error) {
    lock.release();
    throw error;
  }
}

async function startLocked(options: StartLogstoreOptions, lock: DataDirLock): Promise<RunningLogstore> {
  const memoryBytes = options.memoryBytes ?? 2 * 1024 ** 3;
  const incoming = join(options.dataDir, 'incoming');
  await rm(incoming, { recursive: true, force: true }); // bodies that a killed process had staged: never acknowledged
  await mkdir(incoming, { recursive: true });
  const engine = await openEngine({ folder: options.dataDir, memoryBytes });
  const stop = new AbortController();
  const context = {
    options,
    engine,
    incoming,
    defaults: defaultSettings(memoryBytes, options),
    stopping: stop.signal,
  };
  const server = createServer({ maxHeaderSize: 1024 * 1024, requestTimeout: 0 }, (request, response) => {
    response.once('close', () => {
      if (!server.listening) server.closeIdleConnections(); // kept-alive ones would hold up the stop
    });
    handle(context, request, response).catch((error: unknown) => {
      options.log.error({ err: error }, 'logstore: a request failed outside its handler');
      response.destroy();
    });
  });
  await listen(server, options);
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${options.host.includes(':') ? `[${options.host}]` : options.host}:${port}`,
    async stop({ timeoutMs = 5_000 } = {}) {
      const closed = new Promise((done) => server.close(done));
      server.closeIdleConnections();
      const timer = setTimeout(() => {
        stop.abort();
        server.closeAllConnections();
      }, timeoutMs);
      await closed;
      clearTimeout(timer);
      await engine.close();
      lock.release();
    },
  };
}

function listen(server: Server, options: StartLogstoreOptions): Promise<void> {
  return new Promise((done, failed) => {
    server.once('error', failed);
    server.listen(options.port, options.host, () => {
      server.off('error', failed);
      done();
    });
  });
}

/** What every query gets unless it says otherwise. */
function defaultSettings(memoryBytes: number, options: StartLogstoreOptions): Record<string, string> {
  const perQuery = Math.floor(memoryBytes / 2);
  return {
    max_memory_usage: String(perQuery),
    max_bytes_before_external_group_by: String(Math.floor(perQuery / 2)),
    max_bytes_before_external_sort: String(Math.floor(perQuery / 2)),
    max_execution_time: String(options.maxSeconds ?? 120),
  };
}

/**
 * An insert is done when it is answered (never queued), and only a token deduplicates: without one, equal batches
 * are legitimate and must both stay. Since 26.x `deduplicate_insert` overrides `insert_deduplicate` (measured:
 * `insert_deduplicate=0` alone still dropped the second batch).
 */
function insertSettings(settings: Readonly<Record<string, string>>, written: string): Record<string, string> {
  const token = settings.insert_deduplication_token || /\binsert_deduplication_token\b/i.test(written);
  const deduplication: Record<string, string> = token
    ? {
        insert_deduplicate: '1',
        deduplicate_insert: 'enable',
        deduplicate_insert_select: 'enable_when_possible',
      }
    : { insert_deduplicate: '0', deduplicate_insert: 'disable', deduplicate_insert_select: 'disable' };
  return { ...settings, ...deduplication, async_insert: '0' };
}

async function handle(context: Context, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://store');
  const queryId = url.searchParams.get('query_id') || newId();
  try {
    if (url.pathname === '/ping') {
      response.writeHead(200, { 'Content-Type': 'text/plain' }).end('Ok.\n');
      return;
    }
    if (url.pathname !== '/') throw new StoreError(36, 'BAD_ARGUMENTS', `There is no handle ${url.pathname}`);
    authenticate(request, url, context.options);
    await answer(context, request, response, readUrl(url), queryId);
  } catch (error) {
    request.resume(); // an unread body would block the client from reading our answer
    if (!response.headersSent) sendError(response, error, queryId);
    else response.destroy();
    logFailure(context, error, queryId);
  }
}

/** The text goes to the caller; the log gets it at debug level only: it quotes the query, and that may name people. */
function logFailure({ options }: Context, error: unknown, queryId: string): void {
  const { code, status, text } = tellError(error);
  const expected = status < 500 || status === 501 || code === queryWasCancelled;
  if (!expected) options.log.warn({ queryId, code }, 'logstore: query failed');
  options.log.debug({ queryId, code, reason: text.slice(0, 500) }, 'logstore: query failed');
}

const queryWasCancelled = 394;

/** Reads what is asked, then runs it. */
async function answer(
  context: Context,
  request: IncomingMessage,
  response: ServerResponse,
  asked: StoreRequest,
  queryId: string,
): Promise<void> {
  const settings = { ...context.defaults, ...asked.settings };
  let sql = asked.query;
  let tail: Buffer = Buffer.alloc(0);
  let statement: Statement | undefined = sql.trim() ? readStatement(sql) : undefined;
  const bodyIsData = statement?.kind === 'data-insert';
  if (!bodyIsData && request.method === 'POST') {
    const body = await readBody(request, maxStatementBytes);
    const type = request.headers['content-type'] ?? '';
    if (type.startsWith('multipart/form-data')) {
      const form = readMultipart(body, type);
      Object.assign(settings, form.settings);
      sql += form.query;
    } else if (body.length > 0) {
      ({ sql, tail } = joinBody(sql, body));
    }
    statement = readStatement(sql);
  }
  if (!statement) throw new StoreError(62, 'SYNTAX_ERROR', 'Empty query');
  if (request.method !== 'POST') settings.readonly = '2'; // GET must not write, as in ClickHouse
  const job = { sql, statement, settings, asked, queryId };
  if (statement.kind === 'data-insert') {
    if (bodyIsData) tail = Buffer.from(sql.slice(statement.dataStart));
    await insertRows(context, request, response, { ...job, statement }, tail);
  } else await runStatement(context, request, response, job);
}

/** The body is the statement, or its end. Binary rows may follow an INSERT's text: they are kept as bytes. */
function joinBody(query: string, body: Buffer): { sql: string; tail: Buffer } {
  const text = query + body.toString('utf8');
  const statement = readStatement(text);
  if (statement.kind !== 'data-insert') {
    if (text.includes('\uFFFD') && !isUtf8(body))
      throw new StoreError(36, 'BAD_ARGUMENTS', 'The query is not UTF-8');
    return { sql: text, tail: Buffer.alloc(0) };
  }
  const head = text.slice(query.length, statement.dataStart);
  return { sql: text.slice(0, statement.dataStart), tail: body.subarray(Buffer.byteLength(head)) };
}

function isUtf8(bytes: Buffer): boolean {
  return Buffer.from(bytes.toString('utf8')).equals(bytes);
}

interface Work {
  readonly sql: string;
  readonly statement: Statement;
  readonly settings: Record<string, string>;
  readonly asked: StoreRequest;
  readonly queryId: string;
}

/**
 * Rows go through a file: the engine then reads every format itself, memory stays flat, and a client that dies
 * half-way has inserted nothing. The one line break (or blank) between statement and rows is not part of the rows.
 */
async function insertRows(
  context: Context,
  request: IncomingMessage,
  response: ServerResponse,
  work: Work & { statement: DataInsert },
  tail: Buffer,
): Promise<void> {
  const path = join(context.incoming, newId());
  try {
    await writeFile(path, tail.subarray(separatorLength(tail)));
    if (!request.readableEnded) {
      await stageBody(request, path, context.options.maxBodyBytes ?? 4 * 1024 ** 3);
    }
    const { size } = await stat(path);
    if (size === 0) {
      await endInsert(request, response, work, {});
      return;
    }
    // Not stopped by a client that leaves: it will ask again with its token.
    const result = await context.engine.run({
      ...jobOf(context, work, new AbortController().signal),
      sql: insertFromFile(work.statement, path),
      settings: insertSettings(work.settings, work.statement.settings),
    });
    await endInsert(request, response, work, { ...summaryOf(result), writtenBytes: size });
  } finally {
    await rm(path, { force: true });
  }
}

function separatorLength(tail: Buffer): number {
  const blanks = /^[ \t;]*(\r?\n)?/.exec(tail.subarray(0, 64).toString('latin1'))?.[0] ?? '';
  return blanks.length;
}

async function endInsert(
  request: IncomingMessage,
  response: ServerResponse,
  work: Work,
  summary: Summary,
): Promise<void> {
  const reply = createReply(request, response, {
    format: 'TabSeparated',
    queryId: work.queryId,
    compress: false,
    summary: () => summary,
  });
  await reply.end();
}

function jobOf(context: Context, work: Work, signal: AbortSignal): Job {
  return {
    sql: work.sql,
    format: work.asked.defaultFormat ?? 'TabSeparated',
    database: work.asked.database,
    settings: work.settings,
    signal: AbortSignal.any([signal, context.stopping]),
  };
}

/** Formats of which pieces can be strung together. In the others every piece would be a document of its own. */
const streamable = new Set([
  'JSONEachRow',
  'JSONLines',
  'NDJSON',
  'JSONStringsEachRow',
  'JSONCompactEachRow',
  'JSONCompactStringsEachRow',
  'TabSeparated',
  'TSV',
  'TabSeparatedRaw',
  'TSVRaw',
  'LineAsString',
  'CSV',
  'RowBinary',
  'Native',
]);

async function runStatement(
  context: Context,
  request: IncomingMessage,
  response: ServerResponse,
  work: Work,
): Promise<void> {
  const { kind } = work.statement;
  const left = new AbortController();
  response.once('close', () => left.abort());
  const job = jobOf(context, work, left.signal);
  const format = ('format' in work.statement && work.statement.format) || job.format;
  let summary: Summary = {};
  const { queryId, asked } = work;
  const reply = createReply(request, response, {
    format,
    queryId,
    compress: asked.compressReply,
    summary: () => summary,
  });
  try {
    if (kind === 'read' && streamable.has(format) && !('output_format_json_array_of_rows' in job.settings)) {
      await context.engine.stream(job, (piece) => reply.send(piece));
    } else {
      const result = await runWhole(context, kind, job);
      summary = summaryOf(result);
      await sendWhole(reply, result);
    }
    await reply.end();
  } catch (error) {
    reply.fail(error);
    logFailure(context, error, queryId);
  }
}

function runWhole({ engine }: Context, kind: Statement['kind'], job: Job): Promise<ChdbResult> {
  if (kind === 'read') return engine.read(job);
  if (kind === 'insert') return engine.run({ ...job, settings: insertSettings(job.settings, job.sql) });
  // SHOW, DESCRIBE, EXPLAIN, KILL must not wait behind an insert; DDL must not be killed half-way.
  const changes = /^\s*(CREATE|ALTER|DROP|TRUNCATE|RENAME|ATTACH|DETACH|OPTIMIZE|DELETE|UPDATE|EXCHANGE)\b/i;
  return changes.test(job.sql) ? engine.run(job) : engine.read(job);
}

async function sendWhole(reply: Reply, result: ChdbResult): Promise<void> {
  const bytes = result.bytes();
  if (bytes.byteLength > 0) await reply.send(bytes);
}

function summaryOf(result: ChdbResult): Summary {
  return {
    readRows: result.rowsRead,
    readBytes: result.bytesRead,
    writtenRows: result.rowsRead,
    elapsedSeconds: result.elapsed,
  };
}
