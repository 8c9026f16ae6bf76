import { sql } from 'kysely';
import type { Ctx } from '#base/app';
import { type Page, pageOf } from '#base/list';
import type { AuditRecord } from './record-audit.ts';

export interface EntryRow {
  id: string;
  leaf_index: number | null;
  at: Date;
  actor_id: string;
  actor_name: string;
  unit_path: string;
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

export interface EntryFilter {
  readonly q?: string | undefined;
  readonly action?: string | undefined;
  readonly subject?: string | undefined;
  readonly actorId?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

export async function insertEntries(
  ctx: Ctx,
  actor: { readonly id: string; readonly name: string },
  records: readonly (AuditRecord & { unitPath: string })[],
): Promise<void> {
  const json = (value: unknown) => (value === undefined ? null : JSON.stringify(value));
  const list = (of: (record: AuditRecord & { unitPath: string }) => string | null) => records.map(of);
  await sql`INSERT INTO audit.entry (actor_id, actor_name, unit_path, action, subject, before, after)
    SELECT ${actor.id}, ${actor.name}, n.unit_path::ltree, n.action, n.subject, n.before::jsonb, n.after::jsonb
    FROM unnest(${list((one) => one.unitPath)}::text[], ${list((one) => one.action)}::text[],
      ${list((one) => one.subject)}::text[], ${list((one) => json(one.before))}::text[],
      ${list((one) => json(one.after))}::text[]) WITH ORDINALITY
      AS n(unit_path, action, subject, before, after, place) ORDER BY n.place`.execute(ctx.db);
}

/** Entries in the caller's scope, newest first. `action` may end in `*`: every action that begins so. */
export async function listEntries(
  ctx: Ctx,
  query: EntryFilter & { page: number; pageSize: number },
): Promise<Page<EntryRow>> {
  const like = (text: string) => text.replace(/[\\%_]/g, '\\$&');
  const where = [
    sql`unit_path <@ (SELECT base.scope())`,
    query.action && sql`action LIKE ${like(query.action).replace(/\*$/, '%')}`,
    query.subject && sql`subject = ${query.subject}`,
    query.actorId && sql`actor_id = ${query.actorId}`,
    query.from && sql`at >= ${query.from}::timestamptz`,
    query.to && sql`at < ${query.to}::timestamptz`,
    query.q && sql`(actor_name || ' ' || action || ' ' || subject) ILIKE ${`%${like(query.q)}%`}`,
  ].filter((one) => typeof one === 'object');
  return pageOf<EntryRow>(ctx, {
    columns: sql`id, leaf_index, at, actor_id, actor_name, unit_path, action, subject, before, after, leaf`,
    from: sql`audit.entry`,
    where: sql<boolean>`${sql.join(where, sql` AND `)}`,
    orderBy: sql`id DESC`,
    query,
  });
}

/** The unplaced or placed entry with this id, when the caller may see it. */
export async function findEntry(ctx: Ctx, id: string): Promise<EntryRow | undefined> {
  const { rows } = await sql<EntryRow>`SELECT id, leaf_index, at, actor_id, actor_name, unit_path, action,
    subject, before, after, leaf FROM audit.entry WHERE id = ${id}::uuid`.execute(ctx.db);
  return rows[0];
}

export async function lastCheckpoint(ctx: Ctx): Promise<CheckpointRow | undefined> {
  const { rows } =
    await sql<CheckpointRow>`SELECT * FROM audit.checkpoint ORDER BY size DESC LIMIT 1`.execute(ctx.db);
  return rows[0];
}

export async function findCheckpoint(ctx: Ctx, size: number): Promise<CheckpointRow | undefined> {
  const { rows } = await sql<CheckpointRow>`SELECT * FROM audit.checkpoint WHERE size = ${size}`.execute(
    ctx.db,
  );
  return rows[0];
}

/** The first checkpoint that covers leaf `index`. */
export async function checkpointOver(ctx: Ctx, index: number): Promise<CheckpointRow | undefined> {
  const { rows } = await sql<CheckpointRow>`SELECT * FROM audit.checkpoint WHERE size > ${index}
    ORDER BY size LIMIT 1`.execute(ctx.db);
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

export interface LeafRow {
  leaf_index: number;
  leaf: Buffer;
  /** What the leaf hashes, made afresh from the entry. */
  statement: string;
  /** What the statement's salted hash hashes: `[before, after, actor's name]`. */
  content: string;
  salt: Buffer;
  unit_path: string;
}

/** Entries from place `from` on with what their leaves are made of, recomputed from their content. */
export async function readLeaves(ctx: Ctx, from: number, limit: number): Promise<LeafRow[]> {
  const { rows } = await sql<LeafRow>`SELECT leaf_index, leaf, content, salt, unit_path,
      audit.statement_of(id, at, actor_id, action, subject, unit_path, content, salt) AS statement
    FROM (SELECT *, audit.content_of(leaf_version, actor_name, before, after) AS content FROM audit.entry
      WHERE leaf_index >= ${from} AND leaf_index < ${from + limit}) AS e ORDER BY leaf_index`.execute(ctx.db);
  return rows;
}
