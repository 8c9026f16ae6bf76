import { decodeAccess } from './access.ts';
import { decodeArpwatch } from './arpwatch.ts';
import { decodeBind } from './bind.ts';
import { decodeConntrack } from './conntrack.ts';
import { decodeDnsmasq } from './dnsmasq.ts';
import { decodeH3c } from './h3c.ts';
import { h3cFlow } from './h3c-flow.ts';
import { decodeHuaweiUsg } from './huawei-usg.ts';
import { decodeIptables } from './iptables.ts';
import { decodeIscDhcpd } from './isc-dhcpd.ts';
import { decodeJuniper } from './juniper.ts';
import { decodeKea } from './kea.ts';
import { decodeKeaForensic } from './kea-forensic.ts';
import { decodeMikrotik, openMikrotik } from './mikrotik.ts';
import { netflow } from './netflow.ts';
import { decodeRadius } from './radius.ts';
import { type DataRow, type Decode, type DecodedRow, type Decoder, type Format, noRow } from './row.ts';
import { decodeSnmp } from './snmp.ts';
import { decodeSquid } from './squid.ts';
import { decodeSuricata } from './suricata.ts';
import { toByteString } from './text.ts';
import { decodeUnbound } from './unbound.ts';
import { decodeWindowsDhcp } from './windows-dhcp.ts';

/** Each knows its lines by a mark of their own, so that at most one of them makes something of a line. */
const single: readonly Decode[] = [
  decodeConntrack,
  decodeDnsmasq,
  decodeIscDhcpd,
  decodeSquid,
  decodeAccess,
  decodeSuricata,
  decodeH3c,
  decodeHuaweiUsg,
  decodeMikrotik,
  decodeJuniper,
  decodeIptables,
  decodeKea,
  decodeKeaForensic,
  decodeBind,
  decodeUnbound,
  decodeRadius,
  decodeArpwatch,
  decodeWindowsDhcp,
];

/** A gateway that sends the lines of several programs: the first decoder that makes something of a line. */
const decodeAny: Decode = (line, source, recvAt) => {
  const text = toByteString(line);
  let known: DecodedRow | null = null;
  for (const decode of single) {
    const found = decode(text, source, recvAt);
    if (found !== null && isRow(found)) return found;
    if (found !== null) known = noRow;
  }
  return known;
};

function isRow(found: DecodedRow | readonly DataRow[]): boolean {
  return !('table' in found) || found.table !== 'none';
}

const declared: readonly Decoder[] = [
  { format: 'squid', version: 1, decode: decodeSquid },
  { format: 'dnsmasq', version: 2, decode: decodeDnsmasq },
  { format: 'isc-dhcpd', version: 1, decode: decodeIscDhcpd },
  { format: 'conntrack', version: 1, decode: decodeConntrack },
  { format: 'access', version: 1, decode: decodeAccess },
  { format: 'kea', version: 1, decode: decodeKea },
  { format: 'kea-forensic', version: 1, decode: decodeKeaForensic },
  { format: 'windows-dhcp', version: 1, decode: decodeWindowsDhcp },
  { format: 'bind', version: 1, decode: decodeBind },
  { format: 'unbound', version: 1, decode: decodeUnbound },
  { format: 'radius', version: 2, decode: decodeRadius },
  { format: 'mikrotik', version: 2, decode: decodeMikrotik, open: openMikrotik },
  { format: 'huawei-usg', version: 1, decode: decodeHuaweiUsg },
  { format: 'h3c', version: 1, decode: decodeH3c },
  { format: 'juniper', version: 1, decode: decodeJuniper },
  { format: 'iptables', version: 1, decode: decodeIptables },
  { format: 'suricata', version: 1, decode: decodeSuricata },
  { format: 'arpwatch', version: 1, decode: decodeArpwatch },
  { format: 'snmp', version: 1, decode: decodeSnmp },
  netflow,
  h3cFlow,
  { format: 'auto', version: 3, decode: decodeAny },
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
