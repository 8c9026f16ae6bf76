/** Answers in the form that ClickHouse's clients expect. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Writable } from 'node:stream';
import { createBrotliCompress, createDeflate, createGzip, createZstdCompress } from 'node:zlib';
import { tellError } from './errors.ts';

export interface Summary {
  readonly readRows?: number;
  readonly readBytes?: number;
  readonly writtenRows?: number;
  readonly writtenBytes?: number;
  readonly elapsedSeconds?: number;
}

/** How long a client may leave a full socket unread before it is given up, milliseconds. */
const stalledAfterMs = 60_000;

const encoders = {
  gzip: createGzip,
  zstd: createZstdCompress,
  br: createBrotliCompress,
  deflate: createDeflate,
};

function encodingFor(request: IncomingMessage, wanted: boolean): keyof typeof encoders | undefined {
  const accepted = wanted ? String(request.headers['accept-encoding'] ?? '').split(',') : [];
  const names = accepted.map((name) => name.split(';')[0]!.trim().toLowerCase());
  return names.find((name): name is keyof typeof encoders => Object.hasOwn(encoders, name));
}

/** Every number as a string, as ClickHouse writes it. */
function summaryHeader(summary: Summary): string {
  return JSON.stringify({
    read_rows: String(summary.readRows ?? 0),
    read_bytes: String(summary.readBytes ?? 0),
    written_rows: String(summary.writtenRows ?? 0),
    written_bytes: String(summary.writtenBytes ?? 0),
    total_rows_to_read: '0',
    result_rows: '0',
    result_bytes: '0',
    elapsed_ns: String(Math.round((summary.elapsedSeconds ?? 0) * 1e9)),
  });
}

const contentTypes: Record<string, string> = {
  JSON: 'application/json; charset=UTF-8',
  JSONCompact: 'application/json; charset=UTF-8',
  JSONEachRow: 'application/x-ndjson; charset=UTF-8',
  JSONCompactEachRow: 'application/x-ndjson; charset=UTF-8',
  CSV: 'text/csv; charset=UTF-8; header=absent',
  CSVWithNames: 'text/csv; charset=UTF-8; header=present',
  TabSeparated: 'text/tab-separated-values; charset=UTF-8',
  TSV: 'text/tab-separated-values; charset=UTF-8',
};

export interface Reply {
  /** Sends a piece; waits while the client does not read. Headers go out with the first one. */
  send(piece: Uint8Array): Promise<void>;
  end(): Promise<void>;
  /** Tells the error: as a status while nothing was sent, otherwise inside the stream, which is then broken off. */
  fail(error: unknown): void;
}

export interface ReplyOptions {
  readonly format: string;
  readonly queryId: string;
  readonly compress: boolean;
  readonly summary?: () => Summary;
}

/** A reply whose status is decided by its first piece or its failure. */
export function createReply(
  request: IncomingMessage,
  response: ServerResponse,
  options: ReplyOptions,
): Reply {
  const tag = randomBytes(8).toString('hex');
  let sink: Writable | undefined;

  function open(): Writable {
    const encoding = encodingFor(request, options.compress);
    response.writeHead(200, {
      ...commonHeaders(options.queryId),
      'Content-Type': contentTypes[options.format] ?? 'application/octet-stream',
      'X-ClickHouse-Format': options.format,
      'X-ClickHouse-Exception-Tag': tag,
      'X-ClickHouse-Summary': summaryHeader(options.summary?.() ?? {}),
      ...(encoding ? { 'Content-Encoding': encoding } : {}),
    });
    if (!encoding) return response;
    const encoder = encoders[encoding]();
    encoder.pipe(response);
    encoder.on('error', () => response.destroy());
    return encoder;
  }

  return {
    async send(piece) {
      sink ??= open();
      if (!sink.write(piece)) await drained(sink, response);
    },
    async end() {
      sink ??= open();
      sink.end();
      if (!response.writableFinished && !response.closed) await once(response, 'close');
    },
    fail(error) {
      if (response.closed) return;
      if (!response.headersSent) sendError(response, error, options.queryId);
      else breakOff(sink ?? response, response, tag, tellError(error).text);
    },
  };
}

async function drained(sink: Writable, response: ServerResponse): Promise<void> {
  const give = new AbortController();
  const onClose = () => give.abort();
  response.once('close', onClose);
  const timer = setTimeout(() => response.destroy(), stalledAfterMs);
  try {
    if (response.closed) give.abort();
    await once(sink, 'drain', { signal: give.signal });
  } finally {
    clearTimeout(timer);
    response.off('close', onClose);
  }
}

/** So long the tagged error may take to be read before the connection is cut, milliseconds. */
const cutAfterMs = 2_000;

/**
 * ClickHouse's way (since 25.11) to tell an error after rows: clients look for the tag at the end. The transfer is
 * then cut without its end mark, so that a client which does not look cannot take the rows for the whole result.
 * Not at once: Node's client drops what it has not read yet when its peer resets the connection.
 */
function breakOff(sink: Writable, response: ServerResponse, tag: string, text: string): void {
  const message = `${text}\n`;
  const length = Buffer.byteLength(message);
  sink.write(`\r\n__exception__\r\n${tag}\n${message}${length} ${tag}\r\n__exception__\r\n`);
  if ('flush' in sink && typeof sink.flush === 'function') sink.flush();
  const timer = setTimeout(() => response.destroy(), cutAfterMs);
  response.once('close', () => clearTimeout(timer));
}

function commonHeaders(queryId: string): Record<string, string> {
  return {
    'X-ClickHouse-Query-Id': queryId,
    'X-ClickHouse-Server-Display-Name': 'jiaodun-logstore',
    'X-ClickHouse-Timezone': 'UTC',
  };
}

/** An error before any row. The connection is closed: the rest of the request's body was not read. */
export function sendError(response: ServerResponse, error: unknown, queryId = ''): void {
  const told = tellError(error);
  response.writeHead(told.status, {
    ...commonHeaders(queryId),
    'Content-Type': 'text/plain; charset=UTF-8',
    'X-ClickHouse-Exception-Code': String(told.code),
    Connection: 'close',
  });
  response.end(`${told.text}\n`);
}
