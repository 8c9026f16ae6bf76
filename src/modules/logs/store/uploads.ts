/** PostgreSQL: uploads in pieces, and what is seen of drop folders. */
import { sql } from 'kysely';
import type { Ctx } from '#base/app';
import { allOf, like, type Page, pageOf } from '#base/list';
import type { LogUpload } from '../contract/uploads.ts';

export interface BulkUpload {
  id: string;
  source_id: number;
  source: string;
  unit_path: string;
  actor_id: string;
  actor_name: string;
  name: string;
  length: number;
  sha256: string | null;
  /** Nobody could read its lines, and the sender wants it sealed all the same. */
  anyway: boolean;
  offset_bytes: number;
  parts: string[];
  state: 'open' | 'received' | 'done' | 'failed' | 'expired';
  error: string | null;
  details: Record<string, unknown>;
  records: number | null;
  segments: number[] | null;
  cut: number | null;
  already: boolean | null;
  /** Of its segments, once all of them are searchable. */
  lines: UploadLines | null;
  created: Date;
  touched: Date;
  ended: Date | null;
}

export type UploadLines = NonNullable<NonNullable<LogUpload['result']>['lines']>;

const lines = sql`(SELECT jsonb_build_object('parsed', coalesce(sum(g.parsed), 0), 'ignored',
      coalesce(sum(g.ignored), 0), 'unparsable', coalesce(sum(g.unparsable), 0), 'from', min(g.first_ts),
      'to', max(g.last_ts), 'ahead', coalesce(sum(g.ahead), 0), 'aged', coalesce(sum(g.aged), 0))
    FROM logs.segment g WHERE g.id = ANY(u.segments) HAVING count(*) = count(g.indexed_at) AND count(*) > 0)`;
const columns = sql`u.id, u.source_id, s.name AS source, u.unit_path::text AS unit_path, u.actor_id, u.actor_name,
  u.name, u.length, u.sha256, u.anyway, u.offset_bytes, u.parts, u.state, u.error, u.details, u.records,
  u.segments::text[] AS segments, u.cut, u.already, ${lines} AS lines, u.created, u.touched, u.ended`;

const numbered = (row: BulkUpload): BulkUpload => ({ ...row, segments: row.segments?.map(Number) ?? null });

export interface NewBulkUpload {
  readonly id: string;
  readonly sourceId: number;
  readonly unitPath: string;
  readonly name: string;
  readonly mark: string | null;
  readonly length: number;
  readonly sha256: string | null;
  readonly anyway: boolean;
}

/** False when the same sender has an open upload of the same mark: that one is to be gone on with. */
export async function insertBulkUpload(ctx: Ctx, row: NewBulkUpload): Promise<boolean> {
  const { numAffectedRows } =
    await sql`INSERT INTO logs.bulk_upload (id, source_id, unit_path, actor_id, actor_name,
      name, mark, length, sha256, anyway)
    VALUES (${row.id}, ${row.sourceId}, ${row.unitPath}::ltree, ${ctx.actor.id}, ${ctx.actor.name}, ${row.name},
      ${row.mark}, ${row.length}, ${row.sha256}, ${row.anyway})
    ON CONFLICT (source_id, actor_id, mark) WHERE state = 'open' DO NOTHING`.execute(ctx.db);
  return numAffectedRows === 1n;
}

export async function findOpenByMark(
  ctx: Ctx,
  sourceId: number,
  mark: string,
): Promise<BulkUpload | undefined> {
  const { rows } = await sql<BulkUpload>`SELECT ${columns} FROM logs.bulk_upload u
    JOIN logs.source s ON s.id = u.source_id WHERE u.source_id = ${sourceId} AND u.actor_id = ${ctx.actor.id}
      AND u.mark = ${mark} AND u.state = 'open'`.execute(ctx.db);
  return rows[0] && numbered(rows[0]);
}

/** The newest upload of the caller by which this very file was taken for the source. */
export async function findDoneBySha(
  ctx: Ctx,
  sourceId: number,
  sha256: string,
): Promise<BulkUpload | undefined> {
  const { rows } = await sql<BulkUpload>`SELECT ${columns} FROM logs.bulk_upload u
    JOIN logs.source s ON s.id = u.source_id WHERE u.source_id = ${sourceId} AND u.actor_id = ${ctx.actor.id}
      AND u.sha256 = ${sha256} AND u.state = 'done' ORDER BY u.created DESC LIMIT 1`.execute(ctx.db);
  return rows[0] && numbered(rows[0]);
}

export async function countOpenUploads(ctx: Ctx, sourceId: number): Promise<number> {
  const { rows } = await sql<{ n: number }>`SELECT count(*) AS n FROM logs.bulk_upload
    WHERE source_id = ${sourceId} AND state = 'open'`.execute(ctx.db);
  return rows[0]!.n;
}

export async function findBulkUpload(ctx: Ctx, id: string): Promise<BulkUpload | undefined> {
  const { rows } = await sql<BulkUpload>`SELECT ${columns} FROM logs.bulk_upload u
    JOIN logs.source s ON s.id = u.source_id WHERE u.id = ${id}`.execute(ctx.db);
  return rows[0] && numbered(rows[0]);
}

export async function listBulkUploads(
  ctx: Ctx,
  query: { page: number; pageSize: number; q?: string | undefined; sourceId?: number | undefined },
): Promise<Page<BulkUpload>> {
  const found = await pageOf<BulkUpload>(ctx, {
    columns,
    from: sql`logs.bulk_upload u`,
    as: 'u',
    join: sql`JOIN logs.source s ON s.id = u.source_id`,
    where: allOf([
      ...(query.sourceId === undefined ? [] : [sql`u.source_id = ${query.sourceId}`]),
      ...(query.q === undefined ? [] : [like(sql`u.name`, query.q)]),
    ]),
    orderBy: sql`u.created DESC, u.id DESC`,
    query,
  });
  return { ...found, items: found.items.map(numbered) };
}

/**
 * Moves the offset of an open upload on, after the bytes are on disk. False when it is not where the caller thinks:
 * another connection was faster. `part` names the file when it is the first of this connection.
 */
export async function moveOffset(
  ctx: Ctx,
  id: string,
  step: { from: number; to: number; part: string | null },
): Promise<boolean> {
  const { numAffectedRows } = await sql`UPDATE logs.bulk_upload SET offset_bytes = ${step.to},
      parts = CASE WHEN ${step.part}::text IS NULL THEN parts ELSE parts || ${step.part}::text END,
      state = CASE WHEN length = ${step.to} THEN 'received' ELSE 'open' END, touched = base.now()
    WHERE id = ${id} AND state = 'open' AND offset_bytes = ${step.from}`.execute(ctx.db);
  return numAffectedRows === 1n;
}

/** What came of a received upload. False when it was settled before. */
export async function settleBulkUpload(
  ctx: Ctx,
  id: string,
  outcome:
    | { records: number; segments: number[]; cut: number; already: boolean }
    | { error: string; details: Readonly<Record<string, unknown>> },
): Promise<boolean> {
  const done = 'records' in outcome;
  const { numAffectedRows } = await (done
    ? sql`UPDATE logs.bulk_upload SET state = 'done', records = ${outcome.records},
        segments = ${outcome.segments}::bigint[], cut = ${outcome.cut}, already = ${outcome.already},
        ended = base.now() WHERE id = ${id} AND state = 'received'`
    : sql`UPDATE logs.bulk_upload SET state = 'failed', error = ${outcome.error},
        details = ${JSON.stringify(outcome.details)}::jsonb, ended = base.now()
        WHERE id = ${id} AND state = 'received'`
  ).execute(ctx.db);
  return numAffectedRows === 1n;
}

/** Gives up open uploads that nobody went on with since `before`. Answers them. */
export async function expireBulkUploads(
  ctx: Ctx,
  before: Date,
): Promise<{ id: string; source_id: number; unit_path: string; offset_bytes: number }[]> {
  const { rows } = await sql<{ id: string; source_id: number; unit_path: string; offset_bytes: number }>`
    UPDATE logs.bulk_upload SET state = 'expired', ended = base.now()
    WHERE state = 'open' AND touched < ${before}
    RETURNING id, source_id, unit_path::text AS unit_path, offset_bytes`.execute(ctx.db);
  return rows;
}

/** Received uploads that have waited to be taken since before `before`. */
export async function untakenUploads(ctx: Ctx, before: Date): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`SELECT id FROM logs.bulk_upload
    WHERE state = 'received' AND touched < ${before} ORDER BY touched LIMIT 1000`.execute(ctx.db);
  return rows.map(({ id }) => id);
}

/** Those of the given uploads whose pieces are still needed. */
export async function neededUploads(ctx: Ctx, ids: readonly string[]): Promise<Set<string>> {
  const { rows } = await sql<{ id: string }>`SELECT id FROM logs.bulk_upload
    WHERE id = ANY(${ids as string[]}::uuid[]) AND state IN ('open', 'received')`.execute(ctx.db);
  return new Set(rows.map(({ id }) => id));
}
