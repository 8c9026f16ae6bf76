import { eventOf, extraOf } from './build-row.ts';
import { type DecodedRow, noRow, type SourceSettings } from './row.ts';
import { readHeader } from './syslog-header.ts';
import { toAddress, toByteString, toPort, toWhole, words } from './text.ts';
import { parseEpoch, parseIso } from './time.ts';
import { toHost } from './url.ts';

const lead = /^\[\d{1,10}:[0-9a-f]{1,4}\] (?:info|query|reply|notice|warning|error|debug\d?|fatal error): /;
const ownTime =
  /^(?:\[(\d{9,10})\]|(\d{4}-\d\d-\d\dT[0-9:.]{8,15}(?:Z|[+-]\d\d:\d\d))) unbound(\[\d{1,10}:[0-9a-f]{1,4}\] )/;

/**
 * Unbound's `log-queries` (`ADDRESS NAME TYPE CLASS`) and `log-replies` (with answer code, seconds, cached, size), by
 * syslog or from its own file (`[epoch] unbound[pid:thread] info: …`, also with ISO times), and what its response
 * policies applied. Switch on one of the two, or every question counts twice.
 */
export function decodeUnbound(
  line: Uint8Array | string,
  source: SourceSettings,
  recvAt: Date,
): DecodedRow | null {
  const text = toByteString(line);
  const place = find(text, source, recvAt);
  if (!place || place.ts < 0) return null;
  const start = lead.exec(text.slice(place.at, place.at + 64));
  if (!start) return null;
  const field = words(text, place.at + start[0].length);
  if (field[0] === 'rpz:' || field[0] === 'RPZ') return decodePolicy(field, place.ts);
  const cli = toAddress(field[0] ?? '');
  if (cli === '') return noRow;
  return decodeQuestion(field, cli, place.ts);
}

function find(text: string, source: SourceSettings, recvAt: Date): { ts: number; at: number } | null {
  const own = ownTime.exec(text);
  if (own) {
    const ts = own[1] === undefined ? parseIso(own[2]!, source.zone, recvAt) : parseEpoch(own[1]);
    return { ts, at: own[0].length - own[3]!.length };
  }
  const header = readHeader(text, source.zone, recvAt, source.year);
  if (header.tag === 'unbound') return header;
  // "Nov 22 13:00:00 unbound[79652:0] info: …" of log-time-ascii: no host, and no colon behind the name.
  if (!/^unbound\[\d{1,10}:[0-9a-f]{1,4}\]$/.test(header.host)) return null;
  return { ts: header.ts, at: text.indexOf('unbound[') + 7 };
}

function decodeQuestion(field: string[], cli: string, ts: number): DecodedRow | null {
  const [, name = '', type = '', zoneClass, code = '', seconds = '', , size = ''] = field;
  if (name === '' || zoneClass !== 'IN' || !/^[A-Z0-9]{1,20}$/.test(type)) return null;
  const took = Number(/^\d{1,6}\.\d{1,9}$/.exec(seconds)?.[0] ?? 0) * 1000;
  return eventOf({
    kind: 'dns',
    ts,
    cli,
    dport: 53,
    proto: 17,
    host: toHost(name),
    act: type,
    took: Math.round(took),
    dn: Math.max(0, toWhole(size)),
    ...extraOf({ answer: /^[A-Z0-9]{1,20}$/.test(code) ? code : '' }),
  });
}

/** `rpz: applied [zone] trigger nxdomain 192.0.2.5@41234 bad.example. A IN`. */
function decodePolicy(field: string[], ts: number): DecodedRow | null {
  const at = field.findIndex((word, i) => i > 0 && i < 8 && word.includes('@'));
  const split = (field[at] ?? '').lastIndexOf('@');
  const cli = toAddress((field[at] ?? '').slice(0, Math.max(0, split)));
  if (at < 2 || cli === '') return noRow;
  const [name = '', type = ''] = field.slice(at + 1);
  return eventOf({
    kind: 'dns',
    ts,
    cli,
    cport: Math.max(0, toPort(field[at]!.slice(split + 1))),
    dport: 53,
    proto: 17,
    host: toHost(name),
    act: /^[A-Z0-9]{1,20}$/.test(type) ? type : '',
    ...extraOf({ policy: field[at - 1]!.toLowerCase(), rule: toHost(field[at - 2]!) }),
  });
}
