/** The typed client of the CLI and the demo: the same contract values as the server and the web UI. */
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import type { z } from 'zod';
import type { Route } from '#base/contract';
import { AppError, fail, registerErrors } from '#base/errors';

export const clientErrors = {
  'cli.no_server': {
    status: 503,
    zh: '没有找到运行中的服务器：{reason}。先运行 jiaodun start，或用 --server 和 --token 指定',
    en: 'No running server was found: {reason}. Start one, or name it with --server and --token',
  },
  'cli.connection_lost': {
    status: 503,
    zh: '与服务器的连接在途中断了（{reason}），不知道它做完没有。等服务器恢复后查看结果，再决定是否重做',
    en: 'The connection to the server broke on the way ({reason}); whether it finished is not known. Look at the result once it is back',
  },
} as const;
registerErrors(clientErrors);

type In<T> = T extends z.ZodType ? z.input<T> : never;
type Out<T> = T extends z.ZodType ? z.output<T> : undefined;

/** What a route answers. */
export type RouteOutput<T> = T extends Route<infer _P, infer _Q, infer _B, infer R> ? Out<R> : never;

export interface CallInput<P, Q, B> {
  readonly params?: In<P>;
  readonly query?: In<Q>;
  readonly body?: In<B>;
  /** Beside those of every call. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** An error reply of the server, as it said it. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly zh: string;
  readonly details: unknown;

  constructor(
    status: number,
    body: { code?: string; message?: { zh?: string; en?: string }; details?: unknown },
  ) {
    super(body.message?.en ?? `HTTP ${status}`);
    this.name = 'ApiError';
    this.status = status;
    this.code = body.code ?? 'base.bug';
    this.zh = body.message?.zh ?? this.message;
    this.details = body.details;
  }
}

export interface Client {
  readonly url: string;
  call<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType, R extends z.ZodType>(
    route: Route<P, Q, B, R>,
    input?: CallInput<P, Q, B>,
  ): Promise<Out<R>>;
  /** Sends bytes (a file, a stream) as the body of a streamed route. */
  upload<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType, R extends z.ZodType>(
    route: Route<P, Q, B, R>,
    input: CallInput<P, Q, B>,
    content: Uint8Array | Readable,
  ): Promise<Out<R>>;
  /** The bytes of a file route. */
  download<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType, R extends z.ZodType>(
    route: Route<P, Q, B, R>,
    input?: CallInput<P, Q, B>,
  ): Promise<Buffer>;
  /** The same, as it comes: for files that need not fit into memory. */
  stream<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType, R extends z.ZodType>(
    route: Route<P, Q, B, R>,
    input?: CallInput<P, Q, B>,
  ): Promise<Readable>;
}

/** A client for a server; `token` is an API token, the local credential, or (`cookie`) a session. */
export function createClient(options: { url: string; token?: string; cookie?: string }): Client {
  const base = options.url.replace(/\/$/, '');
  const headers: Record<string, string> = {
    'x-requested-with': 'jiaodun-cli',
    ...(options.token && { authorization: `Bearer ${options.token}` }),
    ...(options.cookie && { cookie: options.cookie }),
  };

  async function send(route: Route, input: CallInput<never, never, never>, content?: Uint8Array | Readable) {
    const json = input.body === undefined ? undefined : JSON.stringify(input.body);
    const type = content ? 'application/octet-stream' : json ? 'application/json' : undefined;
    const reply = await fetch(base + pathOf(route, input), {
      method: route.method,
      headers: { ...headers, ...(type && { 'content-type': type }), ...input.headers },
      ...(content || json ? { body: (content ?? json) as BodyInit, duplex: 'half' } : {}),
    } as RequestInit).catch((error: unknown) => tellBroken(base, error));
    if (!reply.ok) throw new ApiError(reply.status, await jsonOrNothing(reply));
    return reply;
  }

  return {
    url: base,
    call: async (route, input = {}) => bodyOf(await send(route as Route, input as never)) as never,
    upload: async (route, input, content) =>
      bodyOf(await send(route as Route, input as never, content)) as never,
    download: async (route, input = {}) =>
      Buffer.from(await (await send(route as Route, input as never)).arrayBuffer()),
    stream: async (route, input = {}) => {
      const { body } = await send(route as Route, input as never);
      return body ? readableOf(base, body) : Readable.from([]);
    },
  };
}

function pathOf(route: Route, input: CallInput<never, never, never>): string {
  const params = (input.params ?? {}) as Record<string, unknown>;
  const path = route.path.replace(/:(\w+)/g, (_mark, name: string) =>
    encodeURIComponent(String(params[name])),
  );
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries((input.query ?? {}) as Record<string, unknown>)) {
    if (value !== undefined) query.set(name, String(value));
  }
  return query.size > 0 ? `${path}?${query}` : path;
}

async function bodyOf(reply: Response): Promise<unknown> {
  if (!reply.headers.get('content-type')?.includes('json')) return undefined;
  const text = await reply.text().catch((error: unknown) => tellBroken(new URL(reply.url).origin, error));
  return JSON.parse(text);
}

/** What comes, as it comes; destroying it ends the connection, a connection that breaks is told as one. */
function readableOf(base: string, body: ReadableStream<Uint8Array>): Readable {
  const reader = body.getReader();
  return new Readable({
    read() {
      reader.read().then(
        ({ done, value }) => this.push(done ? null : value),
        (error: unknown) => this.destroy(brokenBy(base, error)),
      );
    },
    destroy(error, done) {
      const end = () => done(error);
      reader.cancel().then(end, end);
    },
  });
}

/** What undici (Node's fetch) and the socket say when the other side was there and then was not. */
const broken = ['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET', 'UND_ERR_BODY_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT'];

/** No server at all is another thing than one that ended in the middle: it may have done what was asked. */
function brokenBy(base: string, error: unknown): AppError {
  const reason = reasonOf(error);
  const code = broken.includes(reason) ? 'cli.connection_lost' : 'cli.no_server';
  return new AppError(code, { reason: `${base}: ${reason}` }, error);
}

function tellBroken(base: string, error: unknown): never {
  throw brokenBy(base, error);
}

async function jsonOrNothing(reply: Response): Promise<object> {
  const text = await reply.text();
  return reply.headers.get('content-type')?.includes('json') ? (JSON.parse(text) as object) : {};
}

function reasonOf(error: unknown): string {
  const cause = (error as { cause?: { code?: string } }).cause;
  return cause?.code ?? (error as Error).message;
}

/**
 * The server that the options name: `--server URL --token T`, or the one whose data directory is `--data DIR`
 * (default ./data), found by the files that it keeps there. Throws `cli.no_server`.
 */
export async function connect(options: { server?: string; token?: string; data?: string }): Promise<Client> {
  if (options.server)
    return createClient({ url: options.server, ...(options.token && { token: options.token }) });
  const dataDir = resolve(options.data ?? './data');
  try {
    const { url } = JSON.parse(await readFile(join(dataDir, 'server.json'), 'utf8')) as { url: string };
    const token = options.token ?? (await readFile(join(dataDir, 'cli-token'), 'utf8')).trim();
    return createClient({ url, token });
  } catch (error) {
    fail('cli.no_server', { reason: `${dataDir}: ${reasonOf(error)}` }, error);
  }
}
