import { readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { recordAudit } from '#audit';
import { type App, type Ctx, systemActor } from '#base/app';
import { syncDirectory } from '#base/files';
import { segmentsDir, spoolDir } from './places.ts';
import { registerSegments, type SealedForSource } from './register-segments.ts';
import { othersName, quarantineName } from './rules.ts';
import { sealInThread } from './segments/seal-thread.ts';
import { type BlockPlace, readSpool, type SpoolContent } from './spool/spool-file.ts';
import * as catalogue from './store/catalogue.ts';
import * as intake from './store/intake.ts';
import * as sources from './store/sources.ts';

/** Forged sender addresses must not make sources without end: beyond this they share one. */
const maxQuarantines = 50;

/**
 * Seals a closed spool file: one segment per source, all registered in one transaction, then the spool file
 * is removed. May be interrupted and called again at any point: nothing is lost and nothing doubled, because
 * the spool file's name is claimed in that transaction. `known` spares reading the file to find its blocks; fails with code
 * `spool.damaged` when they are not there. A file that is damaged behind its last whole block is kept, named `.damaged`.
 * Returns the ids of new segments.
 */
export async function sealSpool(app: App, path: string, known?: readonly BlockPlace[]): Promise<number[]> {
  const spoolId = basename(path, '.spool');
  const actor = systemActor('logs.seal');
  const content = known ? null : await readSpool(path);
  const blocks = known ?? content!.blocks;
  const plan = await app.run(actor, async (ctx) =>
    (await intake.isSpoolSealed(ctx, spoolId)) ? [] : await planSegments(ctx, blocks),
  );
  const sealed: SealedForSource[] = [];
  for (const { source, places } of plan) {
    const origin = `${spoolId}-${source.id}`;
    const root = segmentsDir(app);
    const options = { sm3: app.config.sm3 };
    sealed.push({ source, sealed: await sealInThread({ root, origin, path, places, options }) });
  }
  const ids = await app.run(actor, async (ctx) => {
    if (sealed.length === 0 || !(await intake.claimSpool(ctx, spoolId, sealed.length))) return [];
    return registerSegments(ctx, sealed);
  });
  if (content && content.soundBytes < content.fileBytes) await keepDamaged(app, path, content);
  else await rm(path, { force: true });
  await syncDirectory(dirname(path));
  return ids;
}

const damagedEnd = '.damaged';

async function keepDamaged(app: App, path: string, content: SpoolContent): Promise<void> {
  const { soundBytes, fileBytes } = content;
  await rename(path, `${path}${damagedEnd}`);
  app.log.error({ spool: path, soundBytes, fileBytes }, 'a spool file is damaged; its sound part is sealed');
}

/** How many damaged spool files were kept. */
export async function countDamaged(app: App): Promise<number> {
  return (await readdir(spoolDir(app))).filter((name) => name.endsWith(damagedEnd)).length;
}

interface Plan {
  readonly source: catalogue.SourceRow;
  readonly places: BlockPlace[];
}

/** Which blocks go to which source. */
async function planSegments(ctx: Ctx, blocks: readonly BlockPlace[]): Promise<Plan[]> {
  const bySender = new Map<string, catalogue.SourceRow>();
  const plans = new Map<number, Plan>();
  for (const place of blocks) {
    let source = bySender.get(place.sender);
    if (!source) {
      source = await sourceOf(ctx, place.sender);
      bySender.set(place.sender, source);
    }
    const plan = plans.get(source.id) ?? { source, places: [] };
    plan.places.push(place);
    plans.set(source.id, plan);
  }
  return [...plans.values()];
}

async function sourceOf(ctx: Ctx, sender: string): Promise<catalogue.SourceRow> {
  const registered = await sources.findSourceOfSender(ctx, sender);
  if (registered) return registered;
  const own = quarantineName(sender);
  const known = await catalogue.findSource(ctx, { name: own });
  if (known) return known;
  const crowded = (await sources.countQuarantines(ctx)) >= maxQuarantines;
  const name = crowded ? othersName : own;
  const unitPath = await catalogue.cityPath(ctx);
  const source = await sources.ensureQuarantine(ctx, name, unitPath);
  await recordAudit(ctx, {
    action: 'logs.quarantine',
    subject: `log_source:${source.id}`,
    unitPath,
    after: { name, sender },
  });
  return source;
}
