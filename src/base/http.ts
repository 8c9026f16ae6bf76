/** Contract routes on Fastify: Zod in, Zod out, one transaction per request, errors told in both languages. */
import cookie from '@fastify/cookie';
import fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify';
import type { z } from 'zod';
import type { Actor, App, Ctx } from '#base/app';
import type { Route } from '#base/contract';
import { sqlState } from '#base/db';
import { AppError, fail } from '#base/errors';
import { newId } from '#base/id';

type Out<T> = T extends z.ZodType ? z.output<T> : undefined;

export interface Input<P, Q, B> {
  readonly params: Out<P>;
  readonly query: Out<Q>;
  readonly body: Out<B>;
}

/** What a handler gives back: the reply's input; a route without a JSON reply gives text, bytes or nothing. */
type Answer<R> = R extends z.ZodUndefined
  ? string | Uint8Array | undefined
  : R extends z.ZodType
    ? z.input<R>
    : never;

/** A route with the code that answers it. */
export interface Handler {
  readonly route: Route;
  readonly run?: (ctx: Ctx, input: Input<never, never, never>, exchange: Exchange) => Promise<unknown>;
  readonly raw?: (
    app: App,
    actor: Actor,
    input: Input<never, never, never>,
    exchange: Exchange,
  ) => Promise<unknown>;
}

export interface Exchange {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

/** Answers a route inside one transaction as the caller. */
export function handle<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType, R extends z.ZodType>(
  route: Route<P, Q, B, R>,
  run: (ctx: Ctx, input: Input<P, Q, B>, exchange: Exchange) => Promise<Answer<R>>,
): Handler {
  return { route, run } as unknown as Handler;
}

/** Answers a route without a transaction of its own: uploads, downloads, event streams. */
export function handleRaw<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType, R extends z.ZodType>(
  route: Route<P, Q, B, R>,
  raw: (
    app: App,
    actor: Actor,
    input: Input<P, Q, B>,
    exchange: Exchange,
  ) => Promise<z.input<R> | FastifyReply>,
): Handler {
  return { route, raw } as unknown as Handler;
}

/** Finds out who calls. The `auth` module gives it; `null` is nobody. */
export type Authenticate = (app: App, request: FastifyRequest) => Promise<Actor | null>;

const nobody: Actor = {
  kind: 'system',
  id: 'anonymous',
  name: 'anonymous',
  unitId: null,
  unitPath: '',
  scope: '',
  permissions: new Set(),
};

/** Builds the server from the modules' routes. It does not listen yet. */
export function buildServer(app: App, authenticate: Authenticate): FastifyInstance {
  const server = fastify({
    loggerInstance: app.log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: 64 * 1024 * 1024,
    trustProxy: app.config.tlsProxy,
    genReqId: () => newId(),
  });
  server.register(cookie);
  // The countdown on every page runs by the server's clock, not by the reader's.
  server.addHook('onSend', async (_request, reply) => {
    reply.header('x-server-time', app.clock.now().getTime());
  });
  // Bodies of streamed routes are read by their handler; nothing may parse or buffer them first.
  server.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
  server.setErrorHandler((error, request, reply) => sendError(app, error, request, reply));
  for (const handler of app.modules.flatMap((module) => module.routes ?? [])) {
    mount(app, server, handler, authenticate);
  }
  return server;
}

function mount(app: App, server: FastifyInstance, handler: Handler, authenticate: Authenticate): void {
  const { route } = handler;
  server.route({
    method: route.method,
    url: route.path,
    handler: async (request, reply) => {
      if (route.method !== 'GET' && !route.fromServers) refuseForgery(request);
      const actor = await admit(app, route, request, authenticate);
      const input = readInput(route, request) as Input<never, never, never>;
      const exchange = { request, reply };
      const result = handler.run
        ? await app.run(actor, (ctx) => handler.run!(ctx, input, exchange))
        : await handler.raw!(app, actor, input, exchange);
      if (reply.sent || result === reply) return reply;
      return route.reply && !(route.produces && route.produces !== 'json')
        ? route.reply.parse(result)
        : result;
    },
  });
}

/** A form of another site can send cookies but not this header (Fetch standard, CORS-safelisted headers). */
function refuseForgery(request: FastifyRequest): void {
  if (!request.headers['x-requested-with'] && !request.headers.authorization) fail('base.csrf');
}

async function admit(
  app: App,
  route: Route,
  request: FastifyRequest,
  authenticate: Authenticate,
): Promise<Actor> {
  const actor = await authenticate(app, request);
  if (route.access === 'public') return actor ?? nobody;
  if (!actor) fail('base.unauthenticated');
  if (route.access !== 'signed-in' && !actor.permissions.has(route.access)) {
    fail('base.forbidden', { permission: route.access });
  }
  return actor;
}

function readInput(route: Route, request: FastifyRequest): Input<unknown, unknown, unknown> {
  const body =
    route.accepts && route.accepts !== 'json' ? undefined : parsePart('body', route.body, request.body);
  return {
    params: parsePart('params', route.params, request.params),
    query: parsePart('query', route.query, request.query),
    body,
  } as Input<unknown, unknown, unknown>;
}

function parsePart(part: string, schema: z.ZodType | undefined, value: unknown): unknown {
  if (!schema) return undefined;
  const result = schema.safeParse(value ?? {});
  if (result.success) return result.data;
  const issues = result.error.issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message }));
  const summary = issues.map(({ path, message }) => `${path || part}: ${message}`).join('; ');
  fail('base.invalid_input', { part, summary, issues });
}

function sendError(app: App, error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const known = toAppError(error);
  if (known) {
    return reply
      .status(known.status)
      .send({ code: known.code, message: known.messages(), details: known.details });
  }
  const bug = new AppError('base.bug', { incident: request.id });
  app.log.error(
    { err: error, request: request.id, method: request.method, url: request.routeOptions.url },
    'bug',
  );
  return reply.status(500).send({ code: bug.code, message: bug.messages(), details: bug.details });
}

function toAppError(error: unknown): AppError | undefined {
  if (error instanceof AppError) return error;
  const status = (error as { statusCode?: number }).statusCode;
  if (status === 413) return new AppError('base.too_large', { limit: '64 MiB' });
  if (status !== undefined && status < 500) {
    return new AppError('base.invalid_input', { summary: (error as Error).message });
  }
  if (sqlState(error) === '42501')
    return new AppError('base.forbidden', { permission: 'row-level security' });
  if (sqlState(error)?.startsWith('08') || sqlState(error)?.startsWith('57P')) {
    return new AppError('base.unavailable', { what: 'PostgreSQL' });
  }
  return undefined;
}
