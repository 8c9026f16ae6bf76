import { sql } from 'kysely';
import type { Ctx } from '#base/app';
import { type Page, pageOf } from '#base/list';
import type { Place } from '../finish-store.ts';
import { AGAIN_HOURS, GRAVE_MAX, PAGES_MAX, type Why } from './rules.ts';

export interface Wish {
  readonly id: string;
  readonly site_id: string;
  readonly unit_path: string;
  readonly check_id: string;
  readonly url: string;
  readonly why: Why;
  readonly attempts: number;
}

/**
 * Wishes for looks at pages that the check read: the home page and those that only scripts fill or that changed, then
 * those that were not opened for longest; and, whatever was opened today, those whose scripts or template changed, the
 * home page with other links, and wherever a finding of an earlier look stands.
 */
export async function wishForPages(ctx: Ctx, place: Place, home: string | undefined): Promise<void> {
  const changed = (classes: readonly string[]) => sql`EXISTS (SELECT FROM watch.change c
    WHERE c.check_id = ${place.checkId}::uuid AND c.url = u.url AND c.classes && ${[...classes]}::text[])`;
  await sql`WITH page AS (
      SELECT u.url, CASE WHEN u.url = ${home ?? null} THEN 'home'
          WHEN (u.brief->>'needsBrowser')::boolean THEN 'script'
          WHEN ${changed(['scripts', 'template', 'links'])} THEN 'changed' ELSE 'sample' END AS why,
        ${changed(['scripts', 'template'])} OR u.url = ${home ?? null} AND ${changed(['links'])} AS is_grave, r.looked_at
      FROM watch.url u LEFT JOIN watch.rendered_page r ON r.site_id = u.site_id AND r.url = u.url
      WHERE u.site_id = ${place.siteId}::uuid AND u.check_id = ${place.checkId}::uuid AND u.state = 'done'
        AND u.outcome = 'read' AND u.brief IS NOT NULL),
    due AS (SELECT url, why FROM page
      WHERE why = 'changed' OR looked_at IS NULL OR looked_at < base.now() - ${AGAIN_HOURS} * interval '1 hour'
      ORDER BY array_position(ARRAY['home', 'script', 'changed', 'sample'], why), looked_at NULLS FIRST, url
      LIMIT (SELECT greatest(0, ${PAGES_MAX} - count(*)) FROM watch.rendered_page d WHERE d.site_id = ${place.siteId}::uuid
        AND (d.why IS NOT NULL OR d.looked_at > base.now() - ${AGAIN_HOURS} * interval '1 hour'))),
    grave AS (SELECT url, 'changed' AS why FROM page WHERE is_grave ORDER BY url LIMIT ${GRAVE_MAX}),
    standing AS (SELECT DISTINCT split_part(f.url, '#', 1) AS url, 'finding' AS why FROM findings.finding_view f
      WHERE f.site_id = ${place.siteId}::uuid AND f.part = 'browser' AND f.state IN ('open', 'fixed'))
    INSERT INTO watch.rendered_page AS r (unit_path, site_id, check_id, url, why)
    SELECT DISTINCT ON (n.url) ${place.unitPath}::ltree, ${place.siteId}::uuid, ${place.checkId}::uuid, n.url, n.why
    FROM (SELECT * FROM standing UNION ALL SELECT * FROM grave UNION ALL SELECT * FROM due) AS n
    WHERE length(n.url) <= 2000 ORDER BY n.url, n.why = 'finding' DESC
    ON CONFLICT (site_id, url) DO UPDATE SET why = excluded.why, check_id = excluded.check_id, attempts = 0,
      not_before = base.now() WHERE r.why IS NULL`.execute(ctx.db);
}

/** Wishes for a look at one page that the site is known to have. Returns false when it has no such page. */
export async function wishForPage(ctx: Ctx, siteId: string, url: string | null): Promise<boolean> {
  const { rows } = await sql`INSERT INTO watch.rendered_page AS r (unit_path, site_id, check_id, url, why)
    SELECT u.unit_path, u.site_id, u.check_id, u.url, 'asked' FROM watch.url u
    WHERE u.site_id = ${siteId}::uuid AND u.check_id IS NOT NULL AND u.brief IS NOT NULL
      AND (u.url = ${url} OR ${url}::text IS NULL AND u.rank = 0) ORDER BY u.seq LIMIT 1
    ON CONFLICT (site_id, url) DO UPDATE SET why = 'asked', not_before = base.now(), attempts = 0,
      check_id = excluded.check_id RETURNING id`.execute(ctx.db);
  return rows.length > 0;
}

const LEASE_MINUTES = 5;

/** Takes a page that waits: those for which a person waits, or a finding, first, and those whose turn it is last. */
export async function takePage(ctx: Ctx): Promise<Wish | undefined> {
  const { rows } = await sql<Wish>`UPDATE watch.rendered_page r SET attempts = r.attempts + 1,
      lease_until = base.now() + ${LEASE_MINUTES} * interval '1 minute'
    WHERE r.id = (SELECT id FROM watch.rendered_page WHERE why IS NOT NULL AND not_before <= base.now()
      AND EXISTS (SELECT FROM sites.live_site_view l WHERE l.id = site_id)
      AND (lease_until IS NULL OR lease_until <= base.now())
      ORDER BY array_position(ARRAY['asked', 'finding', 'home', 'script', 'changed', 'sample'], why), not_before, id LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING r.id, r.site_id, r.unit_path::text AS unit_path, r.check_id, r.url, r.why, r.attempts`.execute(
    ctx.db,
  );
  return rows[0];
}

export async function isAnyWanted(ctx: Ctx): Promise<boolean> {
  const { rows } =
    await sql`SELECT FROM watch.rendered_page WHERE why IS NOT NULL AND not_before <= base.now()
      AND EXISTS (SELECT FROM sites.live_site_view l WHERE l.id = site_id)
    AND (lease_until IS NULL OR lease_until <= base.now()) LIMIT 1`.execute(ctx.db);
  return rows.length > 0;
}

export interface Ended {
  /** Null when it was seen. */
  readonly reason: string | null;
  readonly ledTo: string | null;
  readonly findings: number;
}

/** Ends a wish. Does nothing when another process ended it. */
export async function endWish(ctx: Ctx, id: string, end: Ended): Promise<boolean> {
  const done = await sql`UPDATE watch.rendered_page SET why = NULL, lease_until = NULL, attempts = 0,
      state = ${end.reason === null ? 'seen' : 'failed'}, reason = ${end.reason?.slice(0, 500) ?? null},
      led_to = ${end.ledTo}, findings = ${end.findings}, looked_at = base.now()
    WHERE id = ${id}::uuid AND why IS NOT NULL`.execute(ctx.db);
  return done.numAffectedRows === 1n;
}

/** How the check ended after which a page was wished for. */
export async function stateOfCheck(ctx: Ctx, checkId: string): Promise<string | undefined> {
  const { rows } = await sql<{ state: string }>`SELECT state FROM watch."check"
    WHERE id = ${checkId}::uuid`.execute(ctx.db);
  return rows[0]?.state;
}

export interface RenderedRow {
  readonly id: string;
  readonly site_id: string;
  readonly url: string;
  readonly why: Why | null;
  readonly state: 'seen' | 'failed' | null;
  readonly reason: string | null;
  readonly led_to: string | null;
  readonly findings: number;
  readonly looked_at: Date | null;
}

/** What waits first, then the newest looks. */
export async function listRendered(
  ctx: Ctx,
  query: { page: number; pageSize: number; siteId?: string | undefined },
): Promise<Page<RenderedRow>> {
  return pageOf<RenderedRow>(ctx, {
    columns: sql`r.id, r.site_id, r.url, r.why, r.state, r.reason, r.led_to, r.findings, r.looked_at`,
    from: sql`watch.rendered_page r`,
    as: 'r',
    where: query.siteId ? sql`r.site_id = ${query.siteId}::uuid` : sql`true`,
    orderBy: sql`r.findings > 0 DESC, r.looked_at DESC NULLS FIRST, r.id`,
    query,
  });
}
