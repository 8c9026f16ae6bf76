/** Numbers that identify a person, told from numbers that only look like them by their check digits. */
import { findBrokenNumbers } from './broken-number.ts';
import type { personalKinds } from './contract/rule-names.ts';
import { CARDS, isRegion } from './data/personal-prefixes.ts';
import { findPersonalText } from './personal-text.ts';

export type PersonalKind = (typeof personalKinds)[number];

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
 * Of millions of digits the engine could not find its way back: its stack is not as deep.
 */
const RUN = /[0-9０-９](?:[ \-‐–\u00a0\u3000]?[0-9０-９]){9,2000}(?:[ -]?[XxＸｘ])?/g;
/** One digit in each box of a form: spaces, ends of cells or lines between all of the 18. */
const BOXED = /(?<![0-9０-９][\s|｜]?)(?:[0-9０-９][\s|｜]{1,3}){17}[0-9０-９XxＸｘ](?![\s|｜]?[0-9０-９])/g;
const MASKED = /[0-9０-９]{6,14}[*＊×xX●•✱]{1,12}[0-9０-９]{1,10}[0-9０-９XxＸｘ]/g;
const BESIDE = /[0-9０-９A-Za-zＡ-Ｚａ-ｚ_]/;
/** Words right before a number that make it something else. */
const OTHER_NUMBER =
  /(?:订单|单号|流水|编号|运单|快递|物流|序列|条码|批号|批次|ISBN|ISSN|IMEI|合同|发票|代码|编码|学号|考号|准考|货号|凭证|交易|许可证|备案|型号|工号|卡券|兑换码|SN|设备)[^\n\u2029\d]{0,6}$/i;
/** What follows a quantity, and what stands before the number of a document: 13805581234元, 〔2026〕13805581234号. */
const UNIT = /^\s?(?:万|亿)?(?:元|人次|吨|公里|平方米|字节|次|兆)/;
const CARD_LABEL = /银行|卡号|账号|帐号|账户|开户|工资卡|储蓄|汇款|bank|card/gi;
const OTHER_LABEL =
  /订单|单号|流水|运单|快递|物流|序列|条码|批号|IMEI|合同|发票|凭证|交易|设备|编号|ISBN|追踪|时间戳/gi;
/** Before thirteen digits that begin with 86 and nothing else, which bar codes and devices have, too. */
const PHONE_LABEL = /[+＋]\s?$|(?:电话|手机|联系|致电|拨打|tel|phone|mobile|whatsapp)[^\n\d]{0,8}$/i;
const ID_LABEL = /身份证|证件号|公民身份|身份号/;

/** Signs without width that somebody put between digits. */
const UNSEEN = /(?<=[0-9０-９])[\u200b-\u200f\u2060\ufeff\u00ad]+(?=[0-9０-９XxＸｘ])/g;
/** Nothing that is looked for here is without one of these. */
const ANY = /[0-9０-９@]/;

/** Finds numbers and texts that identify a person, in the order of their start. */
export function findPersonalData(text: string): PersonalHit[] {
  if (text.search(UNSEEN) < 0) return findInText(text);
  const cuts = [...text.matchAll(UNSEEN)].map((match) => [match.index, match[0].length] as const);
  // Where a place of the text without those signs stands in the text with them.
  const placeOf = (at: number) => {
    let place = at;
    for (const [start, length] of cuts) {
      if (start >= place) break;
      place += length;
    }
    return place;
  };
  return findInText(text.replace(UNSEEN, '')).map((hit) => ({
    ...hit,
    start: placeOf(hit.start),
    end: placeOf(hit.end - 1) + 1,
  }));
}

function findInText(text: string): PersonalHit[] {
  const hits: PersonalHit[] = [];
  if (!ANY.test(text)) return hits;
  for (const match of text.matchAll(RUN)) readRun(text, match[0], match.index, hits);
  for (const match of text.matchAll(BOXED)) {
    const number = toDigits(match[0].replace(/[\s|｜]/g, ''));
    const end = match.index + match[0].length;
    if (!isIdNumber(number) || hits.some((one) => one.start < end && match.index < one.end)) continue;
    hits.push({ kind: 'id-card', start: match.index, end, number });
  }
  for (const broken of findBrokenNumbers(text, isIdNumber)) {
    if (!hits.some((one) => one.start < broken.end && broken.start < one.end))
      hits.push({ kind: 'id-card', ...broken });
  }
  for (const match of text.matchAll(MASKED)) {
    const end = match.index + match[0].length;
    if (isBeside(text, match.index, end)) continue;
    const digits = toDigits(match[0]);
    if (isWeaklyMasked(digits, ID_LABEL.test(text.slice(Math.max(0, match.index - 40), match.index))))
      hits.push({ kind: 'id-card-weak-mask', start: match.index, end, number: digits });
  }
  for (const hit of findPersonalText(text, isIdNumber)) {
    if (!hits.some((one) => one.start < hit.end && hit.start < one.end)) hits.push(hit);
  }
  return hits.sort((a, b) => a.start - b.start);
}

function readRun(text: string, run: string, start: number, hits: PersonalHit[]): void {
  const take = (raw: string, from: number): boolean => {
    const whole = classify(raw);
    // An old number may look like a card: what its label says goes first.
    const kind = whole === 'id-card' ? whole : (classifyByLabel(text, raw, from) ?? whole);
    if (!kind || !isPlausible(text, raw, from, kind)) return kind !== null;
    hits.push({ kind, start: from, end: from + raw.length, number: toDigits(raw) });
    return true;
  };
  if (take(run, start)) return;
  // Columns of a table are often separated by one space: look at each piece between spaces on its own.
  for (const piece of run.matchAll(/[^ \u00a0\u3000]+/g)) {
    if (piece[0].length < run.length && take(piece[0], start + piece.index)) continue;
    // A running number before it: 2026-001-110105….
    for (const part of piece[0].matchAll(/[^-‐–]{18}/g)) {
      const number = toDigits(part[0]);
      if (part[0].length < piece[0].length && isIdNumber(number) && isWholePart(piece[0], part.index))
        take(part[0], start + piece.index + part.index);
    }
  }
}

const isWholePart = (piece: string, at: number) =>
  /^$|[-‐–]/.test(piece[at - 1] ?? '') && /^$|[-‐–]/.test(piece[at + 18] ?? '');

/** Numbers that only a label near them makes personal: the old form, and what a spreadsheet left of a number. */
function classifyByLabel(text: string, raw: string, start: number): PersonalKind | null {
  const near = (reach: number) => ID_LABEL.test(text.slice(Math.max(0, start - reach), start));
  if (/^[1-9]\d{14}$/.test(raw) && isRegion(raw) && isBirthDate(`19${raw.slice(6, 12)}`) && near(40))
    return 'id-card-15';
  // Spreadsheets keep 15 digits: the last three become zeros.
  if (/^[1-9]\d{14}000$/.test(raw) && isRegion(raw) && isBirthDate(raw.slice(6, 14)) && near(400))
    return 'id-card-truncated';
  return null;
}

/** What stands around a number, where its digits alone do not decide. */
function isPlausible(text: string, raw: string, start: number, kind: PersonalKind): boolean {
  const end = start + raw.length;
  if (isPartOfDecimal(text, start, end)) return false;
  // 张三_110105….jpg: region, day and check digit say enough beside an underscore; a letter makes it a part of a code.
  const marks = kind === 'id-card' ? '_' : '';
  if (isBeside(text, start, end, marks)) return false;
  if (kind.startsWith('id-card')) return true;
  if (OTHER_NUMBER.test(text.slice(Math.max(0, start - 20), start))) return false;
  if (kind === 'mobile' && (text[start - 1] === '〕' || UNIT.test(text.slice(end, end + 6)))) return false;
  if (kind === 'mobile' && /^86\d{11}$/.test(toDigits(raw)) && !/^..[ \-‐–]/.test(raw))
    return PHONE_LABEL.test(text.slice(Math.max(0, start - 16), start));
  if (kind !== 'bank-card') return true;
  const before = text.slice(Math.max(0, start - 300), start);
  const card = lastMatch(before, CARD_LABEL);
  const other = lastMatch(before, OTHER_LABEL);
  if (card < 0 && other < 0)
    return (
      /^62(?:\d{14}|\d{17})$/.test(toDigits(raw)) ||
      /^[\s：:]{0,3}(?:卡|账|帐|银行)/.test(text.slice(end, end + 8))
    );
  // A heading says what a column is; the label nearest to the number counts.
  return card > other && (raw.startsWith('62') || before.length - card <= 60 || /[ -]/.test(raw));
}

function lastMatch(text: string, pattern: RegExp): number {
  let last = -1;
  for (const match of text.matchAll(pattern)) last = match.index;
  return last;
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
  if (isMobile(number) && isGrouped(groups, MOBILE_FORMS)) return 'mobile';
  const cards = [[number.length], groups.map((_, at) => (at < groups.length - 1 ? 4 : groups.at(-1)!))];
  if (isBankCard(number) && groups.at(-1)! > 0 && isGrouped(groups, [...cards, [6, number.length - 6]]))
    return 'bank-card';
  return null;
}

/** As mobile numbers are written: 138 0013 8000, 86 13800138000, 0086-138-0013-8000. */
const MOBILE_FORMS = [
  ...[[11], [3, 4, 4], [3, 3, 5], [3, 8], [4, 7], [7, 4]],
  ...[2, 4].flatMap((prefix) => [
    [prefix + 11],
    [prefix, 11],
    [prefix, 3, 4, 4],
    [prefix, 3, 8],
    [prefix + 3, 4, 4],
  ]),
];

const isGrouped = (groups: number[], forms: number[][]) =>
  forms.some((form) => form.length === groups.length && form.every((length, at) => length === groups[at]));

/** A citizen identity number: plausible region, real date of birth, check digit (GB 11643-1999, ISO 7064 MOD 11-2). */
export function isIdNumber(number: string): boolean {
  if (!/^[1-9]\d{16}[\dX]$/.test(number) || !isRegion(number)) return false;
  if (!isBirthDate(number.slice(6, 14))) return false;
  const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
  const sum = weights.reduce((total, weight, at) => total + weight * Number(number[at]), 0);
  return '10X98765432'[sum % 11] === number[17];
}

/** A real calendar day (YYYYMMDD) of the years 1850 to 2049. */
function isBirthDate(text: string): boolean {
  const year = Number(text.slice(0, 4));
  const month = Number(text.slice(4, 6));
  const day = Number(text.slice(6, 8));
  if (year < 1850 || year > 2049 || month < 1 || month > 12 || day < 1) return false;
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  return day <= [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]!;
}

/** Mobile numbers of the mainland networks, with or without 86 or 0086 (ITU-T E.164). */
export function isMobile(number: string): boolean {
  const local = number.replace(/^(?:00)?86(?=\d{11}$)/, '');
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

/**
 * Region and birth year shown with the last digits, fewer than nine hidden: fragments of one person's masks on several
 * sites can be joined. Where the stars are not one for each digit, only beside the words that say what it is.
 */
function isWeaklyMasked(text: string, isLabelled: boolean): boolean {
  const [, head, stars, tail] = /^(\d+)(\D+?)(\d*[\dX])$/.exec(text) ?? [];
  if (!head || !stars || !tail || !isRegion(head) || tail.length < 2) return false;
  const total = head.length + stars.length + tail.length;
  if (total === 18) return stars.length <= 8;
  return isLabelled && head.length + tail.length >= 10;
}

const toDigits = (text: string) =>
  text
    .normalize('NFKC')
    .replace(/[ \-‐–\u00a0\u3000]/g, '')
    .toUpperCase();

/** Whether something stands right beside a number that makes it a part of something longer; `but` does not. */
const isBeside = (text: string, start: number, end: number, but = '') =>
  [text[start - 1], text[end]].some((sign) => sign !== undefined && sign !== but && BESIDE.test(sign));

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
