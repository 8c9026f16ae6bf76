/** What runs of many questions came to: answers for lists and exports, faulty rows, and people by their number in a run. */
import { sql } from 'kysely';
import type { Ctx } from '#base/app';
import { allOf, like, type Page, pageOf } from '#base/list';
import type { RowFault } from './read-questions.ts';
import type { LightResult, OpenRow } from './store.ts';

export interface ResultRow extends OpenRow {
  sheet_row: number;
  ref: string;
  at: Date;
  verdict: LightResult['verdict'] | null;
  result: LightResult['result'] | OldResult | null;
  trace_id: string | null;
}

/** Answers of before several candidates were kept: the only one's facts, or none. */
export interface OldResult extends Pick<LightResult['result'], 'because' | 'complete' | 'candidates'> {
  readonly unitName?: string | null;
  readonly assetNo?: string | null;
  readonly room?: string | null;
  readonly insideIp?: string | null;
  readonly mac?: string | null;
}

const columns = sql`r.number, r.question, r.sheet_row, r.ref, r.at, r.verdict, r.result, r.trace_id`;

export async function listRows(
  ctx: Ctx,
  runId: string,
  query: { page: number; pageSize: number; q?: string | undefined; verdict?: string | undefined },
): Promise<Page<ResultRow>> {
  const where = [sql`r.run_id = ${runId}::uuid`];
  if (query.verdict) where.push(sql`r.verdict = ${query.verdict}`);
  if (query.q)
    where.push(sql`(${like(sql`r.ref`, query.q)} OR ${like(sql`r.question->>'ip'`, query.q)}
      OR ${like(sql`r.result->'shown'->0->>'assetNo'`, query.q)} OR ${like(sql`r.result->'shown'->0->>'unitName'`, query.q)})`);
  return pageOf<ResultRow>(ctx, {
    columns,
    from: sql`trace.bulk_row r`,
    where: allOf(where),
    orderBy: sql`r.number`,
    query,
  });
}

/** Results from a number on, for the export. */
export async function resultsFrom(
  ctx: Ctx,
  runId: string,
  from: number,
  limit: number,
): Promise<ResultRow[]> {
  const { rows } = await sql<ResultRow>`SELECT ${columns} FROM trace.bulk_row r
    WHERE r.run_id = ${runId}::uuid AND r.number >= ${from} ORDER BY r.number LIMIT ${limit}`.execute(ctx.db);
  return rows;
}

/** One row, locked: asking it twice at once makes one trace. */
export async function lockRow(ctx: Ctx, runId: string, number: number): Promise<ResultRow | undefined> {
  const { rows } = await sql<ResultRow>`SELECT ${columns} FROM trace.bulk_row r
    WHERE r.run_id = ${runId}::uuid AND r.number = ${number} FOR UPDATE`.execute(ctx.db);
  return rows[0];
}

export async function noteTrace(ctx: Ctx, runId: string, number: number, traceId: string): Promise<void> {
  await sql`UPDATE trace.bulk_row SET trace_id = ${traceId}::uuid
    WHERE run_id = ${runId}::uuid AND number = ${number}`.execute(ctx.db);
}

export interface FaultRow {
  number: number;
  sheet_row: number;
  ref: string;
  ip: string;
  at: string;
  column: string;
  zh: string;
  en: string;
}

export async function insertFaults(
  ctx: Ctx,
  runId: string,
  faults: readonly (RowFault & { readonly cells: Readonly<Record<string, string>> })[],
): Promise<void> {
  const cut = (text: string | undefined) => (text ?? '').slice(0, 200);
  for (let from = 0; from < faults.length; from += 5000) {
    const piece = faults.slice(from, from + 5000).map(({ row, column, message, cells }, index) => ({
      number: from + index,
      sheet_row: row,
      ref: cut(cells.ref),
      ip: cut(cells.ip),
      at: cut(cells.at),
      column,
      ...message,
    }));
    await sql`INSERT INTO trace.bulk_fault (run_id, number, unit_path, sheet_row, ref, ip, at, "column", zh, en)
      SELECT ${runId}::uuid, n.number, ${ctx.actor.unitPath}::ltree, n.sheet_row, n.ref, n.ip, n.at, n."column", n.zh, n.en
      FROM jsonb_to_recordset(${JSON.stringify(piece)}::jsonb) AS n(number int, sheet_row int, ref text, ip text, at text,
        "column" text, zh text, en text)`.execute(ctx.db);
  }
}

const faultColumns = sql`f.number, f.sheet_row, f.ref, f.ip, f.at, f."column", f.zh, f.en`;

export async function listFaults(
  ctx: Ctx,
  runId: string,
  query: { page: number; pageSize: number; q?: string | undefined },
): Promise<Page<FaultRow>> {
  const where = [sql`f.run_id = ${runId}::uuid`];
  if (query.q)
    where.push(
      sql`(${like(sql`f.ip`, query.q)} OR ${like(sql`f.zh`, query.q)} OR ${like(sql`f.ref`, query.q)})`,
    );
  return pageOf<FaultRow>(ctx, {
    columns: faultColumns,
    from: sql`trace.bulk_fault f`,
    where: allOf(where),
    orderBy: sql`f.number`,
    query,
  });
}

/** Faults of the rows up to a row of the sheet, after a number: they stand between the answers of an export. */
export async function faultsBetween(
  ctx: Ctx,
  runId: string,
  after: number,
  upToRow: number,
): Promise<FaultRow[]> {
  const { rows } = await sql<FaultRow>`SELECT ${faultColumns} FROM trace.bulk_fault f
    WHERE f.run_id = ${runId}::uuid AND f.number > ${after} AND f.sheet_row <= ${upToRow}
    ORDER BY f.number LIMIT 5000`.execute(ctx.db);
  return rows;
}

/** Numbers the people of a batch who have none yet in this run, in the order given; answers all numbers of them. */
export async function numberPeople(
  ctx: Ctx,
  run: { readonly id: string; readonly unit_path: string },
  personIds: readonly string[],
): Promise<Map<string, number>> {
  const ids = [...new Set(personIds)];
  if (ids.length === 0) return new Map();
  await sql`INSERT INTO trace.bulk_person (run_id, number, unit_path, person_id)
    SELECT ${run.id}::uuid, (SELECT coalesce(max(number), 0) FROM trace.bulk_person WHERE run_id = ${run.id}::uuid)
        + row_number() OVER (ORDER BY n.place), ${run.unit_path}::ltree, n.id
    FROM unnest(${ids}::uuid[]) WITH ORDINALITY AS n (id, place)
    WHERE NOT EXISTS (SELECT FROM trace.bulk_person p WHERE p.run_id = ${run.id}::uuid AND p.person_id = n.id)`.execute(
    ctx.db,
  );
  const { rows } = await sql<{
    person_id: string;
    number: number;
  }>`SELECT person_id, number FROM trace.bulk_person
    WHERE run_id = ${run.id}::uuid AND person_id = ANY(${ids}::uuid[])`.execute(ctx.db);
  return new Map(rows.map((row) => [row.person_id, row.number]));
}

/** Which of the run's people are minors, or were then: theirs is shown in a trace that a second person approved, not in a list. */
export async function minorsOfRun(ctx: Ctx, runId: string): Promise<Set<number>> {
  const { rows } = await sql<{ number: number }>`SELECT number FROM trace.bulk_person
    WHERE run_id = ${runId}::uuid AND (of_minor OR trace.is_minor(person_id))`.execute(ctx.db);
  return new Set(rows.map((row) => row.number));
}
