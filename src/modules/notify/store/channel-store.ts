/** Configured channels. */
import { type SqlBool, sql } from 'kysely';
import type { Ctx } from '#base/app';
import { pageOf } from '#base/list';
import type { ChannelSettings, OuterKind } from '../contract.ts';

export interface ChannelRow {
  id: string;
  unit_path: string;
  kind: OuterKind;
  name: string;
  host: string;
  sealed: Buffer;
  settings: ChannelSettings;
  enabled: boolean;
  tested_at: Date | null;
  tested_ok: boolean | null;
  tested_detail: string | null;
}

export type ListedChannel = ChannelRow & {
  unit_name: string;
  waiting: number;
  dead: number;
  broken_since: Date | null;
  last_error: string | null;
};

export function listChannels(
  ctx: Ctx,
  query: { page: number; pageSize: number; q?: string | undefined; kind?: string | undefined },
) {
  const like = query.q ? `%${query.q.replace(/[\\%_]/g, '\\$&')}%` : null;
  return pageOf<ListedChannel>(ctx, {
    columns: sql`c.*, u.name AS unit_name,
      (SELECT count(*) FROM notify.delivery d WHERE d.lane = c.id::text AND d.state = 'waiting') AS waiting,
      (SELECT count(*) FROM notify.delivery d WHERE d.channel_id = c.id AND d.state = 'dead') AS dead,
      l.broken_since, l.last_error`,
    from: sql`notify.channel c`,
    join: sql`JOIN units.unit_view u ON u.unit_path = c.unit_path LEFT JOIN notify.lane l ON l.lane = c.id::text`,
    where: sql<SqlBool>`(${query.kind ?? null}::text IS NULL OR c.kind = ${query.kind ?? null})
      AND (${like}::text IS NULL OR c.name ILIKE ${like})`,
    orderBy: sql`c.unit_path, c.name, c.id`,
    query,
  });
}

export async function findChannel(ctx: Ctx, id: string): Promise<ChannelRow | undefined> {
  const { rows } = await sql<ChannelRow>`SELECT * FROM notify.channel WHERE id = ${id}::uuid`.execute(ctx.db);
  return rows[0];
}

export async function insertChannel(
  ctx: Ctx,
  row: Pick<ChannelRow, 'id' | 'unit_path' | 'kind' | 'name' | 'host' | 'sealed' | 'settings'>,
): Promise<void> {
  await sql`INSERT INTO notify.channel (id, unit_path, kind, name, host, sealed, settings, created_by)
    VALUES (${row.id}::uuid, ${row.unit_path}::ltree, ${row.kind}, ${row.name}, ${row.host}, ${row.sealed}::bytea,
      ${JSON.stringify(row.settings)}::jsonb, ${ctx.actor.id})`.execute(ctx.db);
}

export async function updateChannel(
  ctx: Ctx,
  row: Pick<ChannelRow, 'id' | 'name' | 'host' | 'sealed' | 'settings' | 'enabled'>,
): Promise<void> {
  await sql`UPDATE notify.channel SET name = ${row.name}, host = ${row.host}, sealed = ${row.sealed}::bytea,
      settings = ${JSON.stringify(row.settings)}::jsonb, enabled = ${row.enabled}, changed_at = base.now()
    WHERE id = ${row.id}::uuid`.execute(ctx.db);
}

export async function noteTest(ctx: Ctx, id: string, ok: boolean, detail: string): Promise<void> {
  await sql`UPDATE notify.channel SET tested_at = base.now(), tested_ok = ${ok}, tested_detail = ${detail}
    WHERE id = ${id}::uuid`.execute(ctx.db);
}

/** Robots and webhooks at or above the unit that carry the kind. Runs as the system. */
export async function groupChannelsFor(
  ctx: Ctx,
  unitPath: string,
  kind: string,
  urgent: boolean,
): Promise<ChannelRow[]> {
  const { rows } = await sql<ChannelRow>`SELECT * FROM notify.channel
    WHERE kind IN ('webhook', 'wecom', 'dingtalk', 'feishu') AND enabled AND unit_path @> ${unitPath}::ltree
      AND settings->'kinds' ? ${kind} AND (${urgent} OR NOT coalesce((settings->>'urgentOnly')::boolean, false))
    ORDER BY unit_path, id`.execute(ctx.db);
  return rows;
}
