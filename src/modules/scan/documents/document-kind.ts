/** The kind of a file. Its first bytes count more than its name, which a publisher may have got wrong. */
import { fail } from '#base/errors';
import { isUnmarkedUtf16 } from '../decode-bytes.ts';
import { isNot } from './damage.ts';
import { sizeOf } from './ocr/picture-size.ts';
import { looksLikeMail } from './read-mail.ts';

export type DocumentKind =
  | 'text'
  | 'json'
  | 'html'
  | 'docx'
  | 'xlsx'
  | 'pptx'
  | 'xlsb'
  | 'odf'
  | 'ole'
  | 'mail'
  | 'rtf'
  | 'pdf'
  | 'picture'
  | 'zip'
  | 'tar'
  | 'gzip';

const NEW_OFFICE = /^(?:docx|xlsx|pptx|docm|xlsm|pptm|odt|ods|odp|pdf)$/;

/**
 * Decides how a file is read. Fails with `scan.unsupported` (rar, 7z, programs) and `scan.damaged`.
 */
export function kindOf(bytes: Uint8Array, name: string, contentType = ''): DocumentKind {
  const head = String.fromCharCode(...bytes.subarray(0, 1024));
  const extension = /\.([a-z0-9]{1,8})$/i.exec(name)?.[1]?.toLowerCase() ?? '';
  if (head.includes('%PDF-')) return 'pdf';
  if (head.startsWith('PK\x03\x04') || head.startsWith('PK\x05\x06')) return zipKind(bytes, name, extension);
  if (head.startsWith('\xd0\xcf\x11\xe0')) return 'ole';
  if (NEW_OFFICE.test(extension)) fail('scan.damaged', { name, reason: isNot(extension) });
  if (head.startsWith('{\\rtf')) return 'rtf';
  if (head.startsWith('\x1f\x8b')) return 'gzip';
  if (head.startsWith('Rar!') || head.startsWith("7z\xbc\xaf'\x1c")) fail('scan.unsupported', { name });
  if (head.slice(257, 262) === 'ustar') return 'tar';
  if (sizeOf(bytes)) return 'picture';
  if (/^(?:eml|mht|mhtml)$/.test(extension) || /^message\/rfc822/i.test(contentType)) return 'mail';
  if (extension === '' && looksLikeMail(head)) return 'mail';
  if (isBinary(bytes)) fail('scan.unsupported', { name });
  if (/html/i.test(contentType) || /^x?html?$|^(?:shtml|asp|aspx|jsp|php)$/.test(extension)) return 'html';
  if (extension === '' && /^\s*(?:\xef\xbb\xbf)?\s*<(?:!doctype|html|head|body)\b/i.test(head)) return 'html';
  return 'text';
}

function zipKind(bytes: Uint8Array, name: string, extension: string): DocumentKind {
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const directory = whole.subarray(-(1 << 20));
  if (directory.includes('word/document')) return 'docx';
  if (directory.includes('xl/workbook.xml')) return 'xlsx';
  if (directory.includes('ppt/presentation.xml')) return 'pptx';
  if (directory.includes('xl/workbook.bin')) return 'xlsb';
  if (whole.subarray(0, 200).includes('mimetypeapplication/vnd.oasis.opendocument')) return 'odf';
  if (directory.includes('content.xml') && /^od[tsp]$/.test(extension)) return 'odf';
  if (extension === 'docx' || extension === 'xlsx' || extension === 'pptx') return extension;
  if (NEW_OFFICE.test(extension)) fail('scan.damaged', { name, reason: isNot(extension) });
  return 'zip';
}

/** Zero bytes do not occur in text but in that of UTF-16, with its mark or plainly without. */
function isBinary(bytes: Uint8Array): boolean {
  const wide = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  return !wide && bytes.subarray(0, 8192).includes(0) && !isUnmarkedUtf16(bytes);
}
