import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isNotAHost, parseIp, parsePrefix } from './parse-ip.ts';
import { isGroupMac, isRandomMac, parseMac } from './parse-mac.ts';
import { parseSince } from './rules.ts';

describe('an IP address', () => {
  it('in IPv6 is written as the URL standard writes it, whatever spelling came in', () => {
    fc.assert(
      fc.property(fc.ipV6(), (text) => {
        const parsed = parseIp(text);
        if (parsed?.family === 4) return;
        expect(parsed?.text).toBe(new URL(`http://[${text}]/`).hostname.slice(1, -1));
      }),
      { numRuns: 2000 },
    );
  });

  it('is read back from its own text to the same bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
        const groups = Array.from({ length: 8 }, (_, i) =>
          ((bytes[2 * i]! << 8) | bytes[2 * i + 1]!).toString(16),
        );
        const parsed = parseIp(groups.join(':'))!;
        expect(parseIp(parsed.text)!.bytes).toEqual(parsed.bytes);
        if (parsed.family === 6) expect(parsed.bytes).toEqual(bytes);
      }),
    );
  });

  it.each([
    ['192.0.2.10', '192.0.2.10'],
    ['2001:DB8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['::', '::'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
  ])('%s reads as %s', (text, canonical) => {
    expect(parseIp(text)?.text).toBe(canonical);
  });

  it.each([
    '192.0.02.1',
    '192.0.2',
    '192.0.2.256',
    '0x7f.0.0.1',
    '1',
    '',
    'fe80::1%eth0',
    '::1::',
    '1:2:3:4:5:6:7',
  ])('refuses %s', (text) => {
    expect(parseIp(text)).toBeUndefined();
  });

  it('never throws on any text', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...'0123456789abcdef:./%[] '), maxLength: 60 }),
        (text) => {
          parseIp(text);
          parsePrefix(text);
          parseMac(text);
          parseSince(text);
        },
      ),
      { numRuns: 5000 },
    );
  });
});

describe('a prefix', () => {
  it('must have no bits behind its length', () => {
    expect(parsePrefix('10.1.0.0/22')?.text).toBe('10.1.0.0/22');
    expect(parsePrefix('10.1.1.0/22')).toBeUndefined();
    expect(parsePrefix('2001:db8::/32')?.text).toBe('2001:db8::/32');
    expect(parsePrefix('10.1.0.0/33')).toBeUndefined();
    expect(parsePrefix('10.1.0.0/022')).toBeUndefined();
    expect(parsePrefix('::ffff:10.1.0.0/112')).toBeUndefined();
    expect(parsePrefix('192.0.2.1')?.text).toBe('192.0.2.1/32');
  });

  it.each([
    ['10.1.0.0', '10.1.0.0/22', true],
    ['10.1.3.255', '10.1.0.0/22', true],
    ['10.1.0.255', '10.1.0.0/22', false],
    ['192.0.2.0', '192.0.2.0/31', false],
    ['2001:db8::', '2001:db8::/64', true],
    ['2001:db8::ffff:ffff:ffff:ffff', '2001:db8::/64', false],
  ])('%s in %s names no host: %s', (ip, cidr, expected) => {
    expect(isNotAHost(parseIp(ip)!, parsePrefix(cidr)!)).toBe(expected);
  });
});

describe('a MAC address', () => {
  it.each(['00:00:5E:00:53:01', '00-00-5e-00-53-01', '0000.5e00.5301', '0000-5E00-5301', '00005e005301'])(
    'is read from %s',
    (text) => {
      expect(parseMac(text)).toBe('00:00:5e:00:53:01');
    },
  );

  it('is refused when shortened, mixed or too long', () => {
    for (const text of ['0:0:5e:0:53:1', '00:00-5e:00:53:01', '00:00:5e:00:53:01:02', '00:00:5g:00:53:01']) {
      expect(parseMac(text)).toBeUndefined();
    }
  });

  it('shows groups and random addresses by their bits', () => {
    expect(isGroupMac('01:00:5e:00:00:01')).toBe(true);
    expect(isGroupMac('00:00:00:00:00:00')).toBe(true);
    expect(isGroupMac('00:00:5e:00:53:01')).toBe(false);
    expect(isRandomMac('da:a1:19:00:00:01')).toBe(true);
    expect(isRandomMac('00:00:5e:00:53:01')).toBe(false);
  });
});

describe('a time of the sheet', () => {
  it.each([
    ['2026-03-01', '2026-02-28T16:00:00.000Z'],
    ['2026/3/1 8:30', '2026-03-01T00:30:00.000Z'],
    ['2026年3月1日', '2026-02-28T16:00:00.000Z'],
    ['2026-03-01T08:00:00+08:00', '2026-03-01T00:00:00.000Z'],
  ])('%s is %s', (text, iso) => {
    expect(parseSince(text)?.toISOString()).toBe(iso);
  });

  it('refuses days that do not exist', () => {
    for (const text of ['2026-02-30', '2026-13-01', '2026-03-01 24:00', '46082', 'yesterday']) {
      expect(parseSince(text)).toBeUndefined();
    }
  });
});
