/** Works a run off in batches of neighbours in the log store; each batch is one transaction, so that a kill loses none twice. */
import { z } from 'zod';
import { recordAudit } from '#audit';
import { type App, type Ctx, systemActor } from '#base/app';
import { defineJob, every } from '#base/jobs';
import { decideTrace, type TraceOutcome } from '../engine/decide.ts';
import { gatherMany } from '../engine/gather.ts';
import { batchOf } from './order-questions.ts';
import { numberPeople } from './result-store.ts';
import * as store from './store.ts';

const actor = systemActor('trace.bulk');
/** So many are gathered by a fixed number of queries, in about a second. */
const batch = 1000;

export const bulkJob = defineJob({
  name: 'trace.bulk',
  payload: z.object({ runId: z.uuid() }),
  run: async (app, { runId }) => {
    while (await app.run(actor, (ctx) => workOff(ctx, runId))) {
      // The next batch, until none is left or somebody paused the run.
    }
  },
});

/** A run whose worker died is taken up again. */
export const resumeBulk = every('trace.resume_bulk', '*/5 * * * *', async (app: App) => {
  await app.run(actor, async (ctx) => {
    for (const id of await store.stalledRuns(ctx)) {
      await ctx.enqueue(bulkJob, { runId: id }, { key: `trace:bulk:${id}` });
    }
  });
});

/** One batch; false when there is nothing more to do now. */
async function workOff(ctx: Ctx, runId: string): Promise<boolean> {
  // The lock makes two workers of one run wait for each other.
  const run = await store.findRun(ctx, runId, true);
  if (run?.state !== 'running') return false;
  const rows = batchOf(await store.openRows(ctx, runId, batch), batch);
  const knownAt = run.known_at.getTime();
  const questions = rows.map((row) => ({ ...row.question, knownAt }));
  const facts = await gatherMany(ctx, questions);
  const outcomes = questions.map((question, index) => decideTrace(question, facts[index]!));
  const people = await numberPeople(ctx, run, peopleOf(outcomes, run.scope_path));
  await store.answerRows(
    ctx,
    runId,
    rows.map(({ number }, index) => lightOf(number, outcomes[index]!, run.scope_path, people)),
  );
  await store.touchUnits(ctx, runId, touchesOf(outcomes, run.unit_path));
  const isDone = await store.advance(
    ctx,
    runId,
    outcomes.map(({ verdict }) => verdict),
  );
  if (isDone) await tellEnd(ctx, (await store.findRun(ctx, runId))!);
  return !isDone;
}

async function tellEnd(ctx: Ctx, run: store.RunRow): Promise<void> {
  const { proven, probable, ambiguous, not_provable } = run;
  await recordAudit(ctx, {
    action: 'trace.bulk_done',
    subject: `trace_run:${run.id}`,
    unitPath: run.unit_path,
    after: { caseNo: run.case_no, rows: run.rows, verdicts: { proven, probable, ambiguous, not_provable } },
  });
}

/** Candidates of one row that are kept; the trace of the row has them all. */
const mostShown = 5;

const shownOf = ({ candidates }: TraceOutcome, scope: string) =>
  candidates.filter((one) => isWithin(one.unitPath, scope)).slice(0, mostShown);

function peopleOf(outcomes: readonly TraceOutcome[], scope: string): string[] {
  return outcomes.flatMap((outcome) => shownOf(outcome, scope).flatMap(({ personId }) => personId ?? []));
}

/** What is kept of an answer: no person, and of units outside the asker's scope no more than that they are. */
function lightOf(
  number: number,
  outcome: TraceOutcome,
  scope: string,
  people: ReadonlyMap<string, number>,
): store.LightResult {
  const { verdict, candidates, because, coverage } = outcome;
  const shown = shownOf(outcome, scope).map(({ unitName, assetNo, room, insideIp, mac, personId }) => {
    const person = personId === null ? null : (people.get(personId) ?? null);
    return { unitName, assetNo, room, insideIp, mac, person };
  });
  const result = { because, complete: coverage.complete, candidates: candidates.length, shown };
  return { number, verdict, result };
}

/** A candidate of no known unit is the asker's to see, as it is on the page of a trace. */
function isWithin(path: string | null, scope: string): boolean {
  return path === null || scope === '' || path === scope || path.startsWith(`${scope}.`);
}

const fromBest = ['proven', 'probable', 'ambiguous', 'not_provable'] as const;

/** The units of the candidates, and the asker's own: how many questions touched each, and the best verdict among them. */
function touchesOf(outcomes: readonly TraceOutcome[], asker: string): Map<string, store.Touch> {
  const touches = new Map<string, store.Touch>();
  for (const { candidates, verdict } of outcomes) {
    for (const path of new Set([asker, ...candidates.flatMap((one) => one.unitPath ?? [])])) {
      const before = touches.get(path);
      const best = fromBest.find((one) => one === verdict || one === before?.verdict) ?? verdict;
      touches.set(path, { rows: (before?.rows ?? 0) + 1, verdict: best });
    }
  }
  return touches;
}
