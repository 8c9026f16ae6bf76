import type { DecodedRow, EventRow, SourceSettings } from './row.ts';
import { readHeader } from './syslog-header.ts';
import { toAddress, toByteString, toPort, toText, toWhole, words } from './text.ts';
import { parseEpoch } from './time.ts';
import { splitUrl } from './url.ts';

/**
 * Squid access log, two layouts told apart by their fourth word:
 * native `%ts.%03tu %6tr %>a %Ss/%03>Hs %<st %rm %ru %un %Sh/%<a %mt`, and the layout that this product asks
 * for, `%ts.%03tu %6tr %>a %>p %<a %<p %Ss/%03>Hs %<st %>st %rm %ru %un %mt %sn`, which has the client's port
 * and a running number. The time is that of the END of the request.
 */
export function decodeSquid(
  line: Uint8Array | string,
  source: SourceSettings,
  recvAt: Date,
): DecodedRow | null {
  const text = toByteString(line);
  const header = readHeader(text, source.zone, recvAt, source.year);
  const field = words(text, header.at);
  const ts = parseEpoch(field[0] ?? '');
  const cli = toAddress(field[2] ?? '');
  const took = toWhole(field[1] ?? '');
  if (ts < 0 || cli === '' || took < 0) return null;
  const common = { ts, cli, took };
  return (field[3] ?? '').includes('/') ? decodeNative(field, common) : decodeFull(field, common);
}

type Common = Pick<EventRow, 'ts' | 'cli' | 'took'>;

function decodeNative(field: string[], common: Common): EventRow | null {
  if (field.length < 9) return null;
  const peer = field[8]!;
  const dst = toAddress(peer.slice(peer.lastIndexOf('/') + 1));
  return build(common, {
    cport: 0,
    dst,
    dport: -1,
    result: field[3]!,
    dn: toWhole(field[4]!),
    up: 0,
    method: field[5]!,
    url: field[6]!,
    user: field[7]!,
    num: -1,
  });
}

function decodeFull(field: string[], common: Common): EventRow | null {
  if (field.length < 13) return null;
  const cport = toPort(field[3]!);
  if (cport < 0) return null;
  const num = field.length > 13 ? toWhole(field[field.length - 1]!) : -1;
  return build(common, {
    cport,
    dst: toAddress(field[4]!),
    dport: toPort(field[5]!),
    result: field[6]!,
    dn: toWhole(field[7]!),
    up: toWhole(field[8]!),
    method: field[9]!,
    url: field[10]!,
    user: field[11]!,
    num,
  });
}

interface Rest {
  cport: number;
  dst: string;
  dport: number;
  result: string;
  dn: number;
  up: number;
  method: string;
  url: string;
  user: string;
  num: number;
}

function build(common: Common, rest: Rest): EventRow | null {
  const slash = rest.result.lastIndexOf('/');
  const status = toWhole(rest.result.slice(slash + 1));
  if (slash < 1 || status < 0 || status > 999 || rest.dn < 0 || rest.up < 0) return null;
  if (!/^[A-Z_-]{1,32}$/.test(rest.method)) return null;
  const url = splitUrl(rest.url, rest.method === 'CONNECT');
  return {
    table: 'event',
    kind: 'proxy',
    ts: common.ts,
    cli: common.cli,
    took: common.took,
    cport: rest.cport,
    dst: rest.dst,
    dport: rest.dport > 0 ? rest.dport : url.port,
    proto: 6,
    host: url.host,
    path: url.path,
    method: rest.method,
    status,
    act: rest.result.slice(0, Math.min(slash, 64)),
    user: rest.user === '-' ? '' : toText(rest.user, 256),
    up: rest.up,
    dn: rest.dn,
    num: rest.num,
    // Squid counts its requests anew when it starts, and not at 2^32.
    ...(rest.num >= 0 && {
      counter: { name: 'squid-sn', value: rest.num, modulus: Number.MAX_SAFE_INTEGER },
    }),
  };
}
