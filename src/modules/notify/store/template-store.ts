/** Wordings, every version of them. */
import { type SqlBool, sql } from 'kysely';
import type { Ctx } from '#base/app';
import { pageOf } from '#base/list';
import type { Language, MessageKind } from '../contract.ts';

export interface TemplateRow {
  kind: MessageKind;
  language: Language;
  version: number;
  subject: string;
  body: string;
  short: string;
  set_by_name: string;
  from_at: Date;
}

export async function findTemplate(
  ctx: Ctx,
  kind: MessageKind,
  language: Language,
): Promise<TemplateRow | undefined> {
  const { rows } = await sql<TemplateRow>`SELECT * FROM notify.template
    WHERE kind = ${kind} AND language = ${language} ORDER BY version DESC LIMIT 1`.execute(ctx.db);
  return rows[0];
}

export function listTemplates(
  ctx: Ctx,
  query: { page: number; pageSize: number; kind?: string | undefined; language?: string | undefined },
) {
  return pageOf<TemplateRow>(ctx, {
    columns: sql`t.*`,
    from: sql`notify.template t`,
    where: sql<SqlBool>`(${query.kind ?? null}::text IS NULL OR t.kind = ${query.kind ?? null})
      AND (${query.language ?? null}::text IS NULL OR t.language = ${query.language ?? null})`,
    orderBy: sql`t.kind, t.language, t.version DESC`,
    query,
  });
}

/** Adds the next version. Two at once: one of them fails on the version and is refused. */
export async function insertTemplate(
  ctx: Ctx,
  row: Pick<TemplateRow, 'kind' | 'language' | 'subject' | 'body' | 'short'>,
): Promise<number> {
  const { rows } = await sql<{ version: number }>`INSERT INTO notify.template
      (unit_path, kind, language, version, subject, body, short, set_by, set_by_name)
    SELECT ${ctx.actor.unitPath}::ltree, ${row.kind}, ${row.language},
      coalesce((SELECT max(version) FROM notify.template WHERE kind = ${row.kind} AND language = ${row.language}), 0) + 1,
      ${row.subject}, ${row.body}, ${row.short}, ${ctx.actor.id}, ${ctx.actor.name}
    RETURNING version`.execute(ctx.db);
  return rows[0]!.version;
}
