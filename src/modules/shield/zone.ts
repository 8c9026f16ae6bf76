/** The RPZ zone text (draft-vixie-dnsop-dns-rpz), pure. */

export const zoneName = 'emergency.jiaodun';

export interface ZoneInput {
  readonly serial: number;
  /** ISO 8601; goes into a comment. */
  readonly at: string;
  /** Host names (lower case, punycode) and IPv4 addresses. */
  readonly hosts: readonly string[];
}

const header = (serial: number) => `$TTL 30
@ IN SOA localhost. hostmaster.localhost. (${serial} 60 30 604800 30)
@ IN NS localhost.
`;

/**
 * Writes the zone. A name is blocked with everything below it (`CNAME .` means NXDOMAIN); an address blocks
 * every answer that holds it. The same hosts give the same records in the same order.
 */
export function writeZone(input: ZoneInput): string {
  const hosts = [...new Set(input.hosts)].sort();
  const records = hosts.map((host) => (isAddress(host) ? addressRecord(host) : nameRecords(host)));
  return `; Jiaodun emergency block list, serial ${input.serial}, ${input.at}, ${hosts.length} entries\n${header(input.serial)}${records.join('')}`;
}

export function isAddress(host: string): boolean {
  return /^\d{1,3}(?:\.\d{1,3}){3}$/.test(host);
}

function nameRecords(host: string): string {
  return `${host} CNAME .\n*.${host} CNAME .\n`;
}

/** `32.1.2.0.192.rpz-ip` is 192.0.2.1/32: prefix length, then the octets backwards. */
function addressRecord(address: string): string {
  return `32.${address.split('.').reverse().join('.')}.rpz-ip CNAME .\n`;
}
