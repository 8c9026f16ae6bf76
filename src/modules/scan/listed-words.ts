/** Whether words stand in a list of what is blocked, or in the source of a program: named there, not offered. */

interface Place {
  readonly start: number;
  readonly end: number;
}

const BLOCKS =
  /敏感|违禁|违规|屏蔽|过滤|审核|黑名单|banned|blocked|blocklist|blacklist|sensitive|forbidden|spam_?words|filter|moderat/i;

/** Between quotation marks in a list of such words (`'甲', '乙'`), or between bars (`甲|乙`), near what says that they are blocked; or in source. */
export function isListed(text: string, { start, end }: Place): boolean {
  const [before, behind] = [text.slice(Math.max(0, start - 12), start), text.slice(end, end + 12)];
  const isItem =
    (/["'`]\s*$/.test(before) && /^\s*["'`]\s*[,，)\]}:]/.test(behind)) ||
    (/[|/(]$/.test(before) && /^[|/)]/.test(behind));
  if (isItem && BLOCKS.test(text.slice(Math.max(0, start - 300), end + 100))) return true;
  return isInSource(text, start, end);
}

/** Whether a stretch is a list of words in quotation marks, near what says that they are blocked; or is source, or stands in it. */
export const isWordList = (text: string, start: number, end: number): boolean =>
  ((text.slice(start, end).match(/["'`]\s{0,3},\s{0,3}["'`]/g)?.length ?? 0) >= 2 &&
    BLOCKS.test(text.slice(Math.max(0, start - 300), end + 100))) ||
  isInSource(text, start, end) ||
  (A_STRING.test(text.slice(start, end)) && isSource(text, start, end));

/** How long a string of a program may be on either side, and how far around it its source is looked at; UTF-16 units. */
const STRING = 60;
const SOURCE = 160;
/** So much of what only source has must stand around a string: a quotation in English has one or two. */
const SIGNS_OF_SOURCE = 4;

const QUOTED_BEFORE = /['"`|/][^'"`\n\u2029]*$/;
const QUOTED_BEHIND = /^[^'"`\n\u2029]*['"`|/]/;
/** Arrows and comparisons, calls, assignments of a string or a list, strings in a row, closing brackets, keywords, comments. */
const OF_SOURCE =
  /=>|[=!]==?\s|\b[a-z_$][\w$]*\(|\b[a-z_][\w-]*['"]?\s?[:=]\s?(?:new\s|[\w.]*\()?['"[{/\d]|['"/][a-z]?\s?,\s*['"/]|['"\])}\d]\s?[\])};,]\s*$|\b(?:const|def|frozenset|assert|await|UNION|SELECT)\b|^\s*(?:\/\/|\/\*|#|--)\s/gim;

/** Whether a stretch lies in a string, or between bars, of what is the source of a program and no prose. */
function isInSource(text: string, start: number, end: number): boolean {
  if (!QUOTED_BEFORE.test(text.slice(Math.max(0, start - STRING), start))) return false;
  if (!QUOTED_BEHIND.test(text.slice(end, end + STRING))) return false;
  return isSource(text, start, end);
}

/** The beginning of a string with Chinese in it, behind a sign of source. */
const A_STRING = /[([{,:=]\s?['"`][^'"`\n\u2029]{0,30}[\u4e00-\u9fff]/;

const isSource = (text: string, start: number, end: number): boolean =>
  (text.slice(Math.max(0, start - SOURCE), end + SOURCE).match(OF_SOURCE)?.length ?? 0) >= SIGNS_OF_SOURCE;
