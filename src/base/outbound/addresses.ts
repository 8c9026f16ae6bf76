/** Which addresses a request that a stranger's page caused may go to. */
import { BlockList, isIP } from 'node:net';
import { networkInterfaces } from 'node:os';

/**
 * Not globally reachable: the IANA special-purpose registries (RFC 6890 and its updates), multicast, and what
 * embeds an IPv4 address in IPv6 (mapped, compatible, 6to4, Teredo), which would lead around the IPv4 list.
 */
const FORBIDDEN_4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
];
const FORBIDDEN_6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'];
/** The only unicast space that is given out (RFC 4291 §2.4 and the IANA registry). */
const GLOBAL_6 = '2000::/3';
/** An IPv4 address behind a translator (RFC 6052): judged by that address. */
const TRANSLATED = '64:ff9b::/96';

const forbidden4 = listOf(FORBIDDEN_4, 'ipv4');
const forbidden6 = listOf(FORBIDDEN_6, 'ipv6');
const global6 = listOf([GLOBAL_6], 'ipv6');
const translated = listOf([TRANSLATED], 'ipv6');

/** Whether `address` is one of the public internet, and not this machine's own. */
export function isPublicAddress(address: string): boolean {
  const version = isIP(address);
  if (version === 4) return !forbidden4.check(address, 'ipv4') && !isOwn(address);
  if (version !== 6 || address.includes('%')) return false;
  if (translated.check(address, 'ipv6')) return isPublicAddress(lastIpv4(address));
  return global6.check(address, 'ipv6') && !forbidden6.check(address, 'ipv6') && !isOwn(address);
}

/** A server's public address reaches its loopback services just as well. */
function isOwn(address: string): boolean {
  const own = new BlockList();
  for (const { address: mine, family } of Object.values(networkInterfaces()).flatMap((list) => list ?? [])) {
    own.addAddress(mine.split('%')[0]!, family === 'IPv6' ? 'ipv6' : 'ipv4');
  }
  return own.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

function lastIpv4(address: string): string {
  // The WHATWG serialiser writes the last 32 bits as two groups whatever notation came in.
  const groups = new URL(`http://[${address}]/`).hostname.slice(1, -1).split(':').slice(-2);
  const bits = groups.map((group) => Number.parseInt(group || '0', 16));
  return [bits[0]! >> 8, bits[0]! & 255, bits[1]! >> 8, bits[1]! & 255].join('.');
}

function listOf(ranges: readonly string[], family: 'ipv4' | 'ipv6'): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [network, prefix] = range.split('/');
    list.addSubnet(network!, Number(prefix), family);
  }
  return list;
}
