import { sightingOf } from './build-row.ts';
import { type DecodedRow, noRow, type SourceSettings } from './row.ts';
import { toAddress, toByteString, toMac, toText } from './text.ts';

/** Addresses of two routers together (VRRP of IPv4 and IPv6, RFC 9568 §7.3; HSRP 1 and 2): no single device's. */
const shared = /^00:00:(?:5e:00:0[12]|0c:07:ac|0c:9f:f)/;

/**
 * What the poller writes of a switch or router, one entry a line:
 * `2026-03-01T02:00:00.000Z snmp arp nas=192.0.2.1 ip=10.1.0.9 mac=00:00:5e:00:53:09 port=Vlan10`. `arp`, `nd` and
 * `fdb` are rows; `poll` (the table was read to its end) and ports that lead to other switches (`uplink=1`) are none.
 */
export function decodeSnmp(
  line: Uint8Array | string,
  _source: SourceSettings,
  _recvAt: Date,
): DecodedRow | null {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) snmp (arp|nd|fdb|poll) (.*)$/.exec(
    toByteString(line),
  );
  if (!match) return null;
  const ts = Date.parse(match[1]!);
  if (Number.isNaN(ts)) return null;
  const kind = match[2] as 'arp' | 'nd' | 'fdb' | 'poll';
  if (kind === 'poll') return noRow;
  const fields = fieldsOf(match[3]!);
  const mac = toMac(fields.get('mac') ?? '');
  const ip = toAddress(fields.get('ip') ?? '');
  if (mac === '' || (kind !== 'fdb' && ip === '')) return null;
  if (shared.test(mac) || fields.get('uplink') === '1') return noRow;
  const nas = toText(fields.get('nas') ?? '', 64);
  return sightingOf({ kind, ts, action: 'seen', ip, mac, nas, port: toText(fields.get('port') ?? '', 128) });
}

/** Values are written as in a URL: a port's name may hold spaces. */
function fieldsOf(text: string): Map<string, string> {
  const fields = new Map<string, string>();
  for (const word of text.split(' ')) {
    const equals = word.indexOf('=');
    if (equals < 1) continue;
    const name = word.slice(0, equals);
    if (!fields.has(name)) fields.set(name, plain(word.slice(equals + 1)));
  }
  return fields;
}

/** `%xx` as bytes, one character each; what is no such thing stays as it is. */
function plain(value: string): string {
  return value.replace(/%([0-9A-Fa-f]{2})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  );
}
