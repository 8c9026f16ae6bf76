import { expect, test } from 'vitest';
import { decodeArpwatch } from './arpwatch.ts';
import { decodeRadius } from './radius.ts';

const source = { zone: 'Asia/Shanghai', realm: 'city' };
const recvAt = new Date('2026-11-22T06:00:00Z');
const detail = (...attributes: string[]) =>
  ['Sun Nov 22 13:00:48 2026', ...attributes.map((text) => `\t${text}`)].join('\n');
const radius = (...attributes: string[]) => decodeRadius(detail(...attributes), source, recvAt);

const interim = [
  'User-Name = "学生甲"',
  'NAS-IP-Address = 192.0.2.11',
  'NAS-Port-Id = "0/96/0/1"',
  'Framed-IP-Address = 192.0.2.12',
  'Calling-Station-Id = "00-0C-29-C3-A0-3A"',
  'Acct-Status-Type = Interim-Update',
  'Acct-Delay-Time = 5',
  'Acct-Session-Id = "0123abcd"',
  'Event-Timestamp = "Nov 22 2026 12:59:55 CST"',
  'Timestamp = 1795323605',
];
const seen = {
  table: 'sighting',
  kind: 'radius',
  ts: 1795323600000,
  action: 'interim',
  ip: '192.0.2.12',
  mac: '00:0c:29:c3:a0:3a',
  oldMac: '',
  user: '学生甲',
  session: '0123abcd',
  nas: '192.0.2.11',
  port: '0/96/0/1',
};

test('RADIUS: reads one record over many lines; the delay is taken off the server’s time', () => {
  expect(decodeRadius(Buffer.from(detail(...interim)), source, recvAt)).toEqual([seen]);
});

test('RADIUS: reads the same record as rsyslog escapes it', () => {
  const line = detail(...interim)
    .replaceAll('\n', '#012')
    .replaceAll('\t', '#011');
  expect(decodeRadius(Buffer.from(line), source, recvAt)).toEqual([seen]);
});

test('RADIUS: takes the MAC from a vendor’s attribute, and both addresses of the client', () => {
  const rows = radius(
    'Acct-Status-Type = Start',
    'Framed-IP-Address = 192.0.2.12',
    'Framed-IPv6-Address = 2001:db8::12',
    'Cisco-AVPair = "ip:source-ip=x"',
    'Cisco-AVPair = "client-mac-address=000c.29c3.a03a"',
  );
  expect(rows).toMatchObject([
    { action: 'start', ip: '192.0.2.12', mac: '00:0c:29:c3:a0:3a', ts: Date.UTC(2026, 10, 22, 5, 0, 48) },
    { ip: '2001:db8::12' },
  ]);
});

test('RADIUS: the zone’s name in Event-Timestamp is not believed, except UTC', () => {
  const at = (text: string) =>
    radius('Acct-Status-Type = Stop', 'Framed-IP-Address = 192.0.2.12', `Event-Timestamp = "${text}"`);
  expect(at('Nov 22 2026 13:00:00 CST')).toMatchObject([{ action: 'stop', ts: Date.UTC(2026, 10, 22, 5) }]);
  expect(at('Nov 22 2026 05:00:00 UTC')).toMatchObject([{ ts: Date.UTC(2026, 10, 22, 5) }]);
});

test('RADIUS: no row without an address or of a server’s own start; what is no accounting is unreadable', () => {
  expect(radius('Acct-Status-Type = Start', 'User-Name = "x"')).toEqual({ table: 'none' });
  expect(radius('Acct-Status-Type = Accounting-On')).toEqual({ table: 'none' });
  expect(radius('Acct-Status-Type = Accounting-On', 'NAS-Identifier = "ap-1"')).toMatchObject({
    table: 'sighting',
    action: 'stop',
    ip: '',
    mac: '',
    nas: 'ap-1',
  });
  expect(radius('User-Name = "x"', 'Framed-IP-Address = 192.0.2.12')).toBeNull();
  expect(decodeRadius('Acct-Status-Type = Start\nFramed-IP-Address = 192.0.2.12', source, recvAt)).toBeNull();
});

const arp = (text: string) => decodeArpwatch(`Nov 22 13:00:00 zul arpwatch: ${text}`, source, recvAt);

test.each([
  ['new station 192.0.2.65 0:e0:81:3:d8:8e eth0', { action: 'seen', oldMac: '', port: 'eth0' }],
  ['new activity 192.0.2.65 0:e0:81:3:d8:8e', { action: 'seen', port: '' }],
  [
    'changed ethernet address 192.0.2.65 0:e0:81:3:d8:8e (0:50:ba:85:85:ca)',
    { action: 'changed', oldMac: '00:50:ba:85:85:ca' },
  ],
  ['flip flop 192.0.2.65 0:e0:81:3:d8:8e (0:50:ba:85:85:ca) br0', { action: 'changed', port: 'br0' }],
])('arpwatch: reads %s', (text, row) => {
  expect(arp(text)).toMatchObject({
    kind: 'arpwatch',
    ts: Date.UTC(2026, 10, 22, 5),
    ip: '192.0.2.65',
    mac: '00:e0:81:03:d8:8e',
    nas: 'zul',
    ...row,
  });
});

test('arpwatch: a stranger on the wire is no row, and what is not understood is said', () => {
  expect(arp('bogon 192.0.2.65 0:e0:81:3:d8:8e')).toEqual({ table: 'none' });
  expect(arp('new station nowhere 0:e0:81:3:d8:8e')).toBeNull();
  expect(arp('what is this')).toBeNull();
});
