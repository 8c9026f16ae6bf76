/** Mobile numbers as other systems write them: `+86-138 0013 8000`, `8613800138000`. */

/** Eleven digits of a Chinese mobile number, or undefined: anything else is no ground for a match. */
export function plainMobile(text: string | undefined): string | undefined {
  const digits = text?.replace(/[\s()-]/g, '').replace(/^(?:\+|00)?86(?=1\d{10}$)/, '');
  return digits !== undefined && /^1[3-9]\d{9}$/.test(digits) ? digits : undefined;
}

/** First three and last four digits: what an administrator needs to recognise a number. */
export function maskMobile(mobile: string): string {
  return `${mobile.slice(0, 3)}****${mobile.slice(-4)}`;
}
