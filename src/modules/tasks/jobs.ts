import { z } from 'zod';
import { systemActor } from '#base/app';
import { defineJob } from '#base/jobs';
import { taskChanged } from './contract.ts';
import { unitsOfCampaign } from './store/campaigns.ts';

/** Tells the screens of every unit that a request reached it or was withdrawn. May run twice: it only refreshes. */
export const tellUnitsJob = defineJob({
  name: 'tasks.tell-units',
  payload: z.object({ campaignId: z.uuid() }),
  run: async (app, { campaignId }) => {
    await app.run(systemActor('tasks.tell-units'), async (ctx) => {
      for (const { id, kind, unit_path: unitPath } of await unitsOfCampaign(ctx, campaignId)) {
        await ctx.emit(taskChanged, { taskId: id, kind }, unitPath);
      }
    });
  },
});
