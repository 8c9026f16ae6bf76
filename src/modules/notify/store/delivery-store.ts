/** Deliveries: composed in the transaction of what they tell, with their first receipt. */
import { type SqlBool, sql } from 'kysely';
import type { Ctx } from '#base/app';
import { pageOf } from '#base/list';
import type { ChannelKind, MessageKind, ReceiptLevel } from '../contract.ts';

export interface Attachment {
  readonly fileName: string;
  readonly sha256: string;
  readonly contentType: string;
}

export interface DeliveryRow {
  id: string;
  unit_path: string;
  key: string;
  recipient: string;
  subject: string;
  body: string;
  attachments: Attachment[];
  level: ReceiptLevel;
  error: string | null;
  attempts: number;
  budget: number;
  at: Date;
  channel: ChannelKind;
  channel_id: string | null;
  kind: MessageKind;
  urgent: boolean;
  link: string | null;
  account_id: string | null;
  message_id: string | null;
  chain_run_id: string | null;
  state: 'waiting' | 'sending' | 'done' | 'dead' | 'given_up';
  due_at: Date;
  batch_id: string | null;
  group_key: string | null;
  alone: boolean;
  lane: string;
  given_up_reason: string | null;
  carrier_id: string | null;
}

export interface NewDelivery {
  readonly key: string;
  readonly unitPath: string;
  readonly channel: ChannelKind;
  readonly channelId: string | null;
  readonly kind: MessageKind;
  readonly urgent: boolean;
  readonly recipient: string;
  readonly subject: string;
  readonly body: string;
  readonly link?: string | null;
  readonly attachments?: readonly Attachment[];
  readonly accountId?: string | null;
  readonly messageId?: string | null;
  readonly chainRunId?: string | null;
  readonly dueAt?: Date | null;
  readonly groupKey?: string | null;
  readonly ackSha256?: Buffer | null;
}

/** The nearest enabled channel of the kind at or above the unit; null: none is set up. */
export async function channelFor(ctx: Ctx, kind: ChannelKind, unitPath: string): Promise<string | null> {
  const { rows } = await sql<{
    id: string | null;
  }>`SELECT notify.channel_for(${kind}, ${unitPath}::ltree) AS id`.execute(ctx.db);
  return rows[0]?.id ?? null;
}

/** Returns the new delivery's id and lane, or undefined when the key was there already. */
export async function insertDelivery(
  ctx: Ctx,
  row: NewDelivery,
): Promise<{ id: string; lane: string } | undefined> {
  const { rows } = await sql<{ id: string; lane: string }>`WITH composed AS (
      INSERT INTO notify.delivery (unit_path, key, channel, channel_id, kind, urgent, recipient, subject, body, link,
        attachments, account_id, message_id, chain_run_id, state, due_at, group_key, ack_sha256)
      VALUES (${row.unitPath}::ltree, ${row.key}, ${row.channel}, ${row.channelId}::uuid, ${row.kind}, ${row.urgent},
        ${row.recipient}, ${row.subject}, ${row.body}, ${row.link ?? null},
        ${JSON.stringify(row.attachments ?? [])}::jsonb, ${row.accountId ?? null}::uuid,
        ${row.messageId ?? null}::uuid, ${row.chainRunId ?? null}::uuid,
        ${row.channel === 'app' ? 'done' : 'waiting'}, coalesce(${row.dueAt ?? null}::timestamptz, base.now()),
        ${row.groupKey ?? null}, ${row.ackSha256 ?? null}::bytea)
      ON CONFLICT (key) DO NOTHING RETURNING id, lane, unit_path, subject),
    receipt AS (INSERT INTO notify.receipt (delivery_id, unit_path, level, proof)
      SELECT id, unit_path, 'composed', '已写入发件箱 in the outbox' FROM composed)
    SELECT id, lane FROM composed`.execute(ctx.db);
  return rows[0];
}

/** Adds a receipt once and raises the delivery's level to it; a level never falls. */
export async function addReceipt(
  ctx: Ctx,
  deliveryId: string,
  receipt: { level: ReceiptLevel; attempt?: number; proof: string },
): Promise<boolean> {
  const done = await sql`INSERT INTO notify.receipt (delivery_id, unit_path, level, attempt, proof)
    SELECT id, unit_path, ${receipt.level}, ${receipt.attempt ?? 0}::int, ${receipt.proof.slice(0, 2000)}
    FROM notify.delivery WHERE id = ${deliveryId}::uuid
    ON CONFLICT (delivery_id, level, attempt) DO NOTHING`.execute(ctx.db);
  await sql`UPDATE notify.delivery SET level = ${receipt.level} WHERE id = ${deliveryId}::uuid
    AND ${rankOf(receipt.level)}::int > array_position(${ranks}::text[], level)`.execute(ctx.db);
  return done.numAffectedRows === 1n;
}

/** A carrier may report a failure after it accepted, and a delivery after that. */
const ranks = ['composed', 'sent', 'accepted', 'failed', 'delivered', 'opened', 'acknowledged'];

function rankOf(level: ReceiptLevel): number {
  return ranks.indexOf(level) + 1;
}

export async function findDelivery(ctx: Ctx, id: string): Promise<DeliveryRow | undefined> {
  const { rows } = await sql<DeliveryRow>`SELECT * FROM notify.delivery WHERE id = ${id}::uuid`.execute(
    ctx.db,
  );
  return rows[0];
}

/** The same, locked until the transaction ends. */
export async function lockDelivery(ctx: Ctx, id: string): Promise<DeliveryRow | undefined> {
  const { rows } =
    await sql<DeliveryRow>`SELECT * FROM notify.delivery WHERE id = ${id}::uuid FOR UPDATE`.execute(ctx.db);
  return rows[0];
}

export interface DeliveryQuery {
  page: number;
  pageSize: number;
  q?: string | undefined;
  sort?: string | undefined;
  level?: string | undefined;
  state?: string | undefined;
  channel?: string | undefined;
  kind?: string | undefined;
}

export type ListedDelivery = DeliveryRow & { channel_name: string | null };

export function listDeliveries(ctx: Ctx, query: DeliveryQuery) {
  const like = query.q ? `%${query.q.replace(/[\\%_]/g, '\\$&')}%` : null;
  const is = (column: string, value: string | undefined) =>
    value === undefined ? sql<SqlBool>`true` : sql<SqlBool>`${sql.ref(column)} = ${value}`;
  return pageOf<ListedDelivery>(ctx, {
    columns: sql`d.*, c.name AS channel_name`,
    from: sql`notify.delivery d`,
    join: sql`LEFT JOIN notify.channel c ON c.id = d.channel_id`,
    where: sql<SqlBool>`${is('d.level', query.level)} AND ${is('d.state', query.state)}
      AND ${is('d.channel', query.channel)} AND ${is('d.kind', query.kind)}
      AND (${like}::text IS NULL OR d.subject ILIKE ${like} OR (d.recipient ILIKE ${like} AND d.channel <> 'sms'))`,
    orderBy: query.sort === 'at' ? sql`d.id` : sql`d.id DESC`,
    query,
  });
}

export async function historyOf(ctx: Ctx, id: string) {
  const receipts = await sql<{
    level: ReceiptLevel;
    at: Date;
    attempt: number;
    proof: string;
  }>`SELECT level, at, attempt, proof FROM notify.receipt WHERE delivery_id = ${id}::uuid ORDER BY at, id`.execute(
    ctx.db,
  );
  const attempts = await sql<{
    attempt: number;
    begun_at: Date;
    ended_at: Date | null;
    outcome: 'accepted' | 'permanent' | 'temporary' | 'unreachable' | 'unknown' | null;
    detail: string | null;
  }>`SELECT attempt, begun_at, ended_at, outcome, detail FROM notify.attempt
    WHERE delivery_id = ${id}::uuid ORDER BY attempt`.execute(ctx.db);
  return { receipts: receipts.rows, attempts: attempts.rows };
}

/** Puts dead letters back into their queue. Returns those that were dead. */
export async function reviveDeliveries(
  ctx: Ctx,
  which: { id: string } | { channel?: string | undefined },
): Promise<{ id: string; lane: string; unit_path: string }[]> {
  const id = 'id' in which ? which.id : null;
  const channel = 'id' in which ? null : (which.channel ?? null);
  const { rows } = await sql<{ id: string; lane: string; unit_path: string }>`UPDATE notify.delivery d
    SET state = 'waiting', level = 'composed', due_at = base.now(), budget = attempts + 12, batch_id = NULL, group_key = NULL,
      channel_id = CASE WHEN d.channel IN ('mail', 'sms') THEN notify.channel_for(d.channel, d.unit_path)
        ELSE d.channel_id END
    WHERE state = 'dead' AND (${id}::uuid IS NULL OR id = ${id}::uuid)
      AND (${channel}::text IS NULL OR channel = ${channel})
    RETURNING id, lane, unit_path`.execute(ctx.db);
  return rows;
}

export async function giveUpDelivery(ctx: Ctx, id: string, reason: string): Promise<boolean> {
  const done = await sql`UPDATE notify.delivery SET state = 'given_up', given_up_reason = ${reason},
    given_up_by = ${ctx.actor.name} WHERE id = ${id}::uuid AND state = 'dead'`.execute(ctx.db);
  return done.numAffectedRows === 1n;
}

/** The delivery that a carrier's report is about. */
export async function deliveryOfCarrier(
  ctx: Ctx,
  channelId: string,
  carrierId: string,
): Promise<DeliveryRow | undefined> {
  const { rows } = await sql<DeliveryRow>`SELECT * FROM notify.delivery
    WHERE channel_id = ${channelId}::uuid AND carrier_id = ${carrierId}`.execute(ctx.db);
  return rows[0];
}

export async function deliveryOfToken(ctx: Ctx, digest: Buffer): Promise<DeliveryRow | undefined> {
  const { rows } =
    await sql<DeliveryRow>`SELECT * FROM notify.delivery WHERE ack_sha256 = ${digest}::bytea`.execute(ctx.db);
  return rows[0];
}

export async function deliveriesOfMessage(ctx: Ctx, messageId: string): Promise<DeliveryRow[]> {
  const { rows } =
    await sql<DeliveryRow>`SELECT * FROM notify.delivery WHERE message_id = ${messageId}::uuid`.execute(
      ctx.db,
    );
  return rows;
}

/** What a carrier took and could not deliver becomes a dead letter. */
export async function buryReported(ctx: Ctx, id: string, reason: string): Promise<void> {
  await sql`UPDATE notify.delivery SET state = 'dead', error = ${reason}
    WHERE id = ${id}::uuid AND state = 'done' AND level = 'failed'`.execute(ctx.db);
}
