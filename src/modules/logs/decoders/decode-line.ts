import { decodeAccess } from './access.ts';
import { decodeConntrack } from './conntrack.ts';
import { decodeDnsmasq } from './dnsmasq.ts';
import { h3cFlow } from './h3c-flow.ts';
import { decodeIscDhcpd } from './isc-dhcpd.ts';
import { netflow } from './netflow.ts';
import { type Decode, type DecodedRow, type Decoder, type Format, noRow } from './row.ts';
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

const declared: readonly Decoder[] = [
  { format: 'squid', version: 1, decode: decodeSquid },
  { format: 'dnsmasq', version: 1, decode: decodeDnsmasq },
  { format: 'isc-dhcpd', version: 1, decode: decodeIscDhcpd },
  { format: 'conntrack', version: 1, decode: decodeConntrack },
  { format: 'access', version: 1, decode: decodeAccess },
  netflow,
  h3cFlow,
  { format: 'auto', version: 1, decode: decodeAny },
];

const byFormat = new Map(declared.map((decoder) => [decoder.format, decoder]));

/** The decoder of a format; `undefined` for `unknown`, the format of a quarantined sender. */
export function decoderOf(format: Format | 'unknown' | (string & {})): Decoder | undefined {
  return byFormat.get(format as Format);
}

/** What is stored with each row that a decoder made: `squid/1`. */
export function nameOf(decoder: Decoder): string {
  return `${decoder.format}/${decoder.version}`;
}
