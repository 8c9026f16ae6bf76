/** Forward-only migrations: numbered `.sql` files, in one global order, under an advisory lock. */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runMigrations } from 'graphile-worker';
import type pg from 'pg';
import { appPassword } from '#base/db';
import { fail } from '#base/errors';
import type { Logger } from '#base/log';

/** Any number that no other program on the same database is likely to lock. */
const lockKey = 5_720_090_057;

/**
 * Brings the database up to the files in `directory`, and the application role to its password.
 * `pool` must have two connections, and listeners (`openPool`): the queue's own tables are made through the second one.
 * Several processes may call it at once: one works, the others wait. Throws when an applied file was
 * changed, or when the database holds a migration that this program does not know (it is newer).
 */
export async function migrateDatabase(
  pool: pg.Pool,
  options: { ownerUrl: string; directory: string; log: Logger },
): Promise<number> {
  const client = await pool.connect();
  // A server that ends tells the connection too, not only the statement that fails with it.
  const onLost = (error: Error) =>
    options.log.warn({ err: error }, 'the connection of the migration was lost');
  client.on('error', onLost);
  try {
    await client.query('SELECT pg_advisory_lock($1)', [lockKey]);
    await ensureAppRole(client, appPassword(options.ownerUrl));
    await runMigrations({ pgPool: pool });
    return await applyFiles(client, options.directory, options.log);
  } finally {
    await client.query('SELECT pg_advisory_unlock($1)', [lockKey]).catch((error: unknown) => {
      options.log.warn({ err: error }, 'the migration lock goes with its connection');
    });
    client.off('error', onLost);
    client.release();
  }
}

async function applyFiles(client: pg.PoolClient, directory: string, log: Logger): Promise<number> {
  await client.query(`CREATE TABLE IF NOT EXISTS public.jiaodun_migration (
    name text PRIMARY KEY, sha256 text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())`);
  const { rows } = await client.query<{ name: string; sha256: string }>(
    'SELECT name, sha256 FROM public.jiaodun_migration',
  );
  const applied = new Map(rows.map((row) => [row.name, row.sha256]));
  const files = (await readdir(directory)).filter((name) => /^\d{4}_\w+\.sql$/.test(name)).sort();
  const unknown = [...applied.keys()].filter((name) => !files.includes(name));
  if (unknown.length > 0) fail('base.database_newer', { names: unknown.join(', ') });
  let count = 0;
  for (const name of files) {
    const text = await readFile(join(directory, name), 'utf8');
    const sha256 = createHash('sha256').update(text).digest('hex');
    const known = applied.get(name);
    if (known !== undefined && known !== sha256) fail('base.migration_changed', { name });
    if (known !== undefined) continue;
    await applyOne(client, name, text, sha256);
    log.info({ migration: name }, 'migrated');
    count += 1;
  }
  return count;
}

async function applyOne(client: pg.PoolClient, name: string, text: string, sha256: string): Promise<void> {
  await client.query('BEGIN');
  try {
    await client.query(text);
    await client.query('INSERT INTO public.jiaodun_migration (name, sha256) VALUES ($1, $2)', [name, sha256]);
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK');
    throw new Error(`migration ${name} failed: ${(error as Error).message}`, { cause: error });
  }
}

async function ensureAppRole(client: pg.PoolClient, password: string): Promise<void> {
  // DDL takes no parameters; the password is our own hexadecimal digest.
  const found = await client.query(`SELECT FROM pg_roles WHERE rolname = 'jiaodun_app'`);
  const verb = found.rowCount ? 'ALTER' : 'CREATE';
  await client.query(
    `${verb} ROLE jiaodun_app LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE PASSWORD '${password}'`,
  );
}
