import type { FastifyReply } from 'fastify';
import { recordAudit } from '#audit';
import { isAppError } from '#base/errors';
import { newId } from '#base/id';
import type { GivenReading } from './reading.ts';
import { type Asking, admitSearch, type PageQuery, placeOf, recordSearch, walkBack } from './search-logs.ts';

/**
 * Answers a search as server-sent events while it goes on. What is wrong with the question is an ordinary error; what
 * happens later is told as `failed`. A reader who leaves ends the search in the store. Audited when it begins and when
 * it ends.
 */
export async function streamSearch(
  asking: Asking,
  query: PageQuery & GivenReading,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const after = placeOf(query.cursor);
  const admitted = await admitSearch(asking, query);
  await asking.app.run(asking.actor, (ctx) =>
    recordSearch(ctx, query, { reading: admitted.reading, rows: null }),
  );
  const send = openStream(reply);
  const shown = { rows: 0, end: 'left' };
  try {
    const walk = walkBack(asking.app, admitted.question, {
      limit: query.limit,
      after,
      signal: asking.signal,
    });
    for (;;) {
      const step = await walk.next();
      if (asking.signal?.aborted) break;
      if (step.done) {
        send('end', step.value);
        shown.end = 'done';
        break;
      }
      shown.rows += step.value.rows.length;
      send('rows', step.value);
    }
  } catch (error) {
    if (!asking.signal?.aborted) {
      shown.end = 'failed';
      send('failed', tellFailure(asking, error));
    }
  } finally {
    reply.raw.end();
  }
  await asking.app.run(asking.actor, (ctx) =>
    recordAudit(ctx, { action: 'logs.search_end', subject: 'logs', after: shown }),
  );
  return reply;
}

/** Opens the event stream; answers how to send one event. */
export function openStream(reply: FastifyReply): (event: string, data: unknown) => void {
  reply.hijack();
  reply.raw.writeHead(200, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  });
  reply.raw.flushHeaders();
  return (event, data) => {
    if (!reply.raw.writableEnded && !reply.raw.destroyed)
      reply.raw.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  };
}

function tellFailure({ app }: Asking, error: unknown) {
  if (isAppError(error)) return { code: error.code, ...error.messages(), details: error.details };
  const incident = newId();
  app.log.error({ err: error, incident }, 'a search failed');
  return {
    code: 'base.bug',
    zh: `系统内部错误，编号 ${incident}`,
    en: `Internal error ${incident}`,
    details: { incident },
  };
}
