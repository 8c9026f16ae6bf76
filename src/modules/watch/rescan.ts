/**
 * Looking at all sites again, as after a new word. It is rows: so many sites are asked for at a time, each check that
 * ends makes room for the next, and a restart changes nothing. How fast one site is read is the crawl's own rule.
 */
import { recordAudit } from '#audit';
import { type App, type Ctx, systemActor } from '#base/app';
import { fail } from '#base/errors';
import { checkSiteSoon } from './request-check.ts';
import * as store from './rescan-store.ts';
import { rescanWords } from './state-words.ts';
import * as words from './word-store.ts';

/** Opens a rescan of the actor's sites. Throws `watch.rescan_live` while another of the same unit is under way. */
export async function startRescan(
  ctx: Ctx,
  input: { reason: string; atOnce: number },
): Promise<store.RescanRow> {
  const wordVersion = (await words.newestVersion(ctx)) ?? 0;
  const id = await store.insertRescan(ctx, { ...input, wordVersion });
  if (id === null) {
    const { done = 0, total = 0 } = (await store.liveRescan(ctx)) ?? {};
    fail('watch.rescan_live', { done, total });
  }
  const total = await store.insertSites(ctx, id);
  if (total === 0) fail('watch.rescan_nothing');
  await audit(ctx, 'watch.start_rescan', id, { ...input, wordVersion, total });
  await step(ctx, id);
  return (await store.findRescan(ctx, id))!;
}

/** Pauses, resumes or cancels. Checks that were asked for end by themselves. */
export async function actOnRescan(
  ctx: Ctx,
  id: string,
  act: 'pause' | 'resume' | 'cancel',
): Promise<store.RescanRow> {
  const row = (await store.findRescan(ctx, id, true)) ?? fail('base.not_found', { what: id });
  const fits = { pause: ['running'], resume: ['paused'], cancel: ['running', 'paused'] }[act];
  if (!fits.includes(row.state))
    fail('watch.rescan_state', { state: row.state, now: rescanWords[row.state] });
  const after = { pause: 'paused', resume: 'running', cancel: 'cancelled' } as const;
  await store.setState(ctx, id, after[act]);
  await audit(ctx, 'watch.act_rescan', id, { before: row.state, after: after[act] });
  if (act === 'resume') await step(ctx, id);
  return (await store.findRescan(ctx, id))!;
}

/** After a check of a site: notes it in the rescans that waited for it, and makes room there for the next. */
export async function stepAfterCheck(ctx: Ctx, siteId: string): Promise<void> {
  for (const id of await store.liveRescans(ctx, siteId)) await step(ctx, id);
}

/** Every minute: goes on with what a killed process left, and asks again for checks that were lost. */
export async function pumpRescans(app: App): Promise<void> {
  const actor = systemActor('watch.rescan');
  const ids = await app.run(actor, (ctx) => store.liveRescans(ctx));
  for (const id of ids) {
    await app.run(actor, async (ctx) => {
      if (!(await step(ctx, id))) return;
      for (const siteId of await store.lostSites(ctx, id)) await checkSiteSoon(ctx, siteId);
    });
  }
}

/** Notes what has ended and, unless paused, asks for as many sites as there is room. Returns whether it goes on. */
async function step(ctx: Ctx, id: string): Promise<boolean> {
  const row = await store.findRescan(ctx, id, true);
  if (row?.state !== 'running' && row?.state !== 'paused') return false;
  await store.noteEnded(ctx, id, row.word_version);
  const { waiting, asked } = await store.countLeft(ctx, id);
  if (waiting + asked === 0) {
    await store.setState(ctx, id, 'done');
    return false;
  }
  if (row.state === 'paused') return false;
  const room = Math.max(0, row.at_once - asked);
  if (room === 0) return true;
  for (const siteId of await store.takeSites(ctx, id, room)) await checkSiteSoon(ctx, siteId);
  return true;
}

async function audit(ctx: Ctx, action: string, id: string, after: object): Promise<void> {
  await recordAudit(ctx, { action, subject: `rescan:${id}`, unitPath: ctx.actor.unitPath, after });
}
