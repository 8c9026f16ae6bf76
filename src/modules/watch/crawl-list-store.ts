/** Lists of changes and campaigns, and the looks of a check. */
import { sql } from 'kysely';
import type { Ctx } from '#base/app';
import { allOf, type Page, pageOf } from '#base/list';
import type { Sides } from './compare-page.ts';
import type { IdentityLook } from './look-as.ts';

export interface ChangeRow {
  id: string;
  site_id: string;
  site_name: string;
  check_id: string;
  url: string;
  seen_at: Date;
  before_at: Date | null;
  classes: ('title' | 'text' | 'links' | 'scripts' | 'template')[];
  distance: number;
}

const changeColumns = sql`c.id, c.site_id, s.name AS site_name, c.check_id, c.url, c.seen_at, c.before_at, c.classes,
  c.distance`;
const siteJoin = sql`JOIN sites.site_view s ON s.id = c.site_id`;

export interface ChangeQuery {
  readonly page: number;
  readonly pageSize: number;
  readonly q?: string | undefined;
  readonly siteId?: string | undefined;
  readonly checkId?: string | undefined;
  readonly class?: string | undefined;
}

/** Newest first. */
export async function listChanges(ctx: Ctx, query: ChangeQuery): Promise<Page<ChangeRow>> {
  const where = [];
  if (query.siteId) where.push(sql`c.site_id = ${query.siteId}::uuid`);
  if (query.checkId) where.push(sql`c.check_id = ${query.checkId}::uuid`);
  if (query.class) where.push(sql`${query.class} = ANY (c.classes)`);
  if (query.q) where.push(sql`strpos(lower(c.url), lower(${query.q})) > 0`);
  return pageOf<ChangeRow>(ctx, {
    columns: changeColumns,
    from: sql`watch.change c`,
    as: 'c',
    join: siteJoin,
    where: allOf(where),
    orderBy: sql`c.id DESC`,
    query,
  });
}

export type ChangeDetail = Readonly<Record<'title' | 'text' | 'links' | 'scripts', Sides>>;

export async function findChange(
  ctx: Ctx,
  id: string,
): Promise<(ChangeRow & { detail: ChangeDetail }) | undefined> {
  const { rows } = await sql<ChangeRow & { detail: ChangeDetail }>`SELECT ${changeColumns}, c.detail
    FROM watch.change c ${siteJoin} WHERE c.id = ${id}::uuid`.execute(ctx.db);
  return rows[0];
}

export async function looksOf(ctx: Ctx, checkId: string): Promise<IdentityLook[]> {
  const { rows } =
    await sql<IdentityLook>`SELECT identity, url, status, verdict, title, note FROM watch.identity_look
    WHERE check_id = ${checkId}::uuid ORDER BY array_position(
      ARRAY['browser', 'spider', 'referrer', 'mobile', 'random-path'], identity)`.execute(ctx.db);
  return rows;
}

export interface CampaignRow {
  id: string;
  unit_path: string;
  domain: string;
  reason: 'harmful' | 'new';
  state: 'open' | 'harmless' | 'over';
  opened_at: Date;
  sites: number;
  judged_at: Date | null;
  judged_by_name: string | null;
  note: string | null;
}

const campaignColumns = sql`c.id, c.unit_path::text AS unit_path, c.domain, c.reason, c.state, c.opened_at, c.judged_at,
  c.judged_by_name, c.note,
  (SELECT count(*) FROM watch.campaign_site n WHERE n.campaign_id = c.id) AS sites`;
/** Who has no site in it is not told of it. */
const isMine = sql`EXISTS (SELECT FROM watch.campaign_site n WHERE n.campaign_id = c.id)`;

/** Open ones first, the newest first. */
export async function listCampaigns(
  ctx: Ctx,
  query: { page: number; pageSize: number; q?: string | undefined; state?: string | undefined },
): Promise<Page<CampaignRow>> {
  const where = [isMine];
  if (query.state) where.push(sql`c.state = ${query.state}`);
  if (query.q) where.push(sql`strpos(c.domain, lower(${query.q})) > 0`);
  return pageOf<CampaignRow>(ctx, {
    columns: campaignColumns,
    from: sql`watch.campaign c`,
    as: 'c',
    where: allOf(where),
    orderBy: sql`(c.state = 'open') DESC, c.id DESC`,
    query,
  });
}

export async function findCampaign(ctx: Ctx, id: string): Promise<CampaignRow | undefined> {
  const { rows } = await sql<CampaignRow>`SELECT ${campaignColumns} FROM watch.campaign c
    WHERE c.id = ${id}::uuid AND ${isMine}`.execute(ctx.db);
  return rows[0];
}

export interface CampaignSiteRow {
  siteId: string;
  siteName: string;
  unitName: string;
  url: string;
  firstSeenAt: Date;
}

export async function campaignSites(ctx: Ctx, id: string): Promise<CampaignSiteRow[]> {
  const { rows } = await sql<CampaignSiteRow>`SELECT n.site_id AS "siteId", s.name AS "siteName",
      u.name AS "unitName", n.url, n.first_seen_at AS "firstSeenAt"
    FROM watch.campaign_site n JOIN sites.site_view s ON s.id = n.site_id JOIN units.unit_view u ON u.id = s.unit_id
    WHERE n.campaign_id = ${id}::uuid ORDER BY n.first_seen_at, s.name LIMIT 1000`.execute(ctx.db);
  return rows;
}

/** Ends an open campaign. False when the caller may not write it. */
export async function judgeCampaign(ctx: Ctx, id: string, state: string, note: string): Promise<boolean> {
  const done = await sql`UPDATE watch.campaign SET state = ${state}, note = ${note}, judged_at = base.now(),
      judged_by = ${ctx.actor.id}, judged_by_name = ${ctx.actor.name}
    WHERE id = ${id}::uuid AND state = 'open'`.execute(ctx.db);
  return done.numAffectedRows === 1n;
}
