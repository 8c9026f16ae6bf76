/** Personal numbers in the XML of office files, masked where they stand: also when a number is cut over several runs. */
import { findPersonalData, maskNumber, maskPersonalData } from '../personal-data.ts';
import { showValue } from './sheet-cells.ts';

const TOKEN = /<!\[CDATA\[[\s\S]*?\]\]>|<!--[\s\S]*?-->|<[^>]*>|[^<]+/g;
/** Where one text ends: nothing is read across it. */
const END = /^<\/(?:\w+:)?(?:p|h|si|c|comment|text|cm|table-cell|property|dc|creator|definedName)\b/;
const GAP = /^<(?:\w+:)?(?:tab|br|cr|s|line-break|tc)\b/;
/** Attributes that hold words or addresses; numbers in the others are measures and ids. */
const WORDY =
  /((?:Target|descr|title|comment|string|alt|tooltip|display|prompt|promptTitle|error|errorTitle|table:name|form:value|form:current-value|office:value|office:string-value|text:string-value|xlink:href|v|w:val|table:formula|table:expression)=)("[^"]*"|'[^']*')/g;

/** The same XML with every personal number in it masked. */
export function maskXml(xml: string, member: string): string {
  const cells = /^xl\/worksheets\/[^/]+\.xml$/.test(member) ? maskNumberCells(xml) : xml;
  const tokens = cells.match(TOKEN) ?? [];
  for (let at = 0; at < tokens.length; at++) {
    if (tokens[at]!.startsWith('<')) tokens[at] = maskAttributes(tokens[at]!);
  }
  // As it stands, as it was before the changes, and as it is after them.
  for (const left of [undefined, 'del', 'ins']) maskTexts(tokens, left);
  return tokens.join('');
}

function maskAttributes(tag: string): string {
  const masked = tag.replace(WORDY, (_, name: string, value: string) => name + maskPersonalData(value));
  if (masked === tag || !/office:value=/.test(tag)) return masked;
  // With stars in it a number is none: the cell becomes a text.
  return masked
    .replace(/office:value=/, 'office:string-value=')
    .replace(/(value-type=)["'](?:float|currency|percentage)["']/g, '$1"string"');
}

/** Masks what stands in the text tokens, without those inside of elements named `left`. */
function maskTexts(tokens: string[], left: string | undefined): void {
  const outside = left === undefined ? null : new RegExp(`^<(/?)(?:\\w+:)?${left}\\b[^>]*?(/?)>`);
  let depth = 0;
  let group: number[] = [];
  const flush = () => {
    if (group.length > 0) maskGroup(tokens, group);
    group = [];
  };
  tokens.forEach((token, at) => {
    if (!token.startsWith('<')) {
      if (depth === 0 && !/^\s*\n\s*$/.test(token)) group.push(at);
      return;
    }
    const edge = outside?.exec(token);
    if (edge && edge[2] === '') depth += edge[1] === '' ? 1 : -1;
    if (END.test(token)) flush();
    else if (GAP.test(token)) group.push(-1);
  });
  flush();
}

/** A character of the text and where it stands in its token: a reference like `&#49;` is one character. */
interface Spot {
  readonly token: number;
  readonly start: number;
  readonly end: number;
}

function maskGroup(tokens: string[], group: readonly number[]): void {
  let text = '';
  const spots: (Spot | null)[] = [];
  for (const token of group) {
    if (token < 0) {
      text += '\t';
      spots.push(null);
      continue;
    }
    for (const match of tokens[token]!.matchAll(/&#(x?)([0-9a-fA-F]{1,6});|&[a-z]+;|[\s\S]/g)) {
      const [source, isHex, code] = match;
      const shown = code
        ? String.fromCodePoint(Math.min(Number.parseInt(code, isHex ? 16 : 10), 0xffff))
        : source.length > 1
          ? '&'
          : source;
      text += shown;
      spots.push({ token, start: match.index, end: match.index + source.length });
    }
  }
  if (text.length < 7) return;
  const changes = findPersonalData(text).flatMap((hit) => {
    const masked = maskNumber(text.slice(hit.start, hit.end));
    return [...masked].flatMap((sign, at) => {
      const spot = spots[hit.start + at];
      return spot && sign !== text[hit.start + at] ? [{ ...spot, sign }] : [];
    });
  });
  // From the back: what stands before keeps its place.
  for (const { token, start, end, sign } of changes.reverse()) {
    tokens[token] = tokens[token]!.slice(0, start) + sign + tokens[token]!.slice(end);
  }
}

/** Numbers of a sheet are no text: a cell that holds somebody's number becomes a text cell, without its formula. */
function maskNumberCells(xml: string): string {
  return xml.replace(/<c\b([^>]*)(?<!\/)>([\s\S]*?)<\/c>/g, (cell, attributes: string, body: string) => {
    const type = /\bt="(\w+)"/.exec(attributes)?.[1] ?? 'n';
    const value = /<v>([^<]*)<\/v>/.exec(body)?.[1];
    if (value === undefined || type !== 'n') return cell;
    const text = showValue(value, 'n', []);
    const isCut = /^[1-8]\d{5}(?:19|20)\d{6}\d0{3}$/.test(text);
    const masked = isCut ? maskNumber(text) : maskPersonalData(text);
    if (masked === text) return cell;
    return `<c${attributes.replace(/\s*\bt="\w+"/, '')} t="str"><v>${masked}</v></c>`;
  });
}
