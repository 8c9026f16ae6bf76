/** Since when an address was a hardware address's without a break: a connection is of whoever began it. Pure. */
import type { PlacedLease } from './holders.ts';
import type { Seen } from './sightings.ts';

/** A renewal may come a little after the end that the log tells. */
const late = 60_000;

export interface HeldSince {
  /** Corrected time; `null`: no lease tells it. */
  readonly at: number | null;
  /** The logs know the address from before: then that it was not its own yet is told, and not only untold. */
  readonly isTold: boolean;
}

/** `leases` and `seen` of the address in order of time; `to`: the asked time. */
export function heldSince(
  mac: string,
  leases: readonly PlacedLease[],
  seen: readonly Seen[],
  to: number,
): HeldSince {
  const events = leases.filter((one) => one.action !== 'nak' && one.at <= to);
  let at: number | null = null;
  let place = events.length;
  for (let i = events.length - 1; i >= 0; i -= 1) {
    const event = events[i]!;
    const isOwn = event.mac === mac && event.action === 'ack';
    if (!isOwn && at !== null) break;
    if (!isOwn) continue;
    if (at !== null && event.leaseSeconds > 0 && at > event.at + event.leaseSeconds * 1000 + late) break;
    at = event.at;
    place = i;
  }
  const stranger = seen.findLastIndex((one) => one.mac !== '' && one.mac !== mac && one.time <= to);
  const own = seen.slice(stranger + 1).find((one) => one.mac === mac && one.time <= to);
  if (at !== null && own && own.time < at) at = own.time;
  return { at, isTold: place > 0 || stranger >= 0 };
}
