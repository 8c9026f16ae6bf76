import { sql } from 'kysely';
import type { Ctx } from '#base/app';
import type { TraceOutcome } from '../engine/decide.ts';
import type { TraceFacts, TraceQuestion } from '../engine/facts.ts';

export interface Basis {
  readonly unitPath: string;
  readonly question: TraceQuestion;
  readonly facts: TraceFacts;
  readonly outcome: TraceOutcome;
}

/** What a visible trace rests on; undefined for one from before it was kept. */
export async function findBasis(ctx: Ctx, traceId: string): Promise<Basis | undefined> {
  const { rows } =
    await sql<Basis>`SELECT unit_path::text AS "unitPath", question, facts, outcome FROM trace.basis
    WHERE trace_id = ${traceId}::uuid`.execute(ctx.db);
  return rows[0];
}
