/** The rules of a page's own style sheets, and which of them hold for an element. */
import { closingBrace, readDeclarations, type Style, unnest, withoutComments } from './css-text.ts';
import { hiddenSign } from './hidden-style.ts';

/** An element as selectors see it. */
export interface Matched {
  readonly name: string;
  readonly id: string | undefined;
  readonly classes: readonly string[];
  /** What rules ask to be around others and this element, or one around it, may be; see `marksOf`. */
  readonly marks: number;
}

interface StyleRule extends Compound {
  /** What must be around the element, from the outside in: `tag`, `.class`, `#id`, and these joined. */
  readonly around: readonly Compound[];
  /** The marks of `around`. */
  readonly needs: number;
  /** Attributes that it must have: name, operator, value. */
  readonly attributes: readonly (readonly [name: string, operator: string, value: string])[];
  /** The last compound as written, to know what another rule reveals. */
  readonly target: string;
  /** The compound before it, for rules that reveal whatever is inside; empty when there is none. */
  readonly within: string;
  readonly style: Style;
  readonly important: ReadonlySet<string>;
}

interface Compound {
  readonly tag: string | null;
  readonly id: string | null;
  readonly classes: readonly string[];
}

/** Something for each tag (`*` for rules by attributes alone), class and id. */
interface ByKey<T> {
  readonly tags: Map<string, T>;
  readonly classes: Map<string, T>;
  readonly ids: Map<string, T>;
}

export interface StyleSheet {
  /** Rules by the class, id or tag that an element must have for them. */
  readonly rules: ByKey<StyleRule[]>;
  /**
   * One bit for each tag, class and id that some rule asks to be around its element: most rules of an ordinary sheet are
   * ruled out by one comparison of these (a template's sheet has dozens for `li a`, each under another class).
   */
  readonly marks: ByKey<number>;
  /** Compounds that some rule shows again on hover, focus or a class of a state: menus, not hiding places. */
  readonly revealed: Set<string>;
  /** What was read and joined already on this page. */
  readonly compounds: Map<string, Compound | null>;
  readonly inline: Map<string, Style>;
  readonly joined: Map<Style, Map<Style, Style>>;
  /** Puts the values of the page's variables in. */
  readonly resolve: (text: string) => string;
}

const byKey = <T>(): ByKey<T> => ({ tags: new Map(), classes: new Map(), ids: new Map() });

/** An empty sheet, to which `addStyles` adds. */
export const createStyleSheet = (resolve: (text: string) => string = (text) => text): StyleSheet => ({
  resolve,
  rules: byKey(),
  marks: byKey(),
  revealed: new Set(),
  compounds: new Map(),
  inline: new Map(),
  joined: new Map(),
});

/** What is within `@supports`, `@layer`, and `@media` of every screen holds; other at-rules hold for some visitors only. */
const HOLDS =
  /^@(?:supports\s+(?!not\b)|layer\b|media\s+(?:only\s+)?(?:screen|all)\s*$|media\s+(?:(?:only\s+)?(?:screen|all)\s+and\s+)?\(\s*(?:min-width\s*:\s*(?:[0-2]?\d{1,2})px|max-width\s*:\s*\d{5,}px)\s*\)\s*$)/i;

/**
 * Adds the rules of a style sheet whose selectors are `tag`, `.class`, `#id`, `[attribute]`, these joined, and inside one another.
 * Rules of at-rules that do not always hold are left out.
 */
export function addStyles(sheet: StyleSheet, css: string, depth = 0): void {
  const text = withoutComments(css);
  let at = 0;
  while (at < text.length) {
    const open = text.indexOf('{', at);
    if (open < 0) return;
    const head = text.slice(at, open);
    const selector = head.slice(head.lastIndexOf(';') + 1).trim();
    const isAt = selector.startsWith('@');
    let close = isAt ? closingBrace(text, open) : text.indexOf('}', open);
    const isNested = !isAt && depth < 4 && text.slice(open + 1, close).includes('{');
    if (isNested) close = Math.max(close, closingBrace(text, open));
    const end = close < 0 ? text.length : close;
    const body = text.slice(open + 1, end);
    if (isNested) addStyles(sheet, unnest(selector, body), depth + 1);
    else if (!isAt) addRule(sheet, selector, body);
    else if (depth < 16 && HOLDS.test(selector)) addStyles(sheet, body, depth + 1);
    at = end + 1;
  }
}

/** Gives what `#id` or `.class` names the declarations of a class, as a script does that sets it. */
export function copyClass(sheet: StyleSheet, name: string, selector: string): void {
  const compound = readCompound(sheet, selector);
  if (!compound) return;
  const lists = selector.startsWith('#') ? sheet.rules.ids : sheet.rules.classes;
  for (const rule of [...(sheet.rules.classes.get(name) ?? [])]) {
    if (rule.around.length === 0 && rule.classes.length === 1)
      put(lists, selector.slice(1), { ...rule, ...compound, target: selector });
  }
}

function addRule(sheet: StyleSheet, selectors: string, body: string): void {
  const { style, important } = readDeclarations(body);
  if (!mayHide(style)) return;
  const shows =
    STATE.test(selectors) &&
    [...style.keys()].some((name) => SHOWING.test(name)) &&
    hiddenSign(style) === null;
  const written = selectors.includes(':')
    ? selectors.replace(/:(?:is|where)\(([^(),]*)\)/g, '$1')
    : selectors;
  for (const selector of written.split(',', 1000)) {
    if (shows && STATE.test(selector)) reveal(sheet, selector);
    const plain = selector.includes('>') ? selector.replace(/\s*>\s*/g, ' ') : selector;
    const parts = plain.trim().split(/\s+/);
    const target = parts.pop()!;
    const hasAttributes = target.includes('[');
    const compound = readCompound(sheet, hasAttributes ? target.replace(ATTRIBUTE, '') : target);
    const around = parts.map((part) => readCompound(sheet, part));
    if (!compound || around.length > 8 || around.some((one) => one === null)) continue;
    const attributes = !hasAttributes
      ? NO_ATTRIBUTES
      : [...target.matchAll(ATTRIBUTE)].map(
          (match) => [match[1]!.toLowerCase(), match[2] ?? '', match[3] ?? ''] as const,
        );
    const { tag, id, classes } = compound;
    if (tag === null && id === null && classes.length === 0 && attributes.length === 0) continue;
    const needs = around.reduce((sum, one) => sum | addMarks(sheet.marks, one!), 0);
    const within = parts.length > 0 ? `${parts.at(-1)} *` : '';
    const rule = { ...{ tag, id, classes }, around: around as Compound[], needs, attributes, target, within };
    const { rules } = sheet;
    if (id !== null) put(rules.ids, id, { ...rule, style, important });
    else if (classes[0] !== undefined) put(rules.classes, classes[0], { ...rule, style, important });
    else put(rules.tags, tag ?? '*', { ...rule, style, important });
  }
}

const NO_ATTRIBUTES: StyleRule['attributes'] = [];
/** Remembers what a rule for a state shows: its last part without the state, or whatever is inside the part before. */
function reveal(sheet: StyleSheet, selector: string): void {
  const [target, around] = selector
    .replace(/\s*[>+~]\s*/g, ' ')
    .trim()
    .split(/\s+/)
    .slice(-2)
    .reverse()
    .map((part) => part.replace(STATES, '').replace(/:[\w-]+(?:\([^)]*\))?/g, ''));
  if (target) sheet.revealed.add(target);
  else if (around) sheet.revealed.add(`${around} *`);
}

/** Properties by which a rule for a state shows what another hides. */
const SHOWING =
  /^(?:display|visibility|opacity|left|top|right|bottom|height|max-height|transform|clip|clip-path|margin-left|margin-top)$/;
/** States of menus, tabs and slides: of the element, or as a class that a script gives it. */
const STATE =
  /:(?:hover|focus|target|checked|active|first-child|first-of-type|nth-child|not\()|\.(?:[\w-]{1,40}[-_])?(?:active|open|opened|show|shown|on|cur|current|hover|selected|in|this|visible|expanded|toggled)(?![\w-])/;
const STATES = new RegExp(STATE.source, 'g');
const ATTRIBUTE = /\[\s*([\w-]{1,40})\s*(?:([~|^$*]?=)\s*["']?([^\]"']{0,100})["']?\s*)?\]/g;

/** Reads `tag.class#id`, or null for what is not of that form. */
function readCompound(sheet: StyleSheet, text: string): Compound | null {
  let compound = sheet.compounds.get(text);
  if (compound === undefined) {
    compound = parseCompound(text);
    sheet.compounds.set(text, compound);
  }
  return compound;
}

function parseCompound(text: string): Compound | null {
  if (!/^(?:[a-z][a-z0-9]*|\*)?(?:[.#][\w\u0080-\uffff-]+)*$/i.test(text)) return null;
  return {
    tag: /^[a-z][a-z0-9]*/i.exec(text)?.[0]?.toLowerCase() ?? null,
    id: /#([\w\u0080-\uffff-]+)/.exec(text)?.[1] ?? null,
    classes: [...text.matchAll(/\.([\w\u0080-\uffff-]+)/g)].map((match) => match[1]!),
  };
}

/** Bits of a mark; several keys share one when a sheet has more. */
const MARKS = 30;

/** The marks of a compound, each key of which gets one. */
function addMarks(marks: ByKey<number>, { tag, id, classes }: Compound): number {
  const mark = (keys: Map<string, number>, key: string) => {
    let bit = keys.get(key);
    if (bit === undefined) {
      bit = 1 << ((marks.tags.size + marks.classes.size + marks.ids.size) % MARKS);
      keys.set(key, bit);
    }
    return bit;
  };
  let needs = tag === null ? 0 : mark(marks.tags, tag);
  if (id !== null) needs |= mark(marks.ids, id);
  for (const name of classes) needs |= mark(marks.classes, name);
  return needs;
}

/** The marks of an element: with those around it, what rules may find around what it holds. */
export function marksOf(
  { marks }: StyleSheet,
  name: string,
  id: string | undefined,
  classes: readonly string[],
): number {
  let found = marks.tags.get(name) ?? 0;
  if (id !== undefined) found |= marks.ids.get(id) ?? 0;
  for (const one of classes) found |= marks.classes.get(one) ?? 0;
  return found;
}

function fits(compound: Compound, element: Matched): boolean {
  if (compound.tag !== null && compound.tag !== element.name) return false;
  if (compound.id !== null && compound.id !== element.id) return false;
  for (const name of compound.classes) if (!element.classes.includes(name)) return false;
  return true;
}

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

function put(lists: Map<string, StyleRule[]>, key: string, rule: StyleRule): void {
  const list = lists.get(key);
  if (!list) lists.set(key, [rule]);
  else if (list.length < 64) list.push(rule);
}

/** Only properties that a sign reads are kept, so that a large ordinary style sheet costs nothing. */
const READ = new Set(
  'display visibility opacity position left top right bottom margin-left margin-top margin text-indent font-size font width height max-width max-height overflow clip clip-path color background background-color background-image transform filter z-index letter-spacing content-visibility line-height inset padding-top padding-left mask mask-image -webkit-mask -webkit-mask-image scale translate overflow-x overflow-y -webkit-text-fill-color background-clip -webkit-background-clip'.split(
    ' ',
  ),
);

function mayHide(style: Style): boolean {
  for (const name of style.keys()) if (READ.has(name)) return true;
  return false;
}

/** A style while the rules for one element are joined. */
interface Merged {
  style: Style | null;
  /** Properties that an `!important` has set. */
  fixed: Set<string> | null;
}

/**
 * What an element's style is after the sheet's rules and its own `style` attribute; `open` is what is around it.
 * Never to be changed: elements with the same declarations share it.
 */
export function styleOf(
  sheet: StyleSheet,
  element: Matched,
  open: readonly Matched[],
  attribute: (name: string) => string | undefined,
): Style | null {
  const { tags, classes, ids } = sheet.rules;
  const merged: Merged = { style: null, fixed: null };
  const take = (rules: readonly StyleRule[] | undefined) => {
    if (rules) joinRules(merged, rules, sheet, element, open, attribute);
  };
  if (tags.size > 0) {
    take(tags.get('*'));
    take(tags.get(element.name));
  }
  if (classes.size > 0) for (const name of element.classes) take(classes.get(name));
  if (element.id && ids.size > 0) take(ids.get(element.id));
  const inline = attribute('style');
  return inline ? joinStyles(sheet, merged.style, inlineStyle(sheet, inline), merged.fixed) : merged.style;
}

/** Joins the styles of those rules that hold for the element. */
function joinRules(
  merged: Merged,
  rules: readonly StyleRule[],
  sheet: StyleSheet,
  element: Matched,
  open: readonly Matched[],
  attribute: (name: string) => string | undefined,
): void {
  const around = open.length > 0 ? open[open.length - 1]!.marks : 0;
  for (const rule of rules) {
    if ((rule.needs & ~around) !== 0 || !fits(rule, element)) continue;
    if (rule.attributes.length > 0 && !rule.attributes.every((one) => hasAttribute(one, attribute))) continue;
    if (!isAround(rule, open) || sheet.revealed.has(rule.target) || sheet.revealed.has(rule.within)) continue;
    merged.style = joinStyles(sheet, merged.style, rule.style, merged.fixed);
    if (rule.important.size > 0) merged.fixed = new Set([...(merged.fixed ?? []), ...rule.important]);
  }
}

/** The declarations of a `style` attribute; pages repeat the same ones by the hundred. */
function inlineStyle(sheet: StyleSheet, text: string): Style {
  let style = sheet.inline.get(text);
  if (style === undefined) {
    style = readDeclarations(sheet.resolve(text)).style;
    sheet.inline.set(text, style);
  }
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
