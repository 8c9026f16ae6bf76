/** What a script says without being run: its escapes decoded, the HTML it writes, the styles it sets. */
import { createMappedText } from './source-map.ts';

export interface ScriptText {
  /** The script with `\xHH`, `\uHHHH`, `\u{…}` and `%uHHHH` escapes decoded. */
  readonly text: string;
  /** Offsets in `text` → offsets in the script. */
  readonly locate: (start: number, end: number) => [start: number, end: number];
}

const ESCAPE = /\\x([0-9a-f]{2})|\\u([0-9a-f]{4})|\\u\{([0-9a-f]{1,6})\}|%u([0-9a-f]{4})|\\(["'/])/gi;

/** Decodes the escapes of a script and keeps the way back. */
export function readScript(script: string): ScriptText {
  const mapped = createMappedText();
  let at = 0;
  for (const match of script.matchAll(ESCAPE)) {
    mapped.addPlain(script.slice(at, match.index), at);
    at = match.index + match[0].length;
    mapped.addDecoded(decodeEscape(match), match.index, at);
  }
  mapped.addPlain(script.slice(at), at);
  return mapped.finish();
}

function decodeEscape(match: RegExpMatchArray): string {
  if (match[5] !== undefined) return match[5];
  const point = Number.parseInt(match[1] ?? match[2] ?? match[3] ?? match[4] ?? '0', 16);
  return point > 0x10ffff ? '\ufffd' : String.fromCodePoint(point);
}

/** Ranges of the string literals that the script gives to `document.write` or `document.writeln`. */
export function findWrites(text: string): [start: number, end: number][] {
  const ranges: [number, number][] = [];
  const call = /document\s{0,9}\.\s{0,9}write(?:ln)?\s{0,9}\(|\["write(?:ln)?"\]\(/g;
  for (let match = call.exec(text); match; match = call.exec(text)) {
    let at = call.lastIndex;
    while (at < text.length) {
      while (/[\s+]/.test(text[at] ?? '')) at++;
      const quote = text[at];
      if (quote !== '"' && quote !== "'" && quote !== '`') break;
      const close = closingQuote(text, at + 1, quote);
      ranges.push([at + 1, close]);
      at = close + 1;
    }
    call.lastIndex = at;
  }
  return ranges;
}

/** A quote that closes the literal: one that is followed by what may follow a literal (escapes are decoded already). */
function closingQuote(text: string, from: number, quote: string): number {
  for (let at = text.indexOf(quote, from); at >= 0; at = text.indexOf(quote, at + 1)) {
    if (/^\s{0,20}(?:[+);,]|$)/.test(text.slice(at + 1, at + 24))) return at;
  }
  return text.length;
}

/** Ids of elements that a script hides, with the property it sets. */
export function findHidings(script: string): { id: string; property: string; value: string }[] {
  const found = script.matchAll(
    /getElementById\(\s{0,9}["']([\w-]{1,100})["']\s{0,9}\)\.style\.(display|visibility)\s{0,9}=\s{0,9}["'](none|hidden)["']/g,
  );
  return [...found].map((match) => ({ id: match[1]!, property: match[2]!, value: match[3]! }));
}
