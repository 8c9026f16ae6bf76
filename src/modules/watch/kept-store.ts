/** What a crawl keeps of the pages of several checks at once: one statement each, however many came. */
import { sql } from 'kysely';
import type { Ctx } from '#base/app';
import { maskPersonalData } from '#scan';
import type { Difference, Volatile } from './compare-page.ts';
import type { CrawledPage } from './judge-page.ts';
import type { PageFacts } from './page-facts.ts';
import { storableJson } from './storable-json.ts';

export interface Place {
  readonly checkId: string;
  readonly siteId: string;
  readonly unitPath: string;
}

export interface Count {
  readonly id: string;
  readonly holder: string;
  readonly pages: number;
  readonly bytes: number;
  readonly findings: number;
}

/**
 * Counts pages into their checks and renews the leases. Returns the checks that are still their holder's: for the
 * others nothing may be kept. A check that gets on has not killed its worker: its tries begin anew.
 */
export async function countPages(
  ctx: Ctx,
  counts: readonly Count[],
  leaseSeconds: number,
): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ id: string }>`UPDATE watch."check" c SET pages = c.pages + n.pages,
      bytes = c.bytes + n.bytes, findings = c.findings + n.findings, attempts = 1,
      lease_until = base.now() + ${leaseSeconds} * interval '1 second'
    FROM jsonb_to_recordset(${JSON.stringify(counts)}::jsonb)
      AS n(id uuid, holder text, pages int, bytes bigint, findings int)
    WHERE c.id = n.id AND c.holder = n.holder AND c.state = 'running' RETURNING c.id`.execute(ctx.db);
  return new Set(rows.map(({ id }) => id));
}

/** What of a page's facts is too large to be opened for every page at the end of a check. */
const BULK = [
  'blocks',
  'links',
  'skeleton',
  'images',
  'keywords',
  'simhash',
  'filings',
  'filingLinks',
  'frames',
];

export interface KeptPage {
  readonly place: Place;
  readonly page: CrawledPage;
  /** Findings that stand for what it shows: what is told twice is one, what two people agreed to ignore is none. */
  readonly seen: number;
  /** Place of the page in its check. */
  readonly order: number;
  readonly readWith: string;
  readonly volatile: Volatile | null;
}

/** Keeps how addresses ended: in their checks' lists of pages, and as what is known of them. */
export async function keepPages(ctx: Ctx, kept: readonly KeptPage[]): Promise<void> {
  if (kept.length === 0) return;
  await sql`WITH n AS MATERIALIZED (SELECT * FROM jsonb_to_recordset(${storableJson(kept.map(rowOf))}::jsonb) AS n(
      check_id uuid, site_id uuid, unit_path text, place int, url text, status int, charset text, bytes bigint,
      sha256 text, findings int, seen int, error text, outcome text, is_read boolean, is_unchanged boolean, read_with text,
      etag text, last_modified text, facts jsonb, volatile jsonb)),
    kept AS (INSERT INTO watch.page (check_id, unit_path, place, url, status, charset, bytes, sha256, findings, error,
        outcome)
      SELECT check_id, unit_path::ltree, place, url, status, charset, bytes, decode(sha256, 'hex'), seen, error,
        outcome FROM n)
    INSERT INTO watch.url AS u (site_id, url, unit_path, check_id, state, visited_at, outcome, status, etag,
      last_modified, sha256, read_with, read_at, findings, fetches, facts, brief, volatile)
    SELECT n.site_id, n.url, n.unit_path::ltree, n.check_id, 'done', base.now(), n.outcome, n.status,
      coalesce(n.etag, o.etag), coalesce(n.last_modified, o.last_modified), decode(n.sha256, 'hex'), n.read_with,
      CASE WHEN o.url IS NOT NULL THEN o.read_at WHEN n.is_read THEN base.now() END,
      n.findings, n.is_read::int, n.facts, n.facts - ${BULK}::text[], n.volatile
    FROM n LEFT JOIN watch.url o ON n.is_unchanged AND o.site_id = n.site_id AND o.url = n.url
    ON CONFLICT (site_id, url) DO UPDATE SET check_id = excluded.check_id, state = 'done',
      visited_at = base.now(), outcome = excluded.outcome, status = excluded.status,
      etag = excluded.etag, last_modified = excluded.last_modified, sha256 = excluded.sha256,
      read_with = excluded.read_with, read_at = excluded.read_at, findings = excluded.findings,
      fetches = u.fetches + excluded.fetches, facts = coalesce(excluded.facts, u.facts),
      brief = coalesce(excluded.brief, u.brief),
      volatile = coalesce(excluded.volatile, u.volatile)`.execute(ctx.db);
}

function rowOf({ place, page, seen, order, readWith, volatile }: KeptPage) {
  const isRead = page.outcome === 'read';
  return {
    check_id: place.checkId,
    site_id: place.siteId,
    unit_path: place.unitPath,
    place: order,
    url: page.url,
    status: page.status,
    charset: page.charset,
    bytes: page.bytes,
    sha256: page.sha256?.toString('hex') ?? null,
    // As the reader told them: an address with any is read again whatever became of them.
    findings: page.findings.length,
    seen,
    error: page.error?.slice(0, 1000) ?? null,
    outcome: page.outcome,
    is_read: isRead,
    is_unchanged: page.isUnchanged,
    read_with: isRead ? readWith : null,
    etag: isRead ? (page.headers.etag?.slice(0, 300) ?? null) : null,
    last_modified: isRead ? (page.headers['last-modified']?.slice(0, 100) ?? null) : null,
    facts: isRead ? page.facts : null,
    volatile,
  };
}

export interface Seen {
  readonly place: Place;
  readonly urls: readonly string[];
}

export interface Led extends Seen {
  /** With which status the page to which they led was said to be gone; null: it is there. */
  readonly gone: number | null;
}

/** Takes addresses that led to another out of the line. Who leads to no page is as gone as that one. */
export async function markVisited(ctx: Ctx, led: readonly Led[]): Promise<void> {
  const rows = led.flatMap(({ place, urls, gone }) =>
    [...new Set(urls)].map((url) => ({ s: place.siteId, c: place.checkId, p: place.unitPath, url, gone })),
  );
  if (rows.length === 0) return;
  await sql`INSERT INTO watch.url (site_id, url, unit_path, check_id, state, visited_at, outcome, status)
    SELECT s, url, p::ltree, c, 'done', base.now(), CASE WHEN gone IS NOT NULL THEN 'gone' END, gone
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS n(s uuid, c uuid, p text, url text, gone int)
    ON CONFLICT (site_id, url) DO UPDATE SET check_id = excluded.check_id, state = 'done',
      visited_at = base.now(), outcome = excluded.outcome, status = excluded.status`.execute(ctx.db);
}

export interface Found extends Seen {
  /** The page that leads there. */
  readonly from: string;
  readonly isHome: boolean;
}

/** Puts newly found addresses at the end of the line. */
export async function addFound(ctx: Ctx, found: readonly Found[]): Promise<void> {
  const rows = found
    .filter(({ urls }) => urls.length > 0)
    .map(({ place, urls, from, isHome }) => ({
      s: place.siteId,
      c: place.checkId,
      p: place.unitPath,
      urls,
      from,
      rank: isHome ? 2 : 3,
    }));
  if (rows.length === 0) return;
  await sql`INSERT INTO watch.url (site_id, url, unit_path, check_id, state, rank, found_on)
    SELECT n.s, f.url, n.p::ltree, n.c, 'waiting', n.rank, n."from"
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
        AS n(s uuid, c uuid, p text, urls jsonb, "from" text, rank smallint),
      jsonb_array_elements_text(n.urls) WITH ORDINALITY AS f(url, at) ORDER BY n.s, f.at
    ON CONFLICT (site_id, url) DO UPDATE SET check_id = excluded.check_id, found_on = excluded.found_on,
      state = CASE WHEN watch.url.check_id IS NOT DISTINCT FROM excluded.check_id THEN watch.url.state ELSE 'waiting' END`.execute(
    ctx.db,
  );
}

export interface FormerReading {
  readonly facts: PageFacts;
  readonly volatile: Volatile | null;
  readonly fetches: number;
  readonly read_at: Date | null;
}

/** The last readings of addresses, to compare with; one key for each in the order asked, undefined without one. */
export async function formerReadings(
  ctx: Ctx,
  asked: readonly { siteId: string; url: string }[],
): Promise<(FormerReading | undefined)[]> {
  if (asked.length === 0) return [];
  const { rows } = await sql<
    FormerReading & { at: number }
  >`SELECT n.at::int AS at, u.facts, u.volatile, u.fetches,
      u.read_at
    FROM unnest(${asked.map((one) => one.siteId)}::uuid[], ${asked.map((one) => one.url)}::text[])
      WITH ORDINALITY AS n(site_id, url, at)
    JOIN watch.url u ON u.site_id = n.site_id AND u.url = n.url AND u.facts IS NOT NULL`.execute(ctx.db);
  const found = new Map(rows.map((row) => [row.at, row]));
  return asked.map((_, at) => found.get(at + 1));
}

export async function insertChange(
  ctx: Ctx,
  place: Place,
  url: string,
  beforeAt: Date | null,
  difference: Difference,
): Promise<void> {
  const { classes, distance, ...sides } = difference;
  const { before, after } = sides.links;
  // Texts come masked (page-facts.ts); links do not, for the crawl goes by them.
  const links = { before: before.map(maskPersonalData), after: after.map(maskPersonalData) };
  const detail = { ...sides, links };
  await sql`INSERT INTO watch.change (unit_path, site_id, check_id, url, before_at, classes, distance, detail)
    VALUES (${place.unitPath}::ltree, ${place.siteId}::uuid, ${place.checkId}::uuid, ${url}, ${beforeAt},
      ${[...classes]}::text[], ${distance}, ${storableJson(detail)}::jsonb)`.execute(ctx.db);
}
