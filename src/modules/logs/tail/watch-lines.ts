/** The web's side of the live tail. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { recordAudit } from '#audit';
import { authenticate } from '#auth';
import type { Actor, App } from '#base/app';
import { fail } from '#base/errors';
import { newId } from '#base/id';
import { repeat } from '#base/timers';
import type { TailLine } from '../contract.ts';
import { decodeBytes } from '../decoders/text.ts';
import { type FindNames, maskNames, nameFinder } from '../names-in-line.ts';
import { pseudonymsOf } from '../pseudonyms.ts';
import { readableSources } from '../search/build-filter.ts';
import { type GivenReading, requireReading } from '../search/reading.ts';
import { openStream } from '../search/stream-search.ts';
import { tellWant } from '../store/tail-notes.ts';
import { ChannelListener } from './listen.ts';
import { type LineBatch, lineBatch, lineChannel } from './wants.ts';

const longestMs = 15 * 60_000;
const renewMs = 5_000;
const wantMs = 15_000;
const ofOnePerson = 2;
const ofAll = 20;
/** What one browser gets at most, in lines of one second. */
const linesPerSecond = 60;

interface TailQuery extends GivenReading {
  readonly source?: string | undefined;
  readonly unit?: string | undefined;
  readonly text?: string | undefined;
}

interface WatchedSource {
  readonly name: string;
  readonly find: FindNames;
}

interface Tail {
  readonly id: string;
  readonly actor: Actor;
  readonly text: string;
  readonly send: (event: string, data: unknown) => void;
  sources: ReadonlyMap<number, WatchedSource>;
  sent: number;
  skipped: number;
  shown: number;
}

const tails = new Map<string, Tail>();
let listener: ChannelListener | null = null;

/**
 * Shows lines as they arrive, until the reader leaves, the time is over, or the session has ended. What the reader may
 * see is asked of the database again every few seconds. Audited when it begins and when it ends.
 */
export async function watchLines(
  app: App,
  actor: Actor,
  query: TailQuery,
  { request, reply }: { request: FastifyRequest; reply: FastifyReply },
): Promise<FastifyReply> {
  const own = [...tails.values()].filter((one) => one.actor.id === actor.id).length;
  if (own >= ofOnePerson || tails.size >= ofAll) fail('logs.too_many_tails');
  const sources = await app.run(actor, async (ctx) => {
    const found = await readableSources(ctx, query);
    const reading = await requireReading(ctx, query, found.values());
    const { source, unit, text } = query;
    await recordAudit(ctx, {
      action: 'logs.tail',
      subject: 'logs',
      after: { query: { source, unit, text }, ...reading },
    });
    return found.size;
  });
  if (listener === null) {
    listener = new ChannelListener(app, lineChannel, (payload) =>
      share(lineBatch.parse(JSON.parse(payload))),
    );
    await listener.start();
  }
  const tail: Tail = {
    id: newId(),
    actor,
    text: (query.text ?? '').toLowerCase(),
    send: openStream(reply),
    sources: new Map(),
    sent: 0,
    skipped: 0,
    shown: 0,
  };
  tails.set(tail.id, tail);
  tail.send('open', { sources });
  await run(app, tail, query, { request, reply });
  return reply;
}

async function run(
  app: App,
  tail: Tail,
  query: TailQuery,
  { request, reply }: { request: FastifyRequest; reply: FastifyReply },
): Promise<void> {
  const until = app.clock.now().getTime() + longestMs;
  const end = (reason: 'time' | 'ended') => {
    tail.send('end', { reason });
    reply.raw.end();
  };
  const renew = async () => {
    const now = app.clock.now().getTime();
    if (now >= until) return end('time');
    const actor = await authenticate(app, request);
    if (actor?.id !== tail.actor.id || !actor.permissions.has('logs.read')) return end('ended');
    tail.sources = await sourcesOf(app, actor, query);
    const ids = [...tail.sources.keys()];
    await tellWant(app, { id: tail.id, sources: ids.length > 800 ? null : ids, until: now + wantMs });
  };
  const stops = [
    repeat(renewMs, () => {
      renew().catch((error: unknown) => {
        app.log.warn({ err: error }, 'a live view could not be renewed');
        end('ended');
      });
    }),
    repeat(1000, () => {
      if (tail.skipped > 0) tail.send('lines', { lines: [], skipped: tail.skipped });
      tail.skipped = 0;
      tail.sent = 0;
    }),
  ];
  const closed = new Promise<void>((done) => reply.raw.once('close', () => done()));
  try {
    await renew();
    await closed;
  } finally {
    for (const stop of stops) stop();
    tails.delete(tail.id);
    if (tails.size === 0) stopWatching();
    if (!reply.raw.writableEnded) reply.raw.end();
    await tellWant(app, { id: tail.id, sources: [], until: 0 });
    await app.run(tail.actor, (ctx) =>
      recordAudit(ctx, { action: 'logs.tail_end', subject: 'logs', after: { lines: tail.shown } }),
    );
  }
}

function sourcesOf(app: App, actor: Actor, query: TailQuery): Promise<Map<number, WatchedSource>> {
  return app.run(actor, async (ctx) => {
    const pseudonyms = await pseudonymsOf(app);
    const found = new Map<number, WatchedSource>();
    for (const source of (await readableSources(ctx, query)).values()) {
      found.set(source.id, { name: source.name, find: await nameFinder(ctx, source, pseudonyms) });
    }
    return found;
  });
}

function share(batch: LineBatch): void {
  for (const tail of tails.values()) {
    const source = tail.sources.get(batch.source);
    if (!source) continue;
    tail.skipped += batch.skipped;
    const lines = batch.lines.map((line) => shownLine(batch.source, source, line));
    const wanted = lines.filter(({ raw }) => raw.toLowerCase().includes(tail.text));
    const fitting = wanted.slice(0, Math.max(0, linesPerSecond - tail.sent));
    tail.skipped += wanted.length - fitting.length;
    tail.sent += fitting.length;
    tail.shown += fitting.length;
    if (fitting.length > 0) tail.send('lines', { lines: fitting, skipped: 0 });
  }
}

function shownLine(
  sourceId: number,
  { name, find }: WatchedSource,
  [recvAt, sender, base64, cut]: LineBatch['lines'][number],
): Omit<TailLine, 'recvAt'> & { recvAt: string } {
  const bytes = Buffer.from(base64, 'base64');
  const raw = decodeBytes(bytes).text;
  const names = find({ bytes, raw, recvAt: new Date(recvAt), sender });
  return {
    recvAt: new Date(recvAt).toISOString(),
    source: name,
    sourceId,
    sender,
    raw: maskNames(raw, names),
    cut,
  };
}

/** Ends every live view of this process. */
export function stopWatching(): void {
  for (const tail of tails.values()) tail.send('end', { reason: 'ended' });
  tails.clear();
  listener?.stop();
  listener = null;
}
