import { rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type App, systemActor } from '#base/app';
import { sha256OfFile, syncDirectory } from '#base/files';
import { every } from '#base/jobs';
import type { Problem } from '#base/role-health';
import { segmentsDir } from '../places.ts';
import { differenceOf } from '../prove/check-file.ts';
import { lineOf } from '../prove/read-catalogue.ts';
import { SegmentDamaged, verifySegment } from '../segments/segment-file.ts';
import type { SegmentRow } from '../store/catalogue.ts';
import * as store from '../store/places.ts';
import { type Archive, presentArchive } from './archives.ts';

const actor = systemActor('logs.move-segments');
const batch = 100;
const day = 86_400_000;

/** What stands against moving, as of the last run in this process. */
let problem: string | null = null;
let damaged = 0;

/** Segments whose last record came before this are old enough; null: there is nowhere to move them. */
export function movesBefore(app: App): Date | null {
  if (!presentArchive(app)) return null;
  return new Date(app.clock.now().getTime() - app.config.archiveAfterDays * day);
}

/**
 * Moves old segments to the archive: copied, read back and compared by hash, told in the catalogue, and only then taken
 * away here. Killed anywhere it goes on. A segment that is damaged stays, for `jiaodun logs verify` to name. Answers how
 * many moved. Throws when the archive is away.
 */
export async function moveSegments(app: App): Promise<number> {
  return app.run(actor, async (claim) => {
    if (!(await store.claimMoves(claim))) return 0;
    await clearCopies(app);
    const archive = presentArchive(app);
    const before = movesBefore(app);
    if (!archive || !before) return 0;
    const skip: number[] = [];
    let moved = 0;
    for (;;) {
      const some = await app.run(actor, (ctx) => store.segmentsToMove(ctx, before, skip, batch));
      if (some.length === 0) break;
      for (const segment of some) {
        if (await moveOne(app, archive, segment)) moved += 1;
        else skip.push(segment.id);
      }
      await clearCopies(app);
    }
    damaged = skip.length;
    return moved;
  });
}

async function moveOne(app: App, archive: Archive, segment: SegmentRow): Promise<boolean> {
  const path = join(segmentsDir(app), segment.file);
  if (!(await isSound(app, path, segment))) return false;
  const sha256 = await sha256OfFile(path);
  const { size } = await stat(path);
  await archive.put(segment.file, path);
  const stored = await archive.hashOf(segment.file);
  if (stored !== sha256) {
    throw new Error(`${archive.name}: ${segment.file} reads back as ${stored}, not ${sha256}`);
  }
  return app.run(actor, (ctx) =>
    store.markMoved(ctx, segment.id, { movedTo: archive.name, bytes: size, sha256 }),
  );
}

async function isSound(app: App, path: string, segment: SegmentRow): Promise<boolean> {
  try {
    const differs = differenceOf(await verifySegment(path), lineOf(segment));
    if (differs === null) return true;
    app.log.error(
      { segment: segment.id, differs },
      'a segment is not what the catalogue says and does not move',
    );
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    if (!isMissing && !(error instanceof SegmentDamaged)) throw error;
    app.log.error({ segment: segment.id, err: error }, 'a segment is damaged and does not move');
  }
  return false;
}

/** Takes away what the catalogue says lies elsewhere. */
async function clearCopies(app: App): Promise<void> {
  for (;;) {
    const some = await app.run(actor, (ctx) => store.localCopies(ctx, batch));
    if (some.length === 0) return;
    const folders = new Set<string>();
    for (const { file } of some) {
      const path = join(segmentsDir(app), file);
      await rm(path, { force: true });
      folders.add(dirname(path));
    }
    for (const folder of folders) {
      await syncDirectory(folder).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw error;
      });
    }
    await app.run(actor, (ctx) =>
      store.markLocalGone(
        ctx,
        some.map(({ id }) => id),
      ),
    );
  }
}

export const moveOldSegments = every('logs.move-segments', '17 * * * *', async (app) => {
  try {
    await moveSegments(app);
    problem = null;
  } catch (error) {
    problem = (error as Error).message || (error as Error).name;
    throw error;
  }
});

/** What an operator must know of the moving, in words. */
export function moveProblems(): Problem[] {
  const problems: Problem[] = [];
  if (problem !== null) {
    problems.push({
      zh: `旧的封存日志无法移到归档位置，仍留在本机，正在重试：${problem}`,
      en: `old sealed logs cannot be moved to the archive and stay here; it is tried again: ${problem}`,
    });
  }
  if (damaged > 0) {
    problems.push({
      zh: `${damaged} 个封存段已损坏或缺失，没有移走；请运行 jiaodun logs verify`,
      en: `${damaged} sealed segments are damaged or missing and did not move; run jiaodun logs verify`,
    });
  }
  return problems;
}
