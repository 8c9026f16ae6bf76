import { decodeAccess } from './access.ts';
import { decodeConntrack } from './conntrack.ts';
import { decodeDnsmasq } from './dnsmasq.ts';
import { decodeIscDhcpd } from './isc-dhcpd.ts';
import { type Decode, type DecodedRow, type Format, noRow } from './row.ts';
import { decodeSquid } from './squid.ts';
import { toByteString } from './text.ts';

const single = [decodeConntrack, decodeDnsmasq, decodeIscDhcpd, decodeSquid, decodeAccess];

/** A gateway that sends the lines of several programs: the first decoder that makes something of a line. */
const decodeAny: Decode = (line, source, recvAt) => {
  const text = toByteString(line);
  let known: DecodedRow | null = null;
  for (const decode of single) {
    const row = decode(text, source, recvAt);
    if (row !== null && row.table !== 'none') return row;
    if (row !== null) known = noRow;
  }
  return known;
};

/** The decoder of each format. None of them throws; `null` is an unparsable line. */
export const decoders: Record<Format, Decode> = {
  squid: decodeSquid,
  dnsmasq: decodeDnsmasq,
  'isc-dhcpd': decodeIscDhcpd,
  conntrack: decodeConntrack,
  access: decodeAccess,
  auto: decodeAny,
};
