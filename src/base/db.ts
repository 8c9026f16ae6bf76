/**
 * PostgreSQL: the pools, and what is asked of its errors.
 *
 * Two roles: the owner (migrations, job queue) and `jiaodun_app`, under which all domain code runs. The
 * latter owns no table and has no BYPASSRLS, so a forgotten filter shows too little, never too much.
 */
import { createHmac } from 'node:crypto';
import type { Kysely } from 'kysely';
import pg from 'pg';
import type { Logger } from '#base/log';

/** Tables are typed per module: `tables<SitesTables>(ctx)` in its `store.ts`. */
export type Db = Kysely<Record<never, never>>;

/** The subtree of units that a transaction may see: an ltree path, or `*` for system jobs. */
export type Scope = string;

// Timestamps come back as Date, bigint as string would surprise: counts fit a JS number by far.
pg.types.setTypeParser(pg.types.builtins.INT8, (text) => {
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : text;
});

/** `waitMs`: how long a caller waits for a connection before its request fails. */
export function openPool(connectionString: string, log: Logger, max = 10, waitMs = 10_000): pg.Pool {
  const pool = new pg.Pool({
    connectionString,
    max,
    connectionTimeoutMillis: waitMs,
    idleTimeoutMillis: 30_000,
    application_name: 'jiaodun',
  });
  // An idle connection that breaks (server restart) is replaced by the pool; without a listener it would
  // end the process.
  // Not the error itself: pg hangs the whole client on it, with its statements.
  pool.on('error', ({ message }) => log.warn({ reason: message }, 'a database connection broke'));
  // A checked-out connection reports a break through its query; this keeps the event from being unhandled.
  pool.on('connect', (client) =>
    client.on('error', ({ message }) => log.debug({ reason: message }, 'connection error')),
  );
  return pool;
}

/** The application role's password: derived, so that every machine with the same owner URL finds it. */
export function appPassword(ownerUrl: string): string {
  return createHmac('sha256', new URL(ownerUrl).password || 'jiaodun')
    .update('jiaodun_app')
    .digest('hex');
}

/** The same database as the application role. Keeps query parameters (a unix socket is `?host=/dir`). */
export function appUrlOf(ownerUrl: string): string {
  const url = new URL(ownerUrl);
  url.username = 'jiaodun_app';
  url.password = appPassword(ownerUrl);
  return url.href;
}

/** A connection string for a server on a unix socket. */
export function socketUrl(parts: {
  host: string;
  port: number;
  user: string;
  password: string;
  database: string;
}): string {
  const { host, port, user, password, database } = parts;
  const secret = encodeURIComponent(password);
  return `postgres://${user}:${secret}@localhost:${port}/${database}?host=${encodeURIComponent(host)}`;
}

/** PostgreSQL's error code (SQLSTATE), when `error` came from it. */
export function sqlState(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
}

/** The constraint that a failed statement violated, when it did. */
export function violatedConstraint(error: unknown): string | undefined {
  return sqlState(error)?.startsWith('23') ? (error as { constraint?: string }).constraint : undefined;
}
