/** The readable parts of an e-mail (RFC 2045, 2046, 2822), without ever failing: a complaint is what it is. Pure. */

export interface MailPart {
  readonly type: string;
  readonly name: string;
  /** Null: it has a name, and is no text that can be read here. */
  readonly text: string | null;
}

const maxDepth = 8;
const maxParts = 200;

/** Whether bytes begin like an e-mail: header lines with names that every mail has. */
export function isMail(text: string): boolean {
  const head = text.slice(0, 20_000).split(/\r?\n\r?\n/, 1)[0]!;
  return /^(?:[\w-]+:.*(?:\r?\n[ \t].*)*(?:\r?\n|$))+$/.test(head.slice(0, 16_000))
    ? /^(?:mime-version|received|message-id|return-path|content-type):/im.test(head)
    : false;
}

/** All text parts in their order, attached mails included, and the attachments that are no text. `latin1`: the mail's bytes, one character each. */
export function readMail(latin1: string): MailPart[] {
  const parts: MailPart[] = [];
  collect(latin1, 0, parts);
  return parts;
}

function collect(source: string, depth: number, parts: MailPart[]): void {
  if (depth > maxDepth || parts.length >= maxParts) return;
  const gap = /\r?\n\r?\n/.exec(source);
  const head = readHeader(gap ? source.slice(0, gap.index) : '');
  const body = gap ? source.slice(gap.index + gap[0].length) : source;
  const type = head.type;
  if (type.startsWith('multipart/') && head.boundary !== '') {
    for (const piece of splitParts(body, head.boundary)) collect(piece, depth + 1, parts);
  } else if (type === 'message/rfc822') {
    collect(decodeBody(body, head.encoding).toString('latin1'), depth + 1, parts);
  } else if (
    type.startsWith('text/') ||
    /xml|json|yaml/.test(type) ||
    /\.(txt|xml|json|ya?ml|csv|log|eml)$/i.test(head.name)
  ) {
    const bytes = decodeBody(body, head.encoding);
    const text = decodeText(bytes, head.charset);
    parts.push({ type, name: head.name, text: type === 'text/html' ? plain(text) : text });
  } else if (head.name !== '') parts.push({ type, name: head.name.slice(0, 200), text: null });
}

function readHeader(text: string) {
  const unfolded = text.replace(/\r?\n[ \t]+/g, ' ');
  const field = (name: string) =>
    new RegExp(`^${name}:[ \\t]*(.*)$`, 'im').exec(unfolded)?.[1]?.trim().slice(0, 1000) ?? '';
  const content = field('content-type');
  const parameter = (of: string, name: string) =>
    new RegExp(`;\\s*${name}\\*?=(?:"([^"]*)"|([^;\\s]*))`, 'i')
      .exec(of)
      ?.slice(1)
      .find((one) => one !== undefined) ?? '';
  return {
    type: (content.split(';')[0] || 'text/plain').trim().toLowerCase(),
    boundary: parameter(content, 'boundary'),
    charset: parameter(content, 'charset'),
    name: parameter(field('content-disposition'), 'filename') || parameter(content, 'name'),
    encoding: field('content-transfer-encoding').toLowerCase(),
  };
}

function splitParts(body: string, boundary: string): string[] {
  const mark = `--${boundary}`;
  const pieces: string[] = [];
  let from = -1;
  for (let at = body.indexOf(mark); at >= 0; at = body.indexOf(mark, at + mark.length)) {
    if (at > 0 && body[at - 1] !== '\n') continue;
    if (from >= 0) pieces.push(body.slice(from, at).replace(/\r?\n$/, ''));
    if (body.startsWith('--', at + mark.length)) return pieces;
    const line = body.indexOf('\n', at);
    from = line < 0 ? body.length : line + 1;
    if (pieces.length > maxParts) return pieces;
  }
  // A mail that was cut off has no last boundary.
  if (from >= 0) pieces.push(body.slice(from));
  return pieces;
}

function decodeBody(body: string, encoding: string): Buffer {
  if (encoding === 'base64') return Buffer.from(body.replace(/[^A-Za-z0-9+/=]/g, ''), 'base64');
  if (encoding !== 'quoted-printable') return Buffer.from(body, 'latin1');
  const text = body
    .replace(/[ \t]*=\r?\n/g, '')
    .replace(/=([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(text, 'latin1');
}

/** Text in the charset that was named, else UTF-8 when it is that, else GB18030 (which all of GBK is). */
export function decodeText(bytes: Uint8Array, charset = ''): string {
  for (const name of [charset, 'utf-8']) {
    try {
      if (name !== '') return new TextDecoder(name, { fatal: true }).decode(bytes);
    } catch {
      // A charset that nobody knows, or bytes that are not in it: the next one is tried.
    }
  }
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  return new TextDecoder('gb18030').decode(bytes);
}

/** What a reader of an HTML part would see, line by line. */
function plain(html: string): string {
  return html
    .replace(/<(script|style)\b[\s\S]*?<\/\1>/gi, ' ')
    .replace(/<(?:br|\/p|\/div|\/tr|\/li|\/h\d)\b[^>]*>/gi, '\n')
    .replace(/<\/t[dh]>/gi, ' ')
    .replace(/<[^>]*>/g, '')
    .replace(/&nbsp;/gi, ' ')
    .replace(/&lt;/gi, '<')
    .replace(/&gt;/gi, '>')
    .replace(/&quot;/gi, '"')
    .replace(/&amp;/gi, '&');
}
