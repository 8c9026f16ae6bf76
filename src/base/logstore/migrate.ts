/** Numbered, forward-only migrations of the log store: `migrations/clickhouse/0001_logs.sql` and so on. */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fail } from '#base/errors';
import type { LogstoreClient } from './client.ts';
import './errors.ts';

interface Applied {
  readonly file: string;
  /** 1 for the file's first statement; 0 once the whole file was applied. */
  readonly step: number;
  readonly sha256: string;
}

/** Created where the connection's database is. Its inserts carry tokens, so a repeated one adds nothing. */
const record = 'logstore_migrations';

/**
 * Applies what is new in `folder`, in the order of the numbers, and answers the names of the files applied.
 * ClickHouse has no transactions for DDL: every statement is recorded by itself, and a statement that was running
 * when the process died runs again, so write `IF NOT EXISTS`. Statements end with `;` at the end of a line.
 * One process at a time. Throws `logstore.migration_changed`, `…_unknown`, `…_order`.
 */
export async function migrateLogstore(client: LogstoreClient, folder: string): Promise<string[]> {
  await client.command(
    `CREATE TABLE IF NOT EXISTS ${record} (file String, step UInt32, sha256 String, at DateTime64(3, 'UTC') DEFAULT now64(3))
     ENGINE = MergeTree ORDER BY (file, step)
     SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1`,
  );
  const applied = await client.query<Applied>(`SELECT file, step, sha256 FROM ${record} ORDER BY file, step`);
  const files = (await readdir(folder)).filter((name) => /^\d{4}_[\w-]+\.sql$/.test(name)).sort();
  checkOrder(files, applied);
  const done: string[] = [];
  for (const file of files) {
    const source = await readFile(join(folder, file), 'utf8');
    const known = applied.filter((row) => row.file === file);
    if (await applyFile(client, file, source, known)) done.push(file);
  }
  return done;
}

function checkOrder(files: readonly string[], applied: readonly Applied[]): void {
  const last = applied.at(-1)?.file ?? '';
  for (const { file } of applied) if (!files.includes(file)) fail('logstore.migration_unknown', { file });
  for (const file of files) {
    if (file < last && !applied.some((row) => row.file === file)) {
      fail('logstore.migration_order', { file, applied: last });
    }
  }
}

/** False when the file had been applied before. */
async function applyFile(
  client: LogstoreClient,
  file: string,
  source: string,
  known: readonly Applied[],
): Promise<boolean> {
  const whole = known.find((row) => row.step === 0);
  if (whole) {
    if (whole.sha256 !== sha256(source)) fail('logstore.migration_changed', { file });
    return false;
  }
  for (const [index, statement] of splitStatements(source).entries()) {
    const step = index + 1;
    const before = known.find((row) => row.step === step);
    if (before && before.sha256 !== sha256(statement)) fail('logstore.migration_changed', { file });
    if (before) continue;
    await client.command(statement);
    await remember(client, { file, step, sha256: sha256(statement) });
  }
  await remember(client, { file, step: 0, sha256: sha256(source) });
  return true;
}

async function remember(client: LogstoreClient, row: Applied): Promise<void> {
  await client.insert(record, [{ ...row }], { token: `${row.file}#${row.step}#${row.sha256}` });
}

/** The statements of a file; comments alone are none. */
export function splitStatements(source: string): string[] {
  return source
    .split(/;[ \t]*(?:--[^\n]*)?(?:\r?\n|$)/)
    .map((statement) => statement.trim())
    .filter((statement) => statement.replace(/--[^\n]*/g, '').trim() !== '');
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
