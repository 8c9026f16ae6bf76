/** Accounts and numbers in shapes that no form and no table has: written so that no program reads them. */

interface Place {
  readonly start: number;
  readonly end: number;
}

/** Styles of digits that are odd outside lists: keycaps, circles of four kinds, brackets and points, mathematical ones. */
const ODD: readonly string[] = [
  '[0-9]\\ufe0f?\\u20e3',
  '[\\u2460-\\u2468\\u24ea\\u24c4\\u24de]',
  '[\\u24f5-\\u24fd]',
  '[\\u2776-\\u277e\\u24ff]',
  '[\\u2780-\\u2788\\u278a-\\u2792]',
  '[\\u2474-\\u247c\\u2488-\\u2490]',
  '[\\u{1d7ce}-\\u{1d7ff}]',
];
const ODD_STYLES = ODD.map((shape) => new RegExp(shape, 'gu'));
/** Ordinary digits, half wide and full wide, and numerals. */
const PLAIN_STYLES = [
  /[0-9](?!\ufe0f?\u20e3)/g,
  /[\uff10-\uff19]/g,
  /[一二三四五六七八九零〇壹贰叁肆伍陆柒捌玖久]/g,
];
const DIGIT = `(?:${ODD.join('|')}|[0-9\\uff10-\\uff19一二三四五六七八九零〇壹贰叁肆伍陆柒捌玖久])`;
const RUN = new RegExp(`${DIGIT}(?: {0,2}${DIGIT}){5,}`, 'gu');
/** Numerals are an account behind the word for one; years, dates and sums are not. */
const NAMED =
  /(?:群号?|扣扣?|[筘釦叩]群?|企鹅|腾[讯迅]|微信?|薇|qq?群?)[^\p{L}\p{N}。！？]{0,4}(?<number>[一二三四五六七八九零〇壹贰叁肆伍陆柒捌玖久]{6,})(?![一二三四五六七八九零〇壹贰叁肆伍陆柒捌玖久年月日元万亿])/giu;
/** The circled digits among the odd ones, which answers are keyed with. */
const CIRCLED = 1;
const ACCOUNT = /(?:[群扣筘釦企鹅微信薇裙找我]|[qv])[^\p{L}\p{N}]{0,4}$/iu;
/** At least so many digits are odd, or so many styles are mixed: a circled one before a telephone number counts an item. */
const ODD_ONES = 3;
const MIXED = 3;

/** No such number is shorter, nor do steps of so many units meet only the spaces in one: a look at each of them misses none. */
const STEP = 5;
/** How far around a look a number is read; UTF-16 units. */
const REACH = 48;
const ODD_UNIT = 1;
const PLAIN_UNIT = 2;
const NUMERAL_UNIT = 3;
/** So many numerals stand together in one. */
const NUMERALS = 6;
let shapes: Uint8Array | undefined;

function readShapes(): Uint8Array {
  return Uint8Array.from({ length: 0x10000 }, (_, unit) => {
    const one = String.fromCharCode(unit);
    // The halves of the mathematical ones, and what makes a digit a keycap.
    if (unit === 0xd835 || (unit >= 0xdfce && unit <= 0xdfff) || unit === 0xfe0f || unit === 0x20e3)
      return ODD_UNIT;
    if (/[\u2460-\u2490\u24c4\u24de\u24ea\u24f5-\u24ff\u2776-\u2792]/.test(one)) return ODD_UNIT;
    if (/[0-9\uff10-\uff19]/.test(one)) return PLAIN_UNIT;
    return /[一二三四五六七八九零〇壹贰叁肆伍陆柒捌玖久]/.test(one) ? NUMERAL_UNIT : 0;
  });
}

/** The disguised numbers of a text, in the order of start. */
export function findDisguisedNumbers(text: string): readonly Place[] {
  shapes ??= readShapes();
  const found: Place[] = [];
  let [next, free] = [0, 0];
  for (let at = STEP; at < text.length; at += STEP) {
    const shape = shapes[text.charCodeAt(at)]!;
    if (shape === 0 || at < next || !mayBe(shapes, shape, text, at)) continue;
    const from = Math.max(free, at - REACH);
    const part = text.slice(from, at + REACH);
    for (const { start, end } of numbersIn(part)) found.push({ start: from + start, end: from + end });
    free = found.at(-1)?.end ?? 0;
    // Windows overlap by half: what one cuts off lies whole in the next.
    next = Math.max(free, at + REACH / 2);
  }
  return found;
}

/** Whether an odd digit stands near a digit, or enough numerals around one. */
function mayBe(table: Uint8Array, shape: number, text: string, at: number): boolean {
  if (shape !== NUMERAL_UNIT) {
    for (let near = at - NUMERALS; near <= at + NUMERALS; near++)
      if (table[text.charCodeAt(near)] === ODD_UNIT) return true;
    return false;
  }
  let [from, to] = [at, at];
  while (table[text.charCodeAt(from - 1)] === NUMERAL_UNIT) from--;
  while (table[text.charCodeAt(to)] === NUMERAL_UNIT) to++;
  return to - from >= NUMERALS;
}

function numbersIn(part: string): Place[] {
  const runs = [...part.matchAll(RUN)].filter((run) => isDisguise(run[0], part.slice(0, run.index)));
  return [
    ...runs.map((run) => ({ start: run.index, end: run.index + run[0].length })),
    ...[...part.matchAll(NAMED)].map((named) => ({
      start: named.index + named[0].length - named.groups!.number!.length,
      end: named.index + named[0].length,
    })),
  ].sort((a, b) => a.start - b.start);
}

/** Not the places of sentences in their order (③①⑤②④⑥), numbered answers (①3②5③7) nor a key of them (①③②①④②). */
function isDisguise(run: string, before: string): boolean {
  const odd = ODD_STYLES.map((style) => run.match(style) ?? []);
  const styles = [...odd, ...PLAIN_STYLES.map((style) => run.match(style) ?? [])].filter(
    ({ length }) => length > 0,
  );
  const all = odd.flat();
  if (all.length < 2 || odd.some((one) => one.length === all.length && isCounted(one))) return false;
  if (styles.length >= MIXED) return true;
  if (all.length < ODD_ONES) return false;
  if (styles.length > 1) return true;
  return (
    new Set(all).size < all.length && (odd[CIRCLED]!.length === 0 || /⓪/.test(run) || ACCOUNT.test(before))
  );
}

/** Whether digits count from one on. */
const isCounted = (digits: readonly string[]): boolean =>
  digits.every((digit, at) => at === 0 || digit.codePointAt(0)! === digits[at - 1]!.codePointAt(0)! + 1);
