import { eventOf, extraOf, toProtocol } from './build-row.ts';
import type { DecodedRow, SourceSettings } from './row.ts';
import { readHeader } from './syslog-header.ts';
import { toAddress, toByteString, toMac, toPort, toText, toWhole, words } from './text.ts';

/**
 * The LOG target of iptables and nftables: `[uptime] PREFIX IN=eth0 OUT= MAC=… SRC=… DST=… LEN=… PROTO=TCP SPT=… DPT=…`.
 * It shows no translation, so it is a firewall event and never a session. The prefix, which says what the rule does, is
 * kept as the verdict.
 */
export function decodeIptables(
  line: Uint8Array | string,
  source: SourceSettings,
  recvAt: Date,
): DecodedRow | null {
  const text = toByteString(line);
  const header = readHeader(text, source.zone, recvAt, source.year);
  const start = text.indexOf('IN=', header.at);
  if (header.ts < 0 || start < 0 || text.indexOf(' OUT=', start) < 0) return null;
  const pair = new Map<string, string>();
  for (const word of words(text, start).slice(0, 64)) {
    const equals = word.indexOf('=');
    const key = equals > 0 ? word.slice(0, equals) : '';
    // What an ICMP error quotes in brackets has the same keys: the first counts.
    if (key !== '' && !pair.has(key)) pair.set(key, word.slice(equals + 1));
  }
  const cli = toAddress(pair.get('SRC') ?? '');
  const dst = toAddress(pair.get('DST') ?? '');
  const proto = toProtocol(pair.get('PROTO') ?? '');
  if (cli === '' || dst === '' || proto < 0) return null;
  const prefix = text
    .slice(header.at, start)
    .replace(/^\[ *\d{1,12}\.\d{1,9}\] ?/, '')
    .trim();
  return eventOf({
    kind: 'firewall',
    ts: header.ts,
    cli,
    cport: Math.max(0, toPort(pair.get('SPT') ?? '')),
    dst,
    dport: Math.max(0, toPort(pair.get('DPT') ?? '')),
    proto,
    act: toText(prefix, 64),
    up: Math.max(0, toWhole(pair.get('LEN') ?? '')),
    ...extraOf({
      in: toText(pair.get('IN') ?? '', 32),
      out: toText(pair.get('OUT') ?? '', 32),
      // Destination (6 bytes), source (6), type (2).
      mac: toMac((pair.get('MAC') ?? '').slice(18, 35)),
    }),
  });
}
