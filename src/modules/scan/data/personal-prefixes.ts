/** Prefixes that tell a real number from a chance one. */

/**
 * First two digits of a citizen identity number: provincial codes of GB/T 2260 (mainland provinces), 71/81/82
 * on the old scale, 83 for residence permits of Taiwan residents (GB 11643-1999 and the 2018 notice).
 */
export const PROVINCES: ReadonlySet<string> = new Set(
  '11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82 83'.split(
    ' ',
  ),
);

/**
 * Issuer prefixes of bank cards used in mainland China: UnionPay's 62 range and the older ranges of the large
 * banks (ISO/IEC 7812 issuer numbers; length is checked with Luhn). A prefix says the allowed lengths.
 */
export const CARDS: readonly (readonly [prefix: string, lengths: readonly number[]])[] = [
  ['62', [16, 17, 18, 19]],
  ['9558', [19]],
  ['9559', [19]],
  ['95595', [19]],
  ['95599', [19]],
  ['60138', [19]],
  ['40', [16]],
  ['41', [16]],
  ['42', [16]],
  ['43', [16]],
  ['45', [16]],
  ['48', [16]],
  ['51', [16]],
  ['52', [16]],
  ['53', [16]],
  ['54', [16]],
  ['55', [16]],
  ['35', [16]],
  ['37', [15]],
];
