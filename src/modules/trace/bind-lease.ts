/** Which MACs may have held an inside address at a time, from the DHCP events of that address. Pure. */

/** One DHCP event; times in epoch milliseconds. */
export interface LeaseFact {
  readonly at: number;
  readonly action: 'ack' | 'release' | 'nak' | 'decline' | 'expire';
  readonly source: number;
  readonly mac: string;
  /** 0: not told. */
  readonly leaseSeconds: number;
}

/**
 * How firmly the address was the MAC's: `bracketed` by events of that MAC before and after; `within` the lease
 * that it had got; `open`: it had got the address, and nothing proves that it still had it.
 */
export type LeaseHold = 'bracketed' | 'within' | 'open';

export interface LeaseBinding<T extends LeaseFact> {
  readonly mac: string;
  readonly hold: LeaseHold;
  readonly before: T;
  readonly after: T | null;
  /**
   * No renewal that was due is missing, and the server had not given the address to somebody else for longer. A lease
   * that is not firm may be that of a machine that has gone, and whose address another takes without asking.
   */
  readonly isFirm: boolean;
}

/**
 * MACs that may have held the address at some time in `[from, to]`, the asked time with its tolerance. A later
 * assignment by the same server ends an earlier one; one by another server does not, since one of them may be
 * wrong: then both are told. NAK binds nothing. `events` are in order of time. `rhythm`: believe renewals more than the
 * lease time that was told.
 */
export function bindLeases<T extends LeaseFact>(
  events: readonly T[],
  from: number,
  to: number,
  { rhythm }: { readonly rhythm: boolean } = { rhythm: true },
): LeaseBinding<T>[] {
  const bindings: LeaseBinding<T>[] = [];
  const byMac = Map.groupBy(
    events.filter((event) => event.action !== 'nak'),
    (event) => event.mac,
  );
  for (const [mac, own] of byMac) {
    const before = own.findLast((event) => event.action === 'ack' && event.at <= to);
    if (!before || endedBefore(before, own, events, from)) continue;
    const held = holdOf(before, own, events, to);
    const due = rhythm ? rhythmOf(before, own) : null;
    const isFirm = isRenewed(before, held.after?.at ?? to, due) && !isTaken(before, events);
    bindings.push({ mac, before, ...held, isFirm });
  }
  return bindings;
}

/** Whether the assignment was certainly over before `from`. */
function endedBefore<T extends LeaseFact>(
  ack: T,
  own: readonly T[],
  all: readonly T[],
  from: number,
): boolean {
  if (ack.leaseSeconds > 0 && expiryOf(ack) < from) return true;
  if (own.some((event) => event.action !== 'ack' && event.at >= ack.at && event.at < from)) return true;
  const heir = all.find(
    (event) =>
      event.action === 'ack' &&
      event.mac !== ack.mac &&
      event.source === ack.source &&
      event.at > ack.at &&
      event.at < from,
  );
  // Refused later: it had gone on using what the server, started with an empty lease file, had given away.
  return heir !== undefined && !all.some((event) => isRefused(event, ack, from));
}

function isRefused(event: LeaseFact, ack: LeaseFact, from: number): boolean {
  return event.action === 'nak' && event.mac === ack.mac && event.at >= from && event.at <= expiryOf(ack);
}

/** A client renews at half of its lease (RFC 2131 §4.4.5): a little later something is missing, the client or a line. */
function isRenewed(before: LeaseFact, at: number, due: number | null): boolean {
  const half = Math.min(before.leaseSeconds * 500, due ?? Number.POSITIVE_INFINITY);
  return before.leaseSeconds > 0 && at - before.at <= half * 1.2 + 30_000;
}

/** A machine that is started twice asks twice, and not three times at even distances. */
const evenly = 0.1;
const shortestRenewal = 120_000;

/**
 * The distance of the last renewals, where two were even and much sooner than at half of the lease that is told: many
 * servers' lines do not tell the lease time, and the source's was registered before the server's was changed.
 */
function rhythmOf(before: LeaseFact, own: readonly LeaseFact[]): number | null {
  const acks = own.filter(
    (one) => one.action === 'ack' && one.source === before.source && one.at <= before.at,
  );
  const [first, second, third] = acks.slice(-3);
  if (!first || !second || !third) return null;
  const [one, other] = [second.at - first.at, third.at - second.at] as const;
  const longer = Math.max(one, other);
  const isEven = Math.abs(one - other) <= longer * evenly && Math.min(one, other) >= shortestRenewal;
  return isEven && longer < before.leaseSeconds * 450 ? longer : null;
}

/** Given to it while the server had promised the address to another for longer, and had not been told that it is free. */
function isTaken(ack: LeaseFact, events: readonly LeaseFact[]): boolean {
  const former = events.findLast(
    (event) => event.action !== 'nak' && event.mac !== ack.mac && event.at < ack.at,
  );
  return former?.action === 'ack' && expiryOf(former) > ack.at + 1000;
}

function expiryOf(ack: LeaseFact): number {
  return ack.at + ack.leaseSeconds * 1000;
}

function holdOf<T extends LeaseFact>(
  before: T,
  own: readonly T[],
  all: readonly T[],
  to: number,
): { hold: LeaseHold; after: T | null } {
  const next = all.find((event) => event.at > to && event.action !== 'nak');
  const after = own.find((event) => event.at > to && (event.action === 'ack' || event.action === 'release'));
  // Another MAC took the address first, or the lease had run out in between: no unbroken hold.
  const unbroken = after !== undefined && next?.mac === before.mac && !lapsed(before, after);
  if (unbroken) return { hold: 'bracketed', after };
  const changed = next !== undefined && next.mac !== before.mac && next.at <= expiryOf(before);
  const within = before.leaseSeconds > 0 && expiryOf(before) >= to && !changed;
  return { hold: within ? 'within' : 'open', after: null };
}

/** A renewal may come a little after the end that the log tells (clocks, rebinding): 60 s. */
function lapsed(before: LeaseFact, after: LeaseFact): boolean {
  return before.leaseSeconds > 0 && after.at > expiryOf(before) + 60_000;
}
