/** Starts the role processes, watches them, restarts those that die, stops them in order. */
import { type ChildProcess, fork } from 'node:child_process';
import { getCompileCacheDir } from 'node:module';
import { dirname } from 'node:path';
import { elapsed } from '#base/clock';
import { childEnvironment } from '#base/config';
import { AppError } from '#base/errors';
import type { Logger } from '#base/log';
import type { FailedStart } from '#base/role-process';
import { startErrors } from '#base/start-errors';

export interface RoleProcess {
  readonly name: string;
  /**
   * Module that the process runs; it gets `start` as its first IPC message and answers `{ready: true}`, or
   * `{failed}` with a FailedStart.
   */
  readonly entry: URL;
  readonly start: unknown;
  /** Stopped when the others have ended, because they write to it until then. */
  readonly stopsLast?: boolean;
  /** The file with its log, for the message when it does not start. */
  readonly logFile: string;
}

interface Running {
  readonly role: RoleProcess;
  child: ChildProcess | undefined;
  failures: number;
  stopping: boolean;
  retry: NodeJS.Timeout | undefined;
}

/** The compile cache of this process, when it has one (`jiaodun start` switches it on). */
function cacheOf(): Record<string, string> {
  const directory = getCompileCacheDir();
  // Node appends its version to the folder that it is given.
  return directory ? { NODE_COMPILE_CACHE: dirname(directory) } : {};
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

  /**
   * Starts a role and resolves when it says that it is ready. From then on it is restarted when it dies. Fails
   * with what the role said (`start.*`), or `start.role_failed`.
   */
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

  /** Stops the processes, together, those that stop last after the others; each gets `graceMs` before SIGKILL. */
  async stop(graceMs: number): Promise<void> {
    for (const running of this.#running) {
      running.stopping = true;
      clearTimeout(running.retry);
    }
    for (const last of [false, true]) {
      const now = this.#running.filter(({ role }) => (role.stopsLast ?? false) === last);
      await Promise.all(
        now.map(({ child, role }) => (child ? endChild(child, graceMs, this.#log, role.name) : undefined)),
      );
    }
  }

  #spawn(running: Running): Promise<void> {
    const { role } = running;
    const child = fork(role.entry, [], {
      // Compiled once, read by every role at every start: measured 1.7–2.2 s without, 0.3–0.8 s with it.
      env: childEnvironment(cacheOf()),
      execArgv: ['--enable-source-maps'],
      serialization: 'advanced',
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    running.child = child;
    const startedAt = elapsed();
    return new Promise<void>((resolve, reject) => {
      child.once('message', (message) => {
        const { failed } = message as { failed?: FailedStart };
        if (failed) reject(startErrorOf(role, failed));
        else resolve();
      });
      child.once('error', reject);
      child.once('exit', (code, signal) => {
        running.child = undefined;
        const reason = `ended (${signal ?? code})`;
        reject(new AppError('start.role_failed', { role: role.name, reason, log: role.logFile }));
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

/** The role's own words when they are known here too, else as the reason. */
function startErrorOf(role: RoleProcess, { code, details, message }: FailedStart): AppError {
  if (code in startErrors) return new AppError(code, details);
  return new AppError('start.role_failed', { role: role.name, reason: message, log: role.logFile });
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
