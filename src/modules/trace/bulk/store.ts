import { sql } from 'kysely';
import type { Ctx } from '#base/app';
import { allOf, type Page, pageOf } from '#base/list';
import type { TraceOutcome } from '../engine/decide.ts';
import { placesOf } from './order-questions.ts';
import type { BulkQuestion } from './read-questions.ts';

export interface RunRow {
  id: string;
  unit_path: string;
  scope_path: string;
  file_name: string;
  case_no: string;
  reason: string;
  asked_by_name: string;
  asked_at: Date;
  known_at: Date;
  rows: number;
  done: number;
  faults: number;
  proven: number;
  probable: number;
  ambiguous: number;
  not_provable: number;
  state: 'running' | 'paused' | 'cancelled' | 'done';
  finished_at: Date | null;
}

const runColumns = sql`r.id, r.unit_path::text AS unit_path, r.scope_path, r.file_name, r.case_no, r.reason,
  r.asked_by_name, r.asked_at, r.known_at, r.rows, r.done, r.faults, r.proven, r.probable, r.ambiguous,
  r.not_provable, r.state, r.finished_at`;

export async function insertRun(
  ctx: Ctx,
  run: {
    id: string;
    fileName: string;
    caseNo: string;
    reason: string;
    knownAt: Date;
    rows: number;
    faults: number;
  },
): Promise<void> {
  const { id, name, unitPath, scope } = ctx.actor;
  await sql`INSERT INTO trace.bulk_run (id, unit_path, scope_path, file_name, case_no, reason, asked_by, asked_by_name,
      known_at, rows, faults)
    VALUES (${run.id}::uuid, ${unitPath}::ltree, ${scope === '*' ? '' : scope}, ${run.fileName}, ${run.caseNo}, ${run.reason},
      ${id}, ${name}, ${run.knownAt}, ${run.rows}, ${run.faults})`.execute(ctx.db);
}

/** Rows are sent in pieces: a statement has a limit to its size. */
export async function insertRows(ctx: Ctx, runId: string, questions: readonly BulkQuestion[]): Promise<void> {
  const places = placesOf(questions.map(({ question }) => question));
  for (let from = 0; from < questions.length; from += 5000) {
    const piece = questions.slice(from, from + 5000).map((one, index) => {
      return { ...one, number: from + index, place: places[from + index] };
    });
    await sql`INSERT INTO trace.bulk_row (run_id, number, place, unit_path, sheet_row, ref, question, at)
      SELECT ${runId}::uuid, n.number, n.place, ${ctx.actor.unitPath}::ltree, n."sheetRow", n.ref, n.question,
        to_timestamp((n.question->>'at')::float8 / 1000)
      FROM jsonb_to_recordset(${JSON.stringify(piece)}::jsonb)
        AS n(number int, place int, "sheetRow" int, ref text, question jsonb)`.execute(ctx.db);
  }
}

export async function findRun(ctx: Ctx, id: string, lock = false): Promise<RunRow | undefined> {
  const { rows } = await sql<RunRow>`SELECT ${runColumns} FROM trace.bulk_run r WHERE r.id = ${id}::uuid
    ${lock ? sql`FOR UPDATE` : sql``}`.execute(ctx.db);
  return rows[0];
}

export async function listRuns(
  ctx: Ctx,
  query: { page: number; pageSize: number; q?: string | undefined },
): Promise<Page<RunRow>> {
  return pageOf<RunRow>(ctx, {
    columns: runColumns,
    from: sql`trace.bulk_run r`,
    where: allOf(query.q ? [sql`r.case_no = ${query.q}`] : []),
    orderBy: sql`r.id DESC`,
    query,
  });
}

export async function setState(ctx: Ctx, id: string, state: RunRow['state']): Promise<void> {
  await sql`UPDATE trace.bulk_run SET state = ${state}, moved_at = base.now(),
    finished_at = CASE WHEN ${state} = 'cancelled' THEN base.now() END WHERE id = ${id}::uuid`.execute(
    ctx.db,
  );
}

/** Books answered rows and what they came to; true when they were the last ones. */
export async function advance(
  ctx: Ctx,
  id: string,
  verdicts: readonly TraceOutcome['verdict'][],
): Promise<boolean> {
  const rows = verdicts.length;
  const of = (verdict: TraceOutcome['verdict']) => verdicts.filter((one) => one === verdict).length;
  const result = await sql<{
    state: string;
  }>`UPDATE trace.bulk_run SET done = done + ${rows}, moved_at = base.now(), proven = proven + ${of('proven')},
      probable = probable + ${of('probable')}, ambiguous = ambiguous + ${of('ambiguous')},
      not_provable = not_provable + ${of('not_provable')},
      state = CASE WHEN done + ${rows} = rows THEN 'done' ELSE state END,
      finished_at = CASE WHEN done + ${rows} = rows THEN base.now() END
    WHERE id = ${id}::uuid RETURNING state`.execute(ctx.db);
  return result.rows[0]!.state === 'done';
}

/** Runs that should be working and have not moved for five minutes. */
export async function stalledRuns(ctx: Ctx): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`SELECT id FROM trace.bulk_run
    WHERE state = 'running' AND moved_at < base.now() - interval '5 minutes'`.execute(ctx.db);
  return rows.map(({ id }) => id);
}

export interface OpenRow {
  number: number;
  question: BulkQuestion['question'];
}

/** Neighbours in the log store stand together: see `placesOf`. */
export async function openRows(ctx: Ctx, runId: string, limit: number): Promise<OpenRow[]> {
  const { rows } = await sql<OpenRow>`SELECT number, question FROM trace.bulk_row
    WHERE run_id = ${runId}::uuid AND verdict IS NULL ORDER BY place, number LIMIT ${limit}`.execute(ctx.db);
  return rows;
}

/** A candidate as a light result keeps it: never a name, never the person's id. */
export interface LightCandidate {
  readonly unitName: string | null;
  readonly assetNo: string | null;
  readonly room: string | null;
  readonly insideIp: string;
  readonly mac: string | null;
  /** The custodian's number in this run. */
  readonly person: number | null;
}

export interface LightResult {
  readonly number: number;
  readonly verdict: TraceOutcome['verdict'];
  readonly result: {
    readonly because: TraceOutcome['because'];
    readonly complete: boolean;
    readonly candidates: number;
    /** The first candidates within the asker's scope. */
    readonly shown: readonly LightCandidate[];
  };
}

/** The numbers stand there twice so that these rows are read by their key, not all open rows of the run. */
export async function answerRows(ctx: Ctx, runId: string, results: readonly LightResult[]): Promise<void> {
  await sql`UPDATE trace.bulk_row r SET verdict = n.verdict, result = n.result
    FROM jsonb_to_recordset(${JSON.stringify(results)}::jsonb) AS n(number int, verdict text, result jsonb)
    WHERE r.run_id = ${runId}::uuid AND r.number = n.number AND r.verdict IS NULL
      AND r.number = ANY(${results.map((one) => one.number)}::int[])`.execute(ctx.db);
}

/** Questions of a run that touched a unit, and the best verdict among them. */
export interface Touch {
  readonly rows: number;
  readonly verdict: TraceOutcome['verdict'];
}

/** Adds what a batch touched; the database puts it into the report of each unit (migration 0084). */
export async function touchUnits(
  ctx: Ctx,
  runId: string,
  touches: ReadonlyMap<string, Touch>,
): Promise<void> {
  const list = [...touches].map(([path, touch]) => ({ path, ...touch }));
  const rank = sql`ARRAY['proven', 'probable', 'ambiguous', 'not_provable']`;
  await sql`INSERT INTO trace.bulk_touch AS t (run_id, unit_path, rows, verdict)
    SELECT ${runId}::uuid, n.path::ltree, n.rows, n.verdict
    FROM jsonb_to_recordset(${JSON.stringify(list)}::jsonb) AS n(path text, rows int, verdict text)
    ON CONFLICT (run_id, unit_path) DO UPDATE SET rows = t.rows + excluded.rows,
      verdict = CASE WHEN array_position(${rank}, excluded.verdict) < array_position(${rank}, t.verdict)
        THEN excluded.verdict ELSE t.verdict END`.execute(ctx.db);
}
