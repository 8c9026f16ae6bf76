/** The verdict of a trace: what may be called proven, and why not. Pure. */
import type { LeaseHold } from './bind-lease.ts';
import type { NatHold } from './engine/spans.ts';

export type Verdict = 'proven' | 'probable' | 'ambiguous' | 'not_provable';

/** What is known of one possible origin. */
export interface Links {
  /** The translations on the way, the weakest of them: `none` needed, `covers` the time by lines on both sides, … */
  readonly nat: NatHold | 'none';
  /** The chain ends at a second NAT or at a proxy whose own logs do not lead on. */
  readonly end: 'second_nat' | 'proxy' | null;
  readonly lease: LeaseHold | 'none';
  /** The same by ARP, neighbour tables and RADIUS. */
  readonly sighting: LeaseHold | 'none';
  readonly macRandom: boolean;
  readonly hasDevice: boolean;
  /** The register has a device for this inside address at that time, apart from any lease. */
  readonly registeredIp: boolean;
  /**
   * The MAC that the logs show is the registered device's, and a second witness agrees: the registered address, logs of
   * another kind, or lines of one on both sides of the time between which the address was never free.
   */
  readonly agrees: boolean;
  /**
   * The connection was begun when the address was not the device's: `others`, as the leases tell; `older` than they tell.
   * `fresh`: in the first minute after the address was given to it, when another may still have been there.
   */
  readonly session: 'own' | 'fresh' | 'older' | 'others';
  /** The device is registered at another unit than the address, and its address tells nothing of it. */
  readonly isElsewhere: boolean;
  /** What the register says of that time was known then, or has a stated start before it. */
  readonly timely: boolean;
  readonly hasOwner: boolean;
  /**
   * A proxy stands on the way. Its log tells who was fetching from the far end then, not which request went over which of
   * its connections.
   */
  readonly viaProxy: boolean;
  /** The request through the proxy went where the asked connection went, as far as that is known of both. */
  readonly farEndKnown: boolean;
  /** No clock on the way was measured to be wrong in a way that cannot be corrected. */
  readonly clockSure: boolean;
  /**
   * Something else might have been at a place on the way: `far`, a session of which only one line was recorded, long before
   * or after; `clock`, a change so near to the time that a clock of which nothing was measured may hide it; `exporters`, two
   * sources that tell the translation at different times.
   */
  readonly rival: 'far' | 'clock' | 'exporters' | null;
}

export type ReasonCode =
  | 'proven'
  | 'no_candidate'
  | 'several'
  | 'second_nat'
  | 'proxy'
  | 'not_registered'
  | 'session_older'
  | 'just_given'
  | 'elsewhere'
  | 'no_binding'
  | 'nat_open'
  | 'nat_far'
  | 'nat_near'
  | 'no_lease'
  | 'lease_open'
  | 'mac_random'
  | 'single_source'
  | 'entered_later'
  | 'no_owner'
  | 'clock'
  | 'clock_untold'
  | 'rival'
  | 'exporters'
  | 'via_proxy'
  | 'no_port'
  | 'portless'
  | 'forwarded'
  | 'forwarded_unseen'
  | 'coverage';

/**
 * `proven`: exactly one candidate, every link shown by two witnesses around the time, nothing missing from the logs.
 * `probable`: one candidate with a weaker link. Several candidates are never more than `ambiguous`; no candidate, or none
 * that leads to a registered device, is `not_provable`.
 */
export function judgeTrace(
  candidates: readonly Links[],
  coverageComplete: boolean,
): { verdict: Verdict; because: ReasonCode[] } {
  const gap: ReasonCode[] = coverageComplete ? [] : ['coverage'];
  const [only, ...others] = candidates;
  if (!only) return { verdict: 'not_provable', because: ['no_candidate', ...gap] };
  if (others.length > 0) return { verdict: 'ambiguous', because: ['several', ...gap] };
  const dead = deadEndOf(only, coverageComplete);
  if (dead) return { verdict: 'not_provable', because: [dead, ...gap] };
  const weak = [...weaknessesOf(only), ...gap];
  return weak.length === 0
    ? { verdict: 'proven', because: ['proven'] }
    : { verdict: 'probable', because: weak };
}

const isFirm = (hold: LeaseHold | 'none') => hold === 'bracketed' || hold === 'within';

/** What leaves nothing to go on with. A gap in the logs and one side missing: another may have come in between unseen. */
function deadEndOf(links: Links, coverageComplete: boolean): ReasonCode | undefined {
  const { nat, lease, sighting, registeredIp } = links;
  const isBracketed = lease === 'bracketed' || sighting === 'bracketed';
  if (links.end) return links.end;
  if (!links.hasDevice) return 'not_registered';
  if (links.isElsewhere) return 'elsewhere';
  if (links.session === 'others') return 'session_older';
  // Another machine was seen there a minute before, and no lease told either of them whose address it is.
  if (links.session === 'fresh' && lease === 'none') return 'just_given';
  if (!isFirm(lease) && !isFirm(sighting) && !registeredIp) return 'no_binding';
  if (!isBracketed && !registeredIp && !coverageComplete) return 'no_binding';
  // The line of the one who was it may be the very line that is missing.
  if (links.viaProxy && (!coverageComplete || !links.farEndKnown)) return 'via_proxy';
  if (nat === 'far') return 'nat_far';
  if (links.rival === 'exporters') return 'exporters';
  // Its lines may be among those that are missing.
  if (links.rival === 'far' && !coverageComplete) return 'rival';
  // Any moment of a wide window would have had somebody.
  if (!links.clockSure && nat !== 'covers' && nat !== 'none') return 'clock';
  if ((nat === 'open' || nat === 'near') && !coverageComplete)
    return nat === 'open' ? 'nat_open' : 'nat_near';
  return undefined;
}

function weaknessesOf(links: Links): ReasonCode[] {
  const seen = isFirm(links.sighting);
  const checks: [boolean, ReasonCode][] = [
    [links.nat === 'open', 'nat_open'],
    [links.nat === 'near', 'nat_near'],
    [links.lease === 'none' && !seen, 'no_lease'],
    [links.lease === 'open' && !seen, 'lease_open'],
    [links.macRandom, 'mac_random'],
    [links.session === 'older', 'session_older'],
    [links.session === 'fresh', 'just_given'],
    [!links.agrees, 'single_source'],
    [!links.timely, 'entered_later'],
    [!links.hasOwner, 'no_owner'],
    [links.viaProxy, 'via_proxy'],
    [!links.clockSure, 'clock'],
    [links.rival === 'clock', 'clock_untold'],
    [links.rival === 'far', 'rival'],
  ];
  return checks.filter(([weak]) => weak).map(([, code]) => code);
}
