/**
 * Messages (.eml, RFC 5322 and MIME) and pages that a browser saved with all they need (.mht): subject and people, texts,
 * pages, and what is attached, in whatever charset.
 */
import { Parser } from 'htmlparser2';
import PostalMime, { decodeWords } from 'postal-mime';
import { fail } from '#base/errors';
import { decodeBytes } from '../decode-bytes.ts';
import { kinds, unreadable } from './damage.ts';
import {
  type Content,
  emptyContent,
  mergeContent,
  type Reading,
  spendBytes,
  spendEntries,
} from './document-part.ts';

type ReadInner = (member: string, bytes: Uint8Array, outer: Reading) => Promise<Content>;

/** What is read of a part of the message, as the parser keeps it. */
interface Node {
  readonly childNodes: readonly Node[];
  readonly content: ArrayBuffer | null;
  readonly headers: readonly { readonly key: string; readonly value: string }[];
  readonly contentType: { readonly parsed: Header };
  readonly contentDisposition: { readonly parsed: Header };
  readonly contentTransferEncoding: { readonly encoding: string };
}
interface Header {
  readonly value: string;
  readonly params: Readonly<Record<string, string>>;
}

/** The lines of the head that a person wrote or is named in. */
const TOLD =
  /^(?:subject|from|sender|to|cc|bcc|reply-to|organization|comments|keywords|snapshot-content-location)$/;
const NESTING_MAX = 50;

/**
 * Subject and people are `mail`, texts `mail (text)`, pages `mail (page)`; attachments have their names. Fails with
 * `scan.damaged` and `scan.bomb`.
 */
export async function readMail(bytes: Uint8Array, reading: Reading, readInner: ReadInner): Promise<Content> {
  const parser = new PostalMime({ maxNestingDepth: NESTING_MAX, maxRfc822NestingDepth: 0 });
  try {
    // The parser reads heads as UTF-8 and loses what is not: each byte as a character of its own survives that.
    await parser.parse(Buffer.from(Buffer.from(bytes).toString('latin1'), 'utf8'));
  } catch (error) {
    return fail('scan.damaged', { name: reading.name, reason: unreadable(kinds.mail, error) }, error);
  }
  const content = emptyContent();
  const root = (parser as unknown as { readonly root: Node }).root;
  const head = root.headers.flatMap(({ key, value }) => (TOLD.test(key) ? [words(value)] : []));
  if (head.length > 0) content.parts.push({ part: 'mail', text: head.join('\n') });
  const leaves = [...leavesOf(root)];
  spendEntries(reading, leaves.length);
  const pages: string[] = [];
  // Pages first: a text that only repeats one is not told twice.
  for (const leaf of leaves) if (isPage(leaf)) pages.push(await readPage(leaf, reading, content));
  for (const leaf of leaves) if (!isPage(leaf)) await readLeaf(leaf, reading, content, readInner, pages);
  return content;
}

function* leavesOf(node: Node): Generator<Node> {
  if (node.childNodes.length === 0) yield node;
  for (const child of node.childNodes) yield* leavesOf(child);
}

const titleOf = (leaf: Node) =>
  words(leaf.contentDisposition.parsed.params.filename ?? leaf.contentType.parsed.params.name ?? '');
const isPage = (leaf: Node) => leaf.contentType.parsed.value === 'text/html' && titleOf(leaf) === '';

async function readPage(leaf: Node, reading: Reading, content: Content): Promise<string> {
  const html = textOf(leaf, bodyOf(leaf, reading));
  if (html.trim() !== '') content.parts.push({ part: 'mail (page)', text: html, html: true });
  let text = '';
  const parser = new Parser({ ontext: (more) => (text += more) }, { decodeEntities: true });
  parser.end(html);
  return text.replace(/\s/g, '');
}

async function readLeaf(
  leaf: Node,
  reading: Reading,
  content: Content,
  readInner: ReadInner,
  pages: readonly string[],
): Promise<void> {
  const type = leaf.contentType.parsed.value;
  const body = bodyOf(leaf, reading);
  const title = titleOf(leaf);
  if (body.length === 0) return;
  if (type === 'text/plain' && title === '') {
    const text = textOf(leaf, body);
    const lines = text.split('\n').map((line) => line.replace(/\s/g, ''));
    const isRepeated = pages.some((page) => lines.every((line) => page.includes(line)));
    if (!isRepeated) content.parts.push({ part: 'mail (text)', text });
    return;
  }
  const name = title || `attachment${EXTENSIONS[type] ?? ''}`;
  mergeContent(content, await readInner(name, body, reading));
}

/** For parts without a name: how they are read. */
const EXTENSIONS: Readonly<Record<string, string>> = { 'message/rfc822': '.eml', 'text/html': '.html' };

/** The bytes of a part: what was not encoded for the way still has each byte as a character. */
function bodyOf(leaf: Node, reading: Reading): Buffer {
  const body = Buffer.from(leaf.content ?? new ArrayBuffer(0));
  spendBytes(reading, body.length);
  const isEncoded = /base64|quoted-printable/i.test(leaf.contentTransferEncoding.encoding);
  return isEncoded ? body : Buffer.from(body.toString('utf8'), 'latin1');
}

function textOf(leaf: Node, body: Buffer): string {
  const charset = leaf.contentType.parsed.params.charset;
  return decodeBytes(body, charset === undefined ? {} : { contentType: `text/plain; charset=${charset}` })
    .text;
}

/** A head line as it is meant: encoded words (RFC 2047), or bytes that nobody encoded. */
function words(value: string): string {
  const plain = /[\x80-\xff]/.test(value) ? decodeBytes(Buffer.from(value, 'latin1')).text : value;
  // Programs make up names of charsets (eucgb2312_cn); in a school's mail those mean Chinese.
  return decodeWords(
    plain.replace(/=\?([^?*]{1,60})(?=(?:\*[^?]*)?\?[bq]\?)/gi, (word, label: string) =>
      isCharset(label) ? word : '=?gb18030',
    ),
  );
}

function isCharset(label: string): boolean {
  try {
    return new TextDecoder(label) !== null;
  } catch {
    // The answer: nobody knows this name.
    return false;
  }
}

/** Whether bytes begin as a message does: lines of a head, one of which only messages have. */
export function looksLikeMail(head: string): boolean {
  const lines = head.split(/\r?\n\r?\n/)[0]!.split(/\r?\n(?![ \t])/);
  const named = lines.map((line) => /^([!-9;-~]{2,60}):/.exec(line)?.[1]?.toLowerCase() ?? '');
  // The last line may be cut off.
  if (named.slice(0, -1).some((name) => name === '')) return false;
  return named.includes('mime-version')
    ? named.length > 1
    : named.includes('from') && named.includes('received');
}
