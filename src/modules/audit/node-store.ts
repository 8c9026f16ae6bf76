import { sql } from 'kysely';
import type { Ctx } from '#base/app';

/** Leaf hashes [from, to) as stored. */
export async function leavesBetween(ctx: Ctx, from: number, to: number): Promise<Buffer[]> {
  const { rows } = await sql<{ leaf: Buffer }>`SELECT leaf FROM audit.entry
    WHERE leaf_index >= ${from} AND leaf_index < ${to} ORDER BY leaf_index`.execute(ctx.db);
  return rows.map((row) => row.leaf);
}

/** Stored subtree roots [from, to) of a level. */
export async function nodesBetween(ctx: Ctx, level: number, from: number, to: number): Promise<Buffer[]> {
  const { rows } = await sql<{ hash: Buffer }>`SELECT hash FROM audit.node
    WHERE level = ${level} AND index >= ${from} AND index < ${to} ORDER BY index`.execute(ctx.db);
  return rows.map((row) => row.hash);
}

/** How many subtree roots of a level are stored: they are stored in order, from 0. */
export async function countNodes(ctx: Ctx, level: number): Promise<number> {
  const { rows } = await sql<{ n: number }>`SELECT coalesce(max(index) + 1, 0) AS n FROM audit.node
    WHERE level = ${level}`.execute(ctx.db);
  return rows[0]!.n;
}

export async function insertNodes(ctx: Ctx, level: number, from: number, hashes: readonly Buffer[]) {
  await sql`INSERT INTO audit.node (level, index, hash)
    SELECT ${level}, ${from}::bigint + place - 1, hash FROM unnest(${[...hashes]}::bytea[])
      WITH ORDINALITY AS t (hash, place)`.execute(ctx.db);
}
