import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { type App, systemActor } from '#base/app';
import { defineJob, every } from '#base/jobs';
import { indexSegment } from './index-segment.ts';
import { indexWaiting } from './index-waiting.ts';
import { segmentsDir } from './places.ts';
import { unindexedSegments } from './store/catalogue.ts';

/** Makes one sealed segment searchable. Running it again adds nothing. */
export const indexSegmentJob = defineJob({
  name: 'logs.index-segment',
  payload: z.object({ segmentId: z.number().int() }),
  maxAttempts: 25,
  run: async (app, { segmentId }) => {
    if (await indexSegment(app, segmentId)) return;
    // Another process indexes this source's segments in their order, maybe not as far as this one.
    const runAt = new Date(app.clock.now().getTime() + 1000);
    const key = `logs.index:${segmentId}:again`;
    await app.run(systemActor('logs.index'), (ctx) =>
      ctx.enqueue(indexSegmentJob, { segmentId }, { runAt, key }),
    );
  },
});

/** One job stands for all segments that wait. */
export const indexWaitingKey = 'logs.index-waiting';

/** Makes the sealed segments that wait searchable, many together. */
export const indexWaitingJob = defineJob({
  name: 'logs.index-waiting',
  payload: z.object({}),
  maxAttempts: 25,
  run: async (app) => {
    const { ended, alone } = await indexWaiting(app);
    await app.run(systemActor('logs.index'), async (ctx) => {
      for (const segmentId of alone)
        await ctx.enqueue(indexSegmentJob, { segmentId }, { key: `logs.index:${segmentId}` });
      if (ended === 'done') return;
      // Whoever indexes now may have looked for the last time before the newest segment was there.
      const runAt = new Date(app.clock.now().getTime() + (ended === 'busy' ? 1000 : 0));
      await ctx.enqueue(indexWaitingJob, {}, { runAt, key: indexWaitingKey });
    });
  },
});

const tenMinutes = 600_000;

/** The queue only wakes: a segment whose job was lost or given up is found here by its row. */
export const indexMissed = every('logs.index-missed', '*/5 * * * *', async (app: App) => {
  await app.run(systemActor('logs.index-missed'), async (ctx) => {
    await ctx.enqueue(indexWaitingJob, {}, { key: indexWaitingKey });
    const before = new Date(app.clock.now().getTime() - tenMinutes);
    for (const segmentId of await unindexedSegments(ctx, before, 1000)) {
      await ctx.enqueue(indexSegmentJob, { segmentId }, { key: `logs.index:${segmentId}` });
    }
  });
});

const twoDays = 2 * 86_400_000;

/** Removes what killed uploads left half-written: never registered, so nobody was told that it was taken. */
export const sweepIncoming = every('logs.sweep-incoming', '20 3 * * *', async (app: App) => {
  const dir = join(segmentsDir(app), 'incoming');
  const names = await readdir(dir).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  for (const name of names) {
    const { mtimeMs } = await stat(join(dir, name));
    if (mtimeMs < app.clock.now().getTime() - twoDays) await rm(join(dir, name), { force: true });
  }
});
