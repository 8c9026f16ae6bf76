import { sql } from 'kysely';
import type { Ctx } from '#base/app';
import { type Page, pageOf } from '#base/list';
import type { Place } from '../finish-store.ts';
import type { Measures } from './compare-pictures.ts';
import type { Drawn, Verdict, Volatile, Why } from './rules.ts';

/** What is known of the drawings of a site's home page. `kind` is that of its findings. */
export async function drawnOf(ctx: Ctx, siteId: string, kind: string): Promise<Drawn> {
  const { rows } = await sql<Drawn>`SELECT max(p.drawn_at) AS "lastAt",
      count(*) FILTER (WHERE p.drawn_at > base.now() - interval '1 day') AS lately,
      coalesce((SELECT learned FROM watch.home_look WHERE site_id = ${siteId}::uuid), 0) AS learned,
      EXISTS (SELECT FROM findings.finding_view f WHERE f.site_id = ${siteId}::uuid AND f.kind = ${kind}
        AND f.state IN ('open', 'fixed')) AS "isOpen",
      EXISTS (SELECT FROM findings.finding_view f WHERE f.site_id = ${siteId}::uuid AND f.kind = ${kind}
        AND f.state = 'fixed') AS "isFixed"
    FROM watch.home_picture p WHERE p.site_id = ${siteId}::uuid AND p.state <> 'wanted'`.execute(ctx.db);
  return rows[0]!;
}

/** Whether the check saw another template, title or text at this address. `bits`: of the simhash. */
export async function isMuchChanged(ctx: Ctx, place: Place, url: string, bits: number): Promise<boolean> {
  const { rows } = await sql`SELECT FROM watch.change WHERE check_id = ${place.checkId}::uuid AND url = ${url}
    AND (classes && ARRAY['template', 'title'] OR distance > ${bits}) LIMIT 1`.execute(ctx.db);
  return rows.length > 0;
}

/**
 * Wishes for a drawing, `minutes` from now; one waits for each site at most, and who asks for it has it go first. Returns
 * whether this wish is new.
 */
export async function wish(
  ctx: Ctx,
  place: Place,
  wanted: { url: string; why: Why; minutes?: number },
): Promise<boolean> {
  const { rows } =
    await sql`INSERT INTO watch.home_picture (unit_path, site_id, check_id, url, why, asked_by, not_before)
    VALUES (${place.unitPath}::ltree, ${place.siteId}::uuid, ${place.checkId}::uuid, ${wanted.url}, ${wanted.why},
      ${ctx.actor.id}, base.now() + ${wanted.minutes ?? 0} * interval '1 minute')
    ON CONFLICT (site_id) WHERE state = 'wanted' DO UPDATE SET why = excluded.why, asked_by = excluded.asked_by,
      not_before = excluded.not_before WHERE excluded.why = 'asked' AND home_picture.why <> 'asked' RETURNING id`.execute(
      ctx.db,
    );
  return rows.length > 0;
}

/** The newest check of a site that read its home page, and where that was. */
export async function lastHome(
  ctx: Ctx,
  siteId: string,
): Promise<{ checkId: string; url: string } | undefined> {
  const { rows } = await sql<{
    checkId: string;
    url: string;
  }>`SELECT c.id AS "checkId", p.url FROM watch."check" c
    JOIN watch.page p ON p.check_id = c.id AND p.place = 0 AND p.outcome = 'read'
    WHERE c.site_id = ${siteId}::uuid AND c.state <> 'running' ORDER BY c.id DESC LIMIT 1`.execute(ctx.db);
  return rows[0];
}

export interface Wish {
  readonly id: string;
  readonly site_id: string;
  readonly unit_path: string;
  readonly check_id: string;
  readonly url: string;
  readonly why: Why;
  readonly attempts: number;
}

const LEASE_MINUTES = 5;

/** Takes the home page that waits longest; those for which a person waits, or a finding, go first. */
export async function takeHome(ctx: Ctx): Promise<Wish | undefined> {
  const { rows } = await sql<Wish>`UPDATE watch.home_picture p SET attempts = p.attempts + 1,
      lease_until = base.now() + ${LEASE_MINUTES} * interval '1 minute'
    WHERE p.id = (SELECT id FROM watch.home_picture WHERE state = 'wanted' AND not_before <= base.now()
      AND EXISTS (SELECT FROM sites.live_site_view l WHERE l.id = site_id)
      AND (lease_until IS NULL OR lease_until <= base.now()) 
      ORDER BY why IN ('asked', 'finding', 'confirm') DESC, not_before LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING p.id, p.site_id, p.unit_path::text AS unit_path, p.check_id, p.url, p.why, p.attempts`.execute(
    ctx.db,
  );
  return rows[0];
}

export async function isAnyWanted(ctx: Ctx): Promise<boolean> {
  const { rows } =
    await sql`SELECT FROM watch.home_picture WHERE state = 'wanted' AND not_before <= base.now()
      AND EXISTS (SELECT FROM sites.live_site_view l WHERE l.id = site_id)
    AND (lease_until IS NULL OR lease_until <= base.now()) LIMIT 1`.execute(ctx.db);
  return rows.length > 0;
}

export interface KnownLook {
  readonly picture_id: string;
  readonly picture: string;
  readonly learned: number;
  readonly volatile: Volatile;
}

/** The accepted look, and with `locks` nobody else changes it until the transaction ends. */
export async function readLook(ctx: Ctx, siteId: string, locks = false): Promise<KnownLook | undefined> {
  const { rows } =
    await sql<KnownLook>`SELECT l.picture_id, encode(p.picture, 'hex') AS picture, l.learned, l.volatile
    FROM watch.home_look l JOIN watch.home_picture p ON p.id = l.picture_id AND p.picture IS NOT NULL
    WHERE l.site_id = ${siteId}::uuid ${locks ? sql`FOR UPDATE OF l` : sql``}`.execute(ctx.db);
  return rows[0];
}

/** The drawings in doubt that came last, the newest first, back to the last one that was judged. */
export async function unsureStreak(ctx: Ctx, siteId: string): Promise<{ picture: string | null }[]> {
  const { rows } = await sql<{
    verdict: Verdict;
    picture: string | null;
  }>`SELECT verdict, encode(picture, 'hex') AS picture FROM watch.home_picture
    WHERE site_id = ${siteId}::uuid AND state = 'drawn' ORDER BY id DESC LIMIT 10`.execute(ctx.db);
  const end = rows.findIndex(({ verdict }) => verdict !== 'unsure');
  return end < 0 ? rows : rows.slice(0, end);
}

export async function keepLook(
  ctx: Ctx,
  look: { siteId: string; unitPath: string; pictureId: string; learned: number; volatile: Volatile },
): Promise<void> {
  await sql`INSERT INTO watch.home_look (site_id, unit_path, picture_id, learned, volatile)
    VALUES (${look.siteId}::uuid, ${look.unitPath}::ltree, ${look.pictureId}::uuid, ${look.learned},
      ${JSON.stringify(look.volatile)}::jsonb)
    ON CONFLICT (site_id) DO UPDATE SET picture_id = excluded.picture_id, learned = excluded.learned,
      volatile = excluded.volatile, changed_at = base.now()`.execute(ctx.db);
}

export interface Ended {
  readonly verdict: Verdict | null;
  readonly reason: string | null;
  readonly picture: string | null;
  readonly difference: string | null;
  readonly comparedWith: string | null;
  readonly measures: Measures | null;
}

/** Ends a wish, with a verdict when there is a drawing. Does nothing when another process ended it. */
export async function endWish(ctx: Ctx, id: string, end: Ended): Promise<boolean> {
  const done = await sql`UPDATE watch.home_picture SET state = ${end.verdict ? 'drawn' : 'failed'},
      verdict = ${end.verdict}, reason = ${end.reason}, picture = decode(${end.picture}, 'hex'),
      difference = decode(${end.difference}, 'hex'), compared_with = ${end.comparedWith}::uuid,
      measures = ${end.measures && JSON.stringify(end.measures)}::jsonb, drawn_at = base.now(), lease_until = NULL
    WHERE id = ${id}::uuid AND state = 'wanted'`.execute(ctx.db);
  return done.numAffectedRows === 1n;
}

export interface HomePictureRow {
  id: string;
  site_id: string;
  check_id: string;
  url: string;
  why: Why;
  state: 'wanted' | 'drawn' | 'failed';
  verdict: Verdict | null;
  reason: string | null;
  has_picture: boolean;
  has_difference: boolean;
  compared_with: string | null;
  measures: Measures | null;
  drawn_at: Date | null;
  is_accepted: boolean;
}

const columns = sql`p.id, p.site_id, p.check_id, p.url, p.why, p.state, p.verdict, p.reason,
  p.picture IS NOT NULL AS has_picture, p.difference IS NOT NULL AS has_difference,
  CASE WHEN b.picture IS NOT NULL THEN p.compared_with END AS compared_with, p.measures, p.drawn_at,
  EXISTS (SELECT FROM watch.home_look l WHERE l.picture_id = p.id) AS is_accepted`;
const joined = sql`LEFT JOIN watch.home_picture b ON b.id = p.compared_with`;

/** Newest first. */
export async function listHomePictures(
  ctx: Ctx,
  query: { page: number; pageSize: number; siteId?: string | undefined; checkId?: string | undefined },
): Promise<Page<HomePictureRow>> {
  const where = [sql`true`];
  if (query.siteId) where.push(sql`p.site_id = ${query.siteId}::uuid`);
  if (query.checkId) where.push(sql`p.check_id = ${query.checkId}::uuid`);
  return pageOf<HomePictureRow>(ctx, {
    columns,
    from: sql`watch.home_picture p`,
    as: 'p',
    join: joined,
    where: sql<boolean>`${sql.join(where, sql` AND `)}`,
    orderBy: sql`p.id DESC`,
    query,
  });
}

export async function findHomePicture(
  ctx: Ctx,
  id: string,
): Promise<(HomePictureRow & { picture: string | null; difference: string | null }) | undefined> {
  const { rows } = await sql<
    HomePictureRow & { picture: string | null; difference: string | null }
  >`SELECT ${columns}, encode(p.picture, 'hex') AS picture, encode(p.difference, 'hex') AS difference
    FROM watch.home_picture p ${joined} WHERE p.id = ${id}::uuid`.execute(ctx.db);
  return rows[0];
}

/** The newest drawing of a site that is still kept. */
export async function newestDrawn(ctx: Ctx, siteId: string): Promise<string | undefined> {
  const { rows } = await sql<{ id: string }>`SELECT id FROM watch.home_picture WHERE site_id = ${siteId}::uuid
    AND picture IS NOT NULL ORDER BY id DESC LIMIT 1`.execute(ctx.db);
  return rows[0]?.id;
}

/**
 * Takes away the files of drawings whose time is over: neither accepted nor the newest, and what an open finding rests on
 * is kept too. Returns the hashes that no drawing holds any more.
 */
export async function dropOld(
  ctx: Ctx,
  days: { ordinary: number; differing: number },
  kind: string,
): Promise<string[]> {
  const { rows } = await sql<{ sha256: string }>`WITH over AS (
      SELECT p.id, p.picture, p.difference FROM watch.home_picture p
      WHERE p.picture IS NOT NULL AND p.drawn_at < base.now() - interval '1 day'
          * CASE WHEN p.verdict = 'differs' THEN ${days.differing}::int ELSE ${days.ordinary}::int END
        AND NOT EXISTS (SELECT FROM watch.home_look l WHERE l.picture_id = p.id)
        AND EXISTS (SELECT FROM watch.home_picture n WHERE n.site_id = p.site_id AND n.id > p.id AND n.picture IS NOT NULL)
        AND NOT EXISTS (SELECT FROM findings.finding_view f WHERE f.site_id = p.site_id AND f.kind = ${kind}
          AND f.state IN ('open', 'fixed'))
      ORDER BY p.id LIMIT 2000 FOR UPDATE OF p),
    gone AS (UPDATE watch.home_picture p SET picture = NULL, difference = NULL, dropped_at = base.now()
      FROM over WHERE p.id = over.id)
    SELECT DISTINCT encode(h.sha256, 'hex') AS sha256 FROM over, unnest(ARRAY[over.picture, over.difference]) AS h(sha256)
    WHERE h.sha256 IS NOT NULL AND NOT EXISTS (SELECT FROM watch.home_picture o
        WHERE (o.picture = h.sha256 OR o.difference = h.sha256) AND o.id NOT IN (SELECT id FROM over))
      AND NOT EXISTS (SELECT FROM watch.picture w WHERE w.picture = h.sha256)`.execute(ctx.db);
  return rows.map(({ sha256 }) => sha256);
}
