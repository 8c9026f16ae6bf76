/** Prefixes that tell a real number from a chance one. */

/**
 * First four digits of a citizen identity number, province and prefecture (GB/T 2260 with the codes of former
 * prefectures, which stay in the numbers that were given under them): per province the highest prefecture code ever
 * used for cities and for areas, deliberately a little wide. 83 is for residence permits of Taiwan residents
 * (GB 11643-1999 and the 2018 notice).
 */
const REGIONS =
  '11:0102 12:0102 13:01-11,21-37,90 14:01-11,21-29,90 15:01-09,21-35,90 21:01-14,21-26,90 22:01-08,21-25,90 23:01-12,21-28,90 31:0102 32:01-13,19-30,90 33:01-11,21-30,90 34:01-18,21-29,90 35:01-09,21-29,90 36:01-11,21-29,90 37:01-17,20-30,90 41:01-18,21-33,90 42:01-13,21-32,90 43:01-13,21-34,90 44:01-20,21-30,51-53,90 45:01-14,21-33,90 46:01-06,00,90 50:0103,01-03 51:01-20,21-37,90 52:01-06,21-30,90 53:01-09,21-37,90 54:01-07,21-28,90 61:01-10,20-30,90 62:01-12,21-33,90 63:01-03,21-29,90 64:01-05,20-25,90 65:01-05,20-45,90 71:00-99 81:00-99 82:00-99 83:00-99';

const regions = new Set(
  REGIONS.split(' ').flatMap((entry) => {
    const [province, ranges] = entry.split(':');
    return ranges!.split(',').flatMap((range) => {
      if (range.length === 4) return [`${province}${range.slice(0, 2)}`, `${province}${range.slice(2)}`];
      const [from, to] = range.split('-').map(Number);
      return Array.from(
        { length: (to ?? from!) - from! + 1 },
        (_, at) => `${province}${String(from! + at).padStart(2, '0')}`,
      );
    });
  }),
);

/** Whether an identity number can begin with these six digits. */
export const isRegion = (digits: string): boolean =>
  regions.has(digits.slice(0, 4)) && digits.slice(4, 6) !== '99';

/**
 * Issuer prefixes of bank cards used in mainland China: UnionPay's 62 range and the older ranges of the large
 * banks (ISO/IEC 7812 issuer numbers; length is checked with Luhn). A prefix says the allowed lengths.
 */
export const CARDS: readonly (readonly [prefix: string, lengths: readonly number[]])[] = [
  ['62', [16, 17, 18, 19]],
  ['81', [16, 19]],
  ['9400', [19]],
  ['955', [16, 17, 18, 19]],
  ['9843', [19]],
  ['60', [16, 18, 19]],
  ['68', [16, 19]],
  ['69', [16, 18, 19]],
  ['9', [16, 18, 19]],
  ['3', [15, 16]],
  ['4', [16]],
  ['5', [16]],
];
