/**
 * Processor time of one page of a school's site: parsing, text with places, links, hiding styles, and the scan with the
 * starter list. Pages are generated (seeded) in the shape and size of real ones: 20 to 120 KB, most of it markup.
 */
import { createRuleset, starterTermList } from '#scan';
import { readHtml } from '../src/modules/scan/read-html.ts';
import { scanHtml } from '../src/modules/scan/scan-html.ts';
import { type Figure, rounded } from './figure.ts';
import { seeded } from './seeded.ts';

const PAGES = 60;
const ROUNDS = 5;
const BAR = 400;

const { below, pick } = seeded(20261123);

const WORDS =
  '我校 组织 开展 读书 活动 教师 学生 家长 课堂 教学 研讨 运动会 比赛 优秀 表彰 通知 公告 招生 简章 安全 教育 检查 卫生 食堂 图书馆 实验 科学 艺术 合唱 班级 学期 考试 成绩 假期 作业 志愿 服务 社区 交流 学习 认真 积极 热烈 参加 希望 未来 成长'.split(
    ' ',
  );
const phrase = (count: number) => Array.from({ length: count }, () => pick(WORDS)).join('');
const sentence = () => `${phrase(4 + below(5))}，${phrase(3 + below(6))}，${phrase(3 + below(5))}。`;
const item = () =>
  `<li class="news-item item-${below(9)}"><a href="/xwzx/2026/${below(12)}/${below(9999)}.html" target="_blank" title="${phrase(5)}"><span class="title">${phrase(6)}</span></a><span class="date" style="float:right;color:#999">2026-0${1 + below(9)}-1${below(9)}</span></li>`;
const paragraph = () =>
  `<p class="MsoNormal" style="text-indent:28pt;line-height:150%;margin:0cm 0cm 0pt"><span style="font-family:宋体;font-size:14pt">${sentence()}</span><span style="font-family:仿宋;font-size:14pt" lang="EN-US">${sentence()}&nbsp;</span></p>`;
const row = () =>
  `<tr style="height:18pt">${Array.from({ length: 6 }, () => `<td width="98" style="border:1px solid #ccc;padding:0 5px" align="center">${phrase(2)}</td>`).join('')}</tr>`;
const script = () =>
  `<script>$(function(){var s${below(99)}=$("#slide${below(9)}");s.find("li").hover(function(){$(this).addClass("on").siblings().removeClass("on");},function(){});${'var a=document.getElementById("tab");if(a){a.className="cur";}'.repeat(below(12))}});</script>`;
const styles = `<style>${Array.from({ length: 60 }, (_, at) => `.c${at} li a{color:#33${at % 10}3${at % 10}3;height:${at}px;display:block} .nav${at}:hover ul{display:block}`).join('\n')}</style>`;

function page(size: number): string {
  let body = '';
  while (body.length < size) {
    body += pick([
      () => `<ul class="list c${below(60)}">${Array.from({ length: 8 }, item).join('\n')}</ul>`,
      () => `<div class="content">${Array.from({ length: 6 }, paragraph).join('\n')}</div>`,
      () => `<table cellspacing="0" class="tb">${Array.from({ length: 8 }, row).join('\n')}</table>`,
      script,
      () => `<img src="/images/${below(999)}.jpg" alt="${phrase(3)}" width="300">`,
    ])();
  }
  return `<!doctype html><html><head><meta charset="utf-8"><title>${phrase(4)}</title><meta name="keywords" content="${phrase(6)}"><link rel="stylesheet" href="/css/style.css">${styles}</head><body><div class="nav"><ul>${Array.from({ length: 10 }, item).join('')}</ul></div>${body}<div class="footer">版权所有 皖ICP备12345678号</div></body></html>`;
}

/** Prints pages per second of one core. */
export async function run(): Promise<Figure[]> {
  const ruleset = createRuleset([starterTermList]);
  // Bytes of UTF-8 are 1.3 times the characters here.
  const pages = Array.from({ length: PAGES }, (_, at) =>
    page(((20 + (100 * at) / (PAGES - 1)) * 1000) / 1.3),
  );
  const kilobytes = pages.reduce((sum, html) => sum + Buffer.byteLength(html), 0) / 1000 / PAGES;
  const url = 'http://www.school.example/index.html';
  return [
    figure(
      'text, links and hidden styles of a page',
      kilobytes,
      perSecond(pages, (html) => readHtml(html)),
    ),
    figure(
      'the same with the scan of the starter list',
      kilobytes,
      perSecond(pages, (html) => scanHtml(html, ruleset, { url })),
    ),
  ];
}

/** The best of several rounds, by processor time: others work on the machine, and the first round warms up. */
function perSecond(pages: readonly string[], work: (html: string) => unknown): number {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round <= ROUNDS; round++) {
    const from = process.cpuUsage();
    for (const html of pages) work(html);
    const { user, system } = process.cpuUsage(from);
    best = Math.min(best, user + system);
  }
  return (pages.length * 1_000_000) / best;
}

const figure = (name: string, kilobytes: number, value: number): Figure => ({
  ...{ name, value: rounded(value), unit: 'pages/s of processor time', bar: BAR, holds: value >= BAR },
  ...{
    peer: null,
    command: 'npm run bench -- extract',
    note: `pages of ${rounded(kilobytes)} KB on average`,
  },
});
