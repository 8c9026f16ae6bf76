/** Files in the old container: documents of Office 97–2003 and of WPS, messages of Outlook, and what is embedded in them. */
import { fail } from '#base/errors';
import { decodeBytes } from '../../decode-bytes.ts';
import { type Content, emptyContent, mergeContent, type Reading } from '../document-part.ts';
import { readModules } from '../read-macros.ts';
import { findPictures } from './find-pictures.ts';
import { folderOf, foldersIn, type OleFile, openOle, readPropertySet, streamOf } from './ole-file.ts';
import { readDoc } from './read-doc.ts';
import { isMessage, readMsg } from './read-msg.ts';
import { readPpt } from './read-ppt.ts';
import { readXls, readXlsRecords } from './read-xls.ts';
import { readXlsRules } from './xls-rules.ts';

type ReadInner = (member: string, bytes: Uint8Array, outer: Reading) => Promise<Content>;

/**
 * Reads the document of the container, the documents and files that it embeds, its pictures and properties. Fails with
 * `scan.encrypted`, `scan.legacy` (Word 6 and 95), `scan.damaged`, `scan.bomb`, and `scan.unsupported` when it holds
 * nothing that is known here.
 */
export async function readOle(bytes: Uint8Array, reading: Reading, readInner: ReadInner): Promise<Content> {
  const file = openOle(bytes, reading);
  const { name } = reading;
  // An encrypted docx, xlsx or pptx is a container with this stream (MS-OFFCRYPTO 2.3).
  if (streamOf(file, 'EncryptedPackage')) fail('scan.encrypted', { name });
  const content = emptyContent();
  let known = false;
  if (isMessage(file)) {
    known = true;
    await readMsg(file, reading, content, readInner);
  } else {
    for (const folder of foldersIn(file))
      known = (await readFolder(file, folder, reading, content, readInner)) || known;
  }
  if (!known) fail('scan.unsupported', { name });
  const texts = ['\u0005SummaryInformation', '\u0005DocumentSummaryInformation'].flatMap((set) =>
    readPropertySet(streamOf(file, set)),
  );
  // Macros of a document stand in a folder of their own.
  content.parts.push(...readModules(file.streams));
  if (texts.length > 0) content.parts.push({ part: 'properties', text: [...new Set(texts)].join('\n') });
  return content;
}

/** What a folder holds: the document itself in the root, embedded ones below. False when that is nothing known. */
async function readFolder(
  file: OleFile,
  folder: string,
  reading: Reading,
  content: Content,
  readInner: ReadInner,
): Promise<boolean> {
  const here = folder === '' ? file : folderOf(file, folder);
  const within = folder === '' ? '' : `embedded object ${folder.split('/').at(-1)} → `;
  const parts = await readDocumentOf(here, reading, readInner);
  if (parts)
    mergeContent(content, {
      ...parts,
      parts: parts.parts.map((one) => ({ ...one, part: within + one.part })),
    });
  let known = parts !== null;
  const named = (title: string) => (folder === '' ? title : `embedded object ${title}`);
  for (const stream of ['Package', 'CONTENTS']) {
    const body = here.streams.get(stream);
    if (!body) continue;
    known = true;
    mergeContent(content, await readInner(named(folder.split('/').at(-1) || stream), body, reading));
  }
  const native = here.streams.get('\u0001Ole10Native');
  const packed = native && readNative(native);
  if (packed) {
    known = true;
    mergeContent(content, await readInner(packed.name, packed.body, reading));
  }
  return known;
}

async function readDocumentOf(
  here: OleFile,
  reading: Reading,
  readInner: ReadInner,
): Promise<Content | null> {
  const { name } = reading;
  const content = emptyContent();
  const drawings: (Buffer | undefined)[] = [];
  const workbook = streamOf(here, 'Workbook') ?? streamOf(here, 'Book');
  if (streamOf(here, 'WordDocument')) {
    content.parts.push(...readDoc(here, name));
    drawings.push(streamOf(here, 'Data'), streamOf(here, 'WordDocument'));
  } else if (workbook) {
    mergeContent(content, await readXls(workbook, name));
    const records = readXlsRecords(workbook);
    content.parts.push(...records.parts, ...readXlsRules(workbook));
    drawings.push(records.drawings);
  } else if (streamOf(here, 'PowerPoint Document')) {
    content.parts.push(...readPpt(here, name));
    drawings.push(streamOf(here, 'Pictures'));
  } else return null;
  // Where pictures are not recognised, a logo in a letter's head is no reason to call the letter unread.
  const pictures = reading.pictures ? drawings.flatMap((one) => (one ? findPictures(one) : [])) : [];
  for (const [at, picture] of pictures.entries())
    mergeContent(content, await readInner(`picture ${at + 1}`, picture, reading));
  return content;
}

/** A file that was dropped into the document (MS-OLEDS 2.3.6, and the packager's own head before its bytes). */
function readNative(stream: Buffer): { name: string; body: Buffer } | null {
  // Size, type, name, path, type, length and text of the path, length of the file.
  const nameEnd = stream.indexOf(0, 6);
  const pathEnd = nameEnd < 0 ? -1 : stream.indexOf(0, nameEnd + 1);
  if (pathEnd < 0 || pathEnd + 9 > stream.length) return null;
  const sizeAt = pathEnd + 1 + 4 + 4 + stream.readUInt32LE(pathEnd + 5);
  if (sizeAt + 4 > stream.length) return null;
  const body = stream.subarray(sizeAt + 4, sizeAt + 4 + stream.readUInt32LE(sizeAt));
  const title = decodeBytes(stream.subarray(6, nameEnd)).text.split(/[\\/]/).at(-1);
  return { name: title || 'embedded file', body };
}
