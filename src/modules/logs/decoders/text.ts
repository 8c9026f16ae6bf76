import { isIPv6 } from 'node:net';

const beyondLatin1 = /[^\u0000-\u00ff]/;
const beyondAscii = /[^\u0000-\u007f]/;
const utf8 = new TextDecoder('utf-8', { fatal: true });
const gb18030 = new TextDecoder('gb18030');

/** What Windows programs write at the beginning of a file in UTF-8 (U+FEFF), byte by byte. */
const byteOrderMark = '\u00ef\u00bb\u00bf';

/**
 * One character per byte, so that structure can be found whatever the charset. Ends of line are dropped, and so is a byte
 * order mark before the line.
 */
export function toByteString(line: Uint8Array | string): string {
  let text: string;
  if (typeof line === 'string')
    text = beyondLatin1.test(line) ? Buffer.from(line, 'utf8').toString('latin1') : line;
  else text = Buffer.from(line.buffer, line.byteOffset, line.byteLength).toString('latin1');
  let end = text.length;
  while (end > 0 && (text.charCodeAt(end - 1) === 10 || text.charCodeAt(end - 1) === 13)) end -= 1;
  const from = text.startsWith(byteOrderMark) ? byteOrderMark.length : 0;
  return from === 0 && end === text.length ? text : text.slice(from, end);
}

/** A field of a byte string as text: UTF-8 if it is that, else GB18030; at most `cap` characters. */
export function toText(field: string, cap: number): string {
  if (!beyondAscii.test(field)) return field.length > cap ? field.slice(0, cap) : field;
  const text = decodeBytes(Buffer.from(field, 'latin1')).text;
  return text.length > cap ? text.slice(0, cap) : text;
}

export interface DecodedText {
  readonly text: string;
  readonly charset: 'utf-8' | 'gb18030' | 'latin1';
}

/**
 * Bytes as readable text, with the charset that was used: UTF-8 when valid, GB18030 when that leaves no
 * replacement mark, Latin-1 otherwise (which loses nothing: one character per byte).
 */
export function decodeBytes(bytes: Uint8Array): DecodedText {
  try {
    return { text: utf8.decode(bytes), charset: 'utf-8' };
  } catch {
    // Not UTF-8: that is the question asked here, not a fault.
  }
  const chinese = gb18030.decode(bytes);
  if (!chinese.includes('\ufffd')) return { text: chinese, charset: 'gb18030' };
  return { text: Buffer.from(bytes).toString('latin1'), charset: 'latin1' };
}

/** The address in canonical text (IPv4-mapped IPv6 as IPv4), or '' when it is none. */
export function toAddress(text: string): string {
  if (isIpv4(text)) return text;
  if (text.length < 2 || text.length > 45 || !text.includes(':') || !isIPv6(text)) return '';
  const lower = text.toLowerCase();
  const mapped = /^(?:0{0,4}:){2,6}ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(lower)?.[1];
  return mapped ?? shortIpv6(lower);
}

/** Dotted quad without leading zeros (which some parsers read as octal). */
function isIpv4(text: string): boolean {
  const length = text.length;
  if (length < 7 || length > 15) return false;
  let dots = 0;
  let value = -1;
  for (let i = 0; i < length; i += 1) {
    const code = text.charCodeAt(i);
    if (code === 46) {
      if (value < 0) return false;
      dots += 1;
      value = -1;
    } else if (code >= 48 && code <= 57) {
      if (value === 0) return false;
      value = (value < 0 ? 0 : value * 10) + code - 48;
      if (value > 255) return false;
    } else return false;
  }
  return dots === 3 && value >= 0;
}

/** RFC 5952 form, by way of the URL parser. */
function shortIpv6(text: string): string {
  if (text.includes('%')) return '';
  const host = new URL(`http://[${text}]/`).hostname;
  return host.slice(1, -1);
}

/** A whole number of at most 15 digits, or -1. */
export function toWhole(text: string): number {
  const length = text.length;
  if (length === 0 || length > 15) return -1;
  let value = 0;
  for (let i = 0; i < length; i += 1) {
    const digit = text.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

/** A port 0–65535, or -1. */
export function toPort(text: string): number {
  const value = toWhole(text);
  return value > 65535 ? -1 : value;
}

/** `00:0C:29:C3:A0:3A`, `0-c-29-c3-a0-3a`, `000c.29c3.a03a` as `00:0c:29:c3:a0:3a`; '' when it is no MAC. */
export function toMac(text: string): string {
  if (text.length < 11 || text.length > 17) return '';
  const lower = text.toLowerCase();
  if (/^[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4}$/.test(lower))
    return lower.replaceAll('.', '').match(/../g)!.join(':');
  const parts = lower.split(lower.includes('-') ? '-' : ':');
  if (parts.length !== 6 || !parts.every((part) => /^[0-9a-f]{1,2}$/.test(part))) return '';
  return parts.map((part) => part.padStart(2, '0')).join(':');
}

/** Reads space-separated words of a line one after another; runs of spaces and tabs count as one. */
export function words(line: string, from = 0): string[] {
  const found: string[] = [];
  const length = line.length;
  let i = from;
  while (i < length) {
    let code = line.charCodeAt(i);
    if (code === 32 || code === 9) {
      i += 1;
      continue;
    }
    const start = i;
    while (i < length && code !== 32 && code !== 9) {
      i += 1;
      code = line.charCodeAt(i);
    }
    found.push(line.slice(start, i));
  }
  return found;
}
