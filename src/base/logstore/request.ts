/** From an HTTP request to what is to be run: ClickHouse's URL parameters, body, multipart and encodings. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { type Duplex, type Readable, Transform, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from 'node:zlib';
import { StoreError } from './errors.ts';

export interface StoreRequest {
  /** `query` of the URL; the body follows it. */
  readonly query: string;
  readonly queryId: string | undefined;
  readonly database: string | undefined;
  readonly defaultFormat: string | undefined;
  readonly compressReply: boolean;
  /** Settings and `param_…`. */
  readonly settings: Record<string, string>;
}

/** Parameters that are about the request itself; ones that are not listed are settings. */
const own = new Set([
  'query',
  'query_id',
  'database',
  'default_format',
  'user',
  'password',
  'enable_http_compression',
  'wait_end_of_query',
  'buffer_size',
  'send_progress_in_http_headers',
  'http_headers_progress_interval_ms',
  'cancel_http_readonly_queries_on_client_close',
  'stacktrace',
  'quota_key',
]);
const unsupported = new Set(['session_id', 'session_timeout', 'session_check', 'close_session', 'role']);

/** Reads the URL. Throws a StoreError for what this store does not do. */
export function readUrl(url: URL): StoreRequest {
  const settings: Record<string, string> = {};
  for (const [name, value] of url.searchParams) {
    if (unsupported.has(name))
      throw new StoreError(48, 'NOT_IMPLEMENTED', `${name} is not supported by this store`);
    if (name === 'compress' || name === 'decompress') {
      if (value !== '0')
        throw new StoreError(48, 'NOT_IMPLEMENTED', `use Content-Encoding instead of ${name}=1`);
    } else if (!own.has(name)) addSetting(settings, name, value);
  }
  const get = (name: string) => url.searchParams.get(name) || undefined;
  return {
    query: get('query') ?? '',
    queryId: get('query_id'),
    database: get('database'),
    defaultFormat: get('default_format'),
    compressReply: get('enable_http_compression') === '1',
    settings,
  };
}

function addSetting(settings: Record<string, string>, name: string, value: string): void {
  if (!/^[A-Za-z_]\w{0,100}$/.test(name))
    throw new StoreError(115, 'UNKNOWN_SETTING', `Unknown setting ${name}`);
  settings[name] = value;
}

export interface Credentials {
  readonly user: string;
  readonly password: string;
}

/** Throws code 516 unless the request carries the credentials (Basic, X-ClickHouse-User/Key or URL). */
export function authenticate(request: IncomingMessage, url: URL, expected: Credentials): void {
  const { user, password } = credentialsOf(request, url);
  // Both are compared always, and as hashes: neither time nor length tells anything.
  const same = [equal(user, expected.user), equal(password, expected.password)];
  if (same.includes(false)) {
    const text = `${user.slice(0, 64)}: Authentication failed: password is incorrect, or there is no user with such name.`;
    throw new StoreError(516, 'AUTHENTICATION_FAILED', text);
  }
}

function credentialsOf(request: IncomingMessage, url: URL): Credentials {
  const header = request.headers['x-clickhouse-user'];
  if (header !== undefined) {
    return { user: String(header), password: String(request.headers['x-clickhouse-key'] ?? '') };
  }
  const basic = /^Basic\s+(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
  if (basic !== undefined) {
    const text = Buffer.from(basic, 'base64').toString('utf8');
    const colon = text.indexOf(':');
    return colon < 0
      ? { user: text, password: '' }
      : { user: text.slice(0, colon), password: text.slice(colon + 1) };
  }
  return {
    user: url.searchParams.get('user') ?? 'default',
    password: url.searchParams.get('password') ?? '',
  };
}

function equal(a: string, b: string): boolean {
  const hash = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(a), hash(b));
}

/** The body with its Content-Encoding undone, cut off with code 307 when it grows over `maxBytes`. */
function decodedBody(request: IncomingMessage, maxBytes: number): { source: Readable; steps: Duplex[] } {
  const encoding = (request.headers['content-encoding'] ?? 'identity').toLowerCase();
  const decoders: Record<string, (() => Duplex) | null> = {
    identity: null,
    '': null,
    gzip: createGunzip,
    'x-gzip': createGunzip,
    deflate: createInflate,
    br: createBrotliDecompress,
    zstd: createZstdDecompress,
  };
  const make = Object.hasOwn(decoders, encoding) ? decoders[encoding] : undefined;
  if (make === undefined) throw new StoreError(48, 'NOT_IMPLEMENTED', `Unknown Content-Encoding ${encoding}`);
  return { source: request, steps: [...(make ? [make()] : []), limitBytes(maxBytes)] };
}

function limitBytes(maxBytes: number): Transform {
  let bytes = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      if (bytes > maxBytes)
        done(new StoreError(307, 'TOO_MANY_BYTES', `The body is larger than ${maxBytes} bytes`));
      else done(null, chunk);
    },
  });
}

/** Reads the body into memory. */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const { source, steps } = decodedBody(request, maxBytes);
  const chunks: Buffer[] = [];
  const collect = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk);
      done();
    },
  });
  await asClientError(pipeline([source, ...steps, collect]));
  return Buffer.concat(chunks);
}

/** Writes the body to a file. Rejects, and the caller removes the file, when the client does not send it whole. */
export async function stageBody(request: IncomingMessage, path: string, maxBytes: number): Promise<void> {
  const { source, steps } = decodedBody(request, maxBytes);
  await asClientError(pipeline([source, ...steps, createWriteStream(path, { flags: 'a' })]));
}

/** A body that is cut short or wrongly compressed is the client's fault, told as code 33 (400). */
async function asClientError(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    if (/^(Z_|ERR__ERROR|ERR_BROTLI|ERR_ZSTD|ZSTD_|ERR_STREAM_PREMATURE_CLOSE|ECONNRESET)/.test(code)) {
      throw new StoreError(33, 'CANNOT_READ_ALL_DATA', `The body is incomplete or damaged: ${message}`);
    }
    throw error;
  }
}

/** `query` and `param_…` fields of a multipart body (sent by clients when parameters are too long for a URL). */
export function readMultipart(
  body: Buffer,
  contentType: string,
): { query: string; settings: Record<string, string> } {
  const boundary = /boundary="?([^";]+)"?/i.exec(contentType)?.[1];
  if (!boundary) throw new StoreError(36, 'BAD_ARGUMENTS', 'multipart/form-data without a boundary');
  const settings: Record<string, string> = {};
  let query = '';
  for (const part of body.toString('utf8').split(`--${boundary}`).slice(1, -1)) {
    const split = part.indexOf('\r\n\r\n');
    const name = /name="([^"]*)"/.exec(part.slice(0, Math.max(split, 0)))?.[1];
    if (split < 0 || name === undefined)
      throw new StoreError(36, 'BAD_ARGUMENTS', 'a part of the form has no name');
    const value = part.slice(split + 4, -2);
    if (name === 'query') query = value;
    else addSetting(settings, name, value);
  }
  return { query, settings };
}
