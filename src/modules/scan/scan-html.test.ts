import { describe, expect, it } from 'vitest';
import { createRuleset, starterTermList } from './ruleset.ts';
import { scanHtml } from './scan-html.ts';

const ruleset = createRuleset([starterTermList]);
const scan = (html: string, url = 'http://www.school.example/index.html') =>
  scanHtml(html, ruleset, { url }).findings;
const links = (html: string, url?: string) =>
  scan(html, url).filter((finding) => finding.kind === 'hidden-link');
const away = '<a href="http://other.example/">友情链接</a>';

describe('scanHtml', () => {
  it('finds white links on the white of a page that paints no ground, links in hidden boxes and for no browser', () => {
    for (const [part, sign] of [
      [`<font color="#fefefe">${away}</font>`, 'white-text'],
      [`<textarea style="display:none">${away}</textarea>`, 'textarea'],
      [`<noscript>${away}</noscript>`, 'noscript'],
      [`<!--[if lt IE 8]>${away}<![endif]-->`, 'conditional-comment'],
    ] as const)
      expect(
        links(`<body><p>新闻</p>${part}<p>欢迎</p>`).map(({ rule }) => rule),
        part,
      ).toEqual([`hidden-link.${sign}`]);
    for (const part of [
      `<link rel=stylesheet href=a.css><font color=white>${away}</font>`,
      `<div style="background:url(a.png)"><font color=white>${away}</font></div>`,
      `<table background="a.png"><tr><td><font color=white>${away}</font></table>`,
      `<textarea style="display:none"><a href="/own.html">本站</a>${away}</textarea>`,
      `<textarea>${away}</textarea>`,
      `<noscript>请启用 JavaScript ${away}</noscript>`,
      '<noscript><a href="http://counter.example/"><img src="http://counter.example/1.gif"></a></noscript>',
    ])
      expect(links(`<body><p>新闻</p>${part}<p>欢迎</p>`), part).toEqual([]);
  });

  it('finds titles made for search engines, and leaves the ones of schools and notices alone', () => {
    const rules = (title: string) =>
      scan(`<title>${title}</title><body><p>新闻动态</p></body>`).map(({ rule }) => rule);
    expect(rules('星际体育_星际官方网站-登录入口APP下载')).toEqual(['stuffing.title']);
    expect(rules('希望中学官方网站-登录入口-首页-APP下载')).toEqual([]);
    expect(rules('钉钉客户端下载-登录入口')).toEqual([]);
  });

  it('places a term in the source, through entities, comments and inline tags', () => {
    const html = '<p>网&#32476;<b>赌</b><!-- x -->&#x535A;平台</p>';
    const found = scan(html).map((finding) => html.slice(finding.start, finding.end));
    expect(found).toContain('网&#32476;<b>赌</b><!-- x -->&#x535A;');
    expect(found).toContain('赌</b><!-- x -->&#x535A;平台');
  });

  it('does not join the words of two paragraphs or cells', () => {
    expect(scan('<p>打赌</p><p>博物馆</p><table><tr><td>赌<td>博</table>')).toEqual([]);
  });

  it('reads title, keywords, description and alternative texts', () => {
    const html =
      '<title>真人百家乐</title><meta content="六合彩开奖" name="Keywords"><img alt="裸聊直播"><script>var t="\\u771f\\u4eba\\u767e\\u5bb6\\u4e50"</script>';
    const found = scan(html).map((finding) => html.slice(finding.start, finding.end));
    expect(found).toContain('真人百家乐');
    expect(found).toContain('六合彩开奖');
    expect(found).toContain('裸聊直播');
    expect(found).toContain('\\u771f\\u4eba\\u767e\\u5bb6\\u4e50');
  });

  it('does not let a lesson excuse what is hidden beside it or links to another site, nor a menu make a lesson', () => {
    const lesson = '<p>禁毒主题班会上，民警讲解毒品的危害，同学们承诺远离毒品。</p>';
    const terms = (html: string) => scan(html).filter((one) => one.kind === 'term' && one.severity !== 'low');
    expect(terms(`${lesson}<p>认识冰毒、大麻</p>`)).toEqual([]);
    expect(terms(`${lesson}<div style="display:none"><p>冰毒</p></div>`)).toHaveLength(1);
    expect(terms(`${lesson}<a href="http://other.example/">冰毒</a>`)).toHaveLength(1);
    expect(
      terms(`<a href="/1">禁毒教育</a><a href="/2">法治教育</a>${'<p>校园</p>'.repeat(20)}<p>冰毒</p>`),
    ).toHaveLength(1);
    const panel = `<div style="display:none"><h3>禁毒课</h3><p>冰毒的危害</p></div>`;
    expect(terms(panel)).toEqual([]);
  });

  it.each([
    ['display-none', `<div style="display:none">${away}</div>`],
    ['display-none', `<style>.q{color:red;DISPLAY : none !important}</style><div class="a q">${away}</div>`],
    ['display-none', `<style>#q{display:none}</style><p id=q>${away}`],
    [
      'display-none',
      `<div id="q">${away}</div><script>document.getElementById('q').style.display='none'</script>`,
    ],
    [
      'display-none',
      `<script>document.write('<div style="display:none">')</script>${away}<script>document.write("</div>")</script>`,
    ],
    ['display-none', `<div style="display:none"><div><span>${away}`],
    ['visibility-hidden', `<span style="visibility:hidden">${away}</span>`],
    ['off-screen', `<div style="position:absolute;left:-8000px">${away}</div>`],
    ['off-screen', `<div style="text-indent:-999em">${away}</div>`],
    ['font-size-0', `<div style="font-size:0">${away}</div>`],
    ['tiny-box', `<div style="width:1px;height:1px;overflow:hidden">${away}</div>`],
    ['tiny-box', `<div style="height:0;overflow:hidden">${away}</div>`],
    ['marquee-1px', `<marquee height=1 width=4 scrollamount=3000>${away}</marquee>`],
    [
      'same-colour',
      `<div style="background:#fff"><a href="http://other.example/" style="color:white">x</a></div>`,
    ],
    ['hidden-attribute', `<div hidden>${away}</div>`],
    ['tiny-box', `<iframe src="//other.example/x" width=0 height=0></iframe>`],
    ['tiny-box', `<div style="transform:scale(0)">${away}</div>`],
    ['transparent', `<div style="filter:alpha(opacity=0)">${away}</div>`],
    ['clipped', `<div style="clip-path:polygon(0 0,0 0,0 0)">${away}</div>`],
    ['behind', `<div style="position:absolute;z-index:-1">${away}</div>`],
    ['font-size-0', `<div style="letter-spacing:-999px">${away}</div>`],
    ['display-none', `<div style="dis/**/play:n\\6f ne">${away}</div>`],
    ['display-none', `<style>div[data-x="1"]{display:none}</style><div data-x="1">${away}</div>`],
    [
      'display-none',
      `<style>#foot .x li{display:none}</style><div id=foot><ul class=x><li>${away}</ul></div>`,
    ],
    [
      'off-screen',
      `<style>.a > .b{position:absolute;left:-2000px}</style><div class=a><p class=b>${away}</div>`,
    ],
    ['display-none', `<style>@media screen{.q{display:none}}</style><div class=q>${away}</div>`],
    [
      'same-colour',
      `<body style="background:#fff"><a href="http://other.example/" style="color:#fefefe">x</a>`,
    ],
    ['meta-refresh', '<meta http-equiv="Refresh" content="0; URL=http://other.example/">'],
    [
      'script-redirect',
      '<script>if(/baidu/.test(document.referrer)){location.href="http://other.example/"}</script>',
    ],
    ['script-source', '<script src="//www.bocai888.example/x.js"></script>'],
    ['noscript', `<noscript><a href="http://www.bet365-x.example/">x</a></noscript>`],
    ['conditional-comment', `<!--[if IE]><a href="http://other.example/">真人百家乐</a><![endif]-->`],
    ['display-none', `<div id=q>${away}</div><script>$("#q").hide()</script>`],
    ...['unescape', 'decodeURIComponent'].map((name) => [
      'display-none',
      `<script>document.write(${name}("${encodeURIComponent(`<i style="display:none">${away}</i>`)}"))</script>`,
    ]),
    [
      'display-none',
      `<script>document.write(atob("${btoa('<i hidden style="display:none"><a href="http://other.example/">x</a>')}"))</script>`,
    ],
    [
      'display-none',
      `<script>eval(String.fromCharCode(${[...`document.write('<i style="display:none"><a href="http://other.example/">x</a>')`].map((one) => one.charCodeAt(0)).join(',')}))</script>`,
    ],
    [
      'display-none',
      `<script>q.innerHTML='<i style="display:none"><a href="http://other.example/">x</a>'</script>`,
    ],
  ])('finds a link hidden by %s: %s', (sign, html) => {
    expect(links(html).map((finding) => finding.rule)).toEqual([`hidden-link.${sign}`]);
  });

  it.each([
    ['a visible link', away],
    [
      'a link of the own site',
      '<div style="display:none"><a href="/news">x</a><a href="http://oa.school.example/">y</a></div>',
    ],
    ['a link after the hidden block', `<div style="display:none">x</div>${away}`],
    ['a paragraph that the next one closes', `<p style="display:none">x<p>${away}`],
    ['a rule for print only', `<style>@media print{.q{display:none}}</style><div class=q>${away}</div>`],
    [
      'a menu that unfolds',
      `<style>.nav li ul{display:none}.nav li:hover ul{display:block}</style><div class=nav><ul><li><ul><li>${away}</ul></ul></div>`,
    ],
    [
      'a box that a script shows again',
      `<div id=q>${away}</div><script>$("#q").hide();$("#q").show()</script>`,
    ],
    [
      'advice for old browsers',
      `<!--[if lt IE 9]>请升级浏览器 ${away}<![endif]--><noscript>请启用脚本 ${away}</noscript>`,
    ],
    ['a counter of visits', '<script src="https://hm.counter.example/hm.js"></script>'],
    [
      'a page for telephones',
      '<script>if(/Mobile/.test(navigator.userAgent))location.href="http://m.school.example/"</script>',
    ],
    ['a rule for other surroundings', `<style>.foot .q{display:none}</style><div class=q>${away}</div>`],
    [
      'an inline style that shows',
      `<style>.q{display:none}</style><div class=q style="display:block">${away}</div>`,
    ],
    ['a void element that hides', `<input style="display:none">${away}`],
    [
      'a hidden element that a script wrote and closed',
      `<script>document.write("<i style='display:none'></i>")</script>${away}`,
    ],
  ])('does not report %s', (_, html) => {
    expect(links(html)).toEqual([]);
  });

  it('is certain when the text or the host of the hidden link promises gambling', () => {
    const hide = (inner: string) => links(`<div style="display:none">${inner}</div>`)[0]?.severity;
    expect(hide(away)).toBe('medium');
    expect(hide('<a href="http://other.example/">真人百家乐</a>')).toBe('critical');
    expect(hide('<a href="http://www.bet365-x.example/">x</a>')).toBe('critical');
    expect(hide('<a href="http://www.moe.gov.cn/">教育部</a>')).toBe('info');
  });

  it('gives the source range of the whole link', () => {
    const html = `<div style="display:none">\n${away}</div>`;
    const [finding] = links(html);
    expect(html.slice(finding!.start, finding!.end)).toBe(away);
  });

  it('reports a title in character references when the body is in plain text', () => {
    const encoded = [...'澳门赌场开户'].map((character) => `&#${character.codePointAt(0)};`).join('');
    const rules = (html: string) => scan(html).map((finding) => `${finding.rule} ${finding.severity}`);
    expect(rules(`<title>${encoded}</title><p>欢迎访问我校网站</p>`)).toContain(
      'stuffing.encoded-title critical',
    );
    expect(rules(`<title>${encoded}</title><p>${encoded}</p>`).join()).not.toContain('stuffing');
  });

  it('reads 3 MB of unclosed hidden containers and finds the last link', () => {
    const html = `${'<div style="display:none"><b>字'.repeat(110_000)}<a href="http://other.example/">真人百家乐</a>`;
    expect(html.length).toBeGreaterThan(3_000_000);
    expect(
      links(html).map((finding) => [finding.severity, html.slice(finding.start, finding.start + 9)]),
    ).toEqual([['critical', '<a href="']]);
  });

  it.each([
    '<',
    '<a href="',
    '&#',
    '<title>',
    '<script>document.write("<a',
    '<style>.a{',
    '<!--',
    '<p style="color:',
  ])('survives a page that is %s repeated and cut off', (unit) => {
    expect(() => scan(unit.repeat(20_000))).not.toThrow();
  });
});
