import { eventOf, extraOf } from './build-row.ts';
import { type DecodedRow, noRow, type SourceSettings } from './row.ts';
import { readHeader } from './syslog-header.ts';
import { toAddress, toByteString, toPort, toText, toWhole, words } from './text.ts';

/**
 * Port blocks of Junos: `RT_SRC_NAT_PBA_ALLOC: Subscriber INSIDE used/maximum [10/15] blocks, allocates port block
 * [24064-24191] from PUBLIC in source pool NAME …`, `RT_SRC_NAT_PBA_RELEASE` likewise, and `RT_NAT_RULE_MATCH`, which
 * tells the session but not its public side. The time is that of the header: what `epoch` of a released block means is
 * not documented, so no start is told by it.
 */
export function decodeJuniper(
  line: Uint8Array | string,
  source: SourceSettings,
  recvAt: Date,
): DecodedRow | null {
  const text = toByteString(line);
  const at = text.indexOf('RT_');
  const name =
    at < 0 ? null : /^RT_(?:NAT(?: - |: ?))?(?:RT_)?([A-Z_]{2,40})/.exec(text.slice(at, at + 80))?.[1];
  const header = readHeader(text, source.zone, recvAt, source.year);
  if (!name || header.ts < 0) return null;
  const body = text.slice(at);
  if (name.startsWith('SRC_NAT_PBA_')) return decodeBlock(name.slice(12), body, header.ts);
  if (name === 'NAT_RULE_MATCH') return decodeMatch(body, header.ts);
  return noRow;
}

function decodeBlock(what: string, body: string, ts: number): DecodedRow | null {
  // An interim report of the whole subscriber names no block.
  const isFree = what === 'RELEASE';
  if (!isFree && what !== 'ALLOC' && what !== 'INTERIM') return noRow;
  const block = /port block \[(\d{1,5})-(\d{1,5})\] from ([0-9A-Fa-f.:]{2,45}) /.exec(`${body} `);
  if (!block) return what === 'INTERIM' ? noRow : null;
  const inIp = toAddress(/Subscriber ([0-9A-Fa-f.:]{2,45}) /.exec(body)?.[1] ?? '');
  const pubIp = toAddress(block[3]!);
  const lo = toPort(block[1]!);
  const hi = toPort(block[2]!);
  if (inIp === '' || pubIp === '' || lo < 0 || hi < lo) return null;
  return {
    table: 'block',
    event: isFree ? 'free' : 'alloc',
    ts,
    start: -1,
    proto: 0,
    pubIp,
    lo,
    hi,
    step: 1,
    inIp,
  };
}

/** `key value` pairs behind `RT_NAT_RULE_MATCH: `. */
function decodeMatch(body: string, ts: number): DecodedRow | null {
  const field = words(body).slice(0, 64);
  const value = (key: string) => {
    const at = field.indexOf(key);
    return at < 0 ? '' : (field[at + 1] ?? '');
  };
  const cli = toAddress(value('source-address'));
  const dst = toAddress(value('destination-address'));
  if (cli === '' || dst === '') return null;
  return eventOf({
    kind: 'flow',
    ts,
    cli,
    cport: Math.max(0, toPort(value('source-port'))),
    dst,
    dport: Math.max(0, toPort(value('destination-port'))),
    proto: Math.min(255, Math.max(0, toWhole(value('protocol-id')))),
    act: 'nat-rule',
    ...extraOf({ rule: toText(value('rule-name'), 64), ruleset: toText(value('rule-set-name'), 64) }),
  });
}
