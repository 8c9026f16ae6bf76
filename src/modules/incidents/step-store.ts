import { sql } from 'kysely';
import type { Ctx } from '#base/app';

export interface StepRow {
  incident_id: string;
  round: number;
  minute: number;
  due_at: Date;
}

/** Steps that are due and not fired, oldest first. */
export async function dueSteps(ctx: Ctx, limit: number): Promise<StepRow[]> {
  const { rows } = await sql<StepRow>`SELECT incident_id, round, minute, due_at FROM incidents.step
    WHERE fired_at IS NULL AND due_at <= base.now() ORDER BY due_at, incident_id, minute LIMIT ${limit}`.execute(
    ctx.db,
  );
  return rows;
}

/**
 * Takes one due step. False when another process took it: the row is locked, so two workers (or a wake-up and
 * the sweep) act once.
 */
export async function takeStep(
  ctx: Ctx,
  step: Pick<StepRow, 'incident_id' | 'round' | 'minute'>,
): Promise<boolean> {
  const done =
    await sql`UPDATE incidents.step SET fired_at = base.now() WHERE incident_id = ${step.incident_id}::uuid
    AND round = ${step.round} AND minute = ${step.minute} AND fired_at IS NULL AND due_at <= base.now()`.execute(
      ctx.db,
    );
  return done.numAffectedRows === 1n;
}
