/** JSON bodies at the door: bounded in size and depth, without keys that poison prototypes, without unknown keys. */
import { PassThrough, Readable } from 'node:stream';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Route } from '#base/contract';
import { AppError, fail } from '#base/errors';

/** The most bytes of a JSON body, when its route does not say more. */
export const jsonLimit = 1024 * 1024;
const deepest = 32;

/** How deep arrays and objects nest in a JSON text, without parsing it. */
export function depthOf(text: string): number {
  let depth = 0;
  let most = 0;
  let isText = false;
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (isText) {
      if (code === 0x5c) i += 1;
      else if (code === 0x22) isText = false;
    } else if (code === 0x22) isText = true;
    else if (code === 0x7b || code === 0x5b) {
      depth += 1;
      if (depth > most) most = depth;
    } else if (code === 0x7d || code === 0x5d) depth -= 1;
  }
  return most;
}

/** Parses JSON strictly; everything else is a stream for the route's handler. */
export function parseBodies(server: FastifyInstance): void {
  const parse = server.getDefaultJsonParser('error', 'error');
  server.removeContentTypeParser(['application/json', 'text/plain']);
  server.addContentTypeParser('application/json', { parseAs: 'string' }, (request, text, done) => {
    if (text === '') return done(null, undefined);
    if (depthOf(text as string) > deepest) {
      const summary = { zh: `JSON 嵌套超过 ${deepest} 层`, en: `JSON nested deeper than ${deepest} levels` };
      return done(new AppError('base.invalid_input', { summary }));
    }
    return parse(request, text as string, done);
  });
  // Bodies of streamed routes are read by their handler; nothing may parse or buffer them first.
  server.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
}

/** The rest of a body that nobody reads any more is thrown away for so long; then the connection is closed. */
const drainMs = 10_000;

/**
 * Lends the body of a streamed route to its handler; the returned function ends the loan. Who stops reading destroys the
 * stream: were that the request's own, the rest of the body would stay in the connection, and the next request on it wait
 * behind it until the connection times out (Chromium after a file that was refused as too large: 72 s).
 */
export function lendBody(route: Pick<Route, 'accepts'>, request: FastifyRequest): () => void {
  const { raw } = request;
  if (!(request.body instanceof Readable)) {
    if (route.accepts === 'stream') request.body = emptyOr(request.body);
    return () => undefined;
  }
  const lent = new PassThrough();
  raw.once('error', (error) => lent.destroy(error));
  // Who reads is told by its own read; without a listener an upload that breaks off before that would end the process.
  lent.on('error', () => undefined);
  raw.pipe(lent);
  request.body = lent;
  return () => {
    raw.unpipe(lent);
    lent.destroy();
    if (raw.destroyed || raw.readableEnded) return;
    const late = setTimeout(() => raw.destroy(), drainMs).unref();
    raw.once('close', () => clearTimeout(late));
    raw.resume();
  };
}

/** No body is an empty one; JSON, which was parsed already, is not the bytes that the route takes. */
function emptyOr(body: unknown): Readable {
  if (body === undefined || body === null) return Readable.from([]);
  const summary = {
    zh: '这里收的是文件的字节：请求的 Content-Type 应为 application/octet-stream',
    en: 'the bytes of a file are taken here: send them with Content-Type application/octet-stream',
  };
  fail('base.invalid_input', { part: 'body', summary });
}

/** Throws `base.not_json` when a body came that was not read as JSON: a form, text, or bytes without a type. */
export function refuseOtherThanJson(request: FastifyRequest): void {
  if (!(request.body instanceof Readable)) return;
  const type = request.headers['content-type']?.slice(0, 100) ?? '';
  fail('base.not_json', { type: { zh: type || '没有写明', en: type || 'not given' } });
}

/**
 * Where a text (or a key) stands that PostgreSQL cannot keep: with NUL, or with half a surrogate pair, which JSON may
 * name (RFC 8259 §8.2) and `jsonb` refuses; or where a value nests deeper than any body may. Undefined: nowhere.
 */
export function unstorableAt(value: unknown, path = '', depth = 0): string | undefined {
  if (typeof value === 'string') return value.includes('\0') || !value.isWellFormed() ? path : undefined;
  if (typeof value !== 'object' || value === null) return undefined;
  if (depth > deepest) return path;
  for (const [key, one] of Object.entries(value)) {
    if (unstorableAt(key) !== undefined) return path;
    const found = unstorableAt(one, path === '' ? key : `${path}.${key}`, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

const strict = new WeakMap<z.ZodType, z.ZodType>();

/**
 * A schema of a contract that refuses keys which it does not name: a misspelt field or filter is told (unheard it would
 * show everything), and a field that only the server may set cannot be smuggled in.
 */
export function strictOf(schema: z.ZodType | undefined): z.ZodType | undefined {
  if (!schema) return undefined;
  const known = strict.get(schema) ?? strictly(schema);
  strict.set(schema, known);
  return known;
}

function strictly(body: z.ZodType): z.ZodType {
  if (body instanceof z.ZodObject) return body.strict();
  if (body instanceof z.ZodDiscriminatedUnion) {
    const options = body.options.map((one) => strictly(one as z.ZodType));
    return z.discriminatedUnion(body.def.discriminator, options as never);
  }
  return body;
}
