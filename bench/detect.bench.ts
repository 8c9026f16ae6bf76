/**
 * What the scan finds and what it must not, per family, on a generated corpus (seeded): identity numbers, cards and
 * mobiles against numbers that look like them, hidden links against clean pages that use the same means, and pages in
 * every charset. The corpus is written from the definitions, not from the rules of the scan.
 */
import { createRuleset, decodeBytes, starterTermList } from '#scan';
import { scanHtml } from '../src/modules/scan/scan-html.ts';
import { scanText } from '../src/modules/scan/scan-text.ts';
import { charsetFamilies } from './detect/charsets.ts';
import { cleanVariants } from './detect/clean-lookalikes.ts';
import { heldOut, type Kind } from './detect/held-out.ts';
import { beyondSource, hiddenVariants } from './detect/hidden-variants.ts';
import { personalForms, personalLookalikes } from './detect/personal-forms.ts';
import { type Figure, rounded } from './figure.ts';
import { seeded } from './seeded.ts';

const COMMAND = 'npm run bench -- detect';
const EACH = 400;

const { below, pick } = seeded(20261123);
const digits = (count: number) => Array.from({ length: count }, () => below(10)).join('');
const two = (value: number) => String(value).padStart(2, '0');

const REGIONS =
  '110105 310104 330102 331002 340104 350203 370202 410105 420106 430104 440305 510107 610113'.split(' ');
const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const checkOf = (body: string) =>
  '10X98765432'[WEIGHTS.reduce((sum, weight, at) => sum + weight * Number(body[at]), 0) % 11]!;

function idNumber(): string {
  const body = `${pick(REGIONS)}${1950 + below(70)}${two(1 + below(12))}${two(1 + below(28))}${digits(3)}`;
  return body + checkOf(body);
}

function luhn(body: string): string {
  const sum = [...body].reverse().reduce((total, digit, at) => {
    const value = Number(digit) * (at % 2 === 0 ? 2 : 1);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return body + ((10 - (sum % 10)) % 10);
}

const card = () => luhn(pick(['621700', '622202', '622848', '621661']) + digits(12));
const mobile = () => `1${pick(['38', '39', '50', '58', '77', '86', '91'])}${digits(8)}`;

/** Right forms, with the rule that must tell them. */
const personal: readonly (readonly [rule: string, make: () => string])[] = [
  ['personal.id-card', () => `${pick(['身份证号：', '张三 ', '', '证件号码 '])}${idNumber()}`],
  ['personal.id-card', () => idNumber().replace(/^(.{6})(.{8})/, '$1 $2 ')],
  ['personal.bank-card', () => `${pick(['卡号 ', '开户行：中国银行 账号：', '工资卡：'])}${card()}`],
  ['personal.bank-card', () => `银行卡 ${card().replace(/(\d{4})(?=\d)/g, '$1 ')}`],
  ['personal.mobile', () => `${pick(['联系电话：', '手机 ', '家长：王五 '])}${mobile()}`],
  ['personal.mobile', () => mobile().replace(/^(.{3})(.{4})/, '$1-$2-')],
];

/** Numbers that only look like them. */
const lookalikes: readonly (readonly [name: string, make: () => string])[] = [
  [
    'identity number with a wrong check digit',
    () =>
      idNumber()
        .replace(/.$/, (last) => (last === '5' ? '6' : '5'))
        .replace(/^(.{17})(.)$/, (all, body, last) =>
          checkOf(body) === last ? `${body}${last === '1' ? '2' : '1'}` : all,
        ),
  ],
  ['order number', () => `订单号：${luhn(`62${digits(16)}`)}`],
  ['parcel number', () => `快递单号 ${mobile()}`],
  ['social credit code', () => `统一社会信用代码 ${pick(['91', '12', '52'])}${pick(REGIONS)}MA${digits(7)}X`],
  [
    'time stamp',
    () =>
      `${pick(['20261123', '20250901'])}${two(below(24))}${two(below(60))}${two(below(60))}${digits(3)} 17${digits(11)}`,
  ],
  ['IMEI', () => `IMEI：${luhn(`86${digits(12)}`)}`],
  ['ISBN', () => `ISBN 978-7-${digits(2)}-${digits(6)}-${digits(1)}`],
  ['pupil number', () => `学号：${mobile()}`],
  ['lot number', () => `批号：${digits(12)}`],
  ['strong mask', () => `${pick(REGIONS).slice(0, 4)}**********${digits(4)} 138****${digits(4)}`],
];

const spam = () =>
  `<a href="http://${pick(['www', 'm', 'v'])}.${pick(['alpha', 'beta', 'gamma'])}${digits(3)}.example/">${pick(['友情链接', '最新消息', '点击查看'])}</a>`;
const hide = (style: string) => () => `<div style="${style}">${spam()}</div>`;
const hidden: readonly (readonly [name: string, make: () => string])[] = [
  ['display', hide('display:none')],
  [
    'display by class',
    () => {
      const name = `h${below(2 ** 32)}`;
      return `<style>.${name}{display:none}</style><div class="${name}">${spam()}</div>`;
    },
  ],
  [
    'display by attribute',
    () => `<style>div[data-k="7"]{display:none}</style><div data-k="7">${spam()}</div>`,
  ],
  [
    'display by surroundings',
    () => `<style>#f .k p{display:none}</style><div id=f><div class=k><p>${spam()}</p></div></div>`,
  ],
  [
    'display by script',
    () => `<div id=q7>${spam()}</div><script>document.getElementById('q7').style.display='none'</script>`,
  ],
  ['off screen', () => hide(`position:absolute;${pick(['left', 'top'])}:-${999 + below(9000)}px`)()],
  ['size 0', hide('font-size:0;line-height:0')],
  ['marquee', () => `<marquee width=1 height=1 scrollamount=4000>${spam()}</marquee>`],
  [
    'colour on colour',
    () =>
      `<div style="background:#fff"><span style="color:${pick(['#fff', 'white', 'rgb(255,255,255)'])}">${spam().replace('<a', '<a style="color:#ffffff"')}</span></div>`,
  ],
  ['clip', () => hide(`position:absolute;${pick(['clip:rect(0,0,0,0)', 'clip-path:inset(100%)'])}`)()],
  ['opacity', () => hide(pick(['opacity:0', 'filter:alpha(opacity=0)']))()],
  ['behind', hide('position:absolute;z-index:-999')],
  ['text-indent', hide('text-indent:-9999px;overflow:hidden')],
  ['zero height', hide('height:0;overflow:hidden')],
  ['written by script', () => `<script>document.write('<div style="display:none">${spam()}</div>')</script>`],
  [
    'percent encoding',
    () => `<script>document.write(unescape("${encodeURIComponent(hide('display:none')())}"))</script>`,
  ],
  [
    'base64',
    () =>
      `<script>document.write(atob("${Buffer.from(`<i style="display:none"><a href="http://a.example/">x</a></i>`).toString('base64')}"))</script>`,
  ],
  ['empty frame', () => `<iframe src="http://a${digits(3)}.example/" width=0 height=0></iframe>`],
  ['meta refresh', () => `<meta http-equiv=refresh content="0;url=http://a${digits(3)}.example/">`],
  ['white on nothing', () => `<p><font color="#ffffff">${spam()}</font></p>`],
  ['no script, harmless words', () => `<noscript>${spam()}</noscript>`],
  ['old browsers, harmless words', () => `<!--[if lt IE 7]><div>${spam()}${spam()}</div><![endif]-->`],
  ['hidden text box', () => `<textarea style="display:none">${spam()}</textarea>`],
  [
    'entities in the title',
    () => `<title>${[...'澳门新葡京'].map((one) => `&#${one.codePointAt(0)};`).join('')}</title>`,
  ],
];

const own = () => `<a href="/news/${digits(4)}.html">${pick(['校园动态', '通知公告', '教师风采'])}</a>`;
/** Clean pages that use the same means, as templates of schools do. */
const clean: readonly (() => string)[] = [
  () =>
    `<style>.nav li ul{display:none}.nav li:hover ul{display:block}</style><ul class=nav><li>导航<ul><li>${spam()}</ul></ul>`,
  () => `<div style="display:none" class="tab">${own()}${own()}</div>`,
  () => `<footer>友情链接 ${spam()} ${spam()}</footer>`,
  () => `<!--[if lt IE 9]><p>请升级浏览器 <a href="http://browser.example/">下载</a></p><![endif]-->`,
  () => `<noscript>请开启脚本 ${spam()}</noscript>`,
  () =>
    `<noscript><a href="http://counter${digits(3)}.example/"><img src="http://counter.example/1.gif"></a></noscript>`,
  () => `<div style="background:url(/top.jpg)"><span style="color:#fff">技术支持 ${spam()}</span></div>`,
  () => `<link rel="stylesheet" href="/css/a.css"><div class=foot><font color=white>${spam()}</font></div>`,
  () => `<textarea class="lazy" style="display:none"><ul><li>${own()}<li>${spam()}</ul></textarea>`,
  () => `<script src="https://counter.example/c.js"></script><h1 style="text-indent:-9999px">校名</h1>`,
  () =>
    `<div style="overflow:hidden;height:120px"><marquee height=120 scrollamount=2>${own()}${spam()}</marquee></div>`,
  () => `<script>if(/Mobile/.test(navigator.userAgent)){location.href="http://m.school.example/"}</script>`,
];

const page = (part: string) =>
  `<!doctype html><html><body${pick(['', ' style="background:#f5f5f5"'])}><div class=top>${own()}${own()}</div><p>我校开展了丰富多彩的读书活动。</p>${part}<p>欢迎家长来访。</p></body></html>`;

/** Measures each family and prints one figure for each. */
export async function run(): Promise<Figure[]> {
  const ruleset = createRuleset([starterTermList]);
  const rules = (text: string) => scanText(text, ruleset).findings.map(({ rule }) => rule);
  const isFlagged = (html: string) =>
    scanHtml(html, ruleset, { url: 'http://www.school.example/' }).findings.some(
      ({ kind, severity }) => kind !== 'personal-data' && !/^(?:info|low)$/.test(severity),
    );
  const personalIn = (part: string) =>
    scanHtml(page(part), ruleset)
      .findings.filter(({ kind }) => kind === 'personal-data')
      .map(({ rule }) => rule);
  const share = (passes: () => boolean) => {
    let good = 0;
    for (let at = 0; at < EACH; at++) if (passes()) good++;
    return (100 * good) / EACH;
  };
  const figure = (name: string, value: number, bar: number, holds: boolean): Figure => ({
    ...{ name, value: rounded(value), unit: '%', bar, holds, peer: null, command: COMMAND },
    note: `${EACH} generated`,
  });
  return [
    ...personal.map(([rule, make], at) => {
      const value = share(() => rules(make()).includes(rule));
      return figure(`found: ${rule}, form ${at + 1}`, value, 99.5, value >= 99.5);
    }),
    ...lookalikes.map(([name, make]) => {
      const value = share(() => rules(make()).every((rule) => !rule.startsWith('personal.')));
      return figure(`left alone: ${name}`, value, 99.5, value >= 99.5);
    }),
    ...personalForms.map(([name, rule, make]) => {
      const value = share(() => personalIn(make()).includes(`personal.${rule}`));
      return figure(`found in a page: ${rule}, ${name}`, value, 99.5, value >= 99.5);
    }),
    ...personalLookalikes.map(([name, make]) => {
      const value = share(() => personalIn(make()).length === 0);
      return figure(`left alone in a page: ${name}`, value, 99.5, value >= 99.5);
    }),
    ...[...hidden, ...hiddenVariants].map(([name, make]) => {
      const value = share(() => isFlagged(page(make())));
      return figure(`hidden link found: ${name}`, value, 98, value >= 98);
    }),
    ...beyondSource.map(([name, make]): Figure => {
      const value = share(() => isFlagged(page(make())));
      const open = { bar: null, holds: null, peer: null, command: COMMAND };
      return {
        name: `hidden link found: ${name}`,
        value: rounded(value),
        unit: '%',
        ...open,
        note: 'left to the browser',
      };
    }),
    ...[...clean.map((make, at) => [`template ${at + 1}`, make] as const), ...cleanVariants].map(
      ([name, make]) => {
        const value = share(() => isFlagged(page(make())));
        return figure(`clean pages flagged: ${name}`, value, 0.5, value <= 0.5);
      },
    ),
    ...charsetFigures(figure),
    ...(
      [
        'teaching',
        'ordinary',
        'offending',
        'teaching-2',
        'offending-2',
        'teaching-3',
        'offending-3',
        'harmless-4',
        'offending-4',
        'selling-4',
        'harmless-5',
        'offending-5',
      ] as const
    ).map((kind) => heldOutFigure(kind)),
  ];
}

/** How many of the held-out pages have a finding that is more than a hint: `medium` and up, personal data aside. */
function heldOutFigure(kind: Kind): Figure {
  const ruleset = createRuleset([starterTermList]);
  const pages = heldOut(kind);
  const found = pages.filter(({ html }) =>
    scanHtml(html, ruleset, { url: 'http://www.school.example/' }).findings.some(
      (finding) => finding.kind !== 'personal-data' && !/^(?:info|low)$/.test(finding.severity),
    ),
  );
  const isOffence = kind.startsWith('offending');
  const wrong = pages.filter((page) => found.includes(page) !== isOffence).map(({ id }) => id);
  return {
    name: `${kind} pages held out, ${isOffence ? 'found' : 'flagged'}`,
    value: rounded((100 * found.length) / pages.length),
    unit: '%',
    ...{ bar: null, holds: null, peer: null, command: COMMAND },
    note: `${found.length} of ${pages.length}; wrong: ${wrong.join(' ') || 'none'}`,
  };
}

/** Charset by charset: the text must come back whole, but for what a cut took of its last character. */
function charsetFigures(
  figure: (name: string, value: number, bar: number, holds: boolean) => Figure,
): Figure[] {
  return charsetFamilies.map(([name, make]) => {
    let good = 0;
    for (let at = 0; at < EACH; at++) {
      const { bytes, contentType, text } = make();
      if (decodeBytes(bytes, { contentType }).text.replace(/\ufffd+$/, '') === text) good++;
    }
    const value = (100 * good) / EACH;
    // A few words in GBK may be valid UTF-8 by chance (图说希一说): nothing tells that part of a page.
    const bar = name.includes(' part in ') ? 99 : 100;
    return figure(`charset read: ${name}`, value, bar, value >= bar);
  });
}
