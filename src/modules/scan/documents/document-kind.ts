/** The kind of a file. Its first bytes count more than its name, which a publisher may have got wrong. */
import { fail } from '#base/errors';
import { isNot } from './damage.ts';
import { sizeOf } from './ocr/picture-size.ts';

export type DocumentKind =
  | 'text'
  | 'html'
  | 'docx'
  | 'xlsx'
  | 'pptx'
  | 'odf'
  | 'rtf'
  | 'pdf'
  | 'picture'
  | 'zip'
  | 'tar'
  | 'gzip';

const OLD_OFFICE = /^(?:doc|dot|xls|xlt|et|ppt|pps|wps|dps)$/;
const NEW_OFFICE = /^(?:docx|xlsx|pptx|docm|xlsm|pptm|odt|ods|odp|pdf)$/;

/**
 * Decides how a file is read. Fails with `scan.unsupported` (rar, 7z, programs), `scan.legacy` (binary office files, which
 * LibreOffice has to convert first), `scan.encrypted` and `scan.damaged`.
 */
export function kindOf(bytes: Uint8Array, name: string, contentType = ''): DocumentKind {
  const head = String.fromCharCode(...bytes.subarray(0, 1024));
  const extension = /\.([a-z0-9]{1,8})$/i.exec(name)?.[1]?.toLowerCase() ?? '';
  if (head.includes('%PDF-')) return 'pdf';
  if (head.startsWith('PK\x03\x04') || head.startsWith('PK\x05\x06')) return zipKind(bytes, name, extension);
  if (head.startsWith('\xd0\xcf\x11\xe0')) return fail(oleCode(bytes, extension), { name });
  if (NEW_OFFICE.test(extension)) fail('scan.damaged', { name, reason: isNot(extension) });
  if (head.startsWith('{\\rtf')) return 'rtf';
  if (head.startsWith('\x1f\x8b')) return 'gzip';
  if (head.startsWith('Rar!') || head.startsWith("7z\xbc\xaf'\x1c")) fail('scan.unsupported', { name });
  if (head.slice(257, 262) === 'ustar') return 'tar';
  if (sizeOf(bytes)) return 'picture';
  if (isBinary(bytes)) fail('scan.unsupported', { name });
  if (/html/i.test(contentType) || /^x?html?$|^(?:shtml|asp|aspx|jsp|php)$/.test(extension)) return 'html';
  if (extension === '' && /^\s*(?:\xef\xbb\xbf)?\s*<(?:!doctype|html|head|body)\b/i.test(head)) return 'html';
  return 'text';
}

/** An encrypted .docx is an OLE file too, with a stream of this name (MS-OFFCRYPTO 2.3). */
function oleCode(
  bytes: Uint8Array,
  extension: string,
): 'scan.encrypted' | 'scan.legacy' | 'scan.unsupported' {
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (whole.includes(Buffer.from('EncryptedPackage', 'utf16le')) || NEW_OFFICE.test(extension))
    return 'scan.encrypted';
  const streams = ['WordDocument', 'Workbook', 'PowerPoint Document'];
  const isOffice = streams.some((stream) => whole.includes(Buffer.from(stream, 'utf16le')));
  return OLD_OFFICE.test(extension) || isOffice ? 'scan.legacy' : 'scan.unsupported';
}

function zipKind(bytes: Uint8Array, name: string, extension: string): DocumentKind {
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const directory = whole.subarray(-(1 << 20));
  if (directory.includes('word/document.xml')) return 'docx';
  if (directory.includes('xl/workbook.xml')) return 'xlsx';
  if (directory.includes('ppt/presentation.xml')) return 'pptx';
  if (whole.subarray(0, 200).includes('mimetypeapplication/vnd.oasis.opendocument')) return 'odf';
  if (directory.includes('content.xml') && /^od[tsp]$/.test(extension)) return 'odf';
  if (extension === 'docx' || extension === 'xlsx' || extension === 'pptx') return extension;
  if (NEW_OFFICE.test(extension)) fail('scan.damaged', { name, reason: isNot(extension) });
  return 'zip';
}

/** Zero bytes without a byte-order mark of UTF-16 do not occur in text. */
function isBinary(bytes: Uint8Array): boolean {
  const wide = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  return !wide && bytes.subarray(0, 8192).includes(0);
}
