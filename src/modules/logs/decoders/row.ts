/** What a decoder makes of one line. Times are epoch milliseconds UTC; addresses are canonical text. */

import type { Format } from '../contract/formats.ts';

export { type Format, formats } from '../contract/formats.ts';

/** What must be known about the sender of a line to read it; kept in `logs.source`. */
export interface SourceSettings {
  /** IANA name or offset (`+08:00`) of the clock that wrote the times without a zone. */
  readonly zone: string;
  /** The routing domain in which the inside addresses of this source are unique. */
  readonly realm: string;
  /** Lease time that the DHCP server gives; used when the line does not say it. Seconds. */
  readonly leaseSeconds?: number | undefined;
  /** The website that an access log belongs to, for lines that do not name it. */
  readonly host?: string | undefined;
  /**
   * Zones of single fields, where a format has more than one clock: `session` for the session times of H3C, whose
   * header is local. A field that is not named has its format's default.
   */
  readonly fieldZones?: Readonly<Record<string, string>> | undefined;
  /** Year of year-less dates. Absent: the year that puts the date nearest to the receipt. */
  readonly year?: number | undefined;
}

/**
 * A running number that the writer of a record keeps, from which missing records are told. `span`: how much this
 * record takes of it (a NetFlow v5 datagram takes one for each of its flows), default 1. `modulus`: where it starts
 * again, default 2^32. Only neighbours of one `name` and source are compared.
 */
export interface Counter {
  readonly name: string;
  readonly value: number;
  readonly span?: number;
  readonly modulus?: number;
}

/** What every row has: when it was so by the writer's clock, and its running number if there is one. */
interface Told {
  readonly ts: number;
  readonly counter?: Counter;
}

/**
 * A request seen by a proxy, a resolver or a web server, a packet or flow seen by a firewall, an alarm. Ports are 0
 * and addresses '' where not logged. `other` is what a source's own template makes.
 */
export interface EventRow extends Told {
  readonly table: 'event';
  readonly kind: 'proxy' | 'dns' | 'site' | 'firewall' | 'flow' | 'alert' | 'other';
  readonly cli: string;
  readonly cport: number;
  readonly dst: string;
  readonly dport: number;
  readonly proto: number;
  readonly host: string;
  readonly path: string;
  readonly method: string;
  readonly status: number;
  /** Verdict of the proxy (`TCP_MISS`), type of the DNS question (`AAAA`). */
  readonly act: string;
  readonly user: string;
  /** Bytes from and to the client. */
  readonly up: number;
  readonly dn: number;
  /** Milliseconds that the request took; a proxy writes the line at the end of it. */
  readonly took: number;
  /** The writer's own running number (Squid `%sn`); -1 when the line has none. */
  readonly num: number;
  /** What has no column of its own, by name. */
  readonly extra?: Readonly<Record<string, string>>;
}

/**
 * One event of a translated session. The session itself is put together by the reader, see
 * `search/pair-sessions.ts`. A line that tells both ends of a session is a `destroy` with `start`.
 */
export interface NatRow extends Told {
  readonly table: 'nat';
  readonly event: 'new' | 'update' | 'destroy';
  /** Start of the session when the line itself tells it (`delta-time`), else -1. */
  readonly start: number;
  readonly direction: 'out' | 'in';
  readonly proto: number;
  readonly pubIp: string;
  readonly pubPort: number;
  readonly inIp: string;
  readonly inPort: number;
  readonly dstIp: string;
  readonly dstPort: number;
  /** The kernel's id of the flow (`conntrack -o id`), '' when not written. */
  readonly flow: string;
}

/** A block of ports of a public address, given to an inside address or taken back. Ports are lo, lo + step, … hi. */
export interface BlockRow extends Told {
  readonly table: 'block';
  readonly event: 'alloc' | 'free';
  /** When the block was given, if the line of a freed block tells it, else -1. */
  readonly start: number;
  /** 0: every protocol. */
  readonly proto: number;
  readonly pubIp: string;
  readonly lo: number;
  readonly hi: number;
  readonly step: number;
  readonly inIp: string;
}

/** An address seen at a device: RADIUS accounting, ARP and neighbour tables, arpwatch, forwarding tables. */
export interface SightingRow extends Told {
  readonly table: 'sighting';
  /** `fdb`: a switch's forwarding table, which knows no address (`ip` is ''). */
  readonly kind: 'radius' | 'arp' | 'nd' | 'arpwatch' | 'fdb';
  readonly action: 'seen' | 'start' | 'interim' | 'stop' | 'changed';
  readonly ip: string;
  /** Lower case with colons; '' when the line has none. */
  readonly mac: string;
  readonly oldMac: string;
  readonly user: string;
  /** Acct-Session-Id, '' otherwise. */
  readonly session: string;
  /** Access server or switch, and the port there as it names it. */
  readonly nas: string;
  readonly port: string;
}

export interface LeaseRow extends Told {
  readonly table: 'lease';
  readonly action: 'ack' | 'release' | 'nak' | 'decline' | 'expire';
  readonly ip: string;
  /** Lower case with colons; '' when the line has none. */
  readonly mac: string;
  readonly hostname: string;
  /** 0 when neither the line nor the source tells it. */
  readonly leaseSeconds: number;
}

/** A line that the decoder knows and that says nothing worth a row (`DHCPDISCOVER`, a DNS reply). */
export interface NoRow {
  readonly table: 'none';
  readonly counter?: Counter;
  /** It cannot be read before another record arrives (the template of a flow): counted as unread, read again then. */
  readonly waits?: true;
}

export type DataRow = EventRow | NatRow | BlockRow | LeaseRow | SightingRow;
export type DecodedRow = DataRow | NoRow;

export const noRow: NoRow = { table: 'none' };

/**
 * Reads one record: a line, or a datagram that holds several rows. `null` means unparsable; a decoder never throws,
 * whatever the bytes.
 */
export type Decode = (
  line: Uint8Array | string,
  source: SourceSettings,
  recvAt: Date,
  /** Who sent it, for formats in which each sender has a memory of its own. */
  sender?: string,
) => DecodedRow | readonly DataRow[] | null;

/** A declared format. */
export interface Decoder {
  readonly format: Format;
  /** Raised whenever a line is read otherwise than before; `format/version` is stored with every row. */
  readonly version: number;
  readonly decode: Decode;
  /**
   * For formats in which a record is read with the help of earlier ones (split lines, templates of flows): a reader of
   * one source's records in the order of their receipt. `memory` outlives the segment.
   */
  readonly open?: (memory: Memory) => Decode;
  /**
   * Of one that remembers: what it knows now reads earlier records too, so a segment can be read again without all
   * those before it.
   */
  readonly readsAlone?: true;
}

/** What a reader knows from earlier segments of its source, as JSON values by key. */
export interface Memory {
  get(key: string): unknown;
  set(key: string, value: unknown): void;
}
