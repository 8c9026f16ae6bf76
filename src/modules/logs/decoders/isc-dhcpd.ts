import { type DecodedRow, type LeaseRow, noRow, type SourceSettings } from './row.ts';
import { readHeader } from './syslog-header.ts';
import { toAddress, toByteString, toMac, toText, toWhole, words } from './text.ts';

interface Shape {
  readonly action: LeaseRow['action'];
  /** The words around address and MAC: `on … to …` or `of … from …`. */
  readonly first: string;
  readonly second: string;
}

const shapes: Record<string, Shape | undefined> = {
  DHCPACK: { action: 'ack', first: 'on', second: 'to' },
  DHCPNAK: { action: 'nak', first: 'on', second: 'to' },
  DHCPRELEASE: { action: 'release', first: 'of', second: 'from' },
  DHCPDECLINE: { action: 'decline', first: 'of', second: 'from' },
  DHCPEXPIRE: { action: 'expire', first: 'on', second: 'to' },
};

const idle = /^(?:DHCPDISCOVER|DHCPOFFER|DHCPREQUEST|DHCPINFORM|DHCPLEASEQUERY|BOOTREQUEST|BOOTREPLY)$/;

/**
 * ISC dhcpd: `DHCPACK on IP to MAC (host) via IF`, `DHCPRELEASE of IP from MAC …`, and so on. An
 * acknowledgement of DHCPINFORM (`DHCPACK to IP (MAC) via IF`) grants no lease and gives no row.
 */
export function decodeIscDhcpd(
  line: Uint8Array | string,
  source: SourceSettings,
  recvAt: Date,
): DecodedRow | null {
  const text = toByteString(line);
  const header = readHeader(text, source.zone, recvAt, source.year);
  if (header.ts < 0 || header.tag !== 'dhcpd') return null;
  const field = words(text, header.at);
  const verb = field[0] ?? '';
  const shape = shapes[verb];
  // Any other speech of the daemon (pool balance, "Wrote 12 leases") is known not to be a lease.
  if (!shape) return idle.test(verb) || (verb !== '' && !verb.startsWith('DHCP')) ? noRow : null;
  if (shape.action === 'ack' && field[1] === 'to') return noRow;
  return decodeLease(shape, field, header.ts, source);
}

function decodeLease(shape: Shape, field: string[], ts: number, source: SourceSettings): DecodedRow | null {
  const ip = toAddress(field[2] ?? '');
  if (field[1] !== shape.first || field[3] !== shape.second || ip === '') return null;
  const mac = toMac(field[4] ?? '');
  if (mac === '') return null;
  const duration = field.indexOf('lease-duration');
  const told = duration > 0 ? toWhole(field[duration + 1] ?? '') : -1;
  return {
    table: 'lease',
    action: shape.action,
    ts,
    ip,
    mac,
    hostname: hostnameIn(field),
    leaseSeconds: shape.action === 'ack' ? (told >= 0 ? told : (source.leaseSeconds ?? 0)) : 0,
  };
}

/** `(name)` right after the MAC; a client may send blanks in its name, so it ends at the first `)`. */
function hostnameIn(field: string[]): string {
  if (!field[5]?.startsWith('(')) return '';
  const joined = field.slice(5, 25).join(' ');
  const close = joined.indexOf(') via');
  return close < 0 ? '' : toText(joined.slice(1, close), 255);
}
