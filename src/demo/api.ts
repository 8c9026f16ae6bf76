/** The demonstration's way in: the public HTTP API, as a signed-in person uses it. */
import type { z } from 'zod';
import { signIn } from '#auth/contract';
import type { Route } from '#base/contract';

type In<T> = T extends z.ZodUndefined ? undefined : T extends z.ZodType ? z.input<T> : undefined;
type Out<T> = T extends z.ZodUndefined ? undefined : T extends z.ZodType ? z.output<T> : undefined;

export interface CallInput<P, Q, B> {
  readonly params?: In<P>;
  readonly query?: In<Q>;
  readonly body?: In<B>;
  /** The bytes of a route that accepts a stream. */
  readonly bytes?: Uint8Array | ReadableStream<Uint8Array>;
}

export interface Session {
  call<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType, R extends z.ZodType>(
    route: Route<P, Q, B, R>,
    input?: CallInput<P, Q, B>,
  ): Promise<Out<R>>;
}

/** The server answered with an error of its own: `code` as in its reference of errors. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** The server could not be asked now (starting, restarting, its database away); asking again may help. */
export class ApiUnavailableError extends Error {}

export interface Api {
  readonly anonymous: Session;
  /** Signs in; the session keeps the cookie. Throws ApiError `auth.bad_credentials`. */
  signInAs(username: string, password: string): Promise<Session>;
}

/** An API at `serverUrl`. No call outlives `signal`. */
export function createApi(serverUrl: string, signal: AbortSignal): Api {
  const session = (cookie: string): Session => ({
    call: async (route, input) => {
      const response = await request(serverUrl, route, input ?? {}, cookie, signal);
      const text = await response.text();
      return (route.reply && text !== '' ? route.reply.parse(JSON.parse(text)) : undefined) as never;
    },
  });
  return {
    anonymous: session(''),
    signInAs: async (username, password) => {
      const response = await request(serverUrl, signIn, { body: { username, password } }, '', signal);
      await response.body?.cancel();
      const cookies = response.headers.getSetCookie().map((line) => line.split(';')[0]!);
      if (cookies.length === 0) throw new Error('the server signed in without a session cookie');
      return session(cookies.join('; '));
    },
  };
}

interface LooseInput {
  readonly params?: unknown;
  readonly query?: unknown;
  readonly body?: unknown;
  readonly bytes?: Uint8Array | ReadableStream<Uint8Array>;
}

async function request(
  serverUrl: string,
  route: Route,
  input: LooseInput,
  cookie: string,
  signal: AbortSignal,
): Promise<Response> {
  const headers: Record<string, string> = { 'x-requested-with': 'jiaodun-demo' };
  if (cookie) headers.cookie = cookie;
  const init: RequestInit & { duplex?: 'half' } = { method: route.method, headers, signal };
  if (input.bytes !== undefined) {
    headers['content-type'] = 'application/octet-stream';
    init.body = input.bytes as BodyInit;
    init.duplex = 'half';
  } else if (input.body !== undefined) {
    headers['content-type'] = 'application/json';
    init.body = JSON.stringify(input.body);
  }
  let response: Response;
  try {
    response = await fetch(addressOf(serverUrl, route, input), init);
  } catch (error) {
    signal.throwIfAborted();
    const reason = String((error as Error).cause ?? error);
    throw new ApiUnavailableError(`${route.method} ${route.path}: no answer (${reason})`, { cause: error });
  }
  if (response.ok) return response;
  throw await failureOf(route, response);
}

function addressOf(serverUrl: string, route: Route, input: LooseInput): URL {
  const params = (input.params ?? {}) as Record<string, unknown>;
  const path = route.path.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(String(params[name])));
  const url = new URL(path, serverUrl);
  for (const [name, value] of Object.entries((input.query ?? {}) as Record<string, unknown>)) {
    if (value !== undefined) url.searchParams.set(name, String(value));
  }
  return url;
}

async function failureOf(route: Route, response: Response): Promise<Error> {
  const text = await response.text();
  const where = `${route.method} ${route.path}`;
  let told: { code?: unknown; message?: unknown } = {};
  try {
    told = JSON.parse(text) as typeof told;
  } catch {
    // Not an answer of ours (a proxy's page, a cut reply): its text is the message below.
    told = {};
  }
  const code = typeof told.code === 'string' ? told.code : `http.${response.status}`;
  const message = `${where}: ${response.status} ${code} ${told.message ? JSON.stringify(told.message) : text.slice(0, 300)}`;
  // Also 500: a database that is restarting can look like a bug for a moment.
  if (response.status >= 500) return new ApiUnavailableError(message);
  return new ApiError(response.status, code, message);
}

/** Every item of a list, page by page. */
export async function readAll<T>(
  read: (page: number, pageSize: number) => Promise<{ items: T[]; total: number }>,
): Promise<T[]> {
  const items: T[] = [];
  for (let page = 1; ; page++) {
    const part = await read(page, 500);
    items.push(...part.items);
    if (part.items.length === 0 || items.length >= part.total) return items;
  }
}
