/** Excel files cell by cell: hidden sheets, rows and columns too, comments, headers, properties. */
import { fail } from '#base/errors';
import type { Content, DocumentPart, Oddity } from './document-part.ts';
import { readProperties, readTargets } from './read-docx.ts';
import { readTexts } from './read-texts.ts';
import { readXml } from './read-xml.ts';
import { CELLS_MAX, isTruncatedId, showValue } from './sheet-cells.ts';
import { readHiddenStyles } from './sheet-styles.ts';

/** Members that hold text. Pictures and embedded files are read by `read-package`. */
export const XLSX_PARTS =
  /^(?:xl\/(?:workbook|sharedStrings|styles)\.xml|xl\/_rels\/workbook\.xml\.rels|xl\/(?:worksheets|worksheets\/_rels|drawings|charts|tables|threadedComments|pivotCache)\/[^/]+\.(?:xml|rels)|xl\/externalLinks\/(?:_rels\/[^/]+\.rels|[^/]+\.xml)|xl\/revisions\/[^/]+\.xml|customXml\/item\d+\.xml|xl\/(?:comments[^/]*|comments\/[^/]+)\.xml|docProps\/(?:core|app|custom)\.xml)$/;

interface Sheet {
  readonly title: string;
  /** ` (hidden sheet)`, or nothing. */
  readonly note: string;
}

/** What the cells of all sheets share. */
interface Workbook {
  readonly name: string;
  readonly strings: readonly string[];
  /** Which of the strings some cell shows. */
  readonly shown: Set<number>;
  /** Cell formats that nobody sees, and why. */
  readonly hiddenStyles: ReadonlyMap<string, string>;
  cells: number;
}

/** The text of every cell and comment; parts are named `sheet:NAME!B3`, with why nobody sees it in brackets. */
export function readXlsx(members: ReadonlyMap<string, Buffer>, name: string): Content {
  const styles = members.get('xl/styles.xml');
  const book: Workbook = {
    name,
    strings: readStrings(members.get('xl/sharedStrings.xml'), name),
    shown: new Set(),
    hiddenStyles: styles ? readHiddenStyles(styles, name) : new Map(),
    cells: 0,
  };
  const sheets = readSheetNames(members, name);
  const parts: DocumentPart[] = [];
  const oddities: Oddity[] = [];
  const used = new Set<string>();
  for (const [member, xml] of [...members].sort(([a], [b]) => a.localeCompare(b, 'en', { numeric: true }))) {
    if (!/^xl\/worksheets\/[^/]+\.xml$/.test(member)) continue;
    const sheet = sheets.get(member) ?? { title: member.slice('xl/worksheets/'.length, -4), note: '' };
    const cells = readSheet(xml, book, sheet);
    for (const part of cells.parts) parts.push(part);
    oddities.push(...cells.oddities);
    for (const comment of relatedComments(members, member, name)) {
      used.add(comment);
      parts.push(...readComments(members.get(comment)!, name, sheet.title));
    }
  }
  // What a cell said before it was cleared may stay in the list.
  const left = book.strings.filter((text, at) => text.trim() !== '' && !book.shown.has(at));
  if (left.length > 0) parts.push({ part: 'xl/sharedStrings.xml (not shown)', text: left.join('\n') });
  for (const [member, xml] of members) {
    if (used.has(member) || !XLSX_PARTS.test(member)) continue;
    if (/comments/i.test(member) && member.endsWith('.xml')) parts.push(...readComments(xml, name, member));
    else {
      const text = readOther(member, xml, name);
      if (text !== '') parts.push({ part: member, text });
    }
  }
  return { parts, oddities, unread: [] };
}

/** Properties, drawings, charts, names and addresses of links: what is in no cell. */
function readOther(member: string, xml: Uint8Array, name: string): string {
  if (member.endsWith('.rels')) return readTargets(xml, name);
  if (member.startsWith('docProps/')) return readProperties(xml, name);
  if (/^(?:customXml|xl\/tables)\//.test(member)) return readTexts(xml, name);
  if (member === 'xl/styles.xml') return readFormats(xml, name);
  // What other workbooks said, and what cells said before they were changed, stays in the file.
  if (/^xl\/(?:drawings|charts|externalLinks|revisions)\//.test(member)) return readParagraphs(xml, name);
  if (member === 'xl/workbook.xml') return readDefinedNames(xml, name);
  // What a pivot table keeps of its source stays when the source sheet is deleted.
  return /^xl\/pivotCache\//.test(member) ? readPivotValues(xml, name) : '';
}

/** Words that formats of numbers write into cells. */
function readFormats(xml: Uint8Array, name: string): string {
  const formats: string[] = [];
  readXml(xml, name, {
    open: (tag, attributes) => {
      const code = attributes.formatCode ?? '';
      if (tag === 'numFmt' && /\p{Script=Han}|\d{7}/u.test(code)) formats.push(code.replace(/["\\]/g, ''));
    },
  });
  return formats.join('\n');
}

/** Texts outside of cells: what stands in one paragraph or one value is one text, however it was cut. */
function readParagraphs(xml: Uint8Array, name: string): string {
  let text = '';
  readXml(xml, name, {
    open: (tag, attributes) => {
      if (tag === 'cNvPr') text += [attributes.descr, attributes.title].filter(Boolean).join('\n');
    },
    close: (tag) => {
      // Runs of a paragraph are one text; the numbers that place a shape are not.
      if (!/^(?:t|r|rPr)$/.test(tag) && !text.endsWith('\n')) text += '\n';
    },
    text: (more) => {
      text += more;
    },
  });
  return text.trim();
}

function readDefinedNames(xml: Uint8Array, name: string): string {
  const names: string[] = [];
  let value = '';
  readXml(xml, name, {
    open: (tag, attributes) => {
      value = '';
      // The titles of the sheets are words too.
      if (tag === 'sheet' && attributes.name) names.push(attributes.name);
      if (tag === 'definedName')
        for (const key of ['name', 'comment']) if (attributes[key]) names.push(attributes[key]);
    },
    text: (text) => {
      value += text;
    },
    close: (tag) => {
      if (tag === 'definedName') names.push(value);
    },
  });
  return names.join('\n');
}

function readPivotValues(xml: Uint8Array, name: string): string {
  const values: string[] = [];
  readXml(xml, name, {
    open: (tag, attributes) => {
      if ((tag === 's' || tag === 'n') && attributes.v) values.push(showValue(attributes.v, tag, []));
    },
  });
  return values.join('\n');
}

function readStrings(xml: Uint8Array | undefined, name: string): string[] {
  const strings: string[] = [];
  if (!xml) return strings;
  let current: string[] | null = null;
  let reading = false;
  let phonetic = 0;
  readXml(xml, name, {
    open: (tag) => {
      if (tag === 'si') current = [];
      else if (tag === 'rPh') phonetic++;
      else if (tag === 't') reading = phonetic === 0;
    },
    close: (tag) => {
      if (tag === 'si') strings.push((current ?? []).join(''));
      else if (tag === 'rPh') phonetic--;
      else if (tag === 't') reading = false;
    },
    text: (text) => {
      if (reading) current?.push(text);
    },
  });
  return strings;
}

/** Member name → the sheet's title; hidden sheets are listed like the others. */
function readSheetNames(members: ReadonlyMap<string, Buffer>, name: string): Map<string, Sheet> {
  const targets = new Map<string, string>();
  const relations = members.get('xl/_rels/workbook.xml.rels');
  if (relations) {
    readXml(relations, name, {
      open: (tag, attributes) => {
        if (tag === 'Relationship' && attributes.Id && attributes.Target)
          targets.set(attributes.Id, resolve('xl', attributes.Target));
      },
    });
  }
  const sheets = new Map<string, Sheet>();
  const workbook = members.get('xl/workbook.xml');
  if (workbook) {
    readXml(workbook, name, {
      open: (tag, attributes) => {
        const relation = Object.entries(attributes).find(([key]) => key.endsWith(':id'))?.[1];
        const member = relation && targets.get(relation);
        if (tag === 'sheet' && member)
          sheets.set(member, {
            title: attributes.name ?? member,
            note: /hidden$/i.test(attributes.state ?? '') ? 'hidden sheet' : '',
          });
      },
    });
  }
  return sheets;
}

/** A relationship's target as a member name. */
function resolve(folder: string, target: string): string {
  if (target.startsWith('/')) return target.slice(1);
  const path = folder.split('/');
  for (const step of target.split('/')) {
    if (step === '..') path.pop();
    else if (step !== '.') path.push(step);
  }
  return path.join('/');
}

function relatedComments(members: ReadonlyMap<string, Buffer>, sheet: string, name: string): string[] {
  const file = sheet.slice(sheet.lastIndexOf('/') + 1);
  const relations = members.get(`xl/worksheets/_rels/${file}.rels`);
  const found: string[] = [];
  if (!relations) return found;
  readXml(relations, name, {
    open: (tag, attributes) => {
      if (tag !== 'Relationship' || !attributes.Target) return;
      const member = resolve('xl/worksheets', attributes.Target);
      if (/comments/i.test(member) && members.has(member)) found.push(member);
    },
  });
  return found;
}

function readSheet(xml: Uint8Array, book: Workbook, sheet: Sheet): Content {
  const parts: DocumentPart[] = [];
  const oddities: Oddity[] = [];
  const hiddenColumns: [number, number][] = [];
  let cell = { at: '', type: '', style: '' };
  let rowNote = '';
  let value: string[] = [];
  let formula: string[] = [];
  let reading: string[] | null = null;
  let headed = false;
  const rules: string[] = [];
  const place = (note: string) => `sheet:${sheet.title}!${cell.at}${note === '' ? '' : ` (${note})`}`;
  const endCell = () => {
    const text = showValue(value.join(''), cell.type, book.strings);
    if (cell.type === 's') book.shown.add(Number(value.join('')));
    if (++book.cells > CELLS_MAX) fail('scan.bomb', { name: book.name, limit: `${CELLS_MAX} cells` });
    const column = columnOf(cell.at);
    const isColumnHidden = hiddenColumns.some(([from, to]) => column >= from && column <= to);
    const note =
      sheet.note ||
      (isColumnHidden ? 'hidden column' : '') ||
      rowNote ||
      (book.hiddenStyles.get(cell.style) ?? '');
    if (text !== '') parts.push({ part: place(note), text });
    // What a formula says in quotes is not always in its result.
    if (formula.length > 0 && formula.join('').includes('"'))
      parts.push({ part: place('formula'), text: formula.join('') });
    if (cell.type === 'n' && isTruncatedId(text))
      oddities.push({ rule: 'personal.id-card-truncated', part: place(note), text });
  };
  readXml(xml, book.name, {
    open: (tag, attributes) => {
      if (tag === 'c') {
        cell = { at: attributes.r ?? '', type: attributes.t ?? 'n', style: attributes.s ?? '' };
        value = [];
        formula = [];
      } else if (tag === 'v' || tag === 't') reading = value;
      else if (tag === 'f') reading = formula;
      else if (/^(?:formula\d?|formula)$/.test(tag)) reading = rules;
      else if (tag === 'row')
        rowNote =
          isTrue(attributes.hidden) || (attributes.ht !== undefined && Number(attributes.ht) === 0)
            ? 'hidden row'
            : '';
      else if (tag === 'col' && (isTrue(attributes.hidden) || Number(attributes.width ?? 1) === 0))
        hiddenColumns.push([Number(attributes.min), Number(attributes.max)]);
      else if (/^(?:odd|even|first)(?:Header|Footer)$/.test(tag)) {
        headed = true;
        value = [];
      }
      if (WORDED.test(tag))
        for (const key of WORDS)
          if (attributes[key] && !/^\d{1,6}$/.test(attributes[key])) rules.push(attributes[key], '\n');
    },
    close: (tag) => {
      if (reading === rules) rules.push('\n');
      if (tag === 'v' || tag === 't' || tag === 'f' || reading === rules) reading = null;
      else if (tag === 'c') endCell();
      else if (headed && /(?:Header|Footer)$/.test(tag) && tag !== 'headerFooter') {
        headed = false;
        const text = value.join('');
        if (text !== '') parts.push({ part: `sheet:${sheet.title}!${tag}`, text });
      }
    },
    text: (text) => {
      if (reading) reading.push(text);
      else if (headed) value.push(text);
    },
  });
  const said = rules
    .join('')
    .replace(/\n{2,}/g, '\n')
    .trim();
  if (said !== '')
    parts.push({
      part: `sheet:${sheet.title}!rules${sheet.note === '' ? '' : ` (${sheet.note})`}`,
      text: said,
    });
  return { parts, oddities, unread: [] };
}

/** What a sheet says beside its cells: lists to choose from and their prompts, conditions, tips of links, scenarios. */
const WORDED = /^(?:dataValidation|cfRule|hyperlink|scenario|inputCells|protectedRange|tablePart)$/;
const WORDS = [
  'prompt',
  'promptTitle',
  'error',
  'errorTitle',
  'text',
  'display',
  'tooltip',
  'location',
  'name',
  'comment',
  'val',
];

const isTrue = (value: string | undefined) => value === '1' || value === 'true';

/** Number of a cell's column, from 1. */
function columnOf(cell: string): number {
  let column = 0;
  for (const letter of /^[A-Z]{0,3}/.exec(cell)?.[0] ?? '') column = column * 26 + letter.charCodeAt(0) - 64;
  return column;
}

function readComments(xml: Uint8Array, name: string, title: string): DocumentPart[] {
  const parts: DocumentPart[] = [];
  let cell = '';
  let value: string[] = [];
  // A comment's other elements hold the position of its box: digits that would run into those of the text.
  let reading = 0;
  readXml(xml, name, {
    open: (tag, attributes) => {
      if (tag === 'text') reading++;
      if (tag !== 'comment' && tag !== 'threadedComment') return;
      cell = attributes.ref ?? '';
      value = [];
    },
    close: (tag) => {
      if (tag === 'text') reading--;
      if (tag !== 'comment' && tag !== 'threadedComment') return;
      const text = value.join('').trim();
      if (text !== '') parts.push({ part: `sheet:${title}!${cell}#comment`, text });
    },
    text: (text) => {
      if (reading > 0) value.push(text);
    },
  });
  return parts;
}
