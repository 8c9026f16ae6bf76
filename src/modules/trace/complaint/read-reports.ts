/** Complaints that machines write: X-ARF (YAML of one level, or JSON) and ACNS (XML). Pure. */

import { XMLParser, XMLValidator } from 'fast-xml-parser';
import type { Protocol } from '../engine/facts.ts';
import { readUrl } from '../read-url.ts';
import { findEnds, findProto, type PortFault, refang } from './read-ends.ts';
import { findTimes, type Written } from './read-when.ts';

export interface FoundEnd {
  readonly ip: string;
  readonly port: number | null;
  /** What is wrong with the port that was written. */
  readonly fault?: PortFault | null;
  readonly isSource: boolean;
}

/** What one entry of a complaint says, before anybody knows whose address is whose. */
export interface Found {
  readonly source: 'xarf' | 'acns' | 'tcpdump' | 'access' | 'text';
  /** 1-based line of the text in which it begins. */
  readonly line: number;
  readonly text: string;
  /** The first is the one that is complained about, as far as the text says so. */
  readonly ends: readonly FoundEnd[];
  /** A space or the end of a line cuts its address, port or time: others may be meant. */
  readonly isBroken?: boolean;
  readonly proto: Protocol | null;
  readonly written: Written | null;
  /** The page or host that was fetched. */
  readonly url?: string | undefined;
  readonly notes: readonly NoteCode[];
}

export type NoteCode =
  | 'port_of_which_side'
  | 'times_unclear'
  | 'several_times'
  | 'side_unclear'
  | 'no_proto'
  | 'midnight'
  | 'zone_stated'
  | 'forwarded';

const shorten = (text: string) => text.replace(/\s+/g, ' ').trim().slice(0, 300);
const plainKey = (key: string) => key.toLowerCase().replace(/[\s_-]/g, '');

/** An X-ARF report in a text, as YAML (0.1, 0.2) or JSON (3, 4); undefined when it is none. */
export function readXarf(text: string, line: number): Found | undefined {
  const fields = fieldsOfJson(text) ?? fieldsOfYaml(text);
  if (!fields) return undefined;
  const of = (...keys: string[]) => keys.map((key) => fields.get(key)).find((value) => value !== undefined);
  const source = endOf(of('sourceip', 'sourceidentifier', 'source', 'sourceipaddress'));
  const time = of('date', 'timestamp', 'time', 'firstseen');
  if (!source) return undefined;
  const destination = endOf(of('destinationip', 'destination', 'destinationidentifier'));
  const named = portOf(of('sourceport'));
  const port = portOf(of('port'));
  // `Port` alone is the attacked port with some reporters and the source port with others: a low one is a service's.
  const unclear = named === null && port !== null;
  const proto = String(of('protocol', 'transportprotocol') ?? '').toLowerCase();
  return {
    source: 'xarf',
    line,
    text: shorten(text),
    ends: [
      {
        ip: source.ip,
        port: named ?? source.port ?? (unclear && port >= 1024 ? port : null),
        // A port was written that is none.
        fault: of('sourceport') !== undefined && named === null ? 'bad_port' : null,
        isSource: true,
      },
      ...(destination
        ? [{ ip: destination.ip, port: portOf(of('destinationport')) ?? destination.port, isSource: false }]
        : []),
    ],
    proto: findProto(proto.replace(/^(gre|esp)$/, (word) => word.toUpperCase())),
    written: time === undefined ? null : (findTimes(time)[0] ?? null),
    url: readUrl(of('url', 'uri', 'sourceurl', 'destinationurl', 'domain', 'host') ?? '')?.text,
    notes: unclear ? ['port_of_which_side'] : [],
  };
}

function fieldsOfYaml(text: string): Map<string, string> | undefined {
  const fields = new Map<string, string>();
  for (const raw of text.split(/\r?\n/, 500)) {
    const [, key, value] = /^\s*([A-Za-z][\w -]{1,40}?)\s*:\s+(.*?)\s*$/.exec(raw.slice(0, 1000)) ?? [];
    if (key !== undefined && value) fields.set(plainKey(key), value.replace(/^(["'])(.*)\1$/, '$2'));
  }
  const isReport =
    fields.has('source') && (fields.has('reporttype') || fields.has('schemaurl') || fields.has('reportid'));
  return isReport ? fields : undefined;
}

function fieldsOfJson(text: string): Map<string, string> | undefined {
  const from = text.indexOf('{');
  if (from < 0 || !/xarf|SourceIp|source_identifier/i.test(text)) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text.slice(from, text.lastIndexOf('}') + 1));
  } catch {
    return undefined; // Not JSON: then it is read as text.
  }
  const fields = new Map<string, string>();
  flatten(value, fields, 0);
  return fields;
}

function flatten(value: unknown, fields: Map<string, string>, depth: number): void {
  if (value === null || typeof value !== 'object' || depth > 6 || fields.size > 500) return;
  for (const [key, one] of Object.entries(value)) {
    if (typeof one === 'string' || typeof one === 'number') {
      if (!fields.has(plainKey(key))) fields.set(plainKey(key), String(one).slice(0, 1000));
    } else flatten(one, fields, depth + 1);
  }
}

function endOf(text: string | undefined): { ip: string; port: number | null } | undefined {
  const [end] = text === undefined ? [] : findEnds(refang(text));
  return end && { ip: end.ip, port: end.port };
}

function portOf(text: string | undefined): number | null {
  const number = Number(text);
  return Number.isInteger(number) && number >= 1 && number <= 65535 ? number : null;
}

const parser = new XMLParser({
  processEntities: false,
  ignoreAttributes: true,
  removeNSPrefix: true,
  parseTagValue: false,
});

/** Every `Infringement` of the ACNS schema that stands in a text. A document type, and so any entity, is refused. */
export function readAcns(text: string, lineOf: (at: number) => number): Found[] {
  const found: Found[] = [];
  for (let at = 0; found.length < 1000; ) {
    const start = text.slice(at).search(/<(?:\w+:)?Infringement[\s>]/);
    if (start < 0) break;
    const end = /<\/(?:\w+:)?Infringement\s*>/.exec(text.slice(at + start));
    if (!end) break;
    const xml = text.slice(at + start, at + start + end.index + end[0].length);
    const one = /<!DOCTYPE|<!ENTITY/i.test(xml) ? undefined : readInfringement(xml, lineOf(at + start));
    if (one) found.push(one);
    at += start + xml.length;
  }
  return found;
}

function readInfringement(xml: string, line: number): Found | undefined {
  if (xml.length > 500_000 || XMLValidator.validate(xml) !== true) return undefined;
  const root = parser.parse(xml) as Record<string, Record<string, unknown>>;
  const infringement = Object.values(root)[0];
  const given = infringement?.Source;
  const source = (Array.isArray(given) ? given[0] : given) as Record<string, unknown> | undefined;
  const end = endOf(typeof source?.IP_Address === 'string' ? source.IP_Address : undefined);
  if (!source || !end) return undefined;
  const time = typeof source.TimeStamp === 'string' ? source.TimeStamp : '';
  return {
    source: 'acns',
    line,
    text: shorten(xml.replace(/<[^>]*>/g, ' ')),
    ends: [{ ip: end.ip, port: portOf(String(source.Port)), isSource: true }],
    proto: null,
    written: findTimes(time)[0] ?? null,
    notes: [],
  };
}
