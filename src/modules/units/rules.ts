/** Pure decisions about units and people. */
import { pinyin } from 'pinyin-pro';
import type { z } from 'zod';
import type { unitKind } from './contract.ts';

export type UnitKind = z.infer<typeof unitKind>;

/** What may hang under what: direct schools under the city, county schools under their county (D21). */
export function mayHangUnder(kind: UnitKind, parent: UnitKind): boolean {
  if (kind === 'county') return parent === 'city';
  return kind === 'school' && (parent === 'city' || parent === 'county');
}

const usccDigits = '0123456789ABCDEFGHJKLMNPQRTUWXY';

/** Whether the 18 characters and their check character are right (GB 32100-2015 §4: weights 3^i mod 31). */
export function isUscc(code: string): boolean {
  if (!/^[0-9A-HJ-NPQRTUWXY]{2}\d{6}[0-9A-HJ-NPQRTUWXY]{10}$/.test(code)) return false;
  let weight = 1;
  let sum = 0;
  for (const letter of code.slice(0, 17)) {
    sum += usccDigits.indexOf(letter) * weight;
    weight = (weight * 3) % 31;
  }
  return usccDigits[(31 - (sum % 31)) % 31] === code[17];
}

/** Mainland mobile numbers and landlines with area code; spaces are ignored. */
export function isPhone(text: string): boolean {
  return /^(?:1[3-9]\d{9}|0\d{2,3}-?\d{7,8}(?:-\d{1,6})?)$/.test(text.replace(/\s/g, ''));
}

/** `139****1234`: enough to recognise a number that one knows, not enough to learn it. */
export function maskPhone(phone: string | null): string | null {
  if (!phone) return null;
  return phone.length < 8 ? '****' : `${phone.slice(0, 3)}****${phone.slice(-4)}`;
}

/** What a name is found by: initials and full pinyin, without tones. */
export function pinyinOf(name: string): string {
  const syllables = pinyin(name, { toneType: 'none', type: 'array', nonZh: 'consecutive' });
  const initials = syllables.map((syllable) => syllable[0] ?? '').join('');
  return `${initials} ${syllables.join('')}`.toLowerCase();
}

/** A plausible address; the proof is that mail arrives. */
export function isEmail(text: string): boolean {
  return /^[^\s@<>()",;:]+@[^\s@<>()",;:]+\.[^\s@<>()",;:.]+$/.test(text) && text.length <= 254;
}
