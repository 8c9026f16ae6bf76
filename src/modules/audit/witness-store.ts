import { sql } from 'kysely';
import type { Ctx } from '#base/app';
import { type Page, pageOf } from '#base/list';

export interface WitnessRow {
  id: string;
  name: string;
  unit_path: string;
  public_key: string;
  registered_at: Date;
  retired_at: Date | null;
  last_size: number | null;
  last_at: Date | null;
}

const columns = sql`w.id, w.name, w.unit_path, w.public_key, w.registered_at, w.retired_at,
  (SELECT max(size) FROM audit.cosignature c WHERE c.witness_id = w.id) AS last_size,
  (SELECT max(at) FROM audit.cosignature c WHERE c.witness_id = w.id) AS last_at`;

export async function listWitnesses(
  ctx: Ctx,
  query: { page: number; pageSize: number },
): Promise<Page<WitnessRow>> {
  return pageOf<WitnessRow>(ctx, {
    columns,
    from: sql`audit.witness w`,
    where: sql<boolean>`true`,
    orderBy: sql`w.id DESC`,
    query,
  });
}

export async function findWitness(
  ctx: Ctx,
  key: { id: string } | { publicKey: string },
): Promise<WitnessRow | undefined> {
  const where = 'id' in key ? sql`w.id = ${key.id}::uuid` : sql`w.public_key = ${key.publicKey}`;
  const { rows } = await sql<WitnessRow>`SELECT ${columns} FROM audit.witness w WHERE ${where}`.execute(
    ctx.db,
  );
  return rows[0];
}

export async function insertWitness(ctx: Ctx, row: { name: string; publicKey: string }): Promise<string> {
  const { rows } = await sql<{
    id: string;
  }>`INSERT INTO audit.witness (name, unit_path, public_key, registered_by)
    VALUES (${row.name}, ${ctx.actor.unitPath}::ltree, ${row.publicKey}, ${ctx.actor.id})
    ON CONFLICT (public_key) DO NOTHING RETURNING id`.execute(ctx.db);
  return rows[0]?.id ?? '';
}

export async function retireWitness(ctx: Ctx, id: string): Promise<boolean> {
  const done = await sql`UPDATE audit.witness SET retired_at = base.now() WHERE id = ${id}::uuid
    AND retired_at IS NULL`.execute(ctx.db);
  return done.numAffectedRows === 1n;
}

export async function insertCosignature(
  ctx: Ctx,
  row: { size: number; witness: WitnessRow; signature: Uint8Array },
): Promise<void> {
  await sql`INSERT INTO audit.cosignature (size, witness_id, unit_path, signature)
    VALUES (${row.size}, ${row.witness.id}::uuid, ${row.witness.unit_path}::ltree, ${row.signature})
    ON CONFLICT DO NOTHING`.execute(ctx.db);
}

/** How many witnesses signed each of these heads. */
export async function countCosignatures(ctx: Ctx, sizes: readonly number[]): Promise<Map<number, number>> {
  const { rows } = await sql<{ size: number; n: number }>`SELECT size, count(*) AS n FROM audit.cosignature
    WHERE size = ANY(${[...sizes]}::bigint[]) GROUP BY size`.execute(ctx.db);
  return new Map(rows.map(({ size, n }) => [size, n]));
}
