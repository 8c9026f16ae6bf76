import { expect, test } from 'vitest';
import { decodeKea } from './kea.ts';
import { decodeKeaForensic } from './kea-forensic.ts';
import { decodeWindowsDhcp } from './windows-dhcp.ts';

const source = { zone: 'Asia/Shanghai', realm: 'city', leaseSeconds: 600 };
const recvAt = new Date('2026-11-22T06:00:00Z');
const kea = (line: string) => decodeKea(line, source, recvAt);
const lead = '2026-11-22 13:00:00.856 INFO  [kea-dhcp4.leases/6455.139934778066624]';
const who = '[hwtype=1 08:00:27:4d:16:e9], cid=[01:08:00:27:4d:16:e9], tid=0x3f082956';
const allocated = `${lead} DHCP4_LEASE_ALLOC ${who}: lease 192.0.2.100 has been allocated for 7200 seconds`;
const lease = {
  table: 'lease',
  action: 'ack',
  ts: Date.UTC(2026, 10, 22, 5, 0, 0, 856),
  ip: '192.0.2.100',
  mac: '08:00:27:4d:16:e9',
  hostname: '',
  leaseSeconds: 7200,
};

test('Kea: reads an allocation by its own time, bare and behind a syslog header of another zone', () => {
  expect(kea(allocated)).toEqual(lease);
  expect(kea(`<30>Nov 22 05:00:01 gw kea-dhcp4[6455]: ${allocated}`)).toEqual(lease);
  expect(kea(`2026-11-22T05:00:01.000000+00:00 gw kea-dhcp4[6455]: ${allocated}`)).toEqual(lease);
});

test.each([
  [`DHCP4_LEASE_REUSE ${who}: lease 192.0.2.100 has been reused for 60 seconds`, 'ack', 60],
  [`DHCP4_RELEASE ${who}: address 192.0.2.100 was released properly.`, 'release', 0],
  [
    `DHCP4_DECLINE_LEASE Received DHCPDECLINE for addr 192.0.2.100 from client ${who}. The lease will be unavailable for 86400 seconds.`,
    'decline',
    0,
  ],
  [`ALLOC_ENGINE_V4_LEASE_RECLAIM ${who}: reclaiming expired lease for address 192.0.2.100`, 'expire', 0],
])('Kea: reads %s', (message, action, leaseSeconds) => {
  expect(kea(`${lead} ${message}`)).toMatchObject({
    action,
    ip: '192.0.2.100',
    mac: lease.mac,
    leaseSeconds,
  });
});

test('Kea: reads a DHCPv6 lease whose client has a DUID and no MAC', () => {
  const text = `${lead} DHCP6_LEASE_ALLOC duid=[00:03:00:01:08:00], tid=0x12: lease for address 2001:DB8::5 and iaid=7 has been allocated for 4000 seconds`;
  expect(kea(text)).toMatchObject({ ip: '2001:db8::5', mac: '', leaseSeconds: 4000 });
});

test('Kea: makes no lease of an offer or of other speech, and cannot read a cut or foreign line', () => {
  expect(kea(`${lead} DHCP4_LEASE_ADVERT ${who}: lease 192.0.2.100 will be advertised`)).toEqual({
    table: 'none',
  });
  expect(kea(`${lead} DHCP4_STARTED Kea DHCPv4 server version 2.2.0 started`)).toEqual({ table: 'none' });
  expect(kea(allocated.slice(0, 150))).toBeNull();
  expect(kea('Nov 22 13:00:00 gw sshd[1]: hello')).toBeNull();
});

const forensic = (line: string) => decodeKeaForensic(line, source, recvAt);

test('Kea forensic: reads a renewal with its relay, in the zone of the source although the line says CST', () => {
  const line =
    '2026-11-22 13:02:03 CST Address: 192.0.2.100 has been renewed for 1 hrs 52 min 15 secs to a device with hardware address: hwtype=1 08:00:2b:02:3f:4e, client-id: 17:34:e2:ff:09:92:54 connected via relay at address: 192.0.2.33, identified by circuit-id: 68:6f (howdy) and remote-id: 87:f6';
  expect(forensic(line)).toEqual({
    table: 'lease',
    action: 'ack',
    ts: Date.UTC(2026, 10, 22, 5, 2, 3),
    ip: '192.0.2.100',
    mac: '08:00:2b:02:3f:4e',
    hostname: '',
    leaseSeconds: 6735,
  });
});

test('Kea forensic: reads UTC as UTC, days, a release and a DHCPv6 device', () => {
  const tail = 'a device with hardware address: hwtype=1 08:00:2b:02:3f:4e';
  expect(
    forensic(`2026-11-22 05:02:03 UTC Address: 192.0.2.1 has been assigned for 2 days 0 hrs to ${tail}`),
  ).toMatchObject({
    ts: Date.UTC(2026, 10, 22, 5, 2, 3),
    leaseSeconds: 172_800,
  });
  expect(forensic(`2026-11-22 13:02:03 CST Address: 192.0.2.1 has been released from ${tail}`)).toMatchObject(
    {
      action: 'release',
      leaseSeconds: 0,
    },
  );
  expect(
    forensic(
      '2026-11-22 13:02:03 CST Address:2001:db8::1 has been assigned for 0 hrs 10 min 0 secs to a device with DUID: 00:03',
    ),
  ).toMatchObject({ ip: '2001:db8::1', mac: '', leaseSeconds: 600 });
  expect(forensic('2026-11-22 13:02:03 CST Address: nowhere has been assigned')).toBeNull();
  expect(forensic('2026-11-22 13:02:03 CST something else')).toBeNull();
});

const windows = (line: string) => decodeWindowsDhcp(line, source, recvAt);

test('Windows DHCP: reads a new lease with a Chinese host name in GBK', () => {
  const line = Buffer.concat([
    Buffer.from('10,11/22/26,13:00:05,Assign,192.0.2.50,'),
    Buffer.from([0xbd, 0xcc, 0xca, 0xd2]),
    Buffer.from('.edu.example,0800274D16E9,,1234567,0,,,,0x4D53,MSFT 5.0,,,,0\r\n'),
  ]);
  expect(decodeWindowsDhcp(line, source, recvAt)).toEqual({
    table: 'lease',
    action: 'ack',
    ts: Date.UTC(2026, 10, 22, 5, 0, 5),
    ip: '192.0.2.50',
    mac: '08:00:27:4d:16:e9',
    hostname: '教室.edu.example',
    leaseSeconds: 600,
  });
});

test.each([
  ['12,11/22/26,13:00:05,Release,192.0.2.50,pc1,0800274D16E9,', 'release'],
  ['13,11/22/26,13:00:05,Conflict,192.0.2.50,BAD_ADDRESS,,', 'decline'],
  ['15,11/22/26,13:00:05,NACK,192.0.2.50,,0800274D16E9,', 'nak'],
  ['18,11/22/26,13:00:05,Expired,192.0.2.50,,,', 'expire'],
])('Windows DHCP: reads %s', (line, action) => {
  expect(windows(line)).toMatchObject({ action, ip: '192.0.2.50', leaseSeconds: 0 });
});

test.each([
  '\t\tMicrosoft DHCP Service Activity Log',
  'Event ID  Meaning',
  '00\tThe log was started.',
  'ID,Date,Time,Description,IP Address,Host Name,MAC Address,User Name',
  '',
  '24,11/22/26,00:00:01,Database Cleanup Begin,,,,,0,6,,,,,,,,,0',
])('Windows DHCP: makes no row of "%s"', (line) => {
  expect(windows(line)).toEqual({ table: 'none' });
});

test.each([
  '10,22/11/26,13:00:05,Assign,192.0.2.50,pc',
  '10,11/22/26,13:00,Assign,192.0.2.50',
  '10,11/22/26,13:00:05,Assign,nowhere,pc,',
  'hello',
])('Windows DHCP: cannot read "%s"', (line) => {
  expect(windows(line)).toBeNull();
});
