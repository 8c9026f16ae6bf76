/** Files as text: which kind a file is, by its bytes first and its name second, and its parts. */
import { fail } from '#base/errors';
import { decodeBytes } from '../decode-bytes.ts';
import { readDocx } from './read-docx.ts';
import { readPdf } from './read-pdf.ts';
import { readXlsx } from './read-xlsx.ts';

type DocumentKind = 'text' | 'html' | 'docx' | 'xlsx' | 'pdf';

export interface DocumentPart {
  /** `word/document.xml`, `sheet:成绩单!B3`, `page:2`; empty for a file of one text. */
  readonly part: string;
  readonly text: string;
}

export interface ExtractedDocument {
  readonly kind: DocumentKind;
  readonly parts: readonly DocumentPart[];
  /** For text and HTML. */
  readonly charset?: string;
}

/**
 * Extracts the text of a .txt, .html, .docx, .xlsx or .pdf file.
 * Fails with `scan.unsupported`, `scan.damaged`, `scan.encrypted` or `scan.bomb`.
 */
export async function extractDocument(
  bytes: Uint8Array,
  name: string,
  contentType?: string,
): Promise<ExtractedDocument> {
  const kind = kindOf(bytes, name, contentType);
  if (kind === 'docx') return { kind, parts: await readDocx(bytes, name) };
  if (kind === 'xlsx') return { kind, parts: await readXlsx(bytes, name) };
  if (kind === 'pdf') return { kind, parts: await readPdf(bytes, name) };
  const decoded = decodeBytes(bytes, { contentType });
  return { kind, parts: [{ part: '', text: decoded.text }], charset: decoded.charset };
}

/** The kind of a file. Its first bytes count more than its name, which a publisher may have got wrong. */
function kindOf(bytes: Uint8Array, name: string, contentType = ''): DocumentKind {
  const head = String.fromCharCode(...bytes.subarray(0, 1024));
  if (head.slice(0, 1024).includes('%PDF-')) return 'pdf';
  if (head.startsWith('PK\x03\x04') || head.startsWith('PK\x05\x06')) return officeKind(bytes, name);
  const extension = /\.([a-z0-9]{1,8})$/i.exec(name)?.[1]?.toLowerCase() ?? '';
  if (head.startsWith('\xd0\xcf\x11\xe0')) {
    // An encrypted .docx is an OLE file too; the old binary formats are not read.
    fail(/^(?:docx|xlsx)$/.test(extension) ? 'scan.encrypted' : 'scan.unsupported', { name });
  }
  if (/^(?:docx|xlsx|pdf)$/.test(extension))
    fail('scan.damaged', { name, reason: `not a ${extension} file` });
  if (isBinary(bytes)) fail('scan.unsupported', { name });
  if (/html/i.test(contentType) || /^x?html?$|^(?:shtml|asp|aspx|jsp|php)$/.test(extension)) return 'html';
  if (extension === '' && /^\s*(?:\xef\xbb\xbf)?\s*<(?:!doctype|html|head|body)\b/i.test(head)) return 'html';
  return 'text';
}

function officeKind(bytes: Uint8Array, name: string): DocumentKind {
  const directory = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).subarray(-(1 << 20));
  if (directory.includes('word/document.xml')) return 'docx';
  if (directory.includes('xl/workbook.xml')) return 'xlsx';
  const extension = /\.(docx|xlsx)$/i.exec(name)?.[1]?.toLowerCase();
  return extension === 'docx' || extension === 'xlsx' ? extension : fail('scan.unsupported', { name });
}

/** Zero bytes without a byte-order mark of UTF-16 do not occur in text. */
function isBinary(bytes: Uint8Array): boolean {
  const wide = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  return !wide && bytes.subarray(0, 8192).includes(0);
}
