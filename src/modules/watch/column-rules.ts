/** What the crawl saw against the columns that a school declared. Pure. */
import type { SeenFault } from '#findings';
import { pageFault } from './home-rules.ts';
import type { Interactive } from './page-facts.ts';

/** A declared column, as far as it is judged. */
export interface DeclaredColumn {
  readonly name: string;
  readonly path_prefix: string;
  readonly owner_name: string | null;
  readonly update_days: number | null;
  readonly interactive: boolean;
}

/** A page that this check read, with what it says of itself. */
export interface ColumnPage {
  readonly url: string;
  readonly newestDay: string | null;
  readonly datedEntries: number;
  readonly interactive: readonly Interactive[];
}

/**
 * The column on which a page stands: of those whose path it begins with the longest. `/list1` is not the begin of
 * `/list10`, nor `?id=3` of `?id=30`.
 */
export function columnOf<T extends Pick<DeclaredColumn, 'path_prefix'>>(
  columns: readonly T[],
  url: string,
): T | undefined {
  const address = URL.parse(url);
  if (!address) return undefined;
  const path = `${address.pathname}${address.search}`;
  let best: T | undefined;
  for (const one of columns) {
    if (beginsWith(path, one.path_prefix) && one.path_prefix.length > (best?.path_prefix.length ?? 0))
      best = one;
  }
  return best;
}

function beginsWith(path: string, prefix: string): boolean {
  // As the page's address has them: what a person typed in Chinese stands there encoded.
  const typed = URL.parse(prefix, 'http://x.example/');
  const wanted = typed ? `${typed.pathname}${typed.search}` : prefix;
  if (!path.startsWith(wanted)) return path === wanted.replace(/\/$/, '');
  const next = path[wanted.length];
  return next === undefined || !/[a-z0-9]/i.test(next) || !/[a-z0-9]/i.test(wanted.at(-1) ?? '');
}

const ownerWords = ({ owner_name: owner }: DeclaredColumn) => (owner ? `负责人${owner}` : '没有登记负责人');

const columnWords = (column: DeclaredColumn) =>
  `栏目“${column.name}”（${column.path_prefix}，${ownerWords(column)}）`;

const partWords: Readonly<Record<Interactive, string>> = {
  upload: '文件上传',
  login: '登录入口',
  comment: '评论',
  guestbook: '留言板',
  bbs: '论坛',
  search: '搜索框',
};

const severities: Readonly<Record<Interactive, 'info' | 'low' | 'medium'>> = {
  upload: 'medium',
  comment: 'medium',
  guestbook: 'medium',
  bbs: 'medium',
  login: 'low',
  search: 'info',
};

/** Pages that a finding lists. */
const LISTED = 5;

/**
 * Ways to leave something behind that no declared column names: one finding for each way, on the home page when it is
 * there, else on the shortest address. A search box is told only where columns are declared: nearly every site has one.
 */
export function judgeInteractive(
  columns: readonly DeclaredColumn[],
  pages: readonly ColumnPage[],
  home: string,
): SeenFault[] {
  const faults: SeenFault[] = [];
  for (const part of Object.keys(partWords) as Interactive[]) {
    if (part === 'search' && columns.length === 0) continue;
    const found = pages.filter(
      ({ url, interactive }) => interactive.includes(part) && !columnOf(columns, url)?.interactive,
    );
    if (found.length === 0) continue;
    const urls = found.map(({ url }) => url).sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
    const at = urls.includes(home) ? home : urls[0]!;
    const column = columnOf(columns, at);
    const where = column ? `${columnWords(column)}申报为不可互动` : '不在申报的栏目里';
    const list = urls.slice(0, LISTED).join('、');
    const context = `${urls.length} 个网页上有${partWords[part]}，${where}：${list}。需要它的，申报为可互动并指定审核人；不需要的，撤下`;
    faults.push(
      pageFault(at, {
        kind: 'interactive',
        rule: `interactive.${part}`,
        severity: severities[part],
        text: `未申报的${partWords[part]}`,
        context,
      }),
    );
  }
  return faults;
}

/**
 * Declared columns that were not updated within their interval, with the dates that say so. `isWhole`: the check came to
 * the end of its line; only then is a column without any page told. What has pages but no dates is not judged.
 */
export function judgeColumns(
  columns: readonly DeclaredColumn[],
  pages: readonly ColumnPage[],
  check: { readonly home: string; readonly today: string; readonly isWhole: boolean },
): SeenFault[] {
  return columns.flatMap((column) => {
    const own = pages.filter(({ url }) => columnOf(columns, url) === column);
    if (own.length === 0) return check.isWhole ? missingColumn(column, check.home) : [];
    return column.update_days === null
      ? []
      : (staleColumn(column, column.update_days, own, check.today) ?? []);
  });
}

function missingColumn(column: DeclaredColumn, home: string): SeenFault {
  const context = `${columnWords(column)}已申报，但整个网站里没有读到它的网页；路径写错了请改正，栏目已撤的请从申报里去掉`;
  return pageFault(home, {
    kind: 'stale',
    rule: 'stale.no-column',
    severity: 'low',
    text: column.name,
    context,
  });
}

function staleColumn(
  column: DeclaredColumn,
  days: number,
  own: readonly ColumnPage[],
  today: string,
): SeenFault | undefined {
  const dated = own
    .filter(({ newestDay }) => newestDay !== null && newestDay <= today)
    .sort((a, b) =>
      a.newestDay! < b.newestDay! ? 1 : a.newestDay! > b.newestDay! ? -1 : a.url.length - b.url.length,
    );
  const [newest] = dated;
  if (!newest) return undefined;
  const since = Math.floor((Date.parse(today) - Date.parse(newest.newestDay!)) / 86_400_000);
  if (since <= days) return undefined;
  const evidence = dated
    .slice(0, 3)
    .map(({ newestDay, url }) => `${newestDay}（${url}）`)
    .join('；');
  const at = own.map(({ url }) => url).sort((a, b) => a.length - b.length || (a < b ? -1 : 1))[0]!;
  const context = `${columnWords(column)}规定 ${days} 天更新一次，已有 ${since} 天没有更新；读了 ${own.length} 个网页，最新的日期：${evidence}`;
  return pageFault(at, {
    kind: 'stale',
    rule: 'stale.declared',
    severity: 'low',
    text: column.name,
    context,
  });
}
