/** Whether a word is only mentioned: in a list of what is blocked or forbidden, in a lesson about its trade. */

interface Place {
  readonly start: number;
  readonly end: number;
}

/** Nothing that ends the phrase between a forbidding word and what it forbids; or the head of a list: 严禁内容：甲、乙. */
export const FORBIDS =
  /^(?:[^，,；;：:]*|[^，,；;：:。]{0,6}[*]{0,2}[：:]\s?(?:[^，,；;：:。、\n]{1,14}、)*)$/;

/** What a page says that teaches about these trades; a lesson about something else does not excuse their names. */
const SPOKEN_OF: Readonly<Record<string, RegExp>> = {
  gambling: /赌|博彩|骗|彩票|暗链|黑链|篡改|植入|挂马|gambl|scam|fraud/i,
  pornography: /黄|色情|淫秽|低俗|裸|性[侵骚教]|不良|有害|净网|暗链|黑链|篡改|植入|挂马/,
};

/** Whether what stands around a hit speaks of its trade, beside the hit itself. */
export function isSpokenOf(category: string, text: string, { start, end }: Place): boolean {
  const shape = SPOKEN_OF[category];
  if (!shape) return true;
  return shape.test(text.slice(Math.max(0, start - 400), start)) || shape.test(text.slice(end, end + 400));
}

/** Between quotation marks in a list of such words (`'甲', '乙'`), or between bars (`甲|乙`), near what says that they are blocked. */
export function isListed(text: string, { start, end }: Place): boolean {
  const [before, behind] = [text.slice(Math.max(0, start - 12), start), text.slice(end, end + 12)];
  const isItem =
    (/["'`]\s*$/.test(before) && /^\s*["'`]\s*[,，)\]}:]/.test(behind)) ||
    (/[|/(]$/.test(before) && /^[|/)]/.test(behind));
  return isItem && BLOCKS.test(text.slice(Math.max(0, start - 300), end + 100));
}
const BLOCKS =
  /敏感|违禁|违规|屏蔽|过滤|审核|黑名单|banned|blocked|blocklist|blacklist|sensitive|forbidden|spam_?words|filter|moderat/i;

/** Whether a paragraph is prose: of some length, and with the end of a sentence. */
export const isSentence = (paragraph: string): boolean =>
  paragraph.length >= 40 && /[。！？!?…；;]/.test(paragraph);

/** Whether a stretch is a list of words in quotation marks, near what says that they are blocked. */
export const isWordList = (text: string, start: number, end: number): boolean =>
  (text.slice(start, end).match(/["'`]\s{0,3},\s{0,3}["'`]/g)?.length ?? 0) >= 2 &&
  BLOCKS.test(text.slice(Math.max(0, start - 300), end + 100));
