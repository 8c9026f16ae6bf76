import { lstat, mkdir, opendir, realpath } from 'node:fs/promises';
import { hostname } from 'node:os';
import { type App, type Ctx, systemActor } from '#base/app';
import { elapsed } from '#base/clock';
import { every } from '#base/jobs';
import type { Problem } from '#base/role-health';
import type { DropFolder } from '../contract.ts';
import { dropDir } from '../places.ts';
import { isBinary } from '../rules.ts';
import * as catalogue from '../store/catalogue.ts';
import { noteFolder, noteGone } from './drop-store.ts';
import { OpenWriters } from './open-writers.ts';
import { type FileLook, inside, readableName, reasonEnd, takeFile } from './take-file.ts';

const actor = systemActor('logs.drop');
/** A file that was the same at two looks so far apart is whole. */
const quietMs = 20_000;
const maxFolders = 1000;
/** Of a folder with more, the rest follows when these are taken. */
const maxFiles = 10_000;
/** Names under which programs write before they rename: not ours yet. */
const unfinished = /^\.|\.(tmp|part|partial|filepart|crdownload|swp|lock)$/i;

interface Remembered extends FileLook {
  /** Since when it has been so, by a clock that nobody sets. */
  readonly since: number;
}

/** What the last look of this process saw, by path. */
let looked = new Map<string, Remembered>();
let isLooking = false;
let told: Problem[] = [];

/** Looks into every folder and takes what has been left alone. `quiet`: for so long, in ms. */
export async function scanDropFolders(app: App, quiet = quietMs): Promise<void> {
  // A large file takes longer than a minute; the next look comes after it.
  if (isLooking) return;
  isLooking = true;
  try {
    await lookIntoAll(app, quiet);
  } finally {
    isLooking = false;
  }
}

async function lookIntoAll(app: App, quiet: number): Promise<void> {
  await mkdir(dropDir(app), { recursive: true });
  const root = Buffer.from(await realpath(dropDir(app)));
  const before = looked;
  looked = new Map();
  const writers = new OpenWriters(root);
  const present: string[] = [];
  let failed = 0;
  let stuck = 0;
  for (const name of await namesIn(root, maxFolders)) {
    const folder = readableName(name).slice(0, 255);
    present.push(folder);
    const state = await lookInto(app, inside(root, name), folder, { before, quiet, writers });
    failed += state.failed;
    if (state.problem !== null) stuck += 1;
  }
  await app.run(actor, (ctx) => noteGone(ctx, hostname(), present));
  told = problemsOf(failed, stuck);
}

/** One look into all folders. */
interface Look {
  readonly before: ReadonlyMap<string, Remembered>;
  readonly quiet: number;
  readonly writers: OpenWriters;
}

interface FolderState {
  readonly failed: number;
  readonly problem: DropFolder['problem'];
}

async function lookInto(app: App, path: Buffer, folder: string, how: Look): Promise<FolderState> {
  const source = await app.run(actor, (ctx) => sourceOf(ctx, folder));
  const isFolder = (await lstat(path)).isDirectory();
  const found = isFolder
    ? await lookAtFiles(app, path, source && !isBinary(source.format) ? source : null, how)
    : noFiles;
  const inTheWay = isFolder
    ? source
      ? isBinary(source.format)
        ? 'not_lines'
        : null
      : 'unknown_source'
    : 'not_a_folder';
  const { isStuck, ...files } = found;
  const problem: DropFolder['problem'] = inTheWay ?? (isStuck ? 'unreadable' : null);
  const failed = isFolder ? await countFailed(path) : 0;
  await app.run(actor, async (ctx) => {
    const unitPath = source?.unit_path ?? (await catalogue.cityPath(ctx));
    const sourceId = source?.id ?? null;
    await noteFolder(ctx, { collector: hostname(), folder, sourceId, unitPath, problem, failed, ...files });
  });
  return { failed, problem };
}

interface FilesFound {
  taken: number;
  waiting: number;
  waitingBytes: number;
  oldest: Date | null;
  /** A file could not be read, or a store was away. */
  isStuck: boolean;
}

/** Errors that are this one file's, and nobody else's. */
const ofTheFile = ['EACCES', 'EPERM', 'EIO', 'ENOENT'];

const noFiles: FilesFound = { taken: 0, waiting: 0, waitingBytes: 0, oldest: null, isStuck: false };

/** Takes what is whole, for `source` if there is one that takes files, and counts what stays. */
async function lookAtFiles(
  app: App,
  path: Buffer,
  source: catalogue.SourceRow | null,
  how: Look,
): Promise<FilesFound> {
  const found = { ...noFiles };
  let isAway = false;
  for (const name of await namesIn(path, maxFiles)) {
    const file = inside(path, name);
    const facts = await lstat(file).catch(vanished);
    // Folders within a folder are the operator's own: `done`, `failed`, and what is being copied.
    if (!facts || facts.isDirectory()) continue;
    const look = { size: facts.size, changed: facts.mtimeMs, ino: facts.ino };
    const isQuiet = remember(file, look, how);
    let outcome: Awaited<ReturnType<typeof takeFile>> = 'waits';
    try {
      // A store that is away is not asked for every file: the rest waits for the next look.
      if (source && isQuiet && !isAway) outcome = await takeFile(app, path, name, source, look, how.writers);
    } catch (error) {
      app.log.error({ err: error, source: source?.name }, 'a file of a drop folder could not be taken yet');
      found.isStuck = true;
      isAway = !ofTheFile.includes((error as NodeJS.ErrnoException).code ?? '');
    }
    if (outcome === 'taken') found.taken += 1;
    if (outcome !== 'waits') continue;
    found.waiting += 1;
    found.waitingBytes += facts.size;
    if (!found.oldest || facts.mtime < found.oldest) found.oldest = facts.mtime;
  }
  return found;
}

/** A folder is named as its source, or by its number. */
async function sourceOf(ctx: Ctx, folder: string): Promise<catalogue.SourceRow | undefined> {
  const byName = await catalogue.findSource(ctx, { name: folder });
  const found =
    byName ??
    (/^\d{1,9}$/.test(folder) ? await catalogue.findSource(ctx, { id: Number(folder) }) : undefined);
  return found?.format === 'unknown' ? undefined : found;
}

/** Notes what is seen; whether it has been the same for long enough. */
function remember(path: Buffer, look: FileLook, { before, quiet }: Look): boolean {
  const key = path.toString('latin1');
  const last = before.get(key);
  const isSame = last?.size === look.size && last.changed === look.changed && last.ino === look.ino;
  const since = isSame ? last.since : elapsed();
  looked.set(key, { ...look, since });
  return isSame && elapsed() - since >= quiet;
}

async function namesIn(path: Buffer, most: number): Promise<Buffer[]> {
  const names: Buffer[] = [];
  // Node's types know names as text only; with this encoding they are bytes.
  const directory = await opendir(path as unknown as string, { encoding: 'buffer' as BufferEncoding });
  for await (const { name } of directory) {
    const bytes = name as unknown as Buffer;
    if (unfinished.test(bytes.toString('latin1'))) continue;
    names.push(bytes);
    if (names.length >= most) break;
  }
  return names.sort(Buffer.compare);
}

async function countFailed(path: Buffer): Promise<number> {
  const failed = inside(path, 'failed');
  const names = await namesIn(failed, maxFiles).catch(vanished);
  return (names ?? []).filter((name) => !name.subarray(-reasonEnd.length).equals(reasonEnd)).length;
}

function vanished(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
  throw error;
}

function problemsOf(failed: number, stuck: number): Problem[] {
  const problems: Problem[] = [];
  if (failed > 0)
    problems.push({
      zh: `投放目录里有 ${failed} 个文件未能导入，已移入 failed 目录，原因写在同名的 .reason.txt 里。处理后请移走`,
      en: `${failed} files of drop folders could not be taken; they lie in failed, each with its reason in a .reason.txt beside it. Remove them when dealt with`,
    });
  if (stuck > 0)
    problems.push({
      zh: `${stuck} 个投放目录无法处理（没有对应的日志源、格式不是文本行，或读不了）。详情见“日志源”页`,
      en: `${stuck} drop folders cannot be worked on (no such source, no lines, or not readable). The page of log sources says more`,
    });
  return problems;
}

/** What an operator must know of the folders, as seen by this process. */
export function dropProblems(): readonly Problem[] {
  return told;
}

export const lookAtDropFolders = every('logs.drop-folders', '* * * * *', (app) => scanDropFolders(app));
