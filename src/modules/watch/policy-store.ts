import { sql } from 'kysely';
import type { Ctx } from '#base/app';
import type { CrawlPolicy } from './crawl-policy.ts';

export interface PolicyRow {
  version: number;
  body: CrawlPolicy;
  changed_at: Date | null;
  changed_by_name: string | null;
}

export async function newestPolicy(ctx: Ctx): Promise<PolicyRow | undefined> {
  const { rows } = await sql<PolicyRow>`SELECT version, body, changed_at, changed_by_name FROM watch.policy
    ORDER BY version DESC LIMIT 1`.execute(ctx.db);
  return rows[0];
}

/** One change at a time: versions have no gaps and no forks. */
export async function lockPolicy(ctx: Ctx): Promise<void> {
  await sql`SELECT pg_advisory_xact_lock(hashtext('watch.policy'))`.execute(ctx.db);
}

export async function insertPolicy(
  ctx: Ctx,
  row: { version: number; unitPath: string; body: CrawlPolicy },
): Promise<void> {
  await sql`INSERT INTO watch.policy (version, unit_path, body, changed_by, changed_by_name)
    VALUES (${row.version}, ${row.unitPath}::ltree, ${JSON.stringify(row.body)}::jsonb, ${ctx.actor.id},
      ${ctx.actor.name})`.execute(ctx.db);
}
