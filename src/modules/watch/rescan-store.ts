import { sql } from 'kysely';
import type { Ctx } from '#base/app';
import { allOf, type Page, pageOf } from '#base/list';

export interface RescanRow {
  id: string;
  unit_path: string;
  unit_name: string | null;
  reason: string;
  word_version: number;
  at_once: number;
  state: 'running' | 'paused' | 'cancelled' | 'done';
  started_by_name: string;
  started_at: Date;
  ended_at: Date | null;
  total: number;
  done: number;
  /** Sites of it whose check is under way; one that was asked for and lost its check is not. */
  running: number;
}

const columns = sql`r.id, r.unit_path::text AS unit_path,
  (SELECT u.name FROM units.unit_view u WHERE u.unit_path = r.unit_path ORDER BY u.state LIMIT 1) AS unit_name,
  r.reason, r.word_version, r.at_once, r.state, r.started_by_name, r.started_at, r.ended_at, r.total,
  (SELECT count(*)::int FROM watch.rescan_site s WHERE s.rescan_id = r.id AND s.state IN ('done', 'retired')) AS done,
  (SELECT count(*)::int FROM watch.rescan_site s WHERE s.rescan_id = r.id AND s.state = 'asked'
    AND r.state IN ('running', 'paused') AND EXISTS (SELECT FROM watch."check" c
      WHERE c.site_id = s.site_id AND c.state = 'running')) AS running`;

/** Null when one of the same unit is under way. */
export async function insertRescan(
  ctx: Ctx,
  one: { reason: string; wordVersion: number; atOnce: number },
): Promise<string | null> {
  const { rows } = await sql<{
    id: string;
  }>`INSERT INTO watch.rescan (unit_path, reason, word_version, at_once, total,
      started_by, started_by_name)
    VALUES (${ctx.actor.unitPath}::ltree, ${one.reason}, ${one.wordVersion}, ${one.atOnce}, 0, ${ctx.actor.id},
      ${ctx.actor.name})
    ON CONFLICT (unit_path) WHERE state IN ('running', 'paused') DO NOTHING RETURNING id`.execute(ctx.db);
  return rows[0]?.id ?? null;
}

/** Takes every visible site into a rescan. Returns how many. */
export async function insertSites(ctx: Ctx, rescanId: string): Promise<number> {
  const done = await sql`INSERT INTO watch.rescan_site (rescan_id, site_id, unit_path)
    SELECT ${rescanId}::uuid, s.id, s.unit_path FROM sites.live_site_view s
    WHERE s.unit_path <@ ${ctx.actor.unitPath}::ltree`.execute(ctx.db);
  const total = Number(done.numAffectedRows ?? 0n);
  await sql`UPDATE watch.rescan SET total = ${total} WHERE id = ${rescanId}::uuid`.execute(ctx.db);
  return total;
}

export async function liveRescan(ctx: Ctx): Promise<RescanRow | undefined> {
  const { rows } = await sql<RescanRow>`SELECT ${columns} FROM watch.rescan r
    WHERE r.state IN ('running', 'paused') AND r.unit_path = ${ctx.actor.unitPath}::ltree`.execute(ctx.db);
  return rows[0];
}

export async function findRescan(ctx: Ctx, id: string, lock = false): Promise<RescanRow | undefined> {
  const { rows } = await sql<RescanRow>`SELECT ${columns} FROM watch.rescan r WHERE r.id = ${id}::uuid
    ${lock ? sql`FOR UPDATE OF r` : sql``}`.execute(ctx.db);
  return rows[0];
}

export async function listRescans(
  ctx: Ctx,
  query: { page: number; pageSize: number },
): Promise<Page<RescanRow>> {
  return pageOf<RescanRow>(ctx, {
    columns,
    from: sql`watch.rescan r`,
    as: 'r',
    where: allOf([]),
    orderBy: sql`r.id DESC`,
    query,
  });
}

export async function setState(ctx: Ctx, id: string, state: RescanRow['state']): Promise<void> {
  const hasEnded = state === 'cancelled' || state === 'done';
  await sql`UPDATE watch.rescan SET state = ${state}, ended_at = ${hasEnded ? sql`base.now()` : sql`NULL`}
    WHERE id = ${id}::uuid`.execute(ctx.db);
}

/** Rescans that have not ended, also paused ones: all of them, or those in which a site was asked for. */
export async function liveRescans(ctx: Ctx, siteId?: string): Promise<string[]> {
  const of = siteId
    ? sql`AND EXISTS (SELECT FROM watch.rescan_site s WHERE s.rescan_id = r.id AND s.site_id = ${siteId}::uuid
        AND s.state = 'asked')`
    : sql``;
  const { rows } = await sql<{
    id: string;
  }>`SELECT r.id FROM watch.rescan r WHERE r.state IN ('running', 'paused') ${of}
    ORDER BY r.id`.execute(ctx.db);
  return rows.map((row) => row.id);
}

/** Sites whose check since they were asked for has ended, with this version of the word list or a later one. */
export async function noteEnded(ctx: Ctx, rescanId: string, wordVersion: number): Promise<void> {
  await sql`UPDATE watch.rescan_site s SET state = 'done', check_id = c.id, result = c.state
    FROM (SELECT DISTINCT ON (c.site_id) c.site_id, c.id, c.state FROM watch."check" c
        JOIN watch.rescan_site a ON a.site_id = c.site_id AND a.rescan_id = ${rescanId}::uuid AND a.state = 'asked'
      WHERE c.finished_at >= a.asked_at AND c.word_list >= ${wordVersion} ORDER BY c.site_id, c.id) AS c
    WHERE s.rescan_id = ${rescanId}::uuid AND s.site_id = c.site_id AND s.state = 'asked'`.execute(ctx.db);
}

/** Takes so many waiting sites, those that were looked at longest ago first. */
export async function takeSites(ctx: Ctx, rescanId: string, room: number): Promise<string[]> {
  // As a common table it is read once: a limited subquery beside an UPDATE may be read again for every row.
  const { rows } = await sql<{ site_id: string }>`WITH taken AS MATERIALIZED (
      SELECT w.site_id FROM watch.rescan_site w JOIN sites.live_site_view v ON v.id = w.site_id
      WHERE w.rescan_id = ${rescanId}::uuid AND w.state = 'waiting'
      ORDER BY v.last_checked_at NULLS FIRST, w.site_id LIMIT ${room} FOR UPDATE OF w)
    UPDATE watch.rescan_site s SET state = 'asked', asked_at = base.now() FROM taken
    WHERE s.rescan_id = ${rescanId}::uuid AND s.site_id = taken.site_id RETURNING s.site_id`.execute(ctx.db);
  return rows.map((row) => row.site_id);
}

/** Sites that were asked for long ago and have no check under way: their check was lost, or used an older list. */
export async function lostSites(ctx: Ctx, rescanId: string): Promise<string[]> {
  const { rows } = await sql<{ site_id: string }>`SELECT s.site_id FROM watch.rescan_site s
    WHERE s.rescan_id = ${rescanId}::uuid AND s.state = 'asked'
      AND NOT EXISTS (SELECT FROM watch."check" c WHERE c.site_id = s.site_id AND c.state = 'running')`.execute(
    ctx.db,
  );
  return rows.map((row) => row.site_id);
}

export async function countLeft(ctx: Ctx, rescanId: string): Promise<{ waiting: number; asked: number }> {
  const { rows } = await sql<{ waiting: number; asked: number }>`SELECT
      count(*) FILTER (WHERE state = 'waiting')::int AS waiting, count(*) FILTER (WHERE state = 'asked')::int AS asked
    FROM watch.rescan_site WHERE rescan_id = ${rescanId}::uuid`.execute(ctx.db);
  return rows[0]!;
}

export interface CountyProgress {
  name: string;
  total: number;
  done: number;
}

/** By county; what lies directly under the city stands under the city's own name. */
export async function countByCounty(ctx: Ctx, rescanId: string): Promise<CountyProgress[]> {
  const { rows } =
    await sql<CountyProgress>`SELECT coalesce(max(u.name), '—') AS name, sum(n.total)::int AS total,
      sum(n.done)::int AS done
    FROM (SELECT subpath(unit_path, 0, least(2, nlevel(unit_path))) AS path, count(*) AS total,
        count(*) FILTER (WHERE state IN ('done', 'retired')) AS done
      FROM watch.rescan_site WHERE rescan_id = ${rescanId}::uuid GROUP BY 1) AS n
      LEFT JOIN units.unit_view u ON u.unit_path = n.path
    GROUP BY n.path ORDER BY sum(n.done)::float / sum(n.total), n.path`.execute(ctx.db);
  return rows;
}

export async function countResults(ctx: Ctx, rescanId: string): Promise<{ result: string; count: number }[]> {
  const { rows } = await sql<{ result: string; count: number }>`SELECT result, count(*)::int AS count
    FROM watch.rescan_site WHERE rescan_id = ${rescanId}::uuid AND result IS NOT NULL GROUP BY 1 ORDER BY 1`.execute(
    ctx.db,
  );
  return rows;
}
