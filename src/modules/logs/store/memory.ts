/** PostgreSQL: what decoders know from earlier segments of a source. */
import { sql } from 'kysely';
import type { Ctx } from '#base/app';

export async function readMemory(ctx: Ctx, sourceId: number): Promise<Map<string, unknown>> {
  const { rows } = await sql<{ key: string; value: unknown }>`SELECT key, value FROM logs.decoder_memory
    WHERE source_id = ${sourceId}`.execute(ctx.db);
  return new Map(rows.map(({ key, value }) => [key, value]));
}

export async function writeMemory(
  ctx: Ctx,
  source: { id: number; unit_path: string },
  changes: ReadonlyMap<string, unknown>,
): Promise<void> {
  if (changes.size === 0) return;
  const values = JSON.stringify([...changes].map(([key, value]) => ({ key, value })));
  await sql`INSERT INTO logs.decoder_memory (source_id, key, value, unit_path)
    SELECT ${source.id}, given->>'key', given->'value', ${source.unit_path}::ltree
    FROM jsonb_array_elements(${values}::jsonb) AS given
    ON CONFLICT (source_id, key) DO UPDATE SET value = EXCLUDED.value`.execute(ctx.db);
}

/**
 * Whether the caller's transaction now is the only one that indexes segments of the source: what a decoder remembers
 * is read and written in the order of receipt.
 */
export async function claimOrder(ctx: Ctx, sourceId: number): Promise<boolean> {
  const { rows } = await sql<{ mine: boolean }>`SELECT
    pg_try_advisory_xact_lock(hashtext('logs.index-order'), ${sourceId}) AS mine`.execute(ctx.db);
  return rows[0]!.mine;
}

/** The segments of a source up to `upto` that wait for their index, oldest first. */
export async function waitingBefore(ctx: Ctx, sourceId: number, upto: number): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`SELECT id FROM logs.segment
    WHERE source_id = ${sourceId} AND id <= ${upto} AND indexed_at IS NULL ORDER BY id LIMIT 1000`.execute(
    ctx.db,
  );
  return rows.map((row) => row.id);
}
