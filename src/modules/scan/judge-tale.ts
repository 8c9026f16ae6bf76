/** Whether a passage reports or tells something: what it names there is no offer of its own. */
import type { Term } from './contract.ts';
import { blockEnd, blockStart, eachBetween, type Occurrence, PASSAGE } from './occurrences.ts';
import { type Contacts, isQuoted } from './page-evidence.ts';
import { firstFrom } from './ranges.ts';

interface Place {
  readonly start: number;
  readonly end: number;
}

/** What a report, a tale or a record says, and an offer does not. */
const REPORTS =
  /记者|网友|据悉|据了解|据介绍|据报道|近日|日前|昨日|此前|随后|事后|当晚|当天(?![放到出发下结可就])|当时|后来|最终|一度|曾经?(?=[在被与有是向到为任])|去年|那年|年前|世纪|男子|女子|小伙|化名|某[甲乙丙]|一名(?=[^，。,]{0,6}(?:男|女|学生|老师|教师|同学|青年))|某高校|某学校|某地|当事人|知情人|业内人士|受访|采访|暗访|卧底|调查发现|透露|坦言|回忆|目睹|被诱导|无法提现|[方人子士某]称(?=[^呼赞]|$)|看到[^，。,]{0,14}(?:广告|信息|消息|帖子)|怂恿|得知|意识到|发现|没想到|才知道|原来|结果(?=[，,却被他她对一])|吓得|吃惊|吃一惊|慌了|恐慌|(?<!过)后悔|为由|谎称|声称|自称|宣称|号称|谎言|所谓|对方|被骗|拉黑|失联|查获|报警|发帖称|表示|认为|指出|(?:介绍|解释|吹嘘|忽悠)[说道]?(?=[，,：:])|介绍说|随处可见|往往|导流|真面目|据[^，。,]{1,8}(?:数据|报告|统计|消息)/g;
const NAMES =
  /小[王李张刘陈杨赵周吴孙朱林何郭马罗高明红军姜](?![\u4e00-\u9fff]{0,1}[号群店])|[\u4e00-\u9fff]某(?![个些种人])/;
/** Pronouns and speech: adult stories have them too. */
const PERSONS =
  /[他她]|[说问道答笑喊][道:：，,]?[“「]|(?<![都听再来据传胡乱瞎就常有好])说[，,：:]|告诉(?=记者|我们|民警|警方)/;
const DATES = /\d{1,2}月\d{1,2}日|\d{1,2}日[晚上下凌清]|[12]\d{3}年(?!.{0,4}(?:答案|真题|试题))/;

/** How far a sentence is looked for; UTF-16 units. */
const SENTENCE = 100;

/** The sentence that a hit stands in. */
export function sentenceAround(text: string, { start, end }: Place): string {
  const before = /[^。！？!?\n\u2029]*$/.exec(text.slice(Math.max(0, start - SENTENCE), start))![0];
  const behind = /^[^。！？!?\n\u2029]*/.exec(text.slice(end, end + SENTENCE))![0];
  return before + text.slice(start, end) + behind;
}

/** The signs of a passage that it reports or tells something instead of offering it. */
export function signsOfTale(passage: string, category: string): readonly string[] {
  const others = [NAMES, DATES, ...(category === 'pornography' ? [] : [PERSONS])];
  return [...new Set(passage.match(REPORTS)), ...others.flatMap((shape) => shape.exec(passage)?.[0] ?? [])];
}

/** So many signs make a passage a tale that may name a thing (context), or what only offers name, or quote an offer (ban). */
export const TALE = { context: 2, ban: 3 };

/** So many words of a lesson count beside the signs of a tale. */
const MOST_TAUGHT = 2;

interface Around {
  readonly text: string;
  readonly contacts: Contacts;
  /** Words that make a passage a lesson, and terms of tier `ban`, in the order of start. */
  readonly near: readonly Occurrence[];
  readonly bans: readonly Occurrence[];
}

/** A tale names what only offers name so many times in a passage at most: a heap of it is none. */
const MOST_NAMED = 8;

/** Whether more of what only offers name begins in [from, to] than a tale names. */
function isHeap({ bans }: Around, from: number, to: number): boolean {
  const last = bans[firstFrom(bans, from) + MOST_NAMED];
  return last !== undefined && last.start <= to;
}

/** Whether what stands around a hit tells or reports something, its own sentence first where only offers name it. */
export function isTale(term: Term, hit: Occurrence, around: Around): boolean {
  const { text } = around;
  const [from, to] = [Math.max(0, hit.start - PASSAGE), Math.min(text.length, hit.end + PASSAGE)];
  if (isHeap(around, from, to) || around.contacts.beginIn(from, to)) return false;
  const isBan = term.tier === 'ban';
  const own =
    isBan && !isQuoted(text, hit.start, hit.end)
      ? sentenceAround(text, hit)
      : text.slice(blockStart(text, hit.start, PASSAGE), blockEnd(text, hit.end, PASSAGE));
  const isTold = signsOfTale(own, term.category).length > 0;
  return isTold && evidenceIn(around, from, to, term.category) >= (isBan ? TALE.ban : TALE.context);
}

/** Whether words of an offer beside a hit are told too: by its own sentence where only offers name it, else by its paragraph. */
export function isToldOffer(term: Term, hit: Occurrence, around: Around): boolean {
  const { text } = around;
  if (isHeap(around, hit.start - PASSAGE, hit.end + PASSAGE)) return false;
  if (term.tier === 'ban') return signsOfTale(sentenceAround(text, hit), term.category).length >= TALE.ban;
  const [from, to] = [blockStart(text, hit.start, PASSAGE), blockEnd(text, hit.end, PASSAGE)];
  return evidenceIn(around, from, to, term.category) >= TALE.ban;
}

function evidenceIn({ text, near }: Around, from: number, to: number, category: string): number {
  const taught = new Set<number>();
  eachBetween(near, from, to, (one) => taught.add(one.pattern));
  return signsOfTale(text.slice(from, to), category).length + Math.min(taught.size, MOST_TAUGHT);
}
