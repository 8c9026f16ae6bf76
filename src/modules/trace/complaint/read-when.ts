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

/** 2026年11月22日 下午1时10分05秒, 11月22日13:10:05, 13点10分 */
const chinese =
  /(?:(\d{4}) ?年 ?)?(?:(\d{1,2}) ?月 ?(\d{1,2}) ?[日号] ?)?(?:[(（][^)）]{0,8}[)）] ?)?(凌晨|早上|上午|中午|下午|晚上|晚)? ?(\d{1,2}) ?(?:[时点時] ?(?:(\d{1,2}) ?分 ?(?:(\d{1,2}(?:[.,]\d{1,3})?) ?秒)?|(整)|(半))|:(\d{2})(?::(\d{2})(?:[.,](\d{1,3}))?)?(?![\d:]))/g;
const bare = new RegExp(String.raw`(?<![\d.-])(?<!\d:)${clock}`, 'g');
const epochSeconds = /(?<![\d.a-zA-Z/-])(?<!\d:)(1\d{9})(?:\.(\d{1,9}))?(?![\d:/-]|\.\d)/g;
const epochMillis = /(?<![\d.a-zA-Z/-])(?<!\d:)(1\d{12})(?![\d.:/-])/g;

/** Every time in a line, in its order; where two readings overlap the longer one stands. */
export function findTimes(line: string): Written[] {
  const found = [
    ...shapes.flatMap((shape) => findShape(line, shape)),
    ...findChinese(line),
    ...findEpochs(line),
  ];
  const kept: Written[] = [];
  for (const one of found.sort((a, b) => b.length - a.length)) addApart(kept, one);
  // A time of day alone: tcpdump's, or one whose date stands elsewhere.
  for (const match of line.matchAll(bare)) {
    const read = build(line, match.index, match[0].length, null, [match[1], match[2], match[3], match[4]]);
    if (read) addApart(kept, read);
  }
  return kept.sort((a, b) => a.at - b.at);
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
    const [whole, year, month, date, part, hour, minute, second, , half, colonMinute, colonSecond, fraction] =
      match;
    // `13:10` without a Chinese word is no Chinese time.
    if (!/[年月日时点時]|凌晨|早上|上午|中午|下午|晚/.test(whole)) return [];
    const written = month === undefined ? null : day(year, Number(month), date!);
    const [seconds, rest] = (second ?? '').split(/[.,]/);
    const parts = [
      String(hourOf(Number(hour), part)),
      half ? '30' : (minute ?? colonMinute ?? '00'),
      seconds || colonSecond,
      rest ?? fraction,
    ];
    return build(line, match.index, whole.length, written, parts) ?? [];
  });
}

function hourOf(hour: number, part: string | undefined): number {
  if (part === undefined) return hour;
  const isLate = part === '下午' || part.startsWith('晚') || (part === '中午' && hour < 11);
  if (isLate && hour < 12) return hour + 12;
  return part === '凌晨' && hour === 12 ? 0 : hour;
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
  }));
}

function build(
  line: string,
  at: number,
  length: number,
  date: Written['date'],
  [hour, minute, second, fraction]: (string | undefined)[],
): Written | null {
  const read = {
    date,
    hour: Number(hour),
    minute: Number(minute),
    second: Number(second ?? 0),
    ms: Number((fraction ?? '').slice(0, 3).padEnd(3, '0')),
  };
  if (read.hour > 23 || read.minute > 59 || read.second > 60) return null;
  if (date && (date.month > 12 || date.day < 1 || date.day > 31)) return null;
  const zone = readZone(line.slice(at + length, at + length + 40), line.slice(Math.max(0, at - 16), at));
  return {
    at,
    length: length + zone.length,
    ...read,
    isCoarse: second === undefined,
    offset: zone.offset,
    zoneName: zone.name,
    epoch: null,
  };
}

interface Zone {
  readonly offset: number | null;
  readonly name: string | null;
  readonly length: number;
}

const noZone: Zone = { offset: null, name: null, length: 0 };
const china = '北京时间|中国标准时间|东八区(?:时间)?|Asia/Shanghai|China Standard Time|Beijing Time|Beijing';

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
  const known = new RegExp(
    `^(?:(${china})|(UTC|GMT|Z)(?![A-Za-z0-9])|世界(?:标准|协调)?时间?|协调世界时)`,
    'i',
  ).exec(text);
  if (known) return { offset: known[1] ? 480 : 0, name: null, length: behind + known[0].length };
  if (new RegExp(`(?:${china})\\s*[:：)）]?\\s*$`, 'i').test(before)) return { ...noZone, offset: 480 };
  if (/(?:UTC|GMT)(?:时间)?\s*[:：]?\s*$/i.test(before)) return { ...noZone, offset: 0 };
  const name = /^([A-Z]{3,5})(?![A-Za-z0-9])/.exec(text)?.[1];
  return name && zoneNames.has(name) ? { offset: null, name, length: behind + name.length } : noZone;
}

/** Names of zones that are written in letters and mean more than one: the reader is asked. */
const zoneNames = new Set(
  'CST CDT EST EDT PST PDT MST MDT BST IST JST KST MSK CET CEST EET EEST WET WEST HKT SGT AEST AEDT AST ADT'.split(
    ' ',
  ),
);

/** A zone that a text states once for all its times: `All times are UTC`, `以下均为北京时间`. */
export function findStatedZone(line: string): number | null {
  if (!/时间|时区|time|zone/i.test(line)) return null;
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

export type TimeGap = 'no_date' | 'no_year' | 'no_zone' | 'zone_ambiguous' | 'no_such_time';

/** The moment that was written, or what is missing to know it. */
export function momentOf(
  written: Written,
  answers: TimeAnswers,
  stated: number | null,
): { at: number } | { gap: TimeGap } {
  if (written.epoch !== null) return { at: written.epoch };
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
