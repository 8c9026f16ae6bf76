/** Asks for probes: because it is time, because somebody wants to know, because a school says that it is mended. */
import { z } from 'zod';
import { recordAudit } from '#audit';
import type { App, Ctx } from '#base/app';
import { fail } from '#base/errors';
import { defineJob } from '#base/jobs';
import { readSiteInUse } from '#sites';
import { probeCrewOf } from './probe-crew.ts';
import { askNow, enrol, kindOfFinding } from './probe-store.ts';

/** A round of the crew out of turn. */
export const probeRoundJob = defineJob({
  name: 'watch.probe-round',
  payload: z.object({}),
  maxAttempts: 3,
  run: (app) => probeCrewOf(app).round(),
});

const roundKey = 'watch.probe-round';

export async function probeRound(app: App): Promise<void> {
  await probeCrewOf(app).round();
}

/** Asks for a probe and a look of one site now, for a person. It counts for no statistics. */
export async function probeNow(ctx: Ctx, siteId: string): Promise<{ siteId: string; askedAt: Date }> {
  const site = await readSiteInUse(ctx, siteId);
  const now = ctx.clock.now();
  await enrol(ctx, [{ id: siteId, probe: now, look: now, files: now }]);
  const askedAt = (await askNow(ctx, siteId, false)) ?? fail('base.not_found', { what: siteId });
  await recordAudit(ctx, { action: 'watch.probe_now', subject: `site:${siteId}`, unitPath: site.unit_path });
  await ctx.enqueue(probeRoundJob, {}, { key: roundKey });
  return { siteId, askedAt };
}

export async function probeRoundSoon(ctx: Ctx): Promise<void> {
  await ctx.enqueue(probeRoundJob, {}, { key: roundKey });
}

const ownKinds = ['availability', 'outage', 'dns', 'tls', 'headers', 'version', 'exposure', 'zombie'];

/** Looks again at once when a fault that probes find is said to be mended. */
export async function probeFix(
  ctx: Ctx,
  { findingId, siteId }: { findingId: string; siteId: string | null },
): Promise<void> {
  if (siteId === null) return;
  const kind = await kindOfFinding(ctx, findingId);
  if (kind === undefined || !ownKinds.includes(kind)) return;
  await askNow(ctx, siteId, kind === 'exposure');
  await ctx.enqueue(probeRoundJob, {}, { key: roundKey });
}
