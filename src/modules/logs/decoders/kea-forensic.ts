import type { DecodedRow, LeaseRow, SourceSettings } from './row.ts';
import { readHeader } from './syslog-header.ts';
import { toAddress, toByteString, toMac } from './text.ts';
import { parseIso } from './time.ts';

const actions: Readonly<Record<string, LeaseRow['action']>> = {
  assigned: 'ack',
  renewed: 'ack',
  released: 'release',
};

const lead = /^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) ([A-Za-z0-9+-]{1,8}) Address: ?/;
const verb = /^([0-9A-Fa-f.:]{2,45}) has been (assigned|renewed|released)\b/;

/**
 * The legal log of Kea (hook `libdhcp_legal_log`): `TIME ZONE Address: IP has been renewed for 1 hrs 52 min 15 secs
 * to a device with hardware address: hwtype=1 MAC, …`. The zone is a name that several places share (CST), so the zone
 * of the source counts; only UTC and GMT are taken at their word.
 */
export function decodeKeaForensic(
  line: Uint8Array | string,
  source: SourceSettings,
  recvAt: Date,
): DecodedRow | null {
  const text = toByteString(line);
  const at = lead.test(text) ? 0 : readHeader(text, source.zone, recvAt, source.year).at;
  const body = text.slice(at);
  const start = lead.exec(body);
  if (!start) return null;
  const zone = start[2] === 'UTC' || start[2] === 'GMT' ? 'UTC' : source.zone;
  const ts = parseIso(start[1]!, zone, recvAt);
  const rest = body.slice(start[0].length);
  const told = verb.exec(rest);
  const ip = toAddress(told?.[1] ?? '');
  if (ts < 0 || !told || ip === '') return null;
  const action = actions[told[2]!]!;
  return {
    table: 'lease',
    action,
    ts,
    ip,
    mac: macIn(rest),
    hostname: '',
    leaseSeconds: action === 'ack' ? secondsIn(rest.slice(told[0].length, told[0].length + 80)) : 0,
  };
}

const units: Readonly<Record<string, number>> = { days: 86_400, hrs: 3600, min: 60, secs: 1 };

/** ` for 1 hrs 52 min 15 secs to a device`; 0 for "infinity" and when it is not there. */
function secondsIn(text: string): number {
  if (!text.startsWith(' for ')) return 0;
  let seconds = 0;
  const field = text.slice(5).split(' ');
  for (let i = 0; i + 1 < field.length; i += 2) {
    const unit = Object.hasOwn(units, field[i + 1]!) ? units[field[i + 1]!] : undefined;
    if (unit === undefined || !/^\d{1,7}$/.test(field[i]!)) break;
    seconds += Number(field[i]) * unit;
  }
  return seconds;
}

function macIn(text: string): string {
  const at = text.indexOf('hwtype=1 ');
  return at < 0 ? '' : toMac(text.slice(at + 9, at + 26));
}
