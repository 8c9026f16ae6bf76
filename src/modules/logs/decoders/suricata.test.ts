import { expect, test } from 'vitest';
import { decodeSuricata } from './suricata.ts';

const source = { zone: 'Asia/Shanghai', realm: 'city' };
const recvAt = new Date('2026-11-22T06:00:00Z');
const ends = {
  timestamp: '2026-11-22T13:00:00.123456+0800',
  src_ip: '192.0.2.5',
  src_port: 40000,
  dest_ip: '198.51.100.5',
  dest_port: 443,
  proto: 'TCP',
};
const read = (event: object) =>
  decodeSuricata(Buffer.from(JSON.stringify({ ...ends, ...event })), source, recvAt);
const common = {
  ts: Date.UTC(2026, 10, 22, 5, 0, 0, 123),
  cli: '192.0.2.5',
  cport: 40000,
  dst: '198.51.100.5',
  dport: 443,
  proto: 6,
};

test('reads an alarm with its signature in Chinese', () => {
  const alert = {
    action: 'allowed',
    signature_id: 9000001,
    signature: '恶意域名',
    category: 'Trojan',
    severity: 1,
  };
  expect(read({ event_type: 'alert', alert, tls: { sni: 'Bad.Example' } })).toMatchObject({
    kind: 'alert',
    ...common,
    host: 'bad.example',
    act: 'allowed',
    extra: { signature: '恶意域名', sid: '9000001', severity: '1', category: 'Trojan' },
  });
});

test.each([
  [
    { event_type: 'dns', dns: { type: 'query', rrname: 'www.example', rrtype: 'A' } },
    { kind: 'dns', host: 'www.example', act: 'A' },
  ],
  [
    {
      event_type: 'dns',
      dns: { version: 3, type: 'request', queries: [{ rrname: 'www.example', rrtype: 'AAAA' }] },
    },
    { kind: 'dns', act: 'AAAA' },
  ],
  [
    {
      event_type: 'http',
      http: { hostname: 'www.example', url: '/a', http_method: 'GET', status: 200, length: 9 },
    },
    { kind: 'flow', host: 'www.example', path: '/a', method: 'GET', status: 200, dn: 9 },
  ],
  [
    { event_type: 'tls', tls: { sni: 'www.example' } },
    { kind: 'flow', host: 'www.example', act: 'tls' },
  ],
  [
    { event_type: 'flow', flow: { bytes_toserver: 5, bytes_toclient: 7, age: 3, state: 'closed' } },
    { kind: 'flow', up: 5, dn: 7, took: 3000, act: 'closed' },
  ],
])('reads %j', (event, row) => {
  expect(read(event)).toMatchObject({ ...common, ...row });
});

test('reads an acknowledged lease behind a syslog header', () => {
  const dhcp = {
    dhcp_type: 'ack',
    assigned_ip: '192.0.2.77',
    client_mac: '00:11:22:33:44:55',
    lease_time: 600,
    hostname: 'pc',
  };
  const line = `<13>Nov 22 13:00:00 ids suricata[7]: ${JSON.stringify({ ...ends, event_type: 'dhcp', dhcp })}`;
  expect(decodeSuricata(line, source, recvAt)).toMatchObject({
    table: 'lease',
    action: 'ack',
    ip: '192.0.2.77',
    mac: '00:11:22:33:44:55',
    leaseSeconds: 600,
  });
});

test('takes nothing for granted in the JSON of a stranger', () => {
  expect(read({ event_type: 'stats' })).toEqual({ table: 'none' });
  expect(read({ event_type: 'constructor' })).toEqual({ table: 'none' });
  expect(read({ event_type: 'flow', flow: null, src_port: -1, dest_port: 1e9, proto: {} })).toMatchObject({
    cport: 0,
    dport: 0,
    proto: 0,
  });
  expect(read({ event_type: 7, timestamp: 'x' })).toBeNull();
  for (const line of ['{', '[]', '{"event_type":"flow"}', `{"a":${'['.repeat(60_000)}`]) {
    expect(decodeSuricata(line, source, recvAt)).toBeNull();
  }
});
