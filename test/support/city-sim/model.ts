/**
 * What a simulated city is made of. Times are epoch milliseconds of true time, which no source knows exactly. Nothing
 * here is taken from the product: it is the truth that the product's answers are measured by.
 */

/** `rule`: fixed blocks of ports, and no lines. */
export type NatFormat = 'conntrack' | 'huawei-usg' | 'h3c' | 'mikrotik' | 'juniper' | 'rule';
export type LeaseFormat = 'dnsmasq' | 'isc-dhcpd' | 'kea';
export type SourceFormat =
  | Exclude<NatFormat, 'rule'>
  | LeaseFormat
  | 'radius'
  | 'arpwatch'
  | 'squid'
  | 'snmp';
export type Zone = 'Asia/Shanghai' | 'UTC';

/** What may be wrong with a source beside an even clock and lost lines. */
export interface Faults {
  /** The clock was set, once. */
  readonly jump: { readonly at: number; readonly by: number } | null;
  /** The register says another zone than the source writes in. */
  readonly declaredZone: Zone | null;
  /** Shares of lines that come twice, in two pieces, hours late. */
  readonly doubles: number;
  readonly cuts: number;
  readonly lates: number;
  readonly moved: { readonly at: number; readonly sender: string } | null;
}

/** A writer of log lines, its clock, and how its lines reach the collector. */
export interface Source {
  readonly name: string;
  readonly unit: string;
  readonly realm: string;
  readonly format: SourceFormat;
  readonly zone: Zone;
  /** The address that it sends from. */
  readonly sender: string;
  readonly leaseSeconds: number | null;
  /** Its clock ahead of true time at the start (ms), and how much that grows (ms a day). */
  readonly offset: number;
  readonly drift: number;
  readonly toleranceSeconds: number;
  /** Share of lines lost on the way, and whether their running number shows it (RFC 5424 sequenceId). */
  readonly loss: number;
  readonly numbered: boolean;
  /** A time in which nothing arrives: lost, or delivered at its end. */
  readonly outage: { readonly from: number; readonly to: number; readonly lost: boolean } | null;
  /** Lines of MikroTik that arrive in two halves. */
  readonly splits: number;
  /** Delivered live, or as a file at the end. */
  readonly live: boolean;
  /** Of a file: somebody read the clock of its writer before and after. */
  readonly read: boolean;
  readonly faults: Faults;
}

/** Something that a source would log, told in terms of the truth. */
export interface Happening {
  readonly at: number;
  readonly source: Source;
  /** The lines' text by the source's own clock: `local` is that clock's time. */
  readonly write: (local: number) => string;
  /** Whether the collector got it; set by delivery. */
  arrived: boolean;
}

export type HostKind = 'reserved' | 'dynamic' | 'guest' | 'random' | 'static' | 'proxy';

/** What the register (as it finally stands) says of a time. */
export interface Holding {
  readonly from: number;
  readonly assetNo: string;
  readonly ownerNo: string;
  readonly room: string;
}

export interface Host {
  readonly id: string;
  readonly school: School;
  readonly kind: HostKind;
  /** Its own address, for reserved, static and proxy hosts. */
  readonly fixedIp: string | null;
  readonly macs: { readonly from: number; readonly mac: string }[];
  /** Empty for what is in no register. In order of time. */
  readonly holdings: Holding[];
  /** Whether the register was told in time, or after the fact without a date. */
  readonly timely: boolean;
  /** What the register says instead until it is corrected. */
  misnamed: { readonly ownerNo: string; readonly room: string } | null;
}

export interface School {
  readonly code: string;
  readonly county: string;
  readonly realm: string;
  /** First three bytes of its inside network. */
  readonly net: string;
  /** `own`: its NAT has a public address; `county`: routed to the county's NAT; `nested`: its own NAT behind that. */
  readonly way: 'own' | 'county' | 'nested';
  readonly gateway: Gateway;
  /** The NAT behind which its own one stands. */
  readonly upper: Gateway | null;
  readonly leases: readonly Source[];
  readonly leaseSeconds: number;
  readonly radius: Source | null;
  readonly arpwatch: Source | null;
  readonly snmp: Source | null;
  /** When its DHCP server forgot all leases. */
  readonly restart: number | null;
  /** Addresses are taken without asking, and nobody sees it. */
  readonly thieves: boolean;
  readonly squid: Source | null;
  /** Its public IPv6 prefix, as text up to the fourth group. */
  readonly v6: string | null;
  readonly hosts: Host[];
}

export interface Gateway {
  readonly name: string;
  readonly format: NatFormat;
  /** Null: it writes no logs. */
  readonly source: Source | null;
  readonly publicIp: string;
  readonly ports: { readonly from: number; readonly to: number };
  /** Whether one port serves several destinations at once (Linux), or one session only. */
  readonly overloads: boolean;
  /** How long a port rests after its session (ms). */
  readonly holds: number;
  readonly sessions: Session[];
  readonly blocks: Block[];
}

/** One translated session, as it was. */
export interface Session {
  readonly gateway: Gateway;
  readonly host: Host;
  readonly insideIp: string;
  readonly insidePort: number;
  readonly proto: 'tcp' | 'udp';
  readonly dstIp: string;
  readonly dstPort: number;
  readonly publicPort: number;
  readonly start: number;
  /** When the host last sent; the mapping stays until `end`. */
  readonly lastSent: number;
  readonly end: number;
  readonly block: Block | null;
  readonly logged: Happening[];
  /** By way of a proxy: the real client. */
  readonly client: Host | null;
  /** The session of the outer NAT that carries this one. */
  outer: Session | null;
}

export interface Block {
  readonly insideIp: string;
  readonly lo: number;
  readonly hi: number;
  readonly start: number;
  end: number;
  readonly logged: Happening[];
}

/** An address that a host really used. */
export interface Stay {
  readonly host: Host;
  readonly ip: string;
  readonly mac: string;
  readonly from: number;
  to: number;
  /** Taken without asking: somebody else's address. */
  readonly stolen: boolean;
}

/** One DHCP event that was logged. */
export interface LeaseEvent {
  readonly at: number;
  readonly school: School;
  readonly ip: string;
  readonly mac: string;
  readonly kind: 'ack' | 'release' | 'nak' | 'decline';
  readonly happening: Happening;
}

export interface City {
  readonly seed: number;
  readonly from: number;
  readonly to: number;
  readonly schools: readonly School[];
  readonly gateways: readonly Gateway[];
  readonly sources: readonly Source[];
  readonly stays: Stay[];
  readonly leaseEvents: LeaseEvent[];
  readonly happenings: Happening[];
}
