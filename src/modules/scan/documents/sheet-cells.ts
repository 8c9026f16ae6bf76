/** What cells hold, whichever program wrote the workbook. */

/** A workbook of more cells is told as too large: a million of them is what one sheet of an old Excel holds many times. */
export const CELLS_MAX = 1_000_000;

/**
 * An identity number that Excel kept as a number: of 18 digits it keeps 15 (IEEE 754), the last three are zeros. What is
 * left still tells region and date of birth.
 */
export const isTruncatedId = (text: string) =>
  /^[1-8]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d0{3}$/.test(text);

/** The value of a cell as its sheet shows it. */
export function showValue(value: string, type: string, strings: readonly string[]): string {
  if (type === 's') return strings[Number(value)] ?? '';
  // A long number is written as 3.3010220150101E+17: show its digits, as the sheet does.
  if (type === 'n' && /e\+?\d/i.test(value) && Math.abs(Number(value)) < 1e21)
    return BigInt(Math.round(Number(value))).toString();
  return value;
}
