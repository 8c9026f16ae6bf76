/** Asks for checks: by a person, because something happened, or because it is time. */
import { z } from 'zod';
import { recordAudit } from '#audit';
import { type App, type Ctx, systemActor } from '#base/app';
import { fail } from '#base/errors';
import { defineJob } from '#base/jobs';
import { readSite, readSiteInUse } from '#sites';
import { crewOf } from './crew.ts';
import { firstCheckDelay, spread } from './rules.ts';
import * as store from './store.ts';

/** Checks one site. In a worker it hands the site to the crew and is done; elsewhere it runs to the end. */
export const checkSiteJob = defineJob({
  name: 'watch.check-site',
  payload: z.object({ siteId: z.uuid() }),
  maxAttempts: 5,
  run: (app, { siteId }) => crewOf(app).check(siteId),
});

const keyOf = (siteId: string) => `watch:${siteId}`;

/** Opens a check for a person. Throws `watch.check_running` when one is under way. */
export async function startCheck(ctx: Ctx, siteId: string): Promise<store.CheckRow> {
  const site = await readSiteInUse(ctx, siteId);
  const id = await store.insertCheck(ctx, { id: siteId, unitPath: site.unit_path });
  if (id === null) fail('watch.check_running');
  await recordAudit(ctx, {
    action: 'watch.start_check',
    subject: `site:${siteId}`,
    unitPath: site.unit_path,
  });
  await ctx.enqueue(checkSiteJob, { siteId }, { key: keyOf(siteId) });
  return (await store.findCheck(ctx, id))!;
}

/** Opens a check now; when one is running, another follows it. */
export async function checkSiteSoon(ctx: Ctx, siteId: string): Promise<void> {
  const site = await readSite(ctx, siteId);
  if (site.retired_at) return;
  const id = await store.insertCheck(ctx, { id: siteId, unitPath: site.unit_path });
  if (id === null) await store.askAgain(ctx, siteId);
  await ctx.enqueue(checkSiteJob, { siteId }, { key: keyOf(siteId) });
}

/** Asks for a new site's first check; in a large import the starts are spread. */
export async function requestFirstCheck(ctx: Ctx, siteId: string): Promise<void> {
  const site = await readSite(ctx, siteId);
  if (site.retired_at) return;
  const delay = firstCheckDelay(site.host, await store.countNeverChecked(ctx));
  const runAt = delay === 0 ? {} : { runAt: new Date(ctx.clock.now().getTime() + delay) };
  await ctx.enqueue(checkSiteJob, { siteId }, { key: keyOf(siteId), ...runAt });
}

/** So many sites at most come into the queue in one round; the next round takes the others. */
const ROUND_MAX = 2000;
const ROUND_SPREAD_MS = 60_000;

/** Asks for the checks that are due. */
export async function requestDueChecks(app: App): Promise<void> {
  await app.run(systemActor('watch.schedule'), async (ctx) => {
    const now = ctx.clock.now();
    for (const { id, host } of await store.dueSites(ctx, now, ROUND_MAX)) {
      const runAt = new Date(now.getTime() + spread(host, ROUND_SPREAD_MS));
      await ctx.enqueue(checkSiteJob, { siteId: id }, { key: keyOf(id), runAt });
    }
  });
}

/** Takes up checks that wait for a worker, or whose worker died: no site stays "running" for ever. */
export async function takeUpStranded(app: App): Promise<void> {
  await app.run(systemActor('watch.take-up'), async (ctx) => {
    for (const siteId of await store.strandedSites(ctx, ctx.clock.now())) {
      await ctx.enqueue(checkSiteJob, { siteId }, { key: keyOf(siteId) });
    }
  });
}
