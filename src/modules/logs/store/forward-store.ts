/** PostgreSQL: forwarders and what came from them; and how our own forwarding goes. */
import { sql } from 'kysely';
import type { Ctx } from '#base/app';
import { newId } from '#base/id';
import { allOf, like, pageOf } from '#base/list';
import { genesisLink } from '../segments/chain.ts';
import type { HeadRow } from './chain-store.ts';

export interface ForwarderRow {
  id: string;
  chain: string;
  unit_path: string;
  name: string;
  problem: string | null;
}

export async function findForwarder(ctx: Ctx, chain: string): Promise<ForwarderRow | undefined> {
  const { rows } = await sql<ForwarderRow>`SELECT id, chain, unit_path::text AS unit_path, name, problem
    FROM logs.forwarder WHERE chain = ${chain}`.execute(ctx.db);
  return rows[0];
}

/** Throws PostgreSQL's unique violation (`forwarder_chain_key`) when another unit's forwarder has the chain. */
export async function insertForwarder(
  ctx: Ctx,
  row: { chain: string; unitPath: string; name: string },
): Promise<string> {
  await sql`INSERT INTO logs.chain_head VALUES (${row.chain}, 0, ${genesisLink})
    ON CONFLICT DO NOTHING`.execute(ctx.db);
  const id = newId();
  await sql`INSERT INTO logs.forwarder (id, chain, unit_path, name, token)
    VALUES (${id}, ${row.chain}, ${row.unitPath}::ltree, ${row.name}, ${ctx.actor.id})`.execute(ctx.db);
  return id;
}

export async function noteHeard(ctx: Ctx, id: string, theirSeq: number): Promise<void> {
  await sql`UPDATE logs.forwarder SET heard_at = base.now(), their_seq = greatest(their_seq, ${theirSeq})
    WHERE id = ${id}`.execute(ctx.db);
}

/** False when the problem was known already. */
export async function setProblem(ctx: Ctx, id: string, problem: string | null): Promise<boolean> {
  const { numAffectedRows } = await sql`UPDATE logs.forwarder SET problem = ${problem}
    WHERE id = ${id} AND problem IS DISTINCT FROM ${problem}`.execute(ctx.db);
  return numAffectedRows === 1n;
}

export interface KeyRow {
  fingerprint: string;
  public_key: string;
  seen_at: Date;
  accepted_at: Date | null;
}

export async function keysOf(ctx: Ctx, forwarderId: string): Promise<KeyRow[]> {
  const { rows } =
    await sql<KeyRow>`SELECT fingerprint, public_key, seen_at, accepted_at FROM logs.forwarder_key
    WHERE forwarder_id = ${forwarderId} ORDER BY seen_at, fingerprint`.execute(ctx.db);
  return rows;
}

/** False when it was known. */
export async function insertKey(
  ctx: Ctx,
  forwarder: { id: string; unit_path: string },
  key: { fingerprint: string; publicKey: string; isAccepted: boolean },
): Promise<boolean> {
  const { numAffectedRows } = await sql`INSERT INTO logs.forwarder_key
      (forwarder_id, unit_path, fingerprint, public_key, accepted_at, accepted_by)
    VALUES (${forwarder.id}, ${forwarder.unit_path}::ltree, ${key.fingerprint}, ${key.publicKey},
      CASE WHEN ${key.isAccepted} THEN base.now() END, CASE WHEN ${key.isAccepted} THEN ${ctx.actor.id}::text END)
    ON CONFLICT DO NOTHING`.execute(ctx.db);
  return numAffectedRows === 1n;
}

/** The forwarder's unit path; undefined when there is no such key to accept in the caller's scope. */
export async function acceptKey(
  ctx: Ctx,
  forwarderId: string,
  fingerprint: string,
): Promise<string | undefined> {
  const { rows } = await sql<{ unit_path: string }>`UPDATE logs.forwarder_key
    SET accepted_at = base.now(), accepted_by = ${ctx.actor.id}
    WHERE forwarder_id = ${forwarderId} AND fingerprint = ${fingerprint} AND accepted_at IS NULL
    RETURNING unit_path::text AS unit_path`.execute(ctx.db);
  return rows[0]?.unit_path;
}

export async function findForwardedSource(
  ctx: Ctx,
  forwarderId: string,
  theirId: string,
  format: string,
): Promise<number | undefined> {
  const { rows } = await sql<{ source_id: number }>`SELECT source_id FROM logs.forwarded_source
    WHERE forwarder_id = ${forwarderId} AND their_id = ${theirId} AND format = ${format}`.execute(ctx.db);
  return rows[0]?.source_id;
}

export async function insertForwardedSource(
  ctx: Ctx,
  forwarder: ForwarderRow,
  row: { theirId: string; format: string; sourceId: number },
): Promise<void> {
  await sql`INSERT INTO logs.forwarded_source (forwarder_id, unit_path, their_id, format, source_id)
    VALUES (${forwarder.id}, ${forwarder.unit_path}::ltree, ${row.theirId}, ${row.format}, ${row.sourceId})`.execute(
    ctx.db,
  );
}

/** The link at a place of a chain; undefined when there is none. */
export async function linkAt(ctx: Ctx, chain: string, chainSeq: number): Promise<string | undefined> {
  const { rows } = await sql<{ link: string }>`SELECT link FROM logs.segment
    WHERE chain = ${chain} AND chain_seq = ${chainSeq}`.execute(ctx.db);
  return rows[0]?.link;
}

export async function headOf(ctx: Ctx, chain: string): Promise<HeadRow> {
  const { rows } = await sql<HeadRow>`SELECT chain, chain_seq, link FROM logs.chain_head
    WHERE chain = ${chain}`.execute(ctx.db);
  return rows[0] ?? { chain, chain_seq: 0, link: genesisLink };
}

export interface ForwarderFigures extends ForwarderRow {
  unit_name: string | null;
  chain_seq: number;
  their_seq: number;
  since: Date;
  heard_at: Date;
}

export function listForwarders(ctx: Ctx, query: { page: number; pageSize: number; q?: string | undefined }) {
  return pageOf<ForwarderFigures>(ctx, {
    columns: sql`f.id, f.chain, f.unit_path::text AS unit_path, f.name, f.problem, f.their_seq, f.since, f.heard_at,
      u.name AS unit_name, h.chain_seq`,
    from: sql`logs.forwarder f`,
    as: 'f',
    join: sql`JOIN logs.chain_head h ON h.chain = f.chain
      LEFT JOIN units.unit_view u ON u.unit_path = f.unit_path AND u.state <> 'closed'`,
    where: allOf(query.q ? [like(sql`f.name`, query.q)] : []),
    orderBy: sql`f.name, f.id`,
    query,
  });
}

export interface ReceiptRow {
  chain_seq: number;
  link: string;
  city: string;
  received_at: string;
  public_key: string;
  signature: Buffer;
}

export async function lastReceipt(ctx: Ctx): Promise<ReceiptRow | undefined> {
  const { rows } = await sql<ReceiptRow>`SELECT chain_seq, link, city, received_at, public_key, signature
    FROM logs.forward_receipt ORDER BY chain_seq DESC LIMIT 1`.execute(ctx.db);
  return rows[0];
}

export async function insertReceipt(ctx: Ctx, row: ReceiptRow): Promise<void> {
  await sql`INSERT INTO logs.forward_receipt (chain_seq, link, city, received_at, public_key, signature)
    VALUES (${row.chain_seq}, ${row.link}, ${row.city}, ${row.received_at}, ${row.public_key}, ${row.signature})
    ON CONFLICT DO NOTHING`.execute(ctx.db);
}

export interface ForwardState {
  target: string;
  tried_at: Date | null;
  done_at: Date | null;
  sent_bytes: number;
  all_bytes: number;
  failures: number;
  problem: string | null;
}

export async function readState(ctx: Ctx): Promise<ForwardState | undefined> {
  const { rows } =
    await sql<ForwardState>`SELECT target, tried_at, done_at, sent_bytes, all_bytes, failures, problem
    FROM logs.forward_state`.execute(ctx.db);
  return rows[0];
}

export async function writeState(ctx: Ctx, state: ForwardState): Promise<void> {
  await sql`INSERT INTO logs.forward_state (target, tried_at, done_at, sent_bytes, all_bytes, failures, problem)
    VALUES (${state.target}, ${state.tried_at}, ${state.done_at}, ${state.sent_bytes}, ${state.all_bytes},
      ${state.failures}, ${state.problem})
    ON CONFLICT (singleton) DO UPDATE SET target = excluded.target, tried_at = excluded.tried_at,
      done_at = coalesce(excluded.done_at, logs.forward_state.done_at), sent_bytes = excluded.sent_bytes,
      all_bytes = excluded.all_bytes, failures = excluded.failures, problem = excluded.problem`.execute(
    ctx.db,
  );
}
