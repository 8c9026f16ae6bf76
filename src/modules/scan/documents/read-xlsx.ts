/** Excel files cell by cell: hidden sheets, rows and columns too, comments, headers, properties. */
import type { DocumentPart } from './extract-document.ts';
import { readProperties } from './read-docx.ts';
import { readXml } from './read-xml.ts';
import { readZip } from './read-zip.ts';

const PARTS =
  /^(?:xl\/(?:workbook|sharedStrings)\.xml|xl\/_rels\/workbook\.xml\.rels|xl\/(?:worksheets|worksheets\/_rels|drawings|threadedComments)\/[^/]+\.(?:xml|rels)|xl\/(?:comments[^/]*|comments\/[^/]+)\.xml|docProps\/(?:core|app|custom)\.xml)$/;

/** The text of every cell and comment; parts are named `sheet:NAME!B3`. Errors as `readZip`. */
export async function readXlsx(bytes: Uint8Array, name: string): Promise<DocumentPart[]> {
  const members = await readZip(bytes, name, (member) => PARTS.test(member));
  const strings = readStrings(members.get('xl/sharedStrings.xml'), name);
  const titles = readSheetNames(members, name);
  const parts: DocumentPart[] = [];
  const used = new Set<string>();
  for (const [member, xml] of [...members].sort(([a], [b]) => a.localeCompare(b, 'en', { numeric: true }))) {
    if (!/^xl\/worksheets\/[^/]+\.xml$/.test(member)) continue;
    const title = titles.get(member) ?? member.slice('xl/worksheets/'.length, -4);
    parts.push(...readSheet(xml, name, title, strings));
    for (const comment of relatedComments(members, member, name)) {
      used.add(comment);
      parts.push(...readComments(members.get(comment)!, name, title));
    }
  }
  for (const [member, xml] of members) {
    if (used.has(member)) continue;
    if (/comments/i.test(member) && member.endsWith('.xml')) parts.push(...readComments(xml, name, member));
    else if (member.startsWith('docProps/') || /^xl\/drawings\/[^/]+\.xml$/.test(member)) {
      const text = readProperties(xml, name);
      if (text !== '') parts.push({ part: member, text });
    }
  }
  return parts;
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
function readSheetNames(members: Map<string, Buffer>, name: string): Map<string, string> {
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
  const titles = new Map<string, string>();
  const workbook = members.get('xl/workbook.xml');
  if (workbook) {
    readXml(workbook, name, {
      open: (tag, attributes) => {
        const relation = Object.entries(attributes).find(([key]) => key.endsWith(':id'))?.[1];
        const member = relation && targets.get(relation);
        if (tag === 'sheet' && member) titles.set(member, attributes.name ?? member);
      },
    });
  }
  return titles;
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

function relatedComments(members: Map<string, Buffer>, sheet: string, name: string): string[] {
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

function readSheet(xml: Uint8Array, name: string, title: string, strings: readonly string[]): DocumentPart[] {
  const parts: DocumentPart[] = [];
  let cell = '';
  let type = '';
  let value: string[] = [];
  let reading = false;
  let headed = false;
  readXml(xml, name, {
    open: (tag, attributes) => {
      if (tag === 'c') {
        cell = attributes.r ?? '';
        type = attributes.t ?? 'n';
        value = [];
      } else if (tag === 'v' || tag === 't') reading = true;
      else if (/^(?:odd|even|first)(?:Header|Footer)$/.test(tag)) {
        headed = true;
        value = [];
      }
    },
    close: (tag) => {
      if (tag === 'v' || tag === 't') reading = false;
      else if (tag === 'c') {
        const text = showValue(value.join(''), type, strings);
        if (text !== '') parts.push({ part: `sheet:${title}!${cell}`, text });
      } else if (headed && /(?:Header|Footer)$/.test(tag) && tag !== 'headerFooter') {
        headed = false;
        const text = value.join('');
        if (text !== '') parts.push({ part: `sheet:${title}!${tag}`, text });
      }
    },
    text: (text) => {
      if (reading || headed) value.push(text);
    },
  });
  return parts;
}

function showValue(value: string, type: string, strings: readonly string[]): string {
  if (type === 's') return strings[Number(value)] ?? '';
  // A long number is written as 3.3010220150101E+17: show its digits, as the sheet does.
  if (type === 'n' && /e\+?\d/i.test(value) && Math.abs(Number(value)) < 1e21) return String(Number(value));
  return value;
}

function readComments(xml: Uint8Array, name: string, title: string): DocumentPart[] {
  const parts: DocumentPart[] = [];
  let cell = '';
  let value: string[] = [];
  readXml(xml, name, {
    open: (tag, attributes) => {
      if (tag !== 'comment' && tag !== 'threadedComment') return;
      cell = attributes.ref ?? '';
      value = [];
    },
    close: (tag) => {
      if (tag !== 'comment' && tag !== 'threadedComment') return;
      const text = value.join('').trim();
      if (text !== '') parts.push({ part: `sheet:${title}!${cell}#comment`, text });
    },
    text: (text) => value.push(text),
  });
  return parts;
}
