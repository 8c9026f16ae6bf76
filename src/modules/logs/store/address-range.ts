/** First and last address of a prefix, as the IPv6 columns hold them; a plain address is both. */
import { isIPv4 } from 'node:net';
import { address } from './row-lines.ts';

export function addressRange(text: string): { first: string; last: string } {
  const slash = text.indexOf('/');
  if (slash < 0) return { first: address(text), last: address(text) };
  const base = text.slice(0, slash);
  const bits = Number(text.slice(slash + 1)) + (isIPv4(base) ? 96 : 0);
  const number = toNumber(address(base));
  const free = (1n << BigInt(128 - bits)) - 1n;
  return { first: toText(number & ~free), last: toText(number | free) };
}

function toNumber(text: string): bigint {
  const plain = new URL(`http://[${text}]/`).hostname.slice(1, -1);
  const [head = '', tail] = plain.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const middle = tail === undefined ? [] : Array<string>(8 - left.length - right.length).fill('0');
  return [...left, ...middle, ...right].reduce((sum, part) => (sum << 16n) | BigInt(`0x${part}`), 0n);
}

function toText(number: bigint): string {
  const parts = Array.from({ length: 8 }, (_, i) =>
    ((number >> BigInt(112 - i * 16)) & 0xffffn).toString(16),
  );
  return parts.join(':');
}
