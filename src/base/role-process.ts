/** The child's side of the supervisor: waits for the start message, stops when told or when orphaned. */
import { hostname } from 'node:os';
import type pg from 'pg';
import { isAppError } from '#base/errors';
import type { Logger } from '#base/log';
import type { RoleHealth } from '#base/role-health';

export interface RoleHandle {
  stop(): Promise<void>;
}

/** The message of a role that could not start. */
export interface FailedStart {
  readonly code: string;
  readonly details: Readonly<Record<string, unknown>>;
  readonly message: string;
}

/**
 * Runs a role. `begin` gets the supervisor's start message. SIGTERM, and the loss of the supervisor (it was
 * killed), stop the role and end the process.
 */
export function runRole<T>(begin: (start: T) => Promise<{ handle: RoleHandle; log: Logger }>): void {
  process.once('message', (start) => {
    begin(start as T).then(({ handle, log }) => {
      let stopping = false;
      const stop = (why: string) => {
        if (stopping) return;
        stopping = true;
        log.debug({ why }, 'stopping');
        handle.stop().then(
          () => process.exit(0),
          (error: unknown) => {
            log.error({ err: error }, 'could not stop cleanly');
            process.exit(1);
          },
        );
      };
      process.on('SIGTERM', () => stop('SIGTERM'));
      process.on('SIGINT', () => undefined); // the terminal sends it to the whole group; the supervisor decides
      process.once('disconnect', () => stop('the supervisor is gone'));
      if (!process.connected) stop('the supervisor is gone');
      else process.send?.({ ready: true });
    }, tellFailedStart);
  });
}

/** What an operator can act on goes to the supervisor, which says it once; anything else is a bug with a stack. */
function tellFailedStart(error: unknown): void {
  if (isAppError(error) && process.connected) {
    const failed: FailedStart = { code: error.code, details: error.details, message: error.message };
    process.send?.({ failed }, () => process.exit(1));
    return;
  }
  process.stderr.write(`${(error as Error).stack ?? error}\n`);
  process.exit(1);
}

const beatMs = 5_000;
/** A role whose last beat is older than this is not running. */
export const staleAfterSeconds = 20;

/**
 * Says every five seconds that this role lives here and how it is. A change of its problems is logged once. Returns
 * how to end it.
 */
export function startHeartbeat(
  pool: pg.Pool,
  role: string,
  log: Logger,
  health: () => Promise<RoleHealth>,
): () => Promise<void> {
  let known = '';
  const beat = async () => {
    const { problems, figures } = await health().catch((error: unknown) => unknownHealth(error, log));
    const status = problems.length === 0 ? 'ok' : 'degraded';
    const words = problems.map(({ en }) => en).join('; ');
    if (words !== known) log[words ? 'warn' : 'info']({ status, problems: words }, 'the health of this role');
    known = words;
    await pool.query(
      `INSERT INTO base.role_heartbeat (role, host, pid, started_at, status, detail)
       VALUES ($1, $2, $3, base.now(), $4, $5)
       ON CONFLICT (role, host) DO UPDATE SET at = base.now(), pid = excluded.pid, status = excluded.status,
         detail = excluded.detail,
         started_at = CASE WHEN base.role_heartbeat.pid = excluded.pid THEN base.role_heartbeat.started_at
           ELSE excluded.started_at END`,
      [role, hostname(), process.pid, status, JSON.stringify({ problems, figures })],
    );
  };
  const run = () => beat().catch((error: unknown) => log.warn({ err: error }, 'no heartbeat'));
  let running: Promise<void> | null = null;
  // One beat at a time: none may be written after the last one.
  const step = () => {
    running ??= run().finally(() => {
      running = null;
    });
  };
  const timer = setInterval(step, beatMs);
  step();
  return async () => {
    clearInterval(timer);
    await running;
    await pool
      .query('UPDATE base.role_heartbeat SET at = $3 WHERE role = $1 AND host = $2', [
        role,
        hostname(),
        new Date(0),
      ])
      .catch((error: unknown) => log.debug({ err: error }, 'the heartbeat ends with the database'));
  };
}

/** A role that cannot say how it is lives, and is not well. */
function unknownHealth(error: unknown, log: Logger): RoleHealth {
  log.error({ err: error }, 'the health of this role cannot be told');
  const problem = {
    zh: '无法得知该角色的状况，见其日志',
    en: 'cannot tell how it is; see the log of the role',
  };
  return { problems: [problem], figures: {} };
}
