/** Starts the role processes, watches them, restarts those that die, stops them in order. */
import { type ChildProcess, fork } from 'node:child_process';
import { elapsed } from '#base/clock';
import { childEnvironment } from '#base/config';
import type { Logger } from '#base/log';

export interface RoleProcess {
  readonly name: string;
  /** Module that the process runs; it gets `start` as its first IPC message and answers `{ready: true}`. */
  readonly entry: URL;
  readonly start: unknown;
}

interface Running {
  readonly role: RoleProcess;
  child: ChildProcess | undefined;
  failures: number;
  stopping: boolean;
  retry: NodeJS.Timeout | undefined;
}

const firstRetryMs = 250;
const longestRetryMs = 10_000;
/** A process that lived this long has recovered: its next death is a first one again. */
const healthyMs = 30_000;

/** One machine's processes. Every method may be called at any time. */
export class Supervisor {
  readonly #log: Logger;
  readonly #running: Running[] = [];

  constructor(log: Logger) {
    this.#log = log;
  }

  /** Starts a role and resolves when it says that it is ready. From then on it is restarted when it dies. */
  async start(role: RoleProcess): Promise<void> {
    const running: Running = { role, child: undefined, failures: 0, stopping: false, retry: undefined };
    this.#running.push(running);
    await this.#spawn(running);
  }

  pids(): Record<string, number> {
    const living = this.#running.flatMap(({ role, child }) =>
      child?.pid ? [[role.name, child.pid] as const] : [],
    );
    return Object.fromEntries(living);
  }

  /** Stops the processes, the last started first; each gets `graceMs` before SIGKILL. */
  async stop(graceMs: number): Promise<void> {
    for (const running of this.#running.toReversed()) {
      running.stopping = true;
      clearTimeout(running.retry);
      if (running.child) await endChild(running.child, graceMs, this.#log, running.role.name);
    }
  }

  #spawn(running: Running): Promise<void> {
    const { role } = running;
    const child = fork(role.entry, [], {
      env: childEnvironment({}),
      execArgv: ['--enable-source-maps'],
      serialization: 'advanced',
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    running.child = child;
    const startedAt = elapsed();
    return new Promise<void>((resolve, reject) => {
      child.once('message', () => resolve());
      child.once('error', reject);
      child.once('exit', (code, signal) => {
        running.child = undefined;
        reject(new Error(`${role.name} ended before it was ready (${signal ?? code})`));
        if (!running.stopping) this.#restart(running, startedAt, signal ?? code);
      });
      child.send(role.start as object);
    });
  }

  #restart(running: Running, startedAt: number, reason: string | number | null): void {
    running.failures = elapsed() - startedAt > healthyMs ? 1 : running.failures + 1;
    const wait = Math.min(firstRetryMs * 2 ** (running.failures - 1), longestRetryMs);
    this.#log.error(
      { ended: running.role.name, reason, retryInMs: wait },
      'a role process ended and is restarted',
    );
    running.retry = setTimeout(() => {
      this.#spawn(running).catch((error: unknown) => {
        // The exit handler has already planned the next try.
        this.#log.warn({ role: running.role.name, err: error }, 'a restart failed');
      });
    }, wait);
  }
}

async function endChild(child: ChildProcess, graceMs: number, log: Logger, name: string): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  await new Promise<void>((resolve) => {
    const force = setTimeout(() => {
      log.warn({ role: name }, 'did not stop in time and is killed');
      child.kill('SIGKILL');
    }, graceMs);
    child.once('exit', () => {
      clearTimeout(force);
      resolve();
    });
    child.kill('SIGTERM');
  });
}
