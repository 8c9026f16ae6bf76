import { expect, test } from 'vitest';
import { decodeAccess } from './access.ts';

const source = { zone: 'Asia/Shanghai', realm: 'city', host: 'www.school.example' };
const recvAt = new Date('2026-11-22T06:00:00Z');
const combined =
  '203.0.113.1 - - [22/Nov/2026:13:55:36 +0800] "POST /board/post.php?x=1 HTTP/1.1" 302 2326 "http://a.example/" "Mozilla/5.0 (X11)"';

test('reads the combined layout; the line has its own zone and the source gives the host', () => {
  expect(decodeAccess(combined, source, recvAt)).toEqual({
    table: 'event',
    kind: 'site',
    ts: Date.UTC(2026, 10, 22, 5, 55, 36),
    cli: '203.0.113.1',
    cport: 0,
    dst: '',
    dport: 0,
    proto: 6,
    host: 'www.school.example',
    path: '/board/post.php?x=1',
    method: 'POST',
    status: 302,
    act: '',
    user: '',
    up: 0,
    dn: 2326,
    took: 0,
    num: -1,
  });
});

test.each([['203.0.113.1:61001'], ['port=61001'], ['[2001:db8::7]:61001']])(
  'reads the source port at the end of the line: %s',
  (tail) => {
    expect(decodeAccess(`${combined} ${tail}`, source, recvAt)).toMatchObject({ cport: 61001 });
  },
);

test('does not believe a port inside the quoted user agent', () => {
  const lying = combined.replace('Mozilla/5.0 (X11)', String.raw`x\" port=1 198.51.100.1:2`);
  expect(decodeAccess(lying, source, recvAt)).toMatchObject({ cport: 0 });
  expect(decodeAccess(`${lying} port=61001`, source, recvAt)).toMatchObject({ cport: 61001 });
});

test('reads vhost_combined, the common layout and a host at the end', () => {
  const vhost = `board.example:80 ${combined}`;
  const common = combined.slice(0, combined.indexOf(' "http://a'));
  expect(decodeAccess(vhost, source, recvAt)).toMatchObject({ host: 'board.example' });
  expect(decodeAccess(common, source, recvAt)).toMatchObject({ status: 302, dn: 2326 });
  expect(decodeAccess(`${combined} host=Third.Example`, source, recvAt)).toMatchObject({
    host: 'third.example',
  });
});

test('keeps a request that is not HTTP with an empty method', () => {
  const broken = combined.replace('POST /board/post.php?x=1 HTTP/1.1', String.raw`\x16\x03\x01`);
  expect(decodeAccess(broken, source, recvAt)).toMatchObject({
    method: '',
    path: String.raw`\x16\x03\x01`,
    status: 302,
  });
});

test('reads a line that nginx sent by syslog', () => {
  const row = decodeAccess(`<190>Nov 22 13:55:36 web1 nginx: ${combined}`, source, recvAt);
  expect(row).toMatchObject({ cli: '203.0.113.1', status: 302 });
});

test('reads a GB18030 path as text', () => {
  const [before, after] = combined.split('post.php');
  const chinese = Buffer.from([0xb2, 0xa9, 0xb2, 0xca]); // 博彩
  const line = Buffer.concat([Buffer.from(before!), chinese, Buffer.from(after!)]);
  expect(decodeAccess(line, source, recvAt)).toMatchObject({ path: '/board/博彩?x=1' });
});

test.each([
  combined.slice(0, 60),
  combined.replace('22/Nov/2026', '31/Feb/2026'),
  combined.replace('203.0.113.1', 'somewhere'),
  combined.replace('302 2326', 'abc'),
])('calls "%s" unparsable', (line) => {
  expect(decodeAccess(line, source, recvAt)).toBeNull();
});
