import { decodeAccess } from './access.ts';
import { decodeConntrack } from './conntrack.ts';
import { decodeDnsmasq } from './dnsmasq.ts';
import { decodeIscDhcpd } from './isc-dhcpd.ts';
import type { Decode, Format } from './row.ts';
import { decodeSquid } from './squid.ts';

/** The decoder of each format. None of them throws; `null` is an unparsable line. */
export const decoders: Record<Format, Decode> = {
  squid: decodeSquid,
  dnsmasq: decodeDnsmasq,
  'isc-dhcpd': decodeIscDhcpd,
  conntrack: decodeConntrack,
  access: decodeAccess,
};
