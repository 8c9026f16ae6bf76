import { z } from 'zod';
import { recordAudit } from '#audit';
import { type App, systemActor } from '#base/app';
import { defineJob, every } from '#base/jobs';
import { removeSegmentFile } from '../archive/segment-places.ts';
import { setPlanProblem } from '../store/drop-plans.ts';
import { deleteDay, deleteEarlier, dropPartitions } from '../store/drop-rows.ts';
import * as steps from '../store/drop-steps.ts';

const actor = systemActor('logs.drop-old');
/** Files that go between two commits. */
const batch = 500;

type Plan = NonNullable<Awaited<ReturnType<typeof steps.approvedPlan>>>;

/**
 * Carries out the approved plan, day by day: the catalogue says what is dropped, then the rows go, then the files. Every
 * step may be interrupted and repeated; what was decided is finished, and nothing is decided twice.
 */
export async function runDrop(app: App): Promise<void> {
  // The claim is held by a transaction of its own, which ends with this process whatever happens to it.
  await app.run(actor, async (claim) => {
    if (!(await steps.claimDrops(claim))) return;
    const plan = await app.run(actor, steps.approvedPlan);
    if (!plan) return;
    try {
      for (const day of await app.run(actor, (ctx) => steps.daysLeft(ctx, plan.id)))
        await runDay(app, plan, day);
      await finish(app, plan);
    } catch (error) {
      await app.run(actor, (ctx) => setPlanProblem(ctx, plan.id, (error as Error).message));
      throw error;
    }
  });
}

async function runDay(app: App, plan: Plan, day: string): Promise<void> {
  await decide(app, plan, day);
  await dropRows(app, plan, day);
  await dropFiles(app, plan, day);
}

/** From here on these segments are dropped, whatever happens next; a hold that comes later is told so. */
async function decide(app: App, plan: Plan, day: string): Promise<void> {
  await app.run(actor, async (ctx) => {
    await steps.lockHolds(ctx);
    const before = await steps.countWaiting(ctx, plan.id, day);
    if (before === 0) return;
    const decided = await steps.decideDay(ctx, plan.id, day);
    if (decided.segments === 0) return;
    await recordAudit(ctx, {
      action: 'logs.drop_day',
      subject: `log_drop:${plan.id}`,
      unitPath: plan.unit_path,
      after: { day, ...decided },
    });
  });
}

/**
 * A whole day goes while nothing can be registered, so that no row of it is another's. Otherwise rows go one by one, and
 * only those of segments that the plan knew.
 */
async function dropRows(app: App, plan: Plan, day: string): Promise<void> {
  const first = await app.run(actor, (ctx) => steps.rowsToGo(ctx, plan.id, day));
  if (first.sources.length === 0) return;
  await deleteEarlier(app.logstore, day, first);
  const left = await app.run(actor, async (ctx) => {
    await steps.holdChains(ctx);
    const going = await steps.rowsToGo(ctx, plan.id, day);
    if (!going.wholeDay) return going;
    await dropPartitions(app.logstore, day);
    await steps.markRowsGone(ctx, plan.id, day, 'partition');
    return null;
  });
  if (left === null) return;
  await deleteDay(app.logstore, day, left);
  await app.run(actor, (ctx) => steps.markRowsGone(ctx, plan.id, day, 'rows'));
}

async function dropFiles(app: App, plan: Plan, day: string): Promise<void> {
  for (;;) {
    const files = await app.run(actor, (ctx) => steps.filesToGo(ctx, plan.id, day, batch));
    if (files.length === 0) break;
    for (const file of files) await removeSegmentFile(app, file);
    await app.run(actor, (ctx) =>
      steps.markFilesGone(
        ctx,
        files.map((file) => file.id),
      ),
    );
  }
  await app.run(actor, (ctx) => steps.markDayDone(ctx, plan.id, day));
}

async function finish(app: App, plan: Plan): Promise<void> {
  await app.run(actor, async (ctx) => {
    const ended = await steps.endPlan(ctx, plan.id);
    if (!ended) return;
    await recordAudit(ctx, {
      action: 'logs.drop_done',
      subject: `log_drop:${plan.id}`,
      unitPath: plan.unit_path,
      after: ended,
    });
  });
}

/** Carries out what two people agreed to drop. Running it again drops nothing else. */
export const dropJob = defineJob({
  name: 'logs.drop',
  payload: z.object({}),
  maxAttempts: 25,
  run: (app) => runDrop(app),
});

/** The queue only wakes: a plan whose job was lost, or that waited for a source, goes on here. */
export const resumeDrops = every('logs.resume-drops', '*/10 * * * *', async (app: App) => {
  await app.run(actor, async (ctx) => {
    if (await steps.approvedPlan(ctx)) await ctx.enqueue(dropJob, {}, { key: 'logs.drop' });
  });
});
