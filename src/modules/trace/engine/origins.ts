/** Which inside addresses may be behind the asked one. Pure. */
import { clockOf } from './clock.ts';
import type {
  AllocationFact,
  BlockFact,
  NatFact,
  RequestFact,
  RuleFact,
  SourceFact,
  TraceFacts,
  TraceQuestion,
} from './facts.ts';
import { askedPort, numbersOf } from './protocols.ts';
import {
  holdsOf,
  mayTouch,
  type NatHold,
  natHoldOf,
  type Span,
  sessionsOf,
  type TimeOf,
  type Window,
  wholeSecond,
} from './spans.ts';

interface HopOf<K extends string> {
  readonly kind: K;
  readonly hold: NatHold;
  /** What else might have had the port then, and is too unlikely to be a candidate. */
  readonly rival: Rival | null;
}

/** `far`: a session of which one line was recorded, long before or after. `clock`: one that a clock nobody measured may hide.
 * `exporters`: another source tells the same translation at another time. */
export type Rival = 'far' | 'clock' | 'exporters';

/** One translation on the way. */
export type Hop =
  | (HopOf<'nat'> & { readonly span: Span<NatFact> })
  | (HopOf<'block'> & { readonly span: Span<BlockFact> })
  | (HopOf<'rule'> & { readonly rule: RuleFact })
  | (HopOf<'proxy'> & {
      readonly request: RequestFact;
      /** It went where the asked connection went; true also where nothing was translated. */
      readonly isMeant: boolean;
    });

export interface Origin {
  readonly realm: string;
  readonly insideIp: string;
  /** Empty: no translation was needed. */
  readonly hops: readonly Hop[];
  /** The weakest hop. */
  readonly nat: NatHold | 'none';
  /** The inside address is itself an exit or a proxy whose own logs do not lead on. */
  readonly end: 'second_nat' | 'proxy' | null;
}

/** A public address and port whose translation is looked for. */
export interface Endpoint {
  readonly ip: string;
  readonly port: number | null;
}

export interface Origins {
  readonly origins: readonly Origin[];
  /** Whether translations were looked for. */
  readonly translated: boolean;
  /** The allocation that the asked address belongs to. */
  readonly asked: AllocationFact | null;
  /** Every address whose translations or requests the answer rests on, for gathering. */
  readonly endpoints: readonly Endpoint[];
  /** Addresses of proxies on the way. */
  readonly proxies: readonly string[];
}

/** A school behind a school behind the bureau: more is a loop. */
const mostHops = 3;

export function windowOf(question: TraceQuestion): Window {
  const own = (question.toleranceSeconds ?? 0) * 1000;
  return { at: question.at, from: question.at - own, to: question.at + own };
}

/** Corrects the times of lines by what is known of their writer's clock. */
export function timesOf(facts: Pick<TraceFacts, 'sources'>, at: number) {
  const sources = new Map<number, SourceFact>(facts.sources.map((one) => [one.id, one]));
  const uses = new Map([...sources].map(([id, source]) => [id, clockOf(source, at)]));
  const clockIn = (sourceId: number) => uses.get(sourceId) ?? clockOf(undefined, at);
  const timeOf: TimeOf = ({ sourceId, ts }) => ts - clockIn(sourceId).offsetMs;
  return { sources, clockIn, timeOf };
}

/** Proxies are known by the address they send their logs from. */
export function proxySourcesAt(facts: Pick<TraceFacts, 'sources'>, ip: string): SourceFact[] {
  return facts.sources.filter(
    (source) =>
      source.format === 'squid' &&
      source.senders.some((sender) => sender === ip || sender === `${ip}/32` || sender === `${ip}/128`),
  );
}

/** Follows the asked address through translations and proxies as far as the facts lead. */
export function findOrigins(question: TraceQuestion, facts: TraceFacts): Origins {
  const hits = facts.allocations.filter((hit) => hit.ip === question.ip);
  const [nearest] = hits;
  const endpoints: Endpoint[] = [];
  const proxies: string[] = [];
  const walk = { question, facts, endpoints, proxies, ...timesOf(facts, question.at) };
  if (proxySourcesAt(facts, question.ip).length > 0) {
    const realm = nearest?.realm ?? 'main';
    const origins = beyondProxy(walk, question.ip, realm, []);
    return { origins: merge(origins), translated: false, asked: nearest ?? null, endpoints, proxies };
  }
  if (nearest?.role === 'inside') {
    const inside = hits.filter((hit) => hit.role === 'inside');
    const origins = inside.map((hit) => {
      return { realm: hit.realm, insideIp: question.ip, hops: [], nat: 'none', end: null } satisfies Origin;
    });
    return { origins, translated: false, asked: nearest, endpoints, proxies };
  }
  const origins = [
    ...beyondNat(walk, { ip: question.ip, port: askedPort(question) }, []),
    ...hits.flatMap((hit) => whoFetched(walk, hit.realm)),
  ];
  return { origins: merge(origins), translated: true, asked: nearest ?? null, endpoints, proxies };
}

interface Walk extends ReturnType<typeof timesOf> {
  readonly question: TraceQuestion;
  readonly facts: TraceFacts;
  readonly endpoints: Endpoint[];
  readonly proxies: string[];
}

function beyondNat(walk: Walk, end: Endpoint, before: readonly Hop[]): Origin[] {
  walk.endpoints.push(end);
  return translationsOf(walk, end, numbersBehind(walk.question, before)).flatMap(({ hop, realm, ip, port }) =>
    goOn(walk, realm, ip, port, [...before, hop]),
  );
}

/** Behind a session of TCP stands one of TCP: what the question leaves open, the first translation tells. */
function numbersBehind({ proto }: TraceQuestion, before: readonly Hop[]): readonly number[] {
  const told = before.find((hop) => hop.kind === 'nat' && hop.span.first.proto !== 0);
  return proto === null && told?.kind === 'nat' ? [told.span.first.proto] : numbersOf(proto);
}

interface Translation {
  readonly hop: Hop;
  readonly realm: string;
  readonly ip: string;
  readonly port: number | null;
}

/** Every translation of the address that may have been there in the window. */
function translationsOf(
  { question, facts, clockIn, timeOf }: Walk,
  end: Endpoint,
  numbers: readonly number[],
): Translation[] {
  const window = windowOf(question);
  const ofProto = (line: NatFact | BlockFact) => line.proto === 0 || numbers.includes(line.proto);
  const fits = (port: number) => end.port === null || port === end.port;
  const lines = facts.nat.filter(
    (line) => line.pubIp === end.ip && fits(line.pubPort) && ofProto(line) && line.isAsked !== false,
  );
  const blocks = facts.blocks.filter(
    (line) => line.pubIp === end.ip && holdsPort(line, end.port) && ofProto(line),
  );
  // Some writers tell beginnings only: of those that tell ends, one is missing.
  const ends = new Set(facts.nat.filter((line) => line.kind === 'destroy').map((line) => line.sourceId));
  const sessions = sessionsOf(lines, timeOf).map((span): Told => {
    const { realm, inIp, inPort } = span.first;
    const hold = natHoldOf(span, window, ends.has(span.first.sourceId));
    return { kind: 'nat', span, hold, realm, ip: inIp, port: inPort };
  });
  const holds = holdsOf(blocks, timeOf).map((span): Told => {
    const { realm, inIp } = span.first;
    return { kind: 'block', span, hold: blockHoldOf(span, window), realm, ip: inIp, port: null };
  });
  const rules = facts.rules.filter(
    (rule) => rule.pubIp === end.ip && rule.port === end.port && wasRule(rule, window, ruleMargin),
  );
  const isOld = facts.rulesOf === undefined;
  const told = [...(isOld ? sessions : withDisputes(sessions, clockIn)), ...holds];
  return [
    ...withRivals(told, window, clockIn),
    ...rules.map((rule): Translation => {
      const hold = wasRule(rule, window, 0) ? 'covers' : 'near';
      const hop = { kind: 'rule', rule, hold, rival: null } as const;
      return { hop, realm: rule.realm, ip: rule.inIp, port: null };
    }),
  ];
}

/** People write down when they changed a gateway by the minute. */
export const ruleMargin = 60_000;

function wasRule({ validFrom, validTo }: RuleFact, { from, to }: Window, margin: number): boolean {
  if (validTo === undefined) return true;
  const [since, until] = [validFrom ?? Number.NEGATIVE_INFINITY, validTo ?? Number.POSITIVE_INFINITY];
  return margin > 0 ? since - margin <= to && until + margin >= from : since <= from && until > to;
}

/** So far apart two exporters' times of one translation are looked for. */
const sameSession = 3_600_000;

/**
 * Where two sources tell of one gateway, each tells every translation. One that the other has at other times only, beyond the
 * margins of both clocks: one of them is wrong, and nobody knows which.
 */
function withDisputes(sessions: readonly Told[], clockIn: Walk['clockIn']): Told[] {
  const nat = sessions.filter((one) => one.kind === 'nat');
  if (new Set(nat.map((one) => one.span.first.sourceId)).size < 2) return [...sessions];
  const tupleOf = ({ span: { first } }: { span: Span<NatFact> }) =>
    `${first.proto} ${first.inIp} ${first.inPort} ${first.pubIp} ${first.pubPort} ${first.peer}`;
  const byTuple = Map.groupBy(nat, tupleOf);
  return nat.map((one) => {
    const own = one.span.first.sourceId;
    const away = (byTuple.get(tupleOf(one)) ?? [])
      .filter((other) => other.span.first.sourceId !== own)
      .map((other) => {
        const margin = clockIn(own).marginMs + clockIn(other.span.first.sourceId).marginMs + 2 * wholeSecond;
        return apart(one.span, other.span) - margin;
      });
    const isDisputed = away.length > 0 && Math.min(...away) > 0 && Math.min(...away) < sameSession;
    return isDisputed ? { ...one, isDisputed } : one;
  });
}

/** By how much they disagree at least: one source may tell beginnings only, and another ends. */
function apart(a: Span<NatFact>, b: Span<NatFact>): number {
  if (a.start !== null && b.start !== null) return Math.abs(a.start - b.start);
  if (a.end !== null && b.end !== null) return Math.abs(a.end - b.end);
  const late = (one: Span<NatFact>, other: Span<NatFact>) =>
    Math.max((one.start ?? -Infinity) - other.firstProof, other.lastProof - (one.end ?? Infinity));
  return Math.max(0, late(a, b), late(b, a));
}

type Told = Omit<Translation, 'hop'> & { readonly isDisputed?: boolean } & (
    | { readonly kind: 'nat'; readonly span: Span<NatFact>; readonly hold: NatHold }
    | { readonly kind: 'block'; readonly span: Span<BlockFact>; readonly hold: NatHold }
  );

/** A clock of which nothing was measured may be off by more than is registered: so much is looked around. */
const unmeasured = 30_000;

/**
 * Candidates are all that may have been there by the margins of the clocks. Beside one whose lines are near to the time, a
 * session with one line only, far from it, is none: that both had the port at once and just this one was meant is too rare.
 * It, or another's just beyond the margin of a clock that nobody measured, stands at the candidate as its rival.
 */
function withRivals(told: readonly Told[], window: Window, clockIn: Walk['clockIn']): Translation[] {
  const reach = (one: Told, more: number) =>
    mayTouch(one.span, window, clockIn(one.span.first.sourceId).marginMs + more);
  const touching = told.filter((one) => reach(one, 0));
  const isShown = touching.some((one) => one.hold !== 'far');
  const candidates = touching.filter((one) => !(isShown && one.kind === 'nat' && one.hold === 'far'));
  const hidden = told.filter(
    (one) =>
      !touching.includes(one) && !clockIn(one.span.first.sourceId).isMeasured && reach(one, unmeasured),
  );
  const others = (list: readonly Told[], own: Told) =>
    list.some((one) => one.ip !== own.ip || one.realm !== own.realm);
  const far = touching.filter((one) => !candidates.includes(one));
  return candidates.map((one): Translation => {
    const near = others(far, one) ? 'far' : others(hidden, one) ? 'clock' : null;
    const { realm, ip, port, isDisputed, ...hop } = one;
    const rival = isDisputed ? 'exporters' : near;
    return { hop: { ...hop, rival }, realm, ip, port };
  });
}

function holdsPort(block: BlockFact, port: number | null): boolean {
  if (port === null) return true;
  return port >= block.lo && port <= block.hi && (port - block.lo) % Math.max(1, block.step) === 0;
}

/** A block is held for hours and days: that its end did not come yet says little against it. */
function blockHoldOf(span: Span<BlockFact>, window: Window): NatHold {
  const hold = natHoldOf(span, window);
  return hold === 'far' && span.start !== null ? 'open' : hold;
}

function goOn(walk: Walk, realm: string, ip: string, port: number | null, hops: readonly Hop[]): Origin[] {
  const { facts } = walk;
  if (proxySourcesAt(facts, ip).some((source) => source.realm === realm))
    return beyondProxy(walk, ip, realm, hops);
  const isExit = facts.allocations.some((hit) => hit.ip === ip && hit.realm === realm && hit.role === 'exit');
  if (!isExit) return [originOf(realm, ip, hops, null), ...behindUnknownProxy(walk, realm, ip, hops)];
  const beyond = hops.length < mostHops ? beyondNat(walk, { ip, port }, hops) : [];
  return beyond.length > 0 ? beyond : [originOf(realm, ip, hops, 'second_nat')];
}

/** The clients whose requests the proxy was serving; itself, when its log shows none. */
function beyondProxy(walk: Walk, ip: string, realm: string, hops: readonly Hop[]): Origin[] {
  walk.proxies.push(ip);
  const ids = new Set(proxySourcesAt(walk.facts, ip).map((source) => source.id));
  const serving = servedThen(walk, (request) => ids.has(request.sourceId) && request.proxyIp === ip);
  if (serving.length === 0) return [originOf(realm, ip, hops, 'proxy')];
  const meant = serving.filter((request) => isMeant(request, hops));
  return (meant.length > 0 ? meant : serving).map((request) => clientOf(walk, request, hops));
}

/** A request to another place was not over this connection, though its own line may be missing. */
function isMeant(request: RequestFact, hops: readonly Hop[]): boolean {
  const last = hops.at(-1);
  if (!last || request.isAsked === true) return true;
  return last.kind === 'nat' && request.serves.includes(farEndOf(last));
}

function farEndOf({ span }: Extract<Hop, { kind: 'nat' }>): string {
  const { pubIp, pubPort, peer } = span.first;
  return `${pubIp} ${pubPort} ${peer}`;
}

/** Clients of a proxy of the realm that was fetching from the session's far end then: the address may be that proxy's. */
function behindUnknownProxy(walk: Walk, realm: string, ip: string, hops: readonly Hop[]): Origin[] {
  const last = hops.at(-1);
  if (last?.kind !== 'nat') return [];
  const name = farEndOf(last);
  const isClient = walk.facts.requests.some((one) => one.realm === realm && one.clientIp === ip);
  if (isClient) return [];
  return servedThen(walk, (one) => one.realm === realm && one.serves.includes(name)).map((request) =>
    clientOf(walk, request, hops),
  );
}

/** Without a port, but with the page that was fetched: the clients whom any proxy of the realm was serving it then. */
function whoFetched(walk: Walk, realm: string): Origin[] {
  if (!walk.question.url || walk.question.port !== null) return [];
  return servedThen(walk, (one) => one.realm === realm && one.isAsked === true && one.proxyIp === '').map(
    (request) => clientOf(walk, request, []),
  );
}

/** Whether the log of that proxy shows the asked address as its client then. */
export function wasClient(question: TraceQuestion, facts: TraceFacts, proxy: string): boolean {
  const walk = { question, facts, endpoints: [], proxies: [], ...timesOf(facts, question.at) };
  const isOfIt = (one: RequestFact) => one.proxyIp === proxy && one.clientIp === question.ip;
  return servedThen(walk, isOfIt).length > 0;
}

function servedThen(
  { question, facts, clockIn, timeOf }: Walk,
  isOurs: (request: RequestFact) => boolean,
): RequestFact[] {
  const window = windowOf(question);
  return facts.requests.filter((request) => {
    if (request.isAsked === false || !isOurs(request)) return false;
    const end = timeOf(request);
    const margin = clockIn(request.sourceId).marginMs;
    return end - request.took - margin <= window.to && end + margin >= window.from;
  });
}

function clientOf({ question, timeOf }: Walk, request: RequestFact, hops: readonly Hop[]): Origin {
  const window = windowOf(question);
  const end = timeOf(request);
  const inside = end - request.took - 1000 <= window.to && end + 1000 >= window.from;
  const hold = inside ? 'covers' : 'near';
  const hop: Hop = { kind: 'proxy', request, isMeant: isMeant(request, hops), hold, rival: null };
  return originOf(request.realm, request.clientIp, [...hops, hop], null);
}

const strength: Record<NatHold, number> = { far: 0, open: 1, near: 2, covers: 3 };

function originOf(realm: string, insideIp: string, hops: readonly Hop[], end: Origin['end']): Origin {
  const weakest = hops.map((hop) => hop.hold).sort((a, b) => strength[a] - strength[b])[0];
  return { realm, insideIp, hops, nat: weakest ?? 'none', end };
}

/** One origin for each inside address; its best way counts, all are kept. */
function merge(origins: readonly Origin[]): Origin[] {
  const groups = Map.groupBy(origins, (one) => `${one.realm} ${one.insideIp} ${one.end}`);
  return [...groups.values()].map((same) => {
    const best = same.toSorted((a, b) => score(b) - score(a));
    return { ...best[0]!, hops: [...new Set(best.flatMap((one) => one.hops))] };
  });
}

function score({ nat }: Origin): number {
  return nat === 'none' ? 4 : strength[nat];
}
