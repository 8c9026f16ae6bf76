import { eventOf, extraOf, toProtocol } from './build-row.ts';
import { type DecodedRow, type EventRow, noRow, type SourceSettings } from './row.ts';
import { readHeader } from './syslog-header.ts';
import { toAddress, toByteString, toMac, toText } from './text.ts';
import { parseIso } from './time.ts';
import { toHost } from './url.ts';

type Json = Readonly<Record<string, unknown>>;

/**
 * Suricata's EVE: one JSON object a line, bare or behind a syslog header. Alarms, DNS questions, HTTP requests, TLS
 * names, flows and acknowledged DHCP leases become rows; statistics and the rest do not.
 */
export function decodeSuricata(
  line: Uint8Array | string,
  source: SourceSettings,
  recvAt: Date,
): DecodedRow | null {
  const text = toByteString(line);
  const at = text.startsWith('{')
    ? 0
    : text.indexOf('{', readHeader(text, source.zone, recvAt, source.year).at);
  if (at < 0 || at > 400) return null;
  const event = parse(text.slice(at));
  const type = textOf(event?.event_type);
  if (!event || type === '') return null;
  const ts = parseIso(textOf(event.timestamp), source.zone, recvAt);
  if (ts < 0) return null;
  const make = Object.hasOwn(makers, type) ? makers[type] : undefined;
  return make ? make(event, ts) : noRow;
}

/** The line is bytes as characters; JSON is UTF-8. */
function parse(text: string): Json | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'latin1').toString('utf8'));
    return isObject(value) ? value : null;
  } catch {
    return null; // Not JSON: the answer is "not readable".
  }
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function objectOf(value: unknown): Json {
  return isObject(value) ? value : {};
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value.length > 1024 ? value.slice(0, 1024) : value;
  return typeof value === 'number' ? String(value) : '';
}

/** A whole number from 0 to `most`; 0 for anything else. */
function countOf(value: unknown, most = Number.MAX_SAFE_INTEGER): number {
  const fits = typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= most;
  return fits ? value : 0;
}

function common(event: Json, ts: number): Pick<EventRow, 'ts' | 'cli' | 'cport' | 'dst' | 'dport' | 'proto'> {
  return {
    ts,
    cli: toAddress(textOf(event.src_ip)),
    cport: countOf(event.src_port, 65535),
    dst: toAddress(textOf(event.dest_ip)),
    dport: countOf(event.dest_port, 65535),
    proto: Math.max(0, toProtocol(textOf(event.proto))),
  };
}

const makers: Readonly<Record<string, ((event: Json, ts: number) => DecodedRow | null) | undefined>> = {
  alert: (event, ts) => {
    const alert = objectOf(event.alert);
    return eventOf({
      kind: 'alert',
      ...common(event, ts),
      host: toHost(textOf(objectOf(event.http).hostname) || textOf(objectOf(event.tls).sni)),
      path: textOf(objectOf(event.http).url),
      act: textOf(alert.action).slice(0, 64),
      ...extraOf({
        signature: textOf(alert.signature),
        sid: textOf(alert.signature_id),
        severity: textOf(alert.severity),
        category: textOf(alert.category),
      }),
    });
  },
  dns: (event, ts) => {
    const dns = objectOf(event.dns);
    // Version 3 lists the questions; before, the line had one. An answer names the server as its source.
    const asked = objectOf(Array.isArray(dns.queries) ? dns.queries[0] : dns);
    const name = textOf(asked.rrname);
    if (name === '' || !/^(?:query|request)$/.test(textOf(dns.type))) return noRow;
    return eventOf({
      kind: 'dns',
      ...common(event, ts),
      host: toHost(name),
      act: textOf(asked.rrtype).slice(0, 20),
    });
  },
  http: (event, ts) => {
    const http = objectOf(event.http);
    return eventOf({
      kind: 'flow',
      ...common(event, ts),
      host: toHost(textOf(http.hostname)),
      path: textOf(http.url),
      method: textOf(http.http_method).slice(0, 32),
      status: countOf(http.status, 999),
      act: 'http',
      dn: countOf(http.length),
    });
  },
  tls: (event, ts) =>
    eventOf({
      kind: 'flow',
      ...common(event, ts),
      host: toHost(textOf(objectOf(event.tls).sni)),
      act: 'tls',
    }),
  flow: (event, ts) => {
    const flow = objectOf(event.flow);
    return eventOf({
      kind: 'flow',
      ...common(event, ts),
      act: toText(textOf(flow.state), 64),
      up: countOf(flow.bytes_toserver),
      dn: countOf(flow.bytes_toclient),
      took: countOf(flow.age, 4_000_000) * 1000,
    });
  },
  dhcp: (event, ts) => {
    const dhcp = objectOf(event.dhcp);
    const ip = toAddress(textOf(dhcp.assigned_ip));
    if (textOf(dhcp.dhcp_type) !== 'ack' || ip === '' || ip === '0.0.0.0') return noRow;
    return {
      table: 'lease',
      action: 'ack',
      ts,
      ip,
      mac: toMac(textOf(dhcp.client_mac)),
      hostname: textOf(dhcp.hostname).slice(0, 255),
      leaseSeconds: countOf(dhcp.lease_time),
    };
  },
};
