/** The verdict of a trace: what may be called proven, and why not. Pure. */
import type { LeaseHold } from './bind-lease.ts';

export type Verdict = 'proven' | 'probable' | 'ambiguous' | 'not_provable';

/** What is known of one possible origin. */
export interface Links {
  /** The translation: `none` needed, `covers` the time by lines on both sides, `open` on one. */
  readonly nat: 'none' | 'covers' | 'open';
  /** The inside address is itself a translated one: the chain ends at a second NAT. */
  readonly secondNat: boolean;
  readonly lease: LeaseHold | 'none';
  readonly macRandom: boolean;
  readonly hasDevice: boolean;
  /** The register has a device for this inside address at that time, apart from any lease. */
  readonly registeredIp: boolean;
  /** Lease and register agree: the MAC of the lease and the address belong to one device. */
  readonly agrees: boolean;
  /** What the register says of that time was known then, or has a stated start before it. */
  readonly timely: boolean;
  readonly hasOwner: boolean;
}

export type ReasonCode =
  | 'proven'
  | 'no_candidate'
  | 'several'
  | 'second_nat'
  | 'not_registered'
  | 'no_binding'
  | 'nat_open'
  | 'no_lease'
  | 'lease_open'
  | 'mac_random'
  | 'single_source'
  | 'entered_later'
  | 'no_owner'
  | 'coverage';

/**
 * `proven`: exactly one candidate, every link shown by two independent sources (lease and register) around the
 * time, nothing missing from the logs. `probable`: one candidate with a weaker link. Several candidates are
 * never more than `ambiguous`; no candidate, or none that leads to a registered device, is `not_provable`.
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

/** What leaves nothing to go on with. */
function deadEndOf(links: Links, coverageComplete: boolean): ReasonCode | undefined {
  if (links.secondNat) return 'second_nat';
  if (!links.hasDevice) return 'not_registered';
  const firmLease = links.lease === 'bracketed' || links.lease === 'within';
  if (!firmLease && !links.registeredIp) return 'no_binding';
  if (links.nat === 'open' && !coverageComplete) return 'nat_open';
  return undefined;
}

function weaknessesOf(links: Links): ReasonCode[] {
  const checks: [boolean, ReasonCode][] = [
    [links.nat === 'open', 'nat_open'],
    [links.lease === 'none', 'no_lease'],
    [links.lease === 'open', 'lease_open'],
    [links.macRandom, 'mac_random'],
    [!links.agrees || !links.registeredIp, 'single_source'],
    [!links.timely, 'entered_later'],
    [!links.hasOwner, 'no_owner'],
  ];
  return checks.filter(([weak]) => weak).map(([, code]) => code);
}

/** Epoch milliseconds of what is known of one translation. */
export interface SessionSpan {
  readonly start: number | null;
  readonly end: number | null;
  readonly lastProof: number;
  readonly firstEvent: number;
}

/**
 * Whether lines on both sides show the session alive at some time in `[from, to]`. Since every session that may
 * touch the window is a candidate, one that alone touches it is the one, wherever in it the asked time lies.
 */
export function coversWindow(session: SessionSpan, from: number, to: number): boolean {
  return (session.start ?? session.firstEvent) <= to && (session.end ?? session.lastProof) >= from;
}
