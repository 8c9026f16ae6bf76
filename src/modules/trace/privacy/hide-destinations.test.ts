import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hiddenAddress, hideDestinations } from './hide-destinations.ts';

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
