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
