/** Contract routes on Fastify: Zod in, Zod out, one transaction per request, errors told in both languages. */
import type { SecureContextOptions } from 'node:tls';
import cookie from '@fastify/cookie';
import fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type FastifyServerOptions,
  LogController,
} from 'fastify';
import type { z } from 'zod';
import type { Actor, App, Ctx } from '#base/app';
import type { Route } from '#base/contract';
import { fail } from '#base/errors';
import {
  jsonLimit,
  lendBody,
  parseBodies,
  refuseOtherThanJson,
  strictOf,
  unstorableAt,
} from '#base/http-body';
import { actors, answerFrameworkErrors, sendError } from '#base/http-errors';
import { hostGuard, refuseForgery, refuseViewer } from '#base/http-guard';
import { secureReply } from '#base/http-headers';
import { checkInput } from '#base/http-issues';
import { type Limits, limitRequests } from '#base/http-limit';
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
export function buildServer(
  app: App,
  authenticate: Authenticate,
  options: { readonly tls?: SecureContextOptions } = {},
): FastifyInstance {
  const { tlsProxy, trustedProxies } = app.config;
  const server = fastify({
    loggerInstance: app.log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: jsonLimit,
    // X-Forwarded-* of anybody else is a claim of the caller about itself.
    trustProxy: trustedProxies.length > 0 ? trustedProxies : tlsProxy ? 'loopback' : false,
    genReqId: () => newId(),
    frameworkErrors: answerFrameworkErrors(app),
    ...(options.tls && { https: { ...options.tls, minVersion: 'TLSv1.2' } }),
  } as FastifyServerOptions) as FastifyInstance;
  server.register(cookie);
  const limits = limitRequests(app, server);
  const demandHost = hostGuard(app.config);
  server.addHook('onRequest', async (request, reply) => {
    demandHost(request);
    await limits.beforeAll(request, reply);
  });
  server.addHook('onSend', async (request, reply) => secureReply(app, request, reply));
  parseBodies(server);
  server.setErrorHandler((error, request, reply) => sendError(app, error, request, reply));
  server.setNotFoundHandler((request) =>
    fail('base.not_found', { what: `${request.method} ${request.url.split('?')[0]!.slice(0, 200)}` }),
  );
  const handlers = app.modules.flatMap((module) => module.routes ?? []);
  const narrow = new Set(handlers.flatMap(({ route }) => route.forMachines ?? []));
  for (const handler of handlers) mount(app, server, handler, { authenticate, limits, narrow });
  return server;
}

interface Door {
  readonly authenticate: Authenticate;
  readonly limits: Limits;
  /** Permissions that open nothing but their own routes. */
  readonly narrow: ReadonlySet<string>;
}

function mount(app: App, server: FastifyInstance, handler: Handler, door: Door): void {
  const { route } = handler;
  server.route({
    method: route.method,
    url: route.path,
    ...(route.maxBytes && { bodyLimit: route.maxBytes }),
    handler: async (request, reply) => {
      refuseForgery(route, request);
      const actor = await admit(app, route, door, { request, reply });
      const input = readInput(route, request) as Input<never, never, never>;
      const exchange = { request, reply };
      const result = handler.run
        ? await app.run(actor, (ctx) => handler.run!(ctx, input, exchange))
        : await answerRaw(app, actor, handler, { input, exchange });
      if (reply.sent || result === reply) return reply;
      if (route.reply && route.produces !== 'file') return route.reply.parse(result);
      return result;
    },
  });
}

async function answerRaw(
  app: App,
  actor: Actor,
  { route, raw }: Handler,
  { input, exchange }: { input: Input<never, never, never>; exchange: Exchange },
): Promise<unknown> {
  const release = lendBody(route, exchange.request);
  try {
    return await raw!(app, actor, input, exchange);
  } finally {
    release();
  }
}

async function admit(app: App, route: Route, door: Door, { request, reply }: Exchange): Promise<Actor> {
  const actor = await door.authenticate(app, request);
  if (actor) actors.set(request, actor);
  await door.limits.ofActor(route, actor, request, reply);
  if (route.access === 'public') {
    if (actor) refuseViewer(route, actor);
    return actor ?? nobody;
  }
  if (!actor) fail('base.unauthenticated');
  refuseViewer(route, actor);
  refuseMachine(route, actor, door.narrow);
  if (route.access === 'session') return actor;
  if (actor.limited) fail(actor.limited);
  if (route.access === 'signed-in') return actor;
  if (!actor.permissions.has(route.access)) fail('base.forbidden', { permission: route.access });
  const lender = actor.delegated?.get(route.access);
  return lender ? { ...actor, name: `${actor.name}（代 ${lender.name}）`, onBehalfOf: lender } : actor;
}

/** What everybody signed in may do, a machine may as far as its token says. */
function refuseMachine(route: Route, actor: Actor, narrow: ReadonlySet<string>): void {
  if (actor.kind !== 'machine' || !['signed-in', 'session'].includes(route.access)) return;
  const { forMachines } = route;
  if (forMachines !== undefined) {
    if (!actor.permissions.has(forMachines)) fail('base.forbidden', { permission: forMachines });
  } else if (actor.permissions.size > 0 && [...actor.permissions].every((one) => narrow.has(one))) {
    fail('base.narrow_token', { permissions: [...actor.permissions].join('、') });
  }
}

function readInput(route: Route, request: FastifyRequest): Input<unknown, unknown, unknown> {
  const isJson = !route.accepts || route.accepts === 'json';
  if (isJson && route.body) refuseOtherThanJson(request);
  const body = isJson ? parsePart('body', strictOf(route.body), request.body) : undefined;
  return {
    params: parsePart('params', route.params, request.params),
    query: parsePart('query', strictOf(route.query), request.query),
    body,
  } as Input<unknown, unknown, unknown>;
}

function parsePart(part: string, schema: z.ZodType | undefined, value: unknown): unknown {
  if (!schema) return undefined;
  const path = unstorableAt(value);
  if (path !== undefined) {
    const zh = '含有无法保存的字符（NUL 或半个字符）';
    const en = 'has a character that cannot be kept (NUL or half a one)';
    const summary = { zh: `${path || part}：${zh}`, en: `${path || part}: ${en}` };
    fail('base.invalid_input', { part, summary, issues: [{ path, message: `${zh} / ${en}` }] });
  }
  const checked = checkInput(part, schema, value ?? {});
  if ('data' in checked) return checked.data;
  fail('base.invalid_input', { part, ...checked });
}
