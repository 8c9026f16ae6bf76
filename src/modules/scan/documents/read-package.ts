/** Office files of today are ZIP packages: their texts, and the pictures and files that are embedded in them. */
import { type Content, emptyContent, type Reading } from './document-part.ts';
import { DOCX_PARTS, readDocx } from './read-docx.ts';
import { ODF_PARTS, readOdf } from './read-odf.ts';
import { PPTX_PARTS, readPptx } from './read-pptx.ts';
import { readXlsx, XLSX_PARTS } from './read-xlsx.ts';
import { readZip, ZIP_LIMITS } from './read-zip.ts';

type PackageKind = 'docx' | 'xlsx' | 'pptx' | 'odf';

const PARTS: Readonly<Record<PackageKind, RegExp>> = {
  docx: DOCX_PARTS,
  xlsx: XLSX_PARTS,
  pptx: PPTX_PARTS,
  odf: ODF_PARTS,
};
/** Files inside the file: embedded tables, alternative chunks, pictures. Vector pictures (emf, wmf) are not read. */
const EMBEDDED =
  /^(?:(?:word|xl|ppt)\/(?:embeddings|media|afchunk[^/]*)\/?[^/]*|word\/[^/]+\.(?:html?|mht|rtf|docx)|Pictures\/[^/]+)$/i;
const PICTURE = /\.(?:png|jpe?g|bmp|webp|gif)$/i;
const VECTOR = /\.(?:emf|wmf|svm|svg|wdp|tiff?)$/i;

type ReadInner = (member: string, bytes: Uint8Array, outer: Reading) => Promise<Content>;

/** Reads a package and what is embedded in it. Fails as `readZip`, and with `scan.damaged` without its main part. */
export async function readPackage(
  bytes: Uint8Array,
  kind: PackageKind,
  reading: Reading,
  readInner: ReadInner,
): Promise<Content> {
  const { name, budget } = reading;
  const limits = { ...ZIP_LIMITS, totalBytes: budget.bytes, entries: budget.entries };
  const members = await readZip(
    bytes,
    name,
    (member) => PARTS[kind].test(member) || EMBEDDED.test(member),
    limits,
  );
  for (const body of members.values()) budget.bytes -= body.length;
  const content = emptyContent();
  if (kind === 'docx') content.parts.push(...readDocx(members, name));
  else if (kind === 'pptx') content.parts.push(...readPptx(members, name));
  else if (kind === 'odf') for (const part of readOdf(members, name)) content.parts.push(part);
  else {
    const book = readXlsx(members, name);
    for (const part of book.parts) content.parts.push(part);
    content.oddities.push(...book.oddities);
  }
  for (const [member, body] of members) {
    if (!EMBEDDED.test(member) || PARTS[kind].test(member) || VECTOR.test(member)) continue;
    // Where pictures are not recognised, a logo in a letter's head is no reason to call the letter unread.
    if (PICTURE.test(member) && !reading.pictures) continue;
    const inner = await readInner(member, body, reading);
    for (const part of inner.parts) content.parts.push(part);
    content.unread.push(...inner.unread);
    content.oddities.push(...inner.oddities);
  }
  return content;
}
