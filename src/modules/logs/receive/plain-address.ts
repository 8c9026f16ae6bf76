/** `::ffff:192.0.2.1` as `192.0.2.1`; an IPv6 zone is dropped. */
export function plainAddress(address: string): string {
  const plain = address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;
  const zone = plain.indexOf('%');
  return zone < 0 ? plain : plain.slice(0, zone);
}
