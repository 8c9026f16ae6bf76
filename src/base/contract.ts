/**
 * What a module's `contract.ts` is written with. No I/O: the server, the web UI and the CLI all import it.
 *
 * A route is a value. `base/http` turns it into a Fastify route, `docs/reference/openapi.json` is printed
 * from it, and `call(route, input)` in the web UI and the CLI is typed by it.
 */
import type { z } from 'zod';

export type HttpMethod = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** Who may call a route: a permission's key, any signed-in actor, or anyone. */
export type Access = string | 'signed-in' | 'public';

/** A route as data. `params`, `query` and `body` are Zod objects; `reply` is the JSON body of a 200. */
export interface Route<
  P extends z.ZodType = z.ZodType,
  Q extends z.ZodType = z.ZodType,
  B extends z.ZodType = z.ZodType,
  R extends z.ZodType = z.ZodType,
> {
  readonly method: HttpMethod;
  /** Fastify path, e.g. `/api/sites/:id`. */
  readonly path: string;
  /** One English sentence; it becomes the OpenAPI summary. */
  readonly summary: string;
  readonly access: Access;
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
  readonly reply?: R;
  /** `stream`: the body is read as bytes and not parsed. `file`: the reply is bytes, not JSON. */
  readonly accepts?: 'json' | 'stream' | 'multipart';
  readonly produces?: 'json' | 'file' | 'events';
}

/** Declares a route. It only returns its argument, with the types kept. */
export function route<
  P extends z.ZodType = z.ZodUndefined,
  Q extends z.ZodType = z.ZodUndefined,
  B extends z.ZodType = z.ZodUndefined,
  R extends z.ZodType = z.ZodUndefined,
>(definition: Route<P, Q, B, R>): Route<P, Q, B, R> {
  return definition;
}

/** A domain event: emitted in the transaction that causes it, delivered at least once to every subscriber. */
export interface EventType<T extends z.ZodType = z.ZodType> {
  readonly name: string;
  readonly payload: T;
}

export function event<T extends z.ZodType>(name: string, payload: T): EventType<T> {
  return { name, payload };
}

/** An error code of a module, its HTTP status and its two messages; `{name}` marks are filled from details. */
export interface ErrorCode {
  readonly status: number;
  readonly zh: string;
  readonly en: string;
}

/** A permission that a role may hold, with the words that the UI shows when it is missing. */
export interface Permission {
  readonly zh: string;
  readonly en: string;
}
