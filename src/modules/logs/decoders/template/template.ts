import { fieldsOf } from '../../contract/template-fields.ts';
import { eventOf, sightingOf, toProtocol } from '../build-row.ts';
import type {
  BlockRow,
  DataRow,
  Decode,
  EventRow,
  LeaseRow,
  NatRow,
  SightingRow,
  SourceSettings,
} from '../row.ts';
import { readHeader } from '../syslog-header.ts';
import { toAddress, toByteString, toMac, toPort, toText, toWhole } from '../text.ts';
import { toHost } from '../url.ts';
import { type Match, type Misfit, matchLine } from './match-line.ts';
import { type Pattern, parsePattern, type Step } from './parse-pattern.ts';

export interface Template {
  readonly given: Pattern;
  readonly steps: readonly Step[];
}

/** Makes patterns ready for use. Throws PatternError. */
export function compileTemplate(pattern: Pattern): Template {
  return { given: pattern, steps: parsePattern(toBytes(pattern)) };
}

/** Lines are matched as bytes, so a pattern's Chinese text is, too. */
function toBytes(pattern: Pattern): Pattern {
  return { ...pattern, pattern: Buffer.from(pattern.pattern, 'utf8').toString('latin1') };
}

/**
 * A reader of lines by patterns, the first that fits. A pattern describes the whole line, or what stands behind a
 * syslog header. The time is that of its field `time`, else the header's, else that of the receipt.
 */
export function templateDecoder(templates: readonly Template[]): Decode {
  return (line, source, recvAt) => {
    const text = toByteString(line);
    for (const template of templates) {
      const tried = tryTemplate(template, text, source, recvAt);
      if ('row' in tried) return tried.row;
    }
    return null;
  };
}

export type Tried = { readonly row: DataRow; readonly match: Match } | { readonly misfit: Misfit };

/** One pattern on one line; a misfit is that of the try that came further. */
export function tryTemplate(template: Template, text: string, source: SourceSettings, recvAt: Date): Tried {
  const around = { source, recvAt };
  const header = readHeader(text, source.zone, recvAt, source.year);
  const whole = matchLine(template.steps, text, 0, around);
  if ('values' in whole) return finish(template, whole, header.ts, recvAt);
  if (header.at === 0) return { misfit: whole };
  const behind = matchLine(template.steps, text, header.at, around);
  if ('values' in behind) return finish(template, behind, header.ts, recvAt);
  return { misfit: behind.column >= whole.column ? behind : whole };
}

function finish(template: Template, match: Match, headerTs: number, recvAt: Date): Tried {
  const ts = match.times.get('time') ?? (headerTs >= 0 ? headerTs : recvAt.getTime());
  return { row: makeRow(template.given, match, ts), match };
}

function makeRow(given: Pattern, match: Match, ts: number): DataRow {
  switch (given.row) {
    case 'nat':
      return natRow(given, match, ts);
    case 'block':
      return blockRow(given, match, ts);
    case 'lease':
      return leaseRow(given, match, ts);
    case 'sighting':
      return sightingRow(given, match, ts);
    default:
      return eventRow(given.row, match, ts);
  }
}

/** Typed access to what matched: absent is '' or 0, an absent time -1. */
function reader({ values, times }: Match) {
  const text = (name: string) => values.get(name) ?? '';
  return {
    ip: (name: string) => toAddress(text(name)),
    port: (name: string) => Math.max(0, toPort(text(name))),
    number: (name: string) => Math.max(0, toWhole(text(name))),
    proto: () => Math.max(0, toProtocol(text('proto'))),
    mac: (name: string) => toMac(text(name)),
    word: (name: string, cap = 256) => (text(name) === '-' ? '' : toText(text(name), cap)),
    time: (name: string) => times.get(name) ?? -1,
  };
}

function eventRow(kind: EventRow['kind'], match: Match, ts: number): EventRow {
  const get = reader(match);
  const known = fieldsOf(kind).fields;
  const extra = [...match.values].filter(([name]) => !Object.hasOwn(known, name));
  return eventOf({
    kind,
    ts,
    cli: get.ip('cli'),
    cport: get.port('cport'),
    dst: get.ip('dst'),
    dport: get.port('dport'),
    proto: get.proto(),
    host: toHost(get.word('host')),
    path: get.word('path', 8192),
    method: get.word('method', 32),
    status: Math.min(get.number('status'), 65_535),
    act: get.word('act', 64),
    user: get.word('user'),
    up: get.number('up'),
    dn: get.number('dn'),
    took: get.number('took'),
    ...(extra.length > 0 && {
      extra: Object.fromEntries(extra.map(([name, value]) => [name, toText(value, 1024)])),
    }),
  });
}

function natRow({ means = 'new' }: Pattern, match: Match, ts: number): NatRow {
  const get = reader(match);
  const event = means as NatRow['event'];
  const told = get.time('start');
  return {
    table: 'nat',
    event,
    ts,
    start: told >= 0 ? told : event === 'new' ? ts : -1,
    direction: 'out',
    proto: get.proto(),
    pubIp: get.ip('pubip'),
    pubPort: get.port('pubport'),
    inIp: get.ip('inip'),
    inPort: get.port('inport'),
    dstIp: get.ip('dstip'),
    dstPort: get.port('dstport'),
    flow: '',
  };
}

function blockRow({ means = 'alloc' }: Pattern, match: Match, ts: number): BlockRow {
  const get = reader(match);
  return {
    table: 'block',
    event: means as BlockRow['event'],
    ts,
    start: get.time('start'),
    proto: get.proto(),
    pubIp: get.ip('pubip'),
    lo: get.port('lo'),
    hi: get.port('hi'),
    step: Math.min(Math.max(1, get.number('step')), 65_535),
    inIp: get.ip('inip'),
  };
}

function leaseRow({ means = 'ack' }: Pattern, match: Match, ts: number): LeaseRow {
  const get = reader(match);
  return {
    table: 'lease',
    action: means as LeaseRow['action'],
    ts,
    ip: get.ip('ip'),
    mac: get.mac('mac'),
    hostname: get.word('hostname', 255),
    leaseSeconds: get.number('lease'),
  };
}

function sightingRow({ means = 'seen' }: Pattern, match: Match, ts: number): SightingRow {
  const get = reader(match);
  return sightingOf({
    kind: 'arp',
    ts,
    action: means as SightingRow['action'],
    ip: get.ip('ip'),
    mac: get.mac('mac'),
    oldMac: get.mac('oldmac'),
    user: get.word('user'),
    session: get.word('session'),
    nas: get.word('nas'),
    port: get.word('port'),
  });
}
