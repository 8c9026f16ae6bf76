/**
 * 64-bit simhash (Charikar 2002) over runs of four characters: texts that differ little get values that differ in
 * few bits. Two halves of 32 bits, so that no BigInt is made for every run. Pure.
 */

/** Bits up to which two pages count as the same (Manku, Jain and Das Sarma, WWW 2007, took 3 for 8 billion pages). */
export const SAME_BITS = 3;

const RUN = 4;

/** Sixteen hexadecimal digits; a text shorter than one run counts as one run. */
export function simhash(text: string): string {
  // How often each byte of the hashes had which value: its bits are counted once at the end, not for every run.
  const counts = new Int32Array(8 * 256);
  const last = Math.max(0, text.length - RUN);
  for (let at = 0; at <= last; at++) {
    let low = 0x811c9dc5;
    let high = 0x9e3779b9;
    const end = Math.min(at + RUN, text.length);
    for (let i = at; i < end; i++) {
      const code = text.charCodeAt(i);
      low = Math.imul(low ^ code, 0x01000193);
      high = Math.imul(high ^ code, 0x85ebca6b);
    }
    low = mix(low);
    high = mix(high ^ low);
    counts[low & 255]!++;
    counts[256 + ((low >>> 8) & 255)]!++;
    counts[512 + ((low >>> 16) & 255)]!++;
    counts[768 + (low >>> 24)]!++;
    counts[1024 + (high & 255)]!++;
    counts[1280 + ((high >>> 8) & 255)]!++;
    counts[1536 + ((high >>> 16) & 255)]!++;
    counts[1792 + (high >>> 24)]!++;
  }
  const sums = sumBits(counts);
  let low = 0;
  let high = 0;
  for (let bit = 0; bit < 32; bit++) {
    if (sums[bit]! > 0) low |= 1 << bit;
    if (sums[bit + 32]! > 0) high |= 1 << bit;
  }
  return hex(high) + hex(low);
}

/** For each of the 64 bits, how many more runs had it set than not. */
function sumBits(counts: Int32Array): Int32Array {
  const sums = new Int32Array(64);
  for (let at = 0; at < counts.length; at++) {
    const count = counts[at]!;
    if (count === 0) continue;
    const first = (at >>> 8) * 8;
    for (let bit = 0; bit < 8; bit++) sums[first + bit]! += (at >>> bit) & 1 ? count : -count;
  }
  return sums;
}

/** Bits in which two simhashes differ: 0 to 64. */
export function distance(a: string, b: string): number {
  return (
    ones(Number.parseInt(a.slice(0, 8), 16) ^ Number.parseInt(b.slice(0, 8), 16)) +
    ones(Number.parseInt(a.slice(8), 16) ^ Number.parseInt(b.slice(8), 16))
  );
}

const hex = (half: number) => (half >>> 0).toString(16).padStart(8, '0');

/** The end of MurmurHash3: every bit of the input moves half of the output's. */
function mix(value: number): number {
  let h = value;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

function ones(value: number): number {
  let rest = value >>> 0;
  let count = 0;
  for (; rest !== 0; rest &= rest - 1) count++;
  return count;
}
