import { sightingOf } from './build-row.ts';
import { type DecodedRow, noRow, type SourceSettings } from './row.ts';
import { readHeader } from './syslog-header.ts';
import { toAddress, toByteString, toMac, words } from './text.ts';

/** What arpwatch says, by its first words; `true`: another MAC had the address before. */
const reports: readonly [string, boolean][] = [
  ['new activity', false],
  ['new station', false],
  ['flip flop', true],
  ['changed ethernet address', true],
  ['reused old ethernet address', true],
];

/** Known not to bind an address: strangers on the wire, and frames whose two senders differ. */
const idle =
  /^(?:bogon|ethernet (?:mismatch|broadcast)|ip broadcast|suppressed|listening|exiting|sent|execl|\S+ dead)/;

/** arpwatch by syslog: `changed ethernet address IP MAC (OLD)`, `new station IP MAC [interface]` and so on. */
export function decodeArpwatch(
  line: Uint8Array | string,
  source: SourceSettings,
  recvAt: Date,
): DecodedRow | null {
  const text = toByteString(line);
  const header = readHeader(text, source.zone, recvAt, source.year);
  if (header.ts < 0 || header.tag !== 'arpwatch') return null;
  const body = text.slice(header.at);
  const report = reports.find(([words]) => body.startsWith(`${words} `));
  if (!report) return idle.test(body) ? noRow : null;
  const field = words(body, report[0].length);
  const ip = toAddress(field[0] ?? '');
  const mac = toMac(field[1] ?? '');
  if (ip === '' || mac === '') return null;
  const old = field[2]?.startsWith('(') ? toMac(field[2].slice(1, -1)) : '';
  const port = field.slice(2).find((word) => /^[A-Za-z][\w.@-]{1,31}$/.test(word)) ?? '';
  return sightingOf({
    kind: 'arpwatch',
    ts: header.ts,
    action: report[1] ? 'changed' : 'seen',
    ip,
    mac,
    oldMac: report[1] ? old : '',
    nas: header.host,
    port,
  });
}
