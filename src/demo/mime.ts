/**
 * Reads a mail as its reader would see it: decoded headers, text and attachments (RFC 5322, 2045–2047, 2231).
 * Mail is hostile: depth, number of parts and headers are capped, and nothing in it makes this throw.
 */

interface MailPart {
  /** Lower-case media type, e.g. `text/plain`. */
  readonly type: string;
  readonly charset: string;
  /** Decoded file name; empty for a body part. */
  readonly fileName: string;
  /** The content with its transfer encoding taken off. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

export interface Mail {
  readonly subject: string;
  readonly from: string;
  readonly to: string;
  readonly date: string;
  readonly parts: readonly MailPart[];
}

const MAX_DEPTH = 8;
const MAX_PARTS = 100;
const MAX_HEADER_BYTES = 256 * 1024;

/** Headers by lower-case name; of a repeated header the first counts. */
type Headers = ReadonlyMap<string, string>;

/** Takes a whole mail apart. Parts beyond the caps are left out. */
export function parseMail(raw: Uint8Array): Mail {
  const text = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength).toString('latin1');
  const { headers, body } = splitHead(text);
  const parts: MailPart[] = [];
  collectParts(headers, body, 0, parts);
  const shown = (name: string): string => decodeWords(headers.get(name) ?? '');
  return { subject: shown('subject'), from: shown('from'), to: shown('to'), date: shown('date'), parts };
}

/** The text to show: the first text/plain part, else the first text part as it is, else nothing. */
export function readableText(mail: Mail): string {
  const bodies = mail.parts.filter((part) => part.fileName === '' && part.type.startsWith('text/'));
  const body = bodies.find((part) => part.type === 'text/plain') ?? bodies[0];
  return body ? decodeCharset(body.bytes, body.charset) : '';
}

function splitHead(text: string): { headers: Headers; body: string } {
  const gap = /\r?\n\r?\n/.exec(text.slice(0, MAX_HEADER_BYTES));
  const leadingBlank = /^\r?\n/.exec(text);
  if (leadingBlank) return { headers: new Map(), body: text.slice(leadingBlank[0].length) };
  const head = gap ? text.slice(0, gap.index) : text.slice(0, MAX_HEADER_BYTES);
  const headers = new Map<string, string>();
  for (const line of head.replace(/\r?\n(?=[ \t])/g, '').split(/\r?\n/)) {
    const colon = line.indexOf(':');
    if (colon < 1) continue;
    const name = line.slice(0, colon).trim().toLowerCase();
    if (!headers.has(name)) headers.set(name, line.slice(colon + 1).trim());
  }
  return { headers, body: gap ? text.slice(gap.index + gap[0].length) : '' };
}

function collectParts(headers: Headers, body: string, depth: number, parts: MailPart[]): void {
  if (parts.length >= MAX_PARTS) return;
  const type = readParameters(headers.get('content-type') ?? 'text/plain; charset=us-ascii');
  const boundary = type.parameters.get('boundary');
  if (type.value.startsWith('multipart/') && boundary && depth < MAX_DEPTH) {
    for (const section of splitParts(body, boundary)) {
      const inner = splitHead(section);
      collectParts(inner.headers, inner.body, depth + 1, parts);
    }
    return;
  }
  const disposition = readParameters(headers.get('content-disposition') ?? '');
  const name = disposition.parameters.get('filename') ?? type.parameters.get('name') ?? '';
  const unnamed = disposition.value === 'attachment' ? `attachment-${parts.length + 1}` : '';
  parts.push({
    type: type.value,
    charset: type.parameters.get('charset') ?? 'utf-8',
    fileName: name || unnamed,
    bytes: decodeTransfer(body, headers.get('content-transfer-encoding') ?? ''),
  });
}

/** The sections between boundary lines; the line end before a boundary belongs to it (RFC 2046 §5.1.1). */
function splitParts(body: string, boundary: string): string[] {
  const sections: string[] = [];
  const mark = `--${boundary}`;
  let start = -1;
  let at = 0;
  while (sections.length < MAX_PARTS) {
    const found = body.indexOf(mark, at);
    if (found < 0) break;
    at = found + mark.length;
    const atLineStart = found === 0 || body[found - 1] === '\n';
    const lineEnd = /^(--)?[ \t]*(\r?\n|$)/.exec(body.slice(at, at + 200));
    if (!atLineStart || !lineEnd) continue;
    if (start >= 0) sections.push(body.slice(start, found).replace(/\r?\n$/, ''));
    at += lineEnd[0].length;
    start = at;
    if (lineEnd[1]) return sections;
  }
  // A mail cut short has no closing boundary: what there is of the last section still counts.
  if (start >= 0 && start < body.length && sections.length < MAX_PARTS) sections.push(body.slice(start));
  return sections;
}

interface Parameters {
  readonly value: string;
  readonly parameters: ReadonlyMap<string, string>;
}

/** `value; name="text"; name*0*=utf-8''…` (RFC 2045 §5.1, RFC 2231 §3–4). */
function readParameters(text: string): Parameters {
  const value = /^[^;]*/.exec(text)![0].trim().toLowerCase();
  const plain = new Map<string, string>();
  const pieces = new Map<string, { order: number; text: string; encoded: boolean }[]>();
  for (const match of text.matchAll(/;\s*([^=;\s"]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;]*))/g)) {
    const name = match[1]!.toLowerCase();
    const content = match[2] === undefined ? match[3]!.trim() : match[2].replace(/\\(.)/g, '$1');
    const starred = /^([^*]+)(?:\*(\d{1,3}))?(\*)?$/.exec(name);
    if (!starred || (starred[2] === undefined && starred[3] === undefined)) {
      plain.set(name, decodeWords(content));
      continue;
    }
    const list = pieces.get(starred[1]!) ?? [];
    list.push({ order: Number(starred[2] ?? 0), text: content, encoded: starred[3] !== undefined });
    pieces.set(starred[1]!, list);
  }
  for (const [name, list] of pieces) plain.set(name, joinPieces(list.sort((a, b) => a.order - b.order)));
  return { value, parameters: plain };
}

function joinPieces(list: readonly { text: string; encoded: boolean }[]): string {
  let charset = 'utf-8';
  const bytes = list.map((piece, i) => {
    if (!piece.encoded) return Buffer.from(piece.text, 'latin1');
    const tagged = i === 0 ? /^([^']*)'[^']*'(.*)$/s.exec(piece.text) : null;
    if (tagged?.[1]) charset = tagged[1];
    const escaped = tagged ? tagged[2]! : piece.text;
    return Buffer.from(unescapeHex(escaped, '%'), 'latin1');
  });
  return decodeCharset(new Uint8Array(Buffer.concat(bytes)), charset);
}

function unescapeHex(text: string, sign: '%' | '='): string {
  const shape = sign === '%' ? /%([0-9a-fA-F]{2})/g : /=([0-9a-fA-F]{2})/g;
  return text.replace(shape, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

function decodeTransfer(body: string, encoding: string): Uint8Array<ArrayBuffer> {
  const kind = encoding.trim().toLowerCase();
  if (kind === 'base64') return new Uint8Array(Buffer.from(body, 'base64'));
  if (kind === 'quoted-printable') {
    const joined = body.replace(/[ \t]+(?=\r?\n|$)/g, '').replace(/=\r?\n/g, '');
    return new Uint8Array(Buffer.from(unescapeHex(joined, '='), 'latin1'));
  }
  return new Uint8Array(Buffer.from(body, 'latin1'));
}

/** Encoded words (RFC 2047); blanks between two of them vanish. Raw 8-bit headers are read as UTF-8. */
function decodeWords(text: string): string {
  const joined = text.replace(/(\?=)\s+(?==\?)/g, '$1');
  let out = '';
  let at = 0;
  for (const match of joined.matchAll(/=\?([^?\s]{1,40})\?([bBqQ])\?([^?\s]*)\?=/g)) {
    out += decodeCharset(latin1(joined.slice(at, match.index)), 'utf-8');
    const quoted = match[2]!.toLowerCase() === 'q';
    const content = match[3]!;
    const bytes = quoted
      ? latin1(unescapeHex(content.replaceAll('_', ' '), '='))
      : new Uint8Array(Buffer.from(content, 'base64'));
    out += decodeCharset(bytes, match[1]!.replace(/\*.*$/, ''));
    at = match.index + match[0].length;
  }
  return out + decodeCharset(latin1(joined.slice(at)), 'utf-8');
}

const latin1 = (text: string): Uint8Array<ArrayBuffer> => new Uint8Array(Buffer.from(text, 'latin1'));

/** Bytes as text; a charset that the platform does not know is read as UTF-8. */
function decodeCharset(bytes: Uint8Array, charset: string): string {
  let decoder: TextDecoder;
  try {
    decoder = new TextDecoder(charset.trim() || 'utf-8');
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    decoder = new TextDecoder('utf-8');
  }
  return decoder.decode(bytes);
}
