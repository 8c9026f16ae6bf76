/** The kind of a file. Its first bytes count more than its name, which a publisher may have got wrong. */
import { fail } from '#base/errors';
import { isUnmarkedUtf16 } from '../decode-bytes.ts';
import { isNot } from './damage.ts';
import { sizeOf } from './ocr/picture-size.ts';
import { looksLikeMail } from './read-mail.ts';
import { isMetafile } from './read-metafile.ts';
import { memberNames } from './zip-names.ts';

export type DocumentKind =
  | 'text'
  | 'json'
  | 'html'
  | 'docx'
  | 'xlsx'
  | 'pptx'
  | 'xlsb'
  | 'odf'
  | 'flat-odf'
  | 'ofd'
  | 'xps'
  | 'ole'
  | 'mail'
  | 'rtf'
  | 'pdf'
  | 'picture'
  | 'zip'
  | 'tar'
  | 'gzip'
  | 'packed'
  | 'svg'
  | 'vector'
  | 'card';

const NEW_OFFICE = /^(?:docx|xlsx|pptx|docm|xlsm|pptm|odt|ods|odp|pdf|ofd)$/;

/** rar, 7z, xz, bzip2, the cabinet of Windows, LHA. */
const PACKED = /^(?:Rar!\x1a\x07|7z\xbc\xaf'\x1c|\xfd7zXZ\0|BZh[1-9]|MSCF\0|..-lh[0-7d]-)/s;

/**
 * Decides how a file is read. Fails with `scan.unsupported` (programs, films, what nobody knows) and `scan.damaged`.
 */
export function kindOf(bytes: Uint8Array, name: string, contentType = ''): DocumentKind {
  const head = String.fromCharCode(...bytes.subarray(0, 1024));
  const extension = /\.([a-z0-9]{1,8})$/i.exec(name)?.[1]?.toLowerCase() ?? '';
  const isZip = head.startsWith('PK\x03\x04') || head.startsWith('PK\x05\x06');
  // A package may hold a PDF as it is; only who calls the file one has it opened as one.
  if (extension === 'pdf' ? head.includes('%PDF-') : !isZip && isPdf(bytes, head, contentType)) return 'pdf';
  if (isZip) return zipKind(bytes, name, extension);
  if (head.startsWith('\xd0\xcf\x11\xe0')) return 'ole';
  if (NEW_OFFICE.test(extension)) fail('scan.damaged', { name, reason: isNot(extension) });
  // Word opens what only begins so; others hide in it what they do not want read.
  if (head.startsWith('{\\rt')) return 'rtf';
  if (head.startsWith('\x1f\x8b')) return 'gzip';
  if (PACKED.test(head)) return 'packed';
  if (head.slice(257, 262) === 'ustar') return 'tar';
  if (sizeOf(bytes)) return 'picture';
  if (isMetafile(bytes)) return 'vector';
  if (isWord6(bytes)) fail('scan.legacy', { name });
  if (/^(?:eml|mht|mhtml)$/.test(extension) || /^message\/rfc822/i.test(contentType)) return 'mail';
  if (extension === '' && looksLikeMail(head)) return 'mail';
  if (isBinary(bytes)) fail('scan.unsupported', { name });
  if (isPageByName(extension, contentType)) return 'html';
  if (/<office:document\s/.test(head) && /opendocument/.test(head)) return 'flat-odf';
  if (
    extension === 'svg' ||
    /^\s*(?:\xef\xbb\xbf)?(?:<\?xml[^>]*>)?\s*(?:<!--.*?-->\s*)*<svg[\s>]/is.test(head)
  )
    return 'svg';
  if (/^(?:vcf|ics|vcard)$/.test(extension) || /^\s*BEGIN:V(?:CARD|CALENDAR)/i.test(head)) return 'card';
  if (extension === '' && /^\s*(?:\xef\xbb\xbf)?\s*<(?:!doctype|html|head|body)\b/i.test(head)) return 'html';
  return 'text';
}

/** Readers of PDF look for its mark in the first 1,024 bytes; a text may speak of it there. */
function isPdf(bytes: Uint8Array, head: string, contentType: string): boolean {
  if (!head.includes('%PDF-')) return false;
  if (head.startsWith('%PDF-') || /pdf/i.test(contentType)) return true;
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes('endobj');
}

/** Whether browsers take it for a page, whatever its first bytes are: by the type that its server says, or by its name. */
const isPageByName = (extension: string, contentType: string): boolean =>
  /html/i.test(contentType) || /^x?html?$|^(?:shtml|asp|aspx|jsp|php)$/.test(extension);

/** Longer than what the bytes of a packed file are by chance. */
const MARKUP = /<(?:!doctype\s|html|head|body|title|meta|script|style|div|span|table|iframe|a\s{1,9}href)/i;

/** Whether browsers show as a page what is told to be one and begins as something else; `text` is what it decodes to. */
export const isAlsoPage = (name: string, contentType: string | undefined, text: () => string): boolean =>
  isPageByName(/\.([a-z0-9]{1,8})$/i.exec(name)?.[1]?.toLowerCase() ?? '', contentType ?? '') &&
  MARKUP.test(text());

function zipKind(bytes: Uint8Array, name: string, extension: string): DocumentKind {
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const names = memberNames(whole);
  const has = (path: string) => names.some((one) => one.startsWith(path));
  if (has('word/document')) return 'docx';
  if (has('xl/workbook.xml')) return 'xlsx';
  if (has('ppt/presentation.xml')) return 'pptx';
  if (has('xl/workbook.bin')) return 'xlsb';
  if (names.some((one) => /^OFD\.xml$/i.test(one))) return 'ofd';
  if (has('FixedDocSeq.fdseq') || /^(?:xps|oxps)$/.test(extension)) return 'xps';
  if (whole.subarray(0, 200).includes('mimetypeapplication/vnd.oasis.opendocument')) return 'odf';
  if (has('content.xml') && /^od[tsp]$/.test(extension)) return 'odf';
  if (extension === 'docx' || extension === 'xlsx' || extension === 'pptx') return extension;
  if (NEW_OFFICE.test(extension)) fail('scan.damaged', { name, reason: isNot(extension) });
  return 'zip';
}

/** Word 2 to 6 before it kept its files in a container (their first word tells the version). */
const isWord6 = (bytes: Uint8Array) =>
  bytes.length > 32 &&
  ((bytes[0] === 0xdb && bytes[1] === 0xa5) ||
    (bytes[0] === 0xdc && bytes[1] === 0xa5) ||
    (bytes[0] === 0x31 && bytes[1] === 0xbe));

/** Zero bytes do not occur in text but in that of UTF-16, with its mark or plainly without. */
function isBinary(bytes: Uint8Array): boolean {
  const wide = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  return !wide && bytes.subarray(0, 8192).includes(0) && !isUnmarkedUtf16(bytes);
}
