/** Nobody reads the logs for nothing: a case number or a reason stands beside every search in the audit log. */
import type { Ctx } from '#base/app';
import { fail } from '#base/errors';
import { findUnit } from '#units';
import { findSource } from '../store/catalogue.ts';
import { insertReading, lastReading, type ReadingRow } from '../store/readings.ts';

/** For which case or reason the logs are read. */
export interface Reading {
  readonly caseNo: string | null;
  readonly reason: string | null;
  readonly purpose: ReadingRow['purpose'];
}

export interface GivenReading {
  readonly caseNo?: string | undefined;
  readonly reason?: string | undefined;
  readonly purpose?: ReadingRow['purpose'] | undefined;
}

/**
 * The case or reason of a reading: the given one, which the session then keeps, or the one that it gave last. The
 * short list of purposes is enough for a school that reads its own sources only. Fails with `logs.reason_needed` and
 * `logs.purpose_not_enough`.
 */
export async function requireReading(
  ctx: Ctx,
  given: GivenReading,
  sources: Iterable<{ readonly unit_path: string }>,
): Promise<Reading> {
  const last = await lastReading(ctx);
  const now = isGiven(given) ? rowOf(given) : last;
  if (!now) fail('logs.reason_needed');
  if (now.case_no === null && now.reason === null && !(await isOwnSchool(ctx, sources))) {
    fail('logs.purpose_not_enough');
  }
  if (isGiven(given) && !(last && sameAs(last, now)) && !ctx.actor.readOnly) await insertReading(ctx, now);
  return { caseNo: now.case_no, reason: now.reason, purpose: now.purpose };
}

/** The same for raw lines of one source. Fails with `base.not_found`, too. */
export async function readingOfSource(ctx: Ctx, sourceId: number, given: GivenReading): Promise<Reading> {
  const source = await findSource(ctx, { id: sourceId });
  return requireReading(ctx, given, [source ?? fail('base.not_found', { what: `log source ${sourceId}` })]);
}

/** Keeps what a session reads for. Fails with `logs.reason_needed`. */
export async function giveReading(ctx: Ctx, given: GivenReading): Promise<ReadingRow> {
  if (!isGiven(given)) fail('logs.reason_needed');
  if (given.caseNo === undefined && given.reason === undefined && !(await isSchool(ctx)))
    fail('logs.purpose_not_enough');
  return insertReading(ctx, rowOf(given));
}

/** Whether the actor belongs to a school, for whose own sources the short list of purposes is enough. */
export async function isSchool(ctx: Ctx): Promise<boolean> {
  if (ctx.actor.unitId === null) return false;
  const unit = await findUnit(ctx, { id: ctx.actor.unitId });
  return unit?.kind === 'school';
}

async function isOwnSchool(ctx: Ctx, sources: Iterable<{ readonly unit_path: string }>): Promise<boolean> {
  const own = ctx.actor.unitPath;
  for (const { unit_path: path } of sources) {
    if (path !== own && !path.startsWith(`${own}.`)) return false;
  }
  return isSchool(ctx);
}

function isGiven({ caseNo, reason, purpose }: GivenReading): boolean {
  return caseNo !== undefined || reason !== undefined || (purpose ?? null) !== null;
}

function rowOf(given: GivenReading): Omit<ReadingRow, 'at'> {
  return { case_no: given.caseNo ?? null, reason: given.reason ?? null, purpose: given.purpose ?? null };
}

function sameAs(a: Omit<ReadingRow, 'at'>, b: Omit<ReadingRow, 'at'>): boolean {
  return a.case_no === b.case_no && a.reason === b.reason && a.purpose === b.purpose;
}
