/** What the pages show of the probes: the wall, one site's figures, its timeline. */
import { type RawBuilder, sql } from 'kysely';
import type { Ctx } from '#base/app';
import { allOf, type Page, pageOf } from '#base/list';
import type { Availability, ProbeResult, SiteFacts, Tile } from '../contract.ts';

export interface TileRow {
  id: string;
  name: string;
  host: string;
  unit_name: string;
  county_id: string | null;
  county_name: string | null;
  state: Tile['state'];
  result: ProbeResult | null;
  since: Date | null;
  open_findings: number;
  unread_pages: number;
  cert_expires_at: Date | null;
}

/**
 * The gravest open finding of each site, one step in an index (`open_by_site`); 3 is high, 4 critical. Counting them
 * all asks the row policy for each (1.5 µs): that is done for the sites which are shown, and not to filter or count.
 */
const standing = sql`findings.finding_view g WHERE g.site_id = s.id AND g.site_id IS NOT NULL
  AND g.state IN ('open', 'fixed')`;
const gravest = sql`LEFT JOIN LATERAL (SELECT g.severity_rank AS rank FROM ${standing}
  ORDER BY g.severity_rank DESC LIMIT 1) f ON true`;
const howMany = sql`CROSS JOIN LATERAL (SELECT count(*) AS open FROM ${standing}) n`;
/**
 * Unknown is what no check has judged. A check that read the pages has opened the site, too: its first probe, which an
 * import of many has within its period, adds how often it opens and is not waited for. What it could not read is not clean.
 */
const state = sql<string>`CASE WHEN f.rank >= 3 THEN 'faulty' WHEN w.verdict = 'down' THEN 'down'
  WHEN w.verdict = 'unseen' OR s.health IN ('unreachable', 'blocked') THEN 'unseen'
  WHEN s.health = 'unknown' THEN 'unknown'
  WHEN f.rank IS NOT NULL OR s.unread_pages > 0 OR w.cert_expires_at < base.now() + interval '14 days'
  THEN 'warn' ELSE 'ok' END`;
const rank = sql`array_position(ARRAY['faulty', 'down', 'unseen', 'unknown', 'warn', 'ok'], ${state})`;
const from = sql`sites.live_site_view s LEFT JOIN watch.site_watch w ON w.site_id = s.id ${gravest}`;
const names = sql`JOIN units.unit_view u ON u.id = s.unit_id
  LEFT JOIN units.unit_view c ON c.kind = 'county' AND c.unit_path @> s.unit_path ${howMany}`;

export interface WallQuery {
  readonly page: number;
  readonly pageSize: number;
  readonly state?: string | undefined;
  readonly unitId?: string | undefined;
}

/** The worst first. */
export async function listTiles(ctx: Ctx, query: WallQuery): Promise<Page<TileRow>> {
  const where: RawBuilder<unknown>[] = [];
  if (query.state) where.push(sql`${state} = ${query.state}`);
  if (query.unitId) {
    where.push(sql`s.unit_path <@ (SELECT unit_path FROM units.unit_view WHERE id = ${query.unitId}::uuid)`);
  }
  return pageOf<TileRow>(ctx, {
    columns: sql`s.id, s.name, s.host, u.name AS unit_name, c.id AS county_id, c.name AS county_name,
      ${state} AS state, w.result, w.since, n.open AS open_findings, s.unread_pages, w.cert_expires_at`,
    from,
    join: names,
    where: allOf(where),
    orderBy: sql`${rank}, n.open DESC, s.host`,
    query,
  });
}

/** How many sites there are in each state. */
export async function countTiles(ctx: Ctx): Promise<Record<string, number>> {
  const { rows } = await sql<{
    state: string;
    n: number;
  }>`SELECT ${state} AS state, count(*) AS n FROM ${from}
    GROUP BY 1`.execute(ctx.db);
  return Object.fromEntries(rows.map((row) => [row.state, row.n]));
}

export interface WatchRow {
  verdict: Availability;
  result: ProbeResult | null;
  status: number | null;
  ms: number | null;
  reason: string | null;
  since: Date | null;
  probed_at: Date | null;
  next_probe_at: Date;
  looked_at: Date | null;
  facts: Partial<SiteFacts>;
}

export async function findWatch(ctx: Ctx, siteId: string): Promise<WatchRow | undefined> {
  const { rows } =
    await sql<WatchRow>`SELECT verdict, result, status, ms, reason, since, probed_at, next_probe_at,
    looked_at, facts FROM watch.site_watch WHERE site_id = ${siteId}::uuid`.execute(ctx.db);
  return rows[0];
}

export interface DayRow {
  day: string;
  opened: number;
  failed: number;
  unseen: number;
}

/** The last 30 days in China, oldest first; days without a probe are there, too. */
export async function listDays(ctx: Ctx, siteId: string): Promise<DayRow[]> {
  const { rows } = await sql<DayRow>`SELECT g.day::date::text AS day, coalesce(d.opened, 0) AS opened,
      coalesce(d.failed, 0) AS failed, coalesce(d.unseen, 0) AS unseen
    FROM generate_series((base.now() AT TIME ZONE 'Asia/Shanghai')::date - 29,
      (base.now() AT TIME ZONE 'Asia/Shanghai')::date, interval '1 day') AS g(day)
    LEFT JOIN watch.probe_day d ON d.site_id = ${siteId}::uuid AND d.day = g.day::date ORDER BY g.day`.execute(
    ctx.db,
  );
  return rows;
}

export interface OutageRow {
  id: string;
  began_at: Date;
  ended_at: Date | null;
  result: ProbeResult;
  reason: string | null;
  confirmed: boolean;
  probes: number;
}

export async function listOutages(ctx: Ctx, siteId: string): Promise<OutageRow[]> {
  const { rows } = await sql<OutageRow>`SELECT id, began_at, ended_at, result, reason, confirmed, probes
    FROM watch.outage WHERE site_id = ${siteId}::uuid ORDER BY began_at DESC LIMIT 20`.execute(ctx.db);
  return rows;
}

export interface ProbeRow {
  id: string;
  at: Date;
  vantage: 'own' | 'repeat' | 'second';
  counts: boolean;
  verdict: 'open' | 'down' | 'unseen';
  result: ProbeResult;
  status: number;
  ms: number;
  address: string | null;
  reason: string | null;
}

export async function listProbes(
  ctx: Ctx,
  siteId: string,
  query: { page: number; pageSize: number; verdict?: string | undefined },
): Promise<Page<ProbeRow>> {
  const where = [sql`p.site_id = ${siteId}::uuid`];
  if (query.verdict) where.push(sql`p.verdict = ${query.verdict}`);
  return pageOf<ProbeRow>(ctx, {
    columns: sql`p.id, p.at, p.vantage, p.counts, p.verdict, p.result, p.status, p.ms, p.address, p.reason`,
    from: sql`watch.probe p`,
    as: 'p',
    where: allOf(where),
    orderBy: sql`p.at DESC, p.id DESC`,
    query,
  });
}

export interface TimelineRow {
  id: string;
  at: Date;
  kind: 'check' | 'outage' | 'recovered' | 'change' | 'finding' | 'closed';
  code: string;
  text: string | null;
  seconds: number | null;
  finding_id: string | null;
}

/** Everything that happened to a site, newest first. */
export async function listTimeline(
  ctx: Ctx,
  siteId: string,
  query: { page: number; pageSize: number; kind?: string | undefined },
): Promise<Page<TimelineRow>> {
  const id = sql`${siteId}::uuid`;
  const all = sql`(SELECT 'check ' || c.id AS id, c.finished_at AS at, 'check' AS kind, c.state AS code,
      c.reason AS text, NULL::int AS seconds, NULL::uuid AS finding_id
    FROM watch."check" c WHERE c.site_id = ${id} AND c.finished_at IS NOT NULL
    UNION ALL SELECT 'outage ' || o.id, o.began_at, 'outage', o.result, o.reason, NULL, NULL
    FROM watch.outage o WHERE o.site_id = ${id}
    UNION ALL SELECT 'recovered ' || o.id, o.ended_at, 'recovered', o.result, NULL,
      extract(epoch FROM o.ended_at - o.began_at)::int, NULL
    FROM watch.outage o WHERE o.site_id = ${id} AND o.ended_at IS NOT NULL
    UNION ALL SELECT 'change ' || d.id, d.at, 'change', d.what, concat_ws(' → ', d.before, d.after), NULL, NULL
    FROM watch.site_change d WHERE d.site_id = ${id}
    UNION ALL SELECT 'finding ' || f.id, f.found_at, 'finding', f.severity, left(f.text, 200), NULL, f.id
    FROM findings.finding_view f WHERE f.site_id = ${id}
    UNION ALL SELECT 'closed ' || f.id, f.closed_at, 'closed', f.severity, left(f.text, 200), NULL, f.id
    FROM findings.finding_view f WHERE f.site_id = ${id} AND f.closed_at IS NOT NULL) t`;
  return pageOf<TimelineRow>(ctx, {
    columns: sql`t.id, t.at, t.kind, t.code, t.text, t.seconds, t.finding_id`,
    from: all,
    where: query.kind ? sql<boolean>`t.kind = ${query.kind}` : sql<boolean>`true`,
    orderBy: sql`t.at DESC, t.id`,
    query,
  });
}
