/** What an earlier run may have left: a living server, its backends, or a lock file whose pid is someone else's now. */
import { readdir, readFile, readlink, realpath, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { elapsed } from '#base/clock';
import { fail } from '#base/errors';
import { runAs } from './account.ts';

/** Beyond every system's highest pid, so it is certainly nobody's. */
const deadPid = 2_147_483_646;

/**
 * Stops the postmaster that still runs on this cluster and answers its pid, or null when there is none.
 * It is stopped and not adopted: its log pipe is gone, its exit could not be waited for, and it may run another
 * version or other settings; a new start after a clean stop costs a third of a second.
 * Only call it while holding the lock of the cluster. Throws `postgres.orphan_stuck`.
 */
export async function stopOrphan(cluster: string): Promise<number | null> {
  const lockFile = join(cluster, 'postmaster.pid');
  const lines = (await readFile(lockFile, 'utf8').catch(onlyMissing))?.split('\n');
  if (!lines) return null;
  const pid = Number.parseInt(lines[0] ?? '', 10);
  // Empty after a power cut (measured); PostgreSQL refuses it. Nothing else of this cluster may live then.
  if (!(pid > 1)) {
    await stopStrayBackends(cluster);
    await rm(lockFile);
    return null;
  }
  if (await runsHere(pid, cluster)) {
    await endOrphan(pid);
    return pid;
  }
  // PostgreSQL refuses to start while that pid lives, even as another program of the same user. Its check of the
  // shared memory (line 7) must stay, so the file is kept and only the pid replaced by one that cannot exist.
  if (isAlive(pid)) await writeFile(lockFile, [deadPid, ...lines.slice(1)].join('\n'));
  return null;
}

/** Ends servers of this cluster that outlived their postmaster: they hold its shared memory and block the next start. */
export async function stopStrayBackends(cluster: string): Promise<void> {
  for (const pid of await allPids()) {
    if (pid > 1 && pid !== process.pid && (await runsHere(pid, cluster)))
      await endProcess(pid, 'SIGQUIT', 5_000);
  }
}

async function allPids(): Promise<number[]> {
  if (process.platform === 'linux') return (await readdir('/proc')).map(Number).filter(Number.isInteger);
  const shown = await runAs({ name: 'me' }, '/bin/sh', ['-c', 'ps -axo pid=,comm= | grep postgres || true']);
  return shown.output.split('\n').map((line) => Number.parseInt(line, 10));
}

function onlyMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}

/** Whether the process is a `postgres` of this very cluster: a server's working directory is its cluster. */
async function runsHere(pid: number, cluster: string): Promise<boolean> {
  if (process.platform === 'linux') {
    const cwd = await readlink(`/proc/${pid}/cwd`).catch(() => undefined);
    const command = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '');
    return command.trim() === 'postgres' && cwd === (await realpath(cluster));
  }
  const shown = await runAs({ name: 'me' }, '/bin/ps', ['-o', 'command=', '-p', String(pid)]);
  return shown.output.includes('postgres') && shown.output.includes(cluster);
}

async function endOrphan(pid: number): Promise<void> {
  if (await endProcess(pid, 'SIGINT', 15_000)) return;
  if (await endProcess(pid, 'SIGQUIT', 10_000)) return;
  fail('postgres.orphan_stuck', { pid });
}

/** True when the process is gone within the time, milliseconds. */
async function endProcess(pid: number, signal: NodeJS.Signals, withinMs: number): Promise<boolean> {
  send(pid, signal);
  const until = elapsed() + withinMs;
  while (isAlive(pid)) {
    if (elapsed() > until) return false;
    await sleep(25);
  }
  return true;
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
