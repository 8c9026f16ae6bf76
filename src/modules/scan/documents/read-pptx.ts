/** PowerPoint files: slides, hidden slides, notes, comments, masters, properties, link targets. */
import { fail } from '#base/errors';
import { lacks } from './damage.ts';
import type { DocumentPart } from './document-part.ts';
import { readProperties, readTargets } from './read-docx.ts';
import { readXml } from './read-xml.ts';

/** Members that hold text. Pictures and embedded files are read by `read-package`. */
export const PPTX_PARTS =
  /^(?:ppt\/presentation\.xml|ppt\/(?:slides|notesSlides|slideMasters|slideLayouts|handoutMasters|comments|diagrams|charts)\/[^/]+\.xml|ppt\/slides\/_rels\/[^/]+\.rels|docProps\/(?:core|app|custom)\.xml)$/;

/** The text of every slide and what belongs to it: `slide:3`, `slide:3 (hidden slide)`, `slide:3 (notes)`. */
export function readPptx(members: ReadonlyMap<string, Buffer>, name: string): DocumentPart[] {
  if (!members.has('ppt/presentation.xml'))
    fail('scan.damaged', { name, reason: lacks('ppt/presentation.xml') });
  const owners = readOwners(members, name);
  const parts: DocumentPart[] = [];
  for (const [member, xml] of [...members].sort(([a], [b]) => a.localeCompare(b, 'en', { numeric: true }))) {
    if (!PPTX_PARTS.test(member) || member === 'ppt/presentation.xml') continue;
    if (member.endsWith('.rels')) parts.push({ part: member, text: readTargets(xml, name) });
    else if (member.startsWith('docProps/')) parts.push({ part: member, text: readProperties(xml, name) });
    else parts.push(readSlide(member, xml, name, owners));
  }
  return parts.filter((part) => part.text.trim() !== '');
}

function readSlide(
  member: string,
  xml: Uint8Array,
  name: string,
  owners: ReadonlyMap<string, string>,
): DocumentPart {
  const out: string[] = [];
  let reading = 0;
  let isHidden = false;
  readXml(xml, name, {
    open: (tag, attributes) => {
      if (tag === 'sld') isHidden = /^(?:0|false)$/.test(attributes.show ?? '');
      else if (/^(?:t|text|v)$/.test(tag)) reading++;
      else if (tag === 'br') out.push('\n');
      else if (tag === 'cNvPr' && attributes.descr) out.push(attributes.descr, '\n');
    },
    close: (tag) => {
      if (/^(?:t|text|v)$/.test(tag)) reading--;
      if (/^(?:p|text|cm)$/.test(tag)) out.push('\n');
      else if (tag === 'tc') out.push('\t');
    },
    text: (text) => {
      if (reading > 0) out.push(text);
    },
  });
  const number = /^ppt\/slides\/slide(\d+)\.xml$/.exec(member)?.[1];
  const owner = owners.get(member);
  const kind = member.startsWith('ppt/notesSlides/') ? 'notes' : 'comment';
  const part = number
    ? `slide:${number}${isHidden ? ' (hidden slide)' : ''}`
    : owner
      ? `slide:${owner} (${kind})`
      : member;
  return { part, text: out.join('') };
}

/** Notes and comments → the number of their slide. */
function readOwners(members: ReadonlyMap<string, Buffer>, name: string): Map<string, string> {
  const owners = new Map<string, string>();
  for (const [member, xml] of members) {
    const number = /^ppt\/slides\/_rels\/slide(\d+)\.xml\.rels$/.exec(member)?.[1];
    if (!number) continue;
    readXml(xml, name, {
      open: (tag, attributes) => {
        const file = /(notesSlides|comments)\/([^/]+\.xml)$/.exec(attributes.Target ?? '');
        if (tag === 'Relationship' && file) owners.set(`ppt/${file[1]}/${file[2]}`, number);
      },
    });
  }
  return owners;
}
