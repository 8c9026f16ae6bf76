/** One request and its response over a connection of its own, with the bytes as they went over the wire. */
import { type ClientRequest, type IncomingMessage, request as startRequest } from 'node:http';
import type { Socket } from 'node:net';
import type { Clock } from '#base/clock';
import { AppError } from '#base/errors';
import { type InsecureTls, openSocket, openTls, type TlsFacts } from '#base/outbound/connect';
import type { DnsFacts, Target } from '#base/outbound/find-target';
import { Tap } from '#base/outbound/tap';

/** What happened on the wire for one address. `rawRequest` and `rawResponse` are after TLS, before anything else. */
export interface Exchange {
  readonly url: string;
  readonly startedAt: Date;
  readonly finishedAt: Date;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localAddress: string;
  readonly dns: DnsFacts;
  readonly tls?: TlsFacts;
  readonly rawRequest: Uint8Array;
  readonly rawResponse: Uint8Array;
  /** 0 when no response head came. */
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** True when the response was cut off: by our cap, by time, or by the server. */
  readonly truncated: boolean;
}

export interface ExchangeRequest {
  readonly url: URL;
  readonly target: Target;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  readonly maxBytes: number;
  readonly insecureTls: InsecureTls;
  readonly ca?: string;
  readonly signal: AbortSignal;
  readonly clock: Clock;
}

/** `body` is free of transfer codings; `error` says why the exchange did not end well. */
export interface ExchangeResult {
  readonly exchange: Exchange;
  readonly body: Uint8Array;
  readonly error?: AppError;
}

/** Room for the response's head and for chunk marks besides the body. */
const HEAD_MAX = 128 * 1024;

interface Received {
  status: number;
  headers: Record<string, string>;
  body: Uint8Array[];
  truncated: boolean;
  error?: AppError;
}

/** Does the exchange. A failure is a result too: what was sent and received until then is evidence. */
export async function exchangeOnce(request: ExchangeRequest): Promise<ExchangeResult> {
  const startedAt = request.clock.now();
  const received: Received = { status: 0, headers: {}, body: [], truncated: false };
  let socket: Socket | undefined;
  let tap: Tap | undefined;
  let tls: TlsFacts | undefined;
  const from = { remoteAddress: request.target.addresses[0] ?? '', localAddress: '' };
  try {
    socket = await openSocket(request.target, request.signal);
    from.remoteAddress = socket.remoteAddress ?? from.remoteAddress;
    from.localAddress = socket.localAddress ?? '';
    if (request.url.protocol === 'https:') {
      const host = request.url.hostname.replace(/^\[|\]$/g, '');
      const secured = await openTls(socket, host, request.insecureTls, request.signal, request.ca);
      tls = secured.facts;
      tap = new Tap(secured.socket, request.maxBytes + HEAD_MAX);
    } else {
      tap = new Tap(socket, request.maxBytes + HEAD_MAX);
    }
    await talk(request, tap, received);
  } catch (error) {
    received.error = toOutboundError(error, request);
  } finally {
    tap?.destroy();
    socket?.destroy();
  }
  const exchange: Exchange = {
    url: request.url.href,
    startedAt,
    finishedAt: request.clock.now(),
    ...from,
    remotePort: request.target.port,
    dns: request.target.dns,
    ...(tls ? { tls } : {}),
    rawRequest: Buffer.concat(tap?.sent ?? []),
    rawResponse: Buffer.concat(tap?.received ?? []),
    status: received.status,
    headers: received.headers,
    truncated: received.truncated || (received.error !== undefined && received.status !== 0),
  };
  return {
    exchange,
    body: Buffer.concat(received.body),
    ...(received.error ? { error: received.error } : {}),
  };
}

function talk(request: ExchangeRequest, tap: Tap, received: Received): Promise<void> {
  return new Promise((resolve, reject) => {
    const { url, signal } = request;
    const client = startRequest({
      createConnection: () => tap,
      method: request.method,
      path: `${url.pathname}${url.search}`,
      headers: { Host: url.host, ...request.headers, Connection: 'close' },
      // Each connection carries one exchange, so a lax parser confuses nobody; neglected servers need it.
      insecureHTTPParser: true,
      maxHeaderSize: HEAD_MAX,
    });
    const onAbort = () =>
      client.destroy(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
    signal.addEventListener('abort', onAbort, { once: true });
    const finish = (act: () => void) => {
      signal.removeEventListener('abort', onAbort);
      act();
    };
    client.on('error', (error) => finish(() => reject(error)));
    let answered = false;
    client.on('close', () => {
      if (!answered) finish(() => reject(new Error('closed without a response')));
    });
    client.on('response', (response) => {
      answered = true;
      receive(response, client, request.maxBytes, received, tap).then(
        () => finish(resolve),
        (error) => finish(() => reject(error)),
      );
    });
    if (signal.aborted) onAbort();
    client.end(request.body);
  });
}

async function receive(
  response: IncomingMessage,
  client: ClientRequest,
  maxBytes: number,
  received: Received,
  tap: Tap,
): Promise<void> {
  received.status = response.statusCode ?? 0;
  received.headers = plainHeaders(response.rawHeaders);
  let length = 0;
  try {
    for await (const piece of response as AsyncIterable<Uint8Array>) {
      const kept = piece.subarray(0, maxBytes - length);
      received.body.push(kept);
      length += kept.length;
      if (kept.length < piece.length) {
        received.truncated = true;
        break;
      }
    }
  } catch (error) {
    // Our own cap closed the connection under the parser: that is a cut, not a fault of the server.
    if (!tap.overflowed) throw error;
  }
  received.truncated ||= tap.overflowed || !response.complete;
  // What came whole is closed with its connection.
  if (!response.complete) client.destroy();
}

/** Names in lower case; what stands several times is joined by a comma, cookies by a line feed. */
function plainHeaders(raw: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = Object.create(null);
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i]!.toLowerCase();
    const joint = name === 'set-cookie' ? '\n' : ', ';
    headers[name] = name in headers ? `${headers[name]}${joint}${raw[i + 1]}` : raw[i + 1]!;
  }
  return headers;
}

function toOutboundError(error: unknown, { url, signal }: ExchangeRequest): AppError {
  if (signal.aborted) {
    const late = (signal.reason as Error | undefined)?.name === 'TimeoutError';
    return new AppError(late ? 'outbound.timeout' : 'outbound.aborted', { url: url.href }, error);
  }
  if (error instanceof AppError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  const parser = code?.startsWith('HPE_') ?? false;
  return new AppError(
    parser ? 'outbound.protocol_error' : 'outbound.cut_off',
    { url: url.href, reason: code ?? message },
    error,
  );
}
