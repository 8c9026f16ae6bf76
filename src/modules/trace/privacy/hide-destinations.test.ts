import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressesIn, hiddenAddress, hideDestinations, hideRequests } from './hide-destinations.ts';

const kept = ['203.0.113.1', '10.1.4.10', '2001:db8::5'];

describe('a raw line without destinations', () => {
  it.each([
    [
      '[1795327800.0] [NEW] tcp 6 src=10.1.4.10 dst=198.51.100.2 sport=4000 dport=443 src=198.51.100.2 dst=203.0.113.1 dport=61001',
      `[1795327800.0] [NEW] tcp 6 src=10.1.4.10 dst=${hiddenAddress} sport=4000 dport=443 src=${hiddenAddress} dst=203.0.113.1 dport=61001`,
    ],
    [
      'proto TCP (SYN), 10.1.4.10:54124->198.51.100.37:21001, NAT (10.1.4.10:54124->203.0.113.1:54124)->198.51.100.37:21001, len 60',
      `proto TCP (SYN), 10.1.4.10:54124->${hiddenAddress}:21001, NAT (10.1.4.10:54124->203.0.113.1:54124)->${hiddenAddress}:21001, len 60`,
    ],
    [
      'src=2001:DB8:0::5 dst=2001:db8:1::9 at 11:56:41 v1.2.3',
      `src=2001:DB8:0::5 dst=${hiddenAddress} at 11:56:41 v1.2.3`,
    ],
    ['Nov 22 14:05:00 gw kernel: mac 00:00:5e:00:53:09', 'Nov 22 14:05:00 gw kernel: mac 00:00:5e:00:53:09'],
  ])('%s', (line, shown) => {
    expect(hideDestinations(line, kept)).toBe(shown);
  });

  it('holds no other IPv4 address, whatever stands around it, and all else as it was', () => {
    const other = fc.ipV4().filter((ip) => !kept.includes(ip));
    fc.assert(
      fc.property(other, fc.constantFrom('=', ' ', '(', '>', ',', '"'), (ip, mark) => {
        const line = `a${mark}${ip}:443 src=10.1.4.10 b`;
        const shown = hideDestinations(line, kept);
        expect(shown).toBe(`a${mark}${hiddenAddress}:443 src=10.1.4.10 b`);
      }),
    );
  });
});

describe('a line of a proxy without what was fetched', () => {
  const x = hiddenAddress;
  it.each([
    [
      '1795327800.049   5006 10.1.4.10 TCP_MISS/200 19763 CONNECT login.example.com:443 user1 DIRECT/198.51.100.115 -',
      `1795327800.049   5006 10.1.4.10 TCP_MISS/200 19763 CONNECT ${x} user1 DIRECT/${x} -`,
    ],
    [
      '1795327800.049 5006 10.1.4.10 4711 198.51.100.2 80 TCP_MISS/200 1 2 GET http://www.example.org/a?b=http://c.example - text/html 17',
      `1795327800.049 5006 10.1.4.10 4711 ${x} 80 TCP_MISS/200 1 2 GET ${x} - text/html 17`,
    ],
    [
      '1795327800.049 5 10.1.4.10 TCP_TUNNEL/200 1 CONNECT [2001:db8:9::7]:443 - HIER_DIRECT/2001:db8:9::7 -',
      `1795327800.049 5 10.1.4.10 TCP_TUNNEL/200 1 CONNECT ${x} - HIER_DIRECT/${x} -`,
    ],
    [
      '1795327800.049 5 10.1.4.10 TCP_HIT/503 5 GET http://教育.中国/页 - HIER_NONE/- application/vnd.ms-excel',
      `1795327800.049 5 10.1.4.10 TCP_HIT/503 5 GET ${x} - HIER_NONE/- application/vnd.ms-excel`,
    ],
    [
      '1795327800.049 5 10.1.4.10 TCP_MISS/200 5 CONNECT intranet:8443 - FIRSTUP_PARENT/cache -',
      `1795327800.049 5 10.1.4.10 TCP_MISS/200 5 CONNECT ${x} - FIRSTUP_PARENT/${x} -`,
    ],
    [
      '10.1.4.10 "POST http://www.example.org/login HTTP/1.1" 200 "https://ref.example/x" host=a.b.example',
      `10.1.4.10 "POST ${x} HTTP/1.1" 200 "${x}" host=${x}`,
    ],
  ])('%s', (line, shown) => {
    expect(hideRequests(line, kept)).toBe(shown);
  });

  it('holds no host and no page, whichever it is', () => {
    const label = fc.stringMatching(/^[a-z][a-z0-9]{1,10}$/);
    fc.assert(
      fc.property(
        label,
        label,
        fc.stringMatching(/^[\w./?=&%-]{0,20}$/),
        fc.boolean(),
        (name, top, path, isTunnel) => {
          const host = `q${name}q.${top.replace(/\d/g, 'x')}`;
          const asked = isTunnel ? `CONNECT ${host}:443` : `GET http://${host}/${path}`;
          const line = `1795327800.049 5 10.1.4.10 TCP_MISS/200 5 ${asked} - HIER_DIRECT/${host} text/html`;
          const shown = hideRequests(line, kept);
          expect(shown).not.toContain(`q${name}q`);
          expect(shown).toMatch(/^1795327800\.049 5 10\.1\.4\.10 TCP_MISS\/200 5 (?:CONNECT|GET) /);
        },
      ),
    );
  });

  it('keeps the addresses that the link itself names', () => {
    expect(addressesIn('10.1.4.10:4000 began to appear as 203.0.113.1:61001; 2001:db8::5 was given')).toEqual(
      ['10.1.4.10', '203.0.113.1', '2001:db8::5'],
    );
  });
});
