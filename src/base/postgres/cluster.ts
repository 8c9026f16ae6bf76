/** Makes the database cluster: whole or not at all, whatever moment the process is killed at. */
import { chown, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fail } from '#base/errors';
import { syncDirectory } from '#base/files';
import { newId, newSecret } from '#base/id';
import { type Account, runAs } from './account.ts';

export interface ClusterPlace {
  readonly dataDir: string;
  readonly home: string;
  readonly engine: string;
  readonly account: Account;
}

const major = '18';
const passwordName = 'postgres.password';

/** Where the cluster is. */
export function clusterDirOf(home: string): string {
  return join(home, 'pg');
}

/**
 * Makes the cluster when there is none and answers the superuser's password, kept in
 * `<dataDir>/postgres.password` (0600). A lost password file is replaced through the single-user mode.
 * Throws `postgres.initdb_failed`, `postgres.wrong_version`.
 */
export async function ensureCluster(place: ClusterPlace): Promise<{ password: string; made: boolean }> {
  const cluster = clusterDirOf(place.home);
  await removeHalfMade(place.home);
  const found = await readOrUndefined(join(cluster, 'PG_VERSION'));
  if (found !== undefined && found !== major) fail('postgres.wrong_version', { found, expected: major });
  const path = join(place.dataDir, passwordName);
  const known = await readOrUndefined(path);
  const password = known || newSecret();
  if (!known) {
    await writeFile(`${path}.new`, `${password}\n`, { mode: 0o600, flush: true });
    if (found) await resetPassword(place, password);
    await rename(`${path}.new`, path);
  }
  if (!found) await makeCluster(place, password);
  return { password, made: !found };
}

async function readOrUndefined(path: string): Promise<string | undefined> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** What an initdb that was killed left behind. */
async function removeHalfMade(home: string): Promise<void> {
  for (const name of await readdir(home)) {
    if (name.startsWith('pg.new-')) {
      await rm(join(home, name), { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
    }
  }
}

/**
 * Chinese order by pinyin comes from ICU `zh-CN`; `lc-ctype=C.UTF-8` is needed by pg_trgm, which sees no letters
 * in Chinese text under plain `C` (measured: similarity('网络安全','网络') = 0).
 */
const options = [
  '--username=postgres',
  '--data-checksums',
  '--encoding=UTF8',
  '--locale-provider=icu',
  '--icu-locale=zh-CN',
  '--lc-collate=C',
  '--lc-ctype=C.UTF-8',
  '--lc-messages=C',
  '--auth=scram-sha-256',
];

async function makeCluster({ home, engine, account }: ClusterPlace, password: string): Promise<void> {
  const temporary = join(home, `pg.new-${newId()}`);
  const passwordFile = join(temporary, 'password');
  await mkdir(temporary, { mode: 0o700 });
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (account.uid !== undefined && account.gid !== undefined) {
    await chown(passwordFile, account.uid, account.gid);
    await chown(temporary, account.uid, account.gid);
  }
  const data = join(temporary, 'data');
  const done = await runAs(account, join(engine, 'bin', 'initdb'), [
    ...options,
    `--pgdata=${data}`,
    `--pwfile=${passwordFile}`,
  ]);
  if (done.code !== 0) {
    await rm(temporary, { recursive: true, force: true });
    fail('postgres.initdb_failed', { reason: done.output || `exit code ${done.code}` });
  }
  await rename(data, clusterDirOf(home));
  await syncDirectory(home);
  await rm(temporary, { recursive: true, force: true });
}

async function resetPassword({ home, engine, account }: ClusterPlace, password: string): Promise<void> {
  const cluster = clusterDirOf(home);
  await stat(cluster);
  const args = ['--single', '-D', cluster, 'postgres'];
  const sql = `ALTER USER postgres PASSWORD '${password}'\n`;
  const done = await runAs(account, join(engine, 'bin', 'postgres'), args, sql);
  if (done.code !== 0) fail('postgres.start_failed', { reason: done.output });
}
