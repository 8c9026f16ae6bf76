import { z } from 'zod';
import { systemActor } from '#base/app';
import { defineJob } from '#base/jobs';
import { carryRows } from './store/sources.ts';

/** Rows of each table in one transaction: a year of one source is three million segments. */
const rowsAtOnce = 5_000;

/** Brings what a source has sent under the unit that owns it now. Running it again changes nothing. */
export const carrySourceJob = defineJob({
  name: 'logs.carry-source',
  payload: z.object({ sourceId: z.number().int() }),
  run: async (app, { sourceId }) => {
    const step = () => app.run(systemActor('logs.carry'), (ctx) => carryRows(ctx, sourceId, rowsAtOnce));
    while ((await step()) > 0);
  },
});
