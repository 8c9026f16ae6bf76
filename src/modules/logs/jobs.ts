import { z } from 'zod';
import { type App, systemActor } from '#base/app';
import { defineJob, every } from '#base/jobs';
import { indexSegment } from './index-segment.ts';
import { unindexedSegments } from './store/catalogue.ts';

/** Makes one sealed segment searchable. Running it again adds nothing. */
export const indexSegmentJob = defineJob({
  name: 'logs.index-segment',
  payload: z.object({ segmentId: z.number().int() }),
  maxAttempts: 25,
  run: async (app, { segmentId }) => {
    await indexSegment(app, segmentId);
  },
});

const tenMinutes = 600_000;

/** The queue only wakes: a segment whose job was lost or given up is found here by its row. */
export const indexMissed = every('logs.index-missed', '*/5 * * * *', async (app: App) => {
  await app.run(systemActor('logs.index-missed'), async (ctx) => {
    const before = new Date(app.clock.now().getTime() - tenMinutes);
    for (const segmentId of await unindexedSegments(ctx, before, 1000)) {
      await ctx.enqueue(indexSegmentJob, { segmentId }, { key: `logs.index:${segmentId}` });
    }
  });
});
