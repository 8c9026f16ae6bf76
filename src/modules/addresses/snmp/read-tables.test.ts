import { expect, test } from 'vitest';
import { decodeSnmp } from '../../logs/decoders/snmp.ts';
import { type Column, columns, type Entry, macOf, readTables, type Tables } from './read-tables.ts';

/** A walk as `snmpwalk -On` prints it, one value a line: `.1.3… = TYPE: value`. */
function walked(text: string): Tables {
  const tables = Object.fromEntries(
    Object.keys(columns).map((name) => [name, [] as Entry[]]),
  ) as unknown as Record<Column, Entry[]>;
  for (const line of text.split('\n').map((one) => one.trim())) {
    const match = /^\.([\d.]+) = ([\w-]+): ?(.*)$/.exec(line);
    if (!match) continue;
    const [, oid, type, written] = match as unknown as [string, string, string, string];
    for (const [name, column] of Object.entries(columns) as [Column, string][]) {
      if (!oid.startsWith(`${column}.`)) continue;
      const value =
        type === 'INTEGER'
          ? Number(written)
          : type === 'Hex-STRING'
            ? Buffer.from(written.replaceAll(' ', ''), 'hex')
            : written.replaceAll('"', '');
      tables[name].push({
        index: oid
          .slice(column.length + 1)
          .split('.')
          .map(Number),
        value,
      });
    }
  }
  return tables;
}

const at = new Date('2026-03-01T02:00:00.000Z');
const linesOf = (text: string) =>
  readTables(walked(text), '192.0.2.1', at).lines.map((line) => line.slice(25));

test('an old router that drops leading zeros and tells its own addresses apart', () => {
  expect(
    linesOf(`
      .1.3.6.1.2.1.4.22.1.2.514.10.1.1.12 = STRING: 0:21:b7:96:17:74
      .1.3.6.1.2.1.4.22.1.2.514.10.1.1.13 = STRING: 0:0:5e:0:53:d
      .1.3.6.1.2.1.4.22.1.4.514.10.1.1.13 = INTEGER: 2
      .1.3.6.1.2.1.4.22.1.2.514.10.1.1.14 = STRING: 0:0:0:0:0:0
      .1.3.6.1.2.1.31.1.1.1.1.514 = STRING: "Vlan 10"`),
  ).toEqual([
    'snmp arp nas=192.0.2.1 ip=10.1.1.12 mac=00:21:b7:96:17:74 port=Vlan%2010',
    'snmp poll nas=192.0.2.1 arp=1 nd=0 fdb=0',
  ]);
});

test('IPv4 and IPv6 neighbours of the newer table, without link-local ones and its own', () => {
  expect(
    linesOf(`
      .1.3.6.1.2.1.4.35.1.4.3.1.4.192.0.2.9 = Hex-STRING: 00 00 5E 00 53 09
      .1.3.6.1.2.1.4.35.1.4.3.1.4.192.0.2.1 = Hex-STRING: 00 00 5E 00 53 FE
      .1.3.6.1.2.1.4.35.1.6.3.1.4.192.0.2.1 = INTEGER: 5
      .1.3.6.1.2.1.4.35.1.4.3.2.16.32.1.13.184.0.5.0.0.0.0.0.0.0.0.0.10 = Hex-STRING: 00 00 5E 00 53 09
      .1.3.6.1.2.1.4.35.1.4.3.2.16.254.128.0.0.0.0.0.0.0.0.0.0.0.0.0.10 = Hex-STRING: 00 00 5E 00 53 09
      .1.3.6.1.2.1.2.2.1.2.3 = STRING: "GigabitEthernet0/3"`),
  ).toEqual([
    'snmp arp nas=192.0.2.1 ip=192.0.2.9 mac=00:00:5e:00:53:09 port=GigabitEthernet0/3',
    'snmp nd nas=192.0.2.1 ip=2001:db8:5::a mac=00:00:5e:00:53:09 port=GigabitEthernet0/3',
    'snmp poll nas=192.0.2.1 arp=1 nd=1 fdb=0',
  ]);
});

test('a switch: ports by their names, by VLAN, uplinks marked, its own and unlearned entries left out', () => {
  const lines = linesOf(`
    .1.3.6.1.2.1.17.7.1.2.2.1.2.10.0.0.94.0.83.1 = INTEGER: 1
    .1.3.6.1.2.1.17.7.1.2.2.1.3.10.0.0.94.0.83.1 = INTEGER: 3
    .1.3.6.1.2.1.17.7.1.2.2.1.2.10.0.0.94.0.83.2 = INTEGER: 24
    .1.3.6.1.2.1.17.7.1.2.2.1.2.10.0.0.94.0.83.3 = INTEGER: 1
    .1.3.6.1.2.1.17.7.1.2.2.1.3.10.0.0.94.0.83.3 = INTEGER: 4
    .1.3.6.1.2.1.17.7.1.2.2.1.2.10.0.0.94.0.83.4 = INTEGER: 0
    .1.3.6.1.2.1.17.7.1.2.2.1.2.20.0.0.94.0.83.5 = INTEGER: 2
    .1.3.6.1.2.1.17.4.3.1.2.0.0.94.0.83.9 = INTEGER: 1
    .1.3.6.1.2.1.17.1.4.1.2.1 = INTEGER: 10101
    .1.3.6.1.2.1.17.1.4.1.2.2 = INTEGER: 10102
    .1.3.6.1.2.1.17.1.4.1.2.24 = INTEGER: 10124
    .1.3.6.1.2.1.31.1.1.1.1.10101 = STRING: "Gi0/1"
    .1.3.6.1.2.1.31.1.1.1.1.10102 = STRING: "Gi0/2"
    .1.3.6.1.2.1.31.1.1.1.1.10124 = STRING: "Gi0/24"
    .1.0.8802.1.1.2.1.3.7.1.3.24 = STRING: "Gi0/24"
    .1.0.8802.1.1.2.1.3.7.1.3.2 = STRING: "Gi0/2"
    .1.0.8802.1.1.2.1.4.1.1.12.0.24.1 = Hex-STRING: 28 00
    .1.0.8802.1.1.2.1.4.1.1.12.0.2.1 = Hex-STRING: 30 00`);
  expect(lines).toEqual([
    'snmp fdb nas=192.0.2.1 mac=00:00:5e:00:53:01 port=Gi0/1 vlan=10',
    'snmp fdb nas=192.0.2.1 mac=00:00:5e:00:53:02 port=Gi0/24 vlan=10 uplink=1',
    // An access point also bridges; behind it are clients, and no other switch.
    'snmp fdb nas=192.0.2.1 mac=00:00:5e:00:53:05 port=Gi0/2 vlan=20',
    'snmp poll nas=192.0.2.1 arp=0 nd=0 fdb=3',
  ]);
});

const settings = { zone: 'Asia/Shanghai', realm: 'main' };
const decode = (line: string) => decodeSnmp(`2026-03-01T02:00:00.000Z ${line}`, settings, at);

test('the decoder reads the lines back, and makes no row of uplinks, shared addresses and marks', () => {
  expect(decode('snmp arp nas=192.0.2.1 ip=10.1.1.12 mac=00:21:b7:96:17:74 port=Vlan%2010')).toMatchObject({
    table: 'sighting',
    kind: 'arp',
    action: 'seen',
    ts: at.getTime(),
    ip: '10.1.1.12',
    mac: '00:21:b7:96:17:74',
    nas: '192.0.2.1',
    port: 'Vlan 10',
  });
  expect(decode('snmp fdb nas=192.0.2.1 mac=00:00:5e:00:53:01 port=%E6%A5%BC1 vlan=10')).toMatchObject({
    kind: 'fdb',
    ip: '',
    port: '楼1',
  });
  for (const idle of [
    'snmp fdb nas=192.0.2.1 mac=00:00:5e:00:53:02 port=Gi0/24 uplink=1',
    'snmp arp nas=192.0.2.1 ip=10.1.1.1 mac=00:00:5e:00:01:0a port=v',
    'snmp nd nas=192.0.2.1 ip=2001:db8::1 mac=00:00:5e:00:02:0a port=v',
    'snmp poll nas=192.0.2.1 arp=1 nd=0 fdb=0',
  ])
    expect(decode(idle)).toEqual({ table: 'none' });
  for (const broken of [
    'snmp arp nas=x mac=00:00:5e:00:53:01',
    'snmp arp ip=10.0.0.1 mac=zz',
    'arp',
    'snmp nd ip=fe80::1%1 mac=00:00:5e:00:53:01',
    '',
  ])
    expect(decode(broken)).toBeNull();
});

test('hardware addresses as bytes and as text, and nothing else', () => {
  expect(macOf(Buffer.from([0, 0x21, 0xb7, 0x96, 0x17, 0x74]))).toBe('00:21:b7:96:17:74');
  expect(macOf('0:21:b7:96:17:74')).toBe('00:21:b7:96:17:74');
  for (const other of [7, '', Buffer.alloc(0), Buffer.alloc(8), '0:21:b7:96:17', 'g:0:0:0:0:0'])
    expect(macOf(other)).toBeUndefined();
});
