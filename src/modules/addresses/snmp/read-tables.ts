/** From the tables of a switch or router to lines of a log. Pure: what was walked goes in. */

/** One value of a walk: its number behind the table's own, and what stands there. */
export interface Entry {
  /** The numbers behind the column's. */
  readonly index: readonly number[];
  readonly value: number | string | Uint8Array;
}

/** The columns that are walked, by their names here. All of them may be missing on a device. */
export const columns = {
  /** IP-MIB ipNetToPhysicalPhysAddress: IPv4 and IPv6; index ifIndex, address type, address. */
  physical: '1.3.6.1.2.1.4.35.1.4',
  /** Its entry's type: 2 is invalid, 5 local (RFC 4293). */
  physicalType: '1.3.6.1.2.1.4.35.1.6',
  /** RFC1213 ipNetToMediaPhysAddress: IPv4, of older devices. */
  media: '1.3.6.1.2.1.4.22.1.2',
  mediaType: '1.3.6.1.2.1.4.22.1.4',
  /** BRIDGE-MIB dot1dTpFdbPort and dot1dTpFdbStatus (3: learned). */
  fdb: '1.3.6.1.2.1.17.4.3.1.2',
  fdbStatus: '1.3.6.1.2.1.17.4.3.1.3',
  /** Q-BRIDGE-MIB dot1qTpFdbPort, index filtering database (VLAN) and MAC; and its status. */
  vlanFdb: '1.3.6.1.2.1.17.7.1.2.2.1.2',
  vlanFdbStatus: '1.3.6.1.2.1.17.7.1.2.2.1.3',
  /** dot1dBasePortIfIndex: a bridge's port number is not the interface's. */
  bridgePort: '1.3.6.1.2.1.17.1.4.1.2',
  ifName: '1.3.6.1.2.1.31.1.1.1.1',
  ifDescr: '1.3.6.1.2.1.2.2.1.2',
  /** LLDP-MIB lldpRemSysCapEnabled, index time, local port, number; bits 2 bridge, 4 router (IEEE 802.1AB §11). */
  lldpCapabilities: '1.0.8802.1.1.2.1.4.1.1.12',
  /** lldpLocPortId and its subtype (5: the interface's name), to tell which interface a local port is. */
  lldpPortId: '1.0.8802.1.1.2.1.3.7.1.3',
} as const;
export type Column = keyof typeof columns;
export type Tables = Readonly<Record<Column, readonly Entry[]>>;

export interface Reading {
  readonly lines: string[];
  readonly arp: number;
  readonly nd: number;
  readonly fdb: number;
  readonly uplinks: number;
}

/** The lines of one reading at a time of a device, `poll` at their end: without it the reading was cut off. */
export function readTables(tables: Tables, device: string, at: Date): Reading {
  const nameOf = interfaceNames(tables);
  const head = (kind: string) => `${at.toISOString()} snmp ${kind} nas=${device}`;
  const lines: string[] = [];
  const neighbours = neighboursOf(tables);
  for (const { ip, mac, ifIndex } of neighbours) {
    lines.push(`${head(ip.includes(':') ? 'nd' : 'arp')} ip=${ip} mac=${mac} port=${word(nameOf(ifIndex))}`);
  }
  const uplinks = uplinksOf(tables, nameOf);
  const places = placesOf(tables);
  for (const { mac, port, vlan } of places) {
    const name = nameOf(port.ifIndex ?? port.number);
    const tail = `${vlan === null ? '' : ` vlan=${vlan}`}${uplinks.has(name) ? ' uplink=1' : ''}`;
    lines.push(`${head('fdb')} mac=${mac} port=${word(name)}${tail}`);
  }
  const nd = neighbours.filter(({ ip }) => ip.includes(':')).length;
  const arp = neighbours.length - nd;
  lines.push(`${head('poll')} arp=${arp} nd=${nd} fdb=${places.length}`);
  return { lines, arp, nd, fdb: places.length, uplinks: uplinks.size };
}

/** A name as one word of a line: what would end it is written as in a URL. */
function word(name: string): string {
  return encodeURIComponent(name.slice(0, 100)).replaceAll('%2F', '/').replaceAll('%3A', ':');
}

function textOf(value: Entry['value'] | undefined): string {
  if (value === undefined || typeof value === 'number') return value === undefined ? '' : String(value);
  return typeof value === 'string' ? value : Buffer.from(value).toString('utf8').replaceAll('\0', '');
}

/** Six bytes as a MAC; some agents answer with text that lacks the leading zeros (`0:21:b7:96:17:74`). */
export function macOf(value: Entry['value']): string | undefined {
  if (typeof value === 'number') return undefined;
  if (typeof value !== 'string' && value.length === 6) return hex(value);
  const parts = textOf(value).trim().toLowerCase().split(/[:-]/);
  if (parts.length !== 6 || !parts.every((part) => /^[0-9a-f]{1,2}$/.test(part))) return undefined;
  return parts.map((part) => part.padStart(2, '0')).join(':');
}

function hex(bytes: ArrayLike<number>): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(':');
}

/** The last six numbers of an index are a MAC; they are numbers, so no zero is lost. */
function macOfIndex(index: readonly number[]): string | undefined {
  const last = index.slice(-6);
  return last.length === 6 && last.every((one) => one >= 0 && one < 256) ? hex(last) : undefined;
}

function interfaceNames(tables: Tables): (ifIndex: number) => string {
  const names = new Map<number, string>();
  for (const column of ['ifDescr', 'ifName'] as const) {
    for (const { index, value } of tables[column]) {
      const name = textOf(value).trim();
      if (index.length === 1 && name !== '') names.set(index[0]!, name);
    }
  }
  return (ifIndex) => names.get(ifIndex) ?? `if${ifIndex}`;
}

interface Neighbour {
  readonly ip: string;
  readonly mac: string;
  readonly ifIndex: number;
}

const invalid = 2;
const local = 5;

/** Addresses and who has them, once each; what the device itself has is left out. */
function neighboursOf(tables: Tables): Neighbour[] {
  const found = new Map<string, Neighbour>();
  const typeOf = (column: 'physicalType' | 'mediaType') =>
    new Map(tables[column].map(({ index, value }) => [index.join('.'), Number(value)]));
  const types = { physical: typeOf('physicalType'), media: typeOf('mediaType') };
  for (const column of ['media', 'physical'] as const) {
    for (const { index, value } of tables[column]) {
      const type = types[column].get(index.join('.'));
      // In the older table 3 is dynamic and 4 static; only the newer one knows the device's own.
      if (type === invalid || (type === local && column === 'physical')) continue;
      const ip = column === 'media' ? dotted(index.slice(1)) : typedAddress(index.slice(1));
      const mac = macOf(value);
      if (!ip || !mac || mac === '00:00:00:00:00:00' || mac === 'ff:ff:ff:ff:ff:ff') continue;
      found.set(ip, { ip, mac, ifIndex: index[0]! });
    }
  }
  return [...found.values()];
}

function dotted(numbers: readonly number[]): string | undefined {
  return numbers.length === 4 && numbers.every(isByte) ? numbers.join('.') : undefined;
}

const isByte = (one: number) => Number.isInteger(one) && one >= 0 && one < 256;

/** InetAddressType, length, bytes (RFC 4001): 1 IPv4, 2 IPv6, 3 and 4 the same with a zone behind. Link-local is no address. */
function typedAddress([type, length, ...bytes]: readonly number[]): string | undefined {
  if (!bytes.every(isByte) || bytes.length !== length) return undefined;
  if (type === 1 || type === 3) return dotted(bytes.slice(0, 4));
  if ((type !== 2 && type !== 4) || bytes.length < 16) return undefined;
  const isLinkLocal = bytes[0] === 0xfe && (bytes[1]! & 0xc0) === 0x80;
  if (isLinkLocal || bytes[0] === 0xff) return undefined;
  const groups = Array.from({ length: 8 }, (_, at) =>
    ((bytes[2 * at]! << 8) | bytes[2 * at + 1]!).toString(16),
  );
  return new URL(`http://[${groups.join(':')}]/`).hostname.slice(1, -1);
}

interface SwitchPlace {
  readonly mac: string;
  readonly port: { readonly number: number; readonly ifIndex: number | null };
  readonly vlan: number | null;
}

const learned = 3;

/** Where the switch learned each MAC: by VLAN if it tells that, else altogether. A MAC at port 0 is the switch's own. */
function placesOf(tables: Tables): SwitchPlace[] {
  const interfaces = new Map(tables.bridgePort.map(({ index, value }) => [index[0]!, Number(value)]));
  const byVlan = tables.vlanFdb.length > 0;
  const entries = byVlan ? tables.vlanFdb : tables.fdb;
  const states = new Map(
    (byVlan ? tables.vlanFdbStatus : tables.fdbStatus).map(({ index, value }) => [
      index.join('.'),
      Number(value),
    ]),
  );
  const found = new Map<string, SwitchPlace>();
  for (const { index, value } of entries) {
    const mac = macOfIndex(index);
    const number = Number(value);
    if (!mac || !Number.isInteger(number) || number <= 0) continue;
    if ((states.get(index.join('.')) ?? learned) !== learned) continue;
    const port = { number, ifIndex: interfaces.get(number) ?? null };
    const vlan = byVlan ? index[0]! : null;
    found.set(`${mac} ${number}`, { mac, port, vlan });
  }
  return [...found.values()];
}

/**
 * Interfaces at which another switch or router answers, by name. LLDP numbers ports on its own; where the device does
 * not name them, the number is the interface's, as most have it. An access point's port is none: its clients are there.
 */
function uplinksOf(tables: Tables, nameOf: (ifIndex: number) => string): Set<string> {
  const names = new Map(tables.lldpPortId.map(({ index, value }) => [index[0]!, textOf(value).trim()]));
  const known = new Set([...tables.ifName, ...tables.ifDescr].map(({ value }) => textOf(value).trim()));
  const found = new Set<string>();
  for (const { index, value } of tables.lldpCapabilities) {
    // Bits are counted from the left of the first byte: other, repeater, bridge, wlan, router.
    const bits = typeof value === 'number' ? value : (Buffer.from(value as Uint8Array)[0] ?? 0);
    const isSwitch = ((bits & 0x20) !== 0 || (bits & 0x08) !== 0) && (bits & 0x10) === 0;
    const number = index[1];
    if (!isSwitch || number === undefined) continue;
    const name = names.get(number);
    found.add(name !== undefined && known.has(name) ? name : nameOf(number));
  }
  return found;
}
