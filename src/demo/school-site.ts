/** The words and pages of the three demonstration websites. Pure: pages as text, attachments as bytes. */
import { makeDocx, makeXlsx } from './office-files.ts';

export interface SchoolSite {
  readonly schoolName: string;
  readonly host: string;
  readonly icpNo: string;
  readonly policeNo: string;
  readonly charset: 'utf-8' | 'gb2312';
  readonly colour: string;
  readonly articles: readonly Article[];
  readonly attachments: readonly Attachment[];
}

export interface Article {
  readonly path: string;
  readonly column: '校园新闻' | '通知公告';
  readonly title: string;
  readonly date: string;
  readonly paragraphs: readonly string[];
  /** HTML put behind the paragraphs as it is. */
  readonly extra?: string;
}

export interface Attachment {
  readonly path: string;
  readonly name: string;
  readonly type: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

const NEWS: readonly (readonly [title: string, ...paragraphs: string[]])[] = [
  [
    '我校举行秋季田径运动会',
    '秋高气爽，操场上彩旗招展。上周四，我校一年一度的秋季田径运动会如期举行，各年级共有二十四支代表队参加。',
    '经过两天的比赛，共有七人次打破校纪录。校长在闭幕式上勉励同学们把赛场上的拼劲带到学习中去。',
  ],
  [
    '“珍爱生命，远离毒品”禁毒主题班会走进每个班级',
    '为增强学生识毒、防毒、拒毒的意识，各班开展了禁毒主题班会。班主任用真实案例讲解毒品对身体和家庭的危害。',
    '同学们在倡议书上签下名字，表示要拒绝毒品，从我做起。',
  ],
  [
    '反诈宣传进校园，民警支招防骗',
    '派出所民警来到我校，为师生作防范电信网络诈骗专题讲座，提醒大家不轻信、不转账、不透露验证码。',
    '讲座结束后，学校向家长发放了反诈告知书。',
  ],
  [
    '语文教研组开展同课异构活动',
    '本周三，语文组两位老师同上一课，全组教师观课议课，围绕如何设计有层次的提问展开讨论。',
    '教研组长表示，今后将把观课记录整理成资料，供青年教师学习。',
  ],
  [
    '图书馆新到图书三百册',
    '学校图书馆本月新增文学、科普和艺术类图书三百余册，借阅时间为每天中午和下午放学后一小时。',
  ],
];

const NOTICES: readonly (readonly [title: string, ...paragraphs: string[]])[] = [
  [
    '关于调整冬季作息时间的通知',
    '自下周一起执行冬季作息时间，早读推迟十分钟，下午放学时间不变。请各班主任转告家长。',
  ],
  ['关于做好流感预防工作的通知', '请各班每天通风三次，学生如有发热请在家休息并及时向班主任报告。'],
  ['家长开放日安排', '本月最后一个周五为家长开放日，欢迎家长走进课堂，当天下午在报告厅召开家长会。'],
];

/** The articles that every site carries under its own addresses and dates. */
export function commonArticles(): Article[] {
  const make =
    (column: Article['column'], folder: string, first: number) =>
    ([title, ...paragraphs]: readonly [string, ...string[]], i: number): Article => ({
      path: `/${folder}/${first + i}.html`,
      column,
      title,
      date: `2026-10-${String(28 - i * 3).padStart(2, '0')}`,
      paragraphs,
    });
  return [...NEWS.map(make('校园新闻', 'news', 101)), ...NOTICES.map(make('通知公告', 'notice', 201))];
}

/** A page with two files that a teacher would upload: a Word notice and an Excel time-table. */
export function downloadPage(schoolName: string): { article: Article; attachments: Attachment[] } {
  const attachments: Attachment[] = [
    {
      path: '/files/winter-schedule.docx',
      name: '冬季作息时间表.docx',
      type: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
      bytes: makeDocx([
        `${schoolName}冬季作息时间表`,
        '早读 7:50—8:10　第一节 8:20—9:00　大课间 9:00—9:30',
        '午休 12:00—13:20　下午第一节 13:30—14:10　放学 16:20',
        '请各班主任告知家长，走读学生不要过早到校。',
      ]),
    },
    {
      path: '/files/club-list.xlsx',
      name: '社团活动安排.xlsx',
      type: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
      bytes: makeXlsx('社团安排', [
        ['社团', '地点', '时间', '人数'],
        ['合唱团', '音乐教室', '周二 16:30', '42'],
        ['机器人社', '信息楼203', '周三 16:30', '24'],
        ['书法社', '美术教室', '周四 16:30', '30'],
      ]),
    },
  ];
  const links = attachments.map((file) => `<li><a href="${file.path}">${file.name}</a></li>`).join('');
  return {
    attachments,
    article: {
      path: '/notice/downloads.html',
      column: '通知公告',
      title: '资料下载：冬季作息时间与社团活动安排',
      date: '2026-11-02',
      paragraphs: ['本学期冬季作息时间和社团活动安排已经确定，请下载查看。'],
      extra: `<ul>${links}</ul>`,
    },
  };
}

/** Renders the home page; `injected` is put where an attacker's script put it, before the footer. */
export function homePage(site: SchoolSite, injected: string): string {
  const list = (column: Article['column']): string =>
    site.articles
      .filter((article) => article.column === column)
      .map((a) => `<li><a href="${a.path}">${a.title}</a><span>${a.date}</span></li>`)
      .join('\n');
  return layout(
    site,
    site.schoolName,
    `<section class="intro"><h2>校训</h2><p>博学 笃行 求真 向善</p></section>
<section><h2><a href="/news/">校园新闻</a></h2><ul class="list">${list('校园新闻')}</ul></section>
<section><h2><a href="/notice/">通知公告</a></h2><ul class="list">${list('通知公告')}</ul></section>
${injected}`,
  );
}

export function columnPage(site: SchoolSite, column: Article['column']): string {
  const items = site.articles
    .filter((article) => article.column === column)
    .map((a) => `<li><a href="${a.path}">${a.title}</a><span>${a.date}</span></li>`);
  return layout(
    site,
    `${column} - ${site.schoolName}`,
    `<h2>${column}</h2><ul class="list">${items.join('\n')}</ul>`,
  );
}

export function articlePage(site: SchoolSite, article: Article): string {
  const body = article.paragraphs.map((text) => `<p>${text}</p>`).join('\n');
  return layout(
    site,
    `${article.title} - ${site.schoolName}`,
    `<article><h2>${article.title}</h2><p class="meta">发布日期：${article.date}　来源：${site.schoolName}</p>
${body}
${article.extra ?? ''}</article>`,
  );
}

export function aboutPage(site: SchoolSite): string {
  return layout(
    site,
    `学校概况 - ${site.schoolName}`,
    `<h2>学校概况</h2><p>${site.schoolName}现有三十六个教学班，教职工一百二十余人。学校坚持立德树人，注重学生全面发展，先后获得市级文明校园、绿色学校等称号。</p>
<p>学校建有图书馆、实验楼、信息楼和标准田径场，校园网覆盖所有教室。</p>`,
  );
}

function layout(site: SchoolSite, title: string, main: string): string {
  return `<!DOCTYPE html>
<html lang="zh-CN">
<head>
<meta charset="${site.charset}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="keywords" content="${site.schoolName},校园网,教育">
<title>${title}</title>
<link rel="stylesheet" href="/style.css">
</head>
<body>
<header><img src="/logo.svg" alt="校徽" width="56" height="56"><h1>${site.schoolName}</h1></header>
<nav><a href="/">首页</a><a href="/about.html">学校概况</a><a href="/news/">校园新闻</a><a href="/notice/">通知公告</a></nav>
<main>
${main}
</main>
<footer>
<p>版权所有：${site.schoolName}</p>
<p><a href="https://beian.miit.gov.cn/">${site.icpNo}</a>　<a href="https://beian.mps.gov.cn/#/query/webSearch?code=${site.policeNo.replace(/\D/g, '')}">${site.policeNo}</a></p>
<p>本网站由教盾演示程序生成，学校与人员均为虚构。</p>
</footer>
</body>
</html>
`;
}

export function styleSheet(site: SchoolSite): string {
  return `body{margin:0;font:16px/1.8 "Noto Sans SC","Microsoft YaHei",sans-serif;color:#222;background:#f4f6f8}
header{display:flex;align-items:center;gap:16px;padding:20px 5vw;background:${site.colour};color:#fff}
header h1{margin:0;font-size:26px}
nav{display:flex;flex-wrap:wrap;background:#fff;padding:0 5vw;border-bottom:1px solid #dde}
nav a{padding:10px 18px;color:#234;text-decoration:none}
main{max-width:960px;margin:24px auto;padding:8px 24px 24px;background:#fff}
h2{border-left:4px solid ${site.colour};padding-left:10px;font-size:20px}
.list{list-style:none;padding:0}.list li{display:flex;justify-content:space-between;gap:16px;padding:6px 0;border-bottom:1px dashed #dde}
.list span,.meta{color:#667}table{border-collapse:collapse}td,th{border:1px solid #bbc;padding:4px 12px}
footer{padding:16px 5vw;text-align:center;color:#556;font-size:14px}footer a{color:#556}
`;
}

export function logoSvg(site: SchoolSite): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 56 56"><circle cx="28" cy="28" r="27" fill="#fff"/><path d="M10 36 28 14l18 22H10z" fill="${site.colour}"/><rect x="20" y="36" width="16" height="8" fill="${site.colour}"/></svg>`;
}
