/** External domains: which there are, when each is asked for, and where they stand. */
import { sql } from 'kysely';
import type { Ctx } from '#base/app';
import type { DomainState, Place } from './rules.ts';

/** Hosts to which pages lead, all once. */
export async function outerHosts(ctx: Ctx): Promise<string[]> {
  const { rows } = await sql<{ domain: string }>`SELECT DISTINCT domain FROM watch.external`.execute(ctx.db);
  return rows.map(({ domain }) => domain);
}

/** Domains under which websites are registered: they are looked at as sites. */
export async function registeredHosts(ctx: Ctx): Promise<string[]> {
  const { rows } = await sql<{ host: string }>`SELECT host FROM sites.live_site_view`.execute(ctx.db);
  return rows.map(({ host }) => host);
}

/** New domains get their place in the line, spread over an hour for each few hundred. */
export async function enrolDomains(ctx: Ctx, domains: readonly string[], unitPath: string): Promise<void> {
  if (domains.length === 0) return;
  await sql`INSERT INTO watch.outer_domain (domain, unit_path)
    SELECT d, ${unitPath}::ltree FROM unnest(${[...domains]}::text[]) d ON CONFLICT DO NOTHING`.execute(
    ctx.db,
  );
}

export interface DueDomain {
  readonly domain: string;
  readonly state: DomainState;
  readonly goneMs: number | null;
}

/**
 * Takes domains whose turn it is and gives them back to the line in an hour: what a killed worker took is not lost. A time
 * far ahead was set by a clock that ran ahead.
 */
export async function takeDomains(ctx: Ctx, limit: number): Promise<DueDomain[]> {
  const { rows } =
    await sql<DueDomain>`UPDATE watch.outer_domain d SET next_at = base.now() + interval '1 hour'
    FROM (SELECT domain FROM watch.outer_domain
      WHERE next_at <= base.now() OR next_at > base.now() + interval '8 days'
      ORDER BY next_at, domain LIMIT ${limit} FOR UPDATE SKIP LOCKED) due
    WHERE d.domain = due.domain
    RETURNING d.domain, d.state,
      (extract(epoch FROM base.now() - d.gone_since) * 1000)::float8 AS "goneMs"`.execute(ctx.db);
  return rows;
}

export async function keepDomain(
  ctx: Ctx,
  domain: string,
  after: { readonly state: DomainState; readonly again: number },
  isAnswered: boolean,
): Promise<void> {
  await sql`UPDATE watch.outer_domain SET state = ${after.state},
      asked_at = CASE WHEN ${isAnswered} THEN base.now() ELSE asked_at END,
      gone_since = CASE WHEN ${after.state} IN ('once', 'dead') THEN coalesce(gone_since, base.now()) END,
      next_at = base.now() + ${after.again} * interval '1 millisecond'
    WHERE domain = ${domain}`.execute(ctx.db);
}

/** Asks for a domain with the next round. */
export async function askAgain(ctx: Ctx, domain: string): Promise<void> {
  await sql`UPDATE watch.outer_domain SET next_at = base.now() WHERE domain = ${domain}`.execute(ctx.db);
}

/** Domains that are dead, and those of which a finding stands though they are not: both are looked through every round. */
export async function deadDomains(
  ctx: Ctx,
): Promise<{ domain: string; isDead: boolean; goneSince: Date | null }[]> {
  const { rows } = await sql<{ domain: string; isDead: boolean; goneSince: Date | null }>`
    SELECT d.domain, d.state = 'dead' AS "isDead", d.gone_since AS "goneSince" FROM watch.outer_domain d
    WHERE d.state = 'dead' OR (d.state = 'there' AND EXISTS (SELECT FROM findings.finding_view f
      WHERE f.kind = 'dead-domain' AND f.site_id IS NULL AND f.state IN ('open', 'fixed')
        AND f.url = 'http://' || d.domain || '/')) ORDER BY d.domain LIMIT 500`.execute(ctx.db);
  return rows;
}

/** Where pages lead to a domain or below it, as the last check of each site that read it saw. */
export async function placesOf(ctx: Ctx, domain: string): Promise<Place[]> {
  const { rows } = await sql<Place>`SELECT e.site_id AS "siteId", s.name AS "siteName",
      s.unit_path::text AS "unitPath", e.url, e.kind
    FROM watch.external e JOIN sites.live_site_view s ON s.id = e.site_id
    JOIN LATERAL (SELECT started_at FROM watch."check" c WHERE c.site_id = e.site_id
      AND c.state IN ('clean', 'faulty') ORDER BY c.id DESC LIMIT 1) last ON e.last_seen_at >= last.started_at
    WHERE e.domain = ${domain} OR right(e.domain, ${domain.length + 1}) = ${`.${domain}`}
    ORDER BY e.kind DESC, s.name, e.url LIMIT 1000`.execute(ctx.db);
  return rows;
}

/** The unit at a path, or the nearest above it. */
export async function unitAt(
  ctx: Ctx,
  path: string,
): Promise<{ id: string; name: string; unitPath: string } | undefined> {
  const { rows } = await sql<{ id: string; name: string; unitPath: string }>`SELECT id, name,
      unit_path::text AS "unitPath" FROM units.unit_view
    WHERE unit_path @> ${path}::ltree ORDER BY nlevel(unit_path) DESC LIMIT 1`.execute(ctx.db);
  return rows[0];
}

/** What a finding of a dead domain is about; undefined for another finding. */
export async function domainOfFinding(ctx: Ctx, findingId: string): Promise<string | undefined> {
  const { rows } = await sql<{ text: string }>`SELECT text FROM findings.finding_view
    WHERE id = ${findingId}::uuid AND kind = 'dead-domain'`.execute(ctx.db);
  return rows[0]?.text;
}
