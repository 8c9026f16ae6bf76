/** Where a segment's file is: in the data directory, moved to another one, or in S3 with a copy in the cache. */
import { access, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { App } from '#base/app';
import { fail } from '#base/errors';
import { syncDirectory } from '#base/files';
import { segmentsDir } from '../places.ts';
import { archiveNamed } from './archives.ts';
import { fetchToCache, forgetInCache } from './segment-cache.ts';

/** What of a catalogue row tells where its file is. */
export interface Placed {
  readonly id: number;
  readonly file: string;
  readonly moved_to?: string | null;
  readonly dropped_at?: Date | null;
}

type Where = Pick<App, 'config' | 'log' | 'clock'>;

async function isThere(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

/**
 * The path at which a segment can be read now; one that lies in S3 is fetched first. A file that is nowhere gives the
 * path where it should be, so that reading it fails with the system's ENOENT. Fails with `logs.segment_dropped` and
 * `logs.archive_unavailable`.
 */
export async function readablePath(app: Where, segment: Placed): Promise<string> {
  if (segment.dropped_at) {
    fail('logs.segment_dropped', { segment: segment.id, at: segment.dropped_at.toISOString() });
  }
  const own = join(segmentsDir(app), segment.file);
  if (!segment.moved_to || (await isThere(own))) return own;
  const archive = archiveNamed(app, segment.moved_to);
  if (!archive) {
    const problem = '未配置 not configured';
    fail('logs.archive_unavailable', { place: segment.moved_to, problem });
  }
  const direct = archive.pathOf?.(segment.file);
  return direct ?? fetchToCache(app, archive, segment.file);
}

/** Takes a dropped segment's file away, wherever it is. A file that is gone already is no fault. */
export async function removeSegmentFile(app: Where, segment: Placed): Promise<void> {
  const own = join(segmentsDir(app), segment.file);
  await rm(own, { force: true });
  if (await isThere(dirname(own))) await syncDirectory(dirname(own));
  if (!segment.moved_to) return;
  const archive = archiveNamed(app, segment.moved_to);
  if (!archive) {
    fail('logs.archive_unavailable', { place: segment.moved_to, problem: '未配置 not configured' });
  }
  await archive.remove(segment.file);
  await forgetInCache(app, segment.file);
}
