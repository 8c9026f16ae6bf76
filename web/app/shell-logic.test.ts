/** Decisions of the shell that need no browser. */
import { describe, expect, it } from 'vitest';
import { homeKindOf } from '../pages/home/home-kind.ts';
import { actorText } from './actor-text.ts';
import { ApiError } from './api-error.ts';
import { helpFor, mayPass } from './error-help.ts';
import { groupsOf, isInside, matchPages, remember } from './find-items.ts';
import { isSecondClick } from './form-drawer.tsx';
import { readNavPinyin } from './nav-pinyin.ts';

const item = (n: number) => ({ kind: 'site', id: `${n}`, title: `${n}`, detail: '', link: `/sites/${n}` });

describe('the global search', () => {
  it('knows pages by name, address, pinyin initials and full pinyin', async () => {
    const pages = [{ word: 'sites', to: '/sites', title: '网站', group: '台账' }];
    const pinyin = await readNavPinyin();
    for (const text of ['网站', '/sites', 'wz', 'WangZhan'])
      expect(matchPages(pages, text, pinyin)).toHaveLength(1);
    for (const text of ['', 'wzx']) expect(matchPages(pages, text, pinyin)).toEqual([]);
  });

  it('keeps the last eight choices, the newest first, each once', () => {
    const nine = Array.from({ length: 9 }, (_, n) => item(n)).reduce(
      remember,
      [] as ReturnType<typeof item>[],
    );
    expect(nine.map((one) => one.id)).toEqual(['8', '7', '6', '5', '4', '3', '2', '1']);
    expect(remember(nine, item(5)).map((one) => one.id)).toEqual(['5', '8', '7', '6', '4', '3', '2', '1']);
  });

  it('shows recent choices before anything is typed, and follows no link out of the product', () => {
    const strange = { ...item(1), link: '//evil.example/' };
    expect(groupsOf([], [], [strange, item(2)], '')).toEqual([{ kind: 'recent', items: [item(2)] }]);
    for (const link of ['//x', '/\\x', 'https://x', 'javascript:alert(1)'])
      expect(isInside(link)).toBe(false);
  });
});

it('gives each role the home of its question', () => {
  expect(homeKindOf(['audit_admin'])).toBe('auditor');
  expect(homeKindOf(['security_admin'])).toBe('admin');
  expect(homeKindOf(['county_officer'])).toBe('county');
  expect(homeKindOf(['leader'], 'city')).toBe('city');
  expect(homeKindOf(['leader'], 'school')).toBe('school');
  expect(homeKindOf([])).toBe('school');
});

it('names the system and its part where a part of the program acted, a person as he is', () => {
  const t = ((key: string, options: { defaultValue?: string; part?: string }) =>
    key === 'state.system'
      ? `系统（${options.part}）`
      : key === 'findingWork.machine'
        ? '系统'
        : key === 'parts.watch.self'
          ? '网站巡查'
          : options.defaultValue) as never;
  expect(['watch', 'trace', '张老师', 'li', '系统 system'].map((actor) => actorText(actor, t))).toEqual([
    '系统（网站巡查）',
    'trace',
    '张老师',
    'li',
    '系统',
  ]);
});

it('a double click on a button does not shut the form that it opened', () => {
  const [first, second, key] = [1, 2, 0].map((detail) => isSecondClick({ detail }));
  expect([first, second, key]).toEqual([false, true, false]);
});

it('says what to do only where the message does not', () => {
  const failure = (status: number, code: string, details = {}) =>
    helpFor(new ApiError(status, code, { zh: '', en: '' }, details));
  expect(failure(0, 'web.unreachable')).toBe('unreachable');
  expect(failure(400, 'base.invalid_input', { issues: [{ path: 'name', message: 'x' }] })).toBe('invalid');
  const inAddress = { part: 'params', issues: [{ path: 'id', message: 'x' }] };
  expect(failure(400, 'base.invalid_input', inAddress)).toBe('notFound');
  const wrongFilter = { part: 'query', issues: [{ path: 'state', message: 'x' }] };
  expect(failure(400, 'base.invalid_input', wrongFilter)).toBe('address');
  expect(failure(500, 'base.bug')).toBe('bug');
  expect(failure(409, 'sites.duplicate_domain')).toBeUndefined();
  expect(helpFor(new Error('x'))).toBe('bug');
  const again = [0, 429, 503].map((status) => mayPass(new ApiError(status, 'x', { zh: '', en: '' })));
  expect([...again, mayPass(new ApiError(422, 'scan.damaged', { zh: '', en: '' }))]).toEqual([
    true,
    true,
    true,
    false,
  ]);
});
