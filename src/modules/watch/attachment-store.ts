import { sql } from 'kysely';
import type { Ctx } from '#base/app';
import { type Page, pageOf } from '#base/list';
import type { CrawledPage } from './judge-page.ts';

/** Whether a file of this content was read whole on this site, with the same words, and nothing was found. */
export async function isKnownFile(
  ctx: Ctx,
  siteId: string,
  sha256: Buffer,
  readWith: string,
): Promise<boolean> {
  const { rows } =
    await sql`SELECT FROM watch.attachment WHERE site_id = ${siteId}::uuid AND sha256 = ${sha256}
    AND read_with = ${readWith} AND outcome = 'read' AND findings = 0`.execute(ctx.db);
  return rows.length > 0;
}

/** Keeps a file that is no page, by its content. */
export async function keepAttachment(
  ctx: Ctx,
  place: { siteId: string; unitPath: string },
  page: CrawledPage,
  readWith: string,
): Promise<void> {
  const type = page.headers['content-type']?.slice(0, 200) ?? null;
  const error = page.error?.slice(0, 500).replaceAll('\u0000', '\ufffd') ?? null;
  await sql`INSERT INTO watch.attachment (site_id, sha256, unit_path, url, found_on, media_type, bytes, findings, outcome,
      error, read_with)
    VALUES (${place.siteId}::uuid, ${page.sha256}, ${place.unitPath}::ltree, ${page.url},
      (SELECT found_on FROM watch.url WHERE site_id = ${place.siteId}::uuid AND url = ${page.url}), ${type},
      ${page.bytes}, ${page.findings.length}, ${page.outcome}, ${error}, ${readWith})
    ON CONFLICT (site_id, sha256) DO UPDATE SET last_seen_at = base.now(), url = excluded.url,
      findings = CASE WHEN ${page.isUnchanged} THEN watch.attachment.findings ELSE excluded.findings END,
      outcome = excluded.outcome, error = excluded.error, read_with = excluded.read_with`.execute(ctx.db);
}

export interface AttachmentRow {
  url: string;
  found_on: string | null;
  media_type: string | null;
  bytes: number;
  findings: number;
  outcome: string;
  error: string | null;
  sha256: string;
  first_seen_at: Date;
  last_seen_at: Date;
  in_newest: boolean;
}

/** Files of a site: those with findings first, then the newest. */
export async function listAttachments(
  ctx: Ctx,
  query: { page: number; pageSize: number; siteId?: string | undefined },
): Promise<Page<AttachmentRow>> {
  return pageOf<AttachmentRow>(ctx, {
    columns: sql`a.url, a.found_on, a.media_type, a.bytes, a.findings, a.outcome, a.error,
      encode(a.sha256, 'hex') AS sha256, a.first_seen_at, a.last_seen_at,
      EXISTS (SELECT FROM watch.page p WHERE p.sha256 = a.sha256 AND p.check_id = coalesce(
        (SELECT c.id FROM watch."check" c WHERE c.site_id = a.site_id AND c.state IN ('clean', 'faulty')
          ORDER BY c.id DESC LIMIT 1),
        (SELECT c.id FROM watch."check" c WHERE c.site_id = a.site_id ORDER BY c.id DESC LIMIT 1))) AS in_newest`,
    from: sql`watch.attachment a`,
    as: 'a',
    where: query.siteId ? sql`a.site_id = ${query.siteId}::uuid` : sql`true`,
    orderBy: sql`(a.findings > 0) DESC, a.first_seen_at DESC, a.sha256`,
    query,
  });
}
