/** Numbers that identify a person, told from numbers that only look like them by their check digits. */
import { CARDS, PROVINCES } from './data/personal-prefixes.ts';

export type PersonalKind = 'id-card' | 'id-card-weak-mask' | 'mobile' | 'bank-card';

export interface PersonalHit {
  readonly kind: PersonalKind;
  /** UTF-16 offsets [start, end). */
  readonly start: number;
  readonly end: number;
  /** The number without separators, digits in ASCII: only for counting distinct numbers, never shown. */
  readonly number: string;
}

/**
 * Digits (also full-width) with single spaces or hyphens inside, X at the end, or stars where digits are masked.
 * Bounded on every side by something that is neither digit nor letter nor another number's separator.
 */
const RUN = /[0-9０-９](?:[ \-‐–\u00a0\u3000]?[0-9０-９]){9,}(?:[ -]?[XxＸｘ])?/g;
const MASKED = /[0-9０-９]{6}[*＊×xX●•✱]{8}[0-9０-９]{3}[0-9０-９XxＸｘ]/g;
const BESIDE = /[0-9０-９A-Za-zＡ-Ｚａ-ｚ_]/;

/** Finds identity numbers, mobiles, bank cards and weakly masked identity numbers, in the order of their start. */
export function findPersonalData(text: string): PersonalHit[] {
  const hits: PersonalHit[] = [];
  for (const match of text.matchAll(RUN)) readRun(text, match[0], match.index, hits);
  for (const match of text.matchAll(MASKED)) {
    const end = match.index + match[0].length;
    if (isBeside(text, match.index, end)) continue;
    const digits = toDigits(match[0]);
    if (isWeaklyMasked(digits))
      hits.push({ kind: 'id-card-weak-mask', start: match.index, end, number: digits });
  }
  return hits.sort((a, b) => a.start - b.start);
}

function readRun(text: string, run: string, start: number, hits: PersonalHit[]): void {
  const whole = classify(run);
  if (whole) {
    if (isPlausible(text, run, start, whole))
      hits.push({ kind: whole, start, end: start + run.length, number: toDigits(run) });
    return;
  }
  // Columns of a table are often separated by one space: look at each piece between spaces on its own.
  for (const piece of run.matchAll(/[^ \u00a0\u3000]+/g)) {
    const from = start + piece.index;
    const kind = classify(piece[0]);
    if (!kind || !isPlausible(text, piece[0], from, kind)) continue;
    hits.push({ kind, start: from, end: from + piece[0].length, number: toDigits(piece[0]) });
  }
}

/** What stands around a number, where its digits alone do not decide. */
function isPlausible(text: string, raw: string, start: number, kind: PersonalKind): boolean {
  const end = start + raw.length;
  if (isBeside(text, start, end) || isPartOfDecimal(text, start, end)) return false;
  if (kind === 'id-card') return true;
  const before = text.slice(Math.max(0, start - 16), start);
  if (
    /(?:订单|单号|流水|编号|运单|快递|物流|序列|条码|批号|ISBN|订单号|合同号|发票|代码)[^\n]{0,6}$/i.test(
      before,
    )
  )
    return false;
  if (kind !== 'bank-card' || /^(?:62|95|60)/.test(raw) || /[ -]/.test(raw)) return true;
  return /卡|账|帐|银行|card/i.test(text.slice(Math.max(0, start - 30), end + 10));
}

/** The kind of a number, from its digits and the way they are grouped. */
function classify(raw: string): PersonalKind | null {
  if (raw.length > 30) return null;
  const number = toDigits(raw);
  const groups = raw.split(/[ \-‐–\u00a0\u3000]/).map((group) => group.length);
  if (
    number.length === 18 &&
    isIdNumber(number) &&
    isGrouped(groups, [[18], [6, 8, 4], [6, 4, 4, 4], [17, 1], [3, 3, 4, 4, 4]])
  )
    return 'id-card';
  if (isMobile(number) && isGrouped(groups, [[11], [3, 4, 4], [3, 3, 5], [2, 3, 4, 4], [2, 11], [4, 7]]))
    return 'mobile';
  const cards = [[number.length], groups.map((_, at) => (at < groups.length - 1 ? 4 : groups.at(-1)!))];
  if (isBankCard(number) && groups.at(-1)! > 0 && isGrouped(groups, [...cards, [6, number.length - 6]]))
    return 'bank-card';
  return null;
}

const isGrouped = (groups: number[], forms: number[][]) =>
  forms.some((form) => form.length === groups.length && form.every((length, at) => length === groups[at]));

/** A citizen identity number: plausible region, real date of birth, check digit (GB 11643-1999, ISO 7064 MOD 11-2). */
function isIdNumber(number: string): boolean {
  if (!/^[1-9]\d{16}[\dX]$/.test(number) || !PROVINCES.has(number.slice(0, 2))) return false;
  if (number.slice(2, 4) === '99' || number.slice(4, 6) === '99') return false;
  if (!isBirthDate(number.slice(6, 14))) return false;
  const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
  const sum = weights.reduce((total, weight, at) => total + weight * Number(number[at]), 0);
  return '10X98765432'[sum % 11] === number[17];
}

/** A real calendar day (YYYYMMDD) of the years 1850 to 2099. */
function isBirthDate(text: string): boolean {
  const year = Number(text.slice(0, 4));
  const month = Number(text.slice(4, 6));
  const day = Number(text.slice(6, 8));
  if (year < 1850 || year > 2099 || month < 1 || month > 12 || day < 1) return false;
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  return day <= [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]!;
}

/** Mobile numbers of the mainland networks, with or without 86. */
function isMobile(number: string): boolean {
  const local = number.length === 13 && number.startsWith('86') ? number.slice(2) : number;
  return (
    /^1(?:3\d|4[5-9]|5[0-35-9]|6[2567]|7[0-8]|8\d|9[0-35-9])\d{8}$/.test(local) &&
    !/^\d{3}(\d)\1{7}$/.test(local)
  );
}

/** A card number of a known issuer range and length with a right Luhn digit (ISO/IEC 7812-1). */
function isBankCard(number: string): boolean {
  if (!/^\d{15,19}$/.test(number) || /^(\d)\1+$/.test(number.slice(6))) return false;
  if (!CARDS.some(([prefix, lengths]) => number.startsWith(prefix) && lengths.includes(number.length)))
    return false;
  let sum = 0;
  for (let at = 0; at < number.length; at++) {
    const digit = Number(number[number.length - 1 - at]);
    sum += at % 2 === 0 ? digit : digit > 4 ? digit * 2 - 9 : digit * 2;
  }
  return sum % 10 === 0;
}

/** First six and last four digits shown: fragments of one person's masks on several sites can be joined. */
function isWeaklyMasked(text: string): boolean {
  const stars = text.length - 10;
  return stars === 8 && PROVINCES.has(text.slice(0, 2)) && text.slice(2, 4) !== '00';
}

const toDigits = (text: string) =>
  text
    .normalize('NFKC')
    .replace(/[ \-‐–\u00a0\u3000]/g, '')
    .toUpperCase();

const isBeside = (text: string, start: number, end: number) =>
  BESIDE.test(text[start - 1] ?? '') || BESIDE.test(text[end] ?? '');

/** Digits right after a decimal point, or before one, are a measurement. */
const isPartOfDecimal = (text: string, start: number, end: number) =>
  (/[.．]/.test(text[start - 1] ?? '') && /\d/.test(text[start - 2] ?? '')) ||
  (/[.．]/.test(text[end] ?? '') && /\d/.test(text[end + 1] ?? ''));

/** First three and last two characters, stars between: how a personal number is shown in a finding. */
export function maskNumber(number: string): string {
  return number.slice(0, 3) + '*'.repeat(Math.max(3, number.length - 5)) + number.slice(-2);
}

/** The text with every personal number in it masked; it keeps its length, so that offsets stay right. */
export function maskPersonalData(text: string): string {
  let shown = '';
  let at = 0;
  for (const hit of findPersonalData(text)) {
    if (hit.start < at) continue;
    shown += text.slice(at, hit.start) + maskNumber(text.slice(hit.start, hit.end));
    at = hit.end;
  }
  return shown + text.slice(at);
}
