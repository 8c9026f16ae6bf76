/** PowerPoint files: slides, hidden slides, notes, comments, masters, properties, link targets. */
import { fail } from '#base/errors';
import { lacks } from './damage.ts';
import type { DocumentPart, Mark } from './document-part.ts';
import { readProperties, readTargets } from './read-docx.ts';
import { readXml } from './read-xml.ts';

/** Members that hold text. Pictures and embedded files are read by `read-package`. */
export const PPTX_PARTS =
  /^(?:ppt\/presentation\.xml|ppt\/(?:slides|notesSlides|slideMasters|slideLayouts|handoutMasters|notesMasters|comments|diagrams|charts)\/[^/]+\.xml|ppt\/_rels\/presentation\.xml\.rels|ppt\/slides\/_rels\/[^/]+\.rels|docProps\/(?:core|app|custom)\.xml)$/;

/** The text of every slide and what belongs to it: `slide:3`, `slide:3 (hidden slide)`, `slide:3 (notes)`. */
export function readPptx(members: ReadonlyMap<string, Buffer>, name: string): DocumentPart[] {
  if (!members.has('ppt/presentation.xml'))
    fail('scan.damaged', { name, reason: lacks('ppt/presentation.xml') });
  const numbers = readOrder(members, name);
  const owners = readOwners(members, name, numbers);
  const parts: DocumentPart[] = [];
  for (const [member, xml] of [...members].sort(([a], [b]) => a.localeCompare(b, 'en', { numeric: true }))) {
    if (!PPTX_PARTS.test(member) || member === 'ppt/presentation.xml') continue;
    if (member.endsWith('.rels')) parts.push({ part: member, text: readTargets(xml, name) });
    else if (member.startsWith('docProps/')) parts.push({ part: member, text: readProperties(xml, name) });
    else parts.push(readSlide(member, xml, name, owners, numbers));
  }
  return parts.filter((part) => part.text.trim() !== '');
}

function readSlide(
  member: string,
  xml: Uint8Array,
  name: string,
  owners: ReadonlyMap<string, string>,
  numbers: ReadonlyMap<string, string>,
): DocumentPart {
  let text = '';
  const marks: Mark[] = [];
  let reading = 0;
  let isHidden = false;
  let [shapeNote, runNote, properties] = ['', '', 0];
  const say = (more: string) => {
    const note = shapeNote || runNote;
    if (note !== '' && more.trim() !== '')
      marks.push({ start: text.length, end: text.length + more.length, note });
    text += more;
  };
  readXml(xml, name, {
    open: (tag, attributes) => {
      if (tag === 'sld') isHidden = /^(?:0|false)$/.test(attributes.show ?? '');
      else if (/^(?:t|text|v)$/.test(tag)) reading++;
      else if (tag === 'br') say('\n');
      else if (/^(?:rPr|defRPr|endParaRPr)$/.test(tag)) {
        properties++;
        // Hundredths of a point.
        runNote = Number(attributes.sz ?? 1000) <= 100 ? 'tiny text' : '';
      } else if (properties > 0 && tag === 'srgbClr' && /^f{6}$/i.test(attributes.val ?? ''))
        runNote ||= 'white text';
      else if (tag === 'r') runNote = '';
      if (tag === 'cNvPr') {
        shapeNote = isOn(attributes.hidden) ? 'hidden text' : '';
        for (const key of ['descr', 'title']) if (attributes[key]) say(`${attributes[key]}\n`);
      }
    },
    close: (tag) => {
      if (/^(?:t|text|v)$/.test(tag)) reading--;
      if (/^(?:rPr|defRPr|endParaRPr)$/.test(tag)) properties = 0;
      if (/^(?:p|text|cm)$/.test(tag)) say('\n');
      else if (tag === 'tc') say('\t');
      else if (tag === 'r') runNote = '';
      else if (/^(?:sp|pic|graphicFrame|cxnSp)$/.test(tag)) shapeNote = '';
    },
    text: (more) => {
      if (reading > 0) say(more);
    },
  });
  const number = member.startsWith('ppt/slides/') ? (numbers.get(member) ?? '') : undefined;
  const owner = owners.get(member);
  const kind = member.startsWith('ppt/notesSlides/') ? 'notes' : 'comment';
  const part =
    number === ''
      ? `${member} (not shown)`
      : number
        ? `slide:${number}${isHidden ? ' (hidden slide)' : ''}`
        : owner
          ? `slide:${owner} (${kind})`
          : member;
  return { part, text, ...(marks.length > 0 && { marks }) };
}

const isOn = (value: string | undefined) => value === '1' || value === 'true';

/** Notes and comments → the number of their slide. */
function readOwners(
  members: ReadonlyMap<string, Buffer>,
  name: string,
  numbers: ReadonlyMap<string, string>,
): Map<string, string> {
  const owners = new Map<string, string>();
  for (const [member, xml] of members) {
    const slide = /^ppt\/slides\/_rels\/([^/]+\.xml)\.rels$/.exec(member)?.[1];
    const number = numbers.get(`ppt/slides/${slide}`);
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

/** Each slide's number as it is shown: the presentation lists them, their files are named in the order of their making. */
function readOrder(members: ReadonlyMap<string, Buffer>, name: string): Map<string, string> {
  const targets = new Map<string, string>();
  const relations = members.get('ppt/_rels/presentation.xml.rels');
  if (relations)
    readXml(relations, name, {
      open: (tag, at) => {
        const file = /(?:^|\/)slides\/([^/]+\.xml)$/.exec(at.Target ?? '')?.[1];
        if (tag === 'Relationship' && at.Id && file) targets.set(at.Id, `ppt/slides/${file}`);
      },
    });
  const numbers = new Map<string, string>();
  readXml(members.get('ppt/presentation.xml')!, name, {
    open: (tag, at) => {
      if (tag !== 'sldId') return;
      const relation = Object.entries(at).find(([key]) => key.endsWith(':id'))?.[1];
      const member = relation === undefined ? undefined : targets.get(relation);
      if (member) numbers.set(member, String(numbers.size + 1));
    },
  });
  if (numbers.size > 0) return numbers;
  // A presentation without its list: the files' own numbers are what there is.
  for (const member of members.keys()) {
    const number = /^ppt\/slides\/slide(\d+)\.xml$/.exec(member)?.[1];
    if (number) numbers.set(member, number);
  }
  return numbers;
}
