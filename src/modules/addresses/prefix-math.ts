/** Cutting prefixes into equal parts and joining neighbours. Pure. */
import { type IpPrefix, parsePrefix } from './parse-ip.ts';

const widthOf = (prefix: IpPrefix) => prefix.bytes.length * 8;

function firstOf(prefix: IpPrefix): bigint {
  return prefix.bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
}

function prefixAt(first: bigint, length: number, width: number): string {
  const hex = first.toString(16).padStart(width / 4, '0');
  const address =
    width === 32
      ? hex.replace(/../g, (byte) => `${Number.parseInt(byte, 16)}.`).slice(0, -1)
      : hex.replace(/.{4}/g, '$&:').slice(0, -1);
  return parsePrefix(`${address}/${length}`)!.text;
}

/** The equal parts of `length` bits that make up `prefix`, in the order of addresses. */
export function partsOf(prefix: IpPrefix, length: number): string[] {
  const width = widthOf(prefix);
  const step = 1n << BigInt(width - length);
  return Array.from({ length: 2 ** (length - prefix.length) }, (_, index) =>
    prefixAt(firstOf(prefix) + BigInt(index) * step, length, width),
  );
}

/** Which cells of `cellLength` bits of `root` the prefix covers: the first, and how many. */
export function cellsOf(root: IpPrefix, prefix: IpPrefix, cellLength: number): { at: number; span: number } {
  const size = 1n << BigInt(widthOf(root) - cellLength);
  return {
    at: Number((firstOf(prefix) - firstOf(root)) / size),
    span: 2 ** Math.max(0, cellLength - prefix.length),
  };
}

/** The one prefix that these exactly make up; undefined when they leave a hole, overlap, or fit no boundary. */
export function joinedOf(prefixes: readonly IpPrefix[]): string | undefined {
  const [head] = prefixes;
  if (!head || prefixes.some((one) => one.family !== head.family)) return undefined;
  const width = widthOf(head);
  const size = (one: IpPrefix) => 1n << BigInt(width - one.length);
  const sorted = prefixes.toSorted((a, b) => (firstOf(a) < firstOf(b) ? -1 : 1));
  let next = firstOf(sorted[0]!);
  for (const one of sorted) {
    if (firstOf(one) !== next) return undefined;
    next += size(one);
  }
  const total = next - firstOf(sorted[0]!);
  const bits = total.toString(2).length - 1;
  if (total !== 1n << BigInt(bits) || firstOf(sorted[0]!) % total !== 0n) return undefined;
  return prefixAt(firstOf(sorted[0]!), width - bits, width);
}
