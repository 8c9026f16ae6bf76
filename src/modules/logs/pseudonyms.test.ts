import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { isToken, Pseudonyms, unkeyedToken } from './pseudonyms.ts';

const pseudonyms = new Pseudonyms(randomBytes(32));
const scope = { unitPath: 'city.east.east-1', realm: 'main' };
const at = (text: string) => Date.parse(text);
const token = (name: string, when = '2026-11-22T06:00:00Z', of = scope) =>
  pseudonyms.tokenOf('user', of, name, at(when));

test('one person has one token within a month, however the name is written', () => {
  expect(token('ZhangSan')).toBe(token('zhangsan', '2026-11-01T00:00:00Z'));
  expect(token('cafe\u0301')).toBe(token('caf\u00e9'));
  expect(isToken(token('zhangsan'))).toBe(true);
  expect(token('')).toBe('');
});

test('tokens differ between people, months, units, realms, kinds of names and installations', () => {
  const others = [
    token('lisi'),
    token('zhangsan', '2026-12-22T06:00:00Z'),
    token('zhangsan', undefined, { ...scope, unitPath: 'city.east.east-2' }),
    token('zhangsan', undefined, { ...scope, realm: 'guest' }),
    pseudonyms.tokenOf('device', scope, 'zhangsan', at('2026-11-22T06:00:00Z')),
    new Pseudonyms(randomBytes(32)).tokenOf('user', scope, 'zhangsan', at('2026-11-22T06:00:00Z')),
  ];
  expect(new Set([token('zhangsan'), ...others]).size).toBe(others.length + 1);
});

test('the month changes at midnight in China', () => {
  expect(token('zhangsan', '2026-11-30T15:59:59Z').slice(0, 4)).toBe('2611');
  expect(token('zhangsan', '2026-11-30T16:00:00Z').slice(0, 4)).toBe('2612');
});

test('a move of the unit keeps its tokens', () => {
  expect(token('zhangsan', undefined, { ...scope, unitPath: 'city.west.east-1' })).toBe(token('zhangsan'));
});

test('a plain name is looked for under every month of the window, and as it was stored before keys', () => {
  const found = pseudonyms.tokensOf(
    'zhangsan',
    [scope],
    new Date('2026-10-15T00:00:00Z'),
    new Date('2026-12-01T00:00:00Z'),
  );
  expect(found.filter((one) => one.includes('-')).map((one) => one.slice(0, 4))).toEqual([
    '2610',
    '2611',
    '2612',
  ]);
  expect(found).toContain(token('zhangsan'));
  expect(found).toContain(unkeyedToken('main', 'zhangsan'));
});
