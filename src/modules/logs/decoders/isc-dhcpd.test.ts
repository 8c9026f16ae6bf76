import { expect, test } from 'vitest';
import { decodeIscDhcpd } from './isc-dhcpd.ts';

const source = { zone: '+08:00', realm: 'county-2', leaseSeconds: 600 };
const recvAt = new Date('2026-11-22T06:00:00Z');
const decode = (message: string) => decodeIscDhcpd(`Nov 22 12:00:00 gw1 dhcpd: ${message}`, source, recvAt);

test('reads an acknowledgement with the name of the client', () => {
  expect(decode('DHCPACK on 192.0.2.22 to 34:23:ba:00:00:01 (Room 3 PC) via p2p1')).toEqual({
    table: 'lease',
    action: 'ack',
    ts: Date.UTC(2026, 10, 22, 4),
    ip: '192.0.2.22',
    mac: '34:23:ba:00:00:01',
    hostname: 'Room 3 PC',
    leaseSeconds: 600,
  });
});

test('takes the lease time from the line when it is there', () => {
  const row = decode('DHCPACK on 192.0.2.22 to 34:23:ba:00:00:01 via p2p1 relay p2p1 lease-duration 7200');
  expect(row).toMatchObject({ leaseSeconds: 7200, hostname: '' });
});

test.each([
  ['DHCPNAK on 192.0.2.3 to 5c:97:f3:00:00:01 via vlan6', 'nak'],
  ['DHCPDECLINE of 192.0.2.3 from 00:0a:f7:73:7d:d0 via eth0: not found', 'decline'],
  ['DHCPRELEASE of 192.0.2.3 from 00:0a:f7:73:7d:d0 (pc) via eth0 (found)', 'release'],
  ['DHCPEXPIRE on 192.0.2.3 to 00:0a:f7:73:7d:d0', 'expire'],
])('reads %s', (message, action) => {
  expect(decode(message)).toMatchObject({ action, ip: '192.0.2.3', leaseSeconds: 0 });
});

test('makes no lease of an answered DHCPINFORM', () => {
  expect(decode('DHCPACK to 192.0.2.3 (00:0a:f7:73:7d:d0) via eth0')).toEqual({ table: 'none' });
});

test('makes no lease of a request', () => {
  expect(decode('DHCPREQUEST for 192.0.2.3 from 00:0a:f7:73:7d:d0 via eth0')).toEqual({ table: 'none' });
});

test.each([
  'DHCPACK on 192.0.2.300 to 34:23:ba:00:00:01 via p2p1',
  'DHCPACK on 192.0.2.3 to 34:23:ba via p2p1',
  'DHCPACKED on 192.0.2.3',
])('calls "%s" unparsable', (message) => {
  expect(decode(message)).toBeNull();
});
