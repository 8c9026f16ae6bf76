/** What was done to the faulty school's website: a hidden gambling link and a list of identity numbers. Pure. */
import { identityNumber } from './check-digits.ts';
import { GIVEN_FIRST, GIVEN_SECOND, SURNAMES } from './names.ts';
import type { Article } from './school-site.ts';
import { seedChance } from './seeded.ts';

export const SPAM_HOST = 'www.lucky-bet.example';
const LEAK_PATH = '/notice/enrolment-check.html';

/** The block that a break-in leaves in a home page: readers never see it, search engines follow it. */
export const HIDDEN_LINKS = `<div style="display:none">
<a href="http://${SPAM_HOST}/">澳门线上赌场</a>
<a href="http://${SPAM_HOST}/baccarat">百家乐真人娱乐</a>
<a href="http://${SPAM_HOST}/lottery?from=school">时时彩投注平台</a>
</div>`;

const BIRTHS = 14;

/** Fourteen identity numbers that pass the check of GB 11643 and belong to nobody (sequence 000). */
export function leakedNumbers(seed: number): string[] {
  const chance = seedChance(seed, 'leak');
  return Array.from({ length: BIRTHS }, (_, i) => {
    const day = String(chance.between(1, 28)).padStart(2, '0');
    const month = String((i % 12) + 1).padStart(2, '0');
    return identityNumber('331102', `${2012 + Math.floor(i / 12)}${month}${day}`);
  });
}

/** The notice with the list: with the numbers as it was leaked, or without them as it was meant. */
export function enrolmentNotice(seed: number, leaked: boolean): Article {
  const chance = seedChance(seed, 'leaked names');
  const rows = leakedNumbers(seed).map((number, i) => {
    const name = chance.pick([...SURNAMES]) + chance.pick([...GIVEN_FIRST]) + chance.pick([...GIVEN_SECOND]);
    const shown = leaked ? name : `${name[0]}**`;
    return `<tr><td>${i + 1}</td><td>${shown}</td><td>七（${(i % 6) + 1}）班</td>${leaked ? `<td>${number}</td>` : ''}</tr>`;
  });
  const head = `<tr><th>序号</th><th>姓名</th><th>班级</th>${leaked ? '<th>身份证号</th>' : ''}</tr>`;
  return {
    path: LEAK_PATH,
    column: '通知公告',
    title: '七年级新生学籍信息核对公告',
    date: '2026-11-05',
    paragraphs: ['以下新生的学籍信息需要核对，请家长于本周五前到教务处确认。'],
    extra: `<table>${head}\n${rows.join('\n')}</table>`,
  };
}
