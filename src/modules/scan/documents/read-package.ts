/** Office files of today are ZIP packages: their texts, the files that are embedded in them, and whatever else lies there. */
import { fail } from '#base/errors';
import { type Content, emptyContent, type Reading } from './document-part.ts';
import { DOCX_PARTS, readDocx } from './read-docx.ts';
import { readMacros } from './read-macros.ts';
import { ODF_PARTS, readOdf } from './read-odf.ts';
import { PPTX_PARTS, readPptx } from './read-pptx.ts';
import { readTexts } from './read-texts.ts';
import { readXlsx, XLSX_PARTS } from './read-xlsx.ts';
import { readZip, ZIP_LIMITS } from './read-zip.ts';

type PackageKind = 'docx' | 'xlsx' | 'pptx' | 'odf';

const PARTS: Readonly<Record<PackageKind, RegExp>> = {
  docx: DOCX_PARTS,
  xlsx: XLSX_PARTS,
  pptx: PPTX_PARTS,
  odf: ODF_PARTS,
};
/** Files inside the file: embedded tables, alternative chunks, pictures. */
const EMBEDDED =
  /^(?:(?:word|xl|ppt)\/(?:embeddings|media|afchunk[^/]*)\/?[^/]*|word\/[^/]+\.(?:html?|mht|rtf|docx|txt|xhtml)|Pictures\/[^/]+)$/i;
const PICTURE = /\.(?:png|jpe?g|bmp|webp|gif|tiff?)$/i;
/** What shows the same once more, or says nothing to a reader: thumbnails, fonts, themes, settings, previews of objects. */
const SILENT =
  /(?:^|\/)(?:\[Content_Types\]\.xml|mimetype|manifest\.xml|settings\.xml|layout-cache|manifest\.rdf|documentsignatures\.xml|fontTable\.xml|webSettings\.xml|styles(?:WithEffects)?\.xml|theme\d*\.xml|themeOverride\d*\.xml|tableStyles\.xml|viewProps\.xml|presProps\.xml|calcChain\.xml|metadata\.xml|itemProps\d*\.xml|(?:style|colors|layout|quickStyle)\d*\.xml|comments(?:Extended|Ids|Extensible)\.xml|sharedStrings\.xml|thumbnail\.\w+|printerSettings\d*\.bin|vbaProjectSignature\w*\.bin)$|^(?:Thumbnails|Configurations2|ObjectReplacements|_xmlsignatures)\/|(?:^|\/)(?:fonts?|theme|printerSettings)\/|\.(?:rels|odttf|fntdata|ttf|otf|svm|wdp|wav|mp[34]|m4[av]|avi|mov|wmv|dll|sigs?|xba|xlb|xlc)$/i;

type ReadInner = (member: string, bytes: Uint8Array, outer: Reading) => Promise<Content>;

/** Reads a package, what is embedded in it, and what else lies in it. Fails as `readZip`, and with `scan.damaged` without its main part. */
export async function readPackage(
  bytes: Uint8Array,
  kind: PackageKind,
  reading: Reading,
  readInner: ReadInner,
): Promise<Content> {
  const { name, budget } = reading;
  const limits = { ...ZIP_LIMITS, totalBytes: budget.bytes, entries: budget.entries };
  const members = await readZip(bytes, name, (member) => !member.endsWith('/'), limits);
  for (const body of members.values()) budget.bytes -= body.length;
  if (kind === 'odf' && isLocked(members)) fail('scan.encrypted', { name });
  const content = emptyContent();
  const own = new Map([...members].filter(([member]) => PARTS[kind].test(member)));
  if (kind === 'docx') content.parts.push(...readDocx(own, name));
  else if (kind === 'pptx') content.parts.push(...readPptx(own, name));
  else if (kind === 'odf') for (const part of readOdf(own, name)) content.parts.push(part);
  else {
    const book = readXlsx(own, name);
    for (const part of book.parts) content.parts.push(part);
    content.oddities.push(...book.oddities);
  }
  for (const [member, body] of members)
    if (!own.has(member)) await readOther(member, body, reading, content, readInner);
  return content;
}

async function readOther(
  member: string,
  body: Buffer,
  reading: Reading,
  content: Content,
  readInner: ReadInner,
): Promise<void> {
  // Where pictures are not recognised, a logo in a letter's head is no reason to call the letter unread.
  if (PICTURE.test(member) && !reading.pictures) return;
  const isEmbedded = EMBEDDED.test(member);
  if (!isEmbedded && SILENT.test(member)) return;
  if (/(?:^|\/)vbaProject\.bin$/i.test(member)) {
    content.parts.push(...readMacros(body, reading));
    return;
  }
  // Lists of persons, tags, names of controls, and what somebody put into the package without any program showing it.
  if (!isEmbedded && /\.(?:xml|vml)$/i.test(member)) {
    const text = readTexts(body, reading.name);
    if (text !== '') content.parts.push({ part: member, text });
    return;
  }
  const inner = await readInner(member, body, reading);
  for (const part of inner.parts) content.parts.push(part);
  // What is no document and no picture, and is not shown as one either, is a program's own.
  content.unread.push(
    ...(isEmbedded ? inner.unread : inner.unread.filter((one) => one.reason !== 'unsupported')),
  );
  content.oddities.push(...inner.oddities);
}

/** An OpenDocument file with a password keeps its members as they are and says so in its list (ODF 1.2 part 3, 4.8). */
function isLocked(members: ReadonlyMap<string, Buffer>): boolean {
  return members.get('META-INF/manifest.xml')?.includes('encryption-data') ?? false;
}
