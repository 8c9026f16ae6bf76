/** The line of addresses of a check, and the pages that it has kept. */
import { sql } from 'kysely';
import type { Ctx } from '#base/app';
import type { KnownPage } from './judge-page.ts';
import type { Place } from './kept-store.ts';
import type { Outcome } from './rules.ts';

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
