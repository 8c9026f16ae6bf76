/** What else may be so in a city: each a share, from 0 (nowhere) to 1 (everywhere). */
import type { Chance } from './chance.ts';
import type { Faults } from './model.ts';

export interface Knobs {
  /** Of the sources: the clock is set or jumps, once. */
  readonly jumps: number;
  /** Of those that deliver a file: the clock is as bad as others', and somebody read it before and after. */
  readonly read: number;
  /** Its wall clock is in another zone than is registered. */
  readonly zones: number;
  /** Some of its lines come twice, are cut in two at any place, or come hours late. */
  readonly doubles: number;
  readonly cuts: number;
  readonly lates: number;
  /** It sends from another address from some time on. */
  readonly renumbered: number;
  /** Of the schools: the DHCP server is started with an empty lease file. */
  readonly restarts: number;
  /** Somebody has set an address of the DHCP range by hand. */
  readonly squatters: number;
  /** Addresses of machines that are away are taken, and nothing tells of it. */
  readonly thefts: number;
  /** The gateway gives fixed blocks of ports and logs nothing (RFC 7422). */
  readonly rules: number;
  /** A poller reads the neighbour tables of its router. */
  readonly polled: number;
  /** Of the hosts: an unregistered one has the hardware address of a registered one of another school. */
  readonly clones: number;
  /** The register names a wrong person and room, and is corrected when all is over. */
  readonly misregistered: number;
  /** Of the questions: what was known at some earlier time. */
  readonly knownAt: number;
  /** Three times the loss, worse clocks, and every third host with a random hardware address: 0 or 1. */
  readonly harsher: 0 | 1;
}

/** Nothing of that. */
export const plain: Knobs = {
  jumps: 0,
  read: 0,
  zones: 0,
  doubles: 0,
  cuts: 0,
  lates: 0,
  renumbered: 0,
  restarts: 0,
  squatters: 0,
  thefts: 0,
  rules: 0,
  polled: 0,
  clones: 0,
  misregistered: 0,
  knownAt: 0,
  harsher: 0,
};

/** Something of everything. */
export const mixed: Knobs = {
  jumps: 0.15,
  read: 0.7,
  zones: 0.06,
  doubles: 0.2,
  cuts: 0.1,
  lates: 0.15,
  renumbered: 0.1,
  restarts: 0.2,
  squatters: 0.1,
  thefts: 0.1,
  rules: 0.3,
  polled: 0.3,
  clones: 0.15,
  misregistered: 0.05,
  knownAt: 0.1,
  harsher: 0,
};

/** More of everything. */
export const harsh: Knobs = {
  ...mixed,
  jumps: 0.3,
  zones: 0.1,
  doubles: 0.3,
  cuts: 0.2,
  lates: 0.3,
  renumbered: 0.2,
  restarts: 0.3,
  squatters: 0.2,
  thefts: 0.2,
  clones: 0.3,
  misregistered: 0.1,
  harsher: 1,
};

export const noFaults: Faults = {
  jump: null,
  declaredZone: null,
  doubles: 0,
  cuts: 0,
  lates: 0,
  moved: null,
};

/** What is wrong with one source. A file tells nothing of its clock: only a reading does, and no jump could ever be seen. */
export function drawFaults(
  chance: Chance,
  knobs: Knobs,
  source: {
    readonly live: boolean;
    readonly numbered: boolean;
    readonly sender: string;
    readonly zone: string;
  },
  time: { readonly from: number; readonly to: number },
): Faults {
  const { live, numbered, sender } = source;
  const when = chance.whole(time.from + 1_800_000, time.to - 1_800_000);
  const by = (chance.hit(0.5) ? 1 : -1) * chance.pick([3000, 20_000, 75_000, 600_000, 3_600_000]);
  const draws = [knobs.jumps, knobs.zones, knobs.doubles, knobs.cuts, knobs.lates, knobs.renumbered].map(
    (share) => chance.hit(share),
  );
  const [jumps, zones, doubles, cuts, lates, renumbered] = draws;
  return {
    jump: live && jumps ? { at: when, by } : null,
    declaredZone: live && zones ? (source.zone === 'UTC' ? 'Asia/Shanghai' : 'UTC') : null,
    doubles: live && doubles ? 0.2 : 0,
    cuts: live && cuts ? 0.004 : 0,
    lates: live && lates && !numbered ? 0.01 : 0,
    moved: live && renumbered ? { at: when, sender: sender.replace(/^172\.20\./, '172.21.') } : null,
  };
}
