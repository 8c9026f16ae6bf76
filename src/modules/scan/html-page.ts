/** What reading an HTML page gathers: text and fields with their places, links, what is hidden. */
import { dataSheets, scriptRules, variablesOf } from './css-sources.ts';
import { BARRIER } from './fold.ts';
import type { HiddenSign } from './hidden-style.ts';
import { findHidings, type Hiding } from './script-hidings.ts';
import { createMappedText } from './source-map.ts';
import { addStyles, copyClass, createStyleSheet, type Matched, type StyleSheet } from './style-sheet.ts';

/** Offsets in a text → offsets in the page's source. */
export type Locate = (start: number, end: number) => [start: number, end: number];

export interface HtmlLink {
  readonly href: string;
  /** Source offsets of the element. */
  readonly start: number;
  readonly end: number;
  readonly text: string;
  readonly sign: HiddenSign | null;
  /** What hides it, where that is a way in which menus and slides hide, too. */
  readonly hider?: Hider | null;
  /** Where its text stands in the body's. */
  readonly inBody?: readonly [start: number, end: number];
}

export interface HtmlReading {
  /** Text of the body, blocks separated by BARRIER. */
  readonly body: { readonly text: string; readonly locate: Locate };
  /** Title, meta content, alt and title attributes, decoded scripts; separated by BARRIER. */
  readonly fields: { readonly text: string; readonly locate: Locate };
  readonly links: readonly HtmlLink[];
  /** Ranges of the body text that lie in hidden elements, in order. */
  readonly hidden: readonly (readonly [start: number, end: number])[];
  /** Pictures large enough to show a person, in order: where they stand in the body's text, and what they say in the fields'. */
  readonly images: readonly {
    readonly at: number;
    readonly alt: readonly [start: number, end: number] | null;
  }[];
  /** Titles as written, with their places. */
  readonly titles: HtmlReading['encoded'];
  /** Fields whose text is written in character references although the body's is not. */
  readonly encoded: readonly {
    readonly name: string;
    readonly start: number;
    readonly end: number;
    readonly text: string;
  }[];
}

/** Some text and the source range that it stands for. */
export interface Piece {
  readonly text: string;
  readonly from: number;
  readonly to: number;
  readonly decoded: boolean;
}

export interface Attribute {
  readonly value: string;
  /** Where a value stands that is all plain text; else the pieces that it is made of. */
  readonly from: number;
  readonly pieces: readonly Piece[] | null;
}

/** An element that hides what is in it. */
export interface Hider {
  readonly sign: HiddenSign;
  readonly id: string | undefined;
  readonly classes: readonly string[];
  readonly role: string | undefined;
  /** One of several of a kind, of which the first is shown: slides, tabs, rows of a list. */
  readonly isSeries: boolean;
}

export interface OpenElement extends Matched {
  readonly sign: HiddenSign | null;
  readonly hider: Hider | null;
  /** The element within it that was opened last. */
  last: OpenElement | null;
  readonly background: string | null;
  /** No sheet that is not read here can have painted over that ground. */
  readonly isGroundSure: boolean;
}

interface OpenLink {
  readonly href: string;
  readonly start: number;
  readonly sign: HiddenSign | null;
  readonly hider: Hider | null;
  readonly textStart: number;
  readonly depth: number;
}

export type Page = ReturnType<typeof createPage>;

/** An empty page whose style rules are known already: they hold for elements before them too. */
export function createPage(html: string) {
  const scripts = rawContents(html, 'script');
  const sheet = readSheets(html, scripts);
  const body = createMappedText();
  const fields = createMappedText();
  const stack: OpenElement[] = [];
  const links: HtmlLink[] = [];
  const hidden: [number, number][] = [];
  const images: HtmlReading['images'][number][] = [];
  const candidates: { name: string; pieces: readonly Piece[] }[] = [];
  let link: OpenLink | null = null;
  let bodyDecoded = 0;

  const top = () => stack[stack.length - 1];
  const addTo = (target: typeof body, piece: Piece) => {
    if (piece.decoded) target.addDecoded(piece.text, piece.from, piece.to);
    else target.addPlain(piece.text, piece.from);
  };
  const separate = (target: typeof body, at: number) => target.addDecoded(BARRIER, at, at);

  const page = {
    sheet,
    /** Whether a sheet that is not read here may paint the page. */
    hasOtherStyles: /<link\b[^>]{0,500}stylesheet|@import/i.test(html),
    stack,
    separateBody: (at: number) => separate(body, at),
    addText: (piece: Piece) => {
      const start = body.length();
      addTo(body, piece);
      if (piece.decoded) bodyDecoded += piece.text.length;
      if (!top()?.sign) return;
      const last = hidden[hidden.length - 1];
      if (last && last[1] === start) last[1] = body.length();
      else hidden.push([start, body.length()]);
    },
    addField: (name: string, pieces: readonly Piece[], at: number) => {
      for (const piece of pieces) addTo(fields, piece);
      separate(fields, at);
      if (name !== 'script') candidates.push({ name, pieces });
    },
    openLink: (href: string, start: number, sign: HiddenSign | null, hider: Hider | null) => {
      link = { href, start, sign, hider, textStart: body.length(), depth: stack.length };
      linkFrom = body.pieces();
      pictures = 'none';
    },
    sawPicture: (isTiny: boolean) => {
      pictures = isTiny && pictures !== 'seen' ? 'tiny' : 'seen';
    },
    /** `alt`: what the picture says, when that is the field that was added last. */
    addImage: (alt: string | null) => {
      const end = fields.length() - BARRIER.length;
      images.push({ at: body.length(), alt: alt === null ? null : [end - alt.length, end] });
    },
    addLink: (entry: HtmlLink) => links.push(entry),
    /** Closes the open link when its element is no longer on the stack. */
    closeLinkAt: (depth: number, end: number) => {
      if (link && depth <= link.depth) page.finishLink(end);
    },
    finishLink: (end: number) => {
      if (!link) return;
      const text = body.textBehind(linkFrom).replaceAll(BARRIER, ' ').trim().slice(0, 500);
      const inBody = [link.textStart, body.length()] as const;
      const { href, start, hider } = link;
      // A link of nothing but a picture of one pixel.
      const sign = link.sign ?? (text === '' && pictures === 'tiny' ? 'tiny-box' : null);
      links.push({ href, start, end, sign, hider, text, inBody });
      link = null;
    },
    finish: (): HtmlReading => {
      const read = body.finish();
      const encoded = candidates.filter(isEncoded);
      const isUsual = () => bodyDecoded > read.text.replace(/\s|\u2029/g, '').length * 0.3;
      return {
        body: read,
        fields: fields.finish(),
        links,
        hidden,
        images,
        titles: candidates.filter(({ name, pieces }) => name === 'title' && pieces.length > 0).map(showField),
        encoded: encoded.length === 0 || isUsual() ? [] : encoded.map(showField),
      };
    },
  };
  let linkFrom = 0;
  let pictures: 'none' | 'tiny' | 'seen' = 'none';
  return page;
}

const isEncoded = (field: { pieces: readonly Piece[] }) => {
  const shown = field.pieces.filter((piece) => piece.text.trim() !== '');
  const decoded = shown.filter((piece) => piece.decoded && piece.text > '\u007f').length;
  const plain = shown.reduce((sum, piece) => sum + (piece.decoded ? 0 : piece.text.trim().length), 0);
  return decoded >= 4 && decoded >= plain;
};

const showField = (field: { name: string; pieces: readonly Piece[] }) => ({
  name: field.name,
  start: field.pieces[0]!.from,
  end: field.pieces[field.pieces.length - 1]!.to,
  text: field.pieces.map((piece) => piece.text).join(''),
});

/** The style rules of a page: its own, those in its addresses, and those that its scripts write or set. */
function readSheets(html: string, scripts: readonly string[]): StyleSheet {
  const css = [...rawContents(html, 'style'), ...dataSheets(html), ...scripts.flatMap(scriptRules)];
  const hidings = scripts.flatMap(findHidings);
  const key = JSON.stringify([css, hidings.length < 2 ? hidings : distinct(hidings)]);
  let sheet = knownSheets.get(key);
  if (!sheet) {
    sheet = sheetOf(JSON.parse(key));
    if (knownSheets.size >= MOST_SHEETS) knownSheets.delete(knownSheets.keys().next().value!);
    if (key.length <= LONGEST_KEY) knownSheets.set(key, sheet);
  }
  return { ...sheet, inline: new Map(), joined: new Map() };
}

/**
 * The sheets of the templates that were met last: the pages of a site share theirs, and to read one takes a fifth of the time
 * of its page. They are read from copies, and what a page adds is its own: nothing of them holds a page in memory.
 */
const knownSheets = new Map<string, StyleSheet>();
const MOST_SHEETS = 32;
const LONGEST_KEY = 200_000;

/** The same script often hides the same thing in several places. */
const distinct = (hidings: readonly Hiding[]): Hiding[] => [
  ...new Map(hidings.map((one) => [JSON.stringify(one), one])).values(),
];

function sheetOf([css, hidings]: [css: string[], hidings: Hiding[]]): StyleSheet {
  const resolve = variablesOf(css);
  const sheet = createStyleSheet(resolve);
  for (const one of css) addStyles(sheet, resolve(one));
  for (const { selector, css: set, like } of hidings) {
    if (set !== undefined) addStyles(sheet, `${selector}{${set}}`);
    else if (like !== undefined) copyClass(sheet, like, selector);
  }
  return sheet;
}

/** The contents of every `<name>` element that is raw text; unclosed ones end with the page. */
function rawContents(html: string, name: string): string[] {
  const contents: string[] = [];
  const open = new RegExp(`<${name}\\b[^>]{0,1000}>`, 'gi');
  const close = new RegExp(`</${name}`, 'gi');
  for (let match = open.exec(html); match; match = open.exec(html)) {
    close.lastIndex = open.lastIndex;
    const end = close.exec(html)?.index ?? html.length;
    contents.push(html.slice(open.lastIndex, end));
    open.lastIndex = end;
  }
  return contents;
}
