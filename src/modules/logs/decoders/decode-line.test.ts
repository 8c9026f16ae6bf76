import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decoderOf } from './decode-line.ts';
import { type DataRow, formats as known } from './row.ts';

const formats = known.filter((format) => decoderOf(format) !== undefined);

const recvAt = new Date('2026-11-22T06:00:00Z');
const source = { zone: 'Asia/Shanghai', realm: 'city' };

/** Pieces of real lines, so that random input gets past the first check of a decoder. */
const piece = fc.constantFrom(
  '<134>1 2026-11-22T06:00:00Z gw app 1 - [a b="\\]"] ',
  'Nov 22 13:00:00 gw dhcpd: ',
  'Nov  2 13:00:00 dnsmasq-dhcp[1]: ',
  'Nov 22 13:00:00 dnsmasq[1]: ',
  'DHCPACK on ',
  'DHCPACK(br0) ',
  'query[A] ',
  '12 192.0.2.5/99999 ',
  'from ',
  '192.0.2.1 ',
  '::ffff:192.0.2.1 ',
  '2001:db8::1 ',
  'fe80::1%eth0 ',
  'to 00:01:02:03:04:05 ',
  '(',
  ') via ',
  '[NEW] tcp 6 120 ',
  'src= dst=192.0.2.1 ',
  'sport=1 dport=2 ',
  '[1795327100.1] ',
  '- - [22/Nov/2026:13:55:36 +0800] "GET / HTTP/1.1" 200 1 ',
  '"\\',
  '1795327200.049 5 192.0.2.1 ',
  'TCP_MISS/200 5 GET http://[::1/ - - - ',
  'CONNECT a:b:c ',
  '2026-11-22 13:00:00.856 INFO  [kea-dhcp4.leases/1] DHCP4_LEASE_ALLOC [hwtype=1 00:01:02:03:04:05]: lease ',
  '2026-11-22 13:02:03 CST Address: 192.0.2.1 has been renewed for 1 hrs ',
  '10,11/22/26,13:00:05,Assign,192.0.2.50,pc,',
  '22-Nov-2026 13:00:00.000 queries: info: client @0x7 192.0.2.96#37073 (a): ',
  'query: a.example IN A +E(0)K (198.51.100.4)',
  '[1795327200] unbound[7:0] info: 192.0.2.8 a.example. A IN ',
  '\nAcct-Status-Type = Start\n',
  'Timestamp = 1795327200\nFramed-IP-Address = 192.0.2.1\n',
  'in:a out:b, connection-state:new,snat proto TCP (SYN), 192.0.2.1:1->198.51.100.1:2, ',
  'NAT (192.0.2.1:1->203.0.113.1:99999)->198.51.100.1:2, len 6',
  '%%01SECLOG/6/SESSION_TEARDOWN(l):Protocol=udp,SourceIP=192.0.2.1,SourcePort=99999,DestinationIP=198.51.100.1,',
  'BeginTime=1795327200,EndTime=1795327201,SourceNatIP=203.0.113.1,',
  '%%10nat/6/NAT_FLOW: Protocol(1)=TCP;SrcIPAddr(3)=192.0.2.1;DstIPAddr(7)=198.51.100.1;BeginTime_e(1)=11222026050000;',
  'NatSrcIPAddr(5)=203.0.113.1;NatSrcPort(6)=70000;',
  'RT_NAT: RT_SRC_NAT_PBA_ALLOC: Subscriber 192.0.2.1 port block [1-65536] from 203.0.113.1 ',
  'arpwatch: flip flop 192.0.2.1 0:1:2:3:4:5 (',
  'kernel: IN=a OUT= SRC=192.0.2.1 DST=198.51.100.1 PROTO=TCP SPT=70000 ',
  '{"timestamp":"2026-11-22T13:00:00+0800","event_type":"flow","src_port":70000}',
);
const line = fc.array(fc.oneof(piece, fc.string({ unit: 'binary', maxLength: 12 })), { maxLength: 14 });

function checkRow(row: DataRow): void {
  expect(row.ts).toBeGreaterThanOrEqual(0);
  expect(Number.isSafeInteger(row.ts)).toBe(true);
  for (const [key, value] of Object.entries(row)) {
    if (!/port$/i.test(key) || typeof value !== 'number') continue;
    expect(value).toBeGreaterThanOrEqual(0);
    expect(value).toBeLessThanOrEqual(65535);
  }
}

test.each(formats)('%s never throws on mangled lines and gives only sound values', (format) => {
  fc.assert(
    fc.property(line, fc.boolean(), (parts, asBytes) => {
      const text = parts.join('');
      const row = decoderOf(format)!.decode(asBytes ? Buffer.from(text) : text, source, recvAt);
      if (row === null || ('table' in row && row.table === 'none')) return;
      for (const one of ('table' in row ? [row] : row) as readonly DataRow[]) checkRow(one);
    }),
    { numRuns: 3000 },
  );
});

test.each(formats)('%s never throws on random bytes', (format) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      decoderOf(format)!.decode(bytes, source, recvAt);
    }),
    { numRuns: 2000 },
  );
});

test.each(formats)('%s reads 64 KiB of one character in linear time', (format) => {
  for (const unit of [' ', '"', '\\', '[', '=', ':', '(', '<', '1', '1.', ',', ';', '->', '\n', 'a', '{']) {
    const prefix = [
      '',
      '203.0.113.1 - - [22/Nov/2026:13:55:36 +0800] "',
      '[NEW] tcp 6 ',
      '<1>1 - - - - - [',
      'Nov 22 13:00:00 gw arpwatch: ',
    ];
    for (const start of prefix) {
      const text = start + unit.repeat(65536 / unit.length);
      expect(() => decoderOf(format)!.decode(text, source, recvAt)).not.toThrow();
    }
  }
});

test('answers null for a source whose zone is unknown, and does not throw', () => {
  const line = 'Nov 22 12:00:00 gw1 dhcpd: DHCPACK on 192.0.2.22 to 34:23:ba:00:00:01 via p2p1';
  expect(decoderOf('isc-dhcpd')!.decode(line, { zone: 'CST', realm: 'city' }, recvAt)).toBeNull();
});

const ordered = formats.filter((format) => decoderOf(format)!.open !== undefined);

test.each(ordered)('%s, read in order, survives any sequence and keeps only JSON in its memory', (format) => {
  const record = fc.oneof(
    line.map((parts) => Buffer.from(parts.join(''))),
    fc.uint8Array({ maxLength: 200 }),
  );
  fc.assert(
    fc.property(fc.array(record, { maxLength: 8 }), (records) => {
      const values = new Map<string, string>();
      const memory = {
        get: (key: string) => (values.has(key) ? JSON.parse(values.get(key)!) : undefined),
        set: (key: string, value: unknown) => void values.set(key, JSON.stringify(value)),
      };
      for (const bytes of records) {
        // A reader of its own for each record, as if every one were in another segment.
        const found = decoderOf(format)!.open!(memory)(bytes, source, recvAt);
        if (found === null || ('table' in found && found.table === 'none')) continue;
        for (const one of ('table' in found ? [found] : found) as readonly DataRow[]) checkRow(one);
      }
    }),
    { numRuns: 1000 },
  );
});
