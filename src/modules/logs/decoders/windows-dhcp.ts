import { type DecodedRow, type LeaseRow, noRow, type SourceSettings } from './row.ts';
import { toAddress, toByteString, toText, toWhole } from './text.ts';
import { toUtc } from './time.ts';

/** Event numbers of the audit log that tell of a lease; the file itself lists them at its top. */
const actions: Readonly<Record<number, LeaseRow['action'] | undefined>> = {
  10: 'ack',
  11: 'ack',
  12: 'release',
  13: 'decline',
  15: 'nak',
  16: 'release',
  17: 'expire',
  18: 'expire',
  20: 'ack',
  21: 'ack',
};

const heading = /^(?:ID,|Event ID|\s*Microsoft |QResult|\d{2,5}\t|\d{2,5}\+\t|\s*$)/;

/**
 * The audit log of Windows' DHCP server (`DhcpSrvLog-Mon.log`): `ID,MM/DD/YY,hh:mm:ss,Description,IP,host,MAC,…`, in
 * the local time of the server. Its headings say nothing. The DHCPv6 log tells messages, not leases.
 */
export function decodeWindowsDhcp(
  line: Uint8Array | string,
  source: SourceSettings,
  recvAt: Date,
): DecodedRow | null {
  const text = toByteString(line);
  if (heading.test(text.slice(0, 64))) return noRow;
  const field = text.split(',', 8);
  const id = toWhole(field[0] ?? '');
  const ts = timeOf(field[1] ?? '', field[2] ?? '', source, recvAt);
  if (id < 0 || ts < 0 || field.length < 5) return null;
  const action = actions[id];
  if (action === undefined) return noRow;
  const ip = toAddress(field[4]!);
  if (ip === '') return null;
  return {
    table: 'lease',
    action,
    ts,
    ip,
    mac: macOf(field[6] ?? ''),
    hostname: toText(field[5] ?? '', 255),
    leaseSeconds: action === 'ack' ? (source.leaseSeconds ?? 0) : 0,
  };
}

function timeOf(date: string, time: string, source: SourceSettings, recvAt: Date): number {
  const day = /^(\d\d)\/(\d\d)\/(\d\d|\d{4})$/.exec(date);
  const clock = /^(\d\d):(\d\d):(\d\d)$/.exec(time);
  if (!day || !clock) return -1;
  const year = Number(day[3]);
  const wall = {
    year: year < 100 ? 2000 + year : year,
    month: Number(day[1]),
    day: Number(day[2]),
    hour: Number(clock[1]),
    minute: Number(clock[2]),
    second: Number(clock[3]),
    ms: 0,
  };
  return toUtc(wall, source.zone, recvAt);
}

/** Twelve hexadecimal digits; hardware of other length has no MAC. */
function macOf(text: string): string {
  return /^[0-9A-Fa-f]{12}$/.test(text) ? text.toLowerCase().match(/../g)!.join(':') : '';
}
