import { describe, expect, it } from 'vitest';
import { createRuleset, scanBytes } from '#scan';
import { createFilingReader, type ShownFiling } from './filing-reader.ts';
import { type FiledSite, judgeFiling, type OwnFiling } from './filing-rules.ts';
import { isMissingNotice, isMissingPage } from './missing-rules.ts';
import { createFactsReader } from './page-facts.ts';
import { readRobots } from './robots.ts';
import { allowedHost, firstCheckDelay, judgeCrawl, type Outcome, outcomeOf, politenessMs } from './rules.ts';

const page = (outcome: Outcome, error: string | null = null) => ({ outcome, error });
const facts = { home: page('read'), pages: [page('read')], seen: 0, open: 0, left: 0 };

describe('politeness', () => {
  it('waits a second between requests unless every answer came from this machine', () => {
    expect(politenessMs(new Set(['127.0.0.1', '::1']), 5)).toBe(0);
    expect(politenessMs(new Set(['127.0.0.1', '198.51.100.7']), undefined)).toBe(1000);
    expect(politenessMs(new Set(['2001:db8::1']), 0.2)).toBe(1000);
  });

  it('obeys a Crawl-delay up to ten seconds', () => {
    expect(politenessMs(new Set(['198.51.100.7']), 4)).toBe(4000);
    expect(politenessMs(new Set(['198.51.100.7']), 86_400)).toBe(10_000);
  });

  it('spreads the first checks of a large import over ten seconds, and delays a single one not at all', () => {
    expect(firstCheckDelay('www.school.example', 1)).toBe(0);
    const delays = Array.from({ length: 200 }, (_, n) => firstCheckDelay(`www${n}.school.example`, 200));
    expect(Math.max(...delays)).toBeLessThan(10_000);
    expect(new Set(delays.map((delay) => Math.floor(delay / 1000))).size).toBe(10);
  });
});

describe('a verdict', () => {
  it('is clean only when the home page was read and no known fault is left unseen', () => {
    expect(judgeCrawl(facts)).toEqual({ state: 'clean', reason: null });
    expect(judgeCrawl({ ...facts, open: 1 }).state).toBe('faulty');
    const outcomes: Outcome[] = ['partial', 'gone', 'refused', 'unreachable', 'unread', 'skipped'];
    for (const outcome of outcomes) {
      const verdict = judgeCrawl({ ...facts, home: page(outcome, '原因') });
      expect(verdict.state).not.toBe('clean');
      expect(verdict.reason).toContain('原因');
    }
    expect(judgeCrawl({ ...facts, home: null, pages: [] }).state).toBe('failed');
  });

  it('counts a fault that was seen whatever else failed', () => {
    expect(judgeCrawl({ ...facts, home: page('refused', '403'), seen: 1 }).state).toBe('faulty');
  });

  it('tells how many links were beyond the limit', () => {
    expect(judgeCrawl({ ...facts, left: 12 })).toMatchObject({
      state: 'clean',
      reason: expect.stringContaining('12'),
    });
  });

  it.each([
    [200, '', 'read'],
    [404, '网站防火墙', 'gone'],
    [403, '', 'refused'],
    [200, '您的访问请求被拦截', 'refused'],
    [502, '', 'unreachable'],
    [304, '', 'unreachable'],
  ] as const)('takes status %i with the text "%s" as %s', (status, sample, outcome) => {
    expect(outcomeOf(status, 100, sample)).toBe(outcome);
  });

  it('does not take a long article about firewalls for one', () => {
    expect(outcomeOf(200, 50_000, '网站防火墙')).toBe('read');
  });
});

describe('the crawl address', () => {
  it.each([
    ['http://a.example/', '127.0.0.1:18083', { host: 'a.example', address: '127.0.0.1', port: 18083 }],
    ['http://a.example:8080/', '192.0.2.1', { host: 'a.example', address: '192.0.2.1', port: 8080 }],
    ['https://a.example/', '[2001:db8::1]', { host: 'a.example', address: '2001:db8::1' }],
    ['https://a.example/', null, undefined],
  ])('of %s with %s is %o', (url, resolveTo, allowed) => {
    expect(allowedHost({ url, resolveTo })).toEqual(allowed);
  });
});

describe('robots.txt', () => {
  const origin = 'http://www.school.example';

  it('lets the group that names this crawler go before the one for all', () => {
    const rules = readRobots(
      origin,
      'User-agent: *\nDisallow: /\n\nUser-agent: JiaodunWatch/1.0\nDisallow: /private\n',
    );
    expect(rules.isAllowed(`${origin}/`)).toBe(true);
    expect(rules.isAllowed(`${origin}/private/x`)).toBe(false);
  });

  it('lets the longest rule win, and reads several agents before one group', () => {
    const rules = readRobots(
      origin,
      'User-agent: a\nUser-agent: *\nDisallow: /x\nAllow: /x/open\nCrawl-delay: 3',
    );
    expect(rules.isAllowed(`${origin}/x/1`)).toBe(false);
    expect(rules.isAllowed(`${origin}/x/open/1`)).toBe(true);
    expect(rules.crawlDelay).toBe(3);
  });

  it('is not multiplied by a file of many agents and many rules, nor by wildcards', () => {
    const agents = 'user-agent:*\n'.repeat(15_000);
    const rules = readRobots(origin, `${agents}${`disallow:/${'*a'.repeat(200)}b\n`.repeat(700)}`);
    expect(rules.isAllowed(`${origin}/${'a'.repeat(1900)}`)).toBe(true);
  });
});

describe('what is kept of a page', () => {
  const url = 'http://www.school.example/news/1.html';
  const ruleset = createRuleset([]);
  const read = async (html: string) => {
    const reader = createFactsReader(url);
    await scanBytes({ name: 'page.html', bytes: Buffer.from(html), url }, ruleset, undefined, () => reader);
    return reader.result();
  };

  it('is the visible text by blocks, whatever is left open, nested too deep or told twice', async () => {
    const { facts } = await read(
      `<title>首页 &amp; 新闻<title>二</title><p class=a>一<b>二<p>三&lt;四</b><script>无</script><noscript>无</noscript>
      <li>五<li>六<br>七<textarea>无</textarea></ul>${'<i>'.repeat(700)}八<div>九</div>${'</i>'.repeat(700)}十`,
    );
    expect(facts.title).toBe('首页 & 新闻<title>二');
    expect(facts.blocks).toEqual(['一二', '三<四', '五', '六', '七八', '九十']);
    const same = await read('<title>首页</title><body><p class=a>x</p><p class=a>y</p></body>');
    expect(same.facts.skeleton).toHaveLength(2);
  });

  it('has the filing numbers of a page of any length, with where their links lead', async () => {
    const footer = `<p>版权所有 <a href="https://beian.miit.gov.cn/">闽ICP备</a><b>2024000001号-1</b>
      <a href="http://www.beian.gov.cn/x"><img src="b.png" alt="闽公网安备 35010202001234号"></a></p>`;
    const expected = [
      { kind: 'icp', number: '闽ICP备2024000001号-1', link: 'https://beian.miit.gov.cn/' },
      { kind: 'police', number: '闽公网安备35010202001234号', link: 'http://www.beian.gov.cn/x' },
    ];
    for (const size of [10_000, 100_000, 1_000_000]) {
      const long = '<p>学校新闻一条，备课组公开课。</p>'.repeat(Math.ceil(size / 24));
      if (size < 1_000_000)
        expect((await read(`<body>${long}${footer}`)).facts.filings, `${size}`).toEqual(expected);
      // In one element without an end, and before what follows.
      const flat = `<body><span>${'学校新闻一条，'.repeat(Math.ceil(size / 7))}`;
      expect(
        (await read(`${flat}${footer}<p>${'后面还有。'.repeat(20_000)}`)).facts.filings,
        `${size}`,
      ).toEqual(expected);
    }
  });

  it('has them wherever the windows of the reading meet, the footer’s too where many are listed', () => {
    for (let lead = 32_500; lead < 32_800; lead += 7) {
      const reader = createFilingReader();
      reader.text('文'.repeat(lead));
      for (const char of '闽ICP备 2024000001号-1') reader.text(char);
      reader.text('字'.repeat(40_000));
      expect(reader.result(), `${lead}`).toEqual([
        { kind: 'icp', number: '闽ICP备2024000001号-1', link: null },
      ]);
    }
    const many = createFilingReader();
    for (let n = 0; n < 5000; n++) many.text(`闽ICP备${20_000_000 + n}号，`);
    many.text('闽ICP备2024000001号');
    const shown = many.result();
    expect(shown).toHaveLength(20);
    expect(shown.at(-1)?.number).toBe('闽ICP备2024000001号');
  });

  it('has the numbers that a script writes and the pages inside it, but no number of a comment or a style', async () => {
    const { facts } = await read(`<iframe src="/foot.html"></iframe><iframe src="//ads.example/x"></iframe>
      <!-- 闽ICP备11111111号 --><style>.a::after{content:"闽ICP备22222222号"}</style>
      <script>document.write('<a href="#">闽ICP备2024000001号</a>')</script>`);
    expect(facts.filings).toEqual([{ kind: 'icp', number: '闽ICP备2024000001号', link: null }]);
    expect(facts.frames).toEqual(['http://www.school.example/foot.html']);
  });

  it('tells the ways in which visitors leave something behind', async () => {
    const { facts } = await read(
      '<form action=/guestbook/add><input type=Password><input type=file><a href=/bbs/>x</a></form>',
    );
    expect([...facts.interactive].sort()).toEqual(['bbs', 'guestbook', 'login', 'upload']);
    const search = await read('<form action="/plus/search.php"><input name=q></form>');
    expect(search.facts.interactive).toEqual(['search']);
  });
});

describe('the filing numbers of a home page', () => {
  const own: OwnFiling = {
    id: 's1',
    unitId: 'u1',
    icpNo: '闽ICP备2024000001号-1',
    policeNo: '闽公网安备 35010202001234号',
  };
  const other = (id: string, unitId: string, icpNo: string | null, policeNo: string | null = null) => ({
    id,
    unitId,
    icpNo,
    policeNo,
    name: `${id}的网站`,
    unitName: `单位${unitId}`,
  });
  const miit = 'https://beian.miit.gov.cn/#/Integrated/index';
  const police = { kind: 'police', number: '公网安备35010202001234号', link: null } as const;
  const icp = (number: string, link: string | null = miit) => ({ kind: 'icp', number, link }) as const;
  const rulesOf = (
    filings: readonly ShownFiling[],
    fleet: FiledSite[] = [],
    { isWhole = true, entry = own, filingLinks = [] as string[] } = {},
  ) =>
    judgeFiling('http://www.school.example/', { filings, filingLinks, isWhole }, entry, fleet).map(
      ({ rule }) => rule.slice('filing.'.length),
    );

  it('are right with the subject’s number and a link to the ministry', () => {
    for (const number of ['闽ICP备2024000001号-1', '闽ICP备2024000001号', '闽ICP备2024000001号-1X']) {
      expect(rulesOf([icp(number), police]), number).toEqual([]);
    }
    expect(rulesOf([icp('闽ICP备2024000001号', null), police], [], { filingLinks: [miit] })).toEqual([]);
    expect(rulesOf([icp('沪ICP备12345678号'), icp('闽ICP备2024000001号'), police])).toEqual([]);
  });

  it('are missing only where all of the page was seen', () => {
    expect(rulesOf([])).toEqual(['icp-missing', 'police-missing']);
    expect(rulesOf([], [], { isWhole: false })).toEqual([]);
  });

  it('are told apart: wrong, another unit’s, another site’s of the same subject', () => {
    expect(rulesOf([icp('闽ICP备2024000002号'), police])).toEqual(['icp-differs']);
    const stranger = other('s9', 'u9', '闽ICP备2024000002号-3');
    expect(rulesOf([icp('闽ICP备2024000002号'), police], [stranger])).toEqual(['icp-foreign']);
    const none = { ...own, icpNo: null, policeNo: null };
    expect(rulesOf([icp('闽ICP备2024000002号')], [stranger], { entry: none })).toEqual(['icp-foreign']);
    expect(rulesOf([icp('闽ICP备2024000009号')], [], { entry: none })).toEqual([]);
    const sister = other('s2', 'u1', '闽ICP备2024000001号-2');
    expect(rulesOf([icp('闽ICP备2024000001号-2'), police], [sister])).toEqual(['icp-other-site']);
    expect(rulesOf([icp('闽ICP备2024000001号-7'), police], [sister])).toEqual([]);
    expect(
      rulesOf(
        [icp('闽ICP备2024000001号'), { ...police, number: '公网安备35010202009999号' }],
        [other('s8', 'u8', null, '闽公网安备35010202009999号')],
      ),
    ).toEqual(['police-foreign']);
    const [fault] = judgeFiling(
      'http://www.school.example/',
      { filings: [{ ...police, number: '闽公网安备350102020012号' }], filingLinks: [], isWhole: true },
      { ...own, icpNo: null },
      [],
    );
    expect(fault).toMatchObject({ rule: 'filing.police-differs' });
    expect(fault?.context).toContain('写了12位');
  });

  it('are linked to the ministry and to nothing that only looks like it', () => {
    const linked = (link: string | null) => rulesOf([icp('闽ICP备2024000001号', link), police]);
    expect(linked(null)).toEqual(['icp-link']);
    for (const link of [
      'http://beian.miit.gov.cn.bet.example/',
      'http://www.miitbeian.gov.cn/',
      'http://www.school.example/about',
    ])
      expect(linked(link), link).toEqual(['icp-link-wrong']);
    expect(rulesOf([icp('闽ICP备2024000001号'), { ...police, link: 'http://bet.example/' }])).toEqual([
      'police-link-wrong',
    ]);
  });
});

describe('a page that says that there is none', () => {
  const facts = (title: string, blocks: string[], skeleton = [1, 2, 3]) => ({
    title,
    blocks,
    skeleton,
    needsBrowser: false,
  });

  it('is known by its words when it says nothing else', () => {
    for (const text of [
      '您访问的页面不存在或已被删除',
      '抱歉，没有找到您要访问的网页',
      '404',
      'Page not found',
      '该信息已被移除！返回首页',
    ])
      expect(isMissingNotice(facts('提示', [text])), text).toBe(true);
    const long = '我们的网页不存在死链，'.repeat(30);
    for (const [title, text] of [
      ['招领启事', '三年级同学的水杯找不到了，拾到者请交到传达室'],
      ['房间安排', '404 教室今天上午考试'],
      ['建设', long],
      ['通知', '不存在的事情不要传播'],
    ] as const)
      expect(isMissingNotice(facts(title, [text])), text).toBe(false);
  });

  it('is known by what the site shows for an address that nobody made, wherever its address is repeated', () => {
    const at = (path: string, shown: ReturnType<typeof facts>) => ({
      url: `http://www.school.example${path}`,
      facts: shown,
    });
    const home = at('/', facts('首页', ['新闻', '通知']));
    const missing = at('/x1f.html', facts('提示', ['菜单', '/x1f.html 暂无内容', '2026-11-23 10:00']));
    const same = facts('提示', ['菜单', '/%E6%97%A7.html 暂无内容', '2026-11-24 09:30']);
    expect(isMissingPage(at('/%E6%97%A7.html', same), missing, home)).toBe(true);
    expect(isMissingPage(at('/a.html', facts('提示', ['菜单', '家长须知', '放学安排'])), missing, home)).toBe(
      false,
    );
    expect(isMissingPage(at('/a.html', { ...same, skeleton: [7, 8, 9] }), missing, home)).toBe(false);
    // Some sites show their home page for every address: then nothing can be said.
    const spa = at('/x2.html', home.facts);
    expect(isMissingPage(at('/index.html', home.facts), spa, home)).toBe(false);
  });
});

describe('the links of a page', () => {
  const url = 'http://www.school.example/news/1.html';
  const ruleset = createRuleset([]);
  const linksOf = async (html: string) => {
    const reader = createFactsReader(url);
    await scanBytes({ name: 'page.html', bytes: Buffer.from(html), url }, ruleset, undefined, () => reader);
    return reader.result().links;
  };

  it('are resolved against base, once each, without fragment and credentials', async () => {
    const html = `<base href="/other/"><base href="/ignored/"><a href="a.html#x">1</a><a href="a.html#y">2</a>
      <a href="//user:secret@cdn.example/b">3</a><area href="?q=中文&amp;x=1"><frame src="f"><object data="o">`;
    expect(await linksOf(html)).toEqual([
      'http://www.school.example/other/a.html',
      'http://cdn.example/b',
      'http://www.school.example/other/?q=%E4%B8%AD%E6%96%87&x=1',
      'http://www.school.example/other/f',
      'http://www.school.example/other/o',
    ]);
  });

  it('leave out what is no page: scripts, mail, data, and addresses of absurd length', async () => {
    const html = `<a href="javascript:x">1</a><a href="mailto:a@b.example">2</a><a href="data:text/html,x">3</a>
      <a href="#top">4</a><a href="">5</a><a href="http://">6</a><a href="/${'x'.repeat(3000)}">7</a>`;
    expect(await linksOf(html)).toEqual([]);
  });

  it('leave out what a base leads to nowhere', async () => {
    for (const base of ['ftp://files.example/', 'data:text/html,x', 'javascript:1', 'mailto:a@b.example'])
      expect(await linksOf(`<base href="${base}"><a href="/a/b.html">1</a><a href="c.html">2</a>`)).toEqual(
        [],
      );
    expect(
      await linksOf('<base href="http://u:p@other.example:8080/x"><a href="/a/b.html?c=1">1</a>'),
    ).toEqual(['http://other.example:8080/a/b.html?c=1']);
  });

  it('follow a refresh however it is written, and stop at two thousand', async () => {
    for (const content of ['0;url=/r', "5; URL='/r'", '0, /r']) {
      expect(await linksOf(`<meta http-equiv=Refresh content="${content}">`)).toEqual([
        'http://www.school.example/r',
      ]);
    }
    const many = Array.from({ length: 5000 }, (_, n) => `<a href="/${n}">`).join('');
    expect(await linksOf(many)).toHaveLength(2000);
  });
});
