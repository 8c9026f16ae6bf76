import { mkdir, open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { App } from '#base/app';
import { fail } from '#base/errors';
import { segmentsDir } from '../places.ts';

/** A sealed file holds at most 64 MiB of records and little more; what goes on behind this is no segment. */
const maxFileBytes = 256 * 1024 * 1024;

/** Where a segment on its way is kept. Both parts of the name were checked: a UUID and a hash. */
export function partPath(app: App, installation: string, sha256: string): string {
  return join(segmentsDir(app), 'incoming', `forward-${installation}-${sha256}.part`);
}

/** The file on its way from an installation, if any. */
export async function partOf(app: App, installation: string) {
  const dir = join(segmentsDir(app), 'incoming');
  const names = await readdir(dir).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const [, sha256] =
    names
      .map((name) => new RegExp(`^forward-${installation}-([0-9a-f]{64})\\.part$`).exec(name))
      .find(Boolean) ?? [];
  return sha256 === undefined
    ? null
    : { sha256, bytes: (await stat(partPath(app, installation, sha256))).size };
}

/**
 * Appends a piece at `offset`, which must be where the file ends; durable when it answers the new size. Fails with
 * `logs.forward_offset`, and with `base.too_large`. A piece that breaks off in the middle keeps what came.
 */
export async function takeBytes(
  app: App,
  place: { installation: string; sha256: string; offset: number },
  content: Readable,
): Promise<number> {
  await mkdir(join(segmentsDir(app), 'incoming'), { recursive: true });
  const handle = await open(partPath(app, place.installation, place.sha256), 'a');
  try {
    let { size } = await handle.stat();
    if (size !== place.offset) fail('logs.forward_offset', { have: size, given: place.offset });
    for await (const chunk of content) {
      const bytes = chunk as Buffer;
      size += bytes.length;
      if (size > maxFileBytes) fail('base.too_large', { limit: '256 MiB' });
      await handle.writeFile(bytes);
    }
    await handle.datasync();
    return size;
  } finally {
    await handle.close();
  }
}
