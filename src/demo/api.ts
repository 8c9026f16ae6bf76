/** The demonstration's way in: the public HTTP API through the product's own client, as a signed-in person. */
import type { Readable } from 'node:stream';
import type { z } from 'zod';
import { signIn } from '#auth/contract';
import type { Route } from '#base/contract';
import { AppError } from '#base/errors';
import { ApiError, type CallInput, type Client, createClient } from '../cli/client.ts';

/** The server could not be asked now (starting, restarting, its database away); asking again may help. */
export class ApiUnavailableError extends Error {}

export interface Session {
  call: Client['call'];
  upload: Client['upload'];
}

export interface Api {
  readonly anonymous: Session;
  /** Signs in, once a name: the session keeps the cookie. Throws ApiError `auth.bad_credentials`. */
  signInAs(username: string, password: string): Promise<Session>;
}

/** An API at `serverUrl`. A call under way when `signal` is aborted rejects with the signal's reason. */
export function createApi(serverUrl: string, signal: AbortSignal): Api {
  const session = (cookie?: string): Session => {
    const client = createClient({ url: serverUrl, ...(cookie && { cookie }) });
    return {
      call: <P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType, R extends z.ZodType>(
        route: Route<P, Q, B, R>,
        input?: CallInput<P, Q, B>,
      ) => guard(() => client.call(route, input), route.path, signal),
      upload: <P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType, R extends z.ZodType>(
        route: Route<P, Q, B, R>,
        input: CallInput<P, Q, B>,
        content: Uint8Array | Readable,
      ) => guard(() => client.upload(route, input, content), route.path, signal),
    };
  };
  const open = new Map<string, Session>();
  return {
    anonymous: session(),
    signInAs: async (username, password) => {
      const known = open.get(username);
      if (known) return known;
      const cookie = await guard(
        () => openSession(serverUrl, username, password, signal),
        signIn.path,
        signal,
      );
      const fresh = session(cookie);
      open.set(username, fresh);
      return fresh;
    },
  };
}

/** Tells "not now" from "no": what the server refuses stays an ApiError. */
async function guard<T>(ask: () => Promise<T>, path: string, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  let stop = (): void => undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    stop = () => reject(signal.reason as Error);
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([ask(), aborted]);
  } catch (error) {
    signal.throwIfAborted();
    const away = error instanceof AppError && error.code === 'cli.no_server';
    // Also 500: a database that is restarting can look like a bug for a moment.
    const failing = error instanceof ApiError && error.status >= 500;
    if (away || failing) throw new ApiUnavailableError(`${path}: ${error.message}`, { cause: error });
    throw error;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** The product's client gives no headers back, and the session is in one: this call is made by hand. */
async function openSession(
  serverUrl: string,
  username: string,
  password: string,
  signal: AbortSignal,
): Promise<string> {
  let response: Response;
  try {
    response = await fetch(new URL(signIn.path, serverUrl), {
      method: signIn.method,
      headers: { 'content-type': 'application/json', 'x-requested-with': 'jiaodun-demo' },
      body: JSON.stringify({ username, password }),
      signal,
    });
  } catch (error) {
    signal.throwIfAborted();
    const reason = String((error as Error).cause ?? error);
    throw new ApiUnavailableError(`${signIn.path}: ${reason}`, { cause: error });
  }
  const text = await response.text();
  if (!response.ok) throw new ApiError(response.status, readFailure(text));
  const cookies = response.headers.getSetCookie().map((line) => line.split(';')[0]!);
  if (cookies.length === 0) throw new Error('the server signed in without a session cookie');
  return cookies.join('; ');
}

/** The error that the server wrote, or nothing of it when something else answered (a proxy's page). */
function readFailure(text: string): object {
  try {
    const told: unknown = JSON.parse(text);
    return typeof told === 'object' && told !== null ? told : {};
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return {};
  }
}

/** Every item of a list, page by page. */
export async function readAll<T>(
  read: (page: number, pageSize: number) => Promise<{ items: T[] }>,
): Promise<T[]> {
  const items: T[] = [];
  for (let page = 1; ; page++) {
    const part = await read(page, 500);
    items.push(...part.items);
    if (part.items.length === 0) return items;
  }
}
