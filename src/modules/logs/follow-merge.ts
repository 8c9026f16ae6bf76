import { recordAudit } from '#audit';
import { on } from '#base/app';
import { unitClosed } from '#units/contract';
import { carrySourceJob } from './carry-source.ts';
import { handSources } from './store/handed-sources.ts';

/** The log sources of a merged unit are its successor's, with what they sent. What they are read by stays as it is. */
export const followMerge = on(unitClosed, 'logs.follow_merge', async (ctx, { unitId, intoId }) => {
  if (!intoId) return;
  for (const { id, name, from, to } of await handSources(ctx, unitId)) {
    await recordAudit(ctx, {
      action: 'logs.hand_over_source',
      subject: `log_source:${id}`,
      unitPath: to,
      before: { name, unitPath: from },
      after: { name, unitPath: to },
    });
    await ctx.enqueue(carrySourceJob, { sourceId: id }, { key: `logs.carry:${id}` });
  }
});
