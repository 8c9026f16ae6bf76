/** PostgreSQL: what a certificate of retention says, and those that were issued. */
import { sql } from 'kysely';
import type { Ctx } from '#base/app';
import { allOf, like, type Page, pageOf } from '#base/list';

export interface HeldSource {
  id: number;
  name: string;
  unit_name: string | null;
  format: string;
  /** For how many days its lines are to be kept: by law, and by what its unit and those above decided. */
  duty_days: number;
  /** Receipt of the oldest record that is still kept, and of the very first one. */
  oldest: Date | null;
  first_ever: Date | null;
  newest: Date | null;
  records: number;
  segments: number;
  gaps: number;
  open_gaps: number;
  lost: number;
}

/** Sources at or below a path with what is held of each. */
export async function heldSources(ctx: Ctx, unitPath: string): Promise<HeldSource[]> {
  const { rows } =
    await sql<HeldSource>`SELECT s.id, s.name, u.name AS unit_name, s.format, logs.kept_days(s.retention, s.unit_path) AS duty_days, o.oldest,
      f.first_recv AS first_ever, f.last_recv AS newest, coalesce(f.records, 0)::bigint AS records,
      coalesce(f.segments, 0)::bigint AS segments, w.gaps, w.open_gaps, w.lost
    FROM logs.source s LEFT JOIN units.unit_view u ON u.unit_path = s.unit_path
      LEFT JOIN logs.source_figures f ON f.source_id = s.id
      LEFT JOIN LATERAL (SELECT g.first_recv AS oldest FROM logs.segment g WHERE g.source_id = s.id
        AND g.dropped_at IS NULL ORDER BY g.last_recv LIMIT 1) o ON true
      CROSS JOIN LATERAL (SELECT count(*) AS gaps, coalesce(sum(g.lost), 0)::bigint AS lost,
        count(*) FILTER (WHERE NOT EXISTS (SELECT FROM logs.gap_answer a WHERE a.gap_id = g.id AND a.accepted))
          AS open_gaps FROM logs.gap g WHERE g.source_id = s.id AND g.lost IS DISTINCT FROM 0) w
    WHERE s.unit_path <@ ${unitPath}::ltree AND s.format <> 'unknown' ORDER BY s.unit_path, s.name LIMIT 5000`.execute(
      ctx.db,
    );
  return rows;
}

export interface HeldGap {
  source: string;
  proof: string;
  began: Date;
  ended: Date | null;
  lost: number | null;
  reason: string | null;
  words: string | null;
}

/** The newest gaps of sources at or below a path, and of the collectors. */
export async function heldGaps(ctx: Ctx, unitPath: string, limit: number): Promise<HeldGap[]> {
  const { rows } =
    await sql<HeldGap>`SELECT coalesce(s.name, g.collector) AS source, g.proof, g.began, g.ended, g.lost,
      a.reason, a.words
    FROM logs.gap g LEFT JOIN logs.source s ON s.id = g.source_id
      LEFT JOIN logs.gap_answer a ON a.gap_id = g.id AND a.accepted
    WHERE (s.unit_path <@ ${unitPath}::ltree OR g.source_id IS NULL) AND g.lost IS DISTINCT FROM 0
    ORDER BY g.began DESC, g.id LIMIT ${limit}`.execute(ctx.db);
  return rows;
}

export interface CertificateRow {
  id: string;
  unit_id: string;
  unit_path: string;
  unit_name: string;
  issued_by: string;
  issued_name: string;
  issued_at: Date;
  statement: string;
  sha256: string;
  public_key: string;
  signature: string;
}

const columns = sql`c.id, c.unit_id, c.unit_path::text AS unit_path, c.unit_name, c.issued_by, c.issued_name, c.issued_at,
  c.statement, c.sha256, c.public_key, c.signature`;

export async function insertCertificate(ctx: Ctx, row: CertificateRow): Promise<void> {
  await sql`INSERT INTO logs.certificate (id, unit_id, unit_path, unit_name, issued_by, issued_name, issued_at, statement,
      sha256, public_key, signature)
    VALUES (${row.id}, ${row.unit_id}, ${row.unit_path}::ltree, ${row.unit_name}, ${row.issued_by}, ${row.issued_name},
      ${row.issued_at}, ${row.statement}, ${row.sha256}, ${row.public_key}, ${row.signature})`.execute(
    ctx.db,
  );
}

export async function findCertificate(ctx: Ctx, id: string): Promise<CertificateRow | undefined> {
  const { rows } =
    await sql<CertificateRow>`SELECT ${columns} FROM logs.certificate c WHERE c.id = ${id}::uuid`.execute(
      ctx.db,
    );
  return rows[0];
}

export async function listCertificates(
  ctx: Ctx,
  query: { page: number; pageSize: number; q?: string | undefined },
): Promise<Page<CertificateRow>> {
  return pageOf<CertificateRow>(ctx, {
    columns,
    from: sql`logs.certificate c`,
    as: 'c',
    where: allOf(query.q === undefined ? [] : [like(sql`c.unit_name`, query.q)]),
    orderBy: sql`c.issued_at DESC, c.id`,
    query,
  });
}
