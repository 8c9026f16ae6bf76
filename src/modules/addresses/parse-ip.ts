/** Internet addresses read exactly: one spelling in, one spelling out, nothing guessed. */

/** An address as 4 or 16 bytes with its canonical text (RFC 5952; IPv4-mapped IPv6 as IPv4). */
export interface IpAddress {
  readonly family: 4 | 6;
  readonly bytes: Uint8Array;
  readonly text: string;
}

export interface IpPrefix extends IpAddress {
  /** Prefix length in bits. */
  readonly length: number;
  /** First and last address as hexadecimal of fixed width behind the family: compare as strings. */
  readonly first: string;
  readonly last: string;
}

/** Reads IPv4 without leading zeros or IPv6 without a zone; undefined when `text` is neither. */
export function parseIp(text: string): IpAddress | undefined {
  if (text.length > 45) return undefined;
  const four = parseIpv4(text);
  if (four) return { family: 4, bytes: four, text: four.join('.') };
  const bytes = parseIpv6(text);
  if (!bytes) return undefined;
  if (isMapped(bytes)) {
    const inner = bytes.slice(12);
    return { family: 4, bytes: inner, text: inner.join('.') };
  }
  return { family: 6, bytes, text: formatIpv6(bytes) };
}

/** Reads `network/length`; the bits behind the length must be zero. A bare address is a prefix of full length. */
export function parsePrefix(text: string): IpPrefix | undefined {
  const [address = '', bits, more] = text.split('/');
  const ip = parseIp(address);
  if (!ip || more !== undefined) return undefined;
  const width = ip.bytes.length * 8;
  if (bits !== undefined && !/^(?:0|[1-9]\d{0,2})$/.test(bits)) return undefined;
  const length = bits === undefined ? width : Number(bits);
  // A mapped prefix says /96 and more of 128 bits, which means other bits than it seems to: refused.
  if (length > width || (ip.family === 4 && address.includes(':'))) return undefined;
  const last = ip.bytes.map((byte, index) => byte | hostBits(length, index));
  if (ip.bytes.some((byte, index) => (byte & hostBits(length, index)) !== 0)) return undefined;
  const { family, bytes } = ip;
  const key = (end: Uint8Array) => `${family}${Buffer.from(end).toString('hex')}`;
  return { family, bytes, text: `${ip.text}/${length}`, length, first: key(bytes), last: key(last) };
}

/** Bits of byte `index` that a prefix of `length` leaves to the hosts. */
function hostBits(length: number, index: number): number {
  const network = Math.min(8, Math.max(0, length - index * 8));
  return 0xff >> network;
}

/**
 * Whether `ip` in `prefix` names no host: the network and broadcast address of IPv4 (RFC 1122 §3.2.1.3; both
 * are hosts in a /31, RFC 3021), the subnet-router anycast address of IPv6 (RFC 4291 §2.6.1).
 */
export function isNotAHost(ip: IpAddress, prefix: IpPrefix): boolean {
  const width = ip.bytes.length * 8;
  if (prefix.length >= width - 1) return false;
  const host = ip.bytes.map((byte, index) => byte & hostBits(prefix.length, index));
  if (host.every((byte) => byte === 0)) return true;
  return ip.family === 4 && host.every((byte, index) => byte === hostBits(prefix.length, index));
}

function parseIpv4(text: string): Uint8Array | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part))) return undefined;
  const numbers = parts.map(Number);
  return numbers.every((number) => number < 256) ? Uint8Array.from(numbers) : undefined;
}

function parseIpv6(text: string): Uint8Array | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const head = groupsOf(halves[0]!, halves.length === 1);
  const tail = halves.length === 2 ? groupsOf(halves[1]!, true) : [];
  if (!head || !tail) return undefined;
  const missing = 16 - head.length - tail.length;
  if (halves.length === 2 ? missing < 2 : missing !== 0) return undefined;
  return Uint8Array.from([...head, ...Array<number>(missing).fill(0), ...tail]);
}

/** Bytes of `a:b:c`; the last group may be dotted IPv4 where the address ends there. */
function groupsOf(text: string, atEnd: boolean): number[] | undefined {
  if (text === '') return [];
  const bytes: number[] = [];
  const groups = text.split(':');
  for (const [index, group] of groups.entries()) {
    if (/^[0-9a-fA-F]{1,4}$/.test(group)) {
      const value = Number.parseInt(group, 16);
      bytes.push(value >> 8, value & 0xff);
      continue;
    }
    const four = atEnd && index === groups.length - 1 ? parseIpv4(group) : undefined;
    if (!four) return undefined;
    bytes.push(...four);
  }
  return bytes;
}

function isMapped(bytes: Uint8Array): boolean {
  return bytes.subarray(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && bytes[11] === 0xff;
}

/** RFC 5952 §4: lower case, no leading zeros, the first longest run of two or more zero groups as `::`. */
function formatIpv6(bytes: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, i) => (bytes[2 * i]! << 8) | bytes[2 * i + 1]!);
  let start = -1;
  let length = 1;
  for (let at = 0; at < 8; ) {
    let end = at;
    while (end < 8 && groups[end] === 0) end += 1;
    if (end - at > length) [start, length] = [at, end - at];
    at = Math.max(end, at + 1);
  }
  const text = (part: number[]) => part.map((group) => group.toString(16)).join(':');
  if (start < 0) return text(groups);
  return `${text(groups.slice(0, start))}::${text(groups.slice(start + length))}`;
}
