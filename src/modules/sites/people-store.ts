import { type RawBuilder, sql } from 'kysely';
import type { Ctx } from '#base/app';

/** Whether `person` holds a post in the unit of the site `s` today. */
export const inPost = (person: RawBuilder<unknown>) => sql`EXISTS (SELECT FROM units.appointment_view held
  WHERE held.person_id = ${person} AND held.unit_id = s.unit_id AND held.starts_on <= (SELECT units.today())
    AND coalesce(held.ends_on > (SELECT units.today()), true))`;

/** 失管: nobody is named to run the site, or somebody named for it holds no post in its unit any more. */
export const orphaned = sql`(s.manager_id IS NULL OR NOT ${inPost(sql`s.manager_id`)}
  OR (s.head_id IS NOT NULL AND NOT ${inPost(sql`s.head_id`)}))`;

/** The first day without: the earliest end of the last posts of those who left; null when nobody ever was. */
export const orphanedSince = sql`(SELECT min(gone.day)::text FROM (
  SELECT max(a.ends_on) AS day FROM units.appointment_view a
  WHERE a.unit_id = s.unit_id AND a.person_id IN (s.manager_id, s.head_id) AND a.ends_on <= (SELECT units.today())
    AND NOT ${inPost(sql`a.person_id`)} GROUP BY a.person_id) AS gone)`;

const named = (personId: string) => sql`(s.manager_id = ${personId}::uuid OR s.head_id = ${personId}::uuid)`;

/** Sites that a person is named for. */
export async function findSitesOf(ctx: Ctx, personId: string, limit: number) {
  const { rows } = await sql<{
    id: string;
    title: string;
    detail: string;
    unitId: string;
    unitPath: string;
    n: number;
  }>`SELECT s.id, s.name AS title, s.host AS detail, s.unit_id AS "unitId", s.unit_path::text AS "unitPath",
      count(*) OVER () AS n
    FROM sites.site s WHERE ${named(personId)} AND s.retired_at IS NULL ORDER BY s.name, s.id LIMIT ${limit}`.execute(
    ctx.db,
  );
  return rows;
}

/** Names another person wherever one is named; gives the sites. */
export async function replacePerson(
  ctx: Ctx,
  change: { from: string; to: string; of: { unitId: string } | { id: string } },
): Promise<{ id: string; unitPath: string; unitId: string }[]> {
  const which =
    'id' in change.of ? sql`s.id = ${change.of.id}::uuid` : sql`s.unit_id = ${change.of.unitId}::uuid`;
  const instead = (column: RawBuilder<unknown>) =>
    sql`CASE WHEN ${column} = ${change.from}::uuid THEN ${change.to}::uuid ELSE ${column} END`;
  const { rows } = await sql<{ id: string; unitPath: string; unitId: string }>`UPDATE sites.site s
    SET manager_id = ${instead(sql`s.manager_id`)}, head_id = ${instead(sql`s.head_id`)}
    WHERE ${which} AND ${named(change.from)} AND s.retired_at IS NULL
    RETURNING s.id, s.unit_path::text AS "unitPath", s.unit_id AS "unitId"`.execute(ctx.db);
  return rows;
}

/** Who was named for a site on a day; undefined: there is no such site to be seen. */
export async function findNamed(ctx: Ctx, siteId: string, day: string, knownAt: Date | undefined) {
  const sites = await sql<{
    title: string;
    unitId: string;
  }>`SELECT name AS title, unit_id AS "unitId" FROM sites.site
    WHERE id = ${siteId}::uuid`.execute(ctx.db);
  const site = sites.rows[0];
  if (!site) return undefined;
  const known = knownAt ? sql`p.named_at <= ${knownAt}` : sql`true`;
  const { rows } = await sql<{
    role: string;
    personId: string;
  }>`SELECT DISTINCT p.role, p.person_id AS "personId"
    FROM sites.site_person p WHERE p.site_id = ${siteId}::uuid AND ${known}
      AND tstzrange(p.named_at, p.replaced_at) && tstzrange(units.instant_of(${day}::date),
        units.instant_of(${day}::date + 1)) ORDER BY p.role, p.person_id`.execute(ctx.db);
  return { ...site, named: rows };
}

/** Each site of these units on a day: who ran it, and whether that person held a post there. */
export async function findRunners(ctx: Ctx, unitIds: readonly string[], day: string) {
  const { rows } = await sql<{
    unitId: string;
    siteId: string;
    name: string;
    headId: string | null;
    managerId: string | null;
    allInPost: boolean;
    lastCheckedAt: string | null;
    health: string;
    openFindings: number;
  }>`SELECT s.unit_id AS "unitId", s.id AS "siteId", s.name, h.person_id AS "headId", m.person_id AS "managerId",
      m.person_id IS NOT NULL AND NOT EXISTS (SELECT FROM unnest(ARRAY[h.person_id, m.person_id]) AS n(person)
        WHERE n.person IS NOT NULL AND NOT EXISTS (SELECT FROM units.appointment_view a WHERE a.person_id = n.person
          AND a.unit_id = s.unit_id AND a.starts_on <= ${day}::date AND coalesce(a.ends_on > ${day}::date, true)))
        AS "allInPost",
      (s.last_checked_at AT TIME ZONE 'Asia/Shanghai')::date::text AS "lastCheckedAt", s.health,
      s.open_findings AS "openFindings"
    FROM sites.site s
      LEFT JOIN LATERAL (${namedOn(sql`'head'`, day)}) AS h ON true
      LEFT JOIN LATERAL (${namedOn(sql`'manager'`, day)}) AS m ON true
    WHERE s.unit_id = ANY(${[...unitIds]}::uuid[]) AND s.registered_at < units.instant_of(${day}::date + 1)
      AND coalesce(s.retired_at >= units.instant_of(${day}::date + 1), true)
    ORDER BY s.unit_id, s.name, s.id`.execute(ctx.db);
  return rows;
}

const namedOn = (role: RawBuilder<unknown>, day: string) => sql`SELECT p.person_id FROM sites.site_person p
  WHERE p.site_id = s.id AND p.role = ${role} AND p.named_at < units.instant_of(${day}::date + 1)
    AND coalesce(p.replaced_at >= units.instant_of(${day}::date + 1), true) ORDER BY p.named_at DESC LIMIT 1`;
