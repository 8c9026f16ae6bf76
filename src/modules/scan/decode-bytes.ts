/** Bytes to text: which charset, and on what evidence. */
import { decodeMixed, decodeSevenBit } from './decode-rarely.ts';
import { isEveryday } from './pinyin-view.ts';

export interface Decoded {
  readonly text: string;
  /** WHATWG name, lower case: `utf-8`, `gb18030`, `gbk`, `big5`, `utf-16le` … */
  readonly charset: string;
  /** bom, utf-8 (the bytes are valid UTF-8), http, meta, guess (GB18030), replaced (with U+FFFD). */
  readonly evidence: 'bom' | 'utf-8' | 'http' | 'meta' | 'guess' | 'replaced';
  /** The charset that the page or the header declared, when one was. */
  readonly declared?: string;
}

/**
 * Decodes in the order byte-order mark, valid UTF-8, declared charset, GB18030. Valid UTF-8 goes before the
 * declaration because GBK text is practically never valid UTF-8 while pages often declare the wrong one.
 * Never throws: what nothing can decode comes back as UTF-8 with replacement characters and says so.
 * Offsets count UTF-16 units after the byte-order mark.
 */
export function decodeBytes(bytes: Uint8Array, options: { contentType?: string | undefined } = {}): Decoded {
  const written = findDeclared(bytes, options.contentType);
  // A header of western letters is the default of many servers, not a statement: theirs stand alone among ASCII.
  const declaration = written?.charset === 'windows-1252' && isInRuns(bytes) ? null : written;
  const declared = declaration ? { declared: declaration.charset } : {};
  const mark = readMark(bytes);
  if (mark) return { text: new TextDecoder(mark).decode(bytes), charset: mark, evidence: 'bom', ...declared };
  const wide = readUnmarkedUtf16(bytes);
  if (wide)
    return { text: new TextDecoder(wide).decode(bytes), charset: wide, evidence: 'guess', ...declared };
  const sevenBit = decodeSevenBit(bytes.subarray(0, MOST_SEVEN_BIT), labelOf(bytes, options.contentType));
  if (sevenBit !== null) return { text: sevenBit, charset: 'hz-gb-2312', evidence: 'guess', ...declared };
  const utf8 = tryDecode('utf-8', bytes) ?? tryDecode('utf-8', trimCut(bytes));
  if (utf8 !== null) return { text: utf8, charset: 'utf-8', evidence: 'utf-8', ...declared };
  const mixed = isWestern(declaration?.charset) ? null : glued(bytes);
  if (mixed !== null) return { text: mixed, charset: 'gb18030', evidence: 'guess', ...declared };
  const likely = likelierOf(bytes, declaration?.charset);
  if (likely)
    return { text: new TextDecoder(likely).decode(bytes), charset: likely, evidence: 'guess', ...declared };
  if (declaration && declaration.charset !== 'utf-8') {
    const text = tryDecode(declaration.charset, bytes) ?? tryCut(declaration.charset, bytes);
    if (text !== null) return { text, charset: declaration.charset, evidence: declaration.from, ...declared };
  }
  if (isMostlyUtf8(bytes)) return decodeDamaged(bytes, undefined);
  const guessed = tryDecode('gb18030', bytes) ?? tryCut('gb18030', bytes);
  if (guessed !== null) return { text: guessed, charset: 'gb18030', evidence: 'guess', ...declared };
  return decodeDamaged(bytes, declaration?.charset);
}

/** Seven-bit Chinese is looked for in pages, not in large files. */
const MOST_SEVEN_BIT = 4_000_000;
const isWestern = (charset: string | undefined) =>
  charset !== undefined && /^(?:windows|iso|koi8|mac)/.test(charset);

/** The text of a page that has parts in two charsets, where that makes better sense than either alone. */
function glued(bytes: Uint8Array): string | null {
  const read = decodeMixed(bytes);
  if (read === null) return null;
  const best = Math.max(
    ...['gb18030', 'utf-8', 'big5'].map((charset) => usualShare(new TextDecoder(charset).decode(bytes))),
  );
  return usualShare(read) > best + 0.005 ? read : null;
}

/** Whether most letters beyond ASCII stand in runs, as Chinese does and western languages do not. */
function isInRuns(bytes: Uint8Array): boolean {
  let [all, inRuns, run] = [0, 0, 0];
  const end = Math.min(bytes.length, 65_536);
  for (let at = 0; at <= end; at++) {
    if (at < end && bytes[at]! >= 0x80) run++;
    else {
      all += run;
      if (run >= 2) inRuns += run;
      run = 0;
    }
  }
  return all > 0 && inRuns > all * 0.5;
}

/** Whether bytes are UTF-16 although they do not say so: pairs of which one side is often zero, and which are text. */
export function isUnmarkedUtf16(bytes: Uint8Array): boolean {
  const wide = readUnmarkedUtf16(bytes);
  if (!wide) return false;
  const text = new TextDecoder(wide).decode(bytes.subarray(0, 8192));
  return !/[\0-\x08\x0e-\x1f\ufffe\uffff]/.test(text);
}

/** UTF-16 without its mark: markup is ASCII, so every other byte is often zero, on one side only. */
function readUnmarkedUtf16(bytes: Uint8Array): 'utf-16le' | 'utf-16be' | null {
  const pairs = Math.min(bytes.length, 8192) >>> 1;
  if (pairs < 8) return null;
  let [even, odd] = [0, 0];
  for (let at = 0; at < pairs; at++) {
    if (bytes[at * 2] === 0) even++;
    if (bytes[at * 2 + 1] === 0) odd++;
  }
  if (odd > pairs * 0.15 && even * 20 < odd) return 'utf-16le';
  if (even > pairs * 0.15 && odd * 20 < even) return 'utf-16be';
  if (odd + even === 0) return null;
  // Long Chinese text has little ASCII: then its first bytes say it, which are those of few blocks.
  let [little, big] = [0, 0];
  for (let at = 0; at < pairs; at++) {
    if (isChinesePage(bytes[at * 2 + 1]!)) little++;
    if (isChinesePage(bytes[at * 2]!)) big++;
  }
  if (little >= pairs * 0.95 && big < pairs * 0.8) return 'utf-16le';
  return big >= pairs * 0.95 && little < pairs * 0.8 ? 'utf-16be' : null;
}

/** First bytes of characters that Chinese pages are written in. */
const isChinesePage = (byte: number) =>
  byte === 0 || byte === 0x20 || byte === 0x30 || byte === 0xff || (byte >= 0x4e && byte <= 0x9f);

/**
 * Big5 or GB18030 where the other one is declared, or none: bytes of the one read as the other give mostly characters
 * that nobody uses. Null when the declared one (or GB18030) is as good; judged by the first 64 KB.
 */
function likelierOf(bytes: Uint8Array, declared: string | undefined): string | null {
  const expected = declared === 'big5' ? 'big5' : 'gb18030';
  if (declared !== undefined && !['utf-8', 'gb18030', 'big5', 'windows-1252'].includes(declared)) return null;
  const other = expected === 'big5' ? 'gb18030' : 'big5';
  const sample = bytes.subarray(0, 65_536);
  const usual = usualShare(new TextDecoder(expected).decode(sample));
  // A header of western letters is the default of many servers, not a statement.
  if (usual > 0.95) return declared === 'windows-1252' ? expected : null;
  return usualShare(new TextDecoder(other).decode(sample)) > usual + 0.1 ? other : null;
}

/** Share of characters outside ASCII that are in everyday use (GB 2312 after simplification, and punctuation). */
function usualShare(text: string): number {
  let [all, usual] = [0, 0];
  for (const character of text) {
    if (character < '\u0080') continue;
    all++;
    if (/[\u3000-\u303f\uff00-\uffef\u2010-\u2026\u00b7]/.test(character) || isEveryday(character)) usual++;
  }
  return all === 0 ? 1 : usual / all;
}

/** UTF-8 with a few broken bytes (a page glued together from files): at most one in fifty characters is lost. */
function isMostlyUtf8(bytes: Uint8Array): boolean {
  const text = new TextDecoder().decode(bytes);
  const lost = text.match(/\ufffd/g)?.length ?? 0;
  const good = text.match(/[\u0800-\ufffc]/g)?.length ?? 0;
  return lost * 50 <= good;
}

/** Of UTF-8, GB18030 and the declared charset, the one that replaces least. */
function decodeDamaged(bytes: Uint8Array, declared: string | undefined): Decoded {
  let best = { charset: 'utf-8', text: '', lost: Number.POSITIVE_INFINITY };
  for (const charset of new Set(['utf-8', 'gb18030', ...(declared ? [declared] : [])])) {
    const text = new TextDecoder(charset).decode(bytes);
    const lost = text.split('\ufffd').length - 1;
    if (lost < best.lost) best = { charset, text, lost };
  }
  return { text: best.text, charset: best.charset, evidence: 'replaced', ...(declared ? { declared } : {}) };
}

function readMark(bytes: Uint8Array): string | null {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return 'utf-8';
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be';
  if (bytes[0] === 0x84 && bytes[1] === 0x31 && bytes[2] === 0x95 && bytes[3] === 0x33) return 'gb18030';
  return null;
}

function tryDecode(charset: string, bytes: Uint8Array): string | null {
  try {
    return new TextDecoder(charset, { fatal: true }).decode(bytes);
  } catch {
    // The answer "these bytes are not in this charset"; the caller tries the next one.
    return null;
  }
}

/** Decodes without the last one to three bytes: a transfer that was cut off in a character. */
function tryCut(charset: string, bytes: Uint8Array): string | null {
  for (let back = 1; back <= 3 && back < bytes.length; back++) {
    const text = tryDecode(charset, bytes.subarray(0, bytes.length - back));
    if (text !== null) return text;
  }
  return null;
}

/** Without an incomplete UTF-8 sequence at the very end (a transfer that was cut off). */
function trimCut(bytes: Uint8Array): Uint8Array {
  for (let back = 1; back <= 3 && back < bytes.length; back++) {
    const byte = bytes[bytes.length - back]!;
    if (byte >= 0xc0) return bytes.subarray(0, bytes.length - back);
    if (byte < 0x80) break;
  }
  return bytes;
}

const BYTEWISE = new TextDecoder('windows-1252');

/** The label in the header or the head of a page, whether anybody knows it or not. */
function labelOf(bytes: Uint8Array, contentType: string | undefined): string | undefined {
  const header = /charset\s*=\s*["']?([\w:-]{2,40})/i.exec(contentType ?? '')?.[1];
  const head = BYTEWISE.decode(bytes.subarray(0, 4096));
  const inside = /<meta[^>]{0,500}?charset\s*=\s*["']?\s*([\w:-]{2,40})/i.exec(head)?.[1];
  return [header, inside].find((label) => label !== undefined && /^hz/i.test(label)) ?? header ?? inside;
}

/** The charset in the Content-Type header or in the first 4096 bytes (meta charset, http-equiv, XML). */
function findDeclared(
  bytes: Uint8Array,
  contentType: string | undefined,
): { charset: string; from: 'http' | 'meta' } | null {
  const header = /charset\s*=\s*["']?([\w:-]{2,40})/i.exec(contentType ?? '')?.[1];
  // Only ASCII is looked for, and that is the same in every charset that is read here byte by byte.
  const head = BYTEWISE.decode(bytes.subarray(0, 4096));
  const inside =
    /<meta[^>]{0,500}?charset\s*=\s*["']?\s*([\w:-]{2,40})/i.exec(head)?.[1] ??
    /^<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w:-]{2,40})/i.exec(head)?.[1];
  for (const [label, from] of [
    [header, 'http'],
    [inside, 'meta'],
  ] as const) {
    const charset = label && nameOf(label);
    if (charset) return { charset, from };
  }
  return null;
}

/** The WHATWG name of a label, or null for a label that means nothing. gb2312 and gbk are read as gb18030. */
function nameOf(label: string): string | null {
  try {
    const { encoding } = new TextDecoder(label);
    return encoding === 'gbk' ? 'gb18030' : encoding;
  } catch {
    // An unknown label is no declaration.
    return null;
  }
}
