import { sql } from 'kysely';
import type { Ctx } from '#base/app';
import type { Post } from './contract.ts';

/** One version of one appointment. Days are `YYYY-MM-DD`, `endsOn` exclusive. */
export interface AppointmentRow {
  readonly id: string;
  readonly personId: string;
  readonly personName: string;
  readonly personNo: string;
  readonly unitId: string;
  readonly unitName: string;
  readonly unitPath: string;
  readonly post: Post;
  readonly documentNo: string | null;
  readonly fullTime: boolean | null;
  readonly startsOn: string;
  readonly endsOn: string | null;
  readonly exceptionId: string | null;
  readonly exceptionStartsOn: string | null;
  readonly exceptionExpiresOn: string | null;
  readonly change: 'appointed' | 'ended' | 'corrected' | 'merged';
  readonly reason: string | null;
  readonly by: string;
  readonly recordedFrom: Date;
  readonly recordedTo: Date | null;
  readonly withdrawnReason: string | null;
}

const columns = sql`a.id, a.person_id AS "personId", p.name AS "personName", p.person_no AS "personNo",
  a.unit_id AS "unitId", u.name AS "unitName", a.unit_path::text AS "unitPath", a.post::text AS post,
  a.document_no AS "documentNo", a.full_time AS "fullTime", a.starts_on::text AS "startsOn",
  a.ends_on::text AS "endsOn", a.exception_id AS "exceptionId",
  a.exception_starts_on::text AS "exceptionStartsOn", a.exception_expires_on::text AS "exceptionExpiresOn", a.change, a.reason, a.actor_name AS by,
  a.recorded_from AS "recordedFrom", a.recorded_to AS "recordedTo", a.withdrawn_reason AS "withdrawnReason"`;
const tables = sql`units.appointment a JOIN units.person p ON p.id = a.person_id
  JOIN units.unit u ON u.id = a.unit_id`;

/** Whether a version was what was believed at `knownAt`; now, when it is not given. */
function believed(knownAt: Date | undefined) {
  return knownAt
    ? sql`a.recorded_from <= ${knownAt} AND coalesce(a.recorded_to > ${knownAt}, true)`
    : sql`a.recorded_to IS NULL`;
}

const heldOn = (day: string) => sql`a.starts_on <= ${day}::date AND coalesce(a.ends_on > ${day}::date, true)`;

/** Appointments of these units on a day, in the order of their posts. */
export async function findHeld(
  ctx: Ctx,
  unitIds: readonly string[],
  day: string,
  knownAt?: Date,
): Promise<AppointmentRow[]> {
  const { rows } = await sql<AppointmentRow>`SELECT ${columns} FROM ${tables}
    WHERE a.unit_id = ANY(${[...unitIds]}::uuid[]) AND ${believed(knownAt)} AND ${heldOn(day)}
    ORDER BY a.unit_id, units.post_rank(a.post), a.starts_on, a.id`.execute(ctx.db);
  return rows;
}

/** All appointments of a unit or a person as believed now, the latest first. */
export async function listAppointments(
  ctx: Ctx,
  of: { unitId: string } | { personId: string },
): Promise<AppointmentRow[]> {
  const whose =
    'unitId' in of ? sql`a.unit_id = ${of.unitId}::uuid` : sql`a.person_id = ${of.personId}::uuid`;
  const { rows } = await sql<AppointmentRow>`SELECT ${columns} FROM ${tables}
    WHERE ${whose} AND a.recorded_to IS NULL
    ORDER BY a.ends_on IS NOT NULL, a.starts_on DESC, units.post_rank(a.post), a.id LIMIT 500`.execute(
    ctx.db,
  );
  return rows;
}

/** Every version of one appointment, the first one first. */
export async function listVersions(ctx: Ctx, id: string): Promise<AppointmentRow[]> {
  const { rows } = await sql<AppointmentRow>`SELECT ${columns} FROM ${tables} WHERE a.id = ${id}::uuid
    ORDER BY a.recorded_from, a.row_id`.execute(ctx.db);
  return rows;
}

/**
 * The version that is believed now, locked against a second change at the same time. Asked a second time when nothing
 * is found: a statement that waited for another change does not see the version that the change wrote.
 */
export async function lockAppointment(ctx: Ctx, id: string): Promise<AppointmentRow | undefined> {
  return (await lockOnce(ctx, id)) ?? lockOnce(ctx, id);
}

async function lockOnce(ctx: Ctx, id: string): Promise<AppointmentRow | undefined> {
  const { rows } = await sql<AppointmentRow>`SELECT ${columns} FROM ${tables}
    WHERE a.id = ${id}::uuid AND a.recorded_to IS NULL FOR UPDATE OF a`.execute(ctx.db);
  return rows[0];
}

/** Appointments that these people hold on or after a day, as believed now. */
export async function findOpenOf(
  ctx: Ctx,
  personIds: readonly string[],
  day: string,
): Promise<AppointmentRow[]> {
  const { rows } = await sql<AppointmentRow>`SELECT ${columns} FROM ${tables}
    WHERE a.person_id = ANY(${[...personIds]}::uuid[]) AND a.recorded_to IS NULL
      AND coalesce(a.ends_on > ${day}::date, true) ORDER BY a.starts_on, a.id`.execute(ctx.db);
  return rows;
}

export interface NewAppointment {
  readonly id: string;
  readonly personId: string;
  readonly unitId: string;
  readonly unitPath: string;
  readonly post: Post;
  readonly documentNo: string | null;
  readonly fullTime: boolean | null;
  readonly startsOn: string;
  readonly endsOn: string | null;
  readonly exceptionId: string | null;
  readonly exceptionStartsOn: string | null;
  readonly exceptionExpiresOn: string | null;
  readonly change: AppointmentRow['change'];
  readonly reason: string | null;
}

/** Adds versions; those of the same ids that were believed until now must be closed before. */
export async function insertAppointments(ctx: Ctx, rows: readonly NewAppointment[]): Promise<void> {
  if (rows.length === 0) return;
  await sql`INSERT INTO units.appointment (id, person_id, unit_id, unit_path, post, document_no, full_time, starts_on,
      ends_on, exception_id, exception_starts_on, exception_expires_on, change, reason, actor_id, actor_name)
    SELECT n.id, n."personId", n."unitId", n."unitPath"::ltree, n.post, n."documentNo", n."fullTime", n."startsOn",
      n."endsOn", n."exceptionId", n."exceptionStartsOn", n."exceptionExpiresOn", n.change, n.reason,
      ${ctx.actor.id}, ${ctx.actor.name}
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS n(id uuid, "personId" uuid, "unitId" uuid,
      "unitPath" text, post text, "documentNo" text, "fullTime" boolean, "startsOn" date, "endsOn" date,
      "exceptionId" uuid, "exceptionStartsOn" date, "exceptionExpiresOn" date, change text, reason text)`.execute(
    ctx.db,
  );
}

/** Closes the versions that are believed now. */
export async function closeVersions(
  ctx: Ctx,
  ids: readonly string[],
  withdrawnReason?: string,
): Promise<void> {
  if (ids.length === 0) return;
  await sql`UPDATE units.appointment SET recorded_to = greatest(base.now(), recorded_from),
      withdrawn_reason = ${withdrawnReason ?? null}
    WHERE id = ANY(${[...ids]}::uuid[]) AND recorded_to IS NULL`.execute(ctx.db);
}
