/** Reads an HTML page as text with the way back to its source, its links, and what hides them. */
import { type QuoteType, Tokenizer, type TokenizerCallbacks } from 'htmlparser2';
import { describeElement, documentOf, readAttributes } from './describe-element.ts';
import type { HiddenSign } from './hidden-style.ts';
import { blockElements, closedBy, endsWithScope, voidElements } from './html-elements.ts';
import { attributeName, closingName, openingName } from './html-names.ts';
import {
  type Attribute,
  createPage,
  type HtmlReading,
  type Locate,
  type OpenElement,
  type Page,
  type Piece,
} from './html-page.ts';
import { findPayloads, findRedirects, findWrites, readScript } from './script-text.ts';
import { createMappedText } from './source-map.ts';

/** As deep as browsers nest elements; deeper ones count as children of the last. */
const MAX_DEPTH = 512;

/** Who reads along: the elements and the text of the page itself, in its order, each with how many elements are open. */
export interface HtmlObserver {
  /** `value` gives an attribute with its references decoded; only during the call. */
  readonly open: (name: string, value: (attribute: string) => string | undefined, depth: number) => void;
  /** Text of any kind, scripts and styles included. */
  readonly text: (text: string, depth: number) => void;
}

/** Reads a page of any size in one pass; unclosed tags and deep nesting are followed as browsers do. */
export function readHtml(html: string, observer?: HtmlObserver): HtmlReading {
  const page = createPage(html);
  feed(page, html, null, 0, observer);
  page.finishLink(html.length);
  return page.finish();
}

/** Sends one source (the page, or HTML that a script of it writes) through the tokenizer into the page. */
function feed(
  page: Page,
  source: string,
  locate: Locate | null,
  level: number,
  observer?: HtmlObserver,
): void {
  const place = (start: number, end: number): [number, number] =>
    locate ? locate(start, end) : [start, end];
  const piece = (text: string, start: number, end: number, decoded: boolean) =>
    decoded
      ? [{ text, from: place(start, start + 1)[0], to: place(end - 1, end)[1], decoded }]
      : plainPieces(text, start, place);
  let cursor = 0;
  let tag = '';
  let tagStart = 0;
  const attributes = new Map<string, Attribute>();
  /** The attribute that is being read; '' when nothing asks for it. */
  let name = '';
  /** Its first piece of plain text, and all pieces where there is more than that. */
  let plainFrom = -1;
  let plainTo = -1;
  let pieces: Piece[] | null = null;
  let attributeAt = 0;
  let titlePieces: Piece[] = [];

  const text = (start: number, end: number, decoded: string | null) => {
    observer?.text(decoded ?? source.slice(start, end), page.stack.length);
    const inside = page.stack[page.stack.length - 1]?.name;
    cursor = end;
    if (inside === 'style') return;
    if (inside === 'script') {
      if (decoded === null)
        readPageScript(page, source.slice(start, end), (from, to) => place(start + from, start + to), level);
    } else if (inside === 'title') {
      titlePieces.push(...piece(decoded ?? source.slice(start, end), start, end, decoded !== null));
    } else if (inside === 'textarea' && isHiddenBox(page, source, start, end, level)) {
      readInside(page, 'textarea', source, start, end, place, level);
    } else if (decoded === null && locate === null) {
      page.addText({ text: source.slice(start, end), from: start, to: end, decoded: false });
    } else {
      for (const one of piece(decoded ?? source.slice(start, end), start, end, decoded !== null))
        page.addText(one);
    }
  };
  const firstPiece = () =>
    plainFrom < 0 ? [] : piece(source.slice(plainFrom, plainTo), plainFrom, plainTo, false);
  const piecesOf = ({ value, from, pieces: known }: Attribute) => known ?? plainPieces(value, from, place);
  const closeTop = (end: number) => {
    const closed = page.stack.pop()!;
    page.closeLinkAt(page.stack.length, end);
    if (closed.name === 'title') {
      page.addField('title', titlePieces, end);
      titlePieces = [];
    }
    if (blockElements.has(closed.name)) page.separateBody(end);
  };
  const openElement = (end: number, selfClosing: boolean) => {
    const start = place(tagStart, tagStart + 1)[0];
    const implied = closedBy.get(tag);
    while (implied && page.stack.length > 0 && implied.has(page.stack[page.stack.length - 1]!.name))
      closeTop(start);
    if (tag === 'a' && isInLink(page)) page.finishLink(start);
    observer?.open(tag, (attribute) => attributes.get(attribute)?.value, page.stack.length);
    if (blockElements.has(tag)) page.separateBody(start);
    if (tag === 'br') page.addText({ text: '\n', from: start, to: place(tagStart, end)[1], decoded: true });
    const element = describeElement(page, tag, attributes);
    const parent = page.stack[page.stack.length - 1];
    if (parent) parent.last = element;
    readAttributes(page, tag, attributes, element, start, place(tagStart, end)[1], piecesOf);
    const framed = element.sign && tag === 'iframe' && level < 2 ? documentOf(attributes) : null;
    if (framed) readFramed(page, framed, element.sign!, [start, place(tagStart, end)[1]], level);
    const isVoid =
      voidElements.has(tag) ||
      (selfClosing && page.stack.some((open) => open.name === 'svg' || open.name === 'math'));
    if (!isVoid && page.stack.length < MAX_DEPTH) page.stack.push(element);
    cursor = end;
  };
  const callbacks: TokenizerCallbacks = {
    ontext: (start, end) => text(start, end, null),
    ontextentity: (point, end) => text(cursor, end, String.fromCodePoint(point)),
    onopentagname: (start, end) => {
      tag = openingName(source, start, end);
      tagStart = start - 1;
      attributes.clear();
    },
    onattribname: (start, end) => {
      name = attributeName(source, start, end);
      pieces = null;
      plainFrom = -1;
      attributeAt = -1;
    },
    onattribdata: (start, end) => {
      attributeAt = end;
      if (name === '') return;
      if (pieces === null && plainFrom < 0) {
        plainFrom = start;
        plainTo = end;
      } else {
        pieces ??= firstPiece();
        pieces.push(...piece(source.slice(start, end), start, end, false));
      }
    },
    onattribentity: (point) => {
      // The tokenizer does not say where a reference stands: it begins where the piece before it ended.
      const from = attributeAt >= 0 ? attributeAt : source.indexOf('&', Math.max(tagStart, cursor));
      REFERENCE.lastIndex = Math.max(0, from);
      const to = Math.max(0, from) + (REFERENCE.exec(source)?.[0].length ?? 1);
      if (name !== '') {
        pieces ??= firstPiece();
        pieces.push(...piece(String.fromCodePoint(point), Math.max(0, from), to, true));
      }
      attributeAt = to;
    },
    onattribend: (_quote: QuoteType, end) => {
      cursor = end;
      if (name === '' || attributes.has(name)) return;
      if (pieces === null && plainFrom >= 0)
        attributes.set(name, { value: source.slice(plainFrom, plainTo), from: plainFrom, pieces: null });
      else {
        const all = pieces ?? [];
        attributes.set(name, { value: all.map((one) => one.text).join(''), from: -1, pieces: all });
      }
    },
    onopentagend: (end) => openElement(end + 1, false),
    onselfclosingtag: (end) => openElement(end + 1, true),
    onclosetag: (start, end) => {
      const open = lastNamed(page, closingName(source, start, end));
      const at = place(end, end + 1)[1];
      while (open >= 0 && page.stack.length > open) closeTop(at);
      cursor = end + 1;
    },
    oncomment: (start, end) => {
      cursor = end + 1;
      const open = /^\s{0,9}\[if [^\]]{1,60}\]>/.exec(source.slice(start, Math.min(end, start + 80)));
      if (open && level < 2)
        readInside(page, 'conditional-comment', source, start + open[0].length, end, place, level);
    },
    oncdata: (start, end, offset) => {
      text(start, end - offset, null);
      cursor = end + 1;
    },
    ondeclaration: (_start, end) => {
      cursor = end + 1;
    },
    onprocessinginstruction: (_start, end) => {
      cursor = end + 1;
    },
    onend: () => {
      if (titlePieces.length > 0) page.addField('title', titlePieces, place(cursor, cursor)[1]);
      titlePieces = [];
    },
    isInForeignContext: () => page.stack.some((element) => element.name === 'svg' || element.name === 'math'),
  };
  const tokenizer = new Tokenizer(
    { xmlMode: false, decodeEntities: true, recognizeSelfClosing: true },
    callbacks,
  );
  tokenizer.write(source);
  tokenizer.end();
}

/** The place of the innermost open element of that name, or -1. */
function lastNamed({ stack }: Page, name: string): number {
  let at = stack.length - 1;
  while (at >= 0 && stack[at]!.name !== name) at--;
  return at;
}

/** Whether a link is open that another one closes. */
function isInLink({ stack }: Page): boolean {
  for (let at = stack.length - 1; at >= 0; at--) {
    const { name } = stack[at]!;
    if (name === 'a') return true;
    if (endsWithScope.has(name)) return false;
  }
  return false;
}

const REFERENCE = /&#?\w{1,40};?/y;

/** Text that stands in its source as it is: one piece, or one for each unit where a script's escapes lie between. */
function plainPieces(text: string, start: number, locate: Locate): Piece[] {
  const [from, to] = locate(start, start + text.length);
  // An escape is always longer than what it stands for: equal length means that there is none inside.
  if (to - from === text.length) return [{ text, from, to, decoded: false }];
  return Array.from({ length: text.length }, (_, at) => {
    const [first, last] = locate(start + at, start + at + 1);
    return { text: text[at]!, from: first, to: last, decoded: true };
  });
}

/** A text box that nobody sees, with links in its text. */
const isHiddenBox = (page: Page, source: string, start: number, end: number, level: number) =>
  level < 2 && page.stack[page.stack.length - 1]?.sign != null && /<a\s/i.test(source.slice(start, end));

/** What only an old browser reads of a comment, or nobody of a box; what is hidden there is hidden from everybody else. */
function readInside(
  page: Page,
  sign: HiddenSign,
  source: string,
  from: number,
  to: number,
  place: Locate,
  level: number,
): void {
  const depth = page.stack.length;
  page.stack.push(boxOf(page, sign));
  const inner = source.slice(from, to);
  feed(page, inner, (start, end) => place(from + start, from + end), level + 1);
  page.finishLink(place(to, to)[1]);
  page.stack.length = depth;
}

/** An element of nothing but its sign. */
const boxOf = ({ stack }: Page, sign: HiddenSign): OpenElement => ({
  ...{ name: '#inside', id: undefined, classes: [], sign, hider: null, last: null, background: null },
  isGroundSure: true,
  marks: stack[stack.length - 1]?.marks ?? 0,
});

/** Reads the page that a hidden frame holds in its own attributes: all of it stands at the frame. */
function readFramed(
  page: Page,
  html: string,
  sign: HiddenSign,
  range: [number, number],
  level: number,
): void {
  const depth = page.stack.length;
  page.stack.push(boxOf(page, sign));
  feed(page, html, () => range, level + 1);
  page.finishLink(range[1]);
  page.stack.length = depth;
}

/** A script's text is scanned with its escapes decoded; the HTML that it writes joins the page where it stands. */
function readPageScript(page: Page, script: string, locate: Locate, level: number): void {
  const read = readScript(script);
  const back: Locate = (start, end) => locate(...read.locate(start, end));
  const written = createMappedText();
  let at = 0;
  for (const [start, end] of level < 2 ? findWrites(read.text) : []) {
    addScriptText(page, read.text, at, start, back);
    written.addPlain(read.text.slice(start, end), start);
    at = end;
  }
  addScriptText(page, read.text, at, read.text.length, back);
  for (const redirect of findRedirects(read.text)) {
    const [start, end] = back(redirect.start, redirect.end);
    page.addLink({
      href: redirect.href,
      start,
      end,
      text: redirect.isCloaked ? 'referrer' : '',
      sign: 'script-redirect',
    });
  }
  for (const payload of level < 2 ? findPayloads(read.text) : []) {
    const whole = back(payload.start, payload.end);
    const element = page.stack.pop();
    const wrapped = payload.text.includes('<') ? payload.text : `<script>${payload.text}</script>`;
    feed(page, wrapped, () => whole, level + 1);
    if (element) page.stack.push(element);
  }
  if (written.length() === 0) return;
  const html = written.finish();
  const element = page.stack.pop();
  feed(page, html.text, (start, end) => back(...html.locate(start, end)), level + 1);
  if (element) page.stack.push(element);
}

/** Only what lies outside ASCII can carry a term worth finding in program text. */
function addScriptText(page: Page, text: string, from: number, to: number, locate: Locate): void {
  for (const match of text.slice(from, to).matchAll(/[^\0-\x7f](?:[^\n"'`]{0,200}[^\0-\x7f])?/g)) {
    const pieces = plainPieces(match[0], from + match.index, locate);
    page.addField('script', pieces, pieces[pieces.length - 1]!.to);
  }
}
