/**
 * The only way in which the product fetches what strangers name. Names are resolved once and pinned; loopback,
 * private and link-local addresses are refused unless the very host is allowed; every redirect is judged anew;
 * bytes and time are capped; what went over the wire is kept for evidence.
 */
import { type Clock, systemClock } from '#base/clock';
import type { ErrorCode } from '#base/contract';
import { AppError, type Details, registerErrors } from '#base/errors';
import type { InsecureTls } from '#base/outbound/connect';
import { startDeadline } from '#base/outbound/deadline';
import { decodeBody } from '#base/outbound/decode-body';
import { type Exchange, type ExchangeResult, exchangeOnce } from '#base/outbound/exchange';
import { type AllowedHost, findTarget, type Resolve, systemResolve } from '#base/outbound/find-target';

export type { AllowedHost, Exchange };

export interface OutboundOptions {
  /** Hosts with an address of their own, and the only way to one that is not public. */
  readonly allow?: readonly AllowedHost[];
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** Cap of one response's body on the wire, and of the decoded body. Default 32 MiB. */
  readonly maxBytes?: number;
  /** For everything together: names, connections, redirects, body. Default 30 s. */
  readonly timeoutMs?: number;
  /** Default 5; 0 gives the redirect itself. */
  readonly maxRedirects?: number;
  readonly signal?: AbortSignal;
  /** What to do with a certificate that does not verify. Default `refuse`. */
  readonly insecureTls?: InsecureTls;
  /** Certificates (PEM) to trust instead of the system's: a server of an internal authority. */
  readonly ca?: string;
  readonly clock?: Clock;
  /** Instead of the system's resolver. */
  readonly resolve?: Resolve;
}

/** The answer of `outboundFetch`. With `error`, the other fields hold what was reached until then. */
export interface OutboundResult {
  readonly exchanges: readonly Exchange[];
  /** Of the last response; 0 when none came. */
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Without transfer and content codings. */
  readonly body: Uint8Array;
  readonly finalUrl: string;
  /** True when the body was cut off. */
  readonly truncated: boolean;
  readonly error?: OutboundFailure;
}

/** Why there is no whole answer. */
export interface OutboundFailure {
  readonly code: string;
  /** In English. */
  readonly message: string;
  /** What the message names: an address, a reason. */
  readonly details?: Details;
}

/** Codes that `error` may have. */
const outboundErrors = {
  'outbound.bad_url': {
    status: 400,
    zh: '不是 http 或 https 地址：{url}',
    en: 'Not an http or https address: {url}',
  },
  'outbound.dns_failed': {
    status: 502,
    zh: '域名 {host} 解析失败：{reason}',
    en: 'No address for {host}: {reason}',
  },
  'outbound.forbidden_address': {
    status: 403,
    zh: '{host} 指向内部地址 {address}，未登记，已拒绝',
    en: '{host} leads to {address}, which is not public and not registered for it; refused',
  },
  'outbound.connect_failed': {
    status: 502,
    zh: '连接 {address}:{port} 失败：{reason}',
    en: 'Cannot connect to {address}:{port}: {reason}',
  },
  'outbound.tls_failed': {
    status: 502,
    zh: '与 {host} 的 TLS 握手失败：{reason}',
    en: 'TLS with {host} failed: {reason}',
  },
  'outbound.tls_untrusted': {
    status: 502,
    zh: '{host} 的证书不可信：{reason}',
    en: 'The certificate of {host} does not verify: {reason}',
  },
  'outbound.timeout': { status: 504, zh: '{url} 超时', en: '{url} took too long' },
  'outbound.aborted': { status: 499, zh: '{url} 已取消', en: '{url} was cancelled' },
  'outbound.protocol_error': {
    status: 502,
    zh: '{url} 的应答不是合法的 HTTP：{reason}',
    en: '{url} did not answer in HTTP: {reason}',
  },
  'outbound.cut_off': {
    status: 502,
    zh: '{url} 的连接中断：{reason}',
    en: 'The connection to {url} broke: {reason}',
  },
  'outbound.too_many_redirects': { status: 502, zh: '{url} 重定向过多', en: 'Too many redirects at {url}' },
} as const satisfies Record<string, ErrorCode>;
registerErrors(outboundErrors);

const REDIRECTS = new Set([301, 302, 303, 307, 308]);
const MAX_BYTES = 32 * 1024 * 1024;
const TIMEOUT_MS = 30_000;

interface Hop {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

/**
 * Fetches `address` and follows its redirects. Does not throw for anything that the network or the server does:
 * `error` tells it, and `exchanges` keeps what was sent and received.
 */
export async function outboundFetch(address: string, options: OutboundOptions = {}): Promise<OutboundResult> {
  const deadline = startDeadline(options.timeoutMs ?? TIMEOUT_MS, options.signal);
  return follow(address, options, deadline.signal).finally(deadline.end);
}

async function follow(
  address: string,
  options: OutboundOptions,
  signal: AbortSignal,
): Promise<OutboundResult> {
  const exchanges: Exchange[] = [];
  let hop: Hop = {
    url: new URL('http://invalid.invalid/'),
    method: options.method ?? 'GET',
    headers: { ...DEFAULT_HEADERS, ...options.headers },
    ...(options.body ? { body: options.body } : {}),
  };
  let last: ExchangeResult | undefined;
  try {
    hop = { ...hop, url: parseAddress(address) };
    for (let redirects = 0; ; redirects++) {
      last = await followOne(hop, options, signal);
      exchanges.push(last.exchange);
      if (last.error) throw last.error;
      const next = redirectOf(hop, last.exchange);
      if (!next || options.maxRedirects === 0) break;
      if (redirects >= (options.maxRedirects ?? 5)) {
        throw new AppError('outbound.too_many_redirects', { url: address });
      }
      hop = { ...next, url: parseAddress(next.url.href) };
    }
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return finish(exchanges, last, hop, options, error);
  }
  return finish(exchanges, last, hop, options);
}

const DEFAULT_HEADERS = { Accept: '*/*', 'Accept-Encoding': 'gzip, deflate, br, zstd' };

async function followOne(hop: Hop, options: OutboundOptions, signal: AbortSignal): Promise<ExchangeResult> {
  const target = await abortable(
    findTarget(hop.url, options.allow ?? [], options.resolve ?? systemResolve),
    signal,
    hop.url,
  );
  return exchangeOnce({
    ...hop,
    target,
    signal,
    maxBytes: options.maxBytes ?? MAX_BYTES,
    insecureTls: options.insecureTls ?? 'refuse',
    ...(options.ca ? { ca: options.ca } : {}),
    clock: options.clock ?? systemClock,
  });
}

/** The system's resolver cannot be stopped, only left alone. */
function abortable<T>(work: Promise<T>, signal: AbortSignal, url: URL): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      const late = (signal.reason as Error | undefined)?.name === 'TimeoutError';
      reject(new AppError(late ? 'outbound.timeout' : 'outbound.aborted', { url: url.href }));
    };
    if (signal.aborted) return onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

function parseAddress(address: string): URL {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (!url || (url.protocol !== 'http:' && url.protocol !== 'https:') || url.hostname === '') {
    throw new AppError('outbound.bad_url', { url: address.slice(0, 300) });
  }
  // A name before the host would be sent nowhere and only deceive the reader.
  url.username = '';
  url.password = '';
  url.hash = '';
  return url;
}

/** The next request when the response is a redirect (RFC 9110 §15.4). Secrets do not cross to another origin. */
function redirectOf(hop: Hop, { status, headers }: Exchange): Hop | undefined {
  if (!REDIRECTS.has(status) || headers.location === undefined) return undefined;
  // Header bytes arrive as Latin-1; many servers write UTF-8.
  const location = Buffer.from(headers.location, 'latin1').toString('utf8');
  if (!URL.canParse(location, hop.url))
    throw new AppError('outbound.bad_url', { url: location.slice(0, 300) });
  const url = new URL(location, hop.url);
  const rewritten = status === 303 || (hop.method === 'POST' && (status === 301 || status === 302));
  const crossing = url.origin !== hop.url.origin;
  const kept = Object.entries(hop.headers).filter(
    ([name]) => !(crossing && /^(authorization|cookie|proxy-authorization)$/i.test(name)),
  );
  return {
    url,
    method: rewritten && hop.method !== 'HEAD' ? 'GET' : hop.method,
    headers: Object.fromEntries(kept),
    ...(hop.body && !rewritten ? { body: hop.body } : {}),
  };
}

async function finish(
  exchanges: readonly Exchange[],
  last: ExchangeResult | undefined,
  hop: Hop,
  options: OutboundOptions,
  error?: AppError,
): Promise<OutboundResult> {
  const headers = last?.exchange.headers ?? {};
  const coding = headers['content-encoding'] ?? '';
  const body = await decodeBody(last?.body ?? new Uint8Array(), coding, options.maxBytes ?? MAX_BYTES);
  return {
    exchanges,
    status: last?.exchange.status ?? 0,
    headers,
    body: body.bytes,
    finalUrl: last?.exchange.url ?? hop.url.href,
    truncated: (last?.exchange.truncated ?? false) || body.truncated,
    ...(error ? { error: { code: error.code, message: error.message, details: error.details } } : {}),
  };
}
