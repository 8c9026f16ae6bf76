/** Word files: also what Word hides (deleted runs, comments, hidden text, headers, properties, link targets). */
import { fail } from '#base/errors';
import type { DocumentPart } from './extract-document.ts';
import { readXml } from './read-xml.ts';
import { readZip } from './read-zip.ts';

const PARTS =
  /^(?:word\/(?:document|footnotes|endnotes|comments|header\d*|footer\d*|glossary\/document)\.xml|word\/(?:charts|diagrams)\/[^/]+\.xml|word\/_rels\/[^/]+\.rels|docProps\/(?:core|app|custom)\.xml)$/;

/** The text of each part of a .docx; a paragraph ends with a line feed. Errors as `readZip`. */
export async function readDocx(bytes: Uint8Array, name: string): Promise<DocumentPart[]> {
  const members = await readZip(bytes, name, (member) => PARTS.test(member));
  // A story under another name, or another kind of archive: unread must not pass for clean.
  if (![...members.keys()].includes('word/document.xml')) {
    fail('scan.damaged', { name, reason: 'no word/document.xml' });
  }
  const parts: DocumentPart[] = [];
  for (const [member, xml] of [...members].sort(([a], [b]) => order(a) - order(b) || (a < b ? -1 : 1))) {
    const text = member.endsWith('.rels')
      ? readTargets(xml, name)
      : member.startsWith('docProps/')
        ? readProperties(xml, name)
        : readStory(xml, name);
    if (text.trim() !== '') parts.push({ part: member, text });
  }
  return parts;
}

const order = (member: string) => (member === 'word/document.xml' ? 0 : member.startsWith('word/') ? 1 : 2);

function readStory(xml: Uint8Array, name: string): string {
  const out: string[] = [];
  let reading = 0;
  let fallback = 0;
  readXml(xml, name, {
    open: (tag) => {
      if (tag === 'Fallback') fallback++;
      if (tag === 't' || tag === 'delText' || tag === 'instrText' || tag === 'v') reading++;
      else if (fallback > 0) return;
      else if (tag === 'tab') out.push('\t');
      else if (tag === 'br' || tag === 'cr') out.push('\n');
      else if (tag === 'noBreakHyphen') out.push('-');
    },
    close: (tag) => {
      if (tag === 'Fallback') fallback--;
      if (tag === 't' || tag === 'delText' || tag === 'instrText' || tag === 'v') reading--;
      // The fallback repeats for old programs what the choice before it says.
      else if (fallback === 0 && tag === 'p') out.push('\n');
      else if (fallback === 0 && tag === 'tc') out.push('\t');
    },
    text: (text) => {
      if (reading > 0 && fallback === 0) out.push(text);
    },
  });
  return out.join('');
}

/** Addresses that hyperlinks and attached templates point at, one on a line. */
function readTargets(xml: Uint8Array, name: string): string {
  const targets: string[] = [];
  readXml(xml, name, {
    open: (tag, attributes) => {
      if (tag === 'Relationship' && attributes.TargetMode === 'External' && attributes.Target)
        targets.push(attributes.Target);
    },
  });
  return targets.join('\n');
}

/** Values of the document properties, one on a line. */
export function readProperties(xml: Uint8Array, name: string): string {
  const values: string[] = [];
  readXml(xml, name, {
    text: (text) => {
      if (text.trim() !== '') values.push(text);
    },
  });
  return values.join('\n');
}
