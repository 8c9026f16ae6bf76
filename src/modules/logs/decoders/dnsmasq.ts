import { type DecodedRow, type LeaseRow, noRow, type SourceSettings } from './row.ts';
import { readHeader } from './syslog-header.ts';
import { toAddress, toByteString, toMac, toPort, toText, toWhole, words } from './text.ts';
import { toHost } from './url.ts';

const leaseActions: Record<string, LeaseRow['action'] | undefined> = {
  DHCPACK: 'ack',
  DHCPRELEASE: 'release',
  DHCPNAK: 'nak',
  DHCPDECLINE: 'decline',
};

/**
 * dnsmasq's syslog or `log-facility` lines: DHCP events of `dnsmasq-dhcp` (with or without the transaction
 * number of `log-dhcp`) and `query[…]` lines of `log-queries` (with `=extra` also the client's port).
 */
export function decodeDnsmasq(
  line: Uint8Array | string,
  source: SourceSettings,
  recvAt: Date,
): DecodedRow | null {
  const text = toByteString(line);
  const header = readHeader(text, source.zone, recvAt, source.year);
  if (header.ts < 0 || !header.tag.startsWith('dnsmasq')) return null;
  const field = words(text, header.at);
  return header.tag === 'dnsmasq-dhcp' ? decodeDhcp(field, header.ts, source) : decodeQuery(field, header.ts);
}

function decodeDhcp(field: string[], ts: number, source: SourceSettings): DecodedRow | null {
  const first = toWhole(field[0] ?? '') >= 0 ? 1 : 0;
  const word = field[first] ?? '';
  const paren = word.indexOf('(');
  const verb = paren < 0 ? word : word.slice(0, paren);
  const action = leaseActions[verb];
  if (action === undefined) return field.length > 0 ? noRow : null;
  const ip = toAddress(field[first + 1] ?? '');
  const mac = toMac(field[first + 2] ?? '');
  if (paren < 0 || ip === '' || mac === '') return null;
  const named = action === 'ack' ? (field[first + 3] ?? '') : '';
  return {
    table: 'lease',
    action,
    ts,
    ip,
    mac,
    hostname: toText(named, 255),
    leaseSeconds: action === 'ack' ? (source.leaseSeconds ?? 0) : 0,
  };
}

function decodeQuery(field: string[], ts: number): DecodedRow | null {
  let at = 0;
  let cport = 0;
  // log-queries=extra puts a serial number and client/port first.
  if (toWhole(field[0] ?? '') >= 0 && (field[1] ?? '').includes('/')) {
    const port = toPort(field[1]!.slice(field[1]!.lastIndexOf('/') + 1));
    cport = Math.max(port, 0);
    at = 2;
  }
  const word = field[at] ?? '';
  const type = /^query\[([A-Za-z0-9=_-]{1,20})\]$/.exec(word)?.[1];
  // Answers, what is read at the start, "cleared cache": all else names no client.
  if (type === undefined) return word === '' || word.startsWith('query') ? null : noRow;
  if (field[at + 2] !== 'from') return null;
  const cli = toAddress(field[at + 3] ?? '');
  if (cli === '') return null;
  return {
    table: 'event',
    kind: 'dns',
    ts,
    cli,
    cport,
    dst: '',
    dport: 53,
    proto: 17,
    host: toHost(field[at + 1] ?? ''),
    path: '',
    method: '',
    status: 0,
    act: type,
    user: '',
    up: 0,
    dn: 0,
    took: 0,
    num: -1,
  };
}
