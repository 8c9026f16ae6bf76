/** PostgreSQL: for how long logs are kept, by class and unit. */
import { sql } from 'kysely';
import type { Ctx } from '#base/app';

export type RetentionClass = 'school_site' | 'other';

export interface RuleRow {
  id: string;
  class: RetentionClass;
  unit_name: string | null;
  unit_path: string;
  days: number;
  basis: string;
  actor_name: string;
  at: Date;
}

const ruleColumns = sql`r.id, r.class, u.name AS unit_name, r.unit_path::text AS unit_path, r.days, r.basis,
  r.actor_name, r.at`;

/** The classes with the least days by law, what holds at `path`, and how many sources of each the caller sees. */
export async function classesAt(ctx: Ctx, path: string) {
  const { rows } = await sql<{
    class: RetentionClass;
    least_days: number;
    basis: string;
    days: number;
    sources: number;
  }>`SELECT c.class, c.least_days, c.basis, logs.kept_days(c.class, ${path}::ltree) AS days,
      (SELECT count(*)::int FROM logs.source s WHERE s.retention = c.class) AS sources
    FROM logs.retention_class c ORDER BY c.least_days`.execute(ctx.db);
  return rows;
}

/** The newest rule of each unit and class that the caller may see. */
export async function newestRules(ctx: Ctx): Promise<RuleRow[]> {
  const { rows } = await sql<RuleRow>`SELECT ${ruleColumns} FROM (
      SELECT DISTINCT ON (class, unit_path) * FROM logs.retention_rule ORDER BY class, unit_path, id DESC
    ) r LEFT JOIN units.unit_view u ON u.unit_path = r.unit_path ORDER BY r.unit_path, r.class`.execute(
    ctx.db,
  );
  return rows;
}

/** Throws PostgreSQL's check violation `least_days` when the law asks for more. */
export async function insertRule(
  ctx: Ctx,
  rule: { class: RetentionClass; days: number; basis: string; unitPath: string },
): Promise<RuleRow> {
  const { rows } = await sql<RuleRow>`WITH r AS (
      INSERT INTO logs.retention_rule (unit_path, class, days, basis, actor_id, actor_name)
      VALUES (${rule.unitPath}::ltree, ${rule.class}, ${rule.days}, ${rule.basis}, ${ctx.actor.id}, ${ctx.actor.name})
      RETURNING *)
    SELECT ${ruleColumns} FROM r LEFT JOIN units.unit_view u ON u.unit_path = r.unit_path`.execute(ctx.db);
  return rows[0]!;
}

/** What of a source is there, and what not any more. */
export async function standingOf(ctx: Ctx, sourceId: number) {
  const { rows } = await sql<{
    class: RetentionClass;
    days: number;
    least_days: number;
    oldest: Date | null;
    segments: number;
    raw_bytes: number;
    held: number;
    moved: number;
    dropped: number;
    dropped_to: Date | null;
  }>`SELECT s.retention AS class, logs.kept_days(s.retention, s.unit_path) AS days,
      (SELECT least_days FROM logs.retention_class c WHERE c.class = s.retention) AS least_days, g.*
    FROM logs.source s, LATERAL (
      SELECT min(first_recv) FILTER (WHERE dropped_at IS NULL) AS oldest,
        count(*) FILTER (WHERE dropped_at IS NULL)::bigint AS segments,
        coalesce(sum(raw_bytes) FILTER (WHERE dropped_at IS NULL), 0)::bigint AS raw_bytes,
        count(*) FILTER (WHERE dropped_at IS NULL AND logs.is_held(segment))::bigint AS held,
        count(*) FILTER (WHERE dropped_at IS NULL AND moved_at IS NOT NULL)::bigint AS moved,
        count(*) FILTER (WHERE dropped_at IS NOT NULL)::bigint AS dropped,
        max(last_recv) FILTER (WHERE dropped_at IS NOT NULL) AS dropped_to
      FROM logs.segment WHERE source_id = s.id
    ) g WHERE s.id = ${sourceId}`.execute(ctx.db);
  return rows[0];
}
