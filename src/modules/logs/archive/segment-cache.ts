/** Copies of segments that lie in S3: those read last, up to a size. */
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import type { App } from '#base/app';
import { fail } from '#base/errors';
import type { Archive } from './archives.ts';

type Where = Pick<App, 'config' | 'log' | 'clock'>;

/** A file that somebody asked for just now may be about to be opened: it is not taken away. */
const inUseMs = 120_000;

export function cacheDir(app: Pick<App, 'config'>): string {
  return join(app.config.dataDir, 'segment-cache');
}

/** One flat directory: names of segments are unique with their day. */
function nameOf(file: string): string {
  return file.replaceAll('/', '_');
}

/** The same file is fetched once, however many ask. */
const fetching = new Map<string, Promise<string>>();

/** Path of a local copy. Fails with `logs.archive_unavailable`; throws ENOENT when the archive does not have it. */
export async function fetchToCache(app: Where, archive: Archive, file: string): Promise<string> {
  const target = join(cacheDir(app), nameOf(file));
  const running = fetching.get(target);
  if (running) return running;
  const work = fetchOne(app, archive, file, target).finally(() => fetching.delete(target));
  fetching.set(target, work);
  return work;
}

async function fetchOne(app: Where, archive: Archive, file: string, target: string): Promise<string> {
  const now = app.clock.now();
  try {
    await utimes(target, now, now);
    return target;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  await mkdir(cacheDir(app), { recursive: true });
  const part = `${target}.${randomUUID()}.part`;
  try {
    await archive.get(file, part);
    await utimes(part, now, now);
    await rename(part, target);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw error;
    app.log.warn({ err: error, place: archive.name }, 'a segment could not be fetched from the archive');
    fail('logs.archive_unavailable', { place: archive.name, problem: (error as Error).name }, error);
  } finally {
    await rm(part, { force: true });
  }
  await trimCache(app);
  return target;
}

/** Takes the copies away that were not read for the longest time, until the rest is small enough. */
async function trimCache(app: Where): Promise<void> {
  const files = await filesIn(cacheDir(app));
  let bytes = files.reduce((sum, file) => sum + file.size, 0);
  const now = app.clock.now().getTime();
  for (const file of files.sort((a, b) => a.used - b.used)) {
    if (bytes <= app.config.archiveCacheMb * 1_048_576) return;
    // Also of one that a clock which went wrong has marked.
    if (Math.abs(now - file.used) < inUseMs) continue;
    await rm(file.path, { force: true });
    bytes -= file.size;
  }
}

async function filesIn(dir: string): Promise<{ path: string; size: number; used: number }[]> {
  const names = await readdir(dir).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const found = await Promise.all(
    names.map(async (name) => {
      const path = join(dir, name);
      try {
        const { size, mtimeMs } = await stat(path);
        return [{ path, size, used: mtimeMs }];
      } catch (error) {
        // Another process took it away meanwhile.
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
        throw error;
      }
    }),
  );
  return found.flat();
}

/** What the cache holds. */
export async function cacheFigures(app: Pick<App, 'config'>): Promise<{ files: number; bytes: number }> {
  const files = await filesIn(cacheDir(app));
  return { files: files.length, bytes: files.reduce((sum, file) => sum + file.size, 0) };
}

export async function forgetInCache(app: Pick<App, 'config'>, file: string): Promise<void> {
  await rm(join(cacheDir(app), nameOf(file)), { force: true });
}
