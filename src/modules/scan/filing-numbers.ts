/**
 * Filing numbers that a page shows: ICP (互联网信息服务管理办法, 非经营性互联网信息服务备案管理办法 Article 13: at the bottom of
 * the home page) and that of the public security organs (计算机信息网络国际联网安全保护管理办法 Article 12).
 */

export interface FilingNumber {
  readonly kind: 'icp' | 'police';
  /** UTF-16 offsets [start, end). */
  readonly start: number;
  readonly end: number;
  /** In one spelling: `浙ICP备12345678号-1`, `京公网安备11010502030123号`. */
  readonly number: string;
  /** Province by its short name; of the police number as its digits say, or as it is written. */
  readonly province: string;
  /** Of an ICP number: the subject's without the site's -n. */
  readonly subject?: string;
  /** Of an ICP number: which service of the subject; a letter behind it in `number` says that it is no website (A, X, K). */
  readonly site?: number;
  /** Of a police number: the six digits of the region; absent when there are too few digits. */
  readonly region?: string;
  /** The form is right: province known, length of the digits as issued, province and region agree. */
  readonly isWellFormed: boolean;
}

const PROVINCES = '京津冀晋蒙辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川蜀黔贵滇云藏陕秦甘陇青宁新';
/** White space and what nobody sees, between the parts of a number. */
const S = '[\\s\\u200b-\\u200d]{0,2}';
/**
 * The digits: in groups when 号 ends them; without it those that stand together, so that a telephone number behind them
 * is not taken for their end; else groups.
 */
const digits = (least: number, most: number) =>
  `((?:[0-9]${S}){${least - 1},${most - 1}}[0-9](?=${S}号)|[0-9]{${least + 2},${most}}(?![0-9])|[0-9](?: ?[0-9]){${least - 1},${most - 1}})`;
const LEAD = `${S}(?:案)?(?:序)?(?:号)?[：:\\s]{0,2}`;
const ICP = new RegExp(
  `([${PROVINCES}])?${S}(I${S}C${S}P)${S}([备備证證])${LEAD}${digits(6, 12)}${S}号?(?:${S}[-－—–‐‑_]${S}([0-9]{1,4})(?![0-9])(?:([A-Z])(?![A-Z0-9]))?)?`,
  'gi',
);
const POLICE = new RegExp(
  `([${PROVINCES}])?${S}公${S}[网網]${S}安${S}[备備]${LEAD}${digits(7, 18)}${S}号?`,
  'g',
);
/** First two digits of a region (GB/T 2260) → short name of the province. */
const REGION_PROVINCE: Readonly<Record<string, string>> = Object.fromEntries(
  '11京 12津 13冀 14晋 15蒙 21辽 22吉 23黑 31沪 32苏 33浙 34皖 35闽 36赣 37鲁 41豫 42鄂 43湘 44粤 45桂 46琼 50渝 51川 52贵 53云 54藏 61陕 62甘 63青 64宁 65新'
    .split(' ')
    .map((entry) => [entry.slice(0, 2), entry.slice(2)]),
);
const SAME: Readonly<Record<string, string>> = { 蜀: '川', 黔: '贵', 滇: '云', 秦: '陕', 陇: '甘' };

/** What stands in every number, and how far before and behind it the rest can be. */
const ANCHOR = /[pｐ][\s\u200b-\u200d]{0,2}[备備证證]|安[\s\u200b-\u200d]{0,2}[备備]/gi;
const BEFORE = 30;
const BEHIND = 160;

/** Finds ICP and police filing numbers, also wrongly written ones, in the order of their start. */
export function findFilingNumbers(text: string): FilingNumber[] {
  // Pages have them at their foot, if at all: the rest need not be looked through.
  const anchors = Array.from(text.matchAll(ANCHOR), ({ index }) => index);
  if (anchors.length === 0) return [];
  const from = Math.max(0, anchors[0]! - BEFORE);
  const narrow = text
    .slice(from, anchors.at(-1)! + BEHIND)
    .replaceAll(/[\uff01-\uff5e]/g, (wide) => String.fromCharCode(wide.charCodeAt(0) - 0xfee0));
  const found = [...[...narrow.matchAll(ICP)].map(readIcp), ...[...narrow.matchAll(POLICE)].map(readPolice)];
  return found
    .map((one) => ({ ...one, start: one.start + from, end: one.end + from }))
    .sort((a, b) => a.start - b.start);
}

function readIcp(match: RegExpMatchArray): FilingNumber {
  const province = match[1] ?? '';
  const digits = digitsOf(match[4]!);
  const kind = /证|證/.test(match[3]!) ? '证' : '备';
  const site = match[5] === undefined ? undefined : Number(match[5]);
  const subject = `${province}ICP${kind}${digits}号`;
  return {
    kind: 'icp',
    ...place(match),
    number: site === undefined ? subject : `${subject}-${site}${match[6]?.toUpperCase() ?? ''}`,
    province,
    subject,
    ...(site === undefined ? {} : { site }),
    // Filings are numbered with 8 digits (year and serial), since 2020 also with 10; licences with 6 or 8.
    isWellFormed:
      province !== '' &&
      (kind === '证' ? [6, 8] : [8, 10]).includes(digits.length) &&
      (site === undefined || site > 0),
  };
}

function readPolice(match: RegExpMatchArray): FilingNumber {
  const digits = digitsOf(match[2]!);
  const written = match[1] && (SAME[match[1]] ?? match[1]);
  const told = REGION_PROVINCE[digits.slice(0, 2)];
  const isLong = digits.length >= 11 && digits.length <= 14;
  return {
    kind: 'police',
    ...place(match),
    number: `${match[1] ?? ''}公网安备${digits}号`,
    province: told ?? written ?? '',
    ...(digits.length >= 6 ? { region: digits.slice(0, 6) } : {}),
    isWellFormed: isLong && told !== undefined && (written === undefined || written === told),
  };
}

function place(match: RegExpMatchArray): { start: number; end: number } {
  const lead = match[0].length - match[0].trimStart().length;
  return { start: match.index! + lead, end: match.index! + match[0].trimEnd().length };
}

const digitsOf = (text: string) => text.replace(/[^0-9]/g, '');
