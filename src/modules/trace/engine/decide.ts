/** From question and facts to the outcome. Pure: no clock, no store; the same facts always give the same outcome. */
import { judgeTrace, type ReasonCode, type Verdict } from '../rules.ts';
import { pathWords, reasonWords, type Words } from '../words.ts';
import { clockOf } from './clock.ts';
import { coverageOf, type OutcomeCoverage } from './cover.ts';
import type { Place, TraceFacts, TraceQuestion } from './facts.ts';
import { findHolders, type Holder, isNewer } from './holders.ts';
import { findOrigins, type Origin, type Origins, proxySourcesAt, wasClient } from './origins.ts';
import { askedPort, hasPorts } from './protocols.ts';
import { stepsOf } from './say.ts';

/** One link of a chain: a fact of the logs with its place, or of the register. */
export interface OutcomeStep {
  readonly kind: 'nat' | 'block' | 'rule' | 'proxy' | 'lease' | 'sighting' | 'register' | 'custody';
  readonly says: Words;
  readonly place: Place | null;
  readonly at: number | null;
}

export interface OutcomeCandidate {
  readonly insideIp: string;
  readonly realm: string;
  readonly mac: string | null;
  readonly macRandom: boolean;
  readonly deviceId: string | null;
  readonly assetNo: string | null;
  /** Unit of the device, else of the inside address; null: unknown. */
  readonly unitPath: string | null;
  readonly unitName: string | null;
  readonly personId: string | null;
  readonly room: string | null;
  readonly steps: readonly OutcomeStep[];
}

export interface TraceOutcome {
  readonly verdict: Verdict;
  readonly codes: readonly ReasonCode[];
  /** Why this verdict and no better one, and how the way went. */
  readonly because: readonly Words[];
  readonly candidates: readonly OutcomeCandidate[];
  readonly coverage: OutcomeCoverage;
}

/** Origins that are looked into one by one; with more, the answer is `ambiguous` anyway. */
export const maxOrigins = 20;
const maxCandidates = 50;
/** A smaller correction is within what times in whole seconds say. */
const worthTelling = 1000;

/** Who may have been behind the asked address, and how firmly that is shown. */
export function decideTrace(question: TraceQuestion, facts: TraceFacts): TraceOutcome {
  const found = findOrigins(question, facts);
  const shown = found.origins.slice(0, maxOrigins);
  const holders = findHolders(question, facts, shown);
  const coverage = coverageOf(question, facts, { ...found, origins: shown }, holders);
  const links = holders.map((holder) => holder.links);
  const judged = withoutPort(question, facts, found, judgeTrace(links, coverage.complete));
  const { verdict, because: codes } = asForwarded(question, facts, judged);
  const notes = [...notesOf(question, found), ...clockNotes(question, facts, shown)];
  if (shown.length < found.origins.length) notes.push(pathWords.tooMany(shown.length, found.origins.length));
  for (const { end, realm, insideIp } of shown) {
    const whose = facts.allocations.find((hit) => hit.ip === insideIp && hit.realm === realm);
    if (end === 'second_nat') notes.push(pathWords.askSchool(insideIp, whose?.unitName ?? null));
  }
  return {
    verdict,
    codes,
    because: [...codes.map(reasonWords), ...notes],
    candidates: holders.slice(0, maxCandidates).map(candidateOf),
    coverage,
  };
}

/**
 * One session that was logged is not the only one that an address had: without the port nothing is proven. Where not all rows
 * of the address were read, the only one that was found is nobody's in particular.
 */
function withoutPort(
  question: TraceQuestion,
  facts: TraceFacts,
  { translated }: Origins,
  judged: ReturnType<typeof judgeTrace>,
): ReturnType<typeof judgeTrace> {
  if (askedPort(question) !== null || !translated) return judged;
  const reason: ReasonCode = hasPorts(question.proto) ? 'no_port' : 'portless';
  const isCut = facts.cut.some((one) => one.what === 'nat') && isNewer(facts);
  if (isCut && judged.verdict === 'probable')
    return { verdict: 'not_provable', because: [reason, ...judged.because] };
  return judged.verdict === 'proven' ? { verdict: 'probable', because: [reason] } : judged;
}

/**
 * What a header says is believed of a proxy of ours only, and of that only where its own log shows the client then: the
 * client may have sent such a header itself, to which the proxy adds the true one.
 */
function asForwarded(
  question: TraceQuestion,
  facts: TraceFacts,
  judged: ReturnType<typeof judgeTrace>,
): ReturnType<typeof judgeTrace> {
  const { forwardedBy } = question;
  if (!forwardedBy) return judged;
  if (proxySourcesAt(facts, forwardedBy).length === 0)
    return { verdict: 'not_provable', because: ['forwarded'] };
  if (!wasClient(question, facts, forwardedBy))
    return { verdict: 'not_provable', because: ['forwarded_unseen'] };
  return judged.verdict === 'proven' ? { verdict: 'probable', because: ['via_proxy'] } : judged;
}

function notesOf(question: TraceQuestion, found: Origins): Words[] {
  const notes: Words[] = [];
  if (!found.translated) {
    for (const { realm } of found.origins.filter((one) => one.nat === 'none'))
      notes.push(pathWords.skippedNat(question.ip, realm));
    return notes;
  }
  if (!found.asked) notes.push(pathWords.notOurs(question.ip));
  if (question.proto === null) notes.push(pathWords.noProto(protocolsOf(found.origins)));
  if (askedPort(question) === null && found.origins.length > 1) notes.push(pathWords.noPort);
  if (found.origins.length === 0)
    notes.push(askedPort(question) === null ? pathWords.noSessionOfAddress : pathWords.noSession);
  return notes;
}

/** Of which protocols the translations of the asked address are, where their lines name one. */
function protocolsOf(origins: readonly Origin[]): string[] {
  const numbers = origins.flatMap(({ hops: [first] }) =>
    first === undefined || first.kind === 'rule' || first.kind === 'proxy' ? [] : [first.span.first.proto],
  );
  return [...(numbers.includes(6) ? ['TCP'] : []), ...(numbers.includes(17) ? ['UDP'] : [])];
}

/** Which clock was corrected or doubted, and by how much; nothing to tell of clocks that were taken as registered. */
function clockNotes(question: TraceQuestion, facts: TraceFacts, origins: readonly Origin[]): Words[] {
  const used = new Set(
    origins.flatMap((origin) =>
      origin.hops.flatMap((hop) =>
        hop.kind === 'rule' ? [] : [hop.kind === 'proxy' ? hop.request.sourceId : hop.span.first.sourceId],
      ),
    ),
  );
  const notes: Words[] = [];
  for (const source of facts.sources) {
    if (!used.has(source.id)) continue;
    const { basis, offsetMs, marginMs } = clockOf(source, question.at);
    if (basis === 'measured' && Math.abs(offsetMs) >= worthTelling)
      notes.push(pathWords.clockCorrected(offsetMs, marginMs));
    if (basis === 'unsure') notes.push(pathWords.clockUnsure(marginMs));
  }
  if (question.toleranceSeconds) notes.push(pathWords.askedTolerance(question.toleranceSeconds));
  return notes;
}

function candidateOf(holder: Holder): OutcomeCandidate {
  const { origin, mac, device, custody, place, links } = holder;
  return {
    insideIp: origin.insideIp,
    realm: origin.realm,
    mac,
    macRandom: links.macRandom,
    deviceId: device?.deviceId ?? null,
    assetNo: device?.assetNo ?? null,
    unitPath: device?.unitPath ?? place?.unitPath ?? null,
    unitName: device?.unitName ?? place?.unitName ?? null,
    personId: custody?.personId ?? null,
    room: custody?.room ?? null,
    steps: stepsOf(holder),
  };
}
