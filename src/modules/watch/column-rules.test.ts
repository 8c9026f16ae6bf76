import { describe, expect, it } from 'vitest';
import {
  type ColumnPage,
  columnOf,
  type DeclaredColumn,
  judgeColumns,
  judgeInteractive,
} from './column-rules.ts';

const column = (name: string, path_prefix: string, more: Partial<DeclaredColumn> = {}): DeclaredColumn => ({
  name,
  path_prefix,
  owner_name: '示例老师',
  update_days: null,
  interactive: false,
  ...more,
});
const host = 'http://www.school.example';
const page = (path: string, more: Partial<ColumnPage> = {}): ColumnPage => ({
  url: `${host}${path}`,
  newestDay: null,
  datedEntries: 0,
  interactive: [],
  ...more,
});
const check = { home: `${host}/`, today: '2026-06-01', isWhole: true };

describe('the column of a page', () => {
  it('is the longest that its address begins with, by whole names', () => {
    const columns = [
      column('甲', '/list1'),
      column('乙', '/list1/old/'),
      column('丙', '/list.asp?id=3'),
      column('丁', '/通知/'),
    ];
    const of = (path: string) => columnOf(columns, `${host}${path}`)?.name;
    expect(of('/list1')).toBe('甲');
    expect(of('/list1/7.html')).toBe('甲');
    expect(of('/list1.html')).toBe('甲');
    expect(of('/list10/7.html')).toBe(undefined);
    expect(of('/list1/old/7.html')).toBe('乙');
    expect(of('/list.asp?id=3&page=2')).toBe('丙');
    expect(of('/list.asp?id=30')).toBe(undefined);
    expect(of('/%E9%80%9A%E7%9F%A5/1.html')).toBe('丁');
    expect(columnOf(columns, 'no address')).toBe(undefined);
  });
});

describe('a declared column', () => {
  const news = column('通知公告', '/tzgg/', { update_days: 30 });

  it('that was not updated within its interval is told with the owner and the dates, at its first page', () => {
    const pages = [
      page('/tzgg/9.html', { newestDay: '2026-04-01' }),
      page('/tzgg/', { newestDay: '2026-04-20' }),
    ];
    const [fault] = judgeColumns([news], pages, check);
    expect(fault).toMatchObject({ rule: 'stale.declared', text: '通知公告', url: `${host}/tzgg/` });
    for (const word of ['示例老师', '30 天', '42 天', '2026-04-20', '/tzgg/9.html'])
      expect(fault!.context).toContain(word);
    expect(judgeColumns([news], [page('/tzgg/', { newestDay: '2026-05-02' })], check)).toEqual([]);
  });

  it('is not judged by dates to come, nor without any date, nor by the pages of a column within it', () => {
    const inner = column('旧闻', '/tzgg/old/');
    expect(judgeColumns([news], [page('/tzgg/', { newestDay: '2027-01-01' })], check)).toEqual([]);
    expect(judgeColumns([news], [page('/tzgg/')], check)).toEqual([]);
    const pages = [
      page('/tzgg/', { newestDay: '2026-05-20' }),
      page('/tzgg/old/', { newestDay: '2020-01-01' }),
    ];
    expect(judgeColumns([news, inner], pages, check)).toEqual([]);
  });

  it('of which a whole check read no page is told on the home page; a check that was cut short says nothing', () => {
    expect(judgeColumns([news], [page('/')], check)).toMatchObject([
      { rule: 'stale.no-column', url: `${host}/` },
    ]);
    expect(judgeColumns([news], [page('/')], { ...check, isWhole: false })).toEqual([]);
  });
});

describe('a way to leave something behind', () => {
  const board = column('校长信箱', '/mail/', { interactive: true });

  it('is told once for all pages unless a column declares it', () => {
    const pages = [
      page('/a/b.html', { interactive: ['comment', 'login'] }),
      page('/', { interactive: ['login'] }),
      page('/a/', { interactive: ['comment'] }),
      page('/mail/', { interactive: ['guestbook', 'upload'] }),
    ];
    const told = judgeInteractive([board], pages, check.home).map(({ rule, url }) => [rule, url]);
    expect(told).toEqual([
      ['interactive.login', `${host}/`],
      ['interactive.comment', `${host}/a/`],
    ]);
    expect(judgeInteractive([], pages, check.home)).toHaveLength(4);
  });

  it('in a column that is declared without is told with its owner', () => {
    const news = column('新闻', '/news/');
    const [fault] = judgeInteractive(
      [news],
      [page('/news/1.html', { interactive: ['comment'] })],
      check.home,
    );
    expect(fault).toMatchObject({ rule: 'interactive.comment', severity: 'medium' });
    expect(fault!.context).toContain('示例老师');
  });

  it('that is a search box is told only where columns are declared', () => {
    const pages = [page('/', { interactive: ['search'] })];
    expect(judgeInteractive([], pages, check.home)).toEqual([]);
    expect(judgeInteractive([board], pages, check.home)).toMatchObject([
      { rule: 'interactive.search', severity: 'info' },
    ]);
  });
});
