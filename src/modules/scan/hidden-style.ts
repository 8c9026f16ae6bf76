/** The static signs by which an element is made invisible to people but not to search engines. */

/** Declarations of one element: property → value, lower case, without `!important`. */
export type Style = Map<string, string>;

export type HiddenSign =
  | 'display-none'
  | 'visibility-hidden'
  | 'hidden-attribute'
  | 'off-screen'
  | 'font-size-0'
  | 'tiny-box'
  | 'marquee-1px'
  | 'same-colour'
  | 'transparent'
  | 'clipped';

interface StyleRule {
  readonly tag: string | null;
  readonly id: string | null;
  readonly classes: readonly string[];
  readonly style: Style;
  readonly important: ReadonlySet<string>;
}

/** Rules by the class, id or tag that an element must have for them. */
export interface StyleSheet {
  readonly byKey: Map<string, StyleRule[]>;
}

/** Reads `a: b; c: d`. */
function readDeclarations(text: string): { style: Style; important: Set<string> } {
  const style: Style = new Map();
  const important = new Set<string>();
  for (const declaration of text.slice(0, 20_000).split(';')) {
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

/** An empty sheet, to which `addStyles` adds. */
export const createStyleSheet = (): StyleSheet => ({ byKey: new Map() });

/**
 * Adds the rules of a style sheet whose selectors are simple (`tag`, `.class`, `#id`, and these joined).
 * Rules inside at-rules such as @media do not always hold and are left out.
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
    at = end + 1;
  }
}

/** A declaration set for one id, as a script sets it. */
export function addIdRule(sheet: StyleSheet, id: string, style: Style): void {
  put(sheet, `#${id}`, { tag: null, id, classes: [], style, important: new Set() });
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
  for (const selector of selectors.split(',').slice(0, 1000)) {
    const simple = selector.trim();
    if (!/^(?:[a-z][a-z0-9]*)?(?:[.#][\w\u0080-\uffff-]+)*$/i.test(simple) || simple === '') continue;
    const tag = /^[a-z][a-z0-9]*/i.exec(simple)?.[0]?.toLowerCase() ?? null;
    const id = /#([\w\u0080-\uffff-]+)/.exec(simple)?.[1] ?? null;
    const classes = [...simple.matchAll(/\.([\w\u0080-\uffff-]+)/g)].map((match) => match[1]!);
    const key = id !== null ? `#${id}` : classes[0] !== undefined ? `.${classes[0]}` : tag!;
    put(sheet, key, { tag, id, classes, style, important });
  }
}

function put(sheet: StyleSheet, key: string, rule: StyleRule): void {
  const list = sheet.byKey.get(key);
  if (!list) sheet.byKey.set(key, [rule]);
  else if (list.length < 64) list.push(rule);
}

/** Only properties that a sign reads are kept, so that a large ordinary style sheet costs nothing. */
const READ =
  /^(?:display|visibility|opacity|position|left|top|right|bottom|margin-left|margin-top|margin|text-indent|font-size|font|width|height|max-width|max-height|overflow|clip|clip-path|color|background|background-color|transform)$/;
const mayHide = (style: Style) => [...style.keys()].some((name) => READ.test(name));

/** What an element's style is after the sheet's rules and its own `style` attribute. */
export function styleOf(
  sheet: StyleSheet,
  tag: string,
  id: string | undefined,
  className: string | undefined,
  inline: string | undefined,
): Style | null {
  const classes = className ? className.split(/\s+/).filter(Boolean).slice(0, 50) : [];
  if (sheet.byKey.size === 0 && inline === undefined) return null;
  const merged: Style = new Map();
  const fixed = new Set<string>();
  const keys = [tag, ...classes.map((name) => `.${name}`), ...(id ? [`#${id}`] : [])];
  for (const key of keys) {
    for (const rule of sheet.byKey.get(key) ?? []) {
      if (rule.tag && rule.tag !== tag) continue;
      if (rule.id && rule.id !== id) continue;
      if (!rule.classes.every((name) => classes.includes(name))) continue;
      for (const [name, value] of rule.style) if (!fixed.has(name)) merged.set(name, value);
      for (const name of rule.important) fixed.add(name);
    }
  }
  if (inline !== undefined) {
    for (const [name, value] of readDeclarations(inline).style) if (!fixed.has(name)) merged.set(name, value);
  }
  return merged.size === 0 ? null : merged;
}

/** The first sign that the style hides its element, or null. */
export function hiddenSign(style: Style): HiddenSign | null {
  const get = (name: string) => style.get(name) ?? '';
  if (get('display') === 'none') return 'display-none';
  if (/^(?:hidden|collapse)$/.test(get('visibility'))) return 'visibility-hidden';
  const opacity = get('opacity');
  if (opacity !== '' && Number.parseFloat(opacity) <= 0.01) return 'transparent';
  if (isOffScreen(style)) return 'off-screen';
  const size =
    pixels(get('font-size')) ?? pixels(/(?:^|\s)([\d.]+(?:px|pt|em|rem))/.exec(get('font'))?.[1] ?? '');
  if (size !== null && size <= 1) return 'font-size-0';
  if (isTiny(style)) return 'tiny-box';
  if (
    /^rect\(\s*(?:0|1)(?:px)?[\s,]+(?:0|1)(?:px)?[\s,]+(?:0|1)(?:px)?[\s,]+(?:0|1)(?:px)?\s*\)/.test(
      get('clip'),
    )
  )
    return 'clipped';
  if (/^inset\(\s*(?:50|100)%|^circle\(\s*0/.test(get('clip-path'))) return 'clipped';
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
