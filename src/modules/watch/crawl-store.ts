/** The line of addresses of a check and what is kept of each page: written as the pages come. */
import { sql } from 'kysely';
import type { Ctx } from '#base/app';
import type { Difference, Volatile } from './compare-page.ts';
import type { CrawledPage, KnownPage } from './judge-page.ts';
import type { PageFacts } from './page-facts.ts';
import type { Outcome } from './rules.ts';

interface Place {
  readonly checkId: string;
  readonly siteId: string;
  readonly unitPath: string;
}

/** Addresses that come into the line of one check; the others' turn comes in the next (oldest visit first). */
const LINE_MAX = 400;

/**
 * Puts into the line of a check: the home page, pages with open findings, then known addresses, those that were
 * longest not visited first. Does nothing for a check that has its line already.
 */
export async function openLine(
  ctx: Ctx,
  place: Place,
  home: string,
  faulty: readonly string[],
): Promise<void> {
  const { siteId, checkId, unitPath } = place;
  const first = JSON.stringify([home, ...faulty].map((url, n) => ({ url, rank: n === 0 ? 0 : 1 })));
  const { rows } =
    await sql`SELECT FROM watch.url WHERE site_id = ${siteId}::uuid AND check_id = ${checkId}::uuid
    LIMIT 1`.execute(ctx.db);
  if (rows.length > 0) return;
  await sql`UPDATE watch.url u SET check_id = ${checkId}::uuid, state = 'waiting'
    FROM (SELECT url FROM watch.url WHERE site_id = ${siteId}::uuid AND (outcome IS DISTINCT FROM 'gone' OR found_on IS NOT NULL)
      ORDER BY outcome IS NOT DISTINCT FROM 'gone', rank, visited_at NULLS FIRST, seq LIMIT ${LINE_MAX}) n
    WHERE u.site_id = ${siteId}::uuid AND u.url = n.url`.execute(ctx.db);
  await sql`INSERT INTO watch.url (site_id, url, unit_path, check_id, state, rank)
    SELECT ${siteId}::uuid, n.url, ${unitPath}::ltree, ${checkId}::uuid, 'waiting', min(n.rank)
    FROM jsonb_to_recordset(${first}::jsonb) AS n(url text, rank smallint) GROUP BY n.url
    ON CONFLICT (site_id, url) DO UPDATE SET check_id = excluded.check_id, state = 'waiting',
      rank = least(watch.url.rank, excluded.rank)`.execute(ctx.db);
}

interface LineRow extends KnownPage {
  url: string;
  state: 'waiting' | 'done';
  findings: number;
  read_with: string | null;
  is_fresh: boolean;
}

export interface Line {
  readonly waiting: readonly string[];
  readonly visited: readonly string[];
  /** Addresses that need not be read again when they are the same. */
  readonly known: ReadonlyMap<string, KnownPage>;
}

/** The line of a check. `readWith` is what pages are read with now; a week after the last whole reading all is read. */
export async function readLine(ctx: Ctx, place: Place, readWith: string): Promise<Line> {
  const { rows } = await sql<LineRow>`SELECT url, state, findings, read_with, sha256, etag,
      last_modified AS "lastModified", coalesce(read_at > base.now() - interval '7 days', false) AS is_fresh
    FROM watch.url WHERE site_id = ${place.siteId}::uuid AND check_id = ${place.checkId}::uuid
    ORDER BY rank, visited_at NULLS FIRST, seq`.execute(ctx.db);
  const isKnown = (row: LineRow) => row.read_with === readWith && row.is_fresh && row.findings === 0;
  return {
    waiting: rows.filter((row) => row.state === 'waiting').map((row) => row.url),
    visited: rows.filter((row) => row.state === 'done').map((row) => row.url),
    known: new Map(
      rows
        .filter((row) => row.state === 'waiting' && isKnown(row))
        .map((row) => [row.url, { sha256: row.sha256, etag: row.etag, lastModified: row.lastModified }]),
    ),
  };
}

/** Pages that a check has kept so far, the home page first, with how they ended. */
export async function keptPages(
  ctx: Ctx,
  checkId: string,
): Promise<{ url: string; outcome: Outcome; error: string | null }[]> {
  const { rows } = await sql<{ url: string; outcome: Outcome; error: string | null }>`
    SELECT url, outcome, error FROM watch.page WHERE check_id = ${checkId}::uuid ORDER BY place`.execute(
    ctx.db,
  );
  return rows;
}

/**
 * Counts a page into its check and renews the lease. False when the check is another worker's by now: then nothing
 * may be kept. A check that gets on has not killed its worker: its tries begin anew.
 */
export async function countPage(
  ctx: Ctx,
  check: { id: string; holder: string },
  counted: { pages: number; bytes: number; findings: number },
  leaseSeconds: number,
): Promise<boolean> {
  const done =
    await sql`UPDATE watch."check" SET pages = pages + ${counted.pages}, bytes = bytes + ${counted.bytes},
      findings = findings + ${counted.findings}, attempts = 1,
      lease_until = base.now() + ${leaseSeconds} * interval '1 second'
    WHERE id = ${check.id}::uuid AND holder = ${check.holder} AND state = 'running'`.execute(ctx.db);
  return done.numAffectedRows === 1n;
}

const storable = (value: unknown) => JSON.stringify(value).replaceAll('\\u0000', '\\ufffd');

/** Keeps how an address ended, in the check's list of pages and as what is known of the address. */
export async function keepPage(
  ctx: Ctx,
  place: Place,
  page: CrawledPage,
  how: { order: number; readWith: string; volatile: Volatile | null },
): Promise<void> {
  const { siteId, checkId, unitPath } = place;
  const sha256 = page.sha256?.toString('hex') ?? null;
  const error = page.error?.slice(0, 1000).replaceAll('\u0000', '\ufffd') ?? null;
  const isRead = page.outcome === 'read';
  const etag = isRead ? (page.headers.etag?.slice(0, 300) ?? null) : null;
  const lastModified = isRead ? (page.headers['last-modified']?.slice(0, 100) ?? null) : null;
  const facts = isRead && page.facts ? storable(page.facts).toWellFormed() : null;
  const volatile = how.volatile ? storable(how.volatile).toWellFormed() : null;
  await sql`WITH kept AS (
      INSERT INTO watch.page (check_id, unit_path, place, url, status, charset, bytes, sha256, findings, error, outcome)
      VALUES (${checkId}::uuid, ${unitPath}::ltree, ${how.order}, ${page.url}, ${page.status}, ${page.charset},
        ${page.bytes}, decode(${sha256}, 'hex'), ${page.findings.length}, ${error}, ${page.outcome}))
    INSERT INTO watch.url AS u (site_id, url, unit_path, check_id, state, visited_at, outcome, status, etag,
      last_modified, sha256, read_with, read_at, findings, fetches, facts, volatile)
    VALUES (${siteId}::uuid, ${page.url}, ${unitPath}::ltree, ${checkId}::uuid, 'done', base.now(), ${page.outcome},
      ${page.status}, ${etag}, ${lastModified}, decode(${sha256}, 'hex'), ${isRead ? how.readWith : null},
      ${isRead ? sql`base.now()` : null}, ${page.findings.length}, ${isRead ? 1 : 0}, ${facts}::jsonb,
      ${volatile}::jsonb)
    ON CONFLICT (site_id, url) DO UPDATE SET check_id = excluded.check_id, state = 'done',
      visited_at = base.now(), outcome = excluded.outcome, status = excluded.status,
      etag = coalesce(excluded.etag, CASE WHEN ${page.isUnchanged} THEN u.etag END),
      last_modified = coalesce(excluded.last_modified, CASE WHEN ${page.isUnchanged} THEN u.last_modified END),
      sha256 = excluded.sha256, read_with = excluded.read_with,
      read_at = CASE WHEN ${page.isUnchanged} THEN u.read_at ELSE excluded.read_at END,
      findings = excluded.findings, fetches = u.fetches + excluded.fetches,
      facts = coalesce(excluded.facts, u.facts), volatile = coalesce(excluded.volatile, u.volatile)`.execute(
    ctx.db,
  );
}

/** Takes addresses that led to a page which was read out of the line. */
export async function markVisited(ctx: Ctx, place: Place, urls: readonly string[]): Promise<void> {
  if (urls.length === 0) return;
  await sql`INSERT INTO watch.url (site_id, url, unit_path, check_id, state, visited_at)
    SELECT ${place.siteId}::uuid, url, ${place.unitPath}::ltree, ${place.checkId}::uuid, 'done', base.now()
    FROM unnest(${[...new Set(urls)]}::text[]) AS url
    ON CONFLICT (site_id, url) DO UPDATE SET check_id = excluded.check_id, state = 'done',
      visited_at = base.now()`.execute(ctx.db);
}

/** Puts newly found addresses at the end of the line. */
export async function addFound(
  ctx: Ctx,
  place: Place,
  found: readonly string[],
  from: { url: string; isHome: boolean },
): Promise<void> {
  if (found.length === 0) return;
  await sql`INSERT INTO watch.url (site_id, url, unit_path, check_id, state, rank, found_on)
    SELECT ${place.siteId}::uuid, url, ${place.unitPath}::ltree, ${place.checkId}::uuid, 'waiting',
      ${from.isHome ? 2 : 3}, ${from.url}
    FROM unnest(${[...found]}::text[]) WITH ORDINALITY AS n(url, at) ORDER BY at
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

/** The last reading of an address, to compare with. */
export async function formerReading(
  ctx: Ctx,
  siteId: string,
  url: string,
): Promise<FormerReading | undefined> {
  const { rows } = await sql<FormerReading>`SELECT facts, volatile, fetches, read_at FROM watch.url
    WHERE site_id = ${siteId}::uuid AND url = ${url} AND facts IS NOT NULL`.execute(ctx.db);
  return rows[0];
}

export async function insertChange(
  ctx: Ctx,
  place: Place,
  url: string,
  beforeAt: Date | null,
  difference: Difference,
): Promise<void> {
  const { classes, distance, ...detail } = difference;
  await sql`INSERT INTO watch.change (unit_path, site_id, check_id, url, before_at, classes, distance, detail)
    VALUES (${place.unitPath}::ltree, ${place.siteId}::uuid, ${place.checkId}::uuid, ${url}, ${beforeAt},
      ${[...classes]}::text[], ${distance}, ${storable(detail).toWellFormed()}::jsonb)`.execute(ctx.db);
}
