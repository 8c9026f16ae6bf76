import { expect, test } from 'vitest';
import { decodeDnsmasq } from './dnsmasq.ts';

const source = { zone: 'Asia/Shanghai', realm: 'school-1', leaseSeconds: 43200 };
const recvAt = new Date('2026-11-22T06:00:00Z');

test('reads an acknowledgement from a line without a host, in the zone and lease time of the source', () => {
  const line = 'Nov  6 20:05:44 dnsmasq-dhcp[969]: DHCPACK(br0) 192.0.2.145 70:85:C2:00:00:01 DESKTOP-0001';
  expect(decodeDnsmasq(line, source, recvAt)).toEqual({
    table: 'lease',
    action: 'ack',
    ts: Date.UTC(2026, 10, 6, 12, 5, 44),
    ip: '192.0.2.145',
    mac: '70:85:c2:00:00:01',
    hostname: 'DESKTOP-0001',
    leaseSeconds: 43200,
  });
});

test('reads the transaction number of log-dhcp and a name that is not ASCII', () => {
  const line = '<30>Nov 22 13:00:00 gw dnsmasq-dhcp[969]: 3534546 DHCPACK(br0) 192.0.2.7 0:1:2:3:4:5 教室一';
  expect(decodeDnsmasq(Buffer.from(line), source, recvAt)).toMatchObject({
    mac: '00:01:02:03:04:05',
    hostname: '教室一',
  });
});

test.each([
  ['DHCPRELEASE(br0) 192.0.2.7 00:01:02:03:04:05', 'release'],
  ['DHCPNAK(br0) 192.0.2.7 00:01:02:03:04:05 wrong network', 'nak'],
  ['DHCPDECLINE(br0) 192.0.2.7 00:01:02:03:04:05', 'decline'],
])('reads %s without a lease time', (message, action) => {
  const row = decodeDnsmasq(`Nov 22 13:00:00 gw dnsmasq-dhcp[9]: ${message}`, source, recvAt);
  expect(row).toMatchObject({ table: 'lease', action, leaseSeconds: 0, hostname: '' });
});

test('reads a question with its client, and with log-queries=extra its port', () => {
  const plain = 'Nov 22 13:00:00 dnsmasq[1068]: query[AAAA] Bad.Example. from 192.0.2.5';
  const extra = 'Nov 22 13:00:00 dnsmasq[1068]: 12 192.0.2.5/41234 query[A] bad.example from 192.0.2.5';
  expect(decodeDnsmasq(plain, source, recvAt)).toMatchObject({
    kind: 'dns',
    act: 'AAAA',
    host: 'bad.example',
    cli: '192.0.2.5',
    cport: 0,
  });
  expect(decodeDnsmasq(extra, source, recvAt)).toMatchObject({ act: 'A', cport: 41234 });
});

test.each([
  'reply bad.example is 198.51.100.4',
  '12 192.0.2.5/41234 reply bad.example is NXDOMAIN',
  'forwarded bad.example to 198.51.100.53',
  '/etc/hosts router.example is 192.0.2.1',
])('knows that "%s" names no client and gives no row', (message) => {
  const row = decodeDnsmasq(`Nov 22 13:00:00 dnsmasq[1]: ${message}`, source, recvAt);
  expect(row).toEqual({ table: 'none' });
});

test.each([
  'Nov 22 13:00:00 dnsmasq-dhcp[9]: DHCPACK(br0) 192.0.2.7 not-a-mac',
  'Nov 22 13:00:00 dnsmasq[9]: query[A] bad.example from nowhere',
  'Nov 22 13:00:00 sshd[9]: DHCPACK(br0) 192.0.2.7 00:01:02:03:04:05',
  'DHCPACK(br0) 192.0.2.7 00:01:02:03:04:05',
])('calls "%s" unparsable', (line) => {
  expect(decodeDnsmasq(line, source, recvAt)).toBeNull();
});
