/** Which MACs were seen at an address around a time: ARP, neighbour tables, arpwatch, RADIUS. Pure. */
import type { SightingFact } from './facts.ts';

/** A sighting at its corrected time. */
export interface Seen extends SightingFact {
  readonly time: number;
  /** The hardware address of the line itself: `mac` stands for all of one device (`cardsOf`). */
  readonly written?: string;
}

/**
 * `bracketed`: seen before and after, nobody else in between, and close enough together; `within`: seen a little before
 * (or after) only; `open`: seen, long ago.
 */
export type SightingHold = 'bracketed' | 'within' | 'open';

export interface SightingBinding {
  readonly mac: string;
  readonly hold: SightingHold;
  readonly before: Seen | null;
  readonly after: Seen | null;
  /** A later line says that the address was its until then: no lease of another's overrules that. */
  readonly isStill: boolean;
}

const minute = 60_000;
/** Tables are polled every few minutes; between two sightings further apart an address may have changed hands and back. */
const closeTogether = 30 * minute;
const soon = 15 * minute;
/** What was seen longer ago says nothing any more. */
const stale = 24 * 60 * minute;

/**
 * `seen` in order of time; `[from, to]` is the asked time with the clocks' tolerance. `ends`: of sessions whose end no line of
 * their own tells (`endsOf`).
 */
export function bindSightings(
  seen: readonly Seen[],
  from: number,
  to: number,
  ends: readonly Seen[] = [],
): SightingBinding[] {
  const over = new Set(ends.filter((one) => one.time < from).map((one) => `${one.mac} ${one.session}`));
  const isOver = (one: Seen) => one.kind === 'radius' && over.has(`${one.mac} ${one.session}`);
  const named = seen.filter((one) => one.mac !== '');
  const found = new Map<string, SightingBinding>();
  const still = formerOf(named, to);
  const add = (mac: string) => {
    if (!found.has(mac)) found.set(mac, { ...bindingOf(mac, named, from, to), isStill: mac === still });
  };
  const last = named.findLast((one) => one.time < from && !isOver(one));
  if (last && last.action !== 'stop' && (from - last.time <= stale || isSession(last))) add(last.mac);
  for (const one of named) if (one.time >= from && one.time <= to) add(one.mac);
  if (still) add(still);
  // Two RADIUS sessions may hold one address at once, if one access server lies: both are told.
  for (const one of openSessions(named, from)) if (!isOver(one)) add(one.mac);
  if (found.size === 0) {
    const next = named.find((one) => one.time > to);
    if (next && next.time - to <= soon && next.action !== 'start' && next.action !== 'changed') add(next.mac);
  }
  return [...found.values()];
}

const isSession = (one: Seen) => one.kind === 'radius' && one.session !== '';

function openSessions(named: readonly Seen[], from: number): Seen[] {
  const newest = new Map<string, Seen>();
  for (const one of named) {
    if (isSession(one) && one.time < from) newest.set(`${one.sourceId} ${one.session}`, one);
  }
  return [...newest.values()].filter((one) => one.action !== 'stop' && from - one.time <= stale);
}

/** Of whom the next change says that the address was theirs until then, by the witness who had seen them there. */
function formerOf(named: readonly Seen[], to: number): string | null {
  const turn = named.find((one) => one.time > to && one.action === 'changed' && one.oldMac !== '');
  if (!turn) return null;
  const seen = named.some(
    (one) =>
      one.mac === turn.oldMac && one.sourceId === turn.sourceId && one.time <= to && to - one.time <= stale,
  );
  return seen ? turn.oldMac : null;
}

type Bound = Omit<SightingBinding, 'isStill'>;

function bindingOf(mac: string, named: readonly Seen[], from: number, to: number): Bound {
  const own = named.filter((one) => one.mac === mac);
  const before = own.findLast((one) => one.time <= to) ?? null;
  const after = own.find((one) => one.time > to) ?? null;
  const others = named.some(
    (one) =>
      one.mac !== mac &&
      one.time > (before?.time ?? from) - minute &&
      one.time < (after?.time ?? to) + minute,
  );
  if (others) return { mac, hold: 'open', before, after };
  if (before && after && goesOn(before, after)) return { mac, hold: 'bracketed', before, after };
  const near = Math.min(before ? from - before.time : Infinity, after ? after.time - to : Infinity);
  return { mac, hold: near <= soon ? 'within' : 'open', before, after };
}

/** Both of one RADIUS session, however long; else close together, and the later does not begin anew. */
function goesOn(before: Seen, after: Seen): boolean {
  if (before.action === 'stop' || after.action === 'start') return false;
  if (isSession(before) && before.session === after.session && before.sourceId === after.sourceId)
    return true;
  return after.action !== 'changed' && after.time - before.time <= closeTogether;
}
