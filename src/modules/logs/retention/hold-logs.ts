import { recordAudit } from '#audit';
import type { Ctx } from '#base/app';
import { violatedConstraint } from '#base/db';
import { fail } from '#base/errors';
import { newId } from '#base/id';
import { findUnit } from '#units';
import { cityPath, visibleSources } from '../store/catalogue.ts';
import * as store from '../store/holds.ts';

export interface HoldInput {
  readonly caseNo: string;
  readonly reason: string;
  readonly sourceIds?: readonly number[] | undefined;
  /** All sources that the unit and the units below it have now. */
  readonly unitId?: string | undefined;
  readonly segmentIds?: readonly number[] | undefined;
  readonly since?: Date | undefined;
  /** Absent: whatever comes. */
  readonly until?: Date | undefined;
  /** Of a caller that may ask twice: the second time finds the first one's. */
  readonly key?: string | undefined;
  /** Whose hold it is; default: the caller's unit. */
  readonly unitPath?: string | undefined;
}

/**
 * Holds sources in a time, or single segments, for a case: nothing of them is dropped until two people lift it. Fails
 * with `logs.hold_nothing`, `logs.hold_range`, and `base.not_found` for what the caller does not see.
 */
export async function placeHold(
  ctx: Ctx,
  input: HoldInput,
): Promise<{ hold: store.HoldRow; covers: number; alreadyDropped: number }> {
  const sourceIds = await sourcesOf(ctx, input);
  const segmentIds = [...new Set(input.segmentIds ?? [])];
  if (sourceIds.length + segmentIds.length === 0) fail('logs.hold_nothing');
  if (sourceIds.length > 0 && !input.since) fail('logs.hold_nothing');
  if (input.since && input.until && input.until < input.since) fail('logs.hold_range');
  await checkSegments(ctx, segmentIds);
  const id = newId();
  const unitPath = input.unitPath ?? (ctx.actor.unitPath || (await cityPath(ctx)));
  const isNew = await store.insertHold(ctx, {
    id,
    unitPath,
    key: input.key ?? null,
    caseNo: input.caseNo,
    reason: input.reason,
    sourceIds,
    segmentIds,
    since: sourceIds.length > 0 ? input.since! : null,
    until: sourceIds.length > 0 ? (input.until ?? null) : null,
  });
  const hold = (await store.findHold(ctx, isNew ? { id } : { key: input.key! }))!;
  const { covers, dropped } = await store.coverOf(ctx, hold.id);
  if (isNew) {
    const { caseNo, reason, since, until } = input;
    await recordAudit(ctx, {
      action: 'logs.place_hold',
      subject: `log_hold:${id}`,
      unitPath,
      after: { caseNo, reason, sourceIds, segmentIds, since, until, covers, alreadyDropped: dropped },
    });
  }
  return { hold, covers, alreadyDropped: dropped };
}

/** Holds for a case what the sources of a unit send in a time, once per key. False: the unit has no source. */
export async function holdUnitLogs(
  ctx: Ctx,
  input: HoldInput & { readonly unitId: string; readonly since: Date },
): Promise<boolean> {
  if ((await sourcesOf(ctx, input)).length === 0) return false;
  await placeHold(ctx, input);
  return true;
}

async function sourcesOf(ctx: Ctx, input: HoldInput): Promise<number[]> {
  const named = [...new Set(input.sourceIds ?? [])];
  const seen = await visibleSources(ctx, named);
  const unseen = named.find((id) => !seen.has(id));
  if (unseen !== undefined) fail('base.not_found', { what: `log source ${unseen}` });
  if (input.unitId === undefined) return named;
  const unit = await findUnit(ctx, { id: input.unitId });
  if (!unit) fail('base.not_found', { what: `unit ${input.unitId}` });
  return [...new Set([...named, ...(await store.sourcesUnder(ctx, unit.unit_path))])];
}

async function checkSegments(ctx: Ctx, ids: readonly number[]): Promise<void> {
  if (ids.length === 0) return;
  const seen = await store.seenSegments(ctx, ids);
  const unseen = ids.find((id) => !seen.has(id));
  if (unseen !== undefined) fail('base.not_found', { what: `log segment ${unseen}` });
}

/** Asks to lift a hold. Fails with `logs.hold_lifted`, `logs.hold_waits`, `base.not_found`. */
export async function askLift(ctx: Ctx, id: string, reason: string): Promise<store.HoldRow> {
  const hold = await seenHold(ctx, id);
  try {
    await store.insertLift(ctx, hold, reason);
  } catch (error) {
    if (violatedConstraint(error) === 'one_open_lift') fail('logs.hold_waits', {}, error);
    throw error;
  }
  await tell(ctx, hold, 'logs.ask_lift_hold', { caseNo: hold.case_no, reason });
  return (await store.findHold(ctx, { id }))!;
}

/** A second person lifts it, or keeps it. Fails with `logs.hold_own_lift`, `logs.hold_nothing_waits`, `base.not_found`. */
export async function decideLift(
  ctx: Ctx,
  id: string,
  decision: { readonly accept: boolean; readonly note?: string | undefined },
): Promise<store.HoldRow> {
  const hold = await seenHold(ctx, id);
  if (hold.lift_by === null || hold.lift_accepted !== null) fail('logs.hold_nothing_waits');
  if (hold.lift_by === ctx.actor.id) fail('logs.hold_own_lift');
  const note = decision.note === undefined || decision.note === '' ? null : decision.note;
  if (!(await lifted(ctx, id, decision.accept, note))) fail('logs.hold_nothing_waits');
  await tell(ctx, hold, decision.accept ? 'logs.lift_hold' : 'logs.keep_hold', {
    caseNo: hold.case_no,
    askedBy: hold.lift_by,
    note,
  });
  return (await store.findHold(ctx, { id }))!;
}

async function lifted(ctx: Ctx, id: string, accept: boolean, note: string | null): Promise<boolean> {
  try {
    return await store.decideLift(ctx, id, accept, note);
  } catch (error) {
    if (violatedConstraint(error) === 'lift_two_people') fail('logs.hold_own_lift', {}, error);
    throw error;
  }
}

async function seenHold(ctx: Ctx, id: string): Promise<store.HoldRow> {
  const hold = await store.findHold(ctx, { id });
  if (!hold) fail('base.not_found', { what: `log hold ${id}` });
  if (hold.lifted_at !== null) fail('logs.hold_lifted');
  return hold;
}

async function tell(ctx: Ctx, hold: store.HoldRow, action: string, after: object): Promise<void> {
  await recordAudit(ctx, { action, subject: `log_hold:${hold.id}`, unitPath: hold.unit_path, after });
}
