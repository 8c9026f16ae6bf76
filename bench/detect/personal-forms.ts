/** Forms in which pages carry personal numbers, and numbers that only look like them; all made by chance from the definitions. */
import { seeded } from '../seeded.ts';

const { below, pick } = seeded(20261126);
const digits = (count: number) => Array.from({ length: count }, () => below(10)).join('');
const two = (value: number) => String(value).padStart(2, '0');
const REGIONS =
  '110101 120103 130102 210102 310101 320102 330106 340102 350102 360102 370102 410105 420102 430102 440103 500103 510104 520103 530102 610102 620102 650102'.split(
    ' ',
  );
const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const checkOf = (body: string) =>
  '10X98765432'[WEIGHTS.reduce((sum, weight, at) => sum + weight * Number(body[at]), 0) % 11]!;
const bodyOf = () =>
  `${pick(REGIONS)}${1955 + below(65)}${two(1 + below(12))}${two(1 + below(28))}${digits(3)}`;
const id = () => {
  const body = bodyOf();
  return body + checkOf(body);
};
const idWithX = () => {
  for (;;) {
    const number = id();
    if (number.endsWith('X')) return number;
  }
};
/** With the last three digits lost, and not right again by chance. */
const cutId = () => {
  for (;;) {
    const body = `${bodyOf().slice(0, 15)}00`;
    if (checkOf(body) !== '0') return `${body}0`;
  }
};
const wrongId = () => {
  const body = bodyOf();
  return body + '0123456789'[(Number(checkOf(body).replace('X', '0')) + 1 + below(8)) % 10]!;
};
const luhn = (body: string) => {
  const sum = [...body].reverse().reduce((total, digit, at) => {
    const value = Number(digit) * (at % 2 === 0 ? 2 : 1);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return body + ((10 - (sum % 10)) % 10);
};
const card = () => luhn(pick(['621700', '622202', '622848', '621661', '623061', '625955']) + digits(12));
const mobile = () => `1${pick(['38', '39', '50', '58', '77', '86', '91', '99', '65'])}${digits(8)}`;
const wide = (text: string) =>
  text.replace(/[0-9X]/g, (one) => String.fromCharCode(one.charCodeAt(0) + 0xfee0));
const between = (text: string, sign: string) => [...text].join(sign);
const name = () => pick(['张三', '李四', '王小明', '赵敏', '陈晨', '刘洋']);
const hexes = (count: number) => Array.from({ length: count }, () => pick([...'0123456789abcdef'])).join('');

type Form = readonly [name: string, rule: string, make: () => string];

/** Pages (HTML) with one right number each. */
export const personalForms: readonly Form[] = [
  ['plain', 'id-card', () => `<p>${name()} 身份证号：${id()}</p>`],
  ['without a word', 'id-card', () => `<p>${id()}</p>`],
  ['small x', 'id-card', () => `<p>证件号 ${idWithX().toLowerCase()}</p>`],
  ['full width', 'id-card', () => `<p>身份证：${wide(id())}</p>`],
  ['in groups', 'id-card', () => `<p>身份证 ${id().replace(/^(.{6})(.{4})(.{4})/, '$1 $2 $3 ')}</p>`],
  ['with hyphens', 'id-card', () => `<p>身份证 ${id().replace(/^(.{6})(.{8})/, '$1-$2-')}</p>`],
  ['zero-width signs inside', 'id-card', () => `<p>身份证 ${between(id(), '\u200b')}</p>`],
  ['soft break inside', 'id-card', () => `<p>身份证 ${id().replace(/^(.{9})/, '$1<wbr>')}</p>`],
  [
    'in pieces',
    'id-card',
    () => `<p>身份证 ${id().replace(/^(.{6})(.{8})(.{4})/, '<span>$1</span><b>$2</b><i>$3</i>')}</p>`,
  ],
  [
    'a cell for each digit',
    'id-card',
    () => `<table><tr><td>身份证</td>${[...id()].map((one) => `<td>${one}</td>`).join('')}</tr></table>`,
  ],
  [
    'in references',
    'id-card',
    () => `<p>身份证 ${[...id()].map((one) => `&#${one.charCodeAt(0)};`).join('')}</p>`,
  ],
  [
    'row of a table',
    'id-card',
    () => `<table><tr><th>姓名<th>身份证号<th>班级<tr><td>${name()}<td>${id()}<td>三(2)班</table>`,
  ],
  ['comma-separated', 'id-card', () => `<pre>姓名,身份证,电话\n${name()},${id()},${mobile()}\n</pre>`],
  ['name of a picture', 'id-card', () => `<img src="/upload/${name()}${id()}.jpg" alt="证件">`],
  ['broken in a narrow cell', 'id-card', () => `<td>${id().replace(/^(.{10})/, '$1<br>')}</td>`],
  ['with dots', 'id-card', () => `<p>身份证 ${id().replace(/^(.{6})(.{8})/, '$1.$2.')}</p>`],
  ['behind an underscore', 'id-card', () => `<p>附件：${name()}_${id()}.jpg</p>`],
  ['behind a running number', 'id-card', () => `<p>2026-${digits(3)}-${id()}</p>`],
  ['name of a file behind a link', 'id-card', () => `<a href="/files/${id()}.pdf">下载</a>`],
  ['alternative text', 'id-card', () => `<img src="/a.jpg" alt="${name()}${id()}">`],
  ['value of a field', 'id-card', () => `<input name="sfzh" value="${id()}">`],
  ['value of a hidden field', 'id-card', () => `<input type="hidden" name="idcard" value="${id()}">`],
  ['attribute of data', 'id-card', () => `<tr data-idcard="${id()}"><td>${name()}</td></tr>`],
  ['comment', 'id-card', () => `<!-- ${name()} ${id()} -->`],
  ['data of a script', 'id-card', () => `<script>var list=[{"xm":"${name()}","sfzh":"${id()}"}]</script>`],
  [
    'JSON in the page',
    'id-card',
    () => `<script type="application/json">{"name":"${name()}","idCard":"${id()}"}</script>`,
  ],
  ['text area', 'id-card', () => `<textarea>${name()} ${id()}</textarea>`],
  ['list box', 'id-card', () => `<select><option value="1">${name()} ${id()}</option></select>`],
  [
    'old number',
    'id-card-15',
    () =>
      `<p>身份证号：${pick(REGIONS)}${two(50 + below(49))}${two(1 + below(12))}${two(1 + below(28))}${digits(3)}</p>`,
  ],
  ['cut by a spreadsheet', 'id-card-truncated', () => `<p>身份证号：${cutId()}</p>`],
  [
    'weakly masked',
    'id-card-weak-mask',
    () => `<p>身份证号：${id().replace(/^(.{6})(.{8})/, '$1********')}</p>`,
  ],
  ['mobile, plain', 'mobile', () => `<p>家长电话：${mobile()}</p>`],
  ['mobile with +86', 'mobile', () => `<p>手机：+86 ${mobile()}</p>`],
  ['mobile, +86 without a gap', 'mobile', () => `<p>手机：+86${mobile()}</p>`],
  ['mobile with 0086', 'mobile', () => `<p>手机：0086${mobile()}</p>`],
  ['mobile in two groups', 'mobile', () => `<p>手机 ${mobile().replace(/^.{3}/, '$&-')}</p>`],
  ['mobile with 86-', 'mobile', () => `<p>电话 86-${mobile()}</p>`],
  ['mobile in groups', 'mobile', () => `<p>手机 ${mobile().replace(/^(.{3})(.{4})/, '$1 $2 ')}</p>`],
  ['mobile, full width', 'mobile', () => `<p>手机 ${wide(mobile())}</p>`],
  ['mobile in tel:', 'mobile', () => `<a href="tel:${mobile()}">拨打</a>`],
  [
    'mobile on a visiting card',
    'mobile',
    () => `<pre>BEGIN:VCARD\nFN:${name()}\nTEL;CELL:${mobile()}\nEND:VCARD</pre>`,
  ],
  ['mobile in a script', 'mobile', () => `<script>var t={"name":"${name()}","phone":"${mobile()}"}</script>`],
  ['mail in mailto:', 'email', () => `<a href="mailto:${pick(['zhang', 'li'])}${digits(5)}@qq.com">写信</a>`],
  ['card, plain', 'bank-card', () => `<p>银行卡号：${card()}</p>`],
  ['card in groups', 'bank-card', () => `<p>账号 ${card().replace(/(\d{4})(?=\d)/g, '$1 ')}</p>`],
  ['card with hyphens', 'bank-card', () => `<p>卡号 ${card().replace(/(\d{4})(?=\d)/g, '$1-')}</p>`],
  [
    'card in a table',
    'bank-card',
    () => `<table><tr><th>姓名<th>工资卡号<tr><td>${name()}<td>${card()}</table>`,
  ],
  ['card, full width', 'bank-card', () => `<p>银行账号：${wide(card())}</p>`],
  [
    'passport',
    'passport',
    () =>
      `<p>护照号：${pick(['E', 'G', 'EA', 'EJ'])}${digits(8).slice(0, 8)}</p>`.replace(
        /E([AJ])(\d{7})\d/,
        'E$1$2',
      ),
  ],
  ['permit of Hong Kong and Macau', 'passport', () => `<p>往来港澳通行证号码：C${digits(8)}</p>`],
  ['home-return permit', 'passport', () => `<p>港澳居民来往内地通行证：${pick(['H', 'M'])}${digits(8)}</p>`],
  ['permit of Taiwan', 'passport', () => `<p>台湾居民来往大陆通行证号：${digits(8)}</p>`],
  ['pupil number', 'student-number', () => `<p>全国学籍号：G${id()}</p>`],
];

/** Pages with numbers that are none. */
export const personalLookalikes: readonly (readonly [name: string, make: () => string])[] = [
  ['wrong check digit', () => `<p>身份证号：${wrongId()}</p>`],
  ['impossible day', () => `<p>${pick(REGIONS)}${1980 + below(30)}0231${digits(3)}${below(10)}</p>`],
  ['wrong check digit in a narrow cell', () => `<td>${wrongId().replace(/^(.{10})/, '$1<br>')}</td>`],
  ['numbers in lines', () => `<pre>${digits(9)}\n${digits(9)}\n${digits(8)}\n${digits(10)}\n</pre>`],
  ['order number', () => `<p>订单编号：${luhn(`62${digits(16)}`)}</p>`],
  [
    'flow number with a date',
    () => `<p>流水号 2026${two(1 + below(12))}${two(1 + below(28))}${digits(10)}</p>`,
  ],
  ['parcel number', () => `<p>快递单号：${pick(['SF', 'YT', 'JD'])}${digits(13)}</p>`],
  ['time in milliseconds', () => `<script>var t=17${digits(11)};</script><p>17${digits(11)}</p>`],
  [
    'addresses with long numbers',
    () => `<a href="/info/${digits(4)}/${digits(18)}.htm?id=${digits(19)}&t=17${digits(11)}">通知</a>`,
  ],
  ['hash', () => `<script src="/js/app.${hexes(20)}.js" integrity="sha384-${hexes(64)}"></script>`],
  ['UUID', () => `<div id="${hexes(8)}-${hexes(4)}-4${hexes(3)}-a${hexes(3)}-${hexes(12)}">校园</div>`],
  ['UUID of digits', () => `<p>${digits(8)}-${digits(4)}-4${digits(3)}-8${digits(3)}-${digits(12)}</p>`],
  ['ISBN', () => `<p>ISBN 978-7-${digits(3)}-${digits(5)}-${digits(1)}</p>`],
  ['ISBN without hyphens', () => `<p>ISBN：9787${digits(9)}</p>`],
  [
    'social credit code',
    () => `<p>统一社会信用代码：12${pick(REGIONS)}${digits(9)}${pick(['A', 'L', 'X', '3'])}</p>`,
  ],
  ['filing numbers', () => `<p>皖ICP备${digits(8)}号-1 皖公网安备 ${pick(REGIONS)}02${digits(6)}号</p>`],
  ['decimal', () => `<p>π≈3.${digits(20)}，系数0.${digits(18)}</p>`],
  ['places', () => `<p>北纬31.${digits(15)}，东经117.${digits(15)}</p>`],
  ['coordinates in a script', () => `<script>var p=[117.${digits(14)},31.${digits(14)}]</script>`],
  ['product code', () => `<p>型号：KX-${mobile()}B</p>`],
  ['bar code that begins with 86', () => `<p>条形码 86${mobile()}</p>`],
  ['product number', () => `<p>产品编号 ${mobile()}</p>`],
  ['amount', () => `<p>总投资${mobile()}元</p>`],
  ['document number', () => `<p>教办〔2026〕${mobile()}号</p>`],
  ['IBAN', () => `<p>IBAN DE${digits(20)}</p>`],
  ['account of an office', () => `<p>缴费账号：${digits(12)}</p>`],
  [
    'strongly masked',
    () => `<p>${pick(REGIONS).slice(0, 3)}***********${digits(4)}，138****${digits(4)}</p>`,
  ],
  ['test number', () => `<p>例如 13800000000、13888888888</p>`],
  ['exam number', () => `<p>准考证号：${digits(15)}</p>`],
  ['serial number', () => `<p>设备序列号：${digits(16)}</p>`],
  ['bar code', () => `<p>条码 69${digits(11)}</p>`],
  ['QQ and groups', () => `<p>QQ群：${1 + below(8)}${digits(8)}</p>`],
  ['landline of an office', () => `<p>办公室电话：0551-6${digits(7)}</p>`],
  ['scores', () => `<p>成绩：${digits(2)} ${digits(2)} ${digits(2)} ${digits(2)} ${digits(2)}</p>`],
  ['matrix', () => `<pre>${Array.from({ length: 4 }, () => between(digits(20), ' ')).join('\n')}</pre>`],
  ['colours and sizes', () => `<style>.a{background:#${digits(6)};width:${digits(4)}px}</style><p>尺寸</p>`],
  ['base64', () => `<img src="data:image/png;base64,${Buffer.from(digits(60)).toString('base64')}">`],
  [
    'ViewState',
    () => `<input type="hidden" name="__VIEWSTATE" value="/wEPDwUK${digits(18)}ZGQ${hexes(30)}">`,
  ],
  ['numbers of a phone list of lines', () => `<p>举报电话：12345，12388；总机：95${digits(3)}</p>`],
  ['passport of nothing', () => `<p>课程代码 E${digits(8)}，教室 G${digits(8)}</p>`],
];
