/** What tells a website that nobody tends any more. */
import { sql } from 'kysely';
import type { Ctx } from '#base/app';

export interface Life {
  /** Begin of the outage that still lasts. */
  readonly downSince: Date | null;
  /** Counted probes of the last days: those that opened, and days on which any was counted. */
  readonly opened: number;
  readonly daysProbed: number;
  /** The first check that read the site before the days, and the newest of all. */
  readonly readBefore: Date | null;
  readonly readLast: Date | null;
  /** Whether anything changed on a page, or a file came, within the days. */
  readonly hasChanged: boolean;
  /** Day of the newest dated entry on its pages (YYYY-MM-DD). */
  readonly newestDay: string | null;
}

export async function lifeOf(ctx: Ctx, siteId: string, days: number): Promise<Life> {
  const since = sql`base.now() - ${days} * interval '1 day'`;
  const id = sql`${siteId}::uuid`;
  const { rows } = await sql<Life>`SELECT
    (SELECT began_at FROM watch.outage WHERE site_id = ${id} AND ended_at IS NULL) AS "downSince",
    (SELECT coalesce(sum(opened), 0)::int FROM watch.probe_day
      WHERE site_id = ${id} AND day > (${since})::date) AS opened,
    (SELECT count(*)::int FROM watch.probe_day
      WHERE site_id = ${id} AND day > (${since})::date AND opened + failed > 0) AS "daysProbed",
    (SELECT min(started_at) FROM watch."check" WHERE site_id = ${id} AND state IN ('clean', 'faulty')
      AND started_at <= ${since}) AS "readBefore",
    (SELECT max(started_at) FROM watch."check" WHERE site_id = ${id} AND state IN ('clean', 'faulty')) AS "readLast",
    EXISTS (SELECT FROM watch.change WHERE site_id = ${id} AND seen_at > ${since})
      OR EXISTS (SELECT FROM watch.attachment WHERE site_id = ${id} AND first_seen_at > ${since}) AS "hasChanged",
    (SELECT max(brief->>'newestDay') FROM watch.url WHERE site_id = ${id} AND outcome = 'read'
      AND brief->>'newestDay' <= to_char(base.now(), 'YYYY-MM-DD')) AS "newestDay"`.execute(ctx.db);
  return rows[0]!;
}
