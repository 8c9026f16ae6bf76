/**
 * From observations to intervals: which hardware address had an address from when to when, by one source. Pure. The same
 * observations give the same intervals, in whatever order and in however many pieces they came.
 */

export type ObservationKind = 'dhcp' | 'radius' | 'arp' | 'nd' | 'arpwatch' | 'fdb';
export type Ending = 'release' | 'expire' | 'decline' | 'nak' | 'stop' | 'superseded' | 'changed';

/** One thing that a line says of one (realm, ip) by one source. Times in epoch milliseconds. */
export interface Observation {
  readonly at: number;
  readonly kind: ObservationKind;
  /** `see`: it had the address at this time. */
  readonly act: 'see' | Exclude<Ending, 'superseded'>;
  readonly mac: string;
  /** RADIUS session; switch and port of a forwarding table. */
  readonly session: string;
  /** Milliseconds for which the address was given; 0: not told. */
  readonly hold: number;
  readonly hostname: string;
  readonly nas: string;
  readonly port: string;
  readonly seg: number;
  readonly seq: number;
}

export interface Place {
  readonly seg: number;
  readonly seq: number;
}

/** `[began, until]`; seen at its beginning and last at `lastProof`, claimed from there to `until`. */
export interface Interval {
  readonly kind: ObservationKind;
  readonly mac: string;
  readonly session: string;
  readonly began: number;
  readonly lastProof: number;
  readonly until: number;
  /** Null: no line says that it is over. Silence never ends it. */
  readonly ended: Ending | null;
  readonly hostname: string;
  readonly nas: string;
  readonly port: string;
  readonly first: Place;
  readonly last: Place;
}

const hour = 3_600_000;
/** A renewal may come a little after the end that the log tells (clocks, rebinding). */
const leaseSlack = 60_000;
/** Where a lease's length is not told, an acknowledgement within a day goes on with the one before. */
const unknownLease = 24 * hour;
/** Tables are read every hour at the latest: what is seen again after one missed reading was there. */
const sightingReach = 2 * hour;
/** Session numbers may come back after a restart of the access server; a session of a week is no session. */
const sessionReach = 7 * 24 * hour;

/** How long after its end an interval may still be gone on with: later observations never change it. */
export function reachOf(interval: Interval): number {
  switch (interval.kind) {
    case 'dhcp':
      return interval.until > interval.lastProof
        ? interval.until + leaseSlack
        : interval.lastProof + unknownLease;
    case 'radius':
      return interval.lastProof + (interval.session === '' ? unknownLease : sessionReach);
    default:
      return interval.lastProof + sightingReach;
  }
}

/** By time; of the same time by place in the logs. Arrival plays no part. */
export function inOrder(observations: readonly Observation[]): readonly Observation[] {
  if (observations.length < 2) return observations;
  return observations.toSorted((a, b) => a.at - b.at || a.seg - b.seg || a.seq - b.seq);
}

/**
 * Goes on from `known` (intervals that later observations may still change) with observations in order, none earlier
 * than what `known` was made from. What was known and did not change is the same object again.
 */
export function goOn(known: readonly Interval[], observations: readonly Observation[]): Interval[] {
  const [only] = known;
  const [next] = observations;
  if (only && next && known.length === 1 && observations.length === 1 && isOneMore(only, next)) {
    return [extended(only, next)];
  }
  const open = new Map<string, Interval>();
  const done: Interval[] = [];
  for (const interval of known.toSorted((a, b) => a.began - b.began)) {
    const before = open.get(identityOf(interval));
    if (before) done.push(before);
    open.set(identityOf(interval), interval);
  }
  for (const one of observations) {
    if (one.act === 'see') see(open, done, one);
    else end(open, one);
  }
  return [...done, ...open.values()];
}

function identityOf({ kind, mac, session }: Pick<Interval, 'kind' | 'mac' | 'session'>): string {
  return `${kind} ${mac} ${session}`;
}

/** What most observations are: the same seen once more, with nothing else about it. */
function isOneMore(interval: Interval, one: Observation): boolean {
  const isSame = interval.mac === one.mac && interval.kind === one.kind && interval.session === one.session;
  return one.act === 'see' && isSame && goesOn(interval, one.at);
}

const goesOn = (interval: Interval, at: number) => interval.ended === null && at <= reachOf(interval);

function see(open: Map<string, Interval>, done: Interval[], one: Observation): void {
  const identity = identityOf(one);
  const before = open.get(identity);
  if (one.kind === 'dhcp') supersede(open, one);
  if (before && goesOn(before, one.at)) {
    open.set(identity, extended(before, one));
    return;
  }
  // Ended and seen within the same instant (lines of whole seconds, a stop that was sent twice): it goes on.
  if (before && before.until === one.at) {
    open.set(identity, { ...extended(before, one), ended: null });
    return;
  }
  if (before) done.push(before);
  open.set(identity, begun(one));
}

/** A server gives an address to one at a time: with the next it is no more the former's. */
function supersede(open: Map<string, Interval>, one: Observation): void {
  for (const [identity, other] of open) {
    if (other.kind !== 'dhcp' || other.mac === one.mac || !goesOn(other, one.at)) continue;
    open.set(identity, { ...other, until: one.at, ended: 'superseded' });
  }
}

function end(open: Map<string, Interval>, one: Observation): void {
  for (const [identity, interval] of open) {
    const meant =
      interval.kind === one.kind &&
      (one.mac === '' || interval.mac === one.mac) &&
      (one.kind !== 'radius' || interval.session === one.session);
    if (!meant || !goesOn(interval, one.at)) continue;
    const ended = one.act as Ending;
    // Who gives an address back, or whose session is stopped, had it until then.
    const proves = ended === 'release' || ended === 'stop';
    open.set(identity, { ...(proves ? extended(interval, one) : interval), until: one.at, ended });
  }
}

/** The time of the last thing that was told of it. */
export function toldTo({ ended, until, lastProof }: Interval): number {
  return ended === null ? lastProof : until;
}

function begun(one: Observation): Interval {
  const { kind, mac, session, at, hold, hostname, nas, port, seg, seq } = one;
  const place = { seg, seq };
  const until = at + hold;
  return {
    kind,
    mac,
    session,
    began: at,
    lastProof: at,
    until,
    ended: null,
    hostname,
    nas,
    port,
    first: place,
    last: place,
  };
}

function extended(interval: Interval, one: Observation): Interval {
  return {
    ...interval,
    lastProof: one.at,
    until: one.at + one.hold,
    hostname: one.hostname || interval.hostname,
    nas: one.nas || interval.nas,
    port: one.port || interval.port,
    last: { seg: one.seg, seq: one.seq },
  };
}

/**
 * From where on intervals must be made anew when something of time `from` is put in between: where the earliest one
 * begins that may be touched, or that reaches one which may be.
 */
export function unsettledFrom(known: readonly Interval[], from: number): number {
  let edge = from;
  for (const interval of known.toSorted((a, b) => reachOf(b) - reachOf(a))) {
    if (reachOf(interval) >= edge) edge = Math.min(edge, interval.began);
  }
  return edge;
}
