import { expect, test } from 'vitest';
import { decodeBind } from './bind.ts';
import { decodeUnbound } from './unbound.ts';

const source = { zone: 'Asia/Shanghai', realm: 'city' };
const recvAt = new Date('2026-11-22T06:00:00Z');
const bind = (line: string) => decodeBind(line, source, recvAt);
const unbound = (line: string) => decodeUnbound(line, source, recvAt);
const ts = Date.UTC(2026, 10, 22, 5);
const question =
  'client @0x7bc1b56f8098 192.0.2.96#37073 (Www.Example): query: Www.Example IN AAAA +E(0)TK (198.51.100.4)';

test.each([
  `22-Nov-2026 13:00:00.000 queries: info: ${question}`,
  `22-Nov-2026 13:00:00.000 ${question}`,
  `2026-11-22T05:00:00.000Z queries: info: ${question}`,
  `Nov 22 13:00:00 ns1 named[812]: queries: info: ${question}`,
  `<30>Nov 22 13:00:00 ns1 named[812]: ${question.replace('@0x7bc1b56f8098 ', '').replace(': query:', ': view inside: query:')}`,
])('BIND: reads %s', (line) => {
  expect(bind(line)).toMatchObject({
    table: 'event',
    kind: 'dns',
    ts,
    cli: '192.0.2.96',
    cport: 37073,
    dst: '198.51.100.4',
    dport: 53,
    proto: 6,
    host: 'www.example',
    act: 'AAAA',
  });
});

test('BIND: reads what a response policy did', () => {
  const line =
    '22-Nov-2026 13:00:00.000 rpz: info: client @0x7f 192.0.2.96#37073 (bad.example): rpz QNAME NXDOMAIN rewrite bad.example/A/IN via bad.example.emergency.rpz';
  expect(bind(line)).toMatchObject({
    host: 'bad.example',
    act: 'A',
    extra: { policy: 'nxdomain', trigger: 'qname', rule: 'bad.example.emergency.rpz' },
  });
});

test('BIND: knows its other speech, and cannot read mangled questions or other programs', () => {
  expect(bind('22-Nov-2026 13:00:00.000 general: info: zone example/IN: loaded serial 1')).toEqual({
    table: 'none',
  });
  expect(bind('Nov 22 13:00:00 ns1 named[812]: zone example/IN: loaded serial 1')).toEqual({ table: 'none' });
  expect(bind(`22-Nov-2026 13:00:00.000 ${question.replace('192.0.2.96', '192.0.2.960')}`)).toBeNull();
  expect(bind(`22-Nov-2026 13:00:00.000 ${question.replace(' IN ', ' ')}`)).toBeNull();
  expect(bind(`Nov 22 13:00:00 ns1 sshd[812]: ${question}`)).toBeNull();
  expect(bind(`22-Xxx-2026 13:00:00.000 ${question}`)).toBeNull();
});

test.each([
  'Nov 22 13:00:00 ns1 unbound: [79652:0] info: 192.0.2.8 Www.Example. A IN NOERROR 0.095659 0 134',
  '<30>Nov 22 13:00:00 ns1 unbound[79652]: [79652:0] reply: 192.0.2.8 Www.Example. A IN NOERROR 0.095659 0 134',
  `[${ts / 1000}] unbound[79652:0] info: 192.0.2.8 Www.Example. A IN NOERROR 0.095659 0 134`,
  'Nov 22 13:00:00 unbound[79652:0] info: 192.0.2.8 Www.Example. A IN NOERROR 0.095659 0 134',
  '2026-11-22T13:00:00+08:00 unbound[79652:0] info: 192.0.2.8 Www.Example. A IN NOERROR 0.095659 0 134',
])('Unbound: reads the reply %s', (line) => {
  expect(unbound(line)).toMatchObject({
    kind: 'dns',
    ts,
    cli: '192.0.2.8',
    host: 'www.example',
    act: 'A',
    took: 96,
    dn: 134,
    extra: { answer: 'NOERROR' },
  });
});

test('Unbound: reads a question and an applied policy', () => {
  expect(unbound(`[${ts / 1000}] unbound[7:1] info: 2001:db8::8 www.example. HTTPS IN`)).toMatchObject({
    cli: '2001:db8::8',
    act: 'HTTPS',
  });
  expect(
    unbound(
      `[${ts / 1000}] unbound[7:1] info: rpz: applied [emergency] bad.example. rpz-nxdomain 192.0.2.8@41234 bad.example. A IN`,
    ),
  ).toMatchObject({
    cli: '192.0.2.8',
    cport: 41234,
    host: 'bad.example',
    extra: { policy: 'rpz-nxdomain', rule: 'bad.example' },
  });
});

test('Unbound: knows its other speech, and cannot read foreign or mangled lines', () => {
  expect(unbound(`[${ts / 1000}] unbound[7:0] info: start of service (unbound 1.17.1).`)).toEqual({
    table: 'none',
  });
  expect(unbound(`[${ts / 1000}] unbound[7:0] info: 192.0.2.8 www.example. A`)).toBeNull();
  expect(unbound('Nov 22 13:00:00 ns1 sshd: [79652:0] info: 192.0.2.8 www.example. A IN')).toBeNull();
});
