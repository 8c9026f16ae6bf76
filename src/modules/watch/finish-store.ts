/** What the end of a check reads and keeps: links out of the site, campaigns, dead links, the home page's look. */
import { sql } from 'kysely';
import type { Ctx } from '#base/app';
import type { Finding } from '#scan/contract';
import type { ColumnPage } from './column-rules.ts';
import type { HomeLook } from './home-rules.ts';
import type { IdentityLook } from './look-as.ts';
import type { PageFacts } from './page-facts.ts';
import { storableJson } from './storable-json.ts';

export interface Place {
  readonly checkId: string;
  readonly siteId: string;
  readonly unitPath: string;
}

const text = (value: string) => value.replaceAll('\u0000', '\ufffd').toWellFormed();

export async function insertLooks(ctx: Ctx, place: Place, looks: readonly IdentityLook[]): Promise<void> {
  const list = storableJson(looks);
  await sql`INSERT INTO watch.identity_look (check_id, identity, unit_path, url, status, verdict, title, note)
    SELECT ${place.checkId}::uuid, n.identity, ${place.unitPath}::ltree, n.url, n.status, n.verdict, n.title,
      left(n.note, 1000)
    FROM jsonb_to_recordset(${list}::jsonb) AS n(identity text, url text, status int, verdict text, title text,
      note text) ON CONFLICT DO NOTHING`.execute(ctx.db);
}

export interface ReadPageRow {
  readonly url: string;
  readonly title: string;
  readonly newestDay: string | null;
  readonly datedEntries: number;
}

/** Pages that this check read whole and on which dated entries stand. */
export async function datedPages(ctx: Ctx, place: Place): Promise<ReadPageRow[]> {
  const { rows } =
    await sql<ReadPageRow>`SELECT url, brief->>'title' AS title, brief->>'newestDay' AS "newestDay",
      (brief->>'datedEntries')::int AS "datedEntries"
    FROM watch.url WHERE site_id = ${place.siteId}::uuid AND check_id = ${place.checkId}::uuid AND state = 'done'
      AND outcome = 'read' AND (brief->>'datedEntries')::int >= 3`.execute(ctx.db);
  return rows;
}

/** Pages that this check read whole, or found as they were: their dates and the ways to leave something behind. */
export async function columnPages(ctx: Ctx, place: Place): Promise<ColumnPage[]> {
  const { rows } = await sql<ColumnPage>`SELECT url, brief->>'newestDay' AS "newestDay",
      (brief->>'datedEntries')::int AS "datedEntries", brief->'interactive' AS interactive
    FROM watch.url WHERE site_id = ${place.siteId}::uuid AND check_id = ${place.checkId}::uuid AND state = 'done'
      AND outcome = 'read' AND brief IS NOT NULL ORDER BY seq`.execute(ctx.db);
  return rows;
}

export async function factsOf(ctx: Ctx, siteId: string, url: string): Promise<PageFacts | undefined> {
  const { rows } = await sql<{ facts: PageFacts }>`SELECT facts FROM watch.url
    WHERE site_id = ${siteId}::uuid AND url = ${url} AND facts IS NOT NULL`.execute(ctx.db);
  return rows[0]?.facts;
}

/** What stands on those of the pages that this check read whole. */
export async function factsRead(ctx: Ctx, place: Place, urls: readonly string[]): Promise<PageFacts[]> {
  if (urls.length === 0) return [];
  const { rows } = await sql<{ facts: PageFacts }>`SELECT facts FROM watch.url
    WHERE site_id = ${place.siteId}::uuid AND check_id = ${place.checkId}::uuid AND url = ANY(${[...urls]}::text[])
      AND outcome = 'read' AND facts IS NOT NULL`.execute(ctx.db);
  return rows.map(({ facts }) => facts);
}

export interface DeadLink {
  readonly url: string;
  readonly found_on: string;
  /** The server said that all was well. */
  readonly is_soft: boolean;
}

/** Pages of this check with a title, as they were read. */
export async function pagesTitled(
  ctx: Ctx,
  place: Place,
  title: string,
): Promise<{ url: string; facts: PageFacts }[]> {
  const { rows } = await sql<{ url: string; facts: PageFacts }>`SELECT url, facts FROM watch.url
    WHERE site_id = ${place.siteId}::uuid AND check_id = ${place.checkId}::uuid AND state = 'done'
      AND outcome = 'read' AND brief->>'title' = ${text(title)}`.execute(ctx.db);
  return rows;
}

/** Addresses that answered as if there were a page. They are asked for and read whole again each time. */
export async function markGone(ctx: Ctx, place: Place, urls: readonly string[]): Promise<void> {
  if (urls.length === 0) return;
  await sql`UPDATE watch.url SET outcome = 'gone', etag = NULL, last_modified = NULL, sha256 = NULL, read_with = NULL
    WHERE site_id = ${place.siteId}::uuid AND check_id = ${place.checkId}::uuid AND url = ANY(${[...urls]}::text[])`.execute(
    ctx.db,
  );
}

/** Addresses that this check found gone, with a page that still leads there; the page was read in this check. */
export async function deadLinks(ctx: Ctx, place: Place): Promise<DeadLink[]> {
  const { rows } =
    await sql<DeadLink>`SELECT u.url, u.found_on, u.status BETWEEN 200 AND 299 AS is_soft FROM watch.url u
    JOIN watch.url p ON p.site_id = u.site_id AND p.url = u.found_on
    WHERE u.site_id = ${place.siteId}::uuid AND u.check_id = ${place.checkId}::uuid AND u.outcome = 'gone'
      AND p.check_id = u.check_id AND p.outcome = 'read' AND jsonb_exists(p.facts->'links', u.url)
    ORDER BY u.seq LIMIT 100`.execute(ctx.db);
  return rows;
}

/** Keeps the hosts outside the site to which the pages of this check lead. */
export async function keepExternals(ctx: Ctx, place: Place, isFirst: boolean): Promise<void> {
  await sql`INSERT INTO watch.external (site_id, domain, kind, unit_path, url, is_new)
    SELECT ${place.siteId}::uuid, lower(h.host), k.kind, ${place.unitPath}::ltree, min(u.url), ${!isFirst}
    FROM watch.url u, (VALUES ('link', 'hosts'), ('script', 'scripts')) AS k(kind, key),
      jsonb_array_elements_text(u.brief->k.key) AS h(host)
    WHERE u.site_id = ${place.siteId}::uuid AND u.check_id = ${place.checkId}::uuid AND u.outcome = 'read'
      AND length(h.host) BETWEEN 1 AND 253
    GROUP BY lower(h.host), k.kind
    ON CONFLICT (site_id, domain, kind) DO UPDATE SET last_seen_at = base.now()`.execute(ctx.db);
}

/** Findings of the scan that stand on a page, also those that were judged false alarms. */
export async function pageFindings(ctx: Ctx, siteId: string, url: string): Promise<Finding[]> {
  const { rows } = await sql<
    Finding & { href: string | null }
  >`SELECT kind, rule, severity, text, href, context, view,
      start_offset AS start, end_offset AS "end"
    FROM findings.finding_view WHERE site_id = ${siteId}::uuid AND url = ${url} AND kind <> 'cloaking'
      AND state IN ('open', 'fixed', 'false_alarm')`.execute(ctx.db);
  return rows;
}

/** Where the hidden links and the cloaked pages of a site lead. */
export async function harmfulTargets(ctx: Ctx, siteId: string): Promise<{ href: string; url: string }[]> {
  const { rows } = await sql<{ href: string; url: string }>`SELECT href, url FROM findings.finding_view
    WHERE site_id = ${siteId}::uuid AND kind IN ('hidden-link', 'cloaking') AND state = 'open' AND href IS NOT NULL
      AND severity IN ('medium', 'high', 'critical') LIMIT 500`.execute(ctx.db);
  return rows;
}

export async function markHarmful(
  ctx: Ctx,
  place: Place,
  targets: readonly { domain: string; url: string }[],
): Promise<void> {
  if (targets.length === 0) return;
  await sql`INSERT INTO watch.external (site_id, domain, kind, unit_path, url, is_new, harmful)
    SELECT ${place.siteId}::uuid, n.domain, 'link', ${place.unitPath}::ltree, min(n.url), false, true
    FROM jsonb_to_recordset(${storableJson(targets)}::jsonb) AS n(domain text, url text) GROUP BY n.domain
    ON CONFLICT (site_id, domain, kind) DO UPDATE SET harmful = true, last_seen_at = base.now()`.execute(
    ctx.db,
  );
}

export interface Spread {
  readonly domain: string;
  /** Units on whose sites it is harmful, and on whose it came new within the days: two sites of one school are one. */
  readonly harmful: number;
  readonly fresh: number;
  /** First seen anywhere within the days. */
  readonly is_new: boolean;
}

/** How the domains of a site that are harmful or new there are spread over all sites. */
export async function spreadOf(ctx: Ctx, siteId: string, days: number): Promise<Spread[]> {
  const since = sql`base.now() - ${days} * interval '1 day'`;
  const { rows } =
    await sql<Spread>`SELECT e.domain, count(DISTINCT e.unit_path) FILTER (WHERE e.harmful) AS harmful,
      count(DISTINCT e.unit_path) FILTER (WHERE e.is_new AND e.first_seen_at > ${since}) AS fresh,
      min(e.first_seen_at) > ${since} AS is_new
    FROM watch.external e WHERE e.domain IN (SELECT o.domain FROM watch.external o
      WHERE o.site_id = ${siteId}::uuid AND (o.harmful OR (o.is_new AND o.first_seen_at > ${since})))
    GROUP BY e.domain`.execute(ctx.db);
  return rows;
}

/** Opens the campaign of a domain and puts its sites in. Returns its id when it is new. */
export async function openCampaign(
  ctx: Ctx,
  domain: string,
  reason: 'harmful' | 'new',
  unitPath: string,
): Promise<string | undefined> {
  const { rows } = await sql<{ id: string }>`INSERT INTO watch.campaign (unit_path, domain, reason)
    VALUES (${unitPath}::ltree, ${domain}, ${reason}) ON CONFLICT (domain) DO NOTHING RETURNING id`.execute(
    ctx.db,
  );
  await sql`INSERT INTO watch.campaign_site (campaign_id, site_id, unit_path, url, first_seen_at)
    SELECT DISTINCT ON (e.site_id) c.id, e.site_id, e.unit_path, e.url, e.first_seen_at
    FROM watch.campaign c JOIN watch.external e ON e.domain = c.domain
    WHERE c.domain = ${domain} AND (e.harmful OR e.is_new) ORDER BY e.site_id, e.first_seen_at
    ON CONFLICT DO NOTHING`.execute(ctx.db);
  return rows[0]?.id;
}

/** Pages of this check that lead to the domain of an open campaign which no hidden link gave away. */
export async function campaignPages(ctx: Ctx, place: Place): Promise<{ url: string; domain: string }[]> {
  const { rows } = await sql<{ url: string; domain: string }>`SELECT u.url, c.domain
    FROM watch.campaign c JOIN watch.external e ON e.domain = c.domain AND e.site_id = ${place.siteId}::uuid
    JOIN watch.url u ON u.site_id = e.site_id AND u.check_id = ${place.checkId}::uuid AND u.outcome = 'read'
      AND (jsonb_exists(u.brief->'hosts', c.domain) OR jsonb_exists(u.brief->'scripts', c.domain))
    WHERE c.state = 'open' AND c.reason = 'new' LIMIT 200`.execute(ctx.db);
  return rows;
}

/** Counts what the end of the check found on the pages of the check: all of it stands on one that was read. */
export async function countOnPages(ctx: Ctx, place: Place, findingIds: readonly string[]): Promise<void> {
  if (findingIds.length === 0) return;
  await sql`UPDATE watch.page p SET findings = p.findings + n.n
    FROM (SELECT url, count(*) AS n FROM findings.finding_view WHERE id = ANY(${[...findingIds]}::uuid[])
      GROUP BY url) n
    WHERE p.check_id = ${place.checkId}::uuid AND p.url = n.url`.execute(ctx.db);
}

export interface BaselineRow {
  readonly learned: number;
  readonly body: HomeLook;
  readonly latest: HomeLook;
  readonly changed_at: Date;
  readonly accepted_by_name: string | null;
  readonly reason: string | null;
}

export async function findBaseline(ctx: Ctx, siteId: string): Promise<BaselineRow | undefined> {
  const { rows } = await sql<BaselineRow>`SELECT learned, body, latest, changed_at, accepted_by_name, reason
    FROM watch.baseline WHERE site_id = ${siteId}::uuid`.execute(ctx.db);
  return rows[0];
}

export async function keepBaseline(
  ctx: Ctx,
  place: Place,
  baseline: { learned: number; look: HomeLook; latest: HomeLook },
): Promise<void> {
  await sql`INSERT INTO watch.baseline (site_id, unit_path, learned, body, latest)
    VALUES (${place.siteId}::uuid, ${place.unitPath}::ltree, ${baseline.learned}, ${storableJson(baseline.look)}::jsonb,
      ${storableJson(baseline.latest)}::jsonb)
    ON CONFLICT (site_id) DO UPDATE SET learned = excluded.learned, body = excluded.body, latest = excluded.latest,
      changed_at = base.now()`.execute(ctx.db);
}

/** A person says that what the last check saw is right. */
export async function acceptBaseline(ctx: Ctx, siteId: string, reason: string): Promise<boolean> {
  const done =
    await sql`UPDATE watch.baseline SET body = latest, changed_at = base.now(), learned = greatest(learned, 3),
      accepted_by = ${ctx.actor.id}, accepted_by_name = ${ctx.actor.name}, reason = ${text(reason)}
    WHERE site_id = ${siteId}::uuid`.execute(ctx.db);
  return done.numAffectedRows === 1n;
}

/** Whether a check of the site ended with something seen before. */
export async function hasFormerCheck(ctx: Ctx, siteId: string): Promise<boolean> {
  const { rows } = await sql`SELECT FROM watch."check" WHERE site_id = ${siteId}::uuid
    AND state IN ('clean', 'faulty') LIMIT 1`.execute(ctx.db);
  return rows.length > 0;
}
