import { statfs } from 'node:fs/promises';
import type { Ctx } from '#base/app';
import { countToMove, placesOfSegments } from '../store/places.ts';
import { type Archive, archiveNamed, presentArchive } from './archives.ts';
import { movesBefore } from './move-segments.ts';
import { cacheDir, cacheFigures } from './segment-cache.ts';

interface Place {
  tier: 'local' | 'archive' | 's3' | 'cache';
  place: string;
  segments: number | null;
  bytes: number | null;
  freeBytes: number | null;
  totalBytes: number | null;
  problem: string | null;
}

/** Where sealed segments lie and what room there is; a place that does not answer says so. */
export async function tellPlaces(ctx: Ctx) {
  const { app } = ctx;
  const rows = await placesOfSegments(ctx);
  const before = movesBefore(app);
  const present = presentArchive(app);
  const names = rows.map((row) => row.moved_to).filter((name) => name !== null);
  if (present && !names.includes(present.name)) names.push(present.name);
  const here = rows.find((row) => row.moved_to === null);
  const items: Place[] = [
    {
      tier: 'local',
      place: app.config.dataDir,
      segments: here?.segments ?? 0,
      bytes: null,
      ...(await roomAt(app.config.dataDir)),
    },
  ];
  for (const name of names) {
    const row = rows.find((one) => one.moved_to === name);
    const figures = { segments: row?.segments ?? 0, bytes: row?.bytes ?? 0 };
    items.push(await tellArchive(name, archiveNamed(app, name), figures));
  }
  if (items.some((item) => item.tier === 's3')) items.push(await tellCache(ctx));
  const moveAfterDays = present ? app.config.archiveAfterDays : null;
  return { items, moveAfterDays, waiting: before ? await countToMove(ctx, before) : 0 };
}

async function tellArchive(
  place: string,
  archive: Archive | undefined,
  figures: { segments: number; bytes: number },
): Promise<Place> {
  const tier = archive?.tier ?? (place.startsWith('s3://') ? 's3' : 'archive');
  const base = { tier, place, ...figures, freeBytes: null, totalBytes: null };
  if (!archive) return { ...base, problem: '未配置 not configured' };
  try {
    await archive.check();
  } catch (error) {
    return { ...base, problem: `${(error as Error).name}: ${(error as Error).message}`.slice(0, 300) };
  }
  return tier === 'archive' ? { ...base, ...(await roomAt(place)) } : { ...base, problem: null };
}

async function tellCache({ app }: Ctx): Promise<Place> {
  const { files, bytes } = await cacheFigures(app);
  const totalBytes = app.config.archiveCacheMb * 1_048_576;
  const freeBytes = Math.max(totalBytes - bytes, 0);
  return {
    tier: 'cache',
    place: cacheDir(app),
    segments: files,
    bytes,
    freeBytes,
    totalBytes,
    problem: null,
  };
}

async function roomAt(path: string): Promise<Pick<Place, 'freeBytes' | 'totalBytes' | 'problem'>> {
  try {
    const { bavail, blocks, bsize } = await statfs(path);
    return { freeBytes: bavail * bsize, totalBytes: blocks * bsize, problem: null };
  } catch (error) {
    return { freeBytes: null, totalBytes: null, problem: (error as Error).message };
  }
}
