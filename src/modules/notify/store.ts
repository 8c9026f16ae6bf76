/** Messages in the app. */
import { type SqlBool, sql } from 'kysely';
import type { Ctx } from '#base/app';
import { pageOf } from '#base/list';
import type { MessageKind } from './contract.ts';

/** Returns the new message's id, or undefined when the reader has it already. */
export async function insertMessage(
  ctx: Ctx,
  row: {
    accountId: string;
    unitPath: string;
    key: string;
    kind: MessageKind;
    subject: string;
    body: string;
    link: string | null;
    urgent: boolean;
    wantsAcknowledgement: boolean;
  },
): Promise<string | undefined> {
  const { rows } = await sql<{ id: string }>`INSERT INTO notify.message
      (account_id, unit_path, key, kind, subject, body, link, urgent, wants_acknowledgement)
    VALUES (${row.accountId}::uuid, ${row.unitPath}::ltree, ${row.key}, ${row.kind}, ${row.subject}, ${row.body},
      ${row.link}, ${row.urgent}, ${row.wantsAcknowledgement})
    ON CONFLICT (account_id, key) DO NOTHING RETURNING id`.execute(ctx.db);
  if (rows[0]) await refreshReader(ctx, { name: 'notify.message', accountId: row.accountId });
  return rows[0]?.id;
}

/** Tells the browsers of one account, after the transaction commits. */
export async function refreshReader(
  ctx: Ctx,
  what: { name: string; accountId: string; sessionId?: string; end?: true },
): Promise<void> {
  await sql`SELECT pg_notify('jiaodun_event', ${JSON.stringify(what)})`.execute(ctx.db);
}

export interface MessageRow {
  id: string;
  at: Date;
  kind: MessageKind;
  subject: string;
  body: string;
  link: string | null;
  urgent: boolean;
  read_at: Date | null;
  wants_acknowledgement: boolean;
  acknowledged_at: Date | null;
}

export async function listMessages(
  ctx: Ctx,
  query: {
    page: number;
    pageSize: number;
    q?: string | undefined;
    unread?: boolean | undefined;
    kind?: string | undefined;
  },
) {
  const like = query.q ? `%${query.q.replace(/[\\%_]/g, '\\$&')}%` : null;
  const page = await pageOf<MessageRow>(ctx, {
    columns: sql`m.*`,
    from: sql`notify.message m`,
    where: sql<SqlBool>`m.account_id::text = ${ctx.actor.id}
      AND (${query.unread ?? false} = false OR m.read_at IS NULL)
      AND (${query.kind ?? null}::text IS NULL OR m.kind = ${query.kind ?? null})
      AND (${like}::text IS NULL OR m.subject ILIKE ${like} OR m.body ILIKE ${like})`,
    orderBy: sql`m.id DESC`,
    query,
  });
  const { rows } = await sql<{ n: number }>`SELECT count(*) AS n FROM notify.message
    WHERE account_id::text = ${ctx.actor.id} AND read_at IS NULL`.execute(ctx.db);
  return { ...page, unread: rows[0]!.n };
}

/** `undefined`: not the caller's. `first`: it was unread until now. */
export async function markRead(ctx: Ctx, id: string): Promise<{ first: boolean } | undefined> {
  const { rows } = await sql<{ first: boolean }>`WITH before AS (SELECT id, read_at FROM notify.message
      WHERE id = ${id}::uuid AND account_id::text = ${ctx.actor.id} FOR UPDATE)
    UPDATE notify.message m SET read_at = coalesce(m.read_at, base.now()) FROM before b WHERE m.id = b.id
    RETURNING b.read_at IS NULL AS first`.execute(ctx.db);
  return rows[0];
}

/** The same for an acknowledgement, which is reading, too. */
export async function markAcknowledged(ctx: Ctx, id: string): Promise<{ first: boolean } | undefined> {
  const { rows } = await sql<{
    first: boolean;
  }>`WITH before AS (SELECT id, acknowledged_at FROM notify.message
      WHERE id = ${id}::uuid AND account_id::text = ${ctx.actor.id} FOR UPDATE)
    UPDATE notify.message m SET read_at = coalesce(m.read_at, base.now()),
      acknowledged_at = coalesce(m.acknowledged_at, base.now()) FROM before b WHERE m.id = b.id
    RETURNING b.acknowledged_at IS NULL AS first`.execute(ctx.db);
  return rows[0];
}
