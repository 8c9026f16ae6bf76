/** Appoints to posts, ends and corrects appointments. Every change is a new version; nothing is overwritten. */
import { recordAudit } from '#audit';
import type { Ctx } from '#base/app';
import { violatedConstraint } from '#base/db';
import { fail } from '#base/errors';
import { newId } from '#base/id';
import { leftOf, versionOf } from './appoint-in-bulk.ts';
import * as store from './appointment-store.ts';
import { type Post, postLeft, postTaken } from './contract.ts';
import { findException } from './exception-store.ts';
import { refreshFive } from './five-job.ts';
import { inScope } from './import-units.ts';
import { findPerson, todayOf } from './people-store.ts';
import { overlaps } from './rules-posts.ts';
import { findUnit } from './store.ts';

export interface Appointing {
  readonly personId: string;
  readonly unitId: string;
  readonly post: Post;
  /** `YYYY-MM-DD`; default today. */
  readonly startsOn?: string | undefined;
  readonly endsOn?: string | null | undefined;
  readonly documentNo?: string | null | undefined;
  readonly fullTime?: boolean | null | undefined;
  /** The approved exception that lets one person hold both posts. */
  readonly exceptionId?: string | null | undefined;
  readonly reason?: string | undefined;
}

/** Appoints a person to a post of a unit. Throws `units.posts_conflict`, `units.already_holds`, `units.exception_*`. */
export async function appoint(ctx: Ctx, input: Appointing): Promise<string> {
  const unit = await findUnit(ctx, { id: input.unitId });
  if (!unit) fail('base.not_found', { what: input.unitId });
  if (!inScope(ctx, unit.unit_path)) fail('units.outside_scope', { code: unit.code });
  const person = await findPerson(ctx, { id: input.personId });
  if (!person) fail('base.not_found', { what: input.personId });
  if (person.merged_into) fail('units.person_merged', { no: person.person_no });
  const startsOn = input.startsOn ?? (await todayOf(ctx));
  checkSpan(startsOn, input.endsOn ?? null);
  const exception = await exceptionFor(ctx, input, unit.id);
  const row: store.NewAppointment = {
    id: newId(),
    personId: person.id,
    unitId: unit.id,
    unitPath: unit.unit_path,
    post: input.post,
    documentNo: input.documentNo || null,
    fullTime: input.fullTime ?? null,
    startsOn,
    // An exception ends by itself, and the post with it.
    endsOn: input.endsOn ?? exception.exceptionExpiresOn,
    ...exception,
    change: 'appointed',
    reason: input.reason ?? null,
  };
  await keep(ctx, row);
  await recordAudit(ctx, {
    action: 'posts.appoint',
    subject: `appointment:${row.id}`,
    unitPath: unit.unit_path,
    after: { ...row, personName: person.name },
  });
  const { id: appointmentId, personId, unitId, post } = row;
  await ctx.emit(postTaken, { appointmentId, personId, unitId, post }, unit.unit_path);
  await refreshFive(ctx, [unit.id]);
  return row.id;
}

async function exceptionFor(ctx: Ctx, input: Appointing, unitId: string) {
  if (!input.exceptionId) return { exceptionId: null, exceptionStartsOn: null, exceptionExpiresOn: null };
  const exception = await findException(ctx, input.exceptionId);
  if (!exception || exception.personId !== input.personId || exception.unitId !== unitId) {
    fail('units.exception_of_another');
  }
  if (!exception.approved) fail('units.exception_not_approved');
  return {
    exceptionId: exception.id,
    exceptionStartsOn: exception.startsOn,
    exceptionExpiresOn: exception.expiresOn,
  };
}

function checkSpan(startsOn: string, endsOn: string | null): void {
  if (endsOn !== null && endsOn <= startsOn) fail('units.ends_before_start', { startsOn });
}

/** Inserts a version; what the database refuses is told in words. */
async function keep(ctx: Ctx, row: store.NewAppointment): Promise<void> {
  try {
    await store.insertAppointments(ctx, [row]);
  } catch (error) {
    const constraint = violatedConstraint(error);
    if (constraint === 'administrator_is_not_security_officer') {
      fail('units.posts_conflict', { startsOn: row.startsOn }, error);
    }
    if (constraint === 'one_appointment_at_a_time') fail('units.already_holds', {}, error);
    if (constraint === 'appointment_within_exception') {
      fail('units.exception_too_short', { from: row.exceptionStartsOn, to: row.exceptionExpiresOn }, error);
    }
    throw error;
  }
}

/** The version that is believed now, for a change by this actor. Throws `base.not_found`. */
async function lockOwn(ctx: Ctx, id: string): Promise<store.AppointmentRow> {
  const row = await store.lockAppointment(ctx, id);
  return row ?? fail('base.not_found', { what: id });
}

/** Ends an appointment: `endsOn` is the first day without it. Tells others what may now be without anybody. */
export async function endAppointment(
  ctx: Ctx,
  id: string,
  input: { endsOn?: string | undefined; reason?: string | undefined },
): Promise<void> {
  const row = await lockOwn(ctx, id);
  const endsOn = input.endsOn ?? (await todayOf(ctx));
  checkSpan(row.startsOn, endsOn);
  if (row.endsOn !== null && row.endsOn <= endsOn) fail('units.ended_already', { endsOn: row.endsOn });
  await replace(ctx, row, { ...versionOf(row), endsOn, change: 'ended', reason: input.reason ?? null });
  await ctx.emit(postLeft, leftOf(row, endsOn), row.unitPath);
}

export interface Correction {
  readonly personId?: string | undefined;
  readonly post?: Post | undefined;
  readonly startsOn?: string | undefined;
  readonly endsOn?: string | null | undefined;
  readonly documentNo?: string | null | undefined;
  readonly fullTime?: boolean | null | undefined;
  readonly reason: string;
}

/** Says that an appointment was recorded wrongly and how it was. What was believed before stays answerable. */
export async function correctById(ctx: Ctx, id: string, correction: Correction): Promise<void> {
  await correctAppointment(ctx, await lockOwn(ctx, id), correction);
}

/**
 * Corrects one version. With `held` (a merge) a version that the person holds already is withdrawn as doubled.
 */
export async function correctAppointment(
  ctx: Ctx,
  row: store.AppointmentRow,
  correction: Correction & { readonly held?: readonly store.AppointmentRow[] },
): Promise<void> {
  const { held, reason, ...given } = correction;
  const facts = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const next: store.NewAppointment = {
    ...versionOf(row),
    ...facts,
    change: held ? 'merged' : 'corrected',
    reason,
  };
  checkSpan(next.startsOn, next.endsOn);
  const doubled = held?.some(
    (other) => other.unitId === row.unitId && other.post === row.post && overlaps(other, row),
  );
  if (doubled) return withdraw(ctx, row, reason);
  await replace(ctx, row, next);
  const endedEarlier = next.endsOn !== null && (row.endsOn === null || next.endsOn < row.endsOn);
  if (endedEarlier && !held) await ctx.emit(postLeft, leftOf(row, next.endsOn!), row.unitPath);
}

/** Says that an appointment never was. */
export async function withdrawAppointment(ctx: Ctx, id: string, reason: string): Promise<void> {
  const row = await lockOwn(ctx, id);
  await withdraw(ctx, row, reason);
  await ctx.emit(postLeft, leftOf(row, row.startsOn), row.unitPath);
}

async function withdraw(ctx: Ctx, row: store.AppointmentRow, reason: string): Promise<void> {
  await store.closeVersions(ctx, [row.id], reason);
  await recordAudit(ctx, {
    action: 'posts.withdraw',
    subject: `appointment:${row.id}`,
    unitPath: row.unitPath,
    before: versionOf(row),
    after: { withdrawn: reason },
  });
  await refreshFive(ctx, [row.unitId]);
}

async function replace(ctx: Ctx, row: store.AppointmentRow, next: store.NewAppointment): Promise<void> {
  await store.closeVersions(ctx, [row.id]);
  await keep(ctx, next);
  await recordAudit(ctx, {
    action: next.change === 'ended' ? 'posts.end' : 'posts.correct',
    subject: `appointment:${row.id}`,
    unitPath: row.unitPath,
    before: versionOf(row),
    after: next,
  });
  await refreshFive(ctx, [row.unitId]);
}
