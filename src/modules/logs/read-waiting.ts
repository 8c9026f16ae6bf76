import { z } from 'zod';
import { type Ctx, systemActor } from '#base/app';
import { isAppError } from '#base/errors';
import { defineJob } from '#base/jobs';
import { startRedecode } from './redecode.ts';
import { lastRun } from './store/redecodes.ts';

/** Exporters announce their templates together and again and again: what waited is read once for all of them. */
const gatherMs = 60_000;
/** A sender that makes templates up must not keep us reading. */
const pauseMs = 3_600_000;

/**
 * Reads the segments again whose records waited for another one, which has come meanwhile (datagrams of flows before
 * their template).
 */
export const readWaitingJob = defineJob({
  name: 'logs.read-waiting',
  payload: z.object({ sourceId: z.number().int() }),
  run: async (app, { sourceId }) => {
    const actor = systemActor('logs.read-waiting');
    const later = await app.run(actor, async (ctx) => {
      const last = await lastRun(ctx, sourceId);
      const since = last ? ctx.clock.now().getTime() - last.began.getTime() : Number.POSITIVE_INFINITY;
      if (last?.state === 'running' || since < pauseMs) return true;
      try {
        await startRedecode(ctx, sourceId, true);
      } catch (error) {
        // Somebody else had them read meanwhile.
        if (!isAppError(error, 'logs.nothing_to_redecode')) throw error;
      }
      return false;
    });
    if (later) await app.run(actor, (ctx) => askToReadWaiting(ctx, sourceId, pauseMs));
  },
});

export async function askToReadWaiting(ctx: Ctx, sourceId: number, waitMs = gatherMs): Promise<void> {
  const runAt = new Date(ctx.clock.now().getTime() + waitMs);
  await ctx.enqueue(readWaitingJob, { sourceId }, { runAt, key: `logs.read-waiting:${sourceId}` });
}
