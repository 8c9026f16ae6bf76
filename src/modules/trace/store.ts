import { sql } from 'kysely';
import type { Ctx } from '#base/app';
import { allOf, type Page, pageOf } from '#base/list';
import type { Trace } from './contract.ts';
import type { TraceOutcome } from './engine/decide.ts';
import type { Protocol, TraceFacts, TraceQuestion } from './engine/facts.ts';

/** What is stored of a candidate; the person's id stands apart from it. */
export type CandidateDetails = Omit<Trace['candidates'][number], 'person' | 'outsideScope'>;

export interface TraceRow {
  id: string;
  unit_path: string;
  ip: string;
  port: number | null;
  /** Null: none was given. */
  proto: Protocol | null;
  at: Date;
  known_at: Date;
  tolerance_seconds: number;
  dst_ip: string | null;
  dst_port: number | null;
  url: string | null;
  forwarded_by: string | null;
  asked_by_name: string;
  asked_at: Date;
  case_no: string;
  reason: string;
  incident_id: string | null;
  verdict: Trace['verdict'];
  because: Trace['because'];
  coverage: Trace['coverage'];
  candidates: number;
  milliseconds: number;
}

export interface NewTrace {
  readonly id: string;
  readonly unitPath: string;
  readonly question: TraceQuestion;
  readonly caseNo: string;
  readonly reason: string;
  readonly incidentId: string | null;
  readonly verdict: Trace['verdict'];
  readonly because: Trace['because'];
  readonly coverage: Trace['coverage'];
  readonly milliseconds: number;
}

export interface NewCandidate {
  readonly unitPath: string;
  readonly personId: string | null;
  readonly details: CandidateDetails;
}

/** The column takes no null; whether a protocol was given is read from the question itself, which is kept with the basis. */
const firstOfBoth: Protocol = 'tcp';

export async function insertTrace(ctx: Ctx, trace: NewTrace, candidates: number): Promise<void> {
  const { ip, port, proto, at, knownAt, toleranceSeconds, dstIp, dstPort, url, forwardedBy } = trace.question;
  await sql`INSERT INTO trace.trace (id, unit_path, ip, port, proto, at, known_at, tolerance_seconds, dst_ip, dst_port, url,
      forwarded_by, asked_by, asked_by_name, case_no, reason, incident_id, verdict, because, coverage, candidates, milliseconds)
    VALUES (${trace.id}::uuid, ${trace.unitPath}::ltree, ${ip}::inet, ${port}, ${proto ?? firstOfBoth}, ${new Date(at)},
      ${new Date(knownAt)}, ${toleranceSeconds ?? 0}, ${dstIp ?? null}::inet, ${dstPort ?? null}, ${url ?? null},
      ${forwardedBy ?? null}::inet, ${ctx.actor.id}, ${ctx.actor.name}, ${trace.caseNo}, ${trace.reason},
      ${trace.incidentId}::uuid, ${trace.verdict}, ${JSON.stringify(trace.because)}::jsonb,
      ${JSON.stringify(trace.coverage)}::jsonb, ${candidates}, ${trace.milliseconds})`.execute(ctx.db);
}

export async function insertCandidates(
  ctx: Ctx,
  traceId: string,
  candidates: readonly NewCandidate[],
): Promise<void> {
  if (candidates.length === 0) return;
  const list = candidates.map((one, number) => ({ ...one, number }));
  await sql`INSERT INTO trace.candidate (trace_id, number, unit_path, person_id, details)
    SELECT ${traceId}::uuid, n.number, n."unitPath"::ltree, n."personId", n.details
    FROM jsonb_to_recordset(${JSON.stringify(list)}::jsonb)
      AS n(number int, "unitPath" text, "personId" uuid, details jsonb)`.execute(ctx.db);
}

/** All that an answer was worked out from. */
export interface TraceBasis {
  readonly traceId: string;
  readonly unitPath: string;
  readonly question: TraceQuestion;
  readonly facts: TraceFacts;
  readonly outcome: TraceOutcome;
}

export async function insertBasis(ctx: Ctx, basis: TraceBasis): Promise<void> {
  await sql`INSERT INTO trace.basis (trace_id, unit_path, question, facts, outcome)
    VALUES (${basis.traceId}::uuid, ${basis.unitPath}::ltree, ${JSON.stringify(basis.question)}::jsonb,
      ${JSON.stringify(basis.facts)}::jsonb, ${JSON.stringify(basis.outcome)}::jsonb)`.execute(ctx.db);
}

const columns = sql`t.id, t.unit_path::text AS unit_path, host(t.ip) AS ip, t.port,
  CASE WHEN EXISTS (SELECT FROM trace.basis b WHERE b.trace_id = t.id AND b.question -> 'proto' = 'null'::jsonb)
    THEN NULL ELSE t.proto END AS proto, t.at, t.known_at,
  t.tolerance_seconds, host(t.dst_ip) AS dst_ip, t.dst_port, t.url, host(t.forwarded_by) AS forwarded_by, t.asked_by_name,
  t.asked_at, t.case_no, t.reason, t.incident_id, t.verdict, t.because, t.coverage, t.candidates, t.milliseconds`;

export async function findTrace(ctx: Ctx, id: string): Promise<TraceRow | undefined> {
  const { rows } = await sql<TraceRow>`SELECT ${columns} FROM trace.trace t WHERE t.id = ${id}::uuid`.execute(
    ctx.db,
  );
  return rows[0];
}

export async function listTraces(
  ctx: Ctx,
  query: { page: number; pageSize: number; q?: string | undefined; incidentId?: string | undefined },
): Promise<Page<TraceRow>> {
  const where = [];
  if (query.incidentId) where.push(sql`t.incident_id = ${query.incidentId}::uuid`);
  if (query.q) where.push(findsBy(query.q));
  return pageOf<TraceRow>(ctx, {
    columns,
    from: sql`trace.trace t`,
    where: allOf(where),
    orderBy: sql`t.id DESC`,
    query,
  });
}

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** An address, a case number, or the number of the query itself. */
function findsBy(text: string) {
  if (uuid.test(text)) return sql`t.id = ${text}::uuid`;
  return sql`(host(t.ip) = ${text} OR t.case_no = ${text})`;
}

export interface CandidateRow {
  trace_id: string;
  number: number;
  person_id: string | null;
  details: CandidateDetails;
}

/** The candidates that the scope shows; the trace tells how many there are in all. */
export async function findCandidates(ctx: Ctx, traceIds: readonly string[]): Promise<CandidateRow[]> {
  const { rows } = await sql<CandidateRow>`SELECT trace_id, number, person_id, details FROM trace.candidate
    WHERE trace_id = ANY(${[...traceIds]}::uuid[]) ORDER BY trace_id, number`.execute(ctx.db);
  return rows;
}

/** The newest visible trace of each incident that has one. */
export async function newestTraces(
  ctx: Ctx,
  incidentIds: readonly string[],
): Promise<{ incident_id: string; id: string; verdict: Trace['verdict'] }[]> {
  const { rows } = await sql<{ incident_id: string; id: string; verdict: Trace['verdict'] }>`
    SELECT DISTINCT ON (incident_id) incident_id, id, verdict FROM trace.trace
    WHERE incident_id = ANY(${[...incidentIds]}::uuid[]) ORDER BY incident_id, id DESC`.execute(ctx.db);
  return rows;
}
