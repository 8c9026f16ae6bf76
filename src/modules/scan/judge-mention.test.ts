import { describe, expect, it } from 'vitest';
import { createRuleset, starterTermList } from './ruleset.ts';
import { scanHtml } from './scan-html.ts';
import { scanText } from './scan-text.ts';

const starter = createRuleset([starterTermList]);
const isAlarm = (text: string) =>
  scanText(text, starter).findings.some(({ severity }) => !/^(?:info|low)$/.test(severity));

describe('what a report or a tale names', () => {
  it('is for a human, not an alarm', () => {
    for (const text of [
      '昨日,记者在城东一所高校旁看到,有男子正在墙上刷“考研答案”的电话,随后他匆匆离开。',
      '小周后来才发现,网友发来的安装包打开就是成人视频,吓得她把手机关了机。',
      '据了解,赵某此前在网上找人代写论文,交了定金后对方便失联,事后她十分后悔。',
      '近日有网友发帖称,自家楼下的店里摆着老虎机,围着好几名男子。',
      '这种替人写作业的买卖被写手们叫作“枪手”。',
      '打着色情漫画旗号的小程序往往以免费观看引人点击,再把人导流到别的平台,它们的真面目是广告。',
    ])
      expect(isAlarm(text), text).toBe(false);
  });

  it('is an alarm when an offer or an account stands beside it, or the tale in another paragraph', () => {
    for (const text of [
      '昨日记者随后发现对方。考研答案现货,加微信 kaoyan8866,先验货后付款。',
      '近日网友后来发现小周。成人视频在线观看,点击进入。',
      '昨日,记者随后了解到,小李后来转学了。\u2029真人百家乐 澳门赌场 首存送彩金\u2029',
      '代写毕业论文,各专业都接',
      `昨日,记者随后发现对方${'澳门赌场、真人百家乐、'.repeat(6)}。`,
    ])
      expect(isAlarm(text), text).toBe(true);
  });

  it('tells the market of a trade, its end and a refusal from an offer', () => {
    for (const text of [
      '代写论文市场屡禁不止',
      '代考被抓,两名大学生获刑',
      '出版社对代写论文一律拒绝',
      '有人许诺可以代考',
      '非法博彩网站',
    ])
      expect(isAlarm(text), text).toBe(false);
    expect(isAlarm('代考保过,从未被抓,加微信 kaoshi6688')).toBe(true);
  });

  it('takes a title for what its page says, but not one that heaps names', () => {
    const page = (title: string) =>
      scanHtml(
        `<title>${title}</title><p>昨日,记者随后得知,某高校一名学生此前找人代写论文,事后后悔。</p>`,
        starter,
      ).findings.filter(({ severity }) => !/^(?:info|low)$/.test(severity));
    expect(page('找人代写论文之后')).toEqual([]);
    expect(page('代写论文 澳门新葡京').length).toBeGreaterThan(0);
    expect(page('代写论文,包过不过退款').length).toBeGreaterThan(0);
  });
});

describe('a short paragraph that is nothing but an offer', () => {
  it('is found without an account', () => {
    for (const text of [
      '网课代刷,包过',
      '无抵押贷款 秒到账',
      '电子烟批发,价格优惠',
      '上门服务全套,特殊服务可约',
      '刷粉接单,私聊',
    ])
      expect(isAlarm(text), text).toBe(true);
  });

  it('is none as the heading of a lesson, a question, or in a longer sentence', () => {
    for (const text of [
      '警惕刷单返佣、包赔骗局',
      '兼职日结的工作可靠吗?',
      '民警进校讲反诈,还原了骗子的套路,同学们受益匪浅。\u2029无抵押贷款 秒到账\u2029谨防上当受骗',
      '学校超市的文具价格优惠,欢迎选购',
    ])
      expect(isAlarm(text), text).toBe(false);
  });
});

describe('a mark of secrecy in a lesson on marks', () => {
  it('is for a human; the mark of a paper is critical', () => {
    const severity = (text: string) =>
      scanText(text, starter).findings.find(({ rule }) => rule === 'secrecy.mark')?.severity;
    expect(severity('公文的密级和保密期限标注在左上角,顶格编排,例如 机密★10年,国家秘密的标志为★。')).toBe(
      'low',
    );
    expect(severity('机密★10年\n某市教育局文件\n关于做好招生工作的通知')).toBe('critical');
    expect(severity('密级 机密★10年 保密期限:10年\n关于做好招生工作的通知')).toBe('critical');
  });
});

describe('words in the source of a program', () => {
  it('are named there, and offer nothing', () => {
    for (const text of [
      "const rules = [\n  { word: '约炮', level: 3 },\n  { word: '六合彩', level: 3 },\n  { word: '代开发票', level: 2 },\n];",
      '  /裸聊/i, /赌场/i, /一夜情/i,\n  /博彩/i,\n];\nfunction isBad(text) { return list.some((one) => one.test(text)); }',
      "bad = frozenset({\n    '冰毒', '代考', '办证刻章',\n    '月入过万', '日赚',\n})\ndef check(text):",
      "INSERT INTO words VALUES ('代写论文', 'ad', 2), ('援交', 'porn', 4);\nSELECT word, kind FROM words UNION SELECT '百家乐', 'bet';",
    ])
      expect(isAlarm(text), text).toBe(false);
  });

  it('are an alarm in prose with a quotation, in a heap without source, and beside an account', () => {
    for (const text of [
      '澳门新葡京|真人百家乐|六合彩特码|北京赛车pk10',
      '"真人百家乐" "澳门赌场" 注册送彩金',
      "const a = ['代考包过，加微信 kaoshi7788', '先验货后付款'];",
    ])
      expect(isAlarm(text), text).toBe(true);
  });
});

describe('advertisements that somebody quotes', () => {
  it('are told by what follows the quotation, or by who saw it', () => {
    for (const text of [
      '宿舍楼下贴满了“包过、代考”“押题密卷”的小广告，保洁阿姨撕了一早上。',
      '他在群里看到“押题、代考一条龙”，没有理会。',
      '室友说，花钱请枪手写的作业后来全部重做。',
    ])
      expect(isAlarm(text), text).toBe(false);
    expect(isAlarm('代考包过，看到“好评如潮”的广告别犹豫，加微信 kaoshi7788')).toBe(true);
  });

  it('are not the headline of a report about a site', () => {
    const offers = (text: string) =>
      scanText(text, starter).findings.filter(({ rule }) => rule.startsWith('offer.'));
    expect(offers('点击“官网”打开的是黄色网站')).toEqual([]);
    expect(offers('点击官网竟跳转黄色网站')).toEqual([]);
    expect(isAlarm('黄色网站免费看，点击进入官网')).toBe(true);
  });
});
