import { describe, expect, it } from 'vitest';
import { createRuleset, starterTermList } from './ruleset.ts';
import { scanText } from './scan-text.ts';

const starter = createRuleset([starterTermList]);
const rules = (text: string) => scanText(text, starter).findings.map((finding) => finding.rule);

/** An identity number with a right check digit for 17 given digits. */
function withCheckDigit(digits: string): string {
  const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
  return (
    digits + '10X98765432'[weights.reduce((sum, weight, at) => sum + weight * Number(digits[at]), 0) % 11]
  );
}

describe('scanText with the starter list', () => {
  it.each([
    '我校组织开展“珍爱生命、远离毒品”禁毒主题班会，讲解冰毒、海洛因、摇头丸的危害。',
    '全民反诈在行动：警惕刷单返利类电信诈骗，不轻信冒充公检法。',
    '防溺水安全教育告家长书：不私自下水游泳，不到溜冰场打闹。',
    '严禁教职工参与赌博，严禁替考、作弊。',
    '诚信考试倡议书：拒绝作弊，杜绝替考。',
    '神枪手张老师激情澎湃地讲述了抗战故事，三黄片是常用中药。',
    '现代考试制度的演变；大麻哈鱼的洄游；修改分数登记表。',
  ])('does not alarm about a lesson or an innocent word: %s', (text) => {
    expect(scanText(text, starter).findings).toEqual([]);
  });

  it.each([
    ['澳门新葡京，注册送彩金38元', 'term.gambling'],
    ['出售考试答案，四六级答案包过', 'term.exam_cheating'],
    ['冰毒出售，货到付款', 'term.drugs'],
    ['裸聊直播免费观看', 'term.pornography'],
    ['高薪刷单，日结刷单，加微信', 'term.fraud'],
    ['今年六合彩结果如下', 'term.gambling'],
  ])('alarms about an offer: %s', (text, rule) => {
    expect(rules(text)).toContain(rule);
  });

  it('keeps a suppressed hit, with its place and the word that explains it', () => {
    const text = '禁毒课：认识海洛因';
    const [hit] = scanText(text, starter).suppressed;
    expect(hit).toMatchObject({
      rule: 'term.drugs',
      text: '海洛因',
      start: 6,
      end: 9,
      reason: 'teaching:禁毒',
    });
  });

  it('is not silenced by a word of prevention beside an offer', () => {
    expect(rules('远离平淡，百家乐注册送彩金')).toContain('term.gambling');
    expect(rules('禁毒不如吸毒，海洛因货到付款，加微信')).toContain('term.drugs');
  });

  it('does not let a prohibition reach into the next sentence', () => {
    expect(rules('严禁吸烟。百家乐大厅今晚开放')).toContain('term.gambling');
  });

  it('takes an ASCII term as a whole word only', () => {
    expect(rules('bet365 开户')).toContain('term.gambling');
    expect(rules('alphabet3651 and pk100')).toEqual([]);
  });

  it('rates inserted zero-width signs and emoji higher, a comma in a two-character word lower', () => {
    const list = {
      id: 't',
      version: '1',
      source: 'test',
      terms: [{ term: '赌博', category: 'x', tier: 'context' as const }],
    };
    const severity = (text: string) => scanText(text, createRuleset([list])).findings[0]?.severity;
    expect([
      severity('赌博'),
      severity('赌\u200b博'),
      severity('赌😀博'),
      severity('赌 博'),
      severity('打赌，博览'),
    ]).toEqual(['medium', 'high', 'high', 'medium', 'low']);
  });
});

describe('personal data', () => {
  it('finds identity numbers with a right check digit, and shows them masked everywhere', () => {
    const text = '张三 11010519491231002X，李四 440524188001010014，王五３３１１０２２０１５０１０１００１Ｘ';
    const { findings } = scanText(text, starter);
    expect(findings.map((finding) => finding.text)).toEqual([
      '110*************2X',
      '440*************14',
      '３３１*************１Ｘ',
    ]);
    expect(JSON.stringify(findings)).not.toMatch(/\d{7}/);
  });

  it.each([
    ['a wrong check digit', '110105194912310021'],
    ['a day that does not exist', withCheckDigit('33110220150230001')],
    ['an unknown province', withCheckDigit('99110220150101001')],
    ['a longer number', `1${withCheckDigit('33110220150101001')}`],
    ['a serial with letters around', `SN${withCheckDigit('33110220150101001')}`],
    ['a social credit code', '12100000400000624D 91110000802100433B'],
    ['a time stamp', '20261122134433123 1763819073000'],
    ['an order number', '订单号：4200001234202401011234567890'],
    ['an order number like a mobile', '快递单号：13812345678'],
    ['a card number with a wrong Luhn digit', '卡号 6222021234567890127'],
    ['a decimal fraction', '3.13812345678'],
    ['an ISBN', 'ISBN 978-7-04-048765-1'],
  ])('does not take %s for a personal number', (_, text) => {
    expect(scanText(text, starter).findings).toEqual([]);
  });

  it('finds mobiles and cards, grouped or not, also as columns of a table', () => {
    expect(rules('电话 138 1234 5678 或 +86 13912345678')).toEqual(['personal.mobile', 'personal.mobile']);
    const card = withLuhnDigit('621700123456789012');
    expect(rules(`卡号 ${card}`)).toEqual(['personal.bank-card']);
    expect(rules(card.replace(/(\d{4})(?=\d)/g, '$1 '))).toEqual(['personal.bank-card']);
    expect(rules('4111 1111 1111 1112')).toEqual([]);
    const id = withCheckDigit('33110220150101001');
    expect(rules(`${id} 13812345678 ${id} 13912345678`)).toEqual([
      'personal.id-card',
      'personal.mobile',
      'personal.id-card',
      'personal.mobile',
    ]);
  });

  it('finds a mask that leaves the first six and last four characters', () => {
    expect(rules('331102********001X')).toEqual(['personal.id-card-weak-mask']);
    expect(rules('331***********001X')).toEqual([]);
  });
});

/** A number with the Luhn digit added. */
function withLuhnDigit(digits: string): string {
  const sum = [...digits].reverse().reduce((total, digit, at) => {
    const value = Number(digit) * (at % 2 === 0 ? 2 : 1);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return digits + ((10 - (sum % 10)) % 10);
}

describe('secrecy marks', () => {
  it('finds grade, star and period, and takes the bare word for language', () => {
    const { findings } = scanText('机密★1年　各处室；这是我们的小秘密。绝密 ★ 长期；秘密★', starter);
    expect(findings.map((finding) => [finding.text, finding.severity])).toEqual([
      ['机密★1年', 'critical'],
      ['绝密 ★ 长期', 'critical'],
      ['秘密★', 'high'],
    ]);
  });
});
