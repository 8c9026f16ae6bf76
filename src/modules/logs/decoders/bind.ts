import { eventOf, extraOf } from './build-row.ts';
import { type DecodedRow, noRow, type SourceSettings } from './row.ts';
import { readHeader } from './syslog-header.ts';
import { toAddress, toByteString, toPort, words } from './text.ts';
import { monthOf, parseIso, toUtc } from './time.ts';
import { toHost } from './url.ts';

/**
 * BIND's `queries` and `rpz` categories, from a file channel (`print-time yes`, or `iso8601`) or by syslog:
 * `client @0x… 192.0.2.5#37073 (name): [view v: ]query: NAME IN A +E(0)K (server)`, and for response policies
 * `rpz QNAME NXDOMAIN rewrite NAME/A/IN via RULE`. Everything else that named says is no row.
 */
export function decodeBind(
  line: Uint8Array | string,
  source: SourceSettings,
  recvAt: Date,
): DecodedRow | null {
  const text = toByteString(line);
  const own = readOwnTime(text, source, recvAt);
  const header = own ?? readHeader(text, source.zone, recvAt, source.year);
  if (header.ts < 0 || !(own || ('tag' in header && header.tag === 'named'))) return null;
  const field = words(text, header.at);
  const client = field.findIndex((word, i) => word === 'client' && i < 4);
  if (client < 0) return isSpeech(text, header.at, own !== null) ? noRow : null;
  return decodeClient(field, client + 1, header.ts);
}

/** `22-Nov-2026 13:00:00.863 ` or, with `print-time iso8601`, `2026-11-22T13:00:00.863Z `, before a category. */
function readOwnTime(text: string, source: SourceSettings, recvAt: Date): { ts: number; at: number } | null {
  const old = /^(\d\d)-([A-Z][a-z]{2})-(\d{4}) (\d\d):(\d\d):(\d\d)\.(\d{3}) /.exec(text);
  if (old) {
    const wall = {
      year: Number(old[3]),
      month: monthOf(old[2]!),
      day: Number(old[1]),
      hour: Number(old[4]),
      minute: Number(old[5]),
      second: Number(old[6]),
      ms: Number(old[7]),
    };
    const ts = wall.month < 0 ? -1 : toUtc(wall, source.zone, recvAt);
    return ts < 0 ? null : { ts, at: old[0].length };
  }
  const iso = /^(\d{4}-\d\d-\d\dT[0-9:.]{8,15}Z?) (?:[a-z-]{2,30}: |client )/.exec(text);
  if (!iso) return null;
  const ts = parseIso(iso[1]!, source.zone, recvAt);
  return ts < 0 ? null : { ts, at: iso[1]!.length + 1 };
}

/** A category or a level begins what named says of itself. */
function isSpeech(text: string, at: number, hasOwnTime: boolean): boolean {
  return (
    !hasOwnTime ||
    /^(?:[a-z-]{2,30}: )?(?:info|notice|warning|error|critical|debug \d+): /.test(text.slice(at, at + 64))
  );
}

function decodeClient(field: string[], from: number, ts: number): DecodedRow | null {
  const at = field[from]?.startsWith('@') ? from + 1 : from;
  const hash = (field[at] ?? '').indexOf('#');
  const place = field[at] ?? '';
  const cli = toAddress(place.slice(0, Math.max(hash, 0)));
  const cport = toPort(/^\d+/.exec(place.slice(hash + 1))?.[0] ?? '');
  if (hash < 0 || cli === '' || cport < 0) return null;
  const verb = field.findIndex((word, i) => i > at && i < at + 6 && (word === 'query:' || word === 'rpz'));
  if (verb < 0) return noRow;
  const common = { kind: 'dns' as const, ts, cli, cport, proto: 17, dport: 53 };
  if (field[verb] === 'rpz') return decodePolicy(field, verb, common);
  const [name, zoneClass, type, flags = ''] = field.slice(verb + 1, verb + 5);
  if (name === undefined || zoneClass !== 'IN' || !/^[A-Z0-9]{1,20}$/.test(type ?? '')) return null;
  const server = /^\(([^)]*)\)$/.exec(field[verb + 5] ?? '')?.[1] ?? '';
  return eventOf({
    ...common,
    dst: toAddress(server),
    // T: the question came over TCP.
    proto: /^[+-][A-Z0-9()]*T/.test(flags) ? 6 : 17,
    host: toHost(name),
    act: type!,
  });
}

type Common = { kind: 'dns'; ts: number; cli: string; cport: number; proto: number; dport: number };

/** `rpz QNAME NXDOMAIN rewrite bad.example/A/IN via bad.example.zone.rpz`. */
function decodePolicy(field: string[], at: number, common: Common): DecodedRow | null {
  const [trigger = '', policy = '', verb, what = ''] = field.slice(at + 1, at + 5);
  const [name, type = ''] = what.split('/');
  if (verb !== 'rewrite' || !name) return noRow;
  const via = field[at + 5] === 'via' ? toHost(field[at + 6] ?? '') : '';
  return eventOf({
    ...common,
    host: toHost(name),
    act: /^[A-Z0-9]{1,20}$/.test(type) ? type : '',
    ...extraOf({ policy: policy.toLowerCase(), trigger: trigger.toLowerCase(), rule: via }),
  });
}
