/** Personal data that is told by its form and the words beside it: passports, addresses, mail, numbers of pupils. */

export type TextKind = 'landline' | 'passport' | 'email' | 'address' | 'student-number' | 'score-list';

export interface PersonalTextHit {
  readonly kind: TextKind;
  readonly start: number;
  readonly end: number;
  readonly number: string;
}

const PASSPORT =
  /(?<![A-Za-z0-9])(?:E[A-HJ-NP-Z]?\d{7,8}|[GDSP]\d{8}|[DSP]E\d{7}|[CW][A-Z]?\d{7,8}|[HM]\d{8}(?:\d{2})?)(?![A-Za-z0-9])/gi;
const PASSPORT_LABEL = /护照|passport|通行证/i;
/** Residents of Taiwan have a permit of eight digits, which only its name tells. */
const TAIWAN_PERMIT = /(?:台湾居民来往大陆通行证|台胞证)(?:号码|号)?[：:\s]{0,3}(\d{8}(?:\d{2})?)(?!\d)/g;
/** A landline is an office's own business unless something says that it is somebody's home. */
const LANDLINE =
  /(?:家庭|家长|住宅|宅|家里|父亲|母亲|监护人)(?:固定)?(?:联系)?(?:电话|固话|座机)(?:号码)?[：:\s]{0,3}(\(?0\d{2,3}\)?[- ]?[2-8]\d{6,7})(?!\d)/g;
export const EMAIL =
  /(?<![A-Za-z0-9._%+-])[A-Za-z0-9][A-Za-z0-9._%+-]{1,40}@(?:[A-Za-z0-9-]{1,40}\.){1,3}[A-Za-z]{2,10}(?![A-Za-z0-9])/g;
/** Mailboxes of people; those of institutions are published on purpose. */
export const PRIVATE_MAIL =
  /@(?:qq|vip\.qq|163|126|yeah|sina|vip\.sina|sohu|gmail|outlook|hotmail|live|foxmail|icloud|139|189|aliyun|tom|21cn)\.(?:com|net|cn)$/i;
const OFFICE =
  /(?:学校|校长|举报|投诉|监督|招生|办公室|公共|单位|投稿|征稿|报名|官方|工作)[^\n\u2029]{0,6}(?:邮箱|信箱|e-?mail)[：:\s]*$/i;
/** Down to the room: a school's own address ends at the number of the house. Looked for from its end, in few steps. */
const ROOM = /\d{1,3}(?:幢|栋|号楼|座|单元|组)(?:\d{1,2}单元)?(?:\d{2,5}(?:室|房|号|户)?)?/g;
const STREET =
  /[\u4e00-\u9fff]{1,6}(?:市|区|县|镇|乡|街道)[\u4e00-\u9fff\d]{1,16}(?:路|街|道|巷|弄|村|小区|花园|苑|公寓|里|坊|庄|湾|城|府|号)[\u4e00-\u9fff\d-]{0,12}$/;
const HOME_LABEL = /(?:住址|地址|家住|现住|居住在|户籍所在地)[：:\s]{0,3}$/;
const HOME =
  /(?:家庭(?:住址|地址)|现住址|户籍地址|居住地址|家住)[：:\s]{0,3}([\u4e00-\u9fff]{2,30}?(?:路|街|巷|弄|村|小区|花园|苑|组)[\u4e00-\u9fff0-9-]{0,20}?\d{1,5}(?:号|室|组|幢|栋|单元)?)/g;
/** National pupil number: G (or L, provisional) and the identity number; or any with its name before. */
const PUPIL = /(?<![A-Za-z0-9])[GLＧ](\d{17}[\dXx])(?![A-Za-z0-9])/gi;
const PUPIL_LABELLED = /(?:学籍号|学籍辅号|全国学籍)(?:码)?[：:\s]{0,3}([GL]?\d{14,19}[Xx]?)(?![A-Za-z0-9])/g;
export const SURNAMES =
  '王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高郑梁谢宋唐许邓韩冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向常汤';
const NAME = new RegExp(
  `(?<![\\u4e00-\\u9fff])[${SURNAMES}][\\u4e00-\\u9fff]{1,2}(?![\\u4e00-\\u9fff])`,
  'g',
);
const SCORE_HEAD = /姓\s{0,4}名[^\n]{0,80}?(?:成绩|总分|得分|分数|名次|排名|语文|数学)/g;
const SCORE = /(?<![\d.-])(?:\d{2,3}(?:\.\d)?)(?![\d.%年月日-])/g;
/** Published by duty: recruitment and awards; a list of their results is no leak. */
const PUBLIC_LIST = /招聘|拟录用|拟聘|公开遴选|面试|笔试|职称|评审|获奖|竞赛结果|教师资格/;
/** So many names and so many scores make a list. */
const MIN_ROWS = 5;

/** Finds them all; `isId` tells a right identity number. */
export function findPersonalText(text: string, isId: (number: string) => boolean): PersonalTextHit[] {
  const hits: PersonalTextHit[] = [];
  const before = (at: number, reach: number) => text.slice(Math.max(0, at - reach), at);
  const add = (kind: TextKind, start: number, found: string) =>
    hits.push({ kind, start, end: start + found.length, number: found.toUpperCase() });
  const addGroup = (kind: TextKind, match: RegExpMatchArray) =>
    add(kind, match.index! + match[0].lastIndexOf(match[1]!), match[1]!);
  for (const match of text.matchAll(PASSPORT)) {
    if (PASSPORT_LABEL.test(before(match.index, 24))) add('passport', match.index, match[0]);
  }
  for (const match of text.matchAll(TAIWAN_PERMIT)) addGroup('passport', match);
  for (const match of text.matchAll(LANDLINE)) addGroup('landline', match);
  if (text.includes('@')) {
    for (const match of text.matchAll(EMAIL)) {
      if (PRIVATE_MAIL.test(match[0]) && !OFFICE.test(before(match.index, 24)))
        add('email', match.index, match[0]);
    }
  }
  for (const match of text.matchAll(PUPIL)) {
    if (isId(match[1]!.toUpperCase())) add('student-number', match.index, match[0]);
  }
  for (const match of text.matchAll(PUPIL_LABELLED)) addGroup('student-number', match);
  for (const match of text.matchAll(HOME)) addGroup('address', match);
  for (const match of text.matchAll(ROOM)) {
    const street = STREET.exec(before(match.index, 40));
    if (!street) continue;
    const start = match.index - street[0].length;
    if (/(?:室|房|户|\d{3,5})$/.test(match[0]) || HOME_LABEL.test(before(start, 10)))
      add('address', start, street[0] + match[0]);
  }
  hits.push(...findScoreLists(text));
  return withoutOverlaps(hits);
}

/** Names with scores under one heading (a ranking of pupils, which must not be published). */
function findScoreLists(text: string): PersonalTextHit[] {
  const hits: PersonalTextHit[] = [];
  let last = 0;
  for (const match of text.matchAll(SCORE_HEAD)) {
    if (match.index < last || PUBLIC_LIST.test(text.slice(Math.max(0, match.index - 300), match.index)))
      continue;
    const rows = text.slice(match.index + match[0].length, match.index + match[0].length + 3000);
    const names = new Set(rows.match(NAME)).size;
    // A text of nothing but headings must not cost its square.
    last = match.index + 500;
    if (names < MIN_ROWS || (rows.match(SCORE)?.length ?? 0) < names) continue;
    hits.push({ kind: 'score-list', start: match.index, end: match.index + match[0].length, number: '' });
    last = match.index + 3000;
  }
  return hits;
}

function withoutOverlaps(hits: PersonalTextHit[]): PersonalTextHit[] {
  const kept: PersonalTextHit[] = [];
  for (const hit of hits.sort((a, b) => a.start - b.start || b.end - a.end)) {
    if (hit.start >= (kept.at(-1)?.end ?? 0)) kept.push(hit);
  }
  return kept;
}
