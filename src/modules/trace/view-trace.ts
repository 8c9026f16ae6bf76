import type { Ctx } from '#base/app';
import { fail } from '#base/errors';
import type { Trace } from './contract.ts';
import { protectTraces } from './privacy/protect-traces.ts';
import * as store from './store.ts';

type Candidate = Trace['candidates'][number];

/** Stands for a candidate of a unit that the reader may not see. */
const hidden: Candidate = {
  insideIp: '',
  realm: '',
  mac: null,
  macRandom: false,
  deviceId: null,
  assetNo: null,
  unitName: null,
  room: null,
  person: { sealed: true, known: false },
  outsideScope: true,
  steps: [],
};

/** One visible trace, with the details of those candidates that the reader's scope shows. `base.not_found`. */
export async function readTrace(ctx: Ctx, id: string): Promise<Trace> {
  const row = (await store.findTrace(ctx, id)) ?? fail('base.not_found', { what: id });
  const trace = traceOf(row, await store.findCandidates(ctx, [id]));
  return (await protectTraces(ctx, [{ trace, unitPath: row.unit_path }]))[0]!;
}

/** The traces of an incident, newest first. */
export async function findTraces(ctx: Ctx, incidentId: string): Promise<Trace[]> {
  const { items } = await store.listTraces(ctx, { page: 1, pageSize: 100, incidentId });
  const candidates = await store.findCandidates(
    ctx,
    items.map((row) => row.id),
  );
  const byTrace = Map.groupBy(candidates, (one) => one.trace_id);
  return protectTraces(
    ctx,
    items.map((row) => ({ trace: traceOf(row, byTrace.get(row.id) ?? []), unitPath: row.unit_path })),
  );
}

export function headOf(row: store.TraceRow): Omit<Trace, 'candidates' | 'coverage' | 'because'> {
  return {
    id: row.id,
    ip: row.ip,
    port: row.port,
    proto: row.proto,
    at: row.at.toISOString(),
    knownAt: row.known_at.toISOString(),
    toleranceSeconds: row.tolerance_seconds,
    dstIp: row.dst_ip,
    dstPort: row.dst_port,
    url: row.url,
    forwardedBy: row.forwarded_by,
    askedAt: row.asked_at.toISOString(),
    askedBy: row.asked_by_name,
    caseNo: row.case_no,
    reason: row.reason,
    incidentId: row.incident_id,
    verdict: row.verdict,
    milliseconds: row.milliseconds,
  };
}

function traceOf(row: store.TraceRow, visible: readonly store.CandidateRow[]): Trace {
  const byNumber = new Map(visible.map((one) => [one.number, one]));
  const candidates = Array.from({ length: row.candidates }, (_, number): Candidate => {
    const one = byNumber.get(number);
    if (!one) return hidden;
    return { ...one.details, person: { sealed: true, known: one.person_id !== null }, outsideScope: false };
  });
  return { ...headOf(row), because: row.because, coverage: row.coverage, candidates };
}
