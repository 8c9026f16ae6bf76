/** What an opening tag says of its element: what hides it, its link, its fields. */
import { isSameColour, readColour } from './css-colours.ts';
import { type HiddenSign, lookOf } from './hidden-style.ts';
import type { Attribute, Hider, OpenElement, Page, Piece } from './html-page.ts';
import { type Matched, marksOf, styleOf } from './style-sheet.ts';

const SHOWN = ['alt', 'title', 'placeholder'] as const;

export type Attributes = ReadonlyMap<string, Attribute>;

const NO_CLASSES: readonly string[] = [];

function classesOf(value: string | undefined): readonly string[] {
  if (value === undefined || value === '') return NO_CLASSES;
  if (!/\s/.test(value)) return [value];
  return value.split(/\s+/).filter(Boolean).slice(0, 50);
}

/** Elements that show another page. */
const FRAMES: ReadonlySet<string> = new Set(['iframe', 'object', 'embed']);

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
  const as = (sign: HiddenSign | null, hider = parent?.hider ?? null): OpenElement => ({
    name: tag,
    id,
    classes,
    marks,
    sign,
    hider,
    last: null,
    background,
    isGroundSure,
  });
  const own =
    look?.sign ?? attributeSign(tag, value) ?? (tag === 'marquee' && look?.isFlat ? 'marquee-1px' : null);
  if (own) return as(own, hiderOf(own, seen, value('role'), parent));
  if (parent?.sign) return as(parent.sign);
  const colour = look?.colour ?? (tag === 'font' ? readColour(value('color')) : null);
  if (colour === 'transparent') return as('transparent');
  // A page whose ground nothing paints is white.
  const isUnseen = colour !== null && isGroundSure && isSameColour(colour, background ?? '#ffffff');
  return as(isUnseen ? (background ? 'same-colour' : 'white-text') : null);
}

/** Ways of hiding that slides, tabs and menus use, too. */
const OPENED: ReadonlySet<HiddenSign> = new Set([
  'display-none',
  'visibility-hidden',
  'hidden-attribute',
  'transparent',
  'tiny-box',
  'off-screen',
]);
const CONTAINER =
  /(?:^|[-_])(?:bd|tab|tabs|con|content|slide|slides|slider|switch|pic|banner|focus)(?:$|[-_\d])/i;

/** What hides, as far as one can tell from it whether a visitor opens it. */
function hiderOf(
  sign: HiddenSign,
  { name, id, classes }: Matched,
  role: string | undefined,
  parent: OpenElement | undefined,
): Hider | null {
  if (!OPENED.has(sign)) return null;
  const last = parent?.last;
  const isSeries =
    last?.name === name &&
    (last.sign === null || last.hider?.isSeries === true) &&
    (/^(?:li|dd|tr|option)$/.test(name) ||
      (classes[0] !== undefined && classes[0] === last.classes[0]) ||
      (id !== undefined && /\d$/.test(id) && stemOf(id) === stemOf(last.id ?? '')) ||
      (name === 'ul' && parent!.classes.some((one) => CONTAINER.test(one))));
  return { sign, id, classes, role, isSeries };
}

const stemOf = (id: string) => id.replace(/\d+$/, '');

function attributeSign(tag: string, value: (name: string) => string | undefined): HiddenSign | null {
  if (value('hidden') !== undefined) return 'hidden-attribute';
  const small = (name: string) => {
    const number = Number.parseFloat(value(name) ?? '');
    return number >= 0 && number <= 2;
  };
  if (tag === 'marquee' && (small('width') || small('height') || Number(value('scrollamount')) >= 3000))
    return 'marquee-1px';
  if (FRAMES.has(tag) && (small('width') || small('height')) && !/%/.test(value('height') ?? ''))
    return 'tiny-box';
  if (tag === 'svg' && small('width') && small('height')) return 'tiny-box';
  if (tag === 'template' || (tag === 'dialog' && value('open') === undefined)) return 'template';
  if (tag === 'noscript') return 'noscript';
  return null;
}

/** Elements that lead to another page, and pictures within links. */
const LINKING: ReadonlySet<string> = new Set(['a', 'area', 'link', 'img', ...FRAMES]);

function takeLink(
  page: Page,
  tag: string,
  attributes: Attributes,
  { sign, hider }: OpenElement,
  start: number,
  end: number,
): void {
  const value = (name: string) => attributes.get(name)?.value;
  if (tag === 'img') {
    page.sawPicture(Number(value('width') ?? 9) <= 1 && Number(value('height') ?? 9) <= 1);
    return;
  }
  const isFrame = FRAMES.has(tag);
  const href = ((isFrame ? value('src') : value('href')) ?? value(isFrame ? 'data' : 'xlink:href'))?.trim();
  if (!href) return;
  if (tag === 'a') page.openLink(href, start, sign, hider);
  else if (tag === 'area' || (isFrame && !MEDIA.test(href)))
    page.addLink({ href, start, end, text: value('alt') ?? '', sign, hider });
  else if (tag === 'link' && /^(?:canonical|alternate)$/i.test(value('rel') ?? ''))
    page.addLink({ href, start, end, text: '', sign: 'link-element' });
}

/** Takes the link and the fields of an element; `piecesOf` gives an attribute's value with its places. */
export function readAttributes(
  page: Page,
  tag: string,
  attributes: Attributes,
  element: OpenElement,
  start: number,
  end: number,
  piecesOf: (attribute: Attribute) => readonly Piece[],
): void {
  if (attributes.size === 0) return;
  if (LINKING.has(tag)) takeLink(page, tag, attributes, element, start, end);
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

/** Sounds and films play where nothing is seen, as on pages of long ago. */
const MEDIA = /\.(?:mp3|wma|wav|mid|midi|mp4|wmv|flv|swf|m4a|ogg)(?:[?#]|$)/i;

/** The page that a frame holds in its own attributes. */
export function documentOf(attributes: Attributes): string | null {
  const inside = attributes.get('srcdoc')?.value;
  if (inside) return inside;
  const data = /^\s*data:text\/html[^,]{0,40}?(;base64)?,(.{4,100000})$/is.exec(
    attributes.get('src')?.value ?? '',
  );
  if (!data) return null;
  return data[1] ? Buffer.from(data[2]!, 'base64').toString('utf8') : data[2]!.replaceAll('%3C', '<');
}
