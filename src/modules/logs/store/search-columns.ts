/** ClickHouse: which columns of which table answer to the fields of a search. */
import type { FieldType } from '../contract.ts';

export const tableOfKind = {
  proxy: 'event',
  dns: 'event',
  site: 'event',
  firewall: 'event',
  flow: 'event',
  alert: 'event',
  other: 'event',
  nat: 'nat_session',
  block: 'nat_block',
  lease: 'lease',
  sighting: 'sighting',
} as const;
export type Kind = keyof typeof tableOfKind;
export type Table = (typeof tableOfKind)[Kind];

export const searchTables: readonly Table[] = ['event', 'nat_session', 'nat_block', 'lease', 'sighting'];

interface TableColumns {
  /** SQL that gives the row's kind as a search names it. */
  readonly kind: string;
  readonly select: string;
  /** Columns by the field that names them; several: any of them. */
  readonly fields: Readonly<Record<string, readonly string[]>>;
  /** What free text is looked for in. No name of a person or device: letters could be guessed one by one. */
  readonly texts: readonly string[];
}

export const columnsOf: Readonly<Record<Table, TableColumns>> = {
  event: {
    kind: 'kind',
    select: `kind AS row_kind, cli, cport, dst, dport, proto, host, path, method, status, act, user_tok, up, dn, took,
      num, extra`,
    fields: {
      ip: ['cli', 'dst'],
      port: ['cport', 'dport'],
      host: ['host'],
      user: ['user_tok'],
      ...same('cli', 'cport', 'dst', 'dport', 'proto', 'path', 'method', 'status', 'act', 'up', 'dn', 'took'),
      ...same('num', 'dec'),
    },
    texts: ['host', 'path', 'method', 'act', "arrayStringConcat(mapValues(extra), '\\n')"],
  },
  nat_session: {
    kind: `'nat'`,
    select: `'nat' AS row_kind, kind AS event, direction, realm, proto, pub_ip, pub_port, in_ip, in_port, dst_ip,
      dst_port`,
    fields: {
      ip: ['pub_ip', 'in_ip', 'dst_ip'],
      port: ['pub_port', 'in_port', 'dst_port'],
      event: ['kind'],
      ...same(
        'direction',
        'realm',
        'proto',
        'pub_ip',
        'pub_port',
        'in_ip',
        'in_port',
        'dst_ip',
        'dst_port',
        'dec',
      ),
    },
    texts: ['realm', 'kind'],
  },
  nat_block: {
    kind: `'block'`,
    select: `'block' AS row_kind, kind AS event, realm, proto, pub_ip, lo, hi, step, in_ip,
      if(t_start = 0, '', formatDateTime(t_start, '%FT%TZ', 'UTC')) AS since`,
    fields: {
      ip: ['pub_ip', 'in_ip'],
      event: ['kind'],
      ...same('realm', 'proto', 'pub_ip', 'lo', 'hi', 'in_ip', 'dec'),
    },
    texts: ['realm', 'kind'],
  },
  lease: {
    kind: `'lease'`,
    select: `'lease' AS row_kind, action, realm, ip, mac, hostname, lease_seconds`,
    fields: { device: ['hostname'], ...same('ip', 'mac', 'action', 'realm', 'lease_seconds', 'dec') },
    texts: ['mac', 'realm', 'action'],
  },
  sighting: {
    kind: `'sighting'`,
    select: `'sighting' AS row_kind, kind AS by, action, realm, ip, mac, old_mac, user_tok, session, nas,
      port AS nas_port`,
    fields: {
      mac: ['mac', 'old_mac'],
      by: ['kind'],
      user: ['user_tok'],
      nas_port: ['port'],
      ...same('ip', 'action', 'realm', 'session', 'nas', 'dec'),
    },
    texts: ['mac', 'old_mac', 'realm', 'action', 'session', 'nas'],
  },
};

function same(...names: string[]): Record<string, readonly string[]> {
  return Object.fromEntries(names.map((name) => [name, [name]]));
}

/** The columns of a field in a table; none: no row of it can match. */
export function columnsFor(table: Table, field: string): readonly string[] {
  if (field.startsWith('extra.')) return table === 'event' ? [`extra[{extra:String}]`] : [];
  return columnsOf[table].fields[field] ?? [];
}

/** Of these the empty value means "not logged". */
export const emptyOf: Readonly<Record<FieldType, string>> = {
  address: `toIPv6('::')`,
  number: '0',
  port: '0',
  host: `''`,
  mac: `''`,
  word: `''`,
  contains: `''`,
  user: `''`,
  device: `''`,
};
