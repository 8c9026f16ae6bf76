import { sql } from 'kysely';
import type { Ctx } from '#base/app';
import { pageOf } from '#base/list';

export interface ComposedRow {
  id: string;
  name: string;
  version: number;
  zh: string;
  en: string;
  permissions: string[];
  reason: string;
  state: 'proposed' | 'active' | 'refused' | 'replaced' | 'retired';
  proposed_by: string;
  proposed_by_name: string;
  proposed_at: Date;
  decided_by_name: string | null;
  unit_path: string;
}

const columns = sql`r.id, r.name, r.version, r.zh, r.en, r.permissions, r.reason, r.state, r.proposed_by,
  r.proposed_by_name, r.proposed_at, r.decided_by_name, r.unit_path`;

export function listComposed(ctx: Ctx, query: { page: number; pageSize: number; q?: string | undefined }) {
  const q = query.q ?? '';
  return pageOf<ComposedRow>(ctx, {
    columns,
    from: sql`auth.role r`,
    where: sql`NOT r.built_in AND (${q} = '' OR position(${q} IN r.name || ' ' || r.zh || ' ' || r.en) > 0)`,
    orderBy: sql`r.id DESC`,
    query,
  });
}

export async function findComposed(ctx: Ctx, id: string): Promise<ComposedRow | undefined> {
  const { rows } = await sql<ComposedRow>`SELECT ${columns} FROM auth.role r
    WHERE r.id = ${id}::uuid AND NOT r.built_in`.execute(ctx.db);
  return rows[0];
}

export async function insertComposed(
  ctx: Ctx,
  row: { name: string; zh: string; en: string; permissions: readonly string[]; reason: string },
): Promise<string> {
  const { rows } = await sql<{ id: string }>`INSERT INTO auth.role
      (name, version, zh, en, built_in, unit_path, permissions, reason, state, proposed_by, proposed_by_name)
    SELECT ${row.name}, coalesce(max(version), 0) + 1, ${row.zh}, ${row.en}, false, ${ctx.actor.unitPath}::ltree,
      ${[...row.permissions]}, ${row.reason}, 'proposed', ${ctx.actor.id}, ${ctx.actor.name}
    FROM auth.role WHERE name = ${row.name} RETURNING id`.execute(ctx.db);
  return rows[0]!.id;
}

/** Decides a proposal; a version in force before is replaced. The database refuses the proposer. */
export async function decideComposed(ctx: Ctx, row: ComposedRow, approve: boolean): Promise<boolean> {
  if (approve) {
    await sql`UPDATE auth.role SET state = 'replaced', ended_at = base.now(), ended_by_name = ${ctx.actor.name}
      WHERE name = ${row.name} AND state = 'active' AND EXISTS (
        SELECT FROM auth.role n WHERE n.id = ${row.id}::uuid AND n.state = 'proposed')`.execute(ctx.db);
  }
  const done =
    await sql`UPDATE auth.role SET state = ${approve ? 'active' : 'refused'}, decided_by = ${ctx.actor.id},
      decided_by_name = ${ctx.actor.name}, decided_at = base.now()
    WHERE id = ${row.id}::uuid AND state = 'proposed'`.execute(ctx.db);
  return done.numAffectedRows === 1n;
}

export async function retireComposed(ctx: Ctx, id: string): Promise<boolean> {
  const done = await sql`UPDATE auth.role SET state = 'retired', ended_at = base.now(),
      ended_by_name = ${ctx.actor.name}
    WHERE id = ${id}::uuid AND state = 'active' AND NOT built_in`.execute(ctx.db);
  return done.numAffectedRows === 1n;
}

/** Writes down a built-in role as the program has it; one that differs from the last version becomes a new one. */
export async function mirrorRole(
  ctx: Ctx,
  row: { name: string; zh: string; en: string; permissions: readonly string[] },
): Promise<void> {
  const permissions = [...new Set(row.permissions)].sort();
  await sql`WITH same AS (SELECT FROM auth.role WHERE name = ${row.name} AND state = 'active'
      AND permissions = ${permissions}::text[] AND zh = ${row.zh} AND en = ${row.en}),
    old AS (UPDATE auth.role SET state = 'replaced', ended_at = base.now(), ended_by_name = ${ctx.actor.name}
      WHERE name = ${row.name} AND state = 'active' AND NOT EXISTS (SELECT FROM same) RETURNING id)
    SELECT count(*) FROM old`.execute(ctx.db);
  await sql`INSERT INTO auth.role (name, version, zh, en, built_in, unit_path, permissions, state, proposed_by,
      proposed_by_name, decided_by, decided_by_name, decided_at)
    SELECT ${row.name}, coalesce(max(version), 0) + 1, ${row.zh}, ${row.en}, true, '', ${permissions}::text[], 'active',
      'system:program', '程序 program', 'system:install', '安装 installation', base.now()
    FROM auth.role WHERE name = ${row.name} HAVING NOT coalesce(bool_or(state = 'active'), false)`.execute(
    ctx.db,
  );
}

/** One process writes the built-in roles at a time. */
export async function lockRoles(ctx: Ctx): Promise<void> {
  await sql`SELECT pg_advisory_xact_lock(hashtext('auth.roles'))`.execute(ctx.db);
}
