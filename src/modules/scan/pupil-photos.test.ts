import { expect, test } from 'vitest';
import { createRuleset } from './ruleset.ts';
import { scanHtml } from './scan-html.ts';

const ruleset = createRuleset([]);
const photo = (caption: string, alt = '') =>
  `<figure><img src="/a.jpg" alt="${alt}"><figcaption>${caption}</figcaption></figure>`;
const told = (html: string) =>
  scanHtml(html, ruleset)
    .findings.filter(({ rule }) => rule === 'personal.pupil-photo')
    .map(({ start, end, severity }) => [html.slice(start, end), severity]);

test.each([
  '三（2）班 王小明',
  '三年级2班学生：李示例',
  '高一（3）班张三同学在演讲',
  '2024级5班赵示范获一等奖',
  '初二 7班 孙小样，代表学校发言',
  '王小明（五年级（1）班）',
  '钱示例 六年级3班',
])('beside a photograph %s is a pupil who can be known', (caption) => {
  const html = photo(caption);
  const [[text] = []] = told(html);
  expect(caption).toContain(text);
  expect(told(html)).toHaveLength(1);
  expect(told(`<p>${caption}</p>`)).toEqual([]);
});

test.each([
  '三（2）班同学在操场上',
  '三（2）班班主任李老师',
  '三（2）班 张老师和同学们',
  '一年级3班全体师生',
  '高一年级家长会',
  '王小明同学参加活动',
  '三年级2班高年级组',
  '五年级（1）班常规评比第一名',
])('beside a photograph %s names no pupil', (caption) => {
  expect(told(photo(caption))).toEqual([]);
});

test('what the picture itself says counts, an icon shows nobody', () => {
  expect(told(photo('', '三（2）班 王小明'))).toEqual([['三（2）班 王小明', 'low']]);
  expect(told('<img src=a.gif width=16 height=16 alt="">三（2）班 王小明')).toEqual([]);
});

test('far from any picture nothing is said, and each pupil once', () => {
  const far = '学校的新闻'.repeat(30);
  expect(told(`<img src=a.jpg><p>${far}三（2）班 王小明</p>`)).toEqual([]);
  expect(told(photo('三（2）班 王小明') + photo('三（2）班 王小明'))).toHaveLength(1);
});

test('a gallery of children is worse', () => {
  const names = ['王小明', '李示例', '张三', '赵示范', '孙小样'];
  const html = names.map((name) => photo(`三（2）班 ${name}`)).join('');
  expect(told(html).map(([, severity]) => severity)).toEqual(Array(5).fill('medium'));
});

test('the given name is masked in what is kept of it', () => {
  const [finding] = scanHtml(photo('三（2）班 王小明获奖'), ruleset).findings;
  expect(finding).toMatchObject({ text: '三（2）班 王**', severity: 'low' });
  expect(JSON.stringify(finding)).not.toContain('小明');
});
