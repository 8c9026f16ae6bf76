/** The static signs by which an element is made invisible to people but not to search engines. */
import type { hiddenSigns } from './contract/rule-names.ts';

/** Declarations of one element: property → value, lower case, without `!important`. */
export type Style = Map<string, string>;

export type HiddenSign = (typeof hiddenSigns)[number];

/** An element as selectors see it. */
export interface Matched {
  readonly name: string;
  readonly id: string | undefined;
  readonly classes: readonly string[];
}

interface StyleRule {
  readonly tag: string | null;
  readonly id: string | null;
  readonly classes: readonly string[];
  /** What must be around the element, from the outside in: `tag`, `.class`, `#id`, and these joined. */
  readonly around: readonly Compound[];
  /** Attributes that it must have: name, operator, value. */
  readonly attributes: readonly (readonly [name: string, operator: string, value: string])[];
  /** The last compound as written, to know what another rule reveals. */
  readonly target: string;
  readonly style: Style;
  readonly important: ReadonlySet<string>;
}

interface Compound {
  readonly tag: string | null;
  readonly id: string | null;
  readonly classes: readonly string[];
}

/** Rules by the class, id or tag that an element must have for them; `*` for rules by attributes alone. */
export interface StyleSheet {
  readonly byKey: Map<string, StyleRule[]>;
  /** Compounds that some rule shows again on hover, focus or a class of a state: menus, not hiding places. */
  readonly revealed: Set<string>;
  /** What was read and joined already on this page. */
  readonly inline: Map<string, Style>;
  readonly joined: Map<Style, Map<Style, Style>>;
}

/** Reads `a: b; c: d`. */
function readDeclarations(text: string): { style: Style; important: Set<string> } {
  const style: Style = new Map();
  const important = new Set<string>();
  for (const declaration of plainCss(text.slice(0, 20_000)).split(';')) {
    const colon = declaration.indexOf(':');
    if (colon < 0) continue;
    const name = declaration.slice(0, colon).trim().toLowerCase();
    const raw = declaration
      .slice(colon + 1)
      .trim()
      .toLowerCase();
    const mark = raw.indexOf('!important');
    if (mark >= 0) important.add(name);
    style.set(name, (mark >= 0 ? raw.slice(0, mark) : raw).trim());
  }
  return { style, important };
}

/** Without comments and escapes: `dis/**\/play`, `n\\6f ne`. */
function plainCss(text: string): string {
  const read = text.includes('/*') ? withoutComments(text) : text;
  if (!read.includes('\\')) return read;
  return read.replace(/\\([0-9a-f]{1,6})\s?/gi, (_, code: string) => {
    const point = Number.parseInt(code, 16);
    return point > 0 && point <= 0x10ffff ? String.fromCodePoint(point) : '';
  });
}

/** An empty sheet, to which `addStyles` adds. */
export const createStyleSheet = (): StyleSheet => ({
  byKey: new Map(),
  revealed: new Set(),
  inline: new Map(),
  joined: new Map(),
});

/**
 * Adds the rules of a style sheet whose selectors are `tag`, `.class`, `#id`, `[attribute]`, these joined, and inside one another.
 * Rules inside `@media screen` and `@media all` hold; those of other at-rules do not always and are left out.
 */
export function addStyles(sheet: StyleSheet, css: string): void {
  const text = withoutComments(css);
  let at = 0;
  while (at < text.length) {
    const open = text.indexOf('{', at);
    if (open < 0) return;
    const head = text.slice(at, open);
    const selector = head.slice(head.lastIndexOf(';') + 1).trim();
    const close = selector.startsWith('@') ? closingBrace(text, open) : text.indexOf('}', open);
    const end = close < 0 ? text.length : close;
    if (!selector.startsWith('@')) addRule(sheet, selector, text.slice(open + 1, end));
    else if (/^@media\s+(?:only\s+)?(?:screen|all)$/i.test(selector))
      addStyles(sheet, text.slice(open + 1, end));
    at = end + 1;
  }
}

/** A declaration set for one id, as a script sets it. */
export function addIdRule(sheet: StyleSheet, id: string, style: Style): void {
  put(sheet, `#${id}`, {
    ...{ tag: null, id, classes: [], around: [], attributes: [], target: `#${id}` },
    style,
    important: new Set(),
  });
}

function withoutComments(css: string): string {
  let text = '';
  let at = 0;
  for (;;) {
    const open = css.indexOf('/*', at);
    if (open < 0) return text + css.slice(at);
    text += css.slice(at, open);
    const close = css.indexOf('*/', open + 2);
    if (close < 0) return text;
    at = close + 2;
  }
}

function closingBrace(text: string, open: number): number {
  let depth = 0;
  for (let at = open; at < text.length; at++) {
    if (text[at] === '{') depth++;
    else if (text[at] === '}' && --depth === 0) return at;
  }
  return -1;
}

function addRule(sheet: StyleSheet, selectors: string, body: string): void {
  const { style, important } = readDeclarations(body);
  if (!mayHide(style)) return;
  const shows =
    /^(?!none)/.test(style.get('display') ?? 'none') || /^visible/.test(style.get('visibility') ?? '');
  for (const selector of selectors.split(',').slice(0, 1000)) {
    const parts = selector
      .replace(/\s*>\s*/g, ' ')
      .trim()
      .split(/\s+/);
    if (shows && STATE.test(selector))
      sheet.revealed.add(
        parts
          .at(-1)!
          .replace(/:[\w-]+(?:\([^)]*\))?/g, '')
          .replace(STATE, ''),
      );
    const target = parts.pop()!;
    const compound = readCompound(target.replace(ATTRIBUTE, ''));
    const around = parts.map(readCompound);
    if (!compound || around.length > 8 || around.some((one) => one === null)) continue;
    const attributes = [...target.matchAll(ATTRIBUTE)].map(
      (match) => [match[1]!.toLowerCase(), match[2] ?? '', match[3] ?? ''] as const,
    );
    const { tag, id, classes } = compound;
    if (tag === null && id === null && classes.length === 0 && attributes.length === 0) continue;
    const key = id !== null ? `#${id}` : classes[0] !== undefined ? `.${classes[0]}` : (tag ?? '*');
    put(sheet, key, { ...compound, around: around as Compound[], attributes, target, style, important });
  }
}

const STATE =
  /:(?:hover|focus|target|checked|active|focus-within)|\.(?:active|open|show|on|cur|current|hover|selected|in)\b/;
const ATTRIBUTE = /\[\s*([\w-]{1,40})\s*(?:([~|^$*]?=)\s*["']?([^\]"']{0,100})["']?\s*)?\]/g;

/** Reads `tag.class#id`, or null for what is not of that form. */
function readCompound(text: string): Compound | null {
  if (!/^(?:[a-z][a-z0-9]*|\*)?(?:[.#][\w\u0080-\uffff-]+)*$/i.test(text)) return null;
  return {
    tag: /^[a-z][a-z0-9]*/i.exec(text)?.[0]?.toLowerCase() ?? null,
    id: /#([\w\u0080-\uffff-]+)/.exec(text)?.[1] ?? null,
    classes: [...text.matchAll(/\.([\w\u0080-\uffff-]+)/g)].map((match) => match[1]!),
  };
}

const fits = (compound: Compound, element: Matched) =>
  (compound.tag === null || compound.tag === element.name) &&
  (compound.id === null || compound.id === element.id) &&
  compound.classes.every((name) => element.classes.includes(name));

/** Whether the rule's surroundings are among the open elements, in their order. */
function isAround(rule: StyleRule, open: readonly Matched[]): boolean {
  let at = open.length - 1;
  for (let place = rule.around.length - 1; place >= 0; place--, at--) {
    while (at >= 0 && !fits(rule.around[place]!, open[at]!)) at--;
    if (at < 0) return false;
  }
  return true;
}

function hasAttribute(
  [name, operator, wanted]: readonly [string, string, string],
  read: (name: string) => string | undefined,
): boolean {
  const value = read(name);
  if (value === undefined) return false;
  if (operator === '') return true;
  if (operator === '=') return value === wanted;
  if (operator === '^=') return wanted !== '' && value.startsWith(wanted);
  if (operator === '$=') return wanted !== '' && value.endsWith(wanted);
  if (operator === '*=') return wanted !== '' && value.includes(wanted);
  return value.split(/[\s-]+/).includes(wanted);
}

function put(sheet: StyleSheet, key: string, rule: StyleRule): void {
  const list = sheet.byKey.get(key);
  if (!list) sheet.byKey.set(key, [rule]);
  else if (list.length < 64) list.push(rule);
}

/** Only properties that a sign reads are kept, so that a large ordinary style sheet costs nothing. */
const READ =
  /^(?:display|visibility|opacity|position|left|top|right|bottom|margin-left|margin-top|margin|text-indent|font-size|font|width|height|max-width|max-height|overflow|clip|clip-path|color|background|background-color|background-image|transform|filter|z-index|letter-spacing|content-visibility|line-height)$/;
const mayHide = (style: Style) => [...style.keys()].some((name) => READ.test(name));

/** What an element's style is after the sheet's rules and its own `style` attribute; `open` is what is around it. */
export function styleOf(
  sheet: StyleSheet,
  element: Matched,
  open: readonly Matched[],
  attribute: (name: string) => string | undefined,
): Style | null {
  const inline = attribute('style');
  if (sheet.byKey.size === 0 && inline === undefined) return null;
  let merged: Style | null = null;
  let fixed: Set<string> | null = null;
  const take = (key: string) => {
    const rules = sheet.byKey.get(key);
    if (!rules) return;
    for (const rule of rules) {
      if (!fits(rule, element) || sheet.revealed.has(rule.target)) continue;
      if (!rule.attributes.every((one) => hasAttribute(one, attribute)) || !isAround(rule, open)) continue;
      merged = joinStyles(sheet, merged, rule.style, fixed);
      if (rule.important.size > 0) fixed = new Set([...(fixed ?? []), ...rule.important]);
    }
  };
  take('*');
  take(element.name);
  for (const name of element.classes) take(`.${name}`);
  if (element.id) take(`#${element.id}`);
  if (inline !== undefined && inline !== '')
    merged = joinStyles(sheet, merged, inlineStyle(sheet, inline), fixed);
  return merged;
}

/** The declarations of a `style` attribute; pages repeat the same ones by the hundred. */
function inlineStyle(sheet: StyleSheet, text: string): Style {
  const known = sheet.inline.get(text);
  if (known) return known;
  const { style } = readDeclarations(text);
  sheet.inline.set(text, style);
  return style;
}

/** `next` over `first`, without what `fixed` names. The same two give the same object, by which signs are remembered. */
function joinStyles(sheet: StyleSheet, first: Style | null, next: Style, fixed: Set<string> | null): Style {
  if (first === null) return next;
  const seconds = sheet.joined.get(first) ?? new Map<Style, Style>();
  const known = fixed === null ? seconds.get(next) : undefined;
  if (known) return known;
  const joined: Style = new Map(first);
  for (const [name, value] of next) if (!fixed?.has(name)) joined.set(name, value);
  if (fixed === null) sheet.joined.set(first, seconds.set(next, joined));
  return joined;
}

/** What a style says that is asked of every element: read once for each style. */
export function lookOf(style: Style): StyleLook {
  let look = looks.get(style);
  if (!look) {
    look = { sign: hiddenSign(style), colour: readColour(style.get('color')), ground: groundOf(style) };
    looks.set(style, look);
  }
  return look;
}

interface StyleLook {
  readonly sign: HiddenSign | null;
  readonly colour: string | null;
  readonly ground: string | null;
}

const looks = new WeakMap<Style, StyleLook>();

/** The first sign that the style hides its element, or null. */
function hiddenSign(style: Style): HiddenSign | null {
  const get = (name: string) => style.get(name) ?? '';
  if (get('display') === 'none') return 'display-none';
  if (/^(?:hidden|collapse)$/.test(get('visibility'))) return 'visibility-hidden';
  const opacity = get('opacity');
  if (opacity !== '' && Number.parseFloat(opacity) <= (opacity.endsWith('%') ? 1 : 0.01))
    return 'transparent';
  if (/opacity\s*=\s*0(?!\d)|opacity\(\s*0(?:\.0+)?%?\s*\)/.test(get('filter'))) return 'transparent';
  if (get('content-visibility') === 'hidden') return 'visibility-hidden';
  if (isOffScreen(style)) return 'off-screen';
  const size =
    pixels(get('font-size')) ?? pixels(/(?:^|\s)([\d.]+(?:px|pt|em|rem))/.exec(get('font'))?.[1] ?? '');
  if (size !== null && size <= 1) return 'font-size-0';
  const spacing = pixels(get('letter-spacing'));
  if (spacing !== null && spacing <= -50) return 'font-size-0';
  if (isTiny(style) || /scale[xy3d]*\(\s*0(?:\.0\d*)?\s*[,)]/.test(get('transform'))) return 'tiny-box';
  if (/^-[1-9]/.test(get('z-index')) && /^(?:absolute|fixed|relative)$/.test(get('position')))
    return 'behind';
  if (
    /^rect\(\s*(?:0|1)(?:px)?[\s,]+(?:0|1)(?:px)?[\s,]+(?:0|1)(?:px)?[\s,]+(?:0|1)(?:px)?\s*\)/.test(
      get('clip'),
    )
  )
    return 'clipped';
  if (
    /^inset\(\s*(?:50|100)%|^circle\(\s*0|^polygon\((?:\s*0(?:px|%)?\s+0(?:px|%)?\s*,?)+\)/.test(
      get('clip-path'),
    )
  )
    return 'clipped';
  return null;
}

function isOffScreen(style: Style): boolean {
  const get = (name: string) => pixels(style.get(name) ?? '');
  const far = (value: number | null) => value !== null && value <= -300;
  if (far(get('text-indent')) || far(get('margin-left')) || far(get('margin-top'))) return true;
  if ((style.get('margin') ?? '').split(/\s+/).some((part) => far(pixels(part)))) return true;
  if (/translate[xy3d]*\([^)]*-\s*(?:\d{4,}px|\d{3,}(?:%|v[wh]))/.test(style.get('transform') ?? ''))
    return true;
  if (!/^(?:absolute|fixed|relative)$/.test(style.get('position') ?? '')) return false;
  const sides = ['left', 'top', 'right', 'bottom'].map((side) => get(side));
  return sides.some((value) => far(value) || (value !== null && value >= 5000));
}

function isTiny(style: Style): boolean {
  const get = (name: string) => pixels(style.get(name) ?? '');
  const small = (value: number | null) => value !== null && value <= 1;
  const width = small(get('width')) || small(get('max-width'));
  const height = small(get('height')) || small(get('max-height'));
  return (width && height) || ((width || height) && /hidden|clip/.test(style.get('overflow') ?? ''));
}

/** Pixels of a CSS length (percent and viewport units as of a 1000-pixel screen), or null. */
function pixels(value: string): number | null {
  const match = /^(-?(?:\d+\.?\d*|\.\d+))\s*(px|pt|em|rem|%|vw|vh|cm|in|)$/.exec(value);
  if (!match) return null;
  const factor = { '': 1, px: 1, pt: 4 / 3, em: 16, rem: 16, '%': 10, vw: 10, vh: 10, cm: 38, in: 96 }[
    match[2] as ''
  ];
  return Number(match[1]) * factor;
}

/** Whether two plain colours cannot be told apart on a screen: #f5f5f5 on #ffffff (contrast 1.1 to 1). */
export function isSameColour(a: string, b: string): boolean {
  if (a === b) return true;
  if (a.length !== 7 || b.length !== 7) return false;
  return [1, 3, 5].every(
    (at) =>
      Math.abs(Number.parseInt(a.slice(at, at + 2), 16) - Number.parseInt(b.slice(at, at + 2), 16)) <= 10,
  );
}

/** The ground that a style paints: a colour, `image` where no colour can be told, or null. */
function groundOf(style: Style): string | null {
  const painted = `${style.get('background') ?? ''} ${style.get('background-image') ?? ''}`;
  if (/url\(|gradient/.test(painted)) return 'image';
  return readColour(style.get('background-color') ?? style.get('background'));
}

/** One spelling for a colour: `#rrggbb`, `transparent`, or null for what is not a plain colour. */
export function readColour(value: string | undefined): string | null {
  if (!value) return null;
  const text = value.trim().toLowerCase();
  const names: Record<string, string> = {
    white: '#ffffff',
    black: '#000000',
    red: '#ff0000',
    blue: '#0000ff',
    green: '#008000',
    gray: '#808080',
    yellow: '#ffff00',
    grey: '#808080',
    transparent: 'transparent',
  };
  if (names[text]) return names[text];
  const short = /^#([0-9a-f])([0-9a-f])([0-9a-f])$/.exec(text);
  if (short) return `#${short[1]}${short[1]}${short[2]}${short[2]}${short[3]}${short[3]}`;
  if (/^#[0-9a-f]{6}$/.test(text)) return text;
  const rgb = /^rgba?\(\s*(\d{1,3})[\s,]+(\d{1,3})[\s,]+(\d{1,3})(?:[\s,/]+([\d.]+))?\s*\)$/.exec(text);
  if (!rgb) return null;
  if (rgb[4] !== undefined && Number(rgb[4]) === 0) return 'transparent';
  return `#${rgb
    .slice(1, 4)
    .map((part) => Number(part).toString(16).padStart(2, '0'))
    .join('')}`;
}
