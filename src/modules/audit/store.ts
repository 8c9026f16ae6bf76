import { sql } from 'kysely';
import type { Ctx } from '#base/app';
import type { AuditRecord } from './record-audit.ts';

export interface EntryRow {
  id: string;
  leaf_index: number | null;
  at: Date;
  actor_id: string;
  actor_name: string;
  action: string;
  subject: string;
  before: unknown;
  after: unknown;
  leaf: Buffer;
}

export interface CheckpointRow {
  size: number;
  root: Buffer;
  frontier: Buffer[];
  at: Date;
  signature: Buffer;
}

export async function insertEntry(ctx: Ctx, record: AuditRecord & { unitPath: string }): Promise<void> {
  const json = (value: unknown) => (value === undefined ? null : JSON.stringify(value));
  await sql`INSERT INTO audit.entry (actor_id, actor_name, unit_path, action, subject, before, after)
    VALUES (${ctx.actor.id}, ${ctx.actor.name}, ${record.unitPath}::ltree, ${record.action}, ${record.subject},
      ${json(record.before)}::jsonb, ${json(record.after)}::jsonb)`.execute(ctx.db);
}

export async function listEntries(
  ctx: Ctx,
  query: { page: number; pageSize: number; q?: string; action?: string; subject?: string },
): Promise<{ items: EntryRow[]; total: number }> {
  const where = sql`(${query.action ?? null}::text IS NULL OR action = ${query.action ?? null})
    AND (${query.subject ?? null}::text IS NULL OR subject = ${query.subject ?? null})
    AND (${query.q ?? null}::text IS NULL OR actor_name ILIKE '%' || ${query.q ?? null} || '%'
      OR action ILIKE '%' || ${query.q ?? null} || '%' OR subject ILIKE '%' || ${query.q ?? null} || '%')`;
  const { rows } =
    await sql<EntryRow>`SELECT id, leaf_index, at, actor_id, actor_name, action, subject, before,
    after, leaf FROM audit.entry WHERE ${where} ORDER BY id DESC
    LIMIT ${query.pageSize} OFFSET ${(query.page - 1) * query.pageSize}`.execute(ctx.db);
  const total = await sql<{ n: number }>`SELECT count(*) AS n FROM audit.entry WHERE ${where}`.execute(
    ctx.db,
  );
  return { items: rows, total: total.rows[0]!.n };
}

export async function lastCheckpoint(ctx: Ctx): Promise<CheckpointRow | undefined> {
  const { rows } =
    await sql<CheckpointRow>`SELECT * FROM audit.checkpoint ORDER BY size DESC LIMIT 1`.execute(ctx.db);
  return rows[0];
}

export async function listCheckpoints(ctx: Ctx, limit: number, offset: number): Promise<CheckpointRow[]> {
  const { rows } = await sql<CheckpointRow>`SELECT * FROM audit.checkpoint ORDER BY size DESC
    LIMIT ${limit} OFFSET ${offset}`.execute(ctx.db);
  return rows;
}

export async function countCheckpoints(ctx: Ctx): Promise<number> {
  const { rows } = await sql<{ n: number }>`SELECT count(*) AS n FROM audit.checkpoint`.execute(ctx.db);
  return rows[0]!.n;
}

/** One checkpoint at a time: the tree has one order. */
export async function lockTree(ctx: Ctx): Promise<void> {
  await sql`SELECT pg_advisory_xact_lock(hashtext('audit.tree'))`.execute(ctx.db);
}

/** Gives places from `size` on to entries that have none, and returns their leaves in that order. */
export async function placeEntries(ctx: Ctx, size: number, limit: number): Promise<Buffer[]> {
  const { rows } = await sql<{ leaf: Buffer }>`WITH fresh AS (
      SELECT id, ${size}::bigint + row_number() OVER (ORDER BY id) - 1 AS place FROM (
        SELECT id FROM audit.entry WHERE leaf_index IS NULL ORDER BY id LIMIT ${limit}) AS t),
    placed AS (UPDATE audit.entry e SET leaf_index = fresh.place FROM fresh WHERE e.id = fresh.id
      RETURNING e.leaf_index, e.leaf)
    SELECT leaf FROM placed ORDER BY leaf_index`.execute(ctx.db);
  return rows.map((row) => row.leaf);
}

export async function insertCheckpoint(ctx: Ctx, row: Omit<CheckpointRow, 'at'>): Promise<void> {
  await sql`INSERT INTO audit.checkpoint (size, root, frontier, signature)
    VALUES (${row.size}, ${row.root}, ${row.frontier}, ${row.signature})`.execute(ctx.db);
}

/** Leaves from `from` on, recomputed from the entries' content, with the stored ones beside them. */
export async function recomputeLeaves(
  ctx: Ctx,
  from: number,
  limit: number,
): Promise<{ leaf_index: number; leaf: Buffer; computed: Buffer }[]> {
  const { rows } = await sql<{ leaf_index: number; leaf: Buffer; computed: Buffer }>`
    SELECT leaf_index, leaf, audit.leaf_of(id, at, actor_id, action, subject, unit_path, before, after, salt) AS computed
    FROM audit.entry WHERE leaf_index >= ${from} ORDER BY leaf_index LIMIT ${limit}`.execute(ctx.db);
  return rows;
}
