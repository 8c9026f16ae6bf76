/** Hardware addresses in the spellings of Windows, Linux, Cisco and H3C, to lower case with colons. */

/** Reads `00:00:5e:00:53:01`, `00-00-…`, `0000.5e00.5301`, `0000-5e00-5301` or 12 bare digits. */
export function parseMac(text: string): string | undefined {
  const lower = text.toLowerCase();
  const known =
    /^(?:[0-9a-f]{2}:){5}[0-9a-f]{2}$/.test(lower) ||
    /^(?:[0-9a-f]{2}-){5}[0-9a-f]{2}$/.test(lower) ||
    /^(?:[0-9a-f]{4}[.-]){2}[0-9a-f]{4}$/.test(lower) ||
    /^[0-9a-f]{12}$/.test(lower);
  if (!known) return undefined;
  return lower
    .replace(/[^0-9a-f]/g, '')
    .match(/../g)!
    .join(':');
}

/** A group address (bit 0x01 of the first octet, IEEE 802) or the null address: no single device's. */
export function isGroupMac(mac: string): boolean {
  return mac === '00:00:00:00:00:00' || (Number.parseInt(mac.slice(0, 2), 16) & 1) === 1;
}

/** Bit 0x02 of the first octet: locally administered, as randomised addresses are (RFC 9542 §2.1). */
export function isRandomMac(mac: string): boolean {
  return (Number.parseInt(mac.slice(0, 2), 16) & 2) === 2;
}
