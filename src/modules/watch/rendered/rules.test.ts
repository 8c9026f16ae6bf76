import { expect, test } from 'vitest';
import type { Finding } from '#scan/contract';
import { ledAway, ledAwayFault, onlyInBrowser } from './rules.ts';

const finding = (one: Partial<Finding>): Finding => ({
  ...{ rule: 'term.gambling', kind: 'term', severity: 'high', text: '赌场', context: '', view: 'strict' },
  ...{ start: 5, end: 7 },
  ...one,
});
const link = (severity: Finding['severity'], sign: string, href = 'http://a.example/') =>
  finding({ kind: 'hidden-link', rule: `hidden-link.${sign}`, severity, text: '友情', href });
const url = 'http://www.school.example/';
const only = (drawn: Finding[], source: Finding[] = []) =>
  onlyInBrowser(url, { findings: source, suppressed: [] }, { findings: drawn }).map(({ rule }) => rule);

test('what the source says is not told again, however it is hidden or wherever it stands', () => {
  const known = [finding({ start: 900, end: 902 }), link('medium', 'display-none')];
  expect(only([finding({}), link('high', 'off-screen')], known)).toEqual([]);
  expect(only([finding({ text: '赌球' }), link('high', 'off-screen', 'http://b.example/')], known)).toEqual([
    'term.gambling',
    'hidden-link.off-screen',
  ]);
});

test('what explained a word in the source explains it in the browser', () => {
  const suppressed = [{ ...finding({}), reason: 'teaching:禁赌' }];
  expect(onlyInBrowser(url, { findings: [], suppressed }, { findings: [finding({})] })).toEqual([]);
});

test.each([
  ['medium', 'display-none', 0],
  ['high', 'tiny-box', 0],
  ['critical', 'display-none', 1],
  ['high', 'off-screen', 1],
  ['info', 'off-screen', 0],
] as const)('a link of severity %s hidden by %s is told %d times', (severity, sign, times) => {
  expect(only([link(severity, sign)])).toHaveLength(times);
});

test.each([
  ['http://www.school.example/', 'http://www.school.example/new', null],
  ['http://www.school.example/', 'https://m.school.example/', null],
  ['http://www.school.example/', 'http://cloud.edu.example/school', null],
  ['http://www.school.example/', 'about:blank', null],
  ['http://www.school.example/', 'http://lucky.example.net/?a=1', 'http://lucky.example.net/?a=1'],
])('from %s to %s leads away to %s', (from, to, away) => {
  expect(ledAway(from, to, ['edu.example'])?.href ?? null).toBe(away);
});

test('where a script leads is worse when harm is shown there', () => {
  const to = new URL('http://lucky.example.net/in?who=1#x');
  expect(ledAwayFault(url, to, [])).toMatchObject({
    severity: 'high',
    href: 'http://lucky.example.net/in',
    part: 'browser',
  });
  expect(ledAwayFault(url, to, [finding({})]).severity).toBe('critical');
});
