/** What an opening tag says of its element: what hides it, its link, its fields. */
import { type HiddenSign, isSameColour, lookOf, readColour } from './hidden-style.ts';
import type { Attribute, OpenElement, Page, Piece } from './html-page.ts';
import { marksOf, styleOf } from './style-sheet.ts';

const SHOWN = ['alt', 'title', 'placeholder'] as const;

export type Attributes = ReadonlyMap<string, Attribute>;

const NO_CLASSES: readonly string[] = [];

function classesOf(value: string | undefined): readonly string[] {
  if (value === undefined || value === '') return NO_CLASSES;
  if (!/\s/.test(value)) return [value];
  return value.split(/\s+/).filter(Boolean).slice(0, 50);
}

/** The element with the sign that hides it: its own or, failing that, the one of the element around it. */
export function describeElement(page: Page, tag: string, attributes: Attributes): OpenElement {
  const parent = page.stack[page.stack.length - 1];
  const value = (name: string) => attributes.get(name)?.value;
  const classes = classesOf(value('class'));
  const id = value('id');
  const marks = (parent?.marks ?? 0) | marksOf(page.sheet, tag, id, classes);
  const seen = { name: tag, id, classes, marks };
  const style = styleOf(page.sheet, seen, page.stack, value);
  const look = style && lookOf(style);
  const painted = look?.ground ?? (value('background') ? 'image' : readColour(value('bgcolor')));
  const background = painted ?? parent?.background ?? null;
  const isNamed = classes.length > 0 || id !== undefined;
  const isGroundSure =
    painted !== null ||
    !page.hasOtherStyles ||
    (background !== null && !isNamed && parent?.isGroundSure === true);
  const as = (sign: HiddenSign | null) => ({
    ...{ name: tag, id, classes, marks, sign },
    background,
    isGroundSure,
  });
  const own = look?.sign ?? attributeSign(tag, value);
  if (own || parent?.sign) return as(own ?? parent!.sign);
  const colour = look?.colour ?? (tag === 'font' ? readColour(value('color')) : null);
  if (colour === 'transparent') return as('transparent');
  // A page whose ground nothing paints is white.
  const isUnseen = colour !== null && isGroundSure && isSameColour(colour, background ?? '#ffffff');
  return as(isUnseen ? (background ? 'same-colour' : 'white-text') : null);
}

function attributeSign(tag: string, value: (name: string) => string | undefined): HiddenSign | null {
  if (value('hidden') !== undefined) return 'hidden-attribute';
  const small = (name: string) => {
    const number = Number.parseFloat(value(name) ?? '');
    return number >= 0 && number <= 2;
  };
  if (tag === 'marquee' && (small('width') || small('height') || Number(value('scrollamount')) >= 3000))
    return 'marquee-1px';
  if (tag === 'iframe' && (small('width') || small('height')) && !/%/.test(value('height') ?? ''))
    return 'tiny-box';
  if (tag === 'noscript') return 'noscript';
  return null;
}

/** Takes the link and the fields of an element; `piecesOf` gives an attribute's value with its places. */
export function readAttributes(
  page: Page,
  tag: string,
  attributes: Attributes,
  sign: HiddenSign | null,
  start: number,
  end: number,
  piecesOf: (attribute: Attribute) => readonly Piece[],
): void {
  if (attributes.size === 0) return;
  const href = attributes.get(tag === 'iframe' ? 'src' : 'href')?.value.trim();
  if (tag === 'a' && href) page.openLink(href, start, sign);
  else if ((tag === 'area' || tag === 'iframe') && href)
    page.addLink({ href, start, end, text: attributes.get('alt')?.value ?? '', sign });
  const source = attributes.get('src')?.value.trim();
  if (tag === 'script' && source) page.addLink({ href: source, start, end, text: '', sign: 'script-source' });
  if (tag === 'meta' && attributes.get('http-equiv')?.value.trim().toLowerCase() === 'refresh') {
    const target = /url\s*=\s*["']?\s*([^"'\s]+)/i.exec(attributes.get('content')?.value ?? '')?.[1];
    if (target) page.addLink({ href: target, start, end, text: '', sign: 'meta-refresh' });
  }
  if (tag === 'meta') {
    const name = (attributes.get('name') ?? attributes.get('property'))?.value.toLowerCase() ?? '';
    const content = attributes.get('content');
    if (content && /keywords|description|title|subject/.test(name))
      page.addField(name, piecesOf(content), end);
  }
  for (const name of SHOWN) {
    const shown = attributes.get(name);
    const isSaid = shown !== undefined && shown.value.trim() !== '';
    if (isSaid) page.addField(name, piecesOf(shown), end);
    if (tag === 'img' && name === 'alt' && !isIcon(attributes)) page.addImage(isSaid ? shown.value : null);
  }
}

/** Smaller than a face that somebody could know. */
const isIcon = (attributes: Attributes) =>
  ['width', 'height'].some((name) => /^\s*(?:\d|[1-4]\d)(?:px)?\s*$/.test(attributes.get(name)?.value ?? ''));
