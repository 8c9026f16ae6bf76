/** Keeps the 五到位 of every unit at hand: computed again after a change, and once a day. */
import { z } from 'zod';
import { type App, type Ctx, systemActor } from '#base/app';
import { defineJob } from '#base/jobs';
import { computeFive } from './compute-five.ts';
import { findUncomputed, saveFive } from './five-store.ts';
import { todayOf } from './people-store.ts';

const chunk = 100;

/** Asks for the 五到位 of these units to be computed again, in this transaction. */
export async function refreshFive(ctx: Ctx, unitIds: readonly string[]): Promise<void> {
  const ids = [...new Set(unitIds)].sort();
  for (let at = 0; at < ids.length; at += chunk) {
    const some = ids.slice(at, at + chunk);
    // One unit that changes often waits in the queue once.
    await ctx.enqueue(fiveJob, { unitIds: some }, some.length === 1 ? { key: `units.five:${some[0]}` } : {});
  }
}

export const fiveJob = defineJob({
  name: 'units.five_in_place',
  payload: z.object({ unitIds: z.array(z.uuid()).max(chunk) }),
  run: async (app, { unitIds }) => {
    await app.run(systemActor('units.five'), (ctx) => keepFive(ctx, unitIds));
  },
});

async function keepFive(ctx: Ctx, unitIds: readonly string[]): Promise<void> {
  const day = await todayOf(ctx);
  const judged = await computeFive(ctx, unitIds, day);
  await saveFive(
    ctx,
    day,
    [...judged].map(([unitId, { flags, inPlace, missing }]) => ({
      unitId,
      inPlace,
      missing,
      states: Object.fromEntries(flags.map(({ flag, state }) => [flag, state])) as never,
    })),
  );
}

/** Computes what was not computed today yet. Each hundred is its own transaction. */
export async function computeMissing(app: App): Promise<void> {
  for (;;) {
    const done = await app.run(systemActor('units.five'), async (ctx) => {
      const ids = await findUncomputed(ctx, chunk);
      await keepFive(ctx, ids);
      return ids.length;
    });
    if (done < chunk) return;
  }
}
