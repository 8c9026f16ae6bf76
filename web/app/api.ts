import type { z } from 'zod';
import type { Route } from '#base/contract';
import { ApiError, readErrorBody, unreachable } from './api-error.ts';
import { isNobodyThere } from './idle.ts';
import { learnServerTime } from './server-clock.ts';
import { requestSignIn } from './sign-in-gate.ts';
import { type ProofKind, requestProof } from './step-up-gate.ts';

type Part<Name extends string, T> = T extends z.ZodUndefined
  ? object
  : T extends z.ZodType
    ? object extends z.input<T>
      ? { [K in Name]?: z.input<T> }
      : { [K in Name]: z.input<T> }
    : object;

/** What a route is called with: its `params`, `query` and `body`, each only when the contract has it. */
export type RouteInput<R> =
  R extends Route<infer P, infer Q, infer B, infer _Reply>
    ? Part<'params', P> & Part<'query', Q> & Part<'body', B>
    : never;

/** What a route replies. */
export type RouteReply<R> =
  R extends Route<infer _P, infer _Q, infer _B, infer Reply> ? z.output<Reply> : never;

interface LooseInput {
  readonly params?: unknown;
  readonly query?: unknown;
  readonly body?: unknown;
}

/** Settings of one request. `quietSignIn`: an expired session is an error instead of a sign-in dialog. */
export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  readonly quietSignIn?: boolean;
}

/**
 * Calls a contract route. Throws ApiError with the server's code and words. When the session has expired the
 * sign-in dialog opens over the page, and the request is sent again after it: nothing that was typed is lost.
 */
export async function call<R extends Route>(
  target: R,
  input: RouteInput<R>,
  options: CallOptions = {},
): Promise<RouteReply<R>> {
  const response = await send(target, input as LooseInput, options);
  if (response.status === 204) return undefined as RouteReply<R>;
  const body = await readJson(response);
  return body as RouteReply<R>;
}

/** Calls a route that answers with bytes, and hands them to the browser as a file to keep. */
export async function download<R extends Route>(
  target: R,
  input: RouteInput<R>,
  fallbackName: string,
): Promise<void> {
  const response = await send(target, input as LooseInput, {});
  saveBlob(await response.blob(), fileNameOf(response.headers, fallbackName));
}

/** Sends a file as the raw body of a `stream` route, or as the part `file` of a `multipart` one. */
export async function upload<R extends Route>(
  target: R,
  input: RouteInput<R>,
  file: File,
): Promise<RouteReply<R>> {
  const response = await send(target, { ...(input as LooseInput), body: file }, {});
  return (await readJson(response)) as RouteReply<R>;
}

/** Offers `blob` as a download named `name`. */
export function saveBlob(blob: Blob, name: string): void {
  const address = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

async function send(target: Route, input: LooseInput, options: CallOptions): Promise<Response> {
  const again = async () => accept(await attempt(target, input, options.signal));
  try {
    return await again();
  } catch (error) {
    if (!(error instanceof ApiError) || options.quietSignIn === true) throw error;
    if (error.code === 'auth.factor_needed') {
      const { kinds } = error.details;
      await requestProof(Array.isArray(kinds) ? (kinds as ProofKind[]) : null);
      return again();
    }
    if (error.code !== 'base.unauthenticated') throw error;
  }
  // Another request may have changed the session's secret while this one was under way.
  if (!(await isStillIn())) await requestSignIn();
  return again();
}

async function isStillIn(): Promise<boolean> {
  const response = await attempt({ method: 'GET', path: '/api/session' } as Route, {});
  const body = response.ok ? parseJson(await response.text()) : undefined;
  return Boolean((body as { user?: unknown } | undefined)?.user);
}

async function accept(response: Response): Promise<Response> {
  if (response.ok) return response;
  const text = await response.text();
  throw readErrorBody(response.status, parseJson(text));
}

async function attempt(target: Route, input: LooseInput, signal?: AbortSignal): Promise<Response> {
  const sentAt = Date.now();
  try {
    const response = await fetch(addressOf(target, input), {
      method: target.method,
      credentials: 'same-origin',
      headers: headersFor(target, input.body),
      body: bodyOf(target, input.body),
      ...(signal ? { signal } : {}),
    });
    learnServerTime(response.headers, sentAt, Date.now());
    return response;
  } catch (error) {
    if (signal?.aborted) throw error;
    throw unreachable();
  }
}

/** The address of a call: parameters filled into the path, the query appended; empty values are left out. */
export function addressOf(target: Pick<Route, 'path'>, input: LooseInput): string {
  const params = (input.params ?? {}) as Record<string, unknown>;
  const path = target.path.replace(/:(\w+)/g, (_mark, name: string) => {
    if (params[name] === undefined) throw new Error(`${target.path} needs the parameter ${name}`);
    return encodeURIComponent(String(params[name]));
  });
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries((input.query ?? {}) as Record<string, unknown>)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== undefined && one !== null && one !== '') search.append(name, textOf(one));
    }
  }
  const query = search.toString();
  return query === '' ? path : `${path}?${query}`;
}

function textOf(value: unknown): string {
  if (value instanceof Date) return value.toISOString();
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function headersFor(target: Route, body: unknown): Record<string, string> {
  const headers: Record<string, string> = { accept: 'application/json' };
  if (target.method !== 'GET') headers['x-requested-with'] = 'jiaodun';
  else if (isNobodyThere()) headers['x-background'] = '1';
  if (body === undefined || target.accepts === 'multipart') return headers;
  headers['content-type'] = target.accepts === 'stream' ? 'application/octet-stream' : 'application/json';
  return headers;
}

function bodyOf(target: Route, body: unknown): BodyInit | null {
  if (body === undefined) return null;
  if (target.accepts === 'stream') return body as BodyInit;
  if (target.accepts !== 'multipart') return JSON.stringify(body);
  const form = new FormData();
  form.append('file', body as Blob);
  return form;
}

async function readJson(response: Response): Promise<unknown> {
  const text = await response.text();
  if (text === '') return undefined;
  const body = parseJson(text);
  if (body === undefined) throw readErrorBody(response.status, undefined);
  return body;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON: the caller turns `undefined` into an error that says so.
    return undefined;
  }
}

/** The file name of a `content-disposition`, RFC 6266: `filename*` (UTF-8) before `filename`. */
export function fileNameOf(headers: Headers, fallback: string): string {
  const header = headers.get('content-disposition') ?? '';
  const extended = /filename\*=UTF-8''([^;]+)/i.exec(header)?.[1];
  if (extended !== undefined) return decodeURIComponent(extended);
  return /filename="?([^";]+)"?/i.exec(header)?.[1] ?? fallback;
}
