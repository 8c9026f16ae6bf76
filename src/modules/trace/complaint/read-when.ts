/** Times as people and machines write them. A zone is read or it is missing; it is never guessed. Pure. */

/** A time as it stands in a text. Fields that were not written are null. */
export interface Written {
  /** Where in the line, and how long. */
  readonly at: number;
  readonly length: number;
  readonly date: { readonly year: number | null; readonly month: number; readonly day: number } | null;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly ms: number;
  /** Only hours and minutes were written. */
  readonly isCoarse: boolean;
  /** Minutes east of UTC; null: no zone was written, or one that means several. */
  readonly offset: number | null;
  /** What stands where a zone would, when it does not say which one: `CST`, `EST`. */
  readonly zoneName: string | null;
  /** Epoch milliseconds, for a number of seconds: needs neither date nor zone. */
  readonly epoch: number | null;
  /** No day has such a time: `25:35:40`. */
  readonly isWrong: boolean;
  /** Of the hours around midnight: `midnight` was read as the end of that day, `unclear` may be of that day or the next. */
  readonly night: 'midnight' | 'unclear' | null;
}

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const clock = String.raw`(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?(?!\d|:)`;

interface Shape {
  readonly pattern: RegExp;
  readonly read: (match: RegExpExecArray) => Pick<Written, 'date'> & { readonly clock: number };
}

const named = (text: string) => months.indexOf(text.toLowerCase()) + 1;
const day = (year: string | undefined, month: number, date: string) => ({
  year: year === undefined ? null : Number(year),
  month,
  day: Number(date),
});

/** Dates in the order in which they are looked for; `clock` is the group in which the time of day begins. */
const shapes: readonly Shape[] = [
  {
    // 2026-11-22 13:10:05, 2026/11/22T13:10:05.123, 2026.11.22 13:10
    pattern: new RegExp(
      String.raw`(?<![\d./-])(?<!\d:)(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?:[T_]|[ ,\t]+)${clock}`,
      'g',
    ),
    read: (m) => ({ date: day(m[1], Number(m[3]), m[4]!), clock: 5 }),
  },
  {
    // 22/Nov/2026:13:10:05
    pattern: new RegExp(String.raw`(?<!\d)(\d{1,2})[/-]([A-Za-z]{3})[/-](\d{4})[: ]${clock}`, 'g'),
    read: (m) => ({ date: day(m[3], named(m[2]!), m[1]!), clock: 4 }),
  },
  {
    // Sun, 22 Nov 2026 13:10:05
    pattern: new RegExp(String.raw`(?<!\d)(\d{1,2}) ([A-Za-z]{3})[a-z]* (\d{4}),? ${clock}`, 'g'),
    read: (m) => ({ date: day(m[3], named(m[2]!), m[1]!), clock: 4 }),
  },
  {
    // Nov 22 13:10:05 [2026]
    pattern: new RegExp(
      String.raw`(?<![A-Za-z])([A-Z][a-z]{2}) {1,2}(\d{1,2}),?(?: (\d{4}),?)? ${clock}`,
      'g',
    ),
    read: (m) => ({ date: day(m[3], named(m[1]!), m[2]!), clock: 4 }),
  },
];

const han = '[〇零○一二两三四五六七八九十廿]{1,4}';
const number = String.raw`\d{1,2}|${han}`;
const parts =
  '凌晨|清晨|早晨|早上|早间|上午|中午|正午|午后|下午|傍晚|晚上|晚间|夜间|夜里|半夜|深夜|午夜|当晚|早|晚';

/** 2026年11月22日 下午1时10分05秒, 11月22日13:10:05, 13点10分, 2026-11-22 晚9点一刻, 二十一时三十五分 */
const chinese = new RegExp(
  String.raw`(?<!\d)(?<day>(?:(?<year>\d{4}|[〇零○一二三四五六七八九]{4}) ?年 ?)?(?<month>${number}) ?月 ?(?<date>${number}) ?[日号] ?|(?<isoYear>\d{4})(?<sep>[-/.])(?<isoMonth>\d{1,2})\k<sep>(?<isoDate>\d{1,2})[ ,T]{1,3})?(?:[(（][^)）]{0,8}[)）] ?)?(?<part>${parts})? ?(?<!\d)(?<hour>${number}) ?(?:[时点時](?: ?钟)? ?(?:(?<minute>${number}) ?分 ?(?:(?<second>(?:${number})(?:[.,]\d{1,3})?) ?秒)?|(?<exact>整)|(?<half>半)(?![会刻晌])|(?<quarter>[一三13]) ?刻)?|:(?<colonMinute>\d{2})(?::(?<colonSecond>\d{2})(?:[.,](?<fraction>\d{1,3}))?)?(?![\d:]))`,
  'g',
);
/** `3点要求`, `一点线索`: no time of day. */
const notAnHour = /^(?:要求|意见|内容|原因|建议|说明|情况|问题|要素|信息|线索|以上|以下)/;
/** Not behind two hex digits and a colon: those are of a hardware address. */
const bare = new RegExp(String.raw`(?<![\d.-])(?<!\d:|(?<![A-Za-z0-9])[0-9a-fA-F]{2}:)${clock}`, 'g');
const epochSeconds = /(?<![\d.a-zA-Z/-])(?<!\d:)(1\d{9})(?:\.(\d{1,9}))?(?![\d:/-]|\.\d)/g;
const epochMillis = /(?<![\d.a-zA-Z/-])(?<!\d:)(1\d{12})(?![\d.:/-])/g;

/** Of a line with more the first are read: every two of them are compared. */
const mostTimes = 100;

/** Every time in a line, in its order; where two readings overlap the longer one stands. */
export function findTimes(line: string): Written[] {
  const found = [
    ...shapes.flatMap((shape) => findShape(line, shape)),
    ...findChinese(line),
    ...findEpochs(line),
  ];
  const kept: Written[] = [];
  for (const one of found.sort((a, b) => b.length - a.length).slice(0, mostTimes)) addApart(kept, one);
  // A time of day alone: tcpdump's, or one whose date stands elsewhere.
  for (const match of line.matchAll(bare)) {
    if (kept.length >= mostTimes) break;
    const read = build(line, match.index, match[0].length, null, [match[1], match[2], match[3], match[4]]);
    if (read) addApart(kept, read);
  }
  return withRanges(
    line,
    kept.sort((a, b) => a.at - b.at),
  );
}

/** `21时35分至21时40分（北京时间）`: what stands once is said of both. */
function withRanges(line: string, times: readonly Written[]): Written[] {
  const read = [...times];
  for (let n = 0; n + 1 < read.length; n += 1) {
    const [one, next] = [read[n]!, read[n + 1]!];
    const between = line.slice(one.at + one.length, next.at);
    if (!/^\s*(?:至|到|-{1,2}|~|—+|–|～)\s*$/.test(between)) continue;
    const noZone = (time: Written) => time.offset === null && time.zoneName === null;
    const { offset, zoneName } = noZone(one) ? next : one;
    read[n] = { ...one, offset, zoneName };
    read[n + 1] = { ...next, date: next.date ?? one.date, ...(noZone(next) && { offset, zoneName }) };
  }
  return read;
}

function addApart(kept: Written[], one: Written): void {
  const meets = kept.some((other) => one.at < other.at + other.length && other.at < one.at + one.length);
  if (!meets) kept.push(one);
}

function findShape(line: string, { pattern, read }: Shape): Written[] {
  return [...line.matchAll(pattern)].flatMap((match) => {
    const { date, clock: from } = read(match as RegExpExecArray);
    if (date!.month < 1) return [];
    const parts = [match[from], match[from + 1], match[from + 2], match[from + 3]];
    return build(line, match.index, match[0].length, date, parts) ?? [];
  });
}

function findChinese(line: string): Written[] {
  return [...line.matchAll(chinese)].flatMap((match) => {
    const [whole] = match;
    const told = match.groups!;
    // `13:10` without a Chinese word is no Chinese time.
    if (!/[年月日号时点時]/.test(whole) && told.part === undefined) return [];
    const isBare = !(told.day ?? told.part ?? told.minute ?? told.exact ?? told.half ?? told.quarter);
    const after = line.slice(match.index + whole.length);
    if (isBare && told.colonMinute === undefined && (notAnHour.test(after) || !isHour(told.hour!, after)))
      return [];
    const month = told.month ?? told.isoMonth;
    const date =
      month === undefined
        ? null
        : day(
            told.isoYear ?? (told.year === undefined ? undefined : digitsOf(told.year)),
            numberOf(month),
            String(numberOf(told.date ?? told.isoDate!)),
          );
    const [seconds, rest] = (told.second ?? '').split(/[.,]/);
    const { hour, night } = hourOf(numberOf(told.hour!), told.part);
    const minute = told.half ? 30 : told.quarter ? (numberOf(told.quarter) === 3 ? 45 : 15) : undefined;
    const fields = [
      String(hour),
      String(minute ?? numberOf(told.minute ?? told.colonMinute ?? '0')),
      seconds ? String(numberOf(seconds)) : told.colonSecond,
      rest ?? told.fraction,
    ];
    return build(line, match.index, whole.length, date, fields, night) ?? [];
  });
}

/** In Chinese numerals `一点` is mostly a little: an hour only where more says so. */
function isHour(hour: string, after: string): boolean {
  return /^\d/.test(hour) || /^(?:许|左右|前后|钟)/.test(after) || /^十.|^二十/.test(hour);
}

const numerals = '零一二三四五六七八九';

/** 二十一, 廿一, 〇五, 21. */
function numberOf(text: string): number {
  if (/^\d/.test(text)) return Number(text);
  const plain = text.replace(/[〇○]/g, '零').replace(/两/g, '二').replace(/廿/g, '二十');
  const [tens, ones] = plain.includes('十') ? plain.split('十') : [undefined, plain];
  if (tens === undefined) return Number(digitsOf(plain));
  return (tens === '' ? 1 : numerals.indexOf(tens)) * 10 + (ones ? numerals.indexOf(ones) : 0);
}

function digitsOf(text: string): string {
  return text
    .replace(/[〇○]/g, '零')
    .replace(/[零一二三四五六七八九]/g, (one) => String(numerals.indexOf(one)));
}

/** 晚12点 is the end of that day; whether 晚1点 is of that day or of the next nobody can say. */
function hourOf(hour: number, part: string | undefined): { hour: number; night: Written['night'] } {
  if (part === undefined || hour > 12) return { hour, night: null };
  if (/晚|夜/.test(part)) {
    if (hour === 12) return { hour: 24, night: 'midnight' };
    return hour < 5 ? { hour, night: 'unclear' } : { hour: hour + 12, night: null };
  }
  const isLate = /下午|午后|傍晚/.test(part) || (/中午|正午/.test(part) && hour < 11);
  if (isLate && hour < 12) return { hour: hour + 12, night: null };
  return { hour: /凌晨|清晨/.test(part) && hour === 12 ? 0 : hour, night: null };
}

function findEpochs(line: string): Written[] {
  const seconds = [...line.matchAll(epochSeconds)].map((match) => ({
    match,
    epoch: Number(match[1]) * 1000 + Number((match[2] ?? '').slice(0, 3).padEnd(3, '0')),
  }));
  const millis = [...line.matchAll(epochMillis)].map((match) => ({ match, epoch: Number(match[1]) }));
  return [...seconds, ...millis].map(({ match, epoch }) => ({
    at: match.index,
    length: match[0].length,
    date: null,
    hour: 0,
    minute: 0,
    second: 0,
    ms: 0,
    isCoarse: false,
    offset: 0,
    zoneName: null,
    epoch,
    isWrong: false,
    night: null,
  }));
}

function build(
  line: string,
  at: number,
  length: number,
  date: Written['date'],
  [hour, minute, second, fraction]: (string | undefined)[],
  night: Written['night'] = null,
): Written | null {
  const half = /^\s*([ap])\.?\s?m(?![A-Za-z])\.?/i.exec(line.slice(at + length, at + length + 8));
  const read = {
    date,
    hour: halfDay(Number(hour), half?.[1]),
    minute: Number(minute),
    second: Number(second ?? 0),
    ms: Number((fraction ?? '').slice(0, 3).padEnd(3, '0')),
  };
  const isEndOfDay = read.hour === 24 && (night === 'midnight' || read.minute + read.second === 0);
  const isWrong =
    (read.hour > 23 && !isEndOfDay) ||
    read.minute > 59 ||
    read.second > 60 ||
    (date !== null && (date.month > 12 || date.day < 1 || date.day > 31));
  // Two numbers with a colon may be a score; with seconds or a date they are meant as a time.
  if (isWrong && second === undefined && date === null) return null;
  const to = at + length + (half?.[0].length ?? 0);
  const zone = readZone(line.slice(to, to + 40), line.slice(Math.max(0, at - 16), at));
  return {
    at,
    length: to - at + zone.length,
    ...read,
    isWrong,
    night: read.hour === 24 ? 'midnight' : night,
    isCoarse: second === undefined,
    offset: zone.offset,
    zoneName: zone.name,
    epoch: null,
  };
}

/** `9:35 PM`; what is no hour of the morning or the evening is left as wrong as it was written. */
function halfDay(hour: number, half: string | undefined): number {
  if (half === undefined) return hour;
  const isLate = half.toLowerCase() === 'p';
  if (hour > 12) return isLate ? hour : 99;
  return (hour % 12) + (isLate ? 12 : 0);
}

interface Zone {
  readonly offset: number | null;
  readonly name: string | null;
  readonly length: number;
}

const noZone: Zone = { offset: null, name: null, length: 0 };
const china = '北京时间|中国标准时间|东八区(?:时间)?|Asia/Shanghai|China Standard Time|Beijing Time|Beijing';

const zoneBehind = new RegExp(
  `^(?:(${china})|(UTC|GMT|Z)(?![A-Za-z0-9])|世界(?:标准|协调)?时间?|协调世界时)`,
  'i',
);
const chinaBefore = new RegExp(`(?:${china})\\s*[:：)）\\]】]{0,2}\\s*$`, 'i');

/** The zone that is written behind a time, or before it. */
function readZone(after: string, before: string): Zone {
  const behind = /^\s*[([（【,，]?\s*/.exec(after)![0].length;
  const text = after.slice(behind);
  const offset = /^(?:UTC|GMT)?\s*([+-])(\d{1,2}):?(\d{2})?(?!\d|[-/.:])/.exec(text);
  if (offset) {
    const minutes = Number(offset[2]) * 60 + Number(offset[3] ?? 0);
    // ` -12` behind a time may be anything: without UTC in front both digits of the minutes must be there.
    const isWhole = offset[3] !== undefined || /^[UG]/.test(text);
    if (isWhole && minutes <= 14 * 60) {
      return {
        offset: offset[1] === '-' ? -minutes : minutes,
        name: null,
        length: behind + offset[0].length,
      };
    }
  }
  const known = zoneBehind.exec(text);
  if (known) return { offset: known[1] ? 480 : 0, name: null, length: behind + known[0].length };
  if (chinaBefore.test(before)) return { ...noZone, offset: 480 };
  if (/(?:UTC|GMT)(?:时间)?\s*[:：)）\]】]{0,2}\s*$/i.test(before)) return { ...noZone, offset: 0 };
  const name = /^([A-Z]{3,5})(?![A-Za-z0-9])/.exec(text)?.[1];
  return name && zoneNames.has(name) ? { offset: null, name, length: behind + name.length } : noZone;
}

/** Names of zones that are written in letters and mean more than one: the reader is asked. */
const zoneNames = new Set(
  'CST CDT EST EDT PST PDT MST MDT BST IST JST KST MSK CET CEST EET EEST WET WEST HKT SGT AEST AEDT AST ADT'.split(
    ' ',
  ),
);

const chinaAlone = new RegExp(`^(?:${china})$`, 'i');
/** The heading of a column or the label of a field: `时间（北京时间）`, `Time (UTC+8)`. */
const bracketed = new RegExp(
  String.raw`(?:时间|时刻|日期|time|date)\s*[(（\[【]\s*(${china}|(?:UTC|GMT)\s*(?:[+-]\d{1,2}(?::?\d{2})?)?)\s*[)）\]】]`,
  'i',
);

/** A zone that a text states once for all its times: `All times are UTC`, `以下均为北京时间`. */
export function findStatedZone(line: string): number | null {
  if (!/时间|时区|time|zone/i.test(line)) return null;
  const [, labelled] = bracketed.exec(line) ?? [];
  if (labelled !== undefined)
    return chinaAlone.test(labelled) ? 480 : offsetOf(labelled.replace(/^(?:UTC|GMT)\s*/i, '') || '+0');
  if (new RegExp(`(?:均为|都是|采用|使用|时区|时间为)[^\\d]{0,8}(?:${china})`, 'i').test(line)) return 480;
  const told =
    /(?:均为|采用|时区|times? ?zone|times (?:are|is)(?: in)?|times in)\s*[:：=]?\s*(?:(?:UTC|GMT)\s*([+-]\d{1,2}(?::?\d{2})?)?|([+-]\d{2}:?\d{2}))/i.exec(
      line,
    );
  if (!told) return null;
  return offsetOf(told[1] ?? told[2] ?? '+0');
}

function offsetOf(text: string): number | null {
  const [, sign, hours, minutes] = /^([+-])(\d{1,2}):?(\d{2})?$/.exec(text) ?? [];
  if (hours === undefined) return null;
  const total = Number(hours) * 60 + Number(minutes ?? 0);
  return total > 14 * 60 ? null : sign === '-' ? -total : total;
}

/** What whoever reads the text adds to it. */
export interface TimeAnswers {
  /** Minutes east of UTC for the times that name no zone. */
  readonly offset?: number | undefined;
  /** `YYYY-MM-DD` for times of day without a date; its year for dates without one. */
  readonly date?: string | undefined;
}

export type TimeGap = 'no_date' | 'no_year' | 'no_zone' | 'zone_ambiguous' | 'no_such_time' | 'night_unclear';

/** The moment that was written, or what is missing to know it. */
export function momentOf(
  written: Written,
  answers: TimeAnswers,
  stated: number | null,
): { at: number } | { gap: TimeGap } {
  if (written.epoch !== null) return { at: written.epoch };
  if (written.isWrong) return { gap: 'no_such_time' };
  if (written.night === 'unclear') return { gap: 'night_unclear' };
  const given = /^(\d{4})-(\d{2})-(\d{2})$/.exec(answers.date ?? '');
  const date = written.date ?? (given ? day(given[1], Number(given[2]), given[3]!) : null);
  if (!date) return { gap: 'no_date' };
  const year = date.year ?? (given ? Number(given[1]) : null);
  if (year === null) return { gap: 'no_year' };
  const offset = written.offset ?? answers.offset ?? (written.zoneName === null ? stated : null);
  const midnight = Date.UTC(year, date.month - 1, date.day);
  if (new Date(midnight).getUTCDate() !== date.day || year < 1990) return { gap: 'no_such_time' };
  if (offset === null) return { gap: written.zoneName === null ? 'no_zone' : 'zone_ambiguous' };
  const { hour, minute, second, ms } = written;
  return { at: midnight + ((hour * 60 + minute - offset) * 60 + second) * 1000 + ms };
}
