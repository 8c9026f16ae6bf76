import { type RawBuilder, sql } from 'kysely';
import type { Ctx } from '#base/app';
import { isInScope, type Page, pageOf } from '#base/list';
import type { Post } from './contract.ts';
import { type ListQuery, likeOf } from './store.ts';

/** Today in China, `YYYY-MM-DD`, by the database's clock. */
export async function todayOf(ctx: Ctx): Promise<string> {
  const { rows } = await sql<{ day: string }>`SELECT units.today()::text AS day`.execute(ctx.db);
  return rows[0]!.day;
}

/** A person as lists show them. */
export interface PersonRow {
  readonly id: string;
  readonly person_no: string;
  readonly name: string;
  readonly unit_id: string;
  /** Null: at home in a unit that the actor does not see. */
  readonly unit_name: string | null;
  readonly unit_path: string;
  readonly phone: string | null;
  readonly email: string | null;
  readonly minor: boolean;
  /** Held today, the first in rank first; of a list about one unit, those held there. */
  readonly posts: Post[];
  readonly merged_into: string | null;
}

/** Appointments of `p` that hold today, of those that `which` picks. */
const heldToday = (which: RawBuilder<unknown>) => sql`FROM units.appointment a
  WHERE a.person_id = p.id AND a.recorded_to IS NULL AND a.starts_on <= (SELECT units.today())
    AND coalesce(a.ends_on > (SELECT units.today()), true) AND ${which}`;

/** Posts at home first, then by rank. */
const personColumns = (which: RawBuilder<unknown> = sql`true`) => sql`p.id, p.person_no, p.name, p.unit_id,
  u.name AS unit_name, p.unit_path::text AS unit_path, p.phone, p.email, p.minor, p.merged_into,
  array(SELECT a.post::text ${heldToday(which)}
    GROUP BY a.post ORDER BY bool_and(a.unit_id <> p.unit_id), units.post_rank(a.post)) AS posts`;

export async function listPeople(
  ctx: Ctx,
  query: ListQuery & {
    readonly sort?: string | undefined;
    readonly unitId?: string | undefined;
    readonly post?: string | undefined;
    readonly held?: 'some' | 'none' | undefined;
  },
): Promise<Page<PersonRow>> {
  const where = [sql`p.merged_into IS NULL`];
  const holding = (more: RawBuilder<unknown>) => sql`EXISTS (SELECT ${heldToday(more)})`;
  if (query.q) where.push(sql`p.search LIKE lower(${likeOf(query.q)})`);
  const here = query.unitId ? sql`a.unit_id = ${query.unitId}::uuid` : sql`true`;
  // Of one unit: who is at home there, and who serves there from elsewhere. In general: who is at home in the scope.
  if (query.unitId) where.push(sql`(p.unit_id = ${query.unitId}::uuid OR ${holding(here)})`);
  else where.push(isInScope(ctx, sql`p.unit_path`));
  if (query.post) where.push(holding(sql`${here} AND a.post = ${query.post}`));
  if (query.held === 'some') where.push(holding(sql`true`));
  if (query.held === 'none') where.push(sql`NOT ${holding(sql`true`)}`);
  return pageOf<PersonRow>(ctx, {
    columns: personColumns(here),
    from: sql`units.person p`,
    as: 'p',
    join: sql`LEFT JOIN units.unit u ON u.id = p.unit_id`,
    where: sql`${sql.join(where, sql` AND `)}`,
    orderBy: orders[query.sort ?? ''] ?? sql`p.unit_path, p.person_no`,
    query,
  });
}

const orders: Readonly<Record<string, RawBuilder<unknown>>> = {
  name: sql`p.name COLLATE "zh-x-icu", p.id`,
  '-name': sql`p.name COLLATE "zh-x-icu" DESC, p.id`,
  no: sql`p.person_no`,
  '-no': sql`p.person_no DESC`,
};

/** One person whom the actor may see, at home or where they serve. */
export async function findPerson(
  ctx: Ctx,
  key: { id: string } | { personNo: string },
): Promise<PersonRow | undefined> {
  const is = 'id' in key ? sql`p.id = ${key.id}::uuid` : sql`p.person_no = ${key.personNo}`;
  const { rows } = await sql<PersonRow>`SELECT ${personColumns()} FROM units.person p
    LEFT JOIN units.unit u ON u.id = p.unit_id WHERE ${is}`.execute(ctx.db);
  return rows[0];
}

/** Visible people by number, as far as others need them. */
export async function peopleByNumber(
  ctx: Ctx,
  numbers?: readonly string[],
): Promise<Map<string, { id: string; personNo: string; unitId: string; path: string }>> {
  const which = numbers ? sql`person_no = ANY(${[...numbers]}::text[])` : sql`true`;
  const { rows } = await sql<{ id: string; personNo: string; unitId: string; path: string }>`
    SELECT id, person_no AS "personNo", unit_id AS "unitId", unit_path::text AS path FROM units.person
    WHERE ${which}`.execute(ctx.db);
  return new Map(rows.map((row) => [row.personNo, row]));
}

/** What is on file of a person number anywhere, to refuse a number that is somebody else's. Never shown. */
export interface KnownPerson {
  readonly id: string;
  readonly personNo: string;
  readonly name: string;
  readonly unitId: string;
  readonly path: string;
  readonly mergedInto: string | null;
}

/** People with these numbers, wherever they are at home; the caller tells nobody about those out of scope. */
export async function lookUpNumbers(ctx: Ctx, numbers: readonly string[]): Promise<Map<string, KnownPerson>> {
  const before = await sql<{ scope: string | null }>`SELECT current_setting('jiaodun.scope', true) AS scope,
    set_config('jiaodun.scope', '*', true)`.execute(ctx.db);
  const { rows } = await sql<KnownPerson>`SELECT id, person_no AS "personNo", name, unit_id AS "unitId",
      unit_path::text AS path, merged_into AS "mergedInto" FROM units.person
    WHERE person_no = ANY(${[...numbers]}::text[])`.execute(ctx.db);
  await sql`SELECT set_config('jiaodun.scope', ${before.rows[0]?.scope ?? ''}, true)`.execute(ctx.db);
  return new Map(rows.map((row) => [row.personNo, row]));
}

export interface NewPerson {
  readonly personNo: string;
  readonly name: string;
  readonly pinyin: string;
  readonly unitId: string;
  readonly unitPath: string;
  readonly phone: string | null;
  readonly email: string | null;
  /** Null: as it is known; of somebody new, no. */
  readonly minor: boolean | null;
}

/** Inserts or, by number, updates. Answers ids by number. */
export async function upsertPeople(ctx: Ctx, people: readonly NewPerson[]): Promise<Map<string, string>> {
  const { rows } = await sql<{ id: string; person_no: string }>`INSERT INTO units.person
      (person_no, name, pinyin, unit_id, unit_path, phone, email, minor)
    SELECT n."personNo", n.name, n.pinyin, n."unitId", n."unitPath"::ltree, n.phone, n.email,
      coalesce(n.minor, (SELECT p.minor FROM units.person p WHERE p.person_no = n."personNo"), false)
    FROM jsonb_to_recordset(${JSON.stringify(people)}::jsonb) AS n("personNo" text, name text, pinyin text,
      "unitId" uuid, "unitPath" text, phone text, email text, minor boolean)
    ON CONFLICT (person_no) DO UPDATE SET name = excluded.name, pinyin = excluded.pinyin,
      unit_id = excluded.unit_id, unit_path = excluded.unit_path, phone = excluded.phone, email = excluded.email,
      minor = excluded.minor
    RETURNING id, person_no`.execute(ctx.db);
  return new Map(rows.map((row) => [row.person_no, row.id]));
}

export async function setPerson(
  ctx: Ctx,
  id: string,
  entry: { name: string; pinyin: string; phone: string | null; email: string | null; minor: boolean },
): Promise<void> {
  await sql`UPDATE units.person SET name = ${entry.name}, pinyin = ${entry.pinyin}, phone = ${entry.phone},
    email = ${entry.email}, minor = ${entry.minor} WHERE id = ${id}::uuid`.execute(ctx.db);
}

/** Papers and notes of a person go where the person's home is. */
export async function movePapers(ctx: Ctx, personIds: readonly string[]): Promise<void> {
  const moved = sql`FROM units.person p WHERE p.id = t.person_id AND p.id = ANY(${[...personIds]}::uuid[])
    AND t.unit_id <> p.unit_id`;
  await sql`UPDATE units.certificate t SET unit_id = p.unit_id, unit_path = p.unit_path ${moved}`.execute(
    ctx.db,
  );
  await sql`UPDATE units.call_back t SET unit_id = p.unit_id, unit_path = p.unit_path ${moved}`.execute(
    ctx.db,
  );
}

/** Everything on paper of one person becomes the other's. */
export async function mergePapers(ctx: Ctx, from: string, into: string): Promise<void> {
  const target = sql`FROM units.person p WHERE p.id = ${into}::uuid AND t.person_id = ${from}::uuid`;
  const home = sql`person_id = p.id, unit_id = p.unit_id, unit_path = p.unit_path`;
  await sql`UPDATE units.certificate t SET ${home} ${target}`.execute(ctx.db);
  await sql`UPDATE units.call_back t SET ${home} ${target}`.execute(ctx.db);
  await sql`UPDATE units.person SET merged_into = ${into}::uuid WHERE id = ${from}::uuid`.execute(ctx.db);
}

export async function insertDistinct(
  ctx: Ctx,
  pair: { a: string; b: string; unitPath: string; reason: string },
): Promise<void> {
  const [first, second] = [pair.a, pair.b].sort();
  await sql`INSERT INTO units.distinct_people (person_a, person_b, unit_path, reason, actor_id)
    VALUES (${first}::uuid, ${second}::uuid, ${pair.unitPath}::ltree, ${pair.reason}, ${ctx.actor.id})
    ON CONFLICT (person_a, person_b) DO NOTHING`.execute(ctx.db);
}

export interface DuplicateRow {
  readonly a_id: string;
  readonly b_id: string;
  readonly same_phone: boolean;
  readonly same_email: boolean;
}

/** Pairs that may be one person: same name and same phone or e-mail, not yet told apart. */
export async function listDuplicates(ctx: Ctx, query: ListQuery): Promise<Page<DuplicateRow>> {
  const like = query.q ? sql`a.search LIKE lower(${likeOf(query.q)})` : sql`true`;
  const isReachable = (one: 'a' | 'b') =>
    sql`(${sql.ref(`${one}.phone`)} IS NOT NULL OR ${sql.ref(`${one}.email`)} IS NOT NULL)`;
  return pageOf<DuplicateRow>(ctx, {
    columns: sql`a.id AS a_id, b.id AS b_id, coalesce(a.phone = b.phone, false) AS same_phone,
      coalesce(lower(a.email) = lower(b.email), false) AS same_email`,
    from: sql`units.person a JOIN units.person b ON b.name = a.name AND b.id > a.id
      AND (b.phone = a.phone OR lower(b.email) = lower(a.email))`,
    where: sql`a.merged_into IS NULL AND b.merged_into IS NULL AND ${isReachable('a')} AND ${isReachable('b')} AND ${like}
      AND NOT EXISTS (SELECT FROM units.distinct_people d WHERE d.person_a = a.id AND d.person_b = b.id)`,
    orderBy: sql`a.name, a.id, b.id`,
    query,
  });
}

/** People by id, in no order. */
export async function findPeople(ctx: Ctx, ids: readonly string[]): Promise<Map<string, PersonRow>> {
  const { rows } = await sql<PersonRow>`SELECT ${personColumns()} FROM units.person p
    LEFT JOIN units.unit u ON u.id = p.unit_id WHERE p.id = ANY(${[...ids]}::uuid[])`.execute(ctx.db);
  return new Map(rows.map((row) => [row.id, row]));
}
