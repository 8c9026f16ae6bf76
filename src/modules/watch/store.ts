import { sql } from 'kysely';
import type { Ctx } from '#base/app';
import { allOf, type Page, pageOf } from '#base/list';
import { type CheckState, periods } from './rules.ts';

export interface CheckRow {
  id: string;
  unit_path: string;
  site_id: string;
  site_name: string;
  state: CheckState;
  started_at: Date;
  finished_at: Date | null;
  pages: number;
  bytes: number;
  findings: number;
  reason: string | null;
}

const columns = sql`c.id, c.unit_path::text AS unit_path, c.site_id, s.name AS site_name, c.state, c.started_at,
  c.finished_at, c.pages, c.bytes, c.findings, c.reason`;
const siteJoin = sql`JOIN sites.site_view s ON s.id = c.site_id`;
const joins = sql`watch."check" c ${siteJoin}`;

/** Opens a check of a site. Returns null when one is running. */
export async function insertCheck(ctx: Ctx, site: { id: string; unitPath: string }): Promise<string | null> {
  const { rows } = await sql<{ id: string }>`INSERT INTO watch."check" (unit_path, site_id)
    VALUES (${site.unitPath}::ltree, ${site.id}::uuid) ON CONFLICT (site_id) WHERE state = 'running' DO NOTHING
    RETURNING id`.execute(ctx.db);
  return rows[0]?.id ?? null;
}

/** Notes that a running check, which may be past the page in question, is to be followed by another. */
export async function askAgain(ctx: Ctx, siteId: string): Promise<void> {
  await sql`UPDATE watch."check" SET again = true WHERE site_id = ${siteId}::uuid AND state = 'running'
    AND lease_until IS NOT NULL`.execute(ctx.db);
}

export interface TakenCheck {
  readonly id: string;
  readonly attempts: number;
  /** What it has seen so far, when another worker began it. */
  readonly findings: number;
}

const lease = sql`base.now() + ${periods.lease / 1000} * interval '1 second'`;

/** Takes a site's running check for `holder`, unless another worker holds it. */
export async function takeCheck(ctx: Ctx, siteId: string, holder: string): Promise<TakenCheck | undefined> {
  const { rows } = await sql<TakenCheck>`UPDATE watch."check" SET holder = ${holder}, attempts = attempts + 1,
      lease_until = ${lease}, started_at = CASE WHEN pages = 0 THEN base.now() ELSE started_at END
    WHERE site_id = ${siteId}::uuid AND state = 'running' AND (lease_until IS NULL OR lease_until <= base.now())
    RETURNING id, attempts, findings`.execute(ctx.db);
  return rows[0];
}

/** Says that the holder lives. Returns false when the check is no longer its own. */
export async function renewLease(ctx: Ctx, id: string, holder: string): Promise<boolean> {
  const done = await sql`UPDATE watch."check" SET lease_until = ${lease}
    WHERE id = ${id}::uuid AND holder = ${holder} AND state = 'running'`.execute(ctx.db);
  return done.numAffectedRows === 1n;
}

/**
 * Renews the leases of several checks that have not ended yet. Returns the ids of those; a check that somebody writes at
 * this moment is left out, so that nobody waits for another's.
 */
export async function renewLeases(
  ctx: Ctx,
  held: readonly { id: string; holder: string }[],
): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ id: string }>`UPDATE watch."check" SET lease_until = ${lease}
    WHERE id IN (SELECT c.id FROM watch."check" c
      JOIN unnest(${held.map(({ id }) => id)}::uuid[], ${held.map(({ holder }) => holder)}::text[]) AS n(id, holder)
        ON n.id = c.id AND n.holder = c.holder
      WHERE c.state = 'running' AND c.lease_until > base.now() FOR UPDATE OF c SKIP LOCKED)
    RETURNING id`.execute(ctx.db);
  return new Set(rows.map(({ id }) => id));
}

/** Gives a check back; `counts` is false when the worker stopped in good order. */
export async function releaseCheck(ctx: Ctx, id: string, holder: string, counts: boolean): Promise<void> {
  await sql`UPDATE watch."check" SET lease_until = NULL, holder = NULL, attempts = attempts - ${counts ? 0 : 1}
    WHERE id = ${id}::uuid AND holder = ${holder} AND state = 'running'`.execute(ctx.db);
}

export interface CheckEnd {
  readonly id: string;
  readonly holder: string;
  readonly wordList: number;
}

/** Locks the check for its end. Returns false when another worker has taken or ended it: then nothing may be kept. */
export async function lockOwnCheck(ctx: Ctx, end: CheckEnd): Promise<boolean> {
  const { rows } = await sql`SELECT FROM watch."check" WHERE id = ${end.id}::uuid AND holder = ${end.holder}
    AND state = 'running' FOR UPDATE`.execute(ctx.db);
  return rows.length === 1;
}

/** Ends a check. Returns whether another was asked for meanwhile. */
export async function endCheck(
  ctx: Ctx,
  end: CheckEnd & {
    state: CheckState;
    reason: string | null;
  },
): Promise<boolean> {
  const { rows } = await sql<{ again: boolean }>`UPDATE watch."check" SET state = ${end.state},
      finished_at = base.now(), lease_until = NULL, reason = ${end.reason}, word_list = ${end.wordList}
    WHERE id = ${end.id}::uuid RETURNING again`.execute(ctx.db);
  return rows[0]!.again;
}

export interface PageRow {
  url: string;
  status: number;
  charset: string | null;
  bytes: number;
  findings: number;
  error: string | null;
  outcome: string | null;
}

export async function listPages(ctx: Ctx, checkId: string): Promise<PageRow[]> {
  const { rows } =
    await sql<PageRow>`SELECT url, status, charset, bytes, findings, error, outcome FROM watch.page
    WHERE check_id = ${checkId}::uuid ORDER BY place`.execute(ctx.db);
  return rows;
}

export async function findCheck(ctx: Ctx, id: string): Promise<CheckRow | undefined> {
  const { rows } = await sql<CheckRow>`SELECT ${columns} FROM ${joins} WHERE c.id = ${id}::uuid`.execute(
    ctx.db,
  );
  return rows[0];
}

export interface CheckQuery {
  readonly page: number;
  readonly pageSize: number;
  readonly q?: string | undefined;
  readonly siteId?: string | undefined;
  readonly state?: string | undefined;
}

/** Newest first. */
export async function listChecks(ctx: Ctx, query: CheckQuery): Promise<Page<CheckRow>> {
  const where = [];
  if (query.siteId) where.push(sql`c.site_id = ${query.siteId}::uuid`);
  if (query.state) where.push(sql`c.state = ${query.state}`);
  // Only a search looks into the register of sites.
  if (query.q) {
    where.push(sql`c.site_id IN (SELECT s.id FROM sites.site_view s
      WHERE strpos(lower(s.name || ' ' || s.url), lower(${query.q})) > 0)`);
  }
  return pageOf<CheckRow>(ctx, {
    columns,
    from: sql`watch."check" c`,
    as: 'c',
    join: siteJoin,
    where: allOf(where),
    orderBy: sql`c.id DESC`,
    query,
  });
}

/**
 * Critical findings of a site that stand, also those on pages that the last check could not read and those that are
 * reported as fixed: only a look that no longer finds them ends them.
 */
export async function standingCritical(ctx: Ctx, siteId: string): Promise<string[]> {
  const { rows } = await sql<{
    id: string;
  }>`SELECT id FROM findings.finding_view WHERE site_id = ${siteId}::uuid
    AND state IN ('open', 'fixed') AND severity = 'critical' ORDER BY id`.execute(ctx.db);
  return rows.map((row) => row.id);
}

/** Pages of a site on which a finding waits for another look; the worst first. */
export async function pagesWithFindings(ctx: Ctx, siteId: string): Promise<string[]> {
  const { rows } = await sql<{ url: string }>`SELECT split_part(url, '#', 1) AS url FROM findings.finding_view
    WHERE site_id = ${siteId}::uuid AND state IN ('open', 'fixed')
    GROUP BY 1 ORDER BY max(severity_rank) DESC, 1`.execute(ctx.db);
  return rows.map((row) => row.url);
}

export interface DueSite {
  readonly id: string;
  readonly host: string;
}

/** Sites whose next check is due at `now`, the longest unchecked first. */
export async function dueSites(ctx: Ctx, now: Date, limit: number): Promise<DueSite[]> {
  const before = (period: number) => new Date(now.getTime() - period);
  const { rows } = await sql<DueSite>`SELECT s.id, s.host FROM sites.live_site_view s
    LEFT JOIN LATERAL (SELECT c.state, coalesce(c.finished_at, c.started_at) AS at FROM watch."check" c
      WHERE c.site_id = s.id ORDER BY c.id DESC LIMIT 1) last ON true
    WHERE last.state IS DISTINCT FROM 'running' AND (last.at IS NULL OR last.at <= ${before(periods.usual)}
      OR (last.at <= ${before(periods.critical)} AND EXISTS (SELECT FROM findings.finding_view f
        WHERE f.site_id = s.id AND f.state IN ('open', 'fixed') AND f.severity = 'critical')))
    ORDER BY last.at NULLS FIRST LIMIT ${limit}`.execute(ctx.db);
  return rows;
}

/** Sites whose check waits for a worker, or whose worker has gone silent. */
export async function strandedSites(ctx: Ctx, now: Date): Promise<string[]> {
  const { rows } = await sql<{ site_id: string }>`SELECT site_id FROM watch."check" WHERE state = 'running'
    AND coalesce(lease_until, started_at + interval '1 minute') <= ${now} ORDER BY id LIMIT 1000`.execute(
    ctx.db,
  );
  return rows.map((row) => row.site_id);
}

/** How many sites nobody has looked at yet. */
export async function countNeverChecked(ctx: Ctx): Promise<number> {
  const { rows } = await sql<{ n: number }>`SELECT count(*) AS n FROM sites.live_site_view
    WHERE last_checked_at IS NULL`.execute(ctx.db);
  return rows[0]!.n;
}
