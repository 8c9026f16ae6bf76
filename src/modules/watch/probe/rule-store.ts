import { sql } from 'kysely';
import type { Ctx } from '#base/app';
import type { ProbeRules } from '../contract.ts';

export interface RulesRow {
  version: number;
  body: ProbeRules;
  changed_at: Date;
  changed_by_name: string;
}

/** The newest version, or undefined when the bureau has saved none. */
export async function newestRules(ctx: Ctx): Promise<RulesRow | undefined> {
  const { rows } =
    await sql<RulesRow>`SELECT version, body, changed_at, changed_by_name FROM watch.probe_rules
    ORDER BY version DESC LIMIT 1`.execute(ctx.db);
  return rows[0];
}

/** One change at a time: versions have no gaps and no forks. */
export async function lockRules(ctx: Ctx): Promise<void> {
  await sql`SELECT pg_advisory_xact_lock(hashtext('watch.probe_rules'))`.execute(ctx.db);
}

export async function insertRules(
  ctx: Ctx,
  row: { version: number; unitPath: string; body: ProbeRules },
): Promise<void> {
  await sql`INSERT INTO watch.probe_rules (version, unit_path, body, changed_by, changed_by_name)
    VALUES (${row.version}, ${row.unitPath}::ltree, ${JSON.stringify(row.body)}::jsonb, ${ctx.actor.id},
      ${ctx.actor.name})`.execute(ctx.db);
}
