/** The running server as a child process: spawned, watched, its log lines passed on. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Logger } from '#base/log';
import { type Account, spawnOptions } from './account.ts';
import { type ClusterPlace, clusterDirOf } from './cluster.ts';

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Postmaster {
  readonly pid: number;
  /** Set once the process is gone. */
  readonly exit: () => Exit | undefined;
  /** Resolves when the process is gone. */
  readonly gone: Promise<Exit>;
  /** The last lines of its log. */
  readonly tail: () => string;
  kill(signal: NodeJS.Signals): void;
}

export const socketPort = 5432;

/**
 * For a small box that five roles share. Parameters of statements and the DETAIL of errors are kept out of the
 * log: they hold personal data. No parallel plans: they need /dev/shm, of which containers get 64 MB.
 */
const settings: Record<string, string> = {
  listen_addresses: '',
  port: String(socketPort),
  unix_socket_permissions: '0777', // role processes may run as another user; SCRAM guards
  max_connections: '120',
  shared_buffers: '256MB',
  work_mem: '8MB',
  maintenance_work_mem: '128MB',
  effective_cache_size: '1GB',
  random_page_cost: '1.1',
  max_parallel_workers_per_gather: '0',
  jit: 'off',
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
  wal_level: 'replica',
  max_wal_size: '1GB',
  timezone: 'UTC',
  log_timezone: 'UTC',
  lc_messages: 'C',
  logging_collector: 'off',
  log_destination: 'stderr',
  log_line_prefix: '',
  log_error_verbosity: 'terse',
  log_parameter_max_length: '0',
  log_min_duration_statement: '1s',
  log_checkpoints: 'off',
};

/** Starts the server as a child in its own session (a Ctrl-C in the terminal must not reach it before the roles). */
export function spawnPostmaster(
  place: ClusterPlace,
  socketDir: string,
  log: Logger,
  others: Readonly<Record<string, string>> = {},
): Postmaster {
  const { engine, account } = place;
  const all = { ...settings, ...others, unix_socket_directories: socketDir };
  const args = [
    '-D',
    clusterDirOf(place.home),
    ...Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ];
  const child = spawn(join(engine, 'bin', 'postgres'), args, {
    ...spawnOptions(account),
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: string[] = [];
  const take = (line: string) => {
    lines.push(line);
    if (lines.length > 20) lines.shift();
    writeLine(log, line);
  };
  for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream! }).on('line', take);
  const postmaster = watch(child, lines);
  if (child.pid !== undefined) guard(child.pid, account, postmaster.gone);
  return postmaster;
}

/**
 * Shuts the server down when this process dies without stopping it, `kill -9` included: a shell waits on a pipe
 * whose other end only we hold, so its `read` returns with our death.
 */
function guard(pid: number, account: Account, gone: Promise<Exit>): void {
  const shell = spawn('/bin/sh', ['-c', 'read -r _; kill -INT "$1"', 'sh', String(pid)], {
    ...spawnOptions(account),
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  shell.once('error', () => {}); // without it the next start stops the orphan: leftovers.ts
  shell.stdin?.on('error', () => {}); // it was killed before us
  gone.then(() => shell.kill('SIGKILL'));
}

function watch(child: ChildProcess, lines: string[]): Postmaster {
  let exit: Exit | undefined;
  const gone = new Promise<Exit>((resolve) => {
    const end = (code: number | null, signal: NodeJS.Signals | null) => {
      exit ??= { code, signal };
      resolve(exit);
    };
    child.once('error', (error) => {
      lines.push(error.message);
      end(null, null);
    });
    child.once('exit', end);
  });
  return {
    pid: child.pid ?? 0,
    exit: () => exit,
    gone,
    tail: () => lines.join('\n'),
    kill: (signal) => {
      if (!exit) child.kill(signal);
    },
  };
}

function writeLine(log: Logger, line: string): void {
  // Our own question whether it is ready; not a fault.
  if (/^FATAL: {2}the database system is (starting up|not yet accepting)/.test(line))
    log.debug({ postgres: line }, 'postgres');
  else if (/^(PANIC|FATAL):/.test(line)) log.error({ postgres: line }, 'postgres');
  else if (/^(ERROR|WARNING):/.test(line)) log.warn({ postgres: line }, 'postgres');
  else log.info({ postgres: line }, 'postgres');
}
