import type { Ctx } from '#base/app';
import type { Details } from '#base/errors';
import { newId } from '#base/id';
import * as store from './appointment-store.ts';
import { type Post, postLeft, postTaken } from './contract.ts';
import { refreshFive } from './five-job.ts';
import { todayOf } from './people-store.ts';
import { controls, overlaps } from './rules-posts.ts';

export interface WantedPost {
  readonly personId: string;
  readonly unitId: string;
  readonly unitPath: string;
  readonly post: Post;
  /** Null: since today, when the person does not hold the post yet. */
  readonly startsOn: string | null;
  readonly endsOn: string | null;
  readonly documentNo: string | null;
  readonly fullTime: boolean | null;
}

export interface Refusal {
  readonly index: number;
  readonly code: string;
  readonly details: Details;
}

/**
 * Appoints many people, as an import does: what a person holds already stays as it is (an end in the row ends it),
 * what conflicts is refused by row. `moved` ends the posts at the former home of people who moved.
 */
export async function appointInBulk(
  ctx: Ctx,
  wanted: readonly WantedPost[],
  moved: readonly { personId: string; formerUnitId: string; endsOn: string }[],
): Promise<Refusal[]> {
  const today = await todayOf(ctx);
  const people = [...new Set(wanted.map(({ personId }) => personId))];
  const open = new Map<string, store.AppointmentRow[]>();
  for (const row of await store.findOpenOf(ctx, people, '0001-01-01')) {
    open.set(row.personId, [...(open.get(row.personId) ?? []), row]);
  }
  const ended: (store.AppointmentRow & { readonly newEnd: string })[] = [];
  for (const { personId, formerUnitId, endsOn } of moved) {
    for (const row of open.get(personId) ?? []) {
      const isOpen = row.unitId === formerUnitId && (row.endsOn === null || row.endsOn > endsOn);
      if (isOpen && row.startsOn < endsOn) ended.push({ ...row, newEnd: endsOn });
    }
  }
  const fresh: store.NewAppointment[] = [];
  const refused: Refusal[] = [];
  for (const [index, one] of wanted.entries()) {
    const outcome = place(one, open.get(one.personId) ?? [], fresh, today);
    if (outcome === undefined) continue;
    if ('code' in outcome) refused.push({ index, ...outcome });
    else if ('newEnd' in outcome) ended.push(outcome);
    else fresh.push(outcome);
  }
  await store.closeVersions(
    ctx,
    ended.map(({ id }) => id),
  );
  await store.insertAppointments(
    ctx,
    ended.map((row) => ({ ...versionOf(row), endsOn: row.newEnd, change: 'ended' as const, reason: '导入' })),
  );
  await store.insertAppointments(ctx, fresh);
  for (const row of ended) await ctx.emit(postLeft, leftOf(row, row.newEnd), row.unitPath);
  // A teacher's post carries no duty that others must know of; an import may bring thousands.
  for (const row of fresh.filter(({ post }) => post !== 'teacher')) {
    const { id: appointmentId, personId, unitId, post } = row;
    await ctx.emit(postTaken, { appointmentId, personId, unitId, post }, row.unitPath);
  }
  await refreshFive(
    ctx,
    [...ended, ...fresh].map(({ unitId }) => unitId),
  );
  return refused;
}

type Outcome =
  | undefined
  | store.NewAppointment
  | (store.AppointmentRow & { readonly newEnd: string })
  | Omit<Refusal, 'index'>;

function place(
  one: WantedPost,
  held: readonly store.AppointmentRow[],
  fresh: readonly store.NewAppointment[],
  today: string,
): Outcome {
  const startsOn = one.startsOn ?? today;
  const span = { startsOn, endsOn: one.endsOn };
  const same = held.find(
    (row) => row.unitId === one.unitId && row.post === one.post && overlaps(row, { startsOn, endsOn: null }),
  );
  if (same) {
    const ends = one.endsOn !== null && one.endsOn !== same.endsOn;
    if (!ends) return undefined;
    if (one.endsOn! <= same.startsOn)
      return { code: 'units.ends_before_start', details: { startsOn: same.startsOn } };
    return { ...same, newEnd: one.endsOn! };
  }
  if (one.endsOn !== null && one.endsOn <= startsOn) {
    return { code: 'units.ends_before_start', details: { startsOn } };
  }
  const others = [...held, ...fresh.filter((row) => row.personId === one.personId)];
  const conflict = others.find(
    (row) => row.unitId === one.unitId && controls(row.post, one.post) && overlaps(row, span),
  );
  if (conflict) return { code: 'units.posts_conflict', details: { startsOn: conflict.startsOn } };
  return {
    id: newId(),
    personId: one.personId,
    unitId: one.unitId,
    unitPath: one.unitPath,
    post: one.post,
    documentNo: one.documentNo,
    fullTime: one.fullTime,
    ...span,
    exceptionId: null,
    exceptionStartsOn: null,
    exceptionExpiresOn: null,
    change: 'appointed',
    reason: null,
  };
}

/** A version's facts, for the version that follows it. */
export function versionOf(row: store.AppointmentRow): store.NewAppointment {
  const { id, personId, unitId, unitPath, post, documentNo, fullTime, startsOn, endsOn } = row;
  const { exceptionId, exceptionStartsOn, exceptionExpiresOn, change, reason } = row;
  return {
    ...{ id, personId, unitId, unitPath, post, documentNo, fullTime, startsOn, endsOn },
    ...{ exceptionId, exceptionStartsOn, exceptionExpiresOn, change, reason },
  };
}

/** The event that tells of an end. */
export function leftOf(row: store.AppointmentRow, endsOn: string) {
  const { id: appointmentId, personId, personName, unitId, post } = row;
  return { appointmentId, personId, personName, unitId, post, endsOn };
}
