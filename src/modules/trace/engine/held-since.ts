/** Since when an address was a hardware address's without a break: a connection is of whoever began it. Pure. */
import type { PlacedLease } from './holders.ts';
import type { Seen } from './sightings.ts';

/** A renewal may come a little after the end that the log tells. */
const late = 60_000;

/**
 * Corrected time, or null when nothing tells it. `leases` and `seen` of the address in order of time; `to`: the asked time.
 * A sighting before the first lease of a row counts only after whatever ended what was before: a release, another's lease,
 * another machine. Without leases the first sighting after another machine's tells it.
 */
export function heldSince(
  mac: string,
  leases: readonly PlacedLease[],
  seen: readonly Seen[],
  to: number,
): number | null {
  const { at, brokenAt } = rowOf(
    mac,
    leases.filter((one) => one.action !== 'nak' && one.at <= to),
  );
  const stranger = seen.findLastIndex((one) => one.mac !== '' && one.mac !== mac && one.time <= to);
  const own = seen
    .slice(stranger + 1)
    .find((one) => one.mac === mac && one.time >= brokenAt && one.time <= to);
  if (at === null) return stranger >= 0 && own ? own.time : null;
  return own && own.time < at ? own.time : at;
}

/** The first of its leases that follow one another up to the end, and when what was before them ended. */
function rowOf(mac: string, events: readonly PlacedLease[]): { at: number | null; brokenAt: number } {
  let at: number | null = null;
  for (const event of events.toReversed()) {
    const isOwn = event.mac === mac && event.action === 'ack';
    if (at === null) {
      if (isOwn) at = event.at;
      continue;
    }
    if (!isOwn) return { at, brokenAt: event.at };
    const until = event.at + event.leaseSeconds * 1000;
    if (event.leaseSeconds > 0 && at > until + late) return { at, brokenAt: until };
    at = event.at;
  }
  return { at, brokenAt: Number.NEGATIVE_INFINITY };
}
