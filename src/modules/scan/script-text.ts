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
  const call =
    /document\s{0,9}\.\s{0,9}write(?:ln)?\s{0,9}\(|\[["']write(?:ln)?["']\]\(|\.(?:inner|outer)HTML\s{0,9}\+?=(?!=)|insertAdjacentHTML\([^,\n]{1,20},|\.(?:html|append|prepend|after|before)\(/g;
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

/** Calls that decode a literal: what they give is the program's real text. */
const DECODERS =
  /(?:unescape|decodeURI(?:Component)?)\(\s{0,9}["']([^"'\n]{6,200000})["']|atob\(\s{0,9}["']([A-Za-z0-9+/=\s]{8,200000})["']|fromCharCode\(([\d\sxa-f,]{8,200000})\)/gi;

/** A list of numbers that a loop turns into characters, and a literal that is turned around. */
const CODES = /\[((?:\s*\d{2,6}\s*,){12,20000}\s*\d{2,6}\s*)\]/g;
const REVERSED = /(?:"([^"\n]{12,200000})"|'([^'\n]{12,200000})')\.split\(\s*(["'])\3\s*\)\.reverse\(/g;

interface Payload {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** What a script hides in an encoding (percent, base64, character codes, backwards), with the range where it stands. */
export function findPayloads(text: string): Payload[] {
  const found: Payload[] = [];
  const add = (match: RegExpMatchArray, read: string) =>
    found.push({ text: read, start: match.index!, end: match.index! + match[0].length });
  for (const match of text.matchAll(DECODERS)) add(match, decodePayload(match));
  if (text.includes('fromCharCode')) {
    for (const match of text.matchAll(CODES)) {
      const read = fromCodes(match[1]!);
      if (/<\w|document|https?:/.test(read)) add(match, read);
    }
  }
  if (text.includes('.reverse(')) {
    for (const match of text.matchAll(REVERSED)) add(match, [...(match[1] ?? match[2]!)].reverse().join(''));
  }
  return found;
}

const fromCodes = (list: string) =>
  list
    .split(',')
    .map((code) => Number(code.trim()))
    .map((point) => (point >= 0 && point <= 0x10ffff ? String.fromCodePoint(point) : ''))
    .join('');

function decodePayload([, percent, base64, codes]: RegExpMatchArray): string {
  if (base64 !== undefined) return Buffer.from(base64, 'base64').toString('utf8');
  if (codes !== undefined) return fromCodes(codes);
  // Runs of percent signs are UTF-8 (decodeURIComponent) or, where that is not valid, single characters (unescape).
  return percent!.replace(/(?:%[0-9a-f]{2})+/gi, (run) => {
    const bytes = Buffer.from(run.replaceAll('%', ''), 'hex');
    const read = bytes.toString('utf8');
    return read.includes('\ufffd') ? bytes.toString('latin1') : read;
  });
}

/** Addresses that a script sends the visitor to, and whether it looks at where the visitor comes from. */
export function findRedirects(
  text: string,
): { href: string; start: number; end: number; isCloaked: boolean }[] {
  const isCloaked =
    /referrer|userAgent/.test(text) && /baidu|sogou|google|bing|360|so\.com|sm\.cn|spider|bot/i.test(text);
  const call =
    /(?<![\w.])(?:(?:window|document|self|top|parent)\s{0,3}\.\s{0,3})?location(?:\.href)?\s{0,9}=\s{0,9}["']((?:https?:)?\/\/[^"'\s]{4,500})["']|(?:location\.(?:replace|assign)\(|\[["']location["']\](?:\[["']href["']\])?\s{0,9}=)\s{0,9}["']((?:https?:)?\/\/[^"'\s]{4,500})["']/g;
  const found = [...text.matchAll(call)].map((match) => ({
    href: match[1] ?? match[2]!,
    start: match.index,
    end: match.index + match[0].length,
    isCloaked,
  }));
  return isCloaked ? [...found, ...namedRedirects(text)] : found;
}

/** Addresses that a variable holds: `var u="http://…"; … location.href=u`. */
function namedRedirects(text: string) {
  const call =
    /location(?:\.href)?\s{0,9}=\s{0,9}([\w$]{1,40})\s{0,9}[;}\n]|location\.(?:replace|assign)\(\s{0,9}([\w$]{1,40})\s{0,9}\)/g;
  const holds = new Map(
    [...text.matchAll(/([\w$]{1,40})\s{0,9}=\s{0,9}["']((?:https?:)?\/\/[^"'\s]{4,500})["']/g)].map(
      (match) => [match[1]!, match[2]!] as const,
    ),
  );
  return [...text.matchAll(call)].flatMap((match) => {
    const href = holds.get(match[1] ?? match[2]!);
    return href ? [{ href, start: match.index, end: match.index + match[0].length, isCloaked: true }] : [];
  });
}
