import type { Ctx } from '#base/app';
import { fail } from '#base/errors';
import { askTrace } from '../ask-trace.ts';
import { lockRow, noteTrace } from './result-store.ts';
import type { RunRow } from './store.ts';

/**
 * Asks a row of a run as a trace of its own: under the run's case and reason, as of the same day, so that it comes to the
 * same. A row is opened once; whoever opens it again gets that trace. Throws `base.not_found`.
 */
export async function openRow(ctx: Ctx, run: RunRow, number: number): Promise<string> {
  const row = (await lockRow(ctx, run.id, number)) ?? fail('base.not_found', { what: `row ${number}` });
  if (row.trace_id) return row.trace_id;
  const { ip, port, proto, at, toleranceSeconds, dstIp, dstPort, url } = row.question;
  const trace = await askTrace(
    ctx,
    {
      ip,
      ...(proto !== null && { proto }),
      at: new Date(at).toISOString(),
      knownAt: run.known_at.toISOString(),
      caseNo: run.case_no,
      reason: run.reason,
      ...(port !== null && { port }),
      ...(toleranceSeconds && { toleranceSeconds }),
      ...(dstIp && { dstIp }),
      ...(dstPort && { dstPort }),
      ...(url && { url }),
    },
    { unitPath: run.unit_path },
  );
  await noteTrace(ctx, run.id, number, trace.id);
  return trace.id;
}
