import { sql } from 'kysely';
import type { Ctx } from '#base/app';
import { allOf, type Page, pageOf } from '#base/list';
import type { BagItem, BagManifest } from './contract.ts';

export interface BagRow {
  id: string;
  unit_path: string;
  incident_id: string;
  case_id: string;
  number: number;
  file_name: string;
  sha256: string;
  bytes: number;
  public_key_id: string;
  items: number;
  incomplete: { item: string; problem: string }[];
  sealed_at: Date;
  sealed_by_name: string;
}

export interface ItemRow {
  seq: number;
  path: string;
  bytes: number;
  sha256: string;
  source: string;
  tool: string;
  collector: string;
  acquired_at: Date;
  clock_offset_ms: number | null;
}

export interface CustodyRow {
  at: Date;
  act: 'sealed' | 'bag_read' | 'item_read' | 'verified';
  actor_name: string;
  detail: string;
}

const columns = sql`b.id, b.unit_path::text AS unit_path, b.incident_id, b.case_id, b.number, b.file_name, b.sha256,
  b.bytes, b.public_key_id, b.incomplete, b.sealed_at, b.sealed_by_name,
  (SELECT count(*) FROM evidence.item i WHERE i.bag_id = b.id) AS items`;

/** One seal at a time in a case: numbers have no gaps, and each bag names the one before it. */
export async function lastBag(
  ctx: Ctx,
  incidentId: string,
): Promise<{ number: number; sha256: string; now: Date } | { number: 0; now: Date }> {
  await sql`SELECT pg_advisory_xact_lock(hashtextextended('evidence.seal:' || ${incidentId}::text, 0))`.execute(
    ctx.db,
  );
  const { rows } = await sql<{ number: number | null; sha256: string; now: Date }>`
    SELECT b.number, b.sha256, base.now() AS now FROM (SELECT 1) AS one
    LEFT JOIN LATERAL (SELECT number, sha256 FROM evidence.bag WHERE incident_id = ${incidentId}::uuid
      ORDER BY number DESC LIMIT 1) AS b ON true`.execute(ctx.db);
  const { number, sha256, now } = rows[0]!;
  return number === null ? { number: 0, now } : { number, sha256, now };
}

export interface NewBagRow {
  readonly unitPath: string;
  readonly incidentId: string;
  readonly fileName: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly manifest: BagManifest;
  readonly manifestBytes: Uint8Array;
  readonly sealedAt: Date;
}

/** Writes the bag and its items; returns the bag's id. */
export async function insertBag(ctx: Ctx, row: NewBagRow): Promise<string> {
  const { manifest } = row;
  const { rows } = await sql<{
    id: string;
  }>`INSERT INTO evidence.bag (unit_path, incident_id, case_id, number, file_name,
      sha256, bytes, public_key_id, manifest, incomplete, sealed_at, sealed_by, sealed_by_name)
    VALUES (${row.unitPath}::ltree, ${row.incidentId}::uuid, ${manifest.caseId}, ${manifest.number}, ${row.fileName},
      ${row.sha256}, ${row.bytes}, ${manifest.publicKeyId}, ${Buffer.from(row.manifestBytes)},
      ${JSON.stringify(manifest.incomplete ?? [])}::jsonb, ${row.sealedAt}, ${ctx.actor.id}, ${ctx.actor.name})
    RETURNING id`.execute(ctx.db);
  const { id } = rows[0]!;
  await insertItems(ctx, id, row.unitPath, manifest.items);
  return id;
}

async function insertItems(
  ctx: Ctx,
  bagId: string,
  unitPath: string,
  items: readonly BagItem[],
): Promise<void> {
  await sql`INSERT INTO evidence.item (bag_id, unit_path, seq, path, bytes, sha256, source, tool, collector, acquired_at,
      clock_offset_ms)
    SELECT ${bagId}::uuid, ${unitPath}::ltree, i.seq, i.path, i.bytes, i.sha256, i.source, i.tool, i.collector,
      i."acquiredAt", i."clockOffsetMs"
    FROM jsonb_to_recordset(${JSON.stringify(items)}::jsonb) AS i(seq int, path text, bytes bigint, sha256 text,
      source text, tool text, collector text, "acquiredAt" timestamptz, "clockOffsetMs" double precision)`.execute(
    ctx.db,
  );
}

export async function listBags(
  ctx: Ctx,
  query: { page: number; pageSize: number; q?: string | undefined; incidentId?: string | undefined },
): Promise<Page<BagRow>> {
  const where = [];
  if (query.incidentId) where.push(sql`b.incident_id = ${query.incidentId}::uuid`);
  if (query.q) where.push(sql`position(lower(${query.q}) in lower(b.file_name)) > 0`);
  return pageOf<BagRow>(ctx, {
    columns,
    from: sql`evidence.bag b`,
    where: allOf(where),
    orderBy: sql`b.id DESC`,
    query,
  });
}

/** The bags of several incidents, each incident's oldest first. */
export async function bagsOfIncidents(ctx: Ctx, incidentIds: readonly string[]): Promise<BagRow[]> {
  const { rows } = await sql<BagRow>`SELECT ${columns} FROM evidence.bag b
    WHERE b.incident_id = ANY(${[...incidentIds]}::uuid[]) ORDER BY b.incident_id, b.number`.execute(ctx.db);
  return rows;
}

export async function findBag(ctx: Ctx, id: string): Promise<BagRow | undefined> {
  const { rows } = await sql<BagRow>`SELECT ${columns} FROM evidence.bag b WHERE b.id = ${id}::uuid`.execute(
    ctx.db,
  );
  return rows[0];
}

/** The signed bytes of a bag's manifest, from which the place of every item in the file follows. */
export async function findManifestBytes(ctx: Ctx, id: string): Promise<Buffer | undefined> {
  const { rows } = await sql<{
    manifest: Buffer;
  }>`SELECT manifest FROM evidence.bag WHERE id = ${id}::uuid`.execute(ctx.db);
  return rows[0]?.manifest;
}

export async function listItems(ctx: Ctx, bagId: string): Promise<ItemRow[]> {
  const { rows } =
    await sql<ItemRow>`SELECT * FROM evidence.item WHERE bag_id = ${bagId}::uuid ORDER BY seq`.execute(
      ctx.db,
    );
  return rows;
}

export async function listCustody(ctx: Ctx, bagId: string): Promise<CustodyRow[]> {
  const { rows } = await sql<CustodyRow>`SELECT at, act, actor_name, detail FROM evidence.custody
    WHERE bag_id = ${bagId}::uuid ORDER BY id LIMIT 1000`.execute(ctx.db);
  return rows;
}

/** Notes in the bag's custody what the actor did with it. */
export async function insertCustody(
  ctx: Ctx,
  entry: { bagId: string; unitPath: string; act: CustodyRow['act']; detail?: string },
): Promise<void> {
  await sql`INSERT INTO evidence.custody (bag_id, unit_path, act, actor_id, actor_name, detail)
    VALUES (${entry.bagId}::uuid, ${entry.unitPath}::ltree, ${entry.act}, ${ctx.actor.id}, ${ctx.actor.name},
      ${entry.detail ?? ''})`.execute(ctx.db);
}
