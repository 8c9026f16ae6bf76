import { expect, test } from 'vitest';
import { decodeConntrack } from './conntrack.ts';

const source = { zone: 'Asia/Shanghai', realm: 'city' };
const recvAt = new Date('2026-11-22T06:00:00.500Z');
const opened =
  'tcp      6 120 SYN_SENT src=192.0.2.10 dst=198.51.100.2 sport=42974 dport=443 [UNREPLIED] src=198.51.100.2 dst=203.0.113.1 sport=443 dport=61001';

test('reads a new session and takes its public side from the expected answer', () => {
  expect(decodeConntrack(`    [NEW] ${opened}`, source, recvAt)).toEqual({
    table: 'nat',
    event: 'new',
    ts: recvAt.getTime(),
    start: recvAt.getTime(),
    direction: 'out',
    proto: 6,
    pubIp: '203.0.113.1',
    pubPort: 61001,
    inIp: '192.0.2.10',
    inPort: 42974,
    dstIp: '198.51.100.2',
    dstPort: 443,
    flow: '',
  });
});

test('prefers the kernel timestamp to the syslog header and the header to the receipt', () => {
  const stamped = `[1795327100.123456]\t    [NEW] ${opened} id=3838383`;
  const header = 'Nov 22 13:00:00 gw conntrack[1]: ';
  expect(decodeConntrack(header + stamped, source, recvAt)).toMatchObject({
    ts: 1795327100123,
    flow: '3838383',
  });
  expect(decodeConntrack(`${header}[NEW] ${opened}`, source, recvAt)).toMatchObject({
    ts: Date.UTC(2026, 10, 22, 5),
  });
});

test('reads the end of a session and its start when the line has the duration', () => {
  const line = `[1795327160.000001] [DESTROY] udp      17 src=192.0.2.10 dst=198.51.100.2 sport=5000 dport=53 packets=1 bytes=74 src=198.51.100.2 dst=203.0.113.1 sport=53 dport=61002 packets=1 bytes=120 delta-time=60 id=99`;
  expect(decodeConntrack(line, source, recvAt)).toMatchObject({
    event: 'destroy',
    ts: 1795327160000,
    start: 1795327100000,
    proto: 17,
    pubPort: 61002,
    flow: '99',
  });
});

test('says that the start is unknown when the end alone was seen', () => {
  const line = `[1795327160.000001] [DESTROY] ${opened.replace('120 SYN_SENT ', '')}`;
  expect(decodeConntrack(line, source, recvAt)).toMatchObject({ event: 'destroy', start: -1 });
});

test('reads a forwarded port as inbound: the public side is what the stranger called', () => {
  const line =
    '[NEW] tcp 6 120 SYN_SENT src=198.51.100.9 dst=203.0.113.1 sport=4000 dport=8080 [UNREPLIED] src=192.0.2.80 dst=198.51.100.9 sport=80 dport=4000';
  expect(decodeConntrack(line, source, recvAt)).toMatchObject({
    direction: 'in',
    pubIp: '203.0.113.1',
    pubPort: 8080,
    inIp: '192.0.2.80',
    inPort: 80,
    dstIp: '198.51.100.9',
    dstPort: 4000,
  });
});

test('does not take the id of an ICMP echo for the id of the flow', () => {
  const echo =
    '[NEW] icmp 1 30 src=192.0.2.10 dst=198.51.100.2 type=8 code=0 id=7 [UNREPLIED] src=198.51.100.2 dst=203.0.113.1 type=0 code=0 id=7';
  expect(decodeConntrack(echo, source, recvAt)).toMatchObject({ proto: 1, pubPort: 0, flow: '' });
  expect(decodeConntrack(`${echo} id=123`, source, recvAt)).toMatchObject({ flow: '123' });
});

test('reads the layout of -o extended and IPv6', () => {
  const line =
    '[NEW] ipv6 10 tcp 6 120 SYN_SENT src=2001:db8::1 dst=2001:db8::2 sport=1 dport=2 [UNREPLIED] src=2001:db8::2 dst=2001:db8::1 sport=2 dport=1';
  expect(decodeConntrack(line, source, recvAt)).toMatchObject({ proto: 6, pubIp: '2001:db8::1', inPort: 1 });
});

test.each([
  `[NEW] ${opened.slice(0, 100)}`,
  `[NEW] ${opened.replace('203.0.113.1', 'garbage')}`,
  `[NEW] ${opened.replace('61001', '610010')}`,
  opened,
])('calls "%s" unparsable', (line) => {
  expect(decodeConntrack(line, source, recvAt)).toBeNull();
});
