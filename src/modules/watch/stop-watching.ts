/** What becomes of the looks at a site that is retired, restored, or stands at another address than was written. */
import type { Ctx } from '#base/app';
import { closeOfSite } from '#findings';
import { recountFindings } from '#sites';
import { enrolledNow } from './probe/probe-store.ts';
import { probeRoundSoon } from './probe/request-probe.ts';
import { requestFirstCheck } from './request-check.ts';
import * as store from './stop-store.ts';

/**
 * Ends what is under way at a retired site and closes what stands of it, in one transaction: whoever is at a check or a
 * probe holds it no longer and keeps nothing more, so that no finding comes after the last is closed.
 */
export async function stopWatching(
  ctx: Ctx,
  { siteId, reason }: { siteId: string; reason: string },
): Promise<void> {
  const words = `网站已注销：${reason} / the website was retired`;
  await endAll(ctx, siteId, words);
  await store.leaveRescans(ctx, siteId);
}

/** A site whose address was corrected is looked at from the beginning; what was said of the wrong one is closed. */
export async function watchElsewhere(
  ctx: Ctx,
  { siteId, reason }: { siteId: string; reason: string },
): Promise<void> {
  await endAll(ctx, siteId, `首页网址已更正：${reason} / the address was corrected`);
  await store.forgetAddress(ctx, siteId);
  await watchAgain(ctx, { siteId });
}

/** Looks at a site now, as at one that was just registered. */
export async function watchAgain(ctx: Ctx, { siteId }: { siteId: string }): Promise<void> {
  await enrolledNow(ctx, siteId);
  await probeRoundSoon(ctx);
  await requestFirstCheck(ctx, siteId);
}

async function endAll(ctx: Ctx, siteId: string, words: string): Promise<void> {
  await store.endRunning(ctx, siteId, words);
  await store.endProbing(ctx, siteId);
  await closeOfSite(ctx, siteId, words);
  await recountFindings(ctx, siteId);
}
