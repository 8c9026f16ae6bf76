import { createHash } from 'node:crypto';
import { chmod, mkdir, open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { type App, type Ctx, systemActor } from '#base/app';
import { fail } from '#base/errors';
import { defineJob } from '#base/jobs';
import { checkZone } from './check-zone.ts';
import { published } from './contract.ts';
import * as store from './store.ts';
import { writeZone } from './zone.ts';

/**
 * Publishes the list as it stands: writes, checks, stores, tells. Throws `shield.zone_refused` when the
 * checker refuses the zone; then the former version stays in force.
 */
export async function publishZone(ctx: Ctx, incidentId: string | null): Promise<store.VersionRow> {
  const { serial, at } = await store.nextSerial(ctx);
  const hosts = await store.activeHosts(ctx);
  const zone = writeZone({ serial, at: at.toISOString(), hosts });
  const check = await checkZone(zone);
  if (check.result === 'refused') fail('shield.zone_refused', { reason: check.reason });
  const version: store.VersionRow = {
    serial,
    at,
    entries: hosts.length,
    zone,
    sha256: createHash('sha256').update(zone).digest('hex'),
    checked: check.result,
    checked_by: check.result === 'passed' ? check.by : null,
  };
  await store.insertVersion(ctx, version);
  await ctx.emit(published, { serial, incidentId }, '');
  return version;
}

/**
 * Puts the newest version where a resolver on this machine reads it. Runs after the publication is committed. One at a time:
 * two that write at once would publish half a list, or leave the older of two.
 */
export async function writeZoneFile(app: App): Promise<void> {
  await app.run(systemActor('shield.write-file'), async (ctx) => {
    await store.lockZoneFile(ctx);
    const version = await store.findVersion(ctx);
    if (version) await putZone(join(app.config.dataDir, 'shield'), version.zone);
  });
}

async function putZone(directory: string, zone: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  // A resolver reads it as its own user, whatever our umask.
  await chmod(directory, 0o755);
  const target = join(directory, 'emergency.rpz');
  const handle = await open(`${target}.new`, 'w');
  try {
    await handle.writeFile(zone);
    await handle.chmod(0o644);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(`${target}.new`, target);
}

export const writeZoneFileJob = defineJob({
  name: 'shield.write-zone-file',
  payload: z.object({ serial: z.number() }),
  run: (app) => writeZoneFile(app),
});

/** Publishes in the background, as the system: a county's entry joins the city's one list. */
export const publishJob = defineJob({
  name: 'shield.publish',
  payload: z.object({ incidentId: z.uuid().nullable() }),
  run: async (app, { incidentId }) => {
    await app.run(systemActor('shield.publish'), async (ctx) => {
      const version = await publishZone(ctx, incidentId);
      await ctx.enqueue(writeZoneFileJob, { serial: version.serial });
    });
  },
});
