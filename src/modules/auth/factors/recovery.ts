/** Ten codes on paper, for the day when the telephone is lost: each works once. */
import { randomInt } from 'node:crypto';

/** Crockford's letters: none is taken for another one. 16 of them: 80 bits, so that a plain digest keeps them. */
const letters = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const howMany = 10;

/** Ten new codes, as they are stored: without dashes. */
export function newRecoveryCodes(): string[] {
  return Array.from({ length: howMany }, () =>
    Array.from({ length: 16 }, () => letters[randomInt(letters.length)]).join(''),
  );
}

/** `ABCD-EFGH-JKMN-PQRS`, as a person reads it. */
export function printCode(code: string): string {
  return code.match(/.{4}/g)!.join('-');
}

/** What was typed as it is stored; undefined when it cannot be a recovery code. */
export function readCode(text: string): string | undefined {
  const plain = text
    .normalize('NFKC')
    .toUpperCase()
    .replace(/[\s–—-]/g, '')
    .replace(/O/g, '0')
    .replace(/[IL]/g, '1');
  return plain.length === 16 && [...plain].every((letter) => letters.includes(letter)) ? plain : undefined;
}
