import { sql } from 'kysely';
import type { Ctx } from '#base/app';
import { pageOf } from '#base/list';

export interface ComparisonRow {
  id: string;
  name: string;
  sites: number;
  faulty: number;
  unknown: number;
  open_findings: number;
}

/** Visible sites counted by the unit directly below the actor's that they lie under, the worst first. */
export async function compareSites(ctx: Ctx, query: { page: number; pageSize: number }) {
  return pageOf<ComparisonRow>(ctx, {
    columns: sql`c.*`,
    from: sql`(SELECT u.id, u.name, count(*) AS sites, count(*) FILTER (WHERE s.health = 'faulty') AS faulty,
        count(*) FILTER (WHERE s.health IN ('unknown', 'unreachable', 'blocked')) AS unknown,
        sum(s.open_findings) AS open_findings
      FROM sites.site s JOIN units.unit_view u
        ON u.unit_path = subpath(s.unit_path, 0, least(nlevel(s.unit_path), nlevel((SELECT base.scope())) + 1))
      WHERE s.retired_at IS NULL
      GROUP BY u.id, u.name) AS c`,
    where: sql<boolean>`true`,
    orderBy: sql`c.faulty DESC, c.open_findings DESC, c.unknown DESC, c.name, c.id`,
    query,
  });
}
