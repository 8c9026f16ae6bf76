/** Rows with what a format does not log filled in, and the values that several formats write alike. */
import type { EventRow, NatRow, SightingRow } from './row.ts';
import { toWhole } from './text.ts';

const emptyEvent = {
  table: 'event',
  cli: '',
  cport: 0,
  dst: '',
  dport: 0,
  proto: 0,
  host: '',
  path: '',
  method: '',
  status: 0,
  act: '',
  user: '',
  up: 0,
  dn: 0,
  took: 0,
  num: -1,
} as const;

export function eventOf(given: Pick<EventRow, 'kind' | 'ts'> & Partial<EventRow>): EventRow {
  return { ...emptyEvent, ...given };
}

const emptySighting = {
  table: 'sighting',
  mac: '',
  oldMac: '',
  user: '',
  session: '',
  nas: '',
  port: '',
} as const;

export function sightingOf(
  given: Pick<SightingRow, 'kind' | 'ts' | 'action' | 'ip'> & Partial<SightingRow>,
): SightingRow {
  return { ...emptySighting, ...given };
}

const protocols: Readonly<Record<string, number>> = {
  icmp: 1,
  igmp: 2,
  tcp: 6,
  udp: 17,
  gre: 47,
  esp: 50,
  ah: 51,
  icmpv6: 58,
  'ipv6-icmp': 58,
  sctp: 132,
  udplite: 136,
};

/** `TCP`, `udp`, `ICMPv6` or a number 0–255; -1 for anything else. */
export function toProtocol(text: string): number {
  const named = protocols[text.toLowerCase()];
  if (named !== undefined && Object.hasOwn(protocols, text.toLowerCase())) return named;
  const number = toWhole(text);
  return number <= 255 ? number : -1;
}

export interface Endpoint {
  readonly ip: string;
  readonly port: number;
}

export interface SessionEnds {
  readonly source: Endpoint;
  readonly destination: Endpoint;
  /** As they are after translation. */
  readonly newSource: Endpoint;
  readonly newDestination: Endpoint;
}

type Ends = Pick<NatRow, 'direction' | 'pubIp' | 'pubPort' | 'inIp' | 'inPort' | 'dstIp' | 'dstPort'>;

/**
 * The public and the inside end of a translated session, or `null` when nothing was translated. A changed
 * destination alone is a port forwarding: then the public side is what the stranger called.
 */
export function translationOf({ source, destination, newSource, newDestination }: SessionEnds): Ends | null {
  if (!isSame(source, newSource)) {
    return {
      direction: 'out',
      pubIp: newSource.ip,
      pubPort: newSource.port,
      inIp: source.ip,
      inPort: source.port,
      dstIp: newDestination.ip,
      dstPort: newDestination.port,
    };
  }
  if (isSame(destination, newDestination)) return null;
  return {
    direction: 'in',
    pubIp: destination.ip,
    pubPort: destination.port,
    inIp: newDestination.ip,
    inPort: newDestination.port,
    dstIp: source.ip,
    dstPort: source.port,
  };
}

function isSame(a: Endpoint, b: Endpoint): boolean {
  return a.ip === b.ip && a.port === b.port;
}

/** What of `extra` is there: only values that are not empty, at most 1,024 characters each. */
export function extraOf(values: Readonly<Record<string, string>>): { extra?: Record<string, string> } {
  const kept = Object.entries(values).filter(([, value]) => value !== '');
  if (kept.length === 0) return {};
  return { extra: Object.fromEntries(kept.map(([name, value]) => [name, value.slice(0, 1024)])) };
}
