/** Files as text: which kind a file is, by its bytes first and its name second, and its parts. */
import { AppError, fail } from '#base/errors';
import { decodeBytes } from '../decode-bytes.ts';
import { type DocumentKind, isAlsoPage, kindOf } from './document-kind.ts';
import {
  type Content,
  emptyContent,
  mergeContent,
  newBudget,
  type PictureReader,
  type Reading,
  spendBytes,
  type UnreadReason,
} from './document-part.ts';
import { readOle } from './legacy/read-ole.ts';
import { readXls } from './legacy/read-xls.ts';
import { gunzip, readTar } from './read-archive.ts';
import { readCard } from './read-card.ts';
import { readProperties } from './read-docx.ts';
import { readMail } from './read-mail.ts';
import { readMetafile } from './read-metafile.ts';
import { readOdf } from './read-odf.ts';
import { readOfd } from './read-ofd.ts';
import { readPackage } from './read-package.ts';
import { readPacked } from './read-packed.ts';
import { readPdf } from './read-pdf.ts';
import { readPicture } from './read-picture.ts';
import { readRtf } from './read-rtf.ts';
import { readTexts } from './read-texts.ts';
import { readXps } from './read-xps.ts';
import { readZip, ZIP_LIMITS } from './read-zip.ts';

export interface ExtractedDocument extends Content {
  readonly kind: DocumentKind;
  /** For text and HTML. */
  readonly charset?: string;
}

/** Archives in archives in documents: what is deeper is told as unread. */
const DEPTH_MAX = 4;

/**
 * Extracts the text of a file: text, HTML, office files, PDF, pictures (when `pictures` reads them), and what archives
 * and documents hold of these. Fails with `scan.unsupported`, `scan.legacy`, `scan.damaged`, `scan.encrypted` or
 * `scan.bomb`; the same faults of a file inside another are told in `unread`, and the rest is read.
 */
export async function extractDocument(
  bytes: Uint8Array,
  name: string,
  contentType?: string,
  pictures?: PictureReader,
): Promise<ExtractedDocument> {
  return readFile(bytes, { name, budget: newBudget(), depth: 0, ...(pictures && { pictures }) }, contentType);
}

async function readFile(
  bytes: Uint8Array,
  reading: Reading,
  contentType?: string,
): Promise<ExtractedDocument> {
  const page = asPage(bytes, reading, contentType);
  if (!page) return readAs(kindOf(bytes, reading.name, contentType), bytes, reading, contentType);
  try {
    const kind = kindOf(bytes, reading.name, contentType);
    if (kind === 'html' || kind === 'text') return page;
    const { parts, unread, oddities } = await readAs(kind, bytes, reading, contentType);
    return { ...page, parts: [...page.parts, ...parts], unread, oddities };
  } catch (error) {
    // It is a page for everybody who opens it; that it is no sound file of another kind besides is nobody's loss.
    if (error instanceof AppError && INNER[error.code]) return page;
    throw error;
  }
}

/** What browsers show as a page, whatever its first bytes are; null when they do not, or nothing else would be read of it. */
function asPage(bytes: Uint8Array, { name }: Reading, contentType?: string): ExtractedDocument | null {
  let decoded: ReturnType<typeof decodeBytes> | undefined;
  const read = () => {
    decoded ??= decodeBytes(bytes, { contentType });
    return decoded;
  };
  if (!isAlsoPage(name, contentType, () => read().text)) return null;
  const { text, charset } = read();
  return { kind: 'html', ...emptyContent(), parts: [{ part: '', text, html: true }], charset };
}

async function readAs(
  kind: DocumentKind,
  bytes: Uint8Array,
  reading: Reading,
  contentType?: string,
): Promise<ExtractedDocument> {
  switch (kind) {
    case 'docx':
    case 'xlsx':
    case 'pptx':
    case 'odf':
      return { kind, ...(await readPackage(bytes, kind, reading, readInner)) };
    case 'ofd':
    case 'xps': {
      const members = await readMembers(bytes, reading);
      return { kind, ...(await (kind === 'ofd' ? readOfd : readXps)(members, reading, readInner)) };
    }
    case 'flat-odf':
      return {
        kind,
        ...emptyContent(),
        parts: readOdf(new Map([['content.xml', Buffer.from(bytes)]]), reading.name),
      };
    case 'packed':
      return { kind, ...(await readPacked(bytes, reading, readInner)) };
    case 'vector':
      return { kind, ...readMetafile(bytes) };
    case 'card':
      return { kind, ...emptyContent(), parts: readCard(bytes) };
    case 'svg':
      return { kind, ...emptyContent(), parts: [{ part: '', text: readTexts(bytes, reading.name) }] };
    case 'pdf': {
      const { content, attachments } = await readPdf(bytes, reading);
      for (const file of attachments) mergeContent(content, await readInner(file.name, file.bytes, reading));
      return { kind, ...content };
    }
    case 'xlsb':
      return { kind, ...(await readBinaryWorkbook(bytes, reading)) };
    case 'ole':
      return { kind, ...(await readOle(bytes, reading, readInner)) };
    case 'mail':
      return { kind, ...(await readMail(bytes, reading, readInner)) };
    case 'rtf':
      return { kind, ...(await readRtf(bytes, reading, readInner)) };
    case 'picture':
      return { kind, ...(await readPicture(bytes, reading, readInner)) };
    case 'zip':
    case 'tar':
    case 'gzip':
      return { kind, ...(await readArchive(bytes, kind, reading)) };
    default: {
      const decoded = decodeBytes(bytes, { contentType });
      // Programs write what is not ASCII as \uXXXX: its places are those of the text that is meant.
      if (/\.json$/i.test(reading.name) && /\\u[0-9a-f]{4}/i.test(decoded.text))
        return { kind: 'json', ...emptyContent(), parts: [{ part: '', text: unescapeJson(decoded.text) }] };
      return {
        kind,
        ...emptyContent(),
        parts: [{ part: '', text: decoded.text, ...(kind === 'html' && { html: true }) }],
        charset: decoded.charset,
      };
    }
  }
}

const unescapeJson = (text: string) =>
  text.replace(/\\u([0-9a-f]{4})/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));

/** The files of a package, all of them, within the budget. */
async function readMembers(bytes: Uint8Array, reading: Reading): Promise<Map<string, Buffer>> {
  const { name, budget } = reading;
  const limits = { ...ZIP_LIMITS, totalBytes: budget.bytes, entries: budget.entries };
  const members = await readZip(bytes, name, (member) => !member.endsWith('/'), limits);
  for (const body of members.values()) spendBytes(reading, body.length);
  return members;
}

/** A workbook of records in a package: its size is counted before SheetJS unpacks it. */
async function readBinaryWorkbook(bytes: Uint8Array, reading: Reading): Promise<Content> {
  const { name } = reading;
  const members = await readMembers(bytes, reading);
  const content = await readXls(bytes, name);
  for (const [member, xml] of members)
    if (member.startsWith('docProps/') && member.endsWith('.xml'))
      content.parts.push({ part: member, text: readProperties(xml, name) });
  return content;
}

async function readArchive(
  bytes: Uint8Array,
  kind: 'zip' | 'tar' | 'gzip',
  reading: Reading,
): Promise<Content> {
  const content = emptyContent();
  let members: Map<string, Buffer>;
  if (kind === 'zip') {
    const limits = { ...ZIP_LIMITS, totalBytes: reading.budget.bytes, entries: reading.budget.entries };
    members = await readZip(
      bytes,
      reading.name,
      (member) => !member.endsWith('/') && !/(?:^|\/)__MACOSX\//.test(member),
      limits,
      (member) => content.unread.push({ part: member, reason: 'encrypted' }),
    );
    for (const body of members.values()) reading.budget.bytes -= body.length;
    reading.budget.entries -= members.size;
    // Nothing in it could be opened: the whole file is what is encrypted.
    if (members.size === 0 && content.unread.length > 0 && reading.depth === 0)
      fail('scan.encrypted', { name: reading.name });
  } else if (kind === 'tar') members = readTar(Buffer.from(bytes), reading);
  else {
    const inner = reading.name.replace(/\.tgz$/i, '.tar').replace(/\.gz$/i, '');
    members = new Map([[inner.split('/').at(-1) || 'content', gunzip(bytes, reading)]]);
  }
  for (const [member, body] of members) mergeContent(content, await readInner(member, body, reading));
  return content;
}

/** A file inside another: its faults are its own. Places are told as `outer → inner`. */
async function readInner(member: string, bytes: Uint8Array, outer: Reading): Promise<Content> {
  if (outer.depth >= DEPTH_MAX) return { ...emptyContent(), unread: [{ part: member, reason: 'too-deep' }] };
  if (bytes.length === 0) return emptyContent();
  try {
    const read = await readFile(bytes, { ...outer, name: member, depth: outer.depth + 1 });
    const within = (part: string) => (part === '' ? member : `${member} → ${part}`);
    return {
      parts: read.parts.map((part) => ({ ...part, part: within(part.part) })),
      unread: read.unread.map((one) => ({ ...one, part: within(one.part) })),
      oddities: read.oddities.map((one) => ({ ...one, part: within(one.part) })),
    };
  } catch (error) {
    const reason = error instanceof AppError ? INNER[error.code] : undefined;
    // A used-up budget ends the whole file: it cannot be told how much more there is.
    if (!reason || (reason === 'bomb' && outer.budget.bytes < 0)) throw error;
    return { ...emptyContent(), unread: [{ part: member, reason }] };
  }
}

const INNER: Readonly<Record<string, UnreadReason>> = {
  'scan.unsupported': 'unsupported',
  'scan.legacy': 'unsupported',
  'scan.damaged': 'damaged',
  'scan.encrypted': 'encrypted',
  'scan.bomb': 'bomb',
};
