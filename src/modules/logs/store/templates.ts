/** PostgreSQL: templates of sources, in versions. */
import { sql } from 'kysely';
import type { Ctx } from '#base/app';
import type { Pattern } from '../decoders/template/parse-pattern.ts';

export interface TemplateRow {
  version: number;
  patterns: Pattern[];
  at: Date;
}

/** The newest version, or a certain one. */
export async function findTemplate(
  ctx: Ctx,
  sourceId: number,
  version?: number,
): Promise<TemplateRow | undefined> {
  const match = version === undefined ? sql`true` : sql`version = ${version}`;
  const { rows } = await sql<TemplateRow>`SELECT version, patterns, at FROM logs.template
    WHERE source_id = ${sourceId} AND ${match} ORDER BY version DESC LIMIT 1`.execute(ctx.db);
  return rows[0];
}

/** The next version; two at once come one after the other. */
export async function insertTemplate(
  ctx: Ctx,
  source: { id: number; unit_path: string },
  patterns: readonly Pattern[],
): Promise<TemplateRow> {
  await sql`SELECT pg_advisory_xact_lock(hashtext('logs.template'), ${source.id})`.execute(ctx.db);
  const { rows } =
    await sql<TemplateRow>`INSERT INTO logs.template (source_id, version, unit_path, patterns, actor_id)
    SELECT ${source.id}, coalesce(max(version), 0) + 1, ${source.unit_path}::ltree, ${JSON.stringify(patterns)}::jsonb,
      ${ctx.actor.id} FROM logs.template WHERE source_id = ${source.id}
    RETURNING version, patterns, at`.execute(ctx.db);
  return rows[0]!;
}
