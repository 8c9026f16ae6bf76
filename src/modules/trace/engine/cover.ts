/** On which log sources an answer rests, and whether they were there. Pure. */
import { isRelated } from '../rules-coverage.ts';
import type { CoverageFact, TraceFacts, TraceQuestion } from './facts.ts';
import type { Holder } from './holders.ts';
import type { Origins } from './origins.ts';
import { leaseUnbroken, natUnbroken, type Span } from './unbroken.ts';

export interface SourceWanted {
  readonly sourceId: number;
  readonly purpose: CoverageFact['purpose'];
  /** Within which none of its lines may be missing: where another's would have to be. */
  readonly unbroken: Span;
}

export interface OutcomeCoverage {
  readonly complete: boolean;
  readonly sources: readonly {
    /** Null: there is no such source at all. */
    readonly sourceId: number | null;
    readonly name: string;
    readonly unitPath: string | null;
    readonly state: CoverageFact['state'];
    readonly detail: string;
  }[];
}

/** The sources of which must be known whether they were heard. */
export function sourcesWanted(
  question: TraceQuestion,
  facts: TraceFacts,
  found: Origins,
  holders: readonly Holder[],
): SourceWanted[] {
  const nat = natSources(question, facts, found);
  const lease = leaseSources(question, facts, holders);
  return [
    ...nat.map((sourceId) => {
      return { sourceId, purpose: 'nat' as const, unbroken: natUnbroken(question, found, sourceId) };
    }),
    ...lease.map((sourceId) => {
      return { sourceId, purpose: 'lease' as const, unbroken: leaseUnbroken(question, holders) };
    }),
  ];
}

/** Those that ever told about the address, and those of the proxies; when none did, those that should have. */
function natSources(question: TraceQuestion, facts: TraceFacts, found: Origins): number[] {
  const used = new Set<number>();
  for (const origin of found.origins) {
    for (const hop of origin.hops) {
      if (hop.kind === 'proxy') used.add(hop.request.sourceId);
      else if (hop.kind !== 'rule') used.add(hop.span.first.sourceId);
    }
  }
  for (const line of [...facts.nat, ...facts.blocks]) {
    if (found.endpoints.some((end) => end.ip === line.pubIp)) used.add(line.sourceId);
  }
  const byRule = found.origins.some((origin) => origin.hops.some((hop) => hop.kind === 'rule'));
  if (used.size > 0 || !found.translated || byRule) return [...used];
  const place = facts.allocations.find((hit) => hit.ip === question.ip) ?? null;
  return facts.sources.filter((source) => isRelated(source, 'nat', place)).map(({ id }) => id);
}

/** A server that told of an address this long before or after may have told of it in between, too. */
const toldLately = 86_400_000;

function leaseSources(question: TraceQuestion, facts: TraceFacts, holders: readonly Holder[]): number[] {
  const wanted = new Set<number>();
  for (const { origin, lease, sighting, device, place } of holders) {
    if (origin.end !== null) continue;
    for (const { ip, realm, ts, sourceId } of facts.leases) {
      const isOfIt = ip === origin.insideIp && realm === origin.realm;
      if (isOfIt && Math.abs(ts - question.at) <= toldLately) wanted.add(sourceId);
    }
    if (lease) wanted.add(lease.before.source);
    const seen = sighting && sighting.hold !== 'open' ? [sighting.before, sighting.after] : [];
    for (const one of seen) if (one) wanted.add(one.sourceId);
    const unitPath = device?.unitPath ?? place?.unitPath ?? null;
    if (lease || seen.length > 0 || unitPath === null) continue;
    for (const source of facts.sources) {
      if (isRelated(source, 'lease', { realm: origin.realm, unitPath })) wanted.add(source.id);
    }
  }
  return [...wanted];
}

/** Whether all of them were there; a source that was not heard is `unknown`, and then nothing is complete. */
export function coverageOf(
  question: TraceQuestion,
  facts: TraceFacts,
  found: Origins,
  holders: readonly Holder[],
): OutcomeCoverage {
  const wanted = sourcesWanted(question, facts, found, holders);
  const sources = wanted.map(({ sourceId, purpose }): OutcomeCoverage['sources'][number] => {
    const fact = facts.coverage.find((one) => one.sourceId === sourceId && one.purpose === purpose);
    if (fact)
      return { sourceId, name: fact.name, unitPath: fact.unitPath, state: fact.state, detail: fact.detail };
    return missing(`#${sourceId}`, '没有查到它的完整性记录');
  });
  const byRule = found.origins.some((origin) => origin.hops.some((hop) => hop.kind === 'rule'));
  const isFollowed = found.translated && !byRule;
  if (isFollowed && !wanted.some((one) => one.purpose === 'nat'))
    sources.unshift(missing('NAT', '没有登记地址转换日志源'));
  // Where the chain ends at another NAT nobody's lease was looked for.
  const looked = holders.some((holder) => holder.origin.end === null);
  if (looked && !wanted.some((one) => one.purpose === 'lease'))
    sources.push(missing('DHCP', '没有登记地址租约日志源'));
  for (const cut of facts.cut)
    sources.push(missing(cutNames[cut.what], `记录没有全部读完（${cut.read}）`, 'gap'));
  return { complete: sources.every((one) => one.state === 'covered'), sources };
}

const cutNames = { nat: 'NAT', leases: 'DHCP', origins: 'NAT' } as const;

function missing(
  name: string,
  detail: string,
  state: CoverageFact['state'] = 'unknown',
): OutcomeCoverage['sources'][number] {
  return { sourceId: null, name, unitPath: null, state, detail };
}
