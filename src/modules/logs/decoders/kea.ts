import { type DecodedRow, type LeaseRow, noRow, type SourceSettings } from './row.ts';
import { readHeader } from './syslog-header.ts';
import { toAddress, toByteString, toMac, toWhole } from './text.ts';
import { parseIso } from './time.ts';

/** What a message identifier of Kea means for a lease, and the words that stand before the address in its text. */
const messages: Readonly<Record<string, { action: LeaseRow['action']; before: string } | undefined>> = {
  DHCP4_LEASE_ALLOC: { action: 'ack', before: ': lease ' },
  DHCP4_LEASE_REUSE: { action: 'ack', before: ': lease ' },
  DHCP4_RELEASE: { action: 'release', before: ': address ' },
  DHCP4_RELEASE_EXPIRED: { action: 'release', before: ': address ' },
  DHCP4_DECLINE_LEASE: { action: 'decline', before: 'for addr ' },
  ALLOC_ENGINE_V4_LEASE_RECLAIM: { action: 'expire', before: ' for address ' },
  DHCP6_LEASE_ALLOC: { action: 'ack', before: ': lease for address ' },
  DHCP6_LEASE_RENEW: { action: 'ack', before: ': lease for address ' },
  DHCP6_LEASE_REUSE: { action: 'ack', before: ': lease for address ' },
  DHCP6_RELEASE_NA: { action: 'release', before: ': binding for address ' },
  DHCP6_RELEASE_NA_EXPIRED: { action: 'release', before: ': binding for address ' },
  DHCP6_DECLINE_LEASE: { action: 'decline', before: 'address ' },
  ALLOC_ENGINE_V6_LEASE_RECLAIM: { action: 'expire', before: ' for address ' },
};

const lead =
  /^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,9})?) +[A-Z]{4,5} +\[[^\]]{1,200}\] +([A-Z0-9_]{1,80})(?= |$)/;

/**
 * The server log of Kea's DHCPv4 and DHCPv6, from its own file or behind a syslog header. Kea writes its own time,
 * in the zone of the machine. An offer is no lease. A DHCPv6 client is known by a DUID, which is no MAC.
 */
export function decodeKea(
  line: Uint8Array | string,
  source: SourceSettings,
  recvAt: Date,
): DecodedRow | null {
  const text = toByteString(line);
  // Kea's own time looks like a syslog header of rsyslog, so a header is looked for only where it is not there.
  const at = lead.test(text) ? 0 : readHeader(text, source.zone, recvAt, source.year).at;
  const body = text.slice(at);
  const start = lead.exec(body);
  if (!start) return null;
  const ts = parseIso(start[1]!, source.zone, recvAt);
  if (ts < 0) return null;
  const message = Object.hasOwn(messages, start[2]!) ? messages[start[2]!] : undefined;
  if (!message) return noRow;
  return decodeLease(body.slice(start[0].length), message, ts, source);
}

function decodeLease(
  text: string,
  { action, before }: { action: LeaseRow['action']; before: string },
  ts: number,
  source: SourceSettings,
): DecodedRow | null {
  const found = text.indexOf(before);
  if (found < 0) return action === 'decline' ? noRow : null;
  const rest = text.slice(found + before.length, found + before.length + 200);
  const ip = toAddress(/^[^\s,]+/.exec(rest)?.[0] ?? '');
  if (ip === '') return null;
  const told = toWhole(/ for (\d{1,10}) seconds/.exec(rest)?.[1] ?? '');
  return {
    table: 'lease',
    action,
    ts,
    ip,
    mac: macIn(text),
    hostname: '',
    leaseSeconds: action === 'ack' ? (told >= 0 ? told : (source.leaseSeconds ?? 0)) : 0,
  };
}

/** `[hwtype=1 08:00:27:4d:16:e9]`; '' for other hardware and where Kea does not know it. */
function macIn(text: string): string {
  const at = text.indexOf('hwtype=1 ');
  return at < 0 ? '' : toMac(text.slice(at + 9, at + 26));
}
