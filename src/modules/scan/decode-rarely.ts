/** Encodings that the platform's decoder does not read: seven-bit Chinese, and pages glued together from two charsets. */
import { isEveryday } from './pinyin-view.ts';

const GB = new TextDecoder('gb18030');
const UTF8 = new TextDecoder('utf-8');
const LATIN = new TextDecoder('latin1');

/** Pairs of seven-bit GB 2312 between `~{` and `~}` (RFC 1843), and between ESC $ ) A SO and SI (RFC 1922). */
const HZ = /~\{((?:[\x21-\x77][\x21-\x7e])+)~\}/g;
const ISO_2022 = /\x0e((?:[\x21-\x77][\x21-\x7e])+)\x0f/g;

/** The text of HZ or ISO-2022-CN, or null for bytes that are neither. */
export function decodeSevenBit(bytes: Uint8Array, declared: string | undefined): string | null {
  if (bytes.some((byte) => byte >= 0x80)) return null;
  const text = LATIN.decode(bytes);
  if (text.includes('\x1b$)A'))
    return text.replaceAll('\x1b$)A', '').replace(ISO_2022, (_, pairs: string) => fromPairs(pairs));
  if (!text.includes('~{')) return null;
  const read = text
    .replace(HZ, (_, pairs: string) => fromPairs(pairs))
    .replaceAll('~~', '~')
    .replaceAll('~\n', '');
  const foreign = [...read].filter((one) => one > '\u007f');
  // A program may hold the same signs: without a declaration what they mean must be Chinese.
  const isChinese = foreign.length >= 4 && foreign.filter(isUsual).length >= foreign.length * 0.9;
  return declared !== undefined && /^hz/i.test(declared) ? read : isChinese ? read : null;
}

const fromPairs = (pairs: string) => GB.decode(Uint8Array.from(pairs, (one) => one.charCodeAt(0) | 0x80));

const isUsual = (one: string) =>
  /[\u3000-\u303f\uff00-\uffef\u2010-\u2026\u00b7]/.test(one) || isEveryday(one);

/** So many bytes of valid UTF-8 in a row are no chance in GB text; fewer are judged by what GB makes of them. */
const SURE = 12;

/** Decodes bytes of which some parts are UTF-8 and others GB18030, each part by what it is; null when they are not both. */
export function decodeMixed(bytes: Uint8Array): string | null {
  let text = '';
  let [wide, narrow] = [0, 0];
  let plain = 0;
  let isWide = false;
  const flush = (end: number) => {
    if (end > plain) text += LATIN.decode(bytes.subarray(plain, end));
  };
  for (let at = 0; at < bytes.length; ) {
    if (bytes[at]! < 0x80) {
      at++;
      continue;
    }
    flush(at);
    const end = endOfUtf8(bytes, at);
    isWide = isUtf8Part(bytes, at, end, isWide);
    if (isWide) {
      text += UTF8.decode(bytes.subarray(at, end));
      wide++;
      at = end;
    } else {
      const length = lengthOfGb(bytes, at);
      text += GB.decode(bytes.subarray(at, at + length));
      narrow++;
      at += length;
    }
    plain = at;
  }
  flush(bytes.length);
  return wide > 0 && narrow > 0 ? text : null;
}

/** Whether valid UTF-8 between ASCII is meant as such; where both make sense, as the part before it (`before`). */
function isUtf8Part(bytes: Uint8Array, from: number, to: number, before: boolean): boolean {
  const part = bytes.subarray(from, to);
  if (part.length < 3 || ![...UTF8.decode(part)].every(isUsual)) return false;
  if (part.length >= SURE) return true;
  const isAlone = (bytes[from - 1] ?? 0) < 0x80 && (bytes[to] ?? 0) < 0x80;
  // In GB an odd run takes the next byte along.
  const asGb = GB.decode(bytes.subarray(from, to + (part.length % 2)));
  return isAlone && (before || ![...asGb].every(isUsual));
}

/** Where the run of three-byte UTF-8 that begins here ends. */
function endOfUtf8(bytes: Uint8Array, from: number): number {
  let at = from;
  const follows = (place: number) => ((bytes[place] ?? 0) & 0xc0) === 0x80;
  while ((bytes[at]! & 0xf0) === 0xe0 && follows(at + 1) && follows(at + 2)) at += 3;
  return at;
}

function lengthOfGb(bytes: Uint8Array, at: number): number {
  const second = bytes[at + 1] ?? 0;
  if (second >= 0x30 && second <= 0x39) return Math.min(4, bytes.length - at);
  return second >= 0x40 ? 2 : 1;
}
