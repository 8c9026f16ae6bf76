import type { Ctx } from '#base/app';
import type { Trace } from '../contract.ts';
import { addressesIn, withoutFarEnds } from './hide-destinations.ts';
import * as store from './store.ts';

/**
 * What of finished traces is shown: of a minor's device neither room nor kind of custody before a second person has
 * approved; and no far end of a translation, no page or host of a proxy in a raw line, unless two people decided that for
 * the asker's unit. The hash stays that of the whole line, which the sealed log still has.
 */
export async function protectTraces(
  ctx: Ctx,
  traces: readonly { readonly trace: Trace; readonly unitPath: string }[],
): Promise<Trace[]> {
  const minors = await store.minorCandidates(
    ctx,
    traces.map(({ trace }) => trace.id),
  );
  const keep = new Map<string, boolean>();
  for (const { unitPath } of traces) {
    if (!keep.has(unitPath)) keep.set(unitPath, await store.keepsDestinations(ctx, unitPath));
  }
  return traces.map(({ trace, unitPath }) => {
    const sealed = new Set(
      minors.filter((row) => row.trace_id === trace.id && !row.approved).map((row) => row.number),
    );
    const candidates = trace.candidates
      .map((candidate, number) => (sealed.has(number) ? sealCustody(candidate) : candidate))
      .map((candidate) => (keep.get(unitPath) ? candidate : dropDestinations(trace, candidate)));
    return { ...trace, candidates };
  });
}

type Candidate = Trace['candidates'][number];

function sealCustody(candidate: Candidate): Candidate {
  return {
    ...candidate,
    room: null,
    person: { sealed: true, known: true, protected: true },
    steps: candidate.steps.filter(({ kind }) => kind !== 'custody'),
  };
}

function dropDestinations(trace: Trace, candidate: Candidate): Candidate {
  // Where NAT stands behind NAT the address between the two is neither the asked one nor the inside one.
  const kept = [
    trace.ip,
    candidate.insideIp,
    ...candidate.steps.flatMap((step) => addressesIn(step.says.en)),
  ];
  return {
    ...candidate,
    steps: candidate.steps.map((step) =>
      step.rawLine === null ? step : { ...step, rawLine: withoutFarEnds(step.kind, step.rawLine, kept) },
    ),
  };
}
