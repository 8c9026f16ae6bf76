import { sql } from 'kysely';
import type { Ctx } from '#base/app';

export interface Attachment {
  readonly fileName: string;
  readonly sha256: string;
  readonly contentType: string;
}

export interface MailRow {
  id: string;
  unit_path: string;
  key: string;
  recipient: string;
  subject: string;
  body: string;
  attachments: Attachment[];
  level: 'composed' | 'accepted' | 'failed';
  error: string | null;
  attempts: number;
  at: Date;
}

/** Accounts with one of the roles, in the unit or on its line upwards. Runs as the system. */
export async function accountsAbove(
  ctx: Ctx,
  unitPath: string,
  roles: readonly string[],
): Promise<{ id: string; unit_path: string }[]> {
  const { rows } = await sql<{ id: string; unit_path: string }>`SELECT id, unit_path FROM auth.account_view
    WHERE unit_path @> ${unitPath}::ltree AND roles && ${[...roles]}::text[] AND NOT disabled`.execute(
    ctx.db,
  );
  return rows;
}

export async function insertMessage(
  ctx: Ctx,
  row: {
    accountId: string;
    unitPath: string;
    key: string;
    subject: string;
    body: string;
    link: string | null;
    urgent: boolean;
  },
): Promise<void> {
  await sql`INSERT INTO notify.message (account_id, unit_path, key, subject, body, link, urgent)
    VALUES (${row.accountId}::uuid, ${row.unitPath}::ltree, ${row.key}, ${row.subject}, ${row.body}, ${row.link},
      ${row.urgent}) ON CONFLICT (account_id, key) DO NOTHING`.execute(ctx.db);
  await sql`SELECT pg_notify('jiaodun_event', ${JSON.stringify({ name: 'notify.message', accountId: row.accountId })})`.execute(
    ctx.db,
  );
}

export interface MessageRow {
  id: string;
  at: Date;
  subject: string;
  body: string;
  link: string | null;
  urgent: boolean;
  read_at: Date | null;
}

export async function listMessages(
  ctx: Ctx,
  query: { page: number; pageSize: number; unread?: boolean | undefined },
) {
  const mine = sql`account_id::text = ${ctx.actor.id} AND (${query.unread ?? false} = false OR read_at IS NULL)`;
  const { rows } = await sql<MessageRow>`SELECT * FROM notify.message WHERE ${mine} ORDER BY id DESC
    LIMIT ${query.pageSize} OFFSET ${(query.page - 1) * query.pageSize}`.execute(ctx.db);
  const counts = await sql<{ total: number; unread: number }>`SELECT
      (SELECT count(*) FROM notify.message WHERE ${mine}) AS total,
      (SELECT count(*) FROM notify.message WHERE account_id::text = ${ctx.actor.id} AND read_at IS NULL) AS unread`.execute(
    ctx.db,
  );
  return { items: rows, ...counts.rows[0]! };
}

export async function markRead(ctx: Ctx, id: string): Promise<boolean> {
  const done = await sql`UPDATE notify.message SET read_at = coalesce(read_at, base.now())
    WHERE id = ${id}::uuid AND account_id::text = ${ctx.actor.id}`.execute(ctx.db);
  return done.numAffectedRows === 1n;
}

/** Returns the new mail's id, or undefined when the key was there already. */
export async function insertMail(
  ctx: Ctx,
  row: {
    unitPath: string;
    key: string;
    recipient: string;
    subject: string;
    body: string;
    attachments: readonly Attachment[];
  },
): Promise<string | undefined> {
  const { rows } = await sql<{
    id: string;
  }>`INSERT INTO notify.mail (unit_path, key, recipient, subject, body, attachments)
    VALUES (${row.unitPath}::ltree, ${row.key}, ${row.recipient}, ${row.subject}, ${row.body},
      ${JSON.stringify(row.attachments)}::jsonb) ON CONFLICT (key) DO NOTHING RETURNING id`.execute(ctx.db);
  return rows[0]?.id;
}

export async function findMail(ctx: Ctx, id: string): Promise<MailRow | undefined> {
  const { rows } = await sql<MailRow>`SELECT * FROM notify.mail WHERE id = ${id}::uuid`.execute(ctx.db);
  return rows[0];
}

export async function recordProgress(
  ctx: Ctx,
  id: string,
  change: { level: 'composed' | 'accepted' | 'failed'; error: string | null; response: string | null },
): Promise<void> {
  await sql`UPDATE notify.mail SET level = ${change.level}, error = ${change.error}, response = ${change.response},
    attempts = attempts + 1, accepted_at = CASE WHEN ${change.level} = 'accepted' THEN base.now() END
    WHERE id = ${id}::uuid`.execute(ctx.db);
}

export async function listMails(
  ctx: Ctx,
  query: { page: number; pageSize: number; level?: string | undefined },
) {
  const { rows } = await sql<MailRow & { n: number }>`SELECT *, count(*) OVER () AS n FROM notify.mail
    WHERE ${query.level ?? null}::text IS NULL OR level = ${query.level ?? null}
    ORDER BY id DESC LIMIT ${query.pageSize} OFFSET ${(query.page - 1) * query.pageSize}`.execute(ctx.db);
  return { items: rows, total: rows[0]?.n ?? 0 };
}
