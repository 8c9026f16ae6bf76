/** The number and the matter of the case, where a letter states them. Pure. */

export interface LetterCase {
  readonly caseNo: string | null;
  /** In the letter's own words, for the asker to read and change. */
  readonly reason: string | null;
}

/** A letter states them near its head or its end; a log that was pasted is not searched through. */
const longest = 200_000;

/** 闽公网协〔2026〕1号: the number of a document (GB/T 9704-2012, 7.2.5), in whichever brackets it was typed. */
const documentNo =
  /[\p{Script=Han}（）()A-Z]{1,20}[〔[［【(（]\s?(?:19|20)\d{2}\s?[〕\]］】)）]\s?(?:第\s?)?\d{1,6}\s?号/u;
const led = /^(?:根据|依据|按照|参照|详见|附件|见|附|由|据|按|现将|贵单位|我单位|我局)+/u;
const labelled =
  /(?:案件编号|案件号|案\s?号|文\s?号|编\s?号|case\s?(?:no|number|id)\.?|report-?id)["']?\s*[:：#=]\s*["']?([^\s,，;；。"'<>]{2,60})/iu;
const tagged = /<(?:Case>\s*<ID|ID)>([^<>\s]{2,60})<\/ID>/i;

const matters = [
  /案\s?由\s*[:：]\s*([^\n。；;]{4,200})/u,
  /(?:查询|协查)?(?:事由|理由|原因)\s*[:：]\s*([^\n。；;]{4,200})/u,
  /(?:正在|现|依法)?(?:侦办|办理|侦查|调查|受理|查办)的?\s*(?:一[起宗件])?(["“”《]?[^\n。；;，,]{2,60}?案(?:件)?[”"》]?)/u,
  /关于([^\n。；;，,]{4,60}?)(?:的)?(?:协查函|协查|函|通知书|通知|请求)/u,
];

export function readCase(text: string): LetterCase {
  const letter = text.slice(0, longest);
  const number =
    labelled.exec(letter)?.[1] ?? documentNo.exec(letter)?.[0].replace(led, '') ?? tagged.exec(letter)?.[1];
  const matter = matters
    .map((one) => withQuotes(one.exec(letter)?.[1]))
    .find((one) => one && one.length >= 4);
  return {
    caseNo: number === undefined ? null : number.trim().slice(0, 60),
    reason: matter === undefined ? null : matter.slice(0, 200),
  };
}

const quotes: readonly (readonly [string, string])[] = [
  ['“', '”'],
  ['"', '"'],
  ['《', '》'],
];

/** Quotes around the whole are left out, a lone one with them; those around a part of it belong to it. */
function withQuotes(text: string | undefined): string | undefined {
  const plain = text?.trim();
  const [open, close] = quotes.find(([begin]) => plain?.startsWith(begin)) ?? [];
  if (plain === undefined || open === undefined)
    return plain?.replace(/^”/, '').replace(/^([^“"《]*)[”"》]$/, '$1');
  const end = plain.indexOf(close!, 1);
  if (end < 0) return plain.slice(1);
  return end === plain.length - 1 ? plain.slice(1, -1) : plain;
}
