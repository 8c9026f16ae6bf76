/** Pure part of the global search: pages by pinyin, grouping, recent choices. */
import type { NavPinyin } from './nav-pinyin.ts';

export interface FoundItem {
  readonly kind: string;
  readonly id: string;
  readonly title: string;
  readonly detail: string;
  /** An address of this product; anything else is not opened. */
  readonly link: string;
}

interface Page {
  readonly word: string;
  readonly to: string;
  readonly title: string;
  readonly group: string;
}

/** Pages of the navigation whose name, address or pinyin has the text. */
export function matchPages(pages: readonly Page[], text: string, pinyin: NavPinyin): FoundItem[] {
  const wanted = text.toLowerCase();
  if (wanted === '') return [];
  return pages
    .filter(({ word, to, title }) =>
      [title.toLowerCase(), to, pinyin[word] ?? ''].some((name) => name.includes(wanted)),
    )
    .map(({ to, title, group }) => ({ kind: 'page', id: to, title, detail: group, link: to }));
}

/** How many recent choices are kept. */
const kept = 8;

/** The recent choices after one more: the newest first, each once. */
export function remember(recent: readonly FoundItem[], item: FoundItem): FoundItem[] {
  return [item, ...recent.filter((one) => one.link !== item.link)].slice(0, kept);
}

interface Group {
  readonly kind: string;
  readonly items: readonly FoundItem[];
}

/** Pages first, then what the server found; with nothing typed, what was opened lately. */
export function groupsOf(
  found: readonly { kind: string; items: readonly Omit<FoundItem, 'kind'>[] }[],
  pages: readonly FoundItem[],
  recent: readonly FoundItem[],
  text: string,
): Group[] {
  const groups: Group[] =
    text === ''
      ? [{ kind: 'recent', items: recent.filter((item) => isInside(item.link)) }]
      : [
          { kind: 'page', items: pages },
          ...found.map(({ kind, items }) => ({ kind, items: items.map((item) => ({ ...item, kind })) })),
        ];
  return groups.filter((group) => group.items.length > 0);
}

/** Whether a link stays in this product: a path, no other host. */
export function isInside(link: string): boolean {
  return /^\/(?![/\\])/.test(link);
}
