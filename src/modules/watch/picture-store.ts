import { sql } from 'kysely';
import type { z } from 'zod';
import type { Ctx } from '#base/app';
import type { unseen } from './contract/pictures.ts';

export type PictureUnseen = z.infer<typeof unseen>;

/** A finding as far as its picture needs it. */
export interface Drawable {
  readonly id: string;
  readonly unit_path: string;
  readonly site_id: string;
  readonly url: string;
  readonly kind: string;
  readonly rule: string;
  readonly text: string;
  readonly context: string;
  readonly view: string;
  readonly href: string | null;
  readonly start_offset: number;
}

const drawable = sql`f.id, f.unit_path::text AS unit_path, f.site_id, f.url, f.kind, f.rule, f.text, f.context, f.view,
  f.href, f.start_offset`;
/** What a crawl or a browser finds on a page; what stands in a file has another part. */
const onPage = sql`f.site_id IS NOT NULL AND coalesce(f.part, 'browser') = 'browser' AND f.url ~ '^https?://'
  AND f.kind IN ('term', 'hidden-link', 'personal-data', 'secrecy', 'encoding', 'cloaking', 'campaign', 'defacement',
    'filing', 'stale', 'dead-link', 'change', 'interactive')`;

/** A visible finding that stands on a page. */
export async function findDrawable(ctx: Ctx, findingId: string): Promise<Drawable | undefined> {
  const { rows } = await sql<Drawable>`SELECT ${drawable} FROM findings.finding_view f
    WHERE f.id = ${findingId}::uuid AND ${onPage}`.execute(ctx.db);
  return rows[0];
}

/** Where a visible finding stands. */
export async function placeOfFinding(
  ctx: Ctx,
  findingId: string,
): Promise<{ siteId: string | null; url: string } | undefined> {
  const { rows } = await sql<{ siteId: string | null; url: string }>`SELECT site_id AS "siteId", url
    FROM findings.finding_view WHERE id = ${findingId}::uuid`.execute(ctx.db);
  return rows[0];
}

/** Whether somebody may see the finding at all. */
export async function isVisible(ctx: Ctx, findingId: string): Promise<boolean> {
  const { rows } = await sql`SELECT FROM findings.finding_view WHERE id = ${findingId}::uuid`.execute(ctx.db);
  return rows.length > 0;
}

/** Grave findings of a site that have no picture and ask for none. */
const WISHES_MAX = 20;

/** Wishes for pictures of these findings, of the grave ones that stand on a page and have none; so many at most. */
export async function wishForGrave(ctx: Ctx, findingIds: readonly string[]): Promise<void> {
  if (findingIds.length === 0) return;
  await sql`INSERT INTO watch.picture (unit_path, finding_id, site_id, url, asked_by)
    SELECT f.unit_path, f.id, f.site_id, f.url, ${ctx.actor.id} FROM findings.finding_view f
    WHERE f.id = ANY(${[...findingIds]}::uuid[]) AND f.severity_rank >= 3 AND f.state = 'open' AND ${onPage}
      AND (SELECT count(*) FROM watch.picture w WHERE w.site_id = f.site_id AND w.state = 'wanted') < ${WISHES_MAX}
    ORDER BY f.severity_rank DESC, f.id LIMIT ${WISHES_MAX}
    ON CONFLICT (finding_id) WHERE state = 'wanted' DO NOTHING`.execute(ctx.db);
}

/** Wishes for one picture. Returns false when one is wished for already. */
export async function wish(ctx: Ctx, one: Drawable): Promise<boolean> {
  const { rows } = await sql`INSERT INTO watch.picture (unit_path, finding_id, site_id, url, asked_by)
    VALUES (${one.unit_path}::ltree, ${one.id}::uuid, ${one.site_id}::uuid, ${one.url}, ${ctx.actor.id})
    ON CONFLICT (finding_id) WHERE state = 'wanted' DO NOTHING RETURNING id`.execute(ctx.db);
  return rows.length > 0;
}

export interface PictureRow {
  id: string;
  state: 'seen' | 'unseen' | 'failed';
  unseen: PictureUnseen | null;
  reason: string | null;
  picture: string | null;
  source: string | null;
  source_start: number | null;
  source_end: number | null;
  bag_id: string | null;
  drawn_at: Date;
}

/** The newest look that has an end, and whether another is under way. */
export async function readPicture(
  ctx: Ctx,
  findingId: string,
): Promise<{ taken: PictureRow | undefined; isWaiting: boolean }> {
  const { rows } =
    await sql<PictureRow>`SELECT id, state, unseen, reason, encode(picture, 'hex') AS picture, source,
      source_start, source_end, bag_id, drawn_at FROM watch.picture
    WHERE finding_id = ${findingId}::uuid AND state <> 'wanted' ORDER BY id DESC LIMIT 1`.execute(ctx.db);
  const waiting = await sql`SELECT FROM watch.picture WHERE finding_id = ${findingId}::uuid
    AND state = 'wanted'`.execute(ctx.db);
  return { taken: rows[0], isWaiting: waiting.rows.length > 0 };
}

export interface Wish extends Drawable {
  readonly wish_id: string;
  readonly attempts: number;
}

/** Minutes that a page may take; then another process may take it up. */
const LEASE_MINUTES = 5;
/** Spots that are drawn of one page at once. */
export const SPOTS_MAX = 20;

/** Takes the wishes of the page that waits longest. Empty when nothing waits. */
export async function takePage(ctx: Ctx): Promise<Wish[]> {
  const { rows } = await sql<Wish>`WITH page AS (
      SELECT site_id, url FROM watch.picture WHERE state = 'wanted'
        AND EXISTS (SELECT FROM sites.live_site_view l WHERE l.id = site_id)
        AND (lease_until IS NULL OR lease_until <= base.now()) ORDER BY id LIMIT 1),
    wished AS (SELECT w.id FROM watch.picture w JOIN page USING (site_id, url) WHERE w.state = 'wanted'
        AND (w.lease_until IS NULL OR w.lease_until <= base.now())
      ORDER BY w.id LIMIT ${SPOTS_MAX} FOR UPDATE OF w SKIP LOCKED),
    taken AS (UPDATE watch.picture w SET attempts = w.attempts + 1,
        lease_until = base.now() + ${LEASE_MINUTES} * interval '1 minute'
      FROM wished WHERE w.id = wished.id RETURNING w.id, w.finding_id, w.attempts)
    SELECT ${drawable}, t.id AS wish_id, t.attempts FROM taken t
      JOIN findings.finding_view f ON f.id = t.finding_id ORDER BY t.id`.execute(ctx.db);
  return rows;
}

/** What stands on a page and is not mended, the worst first. */
export async function findingsOnPage(ctx: Ctx, siteId: string, url: string): Promise<Drawable[]> {
  const { rows } = await sql<Drawable>`SELECT ${drawable} FROM findings.finding_view f
    WHERE f.site_id = ${siteId}::uuid AND f.url = ${url} AND f.state IN ('open', 'fixed') AND ${onPage}
    ORDER BY f.severity_rank DESC, f.id LIMIT ${SPOTS_MAX}`.execute(ctx.db);
  return rows;
}

/** Personal data on a page: whatever is drawn of it, these are painted over. */
export async function personalOn(ctx: Ctx, siteId: string, url: string): Promise<Drawable[]> {
  const { rows } = await sql<Drawable>`SELECT ${drawable} FROM findings.finding_view f
    WHERE f.site_id = ${siteId}::uuid AND f.url = ${url} AND f.kind = 'personal-data'
      AND f.state IN ('open', 'fixed') LIMIT 200`.execute(ctx.db);
  return rows;
}

export interface Taken {
  readonly state: 'seen' | 'unseen' | 'failed';
  readonly unseen: PictureUnseen | null;
  readonly reason: string | null;
  readonly picture: string | null;
  readonly source: { readonly text: string; readonly start: number; readonly end: number } | null;
  readonly bagId: string | null;
}

/** Ends a wish. Does nothing when another process ended it. */
export async function endWish(ctx: Ctx, wishId: string, taken: Taken): Promise<boolean> {
  const done = await sql`UPDATE watch.picture SET state = ${taken.state}, unseen = ${taken.unseen},
      reason = ${taken.reason}, picture = decode(${taken.picture}, 'hex'), source = ${taken.source?.text ?? null},
      source_start = ${taken.source?.start ?? null}, source_end = ${taken.source?.end ?? null},
      bag_id = ${taken.bagId}::uuid, drawn_at = base.now(), lease_until = NULL
    WHERE id = ${wishId}::uuid AND state = 'wanted'`.execute(ctx.db);
  return done.numAffectedRows === 1n;
}

/** Keeps a picture that nobody wished for, or ends the wish for it: those that an incident's capture took. */
export async function keepPicture(ctx: Ctx, one: Drawable, taken: Taken): Promise<void> {
  await wish(ctx, one);
  const { rows } = await sql<{ id: string }>`SELECT id FROM watch.picture WHERE finding_id = ${one.id}::uuid
    AND state = 'wanted' FOR UPDATE`.execute(ctx.db);
  if (rows[0]) await endWish(ctx, rows[0].id, taken);
}

/** Whether a page waits to be drawn. */
export async function isAnyWanted(ctx: Ctx): Promise<boolean> {
  const { rows } = await sql`SELECT FROM watch.picture WHERE state = 'wanted'
    AND EXISTS (SELECT FROM sites.live_site_view l WHERE l.id = site_id)
    AND (lease_until IS NULL OR lease_until <= base.now()) LIMIT 1`.execute(ctx.db);
  return rows.length > 0;
}
