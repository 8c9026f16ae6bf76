/**
 * What a trace rests on, as plain JSON: question and facts together give the outcome (`decide.ts`), in this program
 * today and in an evidence bag years later. All times are epoch milliseconds; of a log fact, those of its writer's clock.
 */
import type { Protocol } from '../contract/protocol.ts';

export type { Protocol };

export interface TraceQuestion {
  /** Canonical text. */
  readonly ip: string;
  readonly port: number | null;
  /** Null: none was given, then TCP and UDP both. */
  readonly proto: Protocol | null;
  readonly at: number;
  /** Registers as recorded then, log lines as received until then. */
  readonly knownAt: number;
  /** How far the clock of whoever gave the time may be off; default 0. */
  readonly toleranceSeconds?: number;
  /** Whom it was talking to, where the complaint tells; separates sessions of one port. */
  readonly dstIp?: string | null;
  readonly dstPort?: number | null;
  /** Which page or host it was fetching, where the complaint tells no port; proxies' logs have it. */
  readonly url?: string | null;
  /** Who told the address as its client's, in a header that anybody can write. */
  readonly forwardedBy?: string | null;
}

/** Where a log fact stands: the record of a sealed segment, and the decoder (`format/version`) that read it. */
export interface Place {
  readonly segment: number;
  readonly seq: number;
  readonly sourceId: number;
  readonly dec: string;
}

interface LogFact extends Place {
  readonly ts: number;
  readonly realm: string;
}

/** One line about a translation. */
export interface NatFact extends LogFact {
  readonly kind: 'new' | 'update' | 'destroy';
  /** Start that the line of an end tells; null: not told. */
  readonly start: number | null;
  readonly direction: 'out' | 'in';
  readonly proto: number;
  readonly pubIp: string;
  readonly pubPort: number;
  readonly inIp: string;
  readonly inPort: number;
  /** Which far end, by number within these facts: destinations themselves are not kept (RFC 6888 REQ-12). */
  readonly peer: number;
  /** Whether it is the far end that the question names; null: question or line names none. */
  readonly isAsked: boolean | null;
  readonly flow: string;
}

export interface BlockFact extends LogFact {
  readonly kind: 'alloc' | 'free';
  readonly start: number | null;
  readonly proto: number;
  readonly pubIp: string;
  readonly lo: number;
  readonly hi: number;
  readonly step: number;
  readonly inIp: string;
}

/** A declared translation without lines (RFC 7422): the port itself tells the inside address. */
export interface RuleFact {
  readonly id: string;
  readonly pubIp: string;
  /** Null: the question names none, and this is one of those who share the outside address. */
  readonly port: number | null;
  readonly realm: string;
  readonly inIp: string;
  readonly unitPath: string;
  readonly validFrom: number | null;
  /** Until when it was so; null: it still is. Absent: an older bag, of which only rules of the time itself are told. */
  readonly validTo?: number | null;
  readonly recordedAt: number;
}

/** A request that a proxy logged; `ts` is its END. */
export interface RequestFact extends LogFact {
  readonly clientIp: string;
  readonly clientPort: number;
  readonly took: number;
  /** Address of the proxy that the question led to; '' when it is not known by its address. */
  readonly proxyIp: string;
  /** Far ends (public address, public port, number: see `NatFact.peer`) that this request went to, too. */
  readonly serves: readonly string[];
  readonly isAsked: boolean | null;
}

export interface LeaseFact extends LogFact {
  readonly action: 'ack' | 'release' | 'nak' | 'decline' | 'expire';
  readonly ip: string;
  readonly mac: string;
  readonly leaseSeconds: number;
}

export interface SightingFact extends LogFact {
  readonly kind: 'radius' | 'arp' | 'nd' | 'arpwatch';
  readonly action: 'seen' | 'start' | 'interim' | 'stop' | 'changed';
  readonly ip: string;
  readonly mac: string;
  readonly oldMac: string;
  /** Token of the RADIUS user; '' without. */
  readonly user: string;
  readonly session: string;
  /** The access server, of RADIUS; absent in older bags. One that was started anew is a `stop` without address and MAC. */
  readonly nas?: string;
}

/** A log source and how its clock was around the time. */
export interface SourceFact {
  readonly id: number;
  readonly name: string;
  readonly unitPath: string;
  readonly format: string;
  readonly realm: string;
  /** How far its clock may be off, as registered. */
  readonly toleranceSeconds: number;
  readonly clock: ClockFact | null;
  /** The addresses from which it sends; a proxy is known by them. */
  readonly senders: readonly string[];
}

/** What the delays of its lines told of a clock. */
export interface ClockEstimate {
  readonly at: number;
  /** Ahead of ours; negative: behind. */
  readonly offsetMs: number;
  readonly spreadMs: number;
  readonly steady: boolean;
}

/** The estimate nearest to the time. */
export interface ClockFact extends ClockEstimate {
  readonly samples: number;
  /** The last before and the first two after the time, as far as there are others: a clock may have jumped between. */
  readonly others?: readonly ClockEstimate[];
}

/** Whose an address is: of each realm and role the most specific allocation around it. */
export interface AllocationFact {
  readonly ip: string;
  readonly realm: string;
  readonly role: 'inside' | 'exit';
  readonly cidr: string;
  readonly unitPath: string;
  readonly unitName: string;
}

/** A registered device that had the asked address (`by`) at the time, as the register knew. */
export interface DeviceFact {
  readonly by: 'ip' | 'mac';
  /** The address that was asked for; the realm concerns an IP only. */
  readonly realm: string;
  readonly asked: string;
  readonly deviceId: string;
  readonly assetNo: string;
  readonly unitName: string;
  readonly unitPath: string;
  readonly ip: string | null;
  readonly mac: string | null;
  /** Since when it is so; null: not stated. */
  readonly validFrom: number | null;
  readonly recordedAt: number;
}

export interface CustodyFact {
  readonly deviceId: string;
  readonly personId: string | null;
  readonly room: string | null;
  readonly unitPath: string;
  readonly validFrom: number | null;
  readonly recordedAt: number;
}

/** Whether a source may be relied on around the time. */
export interface CoverageFact {
  readonly sourceId: number;
  readonly name: string;
  readonly unitPath: string;
  readonly purpose: 'nat' | 'lease';
  readonly state: 'covered' | 'gap' | 'unknown';
  readonly detail: string;
}

/** Bounds that were reached while gathering: then something may be missing. */
export interface CutFact {
  readonly what: 'nat' | 'leases' | 'origins';
  readonly read: number;
}

export interface TraceFacts {
  readonly version: 1;
  /**
   * Which rules they were gathered for; absent: those before two exporters could dispute a time; 2: those before the rhythm of
   * renewals, the ends of sessions and the other network card of a device counted. Old bags stay as they are.
   */
  readonly rulesOf?: 2 | 3;
  readonly sources: readonly SourceFact[];
  readonly allocations: readonly AllocationFact[];
  readonly nat: readonly NatFact[];
  readonly blocks: readonly BlockFact[];
  readonly rules: readonly RuleFact[];
  readonly requests: readonly RequestFact[];
  readonly leases: readonly LeaseFact[];
  readonly sightings: readonly SightingFact[];
  readonly devices: readonly DeviceFact[];
  readonly custody: readonly CustodyFact[];
  readonly coverage: readonly CoverageFact[];
  readonly cut: readonly CutFact[];
}

export const noFacts: TraceFacts = {
  version: 1,
  rulesOf: 3,
  sources: [],
  allocations: [],
  nat: [],
  blocks: [],
  rules: [],
  requests: [],
  leases: [],
  sightings: [],
  devices: [],
  custody: [],
  coverage: [],
  cut: [],
};
