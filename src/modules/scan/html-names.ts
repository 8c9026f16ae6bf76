/** Names of tags and attributes as read from a page: the same string object for the same known name. */

import { blockElements, closedBy, endsWithScope, voidElements } from './html-elements.ts';

/** The known name that a range of a source spells, in any case of its letters, or null. */
type NameReader = (source: string, start: number, end: number) => string | null;

/** What the first, the last and the number of characters give tells most names apart. */
const SLOTS = 512;
const slotOf = (first: number, last: number, length: number) =>
  ((first | 0x20) * 7 + (last | 0x20) * 31 + length * 64) & (SLOTS - 1);

/**
 * A page has thousands of names and dozens of different ones; a new string for each would have to be hashed before any
 * table could tell it. `names` are of lower-case ASCII letters, digits and hyphens.
 */
function createNameReader(names: Iterable<string>): NameReader {
  const slots: string[][] = Array.from({ length: SLOTS }, () => []);
  for (const name of new Set(names))
    slots[slotOf(name.charCodeAt(0), name.charCodeAt(name.length - 1), name.length)]!.push(name);
  return (source, start, end) => {
    const length = end - start;
    if (length <= 0) return null;
    const slot = slots[slotOf(source.charCodeAt(start), source.charCodeAt(end - 1), length)]!;
    for (const name of slot) if (name.length === length && spells(source, start, name)) return name;
    return null;
  };
}

function spells(source: string, start: number, name: string): boolean {
  for (let at = 0; at < name.length; at++) {
    const unit = source.charCodeAt(start + at);
    if ((unit >= 0x41 && unit <= 0x5a ? unit | 0x20 : unit) !== name.charCodeAt(at)) return false;
  }
  return true;
}

const words = (text: string) => text.split(' ');

/** What of an element is read. */
const NEEDED = new Set(
  words(
    'href src style class id hidden name property content alt title placeholder value color bgcolor background width height scrollamount http-equiv type action data srcdoc xlink:href rel role open',
  ),
);
/** Frequent ones of which nothing is read. */
const PASSED_BY = words(
  'target lang align valign border cellspacing cellpadding colspan rowspan face size onclick onload tabindex nowrap language charset media method',
);
const knownAttribute = createNameReader([...NEEDED, ...PASSED_BY]);
const knownTag = createNameReader([
  ...[...blockElements, ...voidElements, ...endsWithScope, ...closedBy.keys()],
  ...words(
    'a span font b i u em strong small big sup sub script style noscript svg math label iframe object',
  ),
]);

/** Longer names are cut: they mean nothing. */
const LONGEST = 100;

/** The name of an opening tag in lower case. */
export const openingName = (source: string, start: number, end: number): string =>
  knownTag(source, start, end) ?? cut(source, start, end).toLowerCase();

/** The name of a closing tag in lower case, without white space around. */
export const closingName = (source: string, start: number, end: number): string =>
  knownTag(source, start, end) ?? cut(source, start, end).trim().toLowerCase();

const cut = (source: string, start: number, end: number) =>
  source.slice(start, Math.min(end, start + LONGEST));

/** The name of an attribute in lower case when something of it is read (`data-…` too: style sheets select by it), or ''. */
export function attributeName(source: string, start: number, end: number): string {
  const name = knownAttribute(source, start, end) ?? cut(source, start, end).toLowerCase();
  return NEEDED.has(name) || name.startsWith('data-') ? name : '';
}
