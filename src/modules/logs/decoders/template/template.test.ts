import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fieldTypes, templateRows } from '../../contract/template-fields.ts';
import { type Pattern, PatternError } from './parse-pattern.ts';
import { compileTemplate, templateDecoder, tryTemplate } from './template.ts';

const source = { zone: 'Asia/Shanghai', realm: 'city' };
const recvAt = new Date('2026-11-22T06:00:00Z');
const read = (pattern: Pattern, line: string | Uint8Array) =>
  templateDecoder([compileTemplate(pattern)])(line, source, recvAt);
const event = (pattern: string): Pattern => ({ row: 'firewall', pattern });
const misfit = (pattern: Pattern, line: string) => {
  const tried = tryTemplate(compileTemplate(pattern), line, source, recvAt);
  return 'misfit' in tried ? tried.misfit : 'it fits';
};
const problemOf = (pattern: Pattern): unknown => {
  try {
    compileTemplate(pattern);
    return 'no problem';
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    return { column: error.column, en: error.en };
  }
};

const shape = event('{time:%Y-%m-%d %H:%M:%S} {cli:ip}:{cport:port} -> {host} {act}');

test('reads a line by named fields; one blank of the pattern stands for many', () => {
  const row = {
    kind: 'firewall',
    ts: Date.UTC(2026, 10, 22, 5),
    cli: '192.0.2.5',
    cport: 4711,
    host: 'www.example',
    act: 'deny',
  };
  expect(read(shape, '2026-11-22 13:00:00   192.0.2.5:4711 ->\tWWW.Example. deny')).toMatchObject(row);
  expect(
    read(shape, '<134>Nov 22 13:00:01 fw app: 2026-11-22 13:00:00 192.0.2.5:4711 -> www.example deny \r\n'),
  ).toMatchObject(row);
});

test('reads Chinese literals and values, and keeps names of its own', () => {
  const row = read(
    event('用户={user} 教室={room:text}；源={cli}'),
    Buffer.from('用户=张三 教室=三年级 二班；源=192.0.2.7'),
  );
  expect(row).toMatchObject({
    user: '张三',
    cli: '192.0.2.7',
    ts: recvAt.getTime(),
    extra: { room: '三年级 二班' },
  });
});

test('takes the time from the header when the pattern has none', () => {
  expect(read(event('from {cli}'), 'Nov 22 13:00:00 fw app: from 192.0.2.7')).toMatchObject({
    ts: Date.UTC(2026, 10, 22, 5),
  });
});

test('makes sessions, port blocks, leases and sightings with what a line of it means', () => {
  const nat = 'T {start:%s} {proto} {inip}:{inport} {pubip}:{pubport} {dstip}:{dstport}';
  expect(
    read(
      { row: 'nat', means: 'destroy', pattern: nat },
      'T 1795323600 udp 192.0.2.1:5 203.0.113.1:6 198.51.100.1:53',
    ),
  ).toMatchObject({
    event: 'destroy',
    start: 1795323600000,
    proto: 17,
    pubIp: '203.0.113.1',
    pubPort: 6,
    dstPort: 53,
  });
  expect(
    read(
      { row: 'block', pattern: 'NAT444 {inip} {pubip} {lo}-{hi}' },
      'NAT444 192.0.2.1 203.0.113.1 1024-2047',
    ),
  ).toMatchObject({ event: 'alloc', lo: 1024, hi: 2047, step: 1, inIp: '192.0.2.1' });
  expect(
    read(
      { row: 'lease', means: 'release', pattern: 'rel {ip} {mac} {_}' },
      'rel 192.0.2.1 0001.0203.0405 whatever is here',
    ),
  ).toMatchObject({ action: 'release', mac: '00:01:02:03:04:05', leaseSeconds: 0 });
  expect(
    read({ row: 'sighting', pattern: '{ip} is {mac} on {port}' }, '2001:db8::1 is 0:1:2:3:4:5 on ge-0/0/1'),
  ).toMatchObject({ kind: 'arp', action: 'seen', ip: '2001:db8::1', port: 'ge-0/0/1' });
});

test.each([
  ['%d/%b/%Y:%H:%M:%S %z', '22/Nov/2026:13:00:00 +0800'],
  ['%b %e %H:%M:%S', 'Nov 22 13:00:00'],
  ['%y%m%d%H%M%S', '261122130000'],
  ['%FT%T.%f%z', '2026-11-22T05:00:00.000Z'],
  ['%s.%f', '1795323600.0009'],
])('reads a time as %s', (format, text) => {
  expect(read(event(`[{time:${format}}] {cli}`), `[${text}] 192.0.2.1`)).toMatchObject({
    ts: Date.UTC(2026, 10, 22, 5),
  });
});

test('uses the zone of the field when the source has one', () => {
  const decode = templateDecoder([compileTemplate(event('{time:%F %T} {cli}'))]);
  const utc = { ...source, fieldZones: { time: 'UTC' } };
  expect(decode('2026-11-22 05:00:00 192.0.2.1', utc, recvAt)).toMatchObject({
    ts: Date.UTC(2026, 10, 22, 5),
  });
});

test('tries the second pattern when the first does not fit', () => {
  const decode = templateDecoder([compileTemplate(event('in {cli}')), compileTemplate(event('out {dst}'))]);
  expect(decode('out 192.0.2.9', source, recvAt)).toMatchObject({ cli: '', dst: '192.0.2.9' });
  expect(decode('neither', source, recvAt)).toBeNull();
});

test('says where a line stopped fitting and what was expected there', () => {
  expect(misfit(shape, '2026-11-22 13:00:00 192.0.2.555:4711 -> a b')).toMatchObject({
    column: 21,
    step: { name: 'cli', type: 'ip' },
  });
  expect(misfit(shape, '2026-11-22 13:00:00 192.0.2.5:4711 => a b')).toMatchObject({
    column: 35,
    step: { literal: ['', '->', ''] },
  });
  expect(misfit(shape, '2026-13-22 13:00:00 192.0.2.5:4711 -> a b')).toMatchObject({
    column: 1,
    step: { name: 'time' },
  });
  expect(misfit(event('from {cli}'), 'from 192.0.2.5 and more')).toEqual({ column: 15, step: 'end' });
});

test.each<[Partial<Pattern>, number, string]>([
  [{ pattern: 'no field' }, 1, 'no field'],
  [{ pattern: 'a {cli' }, 3, 'not closed'],
  [{ pattern: 'a } b' }, 3, '}}'],
  [{ pattern: 'a {Cli}' }, 3, 'small letters'],
  [{ pattern: 'a {cli:number}' }, 3, 'cannot be of this type'],
  [{ pattern: 'a {x:regex}' }, 3, 'unknown type'],
  [{ pattern: '{time:%Q} {cli}' }, 1, 'time format'],
  [{ pattern: '{time} {cli}' }, 1, 'time format'],
  [{ pattern: '{cli} {cli}' }, 7, 'twice'],
  [{ pattern: '{host}{act}' }, 7, 'between two fields'],
  [{ pattern: '{act:rest} {cli}' }, 1, 'last field'],
  [{ row: 'nat', pattern: '{pubip}:{pubport}' }, 17, 'inip'],
  [{ row: 'lease', pattern: '{ip} {weather}' }, 6, 'no such field'],
  [{ row: 'lease', means: 'destroy', pattern: '{ip}' }, 1, 'cannot mean'],
  [{ pattern: `{cli} ${'x'.repeat(2000)}` }, 2000, '2,000'],
])('refuses %j', (given, column, text) => {
  expect(problemOf({ ...event(''), ...given })).toMatchObject({ column, en: expect.stringContaining(text) });
});

test('doubled braces stand for themselves', () => {
  expect(read(event('{{{cli}}}'), '{192.0.2.5}')).toMatchObject({ cli: '192.0.2.5' });
});

const piece = fc.oneof(
  fc.constantFrom(' ', '->', ':', '{{', '}}', '"', 'a', '用', '{_} '),
  fc
    .tuple(
      fc.constantFrom('cli', 'dst', 'host', 'act', 'up', 'x', 'y', 'ip', 'mac', 'lo', 'inip', 'pubip'),
      fc.constantFrom(...fieldTypes),
    )
    .map(([name, type]) => `{${name}:${type}}`),
  fc.constantFrom('{time:%F %T}', '{time:%s}', '{start:%b %e %T}', '{cli}', '{'),
);

test('compiles or refuses whatever is written, and never throws on any line', () => {
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 8 }),
      fc.constantFrom(...templateRows),
      fc.uint8Array({ maxLength: 200 }),
      (parts, row, line) => {
        const pattern = { row, pattern: parts.join('') };
        if (problemOf(pattern) === 'no problem') read(pattern, line);
      },
    ),
    { numRuns: 3000 },
  );
});

test('reads 64 KiB of anything in time that grows with its length only', () => {
  const patterns = [
    '{_} {x} {cli}',
    '{_}a b{cli}',
    '{_}  ->  {cli}',
    '{x:text}, {y:text}; {cli}',
    '{cli}',
    '{mac:mac} {x}',
    '{_} {_} {_} {_} {cli}',
  ];
  for (const pattern of patterns) {
    for (const unit of [' ', 'a', 'a ', '->', ' -', ',', '1', '1.', ':']) {
      const line = unit.repeat(65_536 / unit.length);
      expect(() => read({ row: 'other', pattern }, line)).not.toThrow();
    }
  }
});
