import { expect, test } from 'vitest';
import { maskNames } from './names-in-line.ts';

const name = (text: string, token = '2611-0123456789abcdef') => ({
  kind: 'user' as const,
  name: text,
  token,
});
const mask = '‹2611-0123456789abcdef›';

test('a token stands wherever the name stood, in whatever case, and words that only contain it stay', () => {
  expect(maskNames('GET /li Li zhangli LI', [name('li')])).toBe(`GET /${mask} ${mask} zhangli ${mask}`);
  expect(maskNames('user=张三;', [name('张三')])).toBe(`user=${mask};`);
  expect(maskNames('u=%E5%BC%A0%E4%B8%89&x', [name('张三')])).toBe(`u=${mask}&x`);
});

test('marks of patterns within a name are meant literally', () => {
  expect(maskNames('a.b+c (x) axb', [name('a.b+c')])).toBe(`${mask} (x) axb`);
});

test('a line in which the name cannot be found again is withheld', () => {
  expect(maskNames('user=emhhbmc=', [name('zhang')])).toBe(mask);
});
