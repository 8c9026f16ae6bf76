import { sql } from 'kysely';
import type { Ctx } from '#base/app';
import type { Post } from './contract.ts';

export interface GroupRow {
  readonly id: string;
  readonly unitId: string;
  readonly documentNo: string;
  readonly establishedOn: string;
  readonly closedOn: string | null;
  readonly changeReason: string | null;
  readonly officeName: string | null;
  readonly officeHeadName: string | null;
  readonly officePhone: string | null;
  readonly recordedAt: Date;
  readonly by: string;
}

export interface MemberRow {
  readonly groupId: string;
  readonly unitId: string;
  readonly personId: string;
  readonly personName: string;
  readonly role: 'head' | 'deputy_head' | 'member';
  readonly duties: string | null;
  /** The first of the posts held in the unit on the day asked for. */
  readonly post: Post | null;
  /** When the last of the posts in the unit ended, if none is held on that day. */
  readonly leftOn: string | null;
}

const columns = sql`g.id, g.unit_id AS "unitId", g.document_no AS "documentNo", g.established_on::text AS "establishedOn",
  g.closed_on::text AS "closedOn", g.change_reason AS "changeReason", g.office_name AS "officeName",
  h.name AS "officeHeadName", g.office_phone AS "officePhone", g.recorded_at AS "recordedAt", g.actor_name AS by`;
const from = sql`units.leading_group g LEFT JOIN units.person h ON h.id = g.office_head`;

/** All versions of a unit's group, the newest first. */
export async function listGroups(ctx: Ctx, unitId: string): Promise<GroupRow[]> {
  const { rows } = await sql<GroupRow>`SELECT ${columns} FROM ${from} WHERE g.unit_id = ${unitId}::uuid
    ORDER BY g.established_on DESC LIMIT 200`.execute(ctx.db);
  return rows;
}

/** The groups of these units that held on a day. */
export async function findGroupsOn(ctx: Ctx, unitIds: readonly string[], day: string): Promise<GroupRow[]> {
  const { rows } =
    await sql<GroupRow>`SELECT ${columns} FROM ${from} WHERE g.unit_id = ANY(${[...unitIds]}::uuid[])
    AND g.established_on <= ${day}::date AND coalesce(g.closed_on > ${day}::date, true)`.execute(ctx.db);
  return rows;
}

/** Members of these groups, with what they held in the unit on a day. */
export async function findMembers(ctx: Ctx, groupIds: readonly string[], day: string): Promise<MemberRow[]> {
  const own = sql`units.appointment a WHERE a.person_id = m.person_id AND a.unit_id = g.unit_id
    AND a.recorded_to IS NULL`;
  const { rows } = await sql<MemberRow>`SELECT m.group_id AS "groupId", g.unit_id AS "unitId",
      m.person_id AS "personId", coalesce(p.name, '—') AS "personName", m.role, m.duties,
      (SELECT a.post::text FROM ${own} AND a.starts_on <= ${day}::date AND coalesce(a.ends_on > ${day}::date, true)
       ORDER BY units.post_rank(a.post) LIMIT 1) AS post,
      (SELECT max(a.ends_on) FILTER (WHERE a.ends_on <= ${day}::date)::text FROM ${own}
       HAVING NOT coalesce(bool_or(a.starts_on <= ${day}::date AND coalesce(a.ends_on > ${day}::date, true)), false))
        AS "leftOn"
    FROM units.leading_group_member m JOIN units.leading_group g ON g.id = m.group_id
      LEFT JOIN units.person p ON p.id = m.person_id
    WHERE m.group_id = ANY(${[...groupIds]}::uuid[]) ORDER BY m.group_id, m.place`.execute(ctx.db);
  return rows;
}

/** Locks the unit's line of groups, so that two new versions come one after the other; gives the newest. */
export async function lockNewestGroup(ctx: Ctx, unitId: string): Promise<GroupRow | undefined> {
  await sql`SELECT pg_advisory_xact_lock(hashtext(${`units.leading_group:${unitId}`}))`.execute(ctx.db);
  const [newest] = await listGroups(ctx, unitId);
  return newest;
}

export async function closeGroup(ctx: Ctx, id: string, day: string): Promise<void> {
  await sql`UPDATE units.leading_group SET closed_on = ${day}::date WHERE id = ${id}::uuid`.execute(ctx.db);
}

export async function insertGroup(
  ctx: Ctx,
  group: {
    unitId: string;
    unitPath: string;
    documentNo: string;
    establishedOn: string;
    changeReason: string | null;
    officeName: string | null;
    officePhone: string | null;
    officeHeadId: string | null;
    members: readonly { personId: string; role: string; duties: string | null }[];
  },
): Promise<string> {
  const { rows } = await sql<{ id: string }>`INSERT INTO units.leading_group (unit_id, unit_path, document_no,
      established_on, change_reason, office_name, office_phone, office_head, actor_id, actor_name)
    VALUES (${group.unitId}::uuid, ${group.unitPath}::ltree, ${group.documentNo}, ${group.establishedOn}::date,
      ${group.changeReason}, ${group.officeName}, ${group.officePhone}, ${group.officeHeadId}::uuid, ${ctx.actor.id},
      ${ctx.actor.name}) RETURNING id`.execute(ctx.db);
  const id = rows[0]!.id;
  const members = group.members.map((member, place) => ({ ...member, place }));
  await sql`INSERT INTO units.leading_group_member (group_id, person_id, unit_path, role, duties, place)
    SELECT ${id}::uuid, n."personId", ${group.unitPath}::ltree, n.role, n.duties, n.place
    FROM jsonb_to_recordset(${JSON.stringify(members)}::jsonb) AS n("personId" uuid, role text, duties text,
      place smallint)`.execute(ctx.db);
  return id;
}
