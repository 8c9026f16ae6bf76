/** Which devices may have held an inside address at the time. Pure. */
import { bindLeases, type LeaseBinding, type LeaseFact as LeaseEvent } from '../bind-lease.ts';
import type { Links } from '../rules.ts';
import type {
  AllocationFact,
  CustodyFact,
  DeviceFact,
  LeaseFact,
  SightingFact,
  TraceFacts,
  TraceQuestion,
} from './facts.ts';
import { heldSince } from './held-since.ts';
import { cardsOf, isLocalMac } from './one-device.ts';
import { type Origin, timesOf, windowOf } from './origins.ts';
import { endsOf, sessionOf } from './session-ends.ts';
import { bindSightings, type Seen, type SightingBinding } from './sightings.ts';
import { wholeSecond } from './spans.ts';

/** A lease line at its corrected time. */
export interface PlacedLease extends LeaseEvent {
  readonly fact: LeaseFact;
}

/** What the logs show of one MAC at the address. */
export interface Hold {
  readonly mac: string;
  readonly lease: LeaseBinding<PlacedLease> | null;
  readonly sighting: SightingBinding | null;
  /** Corrected time since when the address was its own without a break; null: no lease tells it. */
  readonly since: number | null;
}

/** One device (or unregistered hardware address) that may be behind the traffic, with all that speaks for it. */
export interface Holder extends Omit<Hold, 'mac' | 'since'> {
  readonly origin: Origin;
  readonly mac: string | null;
  readonly device: DeviceFact | null;
  /** The register's word on the address itself, when it names the same device. */
  readonly byIp: DeviceFact | null;
  readonly custody: CustodyFact | null;
  readonly place: AllocationFact | null;
  readonly links: Links;
}

/** MACs that the logs show at the origin's address around the time. */
export function holdsAt(question: TraceQuestion, facts: TraceFacts, origin: Origin): Hold[] {
  const { clockIn, timeOf } = timesOf(facts, question.at);
  const window = windowOf(question);
  const card = cardsOf(facts);
  const own = <T extends { ip: string; realm: string }>(list: readonly T[]) =>
    list.filter((one) => one.ip === origin.insideIp && one.realm === origin.realm);
  const leases: PlacedLease[] = own(facts.leases)
    .map((fact) => ({
      at: timeOf(fact),
      action: fact.action,
      source: fact.sourceId,
      mac: card(fact.mac),
      leaseSeconds: fact.leaseSeconds,
      fact,
    }))
    .sort((a, b) => a.at - b.at || a.fact.segment - b.fact.segment || a.fact.seq - b.fact.seq);
  const { seen, ends } = seenAt(question, facts, origin);
  const margin = Math.max(
    1000,
    ...new Set(
      [...leases.map((one) => one.source), ...seen.map((one) => one.sourceId)].map(
        (id) => clockIn(id).marginMs,
      ),
    ),
  );
  const [from, to] = [window.from - margin, window.to + margin];
  const bound = bindLeases(leases, from, to, { rhythm: isNewer(facts) }).map((lease) =>
    contradicted(lease, leases, seen, from, to),
  );
  const sightings = bindSightings(seen, from, to, ends).filter((one) => !isOverruled(one, leases, from));
  const macs = new Set([...bound.map((one) => one.mac), ...sightings.map((one) => one.mac)]);
  return [...macs].map((mac) => {
    const lease = bound.find((one) => one.mac === mac) ?? null;
    const sighting = sightings.find((one) => one.mac === mac) ?? null;
    const since = heldSince(mac, leases, seen, to);
    const shown = lease?.before.fact.mac ?? sighting?.before?.written ?? sighting?.after?.written ?? mac;
    return { mac: shown, lease, sighting, since };
  });
}

/** What was seen at the origin's address, and the ends that other lines tell; both in order of time. */
function seenAt(
  question: TraceQuestion,
  facts: TraceFacts,
  { insideIp, realm }: Origin,
): { readonly seen: readonly Seen[]; readonly ends: readonly Seen[] } {
  const { timeOf } = timesOf(facts, question.at);
  const card = cardsOf(facts);
  const all: Seen[] = facts.sightings
    .map((fact) => ({ ...fact, mac: card(fact.mac), written: fact.mac, time: timeOf(fact) }))
    .sort((a, b) => a.time - b.time || a.segment - b.segment || a.seq - b.seq);
  const isHere = (one: Seen) => one.ip === insideIp && one.realm === realm;
  const seen = all.filter(isHere);
  const elsewhere = all.filter((one) => one.kind === 'radius' && !isHere(one));
  return { seen, ends: endsOf(seen, elsewhere) };
}

/** Another MAC seen at the address between the lines that bracket the lease, or one that must be there: nothing is bracketed. */
function contradicted(
  lease: LeaseBinding<PlacedLease>,
  leases: readonly PlacedLease[],
  seen: readonly Seen[],
  from: number,
  to: number,
): LeaseBinding<PlacedLease> {
  const [since, until] = [Math.min(lease.before.at, from), Math.max(lease.after?.at ?? to, to)];
  const other = seen.some(
    (one) => one.mac !== '' && one.mac !== lease.mac && one.time > since && one.time < until,
  );
  return other || isSquatted(lease.mac, leases, from, to) ? { ...lease, hold: 'open' } : lease;
}

/** Facts of older bags are judged as they were. */
export const isNewer = ({ rulesOf }: TraceFacts) => (rulesOf ?? 0) >= 3;

const halfDay = 43_200_000;

/** Clients declined the address again and again: somebody uses it who never asked for it, and no lease tells when. */
function isSquatted(mac: string, leases: readonly PlacedLease[], from: number, to: number): boolean {
  const found = leases.filter(
    (one) => one.action === 'decline' && one.mac !== mac && one.at > from - halfDay && one.at < to + halfDay,
  );
  return found.length > 1;
}

/** So long after an address was given whoever used it without a lease may still be there. */
const settles = 60_000;

/**
 * A sighting is old news when the server gave the address to somebody else after it, before the asked time. A renewal is no
 * such news: who was seen between two of them was there beside the holder.
 */
function isOverruled(sighting: SightingBinding, leases: readonly PlacedLease[], from: number): boolean {
  const { before, isStill } = sighting;
  if (isStill) return false;
  // Who never asked for it does not hear that it is another's now; some time they disturb each other.
  const asked = leases.some((one) => one.action === 'ack' && one.mac === sighting.mac);
  const until = asked ? from : from - settles;
  const given = leases.filter((one) => one.action === 'ack' && one.mac !== sighting.mac && one.at < until);
  if (!before) return given.length > 0;
  const had = (one: PlacedLease) =>
    given.some(
      (earlier) =>
        earlier.mac === one.mac &&
        earlier.at <= before.time &&
        earlier.at + earlier.leaseSeconds * 1000 >= before.time,
    );
  return given.some((one) => one.at > before.time + 60_000 && !had(one));
}

/** One holder for each device that logs or register name; where they disagree, each is a holder of its own. */
export function findHolders(
  question: TraceQuestion,
  facts: TraceFacts,
  origins: readonly Origin[],
): Holder[] {
  return origins.flatMap((origin) => {
    const byIp =
      facts.devices.find(
        (one) => one.by === 'ip' && one.realm === origin.realm && one.asked === origin.insideIp,
      ) ?? null;
    const holds = origin.end === null ? holdsAt(question, facts, origin) : [];
    return draftsOf(origin, holds, byIp, facts).map((draft) => complete(draft, byIp, question, facts));
  });
}

type Draft = Pick<Holder, 'origin' | 'lease' | 'sighting' | 'mac' | 'device'> & Pick<Hold, 'since'>;

function draftsOf(
  origin: Origin,
  holds: readonly Hold[],
  byIp: DeviceFact | null,
  facts: TraceFacts,
): Draft[] {
  const drafts: Draft[] = holds.map((hold) => {
    const device = facts.devices.find((one) => one.by === 'mac' && one.asked === hold.mac) ?? null;
    // The address is registered to a device without a hardware address, and this one is nobody else's.
    const joins = !device && byIp !== null && byIp.mac === null && holds.length === 1;
    return { origin, ...hold, device: joins ? byIp : device };
  });
  const told = byIp === null || drafts.some((draft) => draft.device?.deviceId === byIp.deviceId);
  const empty = { origin, lease: null, sighting: null, since: null };
  if (!told) drafts.push({ ...empty, mac: byIp.mac, device: byIp });
  if (drafts.length === 0) drafts.push({ ...empty, mac: null, device: null });
  return onePerDevice(drafts);
}

/** Two network cards of one device at one address are one candidate; what speaks best for it is kept. */
function onePerDevice(drafts: readonly Draft[]): Draft[] {
  const groups = Map.groupBy(drafts, (one) => one.device?.deviceId ?? one);
  return [...groups.values()].map((same) => same.toSorted((a, b) => weightOf(b) - weightOf(a))[0]!);
}

const leaseWeight = { bracketed: 3, within: 2, open: 1 } as const;

function weightOf({ lease, sighting }: Draft): number {
  return (lease ? leaseWeight[lease.hold] : 0) + (sighting ? leaseWeight[sighting.hold] : 0);
}

function complete(draft: Draft, byIp: DeviceFact | null, question: TraceQuestion, facts: TraceFacts): Holder {
  const { origin, lease, sighting, mac, device } = draft;
  const { at } = question;
  const custody = device ? (facts.custody.find((one) => one.deviceId === device.deviceId) ?? null) : null;
  const isByIp = device !== null && byIp?.deviceId === device.deviceId;
  const registeredIp = isByIp && !hasGone(draft, byIp, facts);
  const stated = [device, isByIp ? byIp : null, custody].filter((fact) => fact !== null);
  const place =
    facts.allocations.find(
      (hit) => hit.ip === origin.insideIp && hit.realm === origin.realm && hit.role === 'inside',
    ) ?? null;
  const leaseHold = lease?.hold ?? 'none';
  const sightingHold = sighting?.hold ?? 'none';
  const sureLease = leaseHold === 'bracketed' || leaseHold === 'within';
  const sureSighting = sightingHold === 'bracketed' || sightingHold === 'within';
  const isByMac = device?.by === 'mac';
  return {
    ...draft,
    custody,
    byIp: isByIp ? byIp : null,
    place,
    links: {
      nat: origin.nat,
      end: origin.end,
      lease: leaseHold,
      sighting: sightingHold,
      macRandom: mac !== null && isLocalMac(mac),
      hasDevice: device !== null,
      registeredIp,
      isElsewhere: isByMac && !isByIp && isElsewhere(device.unitPath, place),
      agrees:
        isByMac &&
        ((registeredIp && (lease?.isFirm === true || sureSighting)) ||
          (sureLease && sureSighting) ||
          (lease?.isFirm === true && lease.after !== null) ||
          sightingHold === 'bracketed'),
      timely: stated.every((fact) => fact.validFrom !== null || fact.recordedAt <= at),
      hasOwner: custody?.personId != null,
      viaProxy: origin.hops.some((hop) => hop.kind === 'proxy'),
      farEndKnown: origin.hops.every((hop) => hop.kind !== 'proxy' || hop.isMeant),
      clockSure: clocksSure(draft, question, facts),
      rival: rivalOf(draft, question, facts),
      session: begunBy(draft, question, facts),
    },
  };
}

/**
 * It gets its registered address by lease or by signing in, and had neither then: the register tells nothing of it, whoever
 * used the address.
 */
function hasGone(draft: Draft, byIp: DeviceFact | null, facts: TraceFacts): boolean {
  const { origin, lease, sighting } = draft;
  if (lease !== null || byIp === null) return false;
  const isOfIt = (one: LeaseFact | SightingFact) =>
    one.ip === origin.insideIp &&
    one.realm === origin.realm &&
    one.mac !== '' &&
    (one.mac === byIp.mac || one.mac === draft.mac);
  const signsIn = isNewer(facts) && sighting === null;
  return (
    facts.leases.some((one) => one.action === 'ack' && isOfIt(one)) ||
    (signsIn && facts.sightings.some((one) => sessionOf(one) !== null && isOfIt(one)))
  );
}

/**
 * Whether the connection was begun while the address was its own: one that is older is somebody else's still. Where only
 * the tolerance of the clocks lets it be its own, nothing is proven.
 */
function begunBy(draft: Draft, question: TraceQuestion, facts: TraceFacts): Links['session'] {
  const { origin, since, lease, sighting } = draft;
  const told = lease?.before.source ?? (sighting?.before ?? sighting?.after)?.sourceId;
  if (since === null || told === undefined) return 'own';
  const { clockIn } = timesOf(facts, question.at);
  const begins = origin.hops.flatMap((hop) => {
    if (hop.kind !== 'nat' || hop.span.first.inIp !== origin.insideIp || hop.span.start === null) return [];
    return [{ start: hop.span.start, margin: clockIn(hop.span.first.sourceId).marginMs }];
  });
  const margin = clockIn(told).marginMs + wholeSecond;
  const isOwn = begins.every((one) => one.start + one.margin + margin >= since);
  if (!isOwn) return 'others';
  if (!begins.every((one) => one.start + wholeSecond >= since)) return 'older';
  const settled = since + settles + margin;
  return begins.some((one) => one.start - one.margin < settled) ? 'fresh' : 'own';
}

/** Of a school that is neither above nor below the address's: moved, or its hardware address was copied. */
function isElsewhere(unitPath: string, place: AllocationFact | null): boolean {
  if (!place) return false;
  const [one, other] = [`${unitPath}.`, `${place.unitPath}.`];
  return !one.startsWith(other) && !other.startsWith(one);
}

function clocksSure({ origin, lease, sighting }: Draft, question: TraceQuestion, facts: TraceFacts): boolean {
  const { clockIn } = timesOf(facts, question.at);
  const used = [
    ...origin.hops.flatMap((hop) =>
      hop.kind === 'rule' ? [] : [hop.kind === 'proxy' ? hop.request.sourceId : hop.span.first.sourceId],
    ),
    ...(lease ? [lease.before.source] : []),
    ...[sighting?.before, sighting?.after].flatMap((one) => (one ? [one.sourceId] : [])),
  ];
  return used.every((id) => clockIn(id).basis !== 'unsure');
}

/** Nearer to the time than this a change of the address may be on its other side by a clock that nobody measured. */
const unmeasured = 30_000;

function rivalOf({ origin, mac }: Draft, question: TraceQuestion, facts: TraceFacts): Links['rival'] {
  const rivals = origin.hops.map((hop) => hop.rival);
  if (rivals.includes('exporters')) return 'exporters';
  if (rivals.includes('far')) return 'far';
  const { clockIn, timeOf } = timesOf(facts, question.at);
  const card = cardsOf(facts);
  const isOther = (one: LeaseFact | SightingFact) => mac === null || card(one.mac) !== card(mac);
  const { from, to } = windowOf(question);
  const isHidden = (line: LeaseFact | SightingFact) => {
    if (line.ip !== origin.insideIp || line.realm !== origin.realm) return false;
    if (clockIn(line.sourceId).isMeasured) return false;
    const at = timeOf(line);
    return at >= from - unmeasured && at <= to + unmeasured;
  };
  const changes =
    facts.leases.some(
      (one) => one.action !== 'nak' && (isOther(one) || one.action !== 'ack') && isHidden(one),
    ) ||
    facts.sightings.some((one) => (isOther(one) || one.action === 'changed') && isHidden(one)) ||
    seenAt(question, facts, origin).ends.some((one) => !isOther(one) && isHidden(one));
  return changes || rivals.includes('clock') ? 'clock' : null;
}
