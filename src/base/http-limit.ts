/**
 * How often one address or one account may call (`base.too_many`, with `retry-after`). Counted in each web
 * process: two of them allow twice as much. Schools share one exit address with their bureau, so the bounds of
 * an address are wide, and the narrow ones are an account's.
 */
import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Actor, App } from '#base/app';
import type { Route, RouteLimit } from '#base/contract';
import { fail } from '#base/errors';

type Check = ReturnType<FastifyInstance['createRateLimit']>;

export interface Limits {
  /** Before anything is looked up: what one address may send, with or without an account. */
  beforeAll(request: FastifyRequest, reply: FastifyReply): Promise<void>;
  /** When it is known who calls. */
  ofActor(route: Route, actor: Actor | null, request: FastifyRequest, reply: FastifyReply): Promise<void>;
}

const minute = 60_000;
const callers = new WeakMap<FastifyRequest, string>();

/** Prepares the limits of a server. `requestsPerMinute` 0 switches all of them off. */
export function limitRequests(app: App, server: FastifyInstance): Limits {
  const most = app.config.requestsPerMinute;
  if (most === 0) return { beforeAll: async () => undefined, ofActor: async () => undefined };
  server.register(rateLimit, { global: false });
  const address = lazily(() =>
    server.createRateLimit({ max: most * 10, timeWindow: minute, keyGenerator: (request) => request.ip }),
  );
  const caller = lazily(() =>
    server.createRateLimit({
      max: most,
      timeWindow: minute,
      keyGenerator: (request) => callers.get(request) ?? request.ip,
    }),
  );
  const own = new Map<RouteLimit, Check>();
  const ofRoute = (limit: RouteLimit) => {
    const known = own.get(limit) ?? server.createRateLimit(boundsOf(limit));
    own.set(limit, known);
    return known;
  };
  return {
    beforeAll: (request, reply) => demand(address(), request, reply),
    ofActor: async (route, actor, request, reply) => {
      if (actor) callers.set(request, actor.viewer?.id ?? actor.id);
      if (route.limit) await demand(ofRoute(route.limit), request, reply);
      await demand(caller(), request, reply);
    },
  };
}

function boundsOf({ calls, minutes, of }: RouteLimit) {
  return {
    max: calls,
    timeWindow: minutes * minute,
    keyGenerator: (request: FastifyRequest) =>
      of === 'actor' ? (callers.get(request) ?? request.ip) : request.ip,
  };
}

async function demand(check: Check, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const result = await check(request);
  if (result.isAllowed || !result.isExceeded) return;
  reply.header('retry-after', result.ttlInSeconds);
  fail('base.too_many', { seconds: result.ttlInSeconds });
}

/** The plugin is there only when the server is ready: what it makes is made at the first use. */
function lazily<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
