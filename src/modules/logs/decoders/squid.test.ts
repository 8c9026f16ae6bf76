import { expect, test } from 'vitest';
import { decodeSquid } from './squid.ts';

const source = { zone: 'Asia/Shanghai', realm: 'city' };
const recvAt = new Date('2026-11-22T06:00:00Z');
const full =
  '1795327200.049   5006 192.0.2.19 51344 198.51.100.7 443 TCP_TUNNEL/200 19763 1204 CONNECT Bad.Example:443 user1 - 77';

test('reads a first line behind the mark that Windows programs write', () => {
  const line = '1157689312.049 5006 192.0.2.19 TCP_MISS/200 1 GET http://www.example.com/ - - -';
  const marked = Buffer.from(`\ufeff${line}`);
  expect(decodeSquid(marked, source, recvAt)).toEqual(decodeSquid(line, source, recvAt));
  expect(decodeSquid(marked, source, recvAt)).toMatchObject({ host: 'www.example.com' });
});

test('reads the native Squid layout', () => {
  const line =
    '1157689312.049   5006 192.0.2.19 TCP_MISS/200 19763 GET http://www.example.com:8080/a?b=c user1 HIER_DIRECT/198.51.100.9 text/html';
  expect(decodeSquid(line, source, recvAt)).toEqual({
    table: 'event',
    kind: 'proxy',
    ts: 1157689312049,
    cli: '192.0.2.19',
    took: 5006,
    cport: 0,
    dst: '198.51.100.9',
    dport: 8080,
    proto: 6,
    host: 'www.example.com',
    path: '/a?b=c',
    method: 'GET',
    status: 200,
    act: 'TCP_MISS',
    user: 'user1',
    up: 0,
    dn: 19763,
    num: -1,
  });
});

test('reads the recommended layout with the client port and the running number', () => {
  const row = decodeSquid(full, source, recvAt);
  expect(row).toMatchObject({
    ts: 1795327200049,
    cli: '192.0.2.19',
    cport: 51344,
    dst: '198.51.100.7',
    dport: 443,
    host: 'bad.example',
    up: 1204,
    dn: 19763,
    num: 77,
  });
});

test('reads a Squid line behind a syslog header with a bracketed process name', () => {
  const row = decodeSquid(`<134>Nov 22 14:00:00 proxy1 (squid-1): ${full}`, source, recvAt);
  expect(row).toMatchObject({ ts: 1795327200049, num: 77 });
});

test('keeps a denied request without a server and an IPv6 client', () => {
  const line =
    '1795327200.1 0 2001:DB8:0::5 40000 - - TCP_DENIED/403 3900 210 GET http://[2001:db8::9]/x - - text/html 5';
  expect(decodeSquid(line, source, recvAt)).toMatchObject({
    cli: '2001:db8::5',
    dst: '',
    dport: 80,
    host: '2001:db8::9',
    status: 403,
    user: '',
  });
});

test.each([
  ['a truncated line', full.slice(0, 70)],
  ['a client that is no address', full.replace('192.0.2.19', '192.0.2.1999')],
  ['a port beyond 65535', full.replace('51344', '71344')],
  ['a result without a status', full.replace('/200', '')],
  ['an empty line', ''],
])('calls %s unparsable', (_what, line) => {
  expect(decodeSquid(line, source, recvAt)).toBeNull();
});
