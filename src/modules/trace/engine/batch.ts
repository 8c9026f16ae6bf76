/** What is gathered together: questions with the facts that they have so far. */
import type { Ctx } from '#base/app';
import type { tracing } from '#logs';
import { noFacts, type SourceFact, type TraceFacts, type TraceQuestion } from './facts.ts';
import { findOrigins, type Origins } from './origins.ts';

type Draft = { -readonly [K in keyof TraceFacts]: TraceFacts[K] };

/** One question. */
export interface Work {
  readonly question: TraceQuestion;
  readonly facts: Draft;
  /** What was asked for it already. */
  readonly asked: Set<string>;
  /** Far ends by what names them in the facts: they themselves are not kept. */
  readonly far: Map<string, string[]>;
  found: { readonly origins: Origins; readonly from: readonly unknown[] } | null;
}

export interface Batch {
  readonly ctx: Ctx;
  readonly reader: tracing.TraceReader;
  readonly works: readonly Work[];
  readonly knownAt: Date;
  /** Proxies by the addresses that they are known by: what a question meets on its way may be one of them. */
  readonly proxies: ReadonlyMap<string, readonly SourceFact[]>;
}

export function openWork(question: TraceQuestion): Work {
  return { question, facts: { ...noFacts }, asked: new Set(), far: new Map(), found: null };
}

/** `findOrigins` of the facts so far; worked out again only when one of the lists that it reads is another. */
export function originsOf(work: Work): Origins {
  const { allocations, nat, blocks, rules, requests, sources } = work.facts;
  const from = [allocations, nat, blocks, rules, requests, sources];
  if (!work.found?.from.every((list, i) => list === from[i]))
    work.found = { origins: findOrigins(work.question, work.facts), from };
  return work.found!.origins;
}

/** Proxies by their single addresses; those that are known by ranges only are met by what they fetch. */
export function proxiesByAddress(sources: Iterable<tracing.TraceSource>): Map<string, SourceFact[]> {
  const found = new Map<string, SourceFact[]>();
  for (const source of sources) {
    if (source.format !== 'squid') continue;
    for (const ip of new Set(source.senders.map((sender) => sender.replace(/\/(32|128)$/, '')))) {
      found.set(ip, [...(found.get(ip) ?? []), { ...source, clock: null }]);
    }
  }
  return found;
}

/** Adds to the facts the proxies that are known by these addresses. */
export function meetProxies({ proxies }: Batch, { facts }: Work, ips: Iterable<string>): void {
  for (const ip of ips) {
    const met = proxies.get(ip)?.filter((one) => !facts.sources.some((known) => known.id === one.id));
    if (met && met.length > 0) facts.sources = [...facts.sources, ...met].sort((a, b) => a.id - b.id);
  }
}
