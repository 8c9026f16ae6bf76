import { constants } from 'node:fs';
import { lstat, mkdir, open, rename, writeFile } from 'node:fs/promises';
import { type App, systemActor } from '#base/app';
import { type AppError, fail, isAppError } from '#base/errors';
import { syncDirectory } from '#base/files';
import { newId } from '#base/id';
import { decodeBytes } from '../decoders/text.ts';
import { takeContent } from '../ingest-file.ts';
import type { SourceRow } from '../store/catalogue.ts';
import type { OpenWriters } from './open-writers.ts';

const actor = systemActor('logs.drop');

/** A path as bytes: names in GBK are no text for us. */
export function inside(folder: Buffer, name: Buffer | string): Buffer {
  return Buffer.concat([folder, Buffer.from('/'), Buffer.from(name)]);
}

/** A file's or folder's name as people read it. */
export function readableName(name: Buffer): string {
  return decodeBytes(name).text;
}

/** What was seen of a file; the same twice means that it was left alone meanwhile. */
export interface FileLook {
  readonly size: number;
  readonly changed: number;
  readonly ino: number;
}

/** The file is being written, now or while it was read. */
class StillWritten extends Error {
  override readonly name = 'StillWritten';
}

/**
 * Takes one file as a whole and puts it into `done`, or into `failed` with the reason beside it. `waits`: it is still
 * being written. May be interrupted anywhere and called again: content counts once. Throws when the file cannot be
 * read or a store is away; it stays where it is then.
 */
export async function takeFile(
  app: App,
  folder: Buffer,
  name: Buffer,
  source: SourceRow,
  seen: FileLook,
  writers: OpenWriters,
): Promise<'taken' | 'failed' | 'waits'> {
  const path = inside(folder, name);
  try {
    if (await writers.has(path)) return 'waits';
    await takeRegular(app, path, name, source, seen);
  } catch (error) {
    if (error instanceof StillWritten) return 'waits';
    if (!isAppError(error) || error.status >= 500) throw error;
    await putAway(folder, name, 'failed', error);
    return 'failed';
  }
  await putAway(folder, name, 'done');
  return 'taken';
}

async function takeRegular(
  app: App,
  path: Buffer,
  name: Buffer,
  source: SourceRow,
  seen: FileLook,
): Promise<void> {
  // Not followed, and not waited for: a link may lead anywhere, a pipe may never answer.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const handle = await open(path, flags).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ELOOP' || error.code === 'ENXIO') fail('logs.not_a_file');
    throw error;
  });
  try {
    const facts = await handle.stat();
    // A second name of a file may lie where whoever put it here could not read it.
    if (!facts.isFile() || facts.nlink > 1) fail('logs.not_a_file');
    if (!isSame(facts, seen)) throw new StillWritten();
    const content = async function* () {
      if (facts.size > 0) {
        for await (const chunk of handle.createReadStream({ autoClose: false, end: facts.size - 1 }))
          yield chunk as Buffer;
      }
      // Before anything is registered: half a file must not count as one.
      if (!isSame(await handle.stat(), seen)) throw new StillWritten();
    };
    await takeContent(app, actor, source, content(), {
      sender: `file:${readableName(name)}`,
      // Nobody is there to be asked: what a device leaves is kept, counted as unread and told by an alarm.
      anyway: true,
    });
  } finally {
    await handle.close();
  }
}

function isSame(facts: { size: number; mtimeMs: number; ino: number }, seen: FileLook): boolean {
  return facts.size === seen.size && facts.mtimeMs === seen.changed && facts.ino === seen.ino;
}

/** Moves the file; one of the same name that is there already stays. */
async function putAway(
  folder: Buffer,
  name: Buffer,
  where: 'done' | 'failed',
  reason?: AppError,
): Promise<void> {
  const target = inside(folder, where);
  await mkdir(target, { recursive: true });
  if (!(await lstat(target)).isDirectory()) throw new Error(`${where} is no folder`);
  const isTaken = await lstat(inside(target, name)).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return false;
      throw error;
    },
  );
  const final = isTaken ? Buffer.concat([name.subarray(0, 200), Buffer.from(`.${newId()}`)]) : name;
  if (reason)
    await writeFile(inside(target, Buffer.concat([final.subarray(0, 240), reasonEnd])), textOf(reason));
  await rename(inside(folder, name), inside(target, final));
  await syncDirectory(target);
  await syncDirectory(folder);
}

export const reasonEnd = Buffer.from('.reason.txt');

function textOf(reason: AppError): string {
  const { zh, en } = reason.messages();
  return `${zh}\n${en}\n${reason.code}\n`;
}
