/** Server-sent events: PostgreSQL NOTIFY → the browsers whose scope it concerns. */
import type { FastifyReply } from 'fastify';
import type pg from 'pg';
import type { Actor, App, Ctx } from '#base/app';
import { after, repeat } from '#base/timers';
import { refreshReader } from './store.ts';

interface Listener {
  readonly actor: Actor;
  readonly reply: FastifyReply;
}

const listeners = new Set<Listener>();
const keepAliveMs = 15_000;
const reconnectMs = 1_000;

let client: pg.PoolClient | undefined;
let endKeepAlive: (() => void) | undefined;
let closing = false;

/** Starts listening; called once in the web role. */
export async function startLiveEvents(app: App): Promise<void> {
  closing = false;
  await listen(app);
  endKeepAlive = repeat(keepAliveMs, () => {
    for (const { reply } of listeners)
      reply.raw.write(`event: time\ndata: ${app.clock.now().toISOString()}\n\n`);
  });
}

export function stopLiveEvents(): void {
  closing = true;
  endKeepAlive?.();
  for (const { reply } of listeners) reply.raw.end();
  listeners.clear();
  client?.release(true);
  client = undefined;
}

async function listen(app: App): Promise<void> {
  client = await app.appPool.connect();
  client.on('notification', (notification) => broadcast(notification.payload ?? '{}'));
  client.once('error', (error) => {
    app.log.warn({ err: error }, 'the event connection broke');
    client?.release(true);
    client = undefined;
    reconnect(app);
  });
  await client.query('LISTEN jiaodun_event');
}

function reconnect(app: App): void {
  if (closing) return;
  after(reconnectMs, () => {
    listen(app).catch((error: unknown) => {
      app.log.warn({ err: error }, 'the event connection is still broken');
      reconnect(app);
    });
  });
}

/** What the `auth` module says of a session that is over. */
const sessionEnded = 'auth.session_ended';

interface Change {
  readonly name: string;
  readonly unitPath?: string;
  readonly accountId?: string;
  readonly sessionId?: string;
  /** The reader's session has ended. */
  readonly end?: true;
}

/**
 * Cuts off every event stream of an account, in all web processes, when the transaction commits: what its session
 * allowed, it no longer does. With `sessionId`: that session's only.
 */
export async function endListenersOf(ctx: Ctx, accountId: string, sessionId?: string): Promise<void> {
  await refreshReader(ctx, { name: 'notify.end', accountId, end: true, ...(sessionId && { sessionId }) });
}

function broadcast(payload: string): void {
  const event = JSON.parse(payload) as Change;
  if (event.end || event.name === sessionEnded) {
    cutOff(event);
    return;
  }
  for (const { actor, reply } of listeners) {
    if (concerns(actor, event))
      reply.raw.write(`event: change\ndata: ${JSON.stringify({ name: event.name })}\n\n`);
  }
}

function cutOff({ accountId, sessionId }: Change): void {
  for (const listener of listeners) {
    const { actor, reply } = listener;
    const isTheirs = accountId === undefined || accountId === actor.id || accountId === actor.viewer?.id;
    const isThis = sessionId === undefined || sessionId === actor.sessionId;
    if (!isTheirs || !isThis || (accountId ?? sessionId) === undefined) continue;
    listeners.delete(listener);
    reply.raw.end();
  }
}

function concerns(actor: Actor, event: Change): boolean {
  if (event.accountId) return event.accountId === actor.id;
  const path = event.unitPath ?? '';
  return actor.scope === '*' || path === actor.scope || path.startsWith(`${actor.scope}.`);
}

/** Keeps the reply open as an event stream until the reader leaves. */
export function addListener(actor: Actor, reply: FastifyReply): FastifyReply {
  reply.hijack();
  reply.raw.writeHead(200, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    connection: 'keep-alive',
    'x-accel-buffering': 'no',
  });
  reply.raw.write('retry: 3000\n\n');
  const listener = { actor, reply };
  listeners.add(listener);
  reply.raw.once('close', () => listeners.delete(listener));
  return reply;
}
