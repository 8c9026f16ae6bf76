/** Around which time no line of a source may be missing, for the answer to rest on what is not in its log. Pure. */
import type { TraceQuestion } from './facts.ts';
import type { Holder } from './holders.ts';
import { type Hop, type Origins, windowOf } from './origins.ts';
import { askedPort } from './protocols.ts';

/** Epoch milliseconds, of corrected times. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** A rival needs two lines that are missing, its beginning and its end, or it would be known: one is near in most cases. */
const near = 300_000;
/** Where a session is told by one line at its end, that line is as far away as the session lasted on. */
const longest = 3_600_000;

/**
 * A session with lines on both sides that went where the question says can have no rival: nothing else may be missing but at
 * the time itself. Without the far end, or with one line only, it is looked around, and towards that line.
 */
export function natUnbroken(question: TraceQuestion, { origins }: Origins, sourceId: number): Span {
  const { from, to } = windowOf(question);
  const hops = origins.flatMap((origin) => origin.hops.filter((hop) => sourceOf(hop) === sourceId));
  const spans = hops.map((hop): Span => {
    if (hop.kind === 'rule' || hop.kind === 'proxy') return { from: from - near, to: to + near };
    const { lines, start, end, firstProof, lastProof } = hop.span;
    // Without a port any number of others may have had a session to there.
    const isOnly = askedPort(question) !== null && hop.kind === 'nat' && isAskedSession(hop);
    if (hop.hold === 'covers' && isOnly) return { from, to };
    const isOneLine = lines.length === 1 && start !== null && end !== null;
    // The line that was to come is missing, or the one that gave it to another.
    const towards = { from: Math.min(from, lastProof), to: Math.max(to, firstProof) };
    return { from: towards.from - near, to: Math.max(towards.to + near, isOneLine ? to + longest : 0) };
  });
  return hull([...spans, spans.length === 0 ? { from: from - near, to: to + near } : { from, to }]);
}

function sourceOf(hop: Hop): number | null {
  if (hop.kind === 'rule') return null;
  return hop.kind === 'proxy' ? hop.request.sourceId : hop.span.first.sourceId;
}

function isAskedSession({ span }: Extract<Hop, { kind: 'nat' }>): boolean {
  return span.lines.every((line) => line.isAsked === true);
}

/** From the line that shows an address to be somebody's to the next one: between them it may have been another's. */
export function leaseUnbroken(question: TraceQuestion, holders: readonly Holder[]): Span {
  const { from, to } = windowOf(question);
  const spans = holders.flatMap(({ lease, sighting, origin }): Span[] => {
    const begins = origin.hops.flatMap((hop) =>
      hop.kind === 'nat' && hop.span.start !== null ? [hop.span.start] : [],
    );
    const told = [
      ...(lease ? [{ from: lease.before.at, to: lease.after?.at ?? to }] : []),
      ...(sighting ? [{ from: sighting.before?.time ?? from, to: sighting.after?.time ?? to }] : []),
    ];
    return told.map((one) => ({ from: Math.min(one.from, ...begins), to: one.to }));
  });
  return hull([...spans, { from, to }]);
}

function hull(spans: readonly Span[]): Span {
  return {
    from: Math.min(...spans.map((one) => one.from)),
    to: Math.max(...spans.map((one) => one.to)),
  };
}
