/** Check digits of the synthetic numbers that the demonstration registers and leaks. */

const USCC_ALPHABET = '0123456789ABCDEFGHJKLMNPQRTUWXY';
const ORGANISATION_WEIGHTS = [3, 7, 9, 10, 5, 8, 4, 2];
const ID_WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];

/** 组织机构代码 (GB 11714): 8 digits and a check character (10 → X, 11 → 0). */
function organisationCode(serial: number): string {
  const body = String(serial).padStart(8, '0');
  const sum = ORGANISATION_WEIGHTS.reduce((total, weight, i) => total + weight * Number(body[i]), 0);
  const check = 11 - (sum % 11);
  return body + (check === 10 ? 'X' : check === 11 ? '0' : String(check));
}

/**
 * A 统一社会信用代码 (GB 32100): two letters of registry and kind, six digits of region, the organisation
 * code, one check character. `serial` is at most eight digits. Organisation codes that end in X are legal.
 */
export function unifiedCreditCode(prefix: '11' | '12', region: string, serial: number): string {
  const body = prefix + region + organisationCode(serial);
  let weight = 1;
  let sum = 0;
  for (const character of body) {
    sum += USCC_ALPHABET.indexOf(character) * weight;
    weight = (weight * 3) % 31;
  }
  return body + USCC_ALPHABET[(31 - (sum % 31)) % 31];
}

/**
 * An 18-digit identity number (GB 11643, MOD 11-2). The demonstration gives every one the sequence `000`,
 * which is never allotted to a person: the numbers pass a checker and belong to nobody.
 */
export function identityNumber(region: string, birthDate: string, sequence = '000'): string {
  const body = region + birthDate + sequence;
  const sum = ID_WEIGHTS.reduce((total, weight, i) => total + weight * Number(body[i]), 0);
  return body + '10X98765432'[sum % 11];
}
