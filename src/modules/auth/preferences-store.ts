import { sql } from 'kysely';
import type { Ctx } from '#base/app';

/** Everything here is of `ctx.actor`; row-level security lets nobody else read a preference or a draft. */
export async function readPreferences(ctx: Ctx): Promise<Record<string, unknown>> {
  const { rows } = await sql<{ key: string; value: unknown }>`SELECT key, value FROM auth.preference
    WHERE account_id = ${ctx.actor.id}::uuid`.execute(ctx.db);
  return Object.fromEntries(rows.map(({ key, value }) => [key, value]));
}

/** `章明华 1234`: the name, and the last four digits of the phone or, where none is known, the user name. */
export async function findMark(ctx: Ctx): Promise<string> {
  const { rows } = await sql<{
    mark: string;
  }>`SELECT a.name || ' ' || coalesce(right(p.phone, 4), a.username) AS mark
    FROM auth.account a LEFT JOIN units.person_view p ON p.id = a.person_id
    WHERE a.id = ${ctx.actor.id}::uuid`.execute(ctx.db);
  return rows[0]?.mark ?? ctx.actor.name;
}

export async function writePreference(ctx: Ctx, key: string, json: string): Promise<void> {
  await sql`INSERT INTO auth.preference (account_id, key, value)
    VALUES (${ctx.actor.id}::uuid, ${key}, ${json}::jsonb)
    ON CONFLICT (account_id, key) DO UPDATE SET value = excluded.value, updated_at = base.now()`.execute(
    ctx.db,
  );
}

export async function readDraft(
  ctx: Ctx,
  form: string,
): Promise<{ value: Record<string, unknown>; updated_at: Date } | undefined> {
  const { rows } = await sql<{
    value: Record<string, unknown>;
    updated_at: Date;
  }>`SELECT value, updated_at FROM auth.draft
    WHERE account_id = ${ctx.actor.id}::uuid AND form = ${form} AND value IS NOT NULL`.execute(ctx.db);
  return rows[0];
}

export async function writeDraft(ctx: Ctx, form: string, json: string | null): Promise<Date> {
  const { rows } = await sql<{ updated_at: Date }>`INSERT INTO auth.draft (account_id, form, value)
    VALUES (${ctx.actor.id}::uuid, ${form}, ${json}::jsonb)
    ON CONFLICT (account_id, form) DO UPDATE SET value = excluded.value, updated_at = base.now()
    RETURNING updated_at`.execute(ctx.db);
  return rows[0]!.updated_at;
}

export interface ViewRow {
  id: string;
  account_id: string;
  account_name: string;
  list: string;
  name: string;
  search: Record<string, string | number>;
  columns: string[] | null;
  shared: boolean;
}

const viewColumns = sql`id, account_id, account_name, list, name, search, columns, shared`;

/** The actor's own views, and shared ones of the very unit that the actor belongs to. */
export async function listViews(ctx: Ctx, list: string | undefined): Promise<ViewRow[]> {
  const { rows } = await sql<ViewRow>`SELECT ${viewColumns} FROM auth.saved_view
    WHERE removed_at IS NULL AND (${list ?? null}::text IS NULL OR list = ${list ?? null})
      AND (account_id = ${ctx.actor.id}::uuid OR (shared AND unit_path = ${ctx.actor.unitPath}::ltree))
    ORDER BY list, (account_id = ${ctx.actor.id}::uuid) DESC, name, id LIMIT 500`.execute(ctx.db);
  return rows;
}

/** Ends the actor's live view of this name; returns it, when there was one. */
export async function retireView(
  ctx: Ctx,
  key: { id: string } | { list: string; name: string },
): Promise<ViewRow | undefined> {
  const which = 'id' in key ? sql`id = ${key.id}::uuid` : sql`list = ${key.list} AND name = ${key.name}`;
  const { rows } = await sql<ViewRow>`UPDATE auth.saved_view SET removed_at = base.now()
    WHERE account_id = ${ctx.actor.id}::uuid AND removed_at IS NULL AND ${which}
    RETURNING ${viewColumns}`.execute(ctx.db);
  return rows[0];
}

export async function insertView(
  ctx: Ctx,
  view: Pick<ViewRow, 'list' | 'name' | 'search' | 'columns' | 'shared'>,
): Promise<ViewRow> {
  const { rows } = await sql<ViewRow>`INSERT INTO auth.saved_view
      (account_id, account_name, unit_path, list, name, search, columns, shared)
    VALUES (${ctx.actor.id}::uuid, ${ctx.actor.name}, ${ctx.actor.unitPath}::ltree, ${view.list}, ${view.name},
      ${JSON.stringify(view.search)}::jsonb, ${view.columns}::text[], ${view.shared})
    RETURNING ${viewColumns}`.execute(ctx.db);
  return rows[0]!;
}

/** One person's changes to their views are one at a time: two tabs that save one name do not collide. */
export async function lockViews(ctx: Ctx): Promise<void> {
  await sql`SELECT pg_advisory_xact_lock(hashtext('auth.saved_view'), hashtext(${ctx.actor.id}))`.execute(
    ctx.db,
  );
}
