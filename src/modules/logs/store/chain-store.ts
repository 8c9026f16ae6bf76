/** PostgreSQL: who made a chain, who signed it, and which of its heads entered the audit log. */
import { sql } from 'kysely';
import type { Ctx } from '#base/app';
import { newId } from '#base/id';
import type { DropLine } from '../contract/proofs.ts';
import { type SegmentRow, segmentColumns } from './catalogue.ts';

/** The id of this installation, made at first use. */
export async function installationId(ctx: Ctx): Promise<string> {
  const known = await sql<{ id: string }>`SELECT id FROM logs.installation`.execute(ctx.db);
  if (known.rows[0]) return known.rows[0].id;
  await sql`INSERT INTO logs.installation (id) VALUES (${newId()}) ON CONFLICT DO NOTHING`.execute(ctx.db);
  const { rows } = await sql<{ id: string }>`SELECT id FROM logs.installation`.execute(ctx.db);
  return rows[0]!.id;
}

export async function ensureSigner(ctx: Ctx, fingerprint: string, publicKey: string): Promise<void> {
  await sql`INSERT INTO logs.signer (fingerprint, public_key) VALUES (${fingerprint}, ${publicKey})
    ON CONFLICT DO NOTHING`.execute(ctx.db);
}

export interface SignerRow {
  fingerprint: string;
  public_key: string;
}

export async function allSigners(ctx: Ctx): Promise<SignerRow[]> {
  const { rows } = await sql<SignerRow>`SELECT fingerprint, public_key FROM logs.signer
    ORDER BY since, fingerprint`.execute(ctx.db);
  return rows;
}

export interface HeadRow {
  chain: string;
  chain_seq: number;
  link: string;
}

export async function chainHeads(ctx: Ctx): Promise<HeadRow[]> {
  const { rows } = await sql<HeadRow>`SELECT chain, chain_seq, link FROM logs.chain_head
    ORDER BY chain <> 'main', chain`.execute(ctx.db);
  return rows;
}

/** Heads that have moved since they last entered the audit log, each locked until the transaction ends. */
export async function movedHeads(ctx: Ctx): Promise<HeadRow[]> {
  const { rows } = await sql<HeadRow>`SELECT h.chain, h.chain_seq, h.link FROM logs.chain_head h
    WHERE h.chain_seq > coalesce((SELECT max(a.chain_seq) FROM logs.chain_anchor a WHERE a.chain = h.chain), 0)
    ORDER BY h.chain FOR UPDATE`.execute(ctx.db);
  return rows;
}

export async function insertAnchor(ctx: Ctx, head: HeadRow): Promise<void> {
  await sql`INSERT INTO logs.chain_anchor (chain, chain_seq, link)
    VALUES (${head.chain}, ${head.chain_seq}, ${head.link})`.execute(ctx.db);
}

export interface AnchorRow extends HeadRow {
  at: Date;
}

export async function allAnchors(ctx: Ctx): Promise<AnchorRow[]> {
  const { rows } = await sql<AnchorRow>`SELECT chain, chain_seq, link, at FROM logs.chain_anchor
    ORDER BY chain, chain_seq`.execute(ctx.db);
  return rows;
}

/** What is kept of each day and source that was dropped. */
export async function allDrops(ctx: Ctx): Promise<DropLine[]> {
  const { rows } = await sql<DropLine>`SELECT plan_id AS plan, day::text AS day, source_id AS source,
      dropped::bigint AS segments, dropped_records AS records, digest
    FROM logs.drop_item WHERE dropped > 0 ORDER BY day, source_id, plan_id`.execute(ctx.db);
  return rows;
}

/** The id of this installation; '' before its first segment. */
export async function knownInstallation(ctx: Ctx): Promise<string> {
  const { rows } = await sql<{ id: string }>`SELECT id FROM logs.installation`.execute(ctx.db);
  return rows[0]?.id ?? '';
}

/** The public key (PEM) with a fingerprint that a segment names. */
export async function publicKeyOf(ctx: Ctx, fingerprint: string): Promise<string> {
  const { rows } = await sql<{ public_key: string }>`SELECT public_key FROM logs.signer
    WHERE fingerprint = ${fingerprint}`.execute(ctx.db);
  return rows[0]!.public_key;
}

/** Segments of a chain behind place `from` up to `end`, in order. */
export async function chainSegments(
  ctx: Ctx,
  chain: string,
  from: number,
  end: number,
  limit: number,
): Promise<SegmentRow[]> {
  const { rows } = await sql<SegmentRow>`SELECT ${segmentColumns} FROM logs.segment g
    JOIN logs.source s ON s.id = g.source_id
    WHERE g.chain = ${chain} AND g.chain_seq > ${from} AND g.chain_seq <= ${end}
    ORDER BY g.chain_seq LIMIT ${limit}`.execute(ctx.db);
  return rows;
}
