/** Under which user the server runs: PostgreSQL refuses root, so root drops to an unprivileged account. */
import { type SpawnOptions, spawn, spawnSync } from 'node:child_process';
import { type Stats, statSync } from 'node:fs';
import { fail } from '#base/errors';
import './errors.ts';

/** Undefined ids mean: stay what we are. */
export interface Account {
  readonly name: string;
  readonly uid?: number;
  readonly gid?: number;
}

export interface Finished {
  readonly code: number | null;
  readonly output: string;
}

/**
 * `nobody` comes last: hostile pages are parsed and rendered as nobody, and what runs as the same user could
 * read the database's files. `daemon` exists on every Linux and macOS and runs nothing here.
 */
const candidates = ['jiaodun', 'daemon', 'nobody'];

/**
 * The account that owns `clusterDir` when it exists, otherwise the first that this machine has of `jiaodun`,
 * `daemon`, `nobody`; as an ordinary user: that user. Throws `postgres.no_account`.
 */
export function chooseAccount(clusterDir?: string): Account {
  if (process.getuid?.() !== 0) return { name: 'the current user' };
  const owner: Stats | undefined = clusterDir ? statSync(clusterDir, { throwIfNoEntry: false }) : undefined;
  if (owner && owner.uid !== 0) return { name: `uid ${owner.uid}`, uid: owner.uid, gid: owner.gid };
  for (const name of candidates) {
    const uid = lookUp(name, '-u');
    const gid = lookUp(name, '-g');
    if (uid && gid) return { name, uid, gid };
  }
  return fail('postgres.no_account', { tried: candidates.join(', ') });
}

/** Asks `id`, not /etc/passwd: accounts may come from a directory service (and do on macOS). */
function lookUp(name: string, flag: '-u' | '-g'): number | undefined {
  const asked = spawnSync('id', [flag, name], { encoding: 'utf8' });
  return asked.status === 0 ? Number(asked.stdout.trim()) : undefined;
}

/** How every child of ours is spawned: as the account, from `/`, with nothing of our environment (no PG* variables). */
export function spawnOptions(account: Account): SpawnOptions {
  const ids = account.uid === undefined ? {} : { uid: account.uid, gid: account.gid };
  return { ...ids, cwd: '/', env: { PATH: '/usr/bin:/bin', LC_ALL: 'C.UTF-8', TZ: 'UTC' } };
}

/** Runs a program as the account to its end. A program that cannot be started has code null and says why. */
export function runAs(account: Account, program: string, args: string[], input = ''): Promise<Finished> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { ...spawnOptions(account), stdio: 'pipe' });
    let output = '';
    const take = (chunk: Buffer) => {
      output = (output + chunk.toString('utf8')).slice(-8192);
    };
    child.stdout?.on('data', take);
    child.stderr?.on('data', take);
    child.stdin?.on('error', (error) => take(Buffer.from(`${error.message}\n`)));
    child.stdin?.end(input);
    child.once('error', (error) => resolve({ code: null, output: error.message }));
    child.once('close', (code) => resolve({ code, output: output.trim() }));
  });
}

/** Whether the account can really enter the folder (asked by trying, so ACLs and mounts count too). */
export async function canEnter(account: Account, folder: string): Promise<boolean> {
  return (await runAs(account, '/bin/sh', ['-c', 'cd -- "$1"', 'sh', folder])).code === 0;
}
