import { describe, expect, it } from 'vitest';
import { explainFinding } from './contract/explain-finding.ts';
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

describe('terms inside longer terms', () => {
  const told = (
    text: string,
    terms: { term: string; category: string; tier?: 'ban' | 'context' | 'review' }[],
  ) =>
    scanText(
      text,
      createRuleset([
        {
          id: 'test',
          version: '1',
          source: 'test',
          terms: terms.map((one) => ({ tier: 'ban' as const, ...one })),
        },
      ]),
    ).findings.map(({ term, category }) => `${category} ${term}`);

  it('are told once, by the longest, and alone where they stand alone', () => {
    const terms = ['百家乐', '真人百家乐', '真人百家乐在线投注'].map((term) => ({
      term,
      category: 'gambling',
    }));
    expect(told('真人百家乐在线投注', terms)).toEqual(['gambling 真人百家乐在线投注']);
    expect(told('真人百家乐在线投注。另一处百家乐', terms)).toEqual([
      'gambling 真人百家乐在线投注',
      'gambling 百家乐',
    ]);
  });

  it('stay beside a longer one of another category, one that only overlaps, and one that says less', () => {
    const inner = { term: '百家乐', category: 'gambling' };
    expect(told('真人百家乐', [inner, { term: '真人百家乐', category: 'fraud' }])).toHaveLength(2);
    expect(told('真人百家乐园', [{ term: '真人百', category: 'gambling' }, inner])).toHaveLength(2);
    expect(told('真人百家乐', [inner, { term: '真人百家乐', category: 'gambling', tier: 'review' }])).toEqual(
      ['gambling 真人百家乐', 'gambling 百家乐'],
    );
  });
});

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

  it.each([
    '警方提醒：“注册送彩金”“首存送彩金”都是赌博网站的引流手段，切勿点击，远离网络赌博。',
    '2025年3月，被告人李某在微信群内出售考试答案，被公安机关抓获，法院以组织考试作弊罪判处有期徒刑一年。',
    '同学们要警惕“高薪刷单”“日结刷单”骗局，刷单就是诈骗，不要轻信，遇到诈骗请及时拨打96110。',
    '认识毒品：常见毒品有鸦片、海洛因、冰毒、大麻、摇头丸、K粉等，吸毒会严重危害身体健康。',
    '六年级（2）班召开“珍爱生命 拒绝毒品”主题班会，班主任讲解了冰毒的成瘾性。',
    '什么是校园贷？校园贷是指面向在校学生的网络贷款，常以“无抵押贷款秒批”为诱饵，请同学们增强防范意识。',
    '上头电子烟含有合成大麻素，属于新型毒品，青少年应坚决抵制。',
    '我校严格落实考风考纪，凡有代考、替考、抄袭等作弊行为的，一律取消考试资格。',
    '不法分子以“银行卡四件套”高价收购为名，诱骗学生出售银行卡，涉嫌帮助信息网络犯罪活动罪。',
    '春节将至，民警走进社区宣讲扫黄打非，严厉打击黄色网站、淫秽书刊、色情视频。',
    '防溺水六不准：不私自下水游泳；不擅自与他人结伴游泳；不在无家长或老师带领的情况下游泳。',
    '根据《刑法》第三百零三条，以营利为目的，聚众赌博或者以赌博为业的，处三年以下有期徒刑。',
    '林则徐虎门销烟，销毁鸦片，揭开了中国近代史的序幕。吗啡在医学上用于止痛。',
    '《宪法》是国家的根本大法，学习宪法、尊崇宪法、弘扬宪法精神。',
    '遭遇校园欺凌怎么办？第一时间告诉老师和家长，必要时报警。',
    '彩票、老虎机、百家乐都是赌博，十赌九输，害人害己。',
    '网络游戏外挂、裸聊敲诈、冒充公检法、杀猪盘是常见的电信诈骗手法。',
    '请家长关注孩子的网络使用，避免接触色情、暴力、赌博等不良信息。',
    '案例一：小王在网上看到“办理假证”的广告，转账后被骗2000元。',
    '裸聊诈骗怎么防？不要随便添加陌生人，不要下载来历不明的软件。',
    '关于开展打击整治“代写论文、论文代写”专项行动的通知',
    '语文课文《孔乙己》讲读。给校园带来了欢乐，实时采集数据，福利机构。',
  ])('does not alarm about a warning that quotes what it warns of: %s', (text) => {
    expect(scanText(text, starter).findings).toEqual([]);
  });

  it('alarms about an offer that names a way to take it up, whatever is around it', () => {
    expect(rules('警惕骗局！谨防上当受骗！民警提醒。日结刷单，加微信 abc12345')).toContain('term.fraud');
    expect(rules('主题班会 真人百家乐平台 皇冠体育 一肖一码')).toContain('term.gambling');
  });

  it.each([
    '监测发现某校网站被黑客植入“澳门赌场”“成人电影”等暗链，现予通报，请立即排查整改。',
    '操场边的公告栏贴着“代写论文，先付定金，过后付尾款”的小广告，保卫处一经查实将严肃处理，请同学们检举。',
  ])('does not alarm about a report that quotes an offer in quotation marks: %s', (text) => {
    expect(scanText(text, starter).findings).toEqual([]);
  });

  it('is not excused by one phrase of warning that only stands before the offer', () => {
    expect(rules('谨防诈骗！今晚特马资料，平特一肖')).toContain('term.gambling');
    expect(rules('学校开展法治教育。\n举报电话：13800138000\n真人荷官开户，纸飞机 @abc')).toContain(
      'term.gambling',
    );
  });

  it('takes a term that a long text names in passing for a hint, and one beside an offer for an alarm', () => {
    const essay = (part: string) =>
      `那年夏天，我和爷爷坐在河边的柳树下，看水面一点一点暗下去。${'风吹过来的时候，'.repeat(12)}${part}`;
    const severities = (part: string) => scanText(essay(part), starter).findings.map((one) => one.severity);
    expect(severities('他说，人生不像赌博那样有输赢。')).toEqual(['low']);
    expect(severities('百家乐，真人荷官，返水。')).toContain('high');
  });

  it('takes two terms by their sound for a disguise, one for a hint', () => {
    const severities = (text: string) => scanText(text, starter).findings.map((one) => one.severity);
    expect(severities('无马高清')).toEqual(['low']);
    expect(severities('无马高清，城人电影')).toEqual(['medium', 'medium']);
  });

  it('explains what it found and what it did not report, in both languages', () => {
    const { findings, suppressed } = scanText('真/人/百/家/乐/平/台，禁毒课认识海洛因', starter);
    const told = findings.map((one) => explainFinding(one).zh).join();
    expect(told).toContain('字间插入了符号；对应词条“百家乐平台”；词表 starter@2026.5');
    expect(explainFinding(suppressed.at(-1)!)).toEqual({
      zh: expect.stringContaining('未报告：上下文是防范教育或案情通报（“禁毒”）'),
      en: expect.stringContaining('not reported: the passage warns of it ("禁毒")'),
    });
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

describe('what is named and not offered', () => {
  const alarms = (text: string) =>
    scanText(text, starter).findings.filter(({ severity }) => !/^(?:info|low)$/.test(severity));

  it.each([
    '凡买卖论文、代写代发的一票否决。',
    '论文代写？小心人财两空。',
    '我校驾校班不代考，按大纲学满学时。',
    '所谓“高考改分”都是假的，成绩由考试院统一发布。',
    '常见形式有：百家乐、老虎机、炸金花、时时彩，十赌九输。',
    '若孩子谈到“串关”“盘口”“买球”，先问问他从哪儿听来的。',
    '某干部用手机拍摄标有“机密★10年”字样的文件，被严肃处理。',
    '易制毒化学品须双人双锁保管。',
  ])('does not alarm: %s', (text) => {
    expect(alarms(text)).toEqual([]);
  });

  it('finds the same where it is offered', () => {
    for (const text of [
      '论文代写，小心人财两空？找我们，先写后付，加微信 lw_7788',
      '百家乐、老虎机、炸金花、时时彩，样样都有，注册就送',
      '机密★10年',
    ])
      expect(alarms(text), text).not.toEqual([]);
  });

  it('hears jargon in other characters of the same sound only beside a way to take it up', () => {
    const rules = (text: string) => alarms(text).map(({ rule }) => rule);
    expect(
      rules('四陆级带考包果，考钱给达案，加微信 kaoshi001').some((rule) => rule.startsWith('offer.')),
    ).toBe(true);
    expect(rules('老师带考生参观了考场，大家都把包裹放在门外。')).toEqual([]);
  });

  it('sees an account that is written apart or with signs between', () => {
    for (const account of ['v x 6 6 8 8 a b', '薇❤️ banzheng88', 'ＱＱ⑥⑥⑦⑦⑧⑧⑨⑨'])
      expect(
        alarms(`办证刻章，毕业证学位证，先样后款，${account}`).map(({ severity }) => severity),
        account,
      ).toContain('high');
  });
});

describe('offers told by their jargon', () => {
  /** Hints for a human aside. */
  const offers = (text: string) =>
    scanText(text, starter).findings.filter(
      ({ rule, severity }) => rule.startsWith('offer.') && severity !== 'low',
    );

  it('finds a trade whose brand no list names, higher with a way to take it up', () => {
    const trade = '新开盘口，让球串关高水位，洗码日结，欢迎咨询客服，推荐注册';
    expect(offers(trade).map(({ rule, severity }) => [rule, severity])).toEqual([
      ['offer.gambling', 'medium'],
    ]);
    const [finding] = offers(`${trade}，加微信 zhuang_8899`);
    expect([finding!.rule, finding!.severity]).toEqual(['offer.gambling', 'high']);
    expect(explainFinding(finding!).zh).toContain('招揽');
    expect(
      offers('现场看货满意付款，货到付款，保密发货，联系老板 QQ 1234509876').map(({ rule }) => rule),
    ).toEqual(['offer.commerce']);
  });

  it('leaves notices alone that use the same words, and lessons that tell them', () => {
    for (const text of [
      '国家助学贷款办理：持身份证、银行卡到资助中心，额度两万元，利息由财政补贴，放款后短信通知，联系电话 0551-62345678，官网入口免费下载申请表',
      '棋牌俱乐部和电竞社招新，免费加入，联系社长微信 qipai_2026，麻将不行，围棋可以',
      '历年中考真题和答案免费下载，加入答疑QQ群 123456789，考前每天练一套',
      '公开招聘教师：毕业证、学位证、资格证、身份证，专业对口，联系人事处微信 rsc_2026',
    ])
      expect(offers(text), text).toEqual([]);
    const lesson =
      '民警讲解赌博的危害：盘口、让球、串关、洗码都是骗局，客服推荐注册、免费体验、秒到账是诱饵，不要上当，已有多人被骗后报警。';
    expect(offers(lesson)).toEqual([]);
    expect(scanText(lesson, starter).suppressed.some(({ rule }) => rule === 'offer.gambling')).toBe(true);
  });

  it('does not take words of one warning for several, nor a notice for the excuse of what was appended', () => {
    const found = (text: string) =>
      scanText(text, starter).findings.some(({ severity }) => severity === 'high');
    expect(
      found('拒绝假货！认准皇冠体育，足球投注高水位，首存翻倍，联系客服领取。法治教育，人人有责。'),
    ).toBe(true);
    expect(
      found(
        '各班要加强安全教育，提高防范意识，严禁携带管制刀具，防止欺凌。\u2029成人视频免费看，裸聊直播，约炮，点击进入。\u2029',
      ),
    ).toBe(true);
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
    ['an amount of money', '成交金额:13805581234元，库存 13805581234 吨'],
    ['the number of a document', '教基〔2026〕13805581234号'],
    ['an ISBN', 'ISBN 978-7-04-048765-1'],
  ])('does not take %s for a personal number', (_, text) => {
    expect(scanText(text, starter).findings).toEqual([]);
  });

  it.each([
    ...['+8613812345678', '＋86138 1234 5678', '008613812345678', '0086-138-1234-5678', '138-12345678'],
    ...['1381234-5678', '联系电话：8613812345678', '（13812345678）'],
  ])('finds a mobile however it is written: %s', (text) => {
    expect(rules(`家长 ${text}。`)).toEqual(['personal.mobile']);
  });

  it.each(['条码 8613812345678', '8613812345678', 'IMEI 861381234567801', '+8513812345678', '013812345678'])(
    'takes no number for a mobile that is another one: %s',
    (text) => expect(rules(`盒上 ${text}。`)).toEqual([]),
  );

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

  it('finds an identity number of which each digit stands in a box of a form', () => {
    const id = [...withCheckDigit('33110220150101001')];
    for (const between of [' ', '\t', '|', '\n\t'])
      expect([between, rules(`身份证号 ${id.join(between)} 完`)]).toEqual([between, ['personal.id-card']]);
    const wrong = [...id.slice(0, 16), '9', id[17]];
    expect(rules(wrong.join('\t'))).toEqual([]);
    // One more digit in the row: a table of numbers, not a number.
    expect(rules(`7\t${id.join('\t')}`)).toEqual([]);
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

  it('asks somebody to look at an examination paper, whatever it prints', () => {
    const paper = '绝密★启用前 2026年示例市高三第二次模拟考试 数学 考生注意：满分150分';
    expect(scanText(paper, starter).findings.map(({ severity }) => severity)).toEqual(['medium']);
    const list = '绝密★启用前 应急物资分布表';
    expect(scanText(list, starter).findings.map(({ severity }) => severity)).toEqual(['critical']);
  });
});
