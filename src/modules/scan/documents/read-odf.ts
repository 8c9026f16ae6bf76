/** OpenDocument files (odt, ods, odp), with hidden sheets, rows and columns, deletions, notes and properties. */
import { fail } from '#base/errors';
import { lacks } from './damage.ts';
import type { DocumentPart, Mark } from './document-part.ts';
import { readProperties } from './read-docx.ts';
import { readXml } from './read-xml.ts';

/** Members that hold text. Embedded documents have a folder each. */
export const ODF_PARTS = /^(?:[^/]+\/)?(?:content|styles|meta)\.xml$/;

/** A repeated row or column costs nothing in the file: it is read once, and no position beyond is believed. */
const COLUMN_MAX = 16_384;

/** The texts of an OpenDocument file: `content.xml` by paragraph, `sheet:NAME!B3` by cell, `slide:2`. */
export function readOdf(members: ReadonlyMap<string, Buffer>, name: string): DocumentPart[] {
  if (!members.has('content.xml')) fail('scan.damaged', { name, reason: lacks('content.xml') });
  const parts: DocumentPart[] = [];
  for (const [member, xml] of members) {
    if (!ODF_PARTS.test(member)) continue;
    if (member.endsWith('meta.xml')) parts.push({ part: member, text: readProperties(xml, name) });
    else parts.push(...readContent(xml, name, member));
  }
  return parts.filter((part) => part.text.trim() !== '');
}

interface Place {
  readonly part: string;
  text: string[];
  length: number;
  marks: Mark[];
}

/** One pass over content.xml or styles.xml: styles that hide come first in the file, then what uses them. */
function readContent(xml: Uint8Array, name: string, member: string): DocumentPart[] {
  const parts: DocumentPart[] = [];
  const hiding = new Set<string>();
  let style = '';
  const story = newPlace(member);
  let sheet: { title: string; hidden: boolean; columns: string[] } | null = null;
  let [row, rowSpan, rowNote, column] = [0, 0, '', 0];
  let cell: { place: Place; span: number; value: string } | null = null;
  let slide: Place | null = null;
  let slides = 0;
  const notes: Place[] = [];
  const reading = { paragraph: 0, hidden: 0 };
  const hides: boolean[] = [];
  const say = (text: string) => {
    const place = notes.at(-1) ?? cell?.place ?? slide ?? story;
    if (reading.hidden > 0)
      place.marks.push({ start: place.length, end: place.length + text.length, note: 'hidden text' });
    place.text.push(text);
    place.length += text.length;
  };
  const end = (place: Place) => {
    parts.push({
      part: place.part,
      text: place.text.join(''),
      ...(place.marks.length > 0 && { marks: place.marks }),
    });
  };
  readXml(xml, name, {
    open: (tag, at) => {
      if (tag === 'style') style = at['style:name'] ?? '';
      else if (tag === 'table-properties' && at['table:display'] === 'false') hiding.add(style);
      else if (tag === 'text-properties' && at['text:display'] === 'none') hiding.add(style);
      else if (tag === 'drawing-page-properties' && at['presentation:visibility'] === 'hidden')
        hiding.add(style);
      else if (tag === 'table' && member === 'content.xml' && !sheet && at['table:name'] !== undefined) {
        sheet = { title: at['table:name'], hidden: hiding.has(at['table:style-name'] ?? ''), columns: [] };
        [row, rowSpan] = [0, 0];
      } else if (tag === 'table-column' && sheet) {
        const note = /^(?:collapse|filter)$/.test(at['table:visibility'] ?? '') ? 'hidden column' : '';
        const count = Math.min(spanOf(at['table:number-columns-repeated']), COLUMN_MAX);
        for (let n = 0; n < count && sheet.columns.length < COLUMN_MAX; n++) sheet.columns.push(note);
      } else if (tag === 'table-row' && sheet && !cell) {
        row += rowSpan === 0 ? 1 : rowSpan;
        rowSpan = spanOf(at['table:number-rows-repeated']);
        rowNote = /^(?:collapse|filter)$/.test(at['table:visibility'] ?? '') ? 'hidden row' : '';
        column = 1;
      } else if (/^(?:covered-)?table-cell$/.test(tag) && sheet && !cell) {
        const note = (sheet.hidden ? 'hidden sheet' : '') || (sheet.columns[column - 1] ?? '') || rowNote;
        const part = `sheet:${sheet.title}!${lettersOf(column)}${row}${note === '' ? '' : ` (${note})`}`;
        const value = at['office:string-value'] ?? at['office:value'] ?? '';
        const span = spanOf(at['table:number-columns-repeated']);
        cell = { place: newPlace(part), span, value };
        // What a formula says in quotes is not always in its result.
        const formula = at['table:formula'];
        if (formula?.includes('"'))
          parts.push({ part: `sheet:${sheet.title}!${lettersOf(column)}${row} (formula)`, text: formula });
      } else if (tag === 'page' && at['draw:name'] !== undefined) {
        slides++;
        const note = hiding.has(at['draw:style-name'] ?? '') ? ' (hidden slide)' : '';
        slide = newPlace(`slide:${slides}${note}`);
      } else if (tag === 'annotation' || tag === 'deletion' || (tag === 'notes' && slide)) {
        const note = tag === 'annotation' ? 'comment' : tag === 'deletion' ? 'deleted' : 'notes';
        const owner = cell?.place.part ?? slide?.part ?? member;
        notes.push(newPlace(`${owner} (${note})`));
      } else if (tag === 'p' || tag === 'h') reading.paragraph++;
      else if (tag === 'tab') say('\t');
      else if (tag === 's') say(' '.repeat(Math.min(spanOf(at['text:c']), 100)));
      else if (tag === 'line-break') say('\n');
      else if (/^hidden-(?:text|paragraph)$/.test(tag) && at['text:string-value'])
        say(at['text:string-value']);
      else if (tag === 'named-expression' && at['table:expression'])
        parts.push({ part: 'names', text: at['table:expression'] });
      else if (tag === 'a' && at['xlink:href']) say(`${at['xlink:href']} `);
      const isHidden =
        /^hidden-(?:text|paragraph)$/.test(tag) ||
        (tag === 'section' && at['text:display'] === 'none') ||
        (/^(?:span|p|h)$/.test(tag) && hiding.has(at['text:style-name'] ?? ''));
      hides.push(isHidden);
      if (isHidden) reading.hidden++;
    },
    close: (tag) => {
      if (hides.pop()) reading.hidden--;
      if (tag === 'p' || tag === 'h') {
        reading.paragraph--;
        say('\n');
      } else if (tag === 'annotation' || tag === 'deletion' || (tag === 'notes' && slide)) {
        const note = notes.pop();
        if (note) end(note);
      } else if (/^(?:covered-)?table-cell$/.test(tag) && cell && notes.length === 0) {
        // A number as it is kept: what is shown may be rounded or cut.
        const shown = cell.place.text.join('').trimEnd();
        const text = shown === '' || !shown.includes(cell.value) ? `${cell.value} ${shown}`.trim() : shown;
        if (text !== '') end({ ...cell.place, text: [text], marks: [] });
        column += cell.span;
        cell = null;
      } else if (tag === 'table' && !cell) sheet = null;
      else if (tag === 'page' && slide) {
        end(slide);
        slide = null;
      } else if (tag === 'style') style = '';
    },
    text: (text) => {
      if (reading.paragraph > 0) say(text);
    },
  });
  end(story);
  return parts;
}

const newPlace = (part: string): Place => ({ part, text: [], length: 0, marks: [] });
const spanOf = (value: string | undefined) => Math.max(1, Number.parseInt(value ?? '1', 10) || 1);

/** `B` for 2. */
function lettersOf(column: number): string {
  let letters = '';
  for (let rest = column; rest > 0; rest = Math.floor((rest - 1) / 26))
    letters = String.fromCharCode(65 + ((rest - 1) % 26)) + letters;
  return letters;
}
