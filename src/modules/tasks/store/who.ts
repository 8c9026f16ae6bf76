/** Who fulfils a key now: from the appointments, roles and accounts of this moment, seen through no scope. */
import { sql } from 'kysely';
import type { Ctx } from '#base/app';
import { sqlState } from '#base/db';
import { likeOf } from '#units';

/**
 * Does `work` with the sight of the system, in the same transaction: a school's act may concern a task of its
 * bureau, and who holds a post may be at home in another unit. What `work` gives back must be meant for the actor.
 */
export async function everywhere<T>(ctx: Ctx, work: () => Promise<T>): Promise<T> {
  const setScope = (scope: string) => sql`SELECT set_config('jiaodun.scope', ${scope}, true)`.execute(ctx.db);
  await setScope('*');
  let result: T;
  try {
    result = await work();
  } catch (error) {
    // After an error of the database the transaction is over, and with it the setting.
    if (!sqlState(error)) await setScope(ctx.actor.scope);
    throw error;
  }
  await setScope(ctx.actor.scope);
  return result;
}

export interface Holder {
  readonly id: string;
  readonly name: string;
  readonly unit_path: string;
  /** Sees the task because nobody holds its post or role. */
  readonly fallback: boolean;
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Roles whose holders see what nobody of their unit holds. */
const fallbackRoles = ['school_teacher', 'leader', 'county_officer', 'city_officer'];

const current = sql`p.starts_on <= (base.now() AT TIME ZONE 'Asia/Shanghai')::date
  AND (p.ends_on IS NULL OR p.ends_on > (base.now() AT TIME ZONE 'Asia/Shanghai')::date)`;

/** Every key that is fulfilled by somebody, with whom: `key, unit_id, unit_path, id, name, home`. */
const holding = sql`
  SELECT 'account:' || a.id AS key, a.unit_id, a.unit_path, a.id::text AS id, a.name, a.unit_path AS home
    FROM auth.account_view a WHERE NOT a.disabled
  UNION ALL
  SELECT 'role:' || a.unit_id || ':' || r.role, a.unit_id, a.unit_path, a.id::text, a.name, a.unit_path
    FROM auth.account_view a, unnest(a.roles) AS r (role) WHERE NOT a.disabled
  UNION ALL
  SELECT 'post:' || p.unit_id || ':' || p.post, p.unit_id, p.unit_path, a.id::text, a.name, a.unit_path
    FROM units.appointment_view p JOIN auth.account_view a ON a.person_id = p.person_id
    WHERE NOT a.disabled AND a.unit_path @> p.unit_path AND ${current}`;

/** What an account fulfils: its own, and what nobody of its unit fulfils if it has one of the unit's roles. */
export async function keysOf(ctx: Ctx, accountId: string): Promise<Set<string>> {
  if (!uuid.test(accountId)) return new Set();
  const { rows } = await sql<{ key: string }>`/* prepared: tasks.keys */
    WITH me AS MATERIALIZED (SELECT id, unit_id, unit_path, person_id, roles FROM auth.account_view
      WHERE id = ${accountId}::uuid AND NOT disabled),
    colleagues AS MATERIALIZED (SELECT a.id, a.unit_id, a.disabled, a.roles FROM me
      JOIN auth.account_view a ON a.unit_path = me.unit_path)
    SELECT 'account:' || id AS key FROM me
    UNION SELECT 'role:' || me.unit_id || ':' || r FROM me, unnest(me.roles) AS r
    UNION SELECT 'post:' || p.unit_id || ':' || p.post FROM me
      JOIN units.appointment_view p ON p.person_id = me.person_id AND me.unit_path @> p.unit_path WHERE ${current}
    UNION SELECT 'post:' || me.unit_id || ':' || post FROM me, unnest(${postNames}::text[]) AS post
      WHERE me.roles && ${fallbackRoles}::text[] AND NOT EXISTS (SELECT FROM units.appointment_view p
        JOIN auth.account_view a ON a.person_id = p.person_id
        WHERE p.unit_id = me.unit_id AND p.post = post AND ${current} AND NOT a.disabled AND a.unit_path @> p.unit_path)
    UNION SELECT 'role:' || me.unit_id || ':' || role FROM me, unnest(${fallbackRoles}::text[]) AS role
      WHERE me.roles && ${fallbackRoles}::text[]
        AND NOT EXISTS (SELECT FROM colleagues c WHERE role = ANY(c.roles) AND NOT c.disabled)
    UNION SELECT 'account:' || c.id FROM me, colleagues c
      WHERE me.roles && ${fallbackRoles}::text[] AND c.disabled`.execute(ctx.db);
  return new Set(rows.map((row) => row.key));
}

const postNames = [
  'leader',
  'deputy',
  'network_admin',
  'security_officer',
  'reviewer',
  'secrecy_officer',
  'column_owner',
  'moderator',
  'duty',
  'teacher',
];

/** Who fulfils a key of a unit now; when nobody does, the unit's people who see it instead (`fallback`). */
export async function holdersOf(ctx: Ctx, key: string, unitId: string): Promise<Holder[]> {
  const { rows } = await sql<Holder>`SELECT DISTINCT id, name, home::text AS unit_path, false AS fallback
    FROM (${holdingOf(key)}) AS h WHERE h.key = ${key}`.execute(ctx.db);
  if (rows.length > 0) return rows;
  const others =
    await sql<Holder>`SELECT a.id::text AS id, a.name, a.unit_path::text AS unit_path, true AS fallback
    FROM auth.account_view a WHERE a.unit_id = ${unitId}::uuid AND NOT a.disabled
      AND a.roles && ${fallbackRoles}::text[]`.execute(ctx.db);
  return others.rows;
}

/** `holding`, narrowed so that indexes serve: one key is one account, or one unit. */
function holdingOf(key: string) {
  const [kind, id] = key.split(':');
  if (kind === 'account') {
    return sql`SELECT 'account:' || a.id AS key, a.id::text AS id, a.name, a.unit_path AS home
      FROM auth.account_view a WHERE a.id = ${id}::uuid AND NOT a.disabled`;
  }
  if (kind === 'role') {
    return sql`SELECT 'role:' || a.unit_id || ':' || r.role AS key, a.id::text AS id, a.name, a.unit_path AS home
      FROM auth.account_view a, unnest(a.roles) AS r (role)
      WHERE a.unit_path = (SELECT unit_path FROM units.unit_view WHERE id = ${id}::uuid) AND NOT a.disabled`;
  }
  return sql`SELECT 'post:' || p.unit_id || ':' || p.post AS key, a.id::text AS id, a.name, a.unit_path AS home
    FROM units.appointment_view p JOIN auth.account_view a ON a.person_id = p.person_id
    WHERE p.unit_id = ${id}::uuid AND NOT a.disabled AND a.unit_path @> p.unit_path AND ${current}`;
}

export interface HeldKey {
  readonly key: string;
  readonly id: string;
  readonly name: string;
  readonly home: string;
}

/** Every fulfilled key below a path, with whom. For jobs and figures over many units. */
export async function heldKeys(ctx: Ctx, unitPath: string): Promise<HeldKey[]> {
  const { rows } = await sql<HeldKey>`SELECT key, id, name, home::text AS home FROM (${holding}) AS h
    WHERE h.unit_path <@ ${unitPath}::ltree`.execute(ctx.db);
  return rows;
}

/** An account, if it is there, in use and sees the unit. */
export async function accountSeeing(
  ctx: Ctx,
  accountId: string,
  unitPath: string,
): Promise<{ id: string; name: string } | undefined> {
  const { rows } = await sql<{ id: string; name: string }>`SELECT id::text AS id, name FROM auth.account_view
    WHERE id = ${accountId}::uuid AND NOT disabled AND unit_path @> ${unitPath}::ltree`.execute(ctx.db);
  return rows[0];
}

export interface Office {
  readonly unitId: string;
  readonly unitPath: string;
  readonly role: 'county_officer' | 'city_officer';
}

/** The bureau that answers for a unit: the nearest one above a school, a bureau itself for its own. */
export async function findOffice(ctx: Ctx, unitPath: string, above: boolean): Promise<Office | undefined> {
  const { rows } = await sql<{ id: string; unit_path: string; kind: string }>`SELECT id, unit_path, kind
    FROM units.unit_view WHERE unit_path @> ${unitPath}::ltree AND kind <> 'school'
      AND (NOT ${above}::boolean OR unit_path <> ${unitPath}::ltree)
    ORDER BY nlevel(unit_path) DESC LIMIT 1`.execute(ctx.db);
  const row = rows[0];
  if (!row) return undefined;
  return {
    unitId: row.id,
    unitPath: row.unit_path,
    role: row.kind === 'city' ? 'city_officer' : 'county_officer',
  };
}

/** For a unit's path: the bureau above it, and the city. */
export async function bureaus(
  ctx: Ctx,
): Promise<(unitPath: string) => { office: string | null; city: string | null }> {
  const { rows } = await sql<{
    id: string;
    path: string;
    kind: string;
  }>`SELECT id, unit_path::text AS path, kind
    FROM units.unit_view WHERE kind <> 'school'`.execute(ctx.db);
  const byPath = new Map(rows.map((row) => [row.path, row.id]));
  const city = rows.find((row) => row.kind === 'city')?.id ?? null;
  return (unitPath) => {
    let at = unitPath;
    while (at.includes('.')) {
      at = at.slice(0, at.lastIndexOf('.'));
      const office = byPath.get(at);
      if (office) return { office, city };
    }
    return { office: city, city };
  };
}

/** Which of some tasks somebody is in charge of: their keys, without looking at other units. */
export async function heldAmong(ctx: Ctx, keys: readonly string[]): Promise<Set<string>> {
  if (keys.length === 0) return new Set();
  const parts = keys.map((key) => key.split(':'));
  const ids = (wanted: boolean) =>
    parts.filter(([kind]) => (kind === 'account') === wanted).map(([, id]) => id!);
  const { rows } = await sql<{ key: string }>`SELECT DISTINCT key FROM (${holding}) AS h
    WHERE h.key = ANY(${[...keys]}::text[])
      AND (h.unit_id = ANY(${ids(false)}::uuid[]) OR h.id = ANY(${ids(true)}::text[]))`.execute(ctx.db);
  return new Set(rows.map((row) => row.key));
}

/** The account of a person, if there is one in use. */
export async function accountOfPerson(ctx: Ctx, personId: string): Promise<string | undefined> {
  const { rows } = await sql<{ id: string }>`SELECT id::text AS id FROM auth.account_view
    WHERE person_id = ${personId}::uuid AND NOT disabled ORDER BY id LIMIT 1`.execute(ctx.db);
  return rows[0]?.id;
}

/** Accounts in use that see a unit: its own people first, then those of the bureaus above. */
export async function accountsSeeing(
  ctx: Ctx,
  unitPath: string,
  q: string,
): Promise<{ id: string; name: string; unit_name: string }[]> {
  const { rows } = await sql<{
    id: string;
    name: string;
    unit_name: string;
  }>`SELECT a.id, a.name, u.name AS unit_name
    FROM auth.account_view a JOIN units.unit_view u ON u.id = a.unit_id
    WHERE a.unit_path @> ${unitPath}::ltree AND NOT a.disabled AND cardinality(a.roles) > 0
      AND (a.name || ' ' || u.name) ILIKE ${likeOf(q)}
    ORDER BY nlevel(a.unit_path) DESC, a.name LIMIT 50`.execute(ctx.db);
  return rows;
}
