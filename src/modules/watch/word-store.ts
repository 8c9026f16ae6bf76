import { sql } from 'kysely';
import type { z } from 'zod';
import type { Ctx } from '#base/app';
import type { word } from './contract.ts';

export type Word = z.output<typeof word>;

export interface WordListRow {
  version: number;
  source: string;
  changed_at: Date;
  changed_by_name: string;
  body: Word[];
}

/** The newest version, or undefined when the bureau has saved none. */
export async function newestWords(ctx: Ctx): Promise<WordListRow | undefined> {
  const { rows } = await sql<WordListRow>`SELECT version, source, changed_at, changed_by_name, body
    FROM watch.word_list ORDER BY version DESC LIMIT 1`.execute(ctx.db);
  return rows[0];
}

/** One change at a time: versions have no gaps and no forks. */
export async function lockWords(ctx: Ctx): Promise<void> {
  await sql`SELECT pg_advisory_xact_lock(hashtext('watch.word_list'))`.execute(ctx.db);
}

export async function insertWords(
  ctx: Ctx,
  row: { version: number; unitPath: string; source: string; words: readonly Word[] },
): Promise<void> {
  await sql`INSERT INTO watch.word_list (version, unit_path, body, source, changed_by, changed_by_name)
    VALUES (${row.version}, ${row.unitPath}::ltree, ${JSON.stringify(row.words)}::jsonb, ${row.source},
      ${ctx.actor.id}, ${ctx.actor.name})`.execute(ctx.db);
}
