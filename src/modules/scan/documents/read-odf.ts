/** OpenDocument files (odt, ods, odp), with hidden sheets, rows and columns, deletions, notes and properties. */
import { fail } from '#base/errors';
import { lacks } from './damage.ts';
import type { DocumentPart, Mark } from './document-part.ts';
import { readHidingStyles } from './odf-styles.ts';
import { readProperties } from './read-docx.ts';
import { isWordy } from './read-texts.ts';
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
    else parts.push(...readContent(xml, name, member, readNotes(members, member, name)));
  }
  return parts.filter((part) => part.text.trim() !== '');
}

/** The styles that hide, of the file itself and of the styles beside it. */
function readNotes(members: ReadonlyMap<string, Buffer>, member: string, name: string): Map<string, string> {
  const notes = new Map<string, string>();
  const folder = member.slice(0, member.lastIndexOf('/') + 1);
  for (const one of new Set([`${folder}styles.xml`, member])) {
    const xml = members.get(one);
    if (xml) readHidingStyles(xml, name, notes);
  }
  return notes;
}

interface Place {
  readonly part: string;
  text: string[];
  length: number;
  marks: Mark[];
}

/** Elements whose text is told apart from where it stands, and how. */
const ASIDE: Readonly<Record<string, string>> = {
  annotation: 'comment',
  deletion: 'deleted',
  title: 'alternative text',
  desc: 'alternative text',
  'ruby-text': 'alternative text',
};
/** Text of these stands in no paragraph. */
const BARE = /^(?:title|desc|ruby-text|meta|(?:header|footer|date-time)-decl)$/;
/** Attributes that are told elsewhere, or that only describe how something looks. */
const TOLD =
  /^(?:table:(?:formula|expression|.*address.*|.*range.*)|office:(?:string-)?value|xlink:href|(?:style|fo|svg|number|chart):.*|table:name|text:string-value|manifest:.*)$/;

/** One pass over content.xml or styles.xml. */
function readContent(
  xml: Uint8Array,
  name: string,
  member: string,
  hiding: ReadonlyMap<string, string>,
): DocumentPart[] {
  const parts: DocumentPart[] = [];
  const story = newPlace(member);
  const attributes = new Set<string>();
  let sheet: { title: string; hidden: boolean; columns: string[] } | null = null;
  let [row, rowSpan, rowNote, column] = [0, 0, '', 0];
  let cell: { place: Place; span: number; value: string } | null = null;
  let slide: Place | null = null;
  let slides = 0;
  let isSpreadsheet = false;
  const asides: Place[] = [];
  let paragraphs = 0;
  const hides: string[] = [];
  const say = (text: string) => {
    const place = asides.at(-1) ?? cell?.place ?? slide ?? story;
    const note = hides.find((one) => one === 'hidden text') ?? hides.findLast((one) => one !== '');
    if (note) place.marks.push({ start: place.length, end: place.length + text.length, note });
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
  const isAside = (tag: string) =>
    ASIDE[tag] !== undefined || tag === 'meta' || (tag === 'notes' && slide !== null);
  readXml(xml, name, {
    open: (tag, at) => {
      if (tag === 'spreadsheet') isSpreadsheet = true;
      if (tag === 'table' && isSpreadsheet && !sheet && at['table:name'] !== undefined) {
        const isHidden = hiding.has(at['table:style-name'] ?? '');
        sheet = { title: at['table:name'], hidden: isHidden, columns: [] };
        [row, rowSpan] = [0, 0];
        // The titles of the sheets are words too.
        parts.push({ part: 'names', text: sheet.title });
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
        const at3 = `sheet:${sheet.title}!${lettersOf(column)}${row}`;
        const note =
          (sheet.hidden ? 'hidden sheet' : '') ||
          (sheet.columns[column - 1] ?? '') ||
          rowNote ||
          (hiding.get(at['table:style-name'] ?? '') ?? '');
        const value = at['office:string-value'] ?? at['office:value'] ?? '';
        const span = spanOf(at['table:number-columns-repeated']);
        cell = { place: newPlace(note === '' ? at3 : `${at3} (${note})`), span, value };
        // What a formula says in quotes is not always in its result.
        const formula = at['table:formula'];
        if (formula?.includes('"')) parts.push({ part: `${at3} (formula)`, text: formula });
      } else if (tag === 'page' && at['draw:name'] !== undefined) {
        slides++;
        const note = hiding.has(at['draw:style-name'] ?? '') ? ' (hidden slide)' : '';
        slide = newPlace(`slide:${slides}${note}`);
      } else if (isAside(tag)) {
        const owner = cell?.place.part ?? slide?.part ?? member;
        const part = tag === 'meta' ? 'meta.xml' : `${owner} (${ASIDE[tag] ?? 'notes'})`;
        asides.push(newPlace(part));
      } else if (tag === 'p' || tag === 'h') paragraphs++;
      else if (tag === 'tab') say('\t');
      else if (tag === 's') say(' '.repeat(Math.min(spanOf(at['text:c']), 100)));
      else if (tag === 'line-break') say('\n');
      else if (tag === 'named-expression' && at['table:expression'])
        parts.push({ part: 'names', text: at['table:expression'] });
      else if (tag === 'a' && at['xlink:href']) say(`${at['xlink:href']} `);
      else if (/-(?:decl|set)$/.test(tag) && at['office:string-value'])
        attributes.add(at['office:string-value']);
      if (BARE.test(tag)) paragraphs++;
      hides.push(noteOf(tag, at, hiding));
      if (/^hidden-(?:text|paragraph)$/.test(tag) && at['text:string-value']) say(at['text:string-value']);
      for (const [key, value] of Object.entries(at))
        if (isWordy(key, value) && !(TOLD.test(key) && (key !== 'table:name' || isSpreadsheet)))
          attributes.add(value);
    },
    close: (tag) => {
      hides.pop();
      if (BARE.test(tag)) paragraphs--;
      if (tag === 'p' || tag === 'h') {
        paragraphs--;
        say('\n');
      } else if (isAside(tag)) {
        const aside = asides.pop();
        if (aside) end(aside);
      } else if (/-decl$/.test(tag) || (tag === 'table-cell' && !sheet))
        say(tag === 'table-cell' ? '\t' : '\n');
      else if (paragraphs > 0 && asides.at(-1)?.part === 'meta.xml') say('\n');
      else if (/^(?:covered-)?table-cell$/.test(tag) && cell && asides.length === 0) {
        // A number as it is kept: what is shown may be rounded or cut.
        const shown = cell.place.text.join('').trimEnd();
        const isWhole = shown !== '' && shown.includes(cell.value);
        const text = isWhole ? shown : `${cell.value} ${shown}`.trim();
        if (text !== '') end({ ...cell.place, text: [text], marks: isWhole ? cell.place.marks : [] });
        column += cell.span;
        cell = null;
      } else if (tag === 'table' && !cell) sheet = null;
      else if (tag === 'page' && slide) {
        end(slide);
        slide = null;
      }
    },
    text: (text) => {
      if (paragraphs > 0) say(text);
    },
  });
  end(story);
  parts.push({ part: `${member} (attributes)`, text: [...attributes].join('\n') });
  return parts;
}

/** Why nobody sees what stands in an element, or nothing. */
function noteOf(
  tag: string,
  at: Readonly<Record<string, string>>,
  hiding: ReadonlyMap<string, string>,
): string {
  if (/^hidden-(?:text|paragraph)$/.test(tag) || (tag === 'section' && at['text:display'] === 'none'))
    return 'hidden text';
  return /^(?:span|p|h)$/.test(tag) ? (hiding.get(at['text:style-name'] ?? '') ?? '') : '';
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
