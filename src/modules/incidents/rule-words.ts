/** What a rule found, in the words of a report. */
const words: readonly [prefix: string, zh: string][] = [
  ['hidden-link.', '隐藏链接（暗链）'],
  ['stuffing.', '标题或关键词被改写'],
  ['term.gambling', '赌博内容'],
  ['term.pornography', '色情内容'],
  ['term.drugs', '涉毒内容'],
  ['term.fraud', '诈骗内容'],
  ['term.exam_cheating', '考试作弊内容'],
  ['term.weapons', '涉枪涉爆内容'],
  ['term.circumvention', '翻墙工具'],
  ['term.cult', '邪教与迷信敛财'],
  ['term.extremism', '极端与分裂内容'],
  ['term.harm', '暴力与自伤内容'],
  ['term.illicit_trade', '违法交易'],
  ['term.', '有害词语'],
  ['offer.', '成段招揽'],
  ['personal.id-card', '身份证号泄露'],
  ['personal.mobile', '手机号泄露'],
  ['personal.bank-card', '银行卡号泄露'],
  ['personal.', '个人信息泄露'],
  ['secrecy.', '密级标识'],
];

/** The Chinese name of a rule; an unknown one stays what it is. */
export function wordOfRule(rule: string): string {
  return words.find(([prefix]) => rule.startsWith(prefix))?.[1] ?? rule;
}

/** `隐藏链接（暗链）3 处、身份证号泄露 12 处`: how often each was found, most frequent first. */
export function countInWords(rules: readonly string[]): string {
  const counts = Map.groupBy(rules.map(wordOfRule), (word) => word);
  return [...counts]
    .sort(([, a], [, b]) => b.length - a.length)
    .map(([word, all]) => `${word} ${all.length} 处`)
    .join('、');
}
