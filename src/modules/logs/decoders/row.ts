/** What a decoder makes of one line. Times are epoch milliseconds UTC; addresses are canonical text. */

export const formats = ['squid', 'dnsmasq', 'isc-dhcpd', 'conntrack', 'access', 'auto'] as const;
export type Format = (typeof formats)[number];

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
  /** Year of year-less dates. Absent: the year that puts the date nearest to the receipt. */
  readonly year?: number | undefined;
}

/** A request seen by a proxy, a resolver or a web server. Ports are 0 and addresses '' where not logged. */
export interface EventRow {
  readonly table: 'event';
  readonly kind: 'proxy' | 'dns' | 'site';
  readonly ts: number;
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
}

/** One conntrack event. The session itself is put together by the reader, see `search/pair-sessions.ts`. */
export interface NatRow {
  readonly table: 'nat';
  readonly event: 'new' | 'update' | 'destroy';
  readonly ts: number;
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

export interface LeaseRow {
  readonly table: 'lease';
  readonly action: 'ack' | 'release' | 'nak' | 'decline' | 'expire';
  readonly ts: number;
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
}

export type DecodedRow = EventRow | NatRow | LeaseRow | NoRow;

export const noRow: NoRow = { table: 'none' };

/** Reads one line. `null` means unparsable; a decoder never throws, whatever the bytes. */
export type Decode = (line: Uint8Array | string, source: SourceSettings, recvAt: Date) => DecodedRow | null;
