import { expect, test } from 'vitest';
import { readHeader } from './syslog-header.ts';

const recvAt = new Date('2026-11-22T06:00:00Z');
const read = (line: string) => {
  const header = readHeader(line, 'Asia/Shanghai', recvAt);
  return { ...header, message: line.slice(header.at) };
};

test.each([
  ['<30>Nov 22 13:00:00 gw dnsmasq[1]: hello', 'gw', 'dnsmasq'],
  ['Nov 22 13:00:00 dnsmasq[1]: hello', '', 'dnsmasq'],
  ['Nov 22 13:00:00 gw (squid-1): hello', 'gw', '(squid-1)'],
  ['<6> Nov 22 13:00:00 gw t: hello', undefined, undefined],
  ['Nov 22 13:00:00 2026 FW-1 t: hello', 'FW-1', 't'],
  ['2026-11-22T13:00:00.000000+08:00 gw app: hello', 'gw', 'app'],
  ['<34>1 2026-11-22T05:00:00Z gw app 12 ID47 - hello', 'gw', 'app'],
  ['<34>1 2026-11-22T13:00:00+08:00 gw app - - [x@1 a="b\\]c" d="]"][y@1 e="f"] hello', 'gw', 'app'],
])('reads %s', (line, host, tag) => {
  if (host === undefined) {
    // A blank after the priority is not RFC 3164: the line is kept whole, without a time.
    expect(read(line)).toMatchObject({ ts: -1 });
    return;
  }
  expect(read(line)).toMatchObject({ ts: Date.UTC(2026, 10, 22, 5), host, tag, message: 'hello' });
});

test('skips the byte order mark of RFC 5424', () => {
  const line = Buffer.from('<34>1 - - - - - - \ufeffhello').toString('latin1');
  expect(read(line)).toMatchObject({ ts: -1, message: 'hello' });
});

test.each([
  'no header at all',
  'Nov 32 13:00:00 gw t: x',
  'Nov 22 25:00:00 gw t: x',
  'Foo 22 13:00:00 gw t: x',
  '',
])('gives no time for "%s"', (line) => {
  expect(read(line)).toMatchObject({ ts: -1, at: 0 });
});

test('gives no time for RFC 5424 that ends inside its structured data', () => {
  expect(read('<34>1 2026-11-22T05:00:00Z gw app - - [x a="b')).toMatchObject({ ts: -1 });
});
