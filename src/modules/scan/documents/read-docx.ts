/** Word files: also what Word hides (deleted runs, comments, hidden text, headers, properties, link targets). */
import { fail } from '#base/errors';
import { lacks } from './damage.ts';
import type { DocumentPart, Mark } from './document-part.ts';
import { readTexts } from './read-texts.ts';
import { readXml } from './read-xml.ts';

/** Members that hold text. Pictures and embedded files are read by `read-package`. */
export const DOCX_PARTS =
  /^(?:word\/(?:document\d*|settings|styles|numbering|footnotes\d*|endnotes\d*|comments\d*|header\d*|footer\d*|glossary\/document)\.xml|word\/(?:charts|diagrams)\/[^/]+\.xml|word\/_rels\/[^/]+\.rels|customXml\/item\d+\.xml|docProps\/(?:core|app|custom)\.xml)$/;

/** The main story: some servers number it. */
const MAIN = /^word\/document\d*\.xml$/;

/** The text of each part of a .docx; a paragraph ends with a line feed. */
export function readDocx(members: ReadonlyMap<string, Buffer>, name: string): DocumentPart[] {
  // A story under another name, or another kind of archive: unread must not pass for clean.
  if (![...members.keys()].some((member) => MAIN.test(member)))
    fail('scan.damaged', { name, reason: lacks('word/document.xml') });
  const styles = members.get('word/styles.xml');
  const hidden = styles ? readHiddenStyles(styles, name) : new Map<string, string>();
  const parts: DocumentPart[] = [];
  for (const [member, xml] of [...members].sort(([a], [b]) => order(a) - order(b) || (a < b ? -1 : 1))) {
    if (!DOCX_PARTS.test(member) || member === 'word/styles.xml') continue;
    if (member === 'word/settings.xml') parts.push({ part: member, text: readVariables(xml, name) });
    else if (member.endsWith('.rels')) parts.push({ part: member, text: readTargets(xml, name) });
    else if (member.startsWith('customXml/')) parts.push({ part: member, text: readTexts(xml, name) });
    else if (member.startsWith('docProps/')) parts.push({ part: member, text: readProperties(xml, name) });
    else parts.push(...readStory(xml, name, member, hidden));
  }
  return parts.filter((part) => part.text.trim() !== '');
}

const order = (member: string) => (MAIN.test(member) ? 0 : member.startsWith('word/') ? 1 : 2);

/** A text under way, with the stretches of it that nobody sees. */
class Story {
  readonly marks: Mark[] = [];
  #text: string[] = [];
  #length = 0;

  add(text: string, note = ''): void {
    if (note !== '') {
      const last = this.marks.at(-1);
      if (last && last.end === this.#length && last.note === note)
        this.marks[this.marks.length - 1] = { ...last, end: this.#length + text.length };
      else this.marks.push({ start: this.#length, end: this.#length + text.length, note });
    }
    this.#text.push(text);
    this.#length += text.length;
  }

  append(other: Story): void {
    for (const mark of other.marks)
      this.marks.push({ ...mark, start: mark.start + this.#length, end: mark.end + this.#length });
    const text = other.text;
    this.#text.push(text);
    this.#length += text.length;
  }

  get text(): string {
    return this.#text.join('');
  }
}

const TEXT = /^(?:t|delText|instrText|delInstrText|v)$/;
const isOn = (attributes: Readonly<Record<string, string>>) =>
  !/^(?:0|false|off)$/.test(attributes['w:val'] ?? attributes.val ?? '');
const settingOf = (attributes: Readonly<Record<string, string>>) =>
  attributes['w:val'] ?? attributes.val ?? '';

/**
 * A story as it stands now, and beside it each paragraph with deletions as it was before (a number of which one half is
 * deleted is whole only there), and the descriptions of pictures.
 */
function readStory(
  xml: Uint8Array,
  name: string,
  member: string,
  hiddenStyles: ReadonlyMap<string, string>,
): DocumentPart[] {
  const [now, before] = [new Story(), new Story()];
  let [paragraph, original] = [new Story(), new Story()];
  const alternatives: string[] = [];
  const depth = { text: 0, fallback: 0, deleted: 0, inserted: 0, runProperties: 0, reading: 0 };
  const fallback: string[] = [];
  let paragraphNote = '';
  let hasDeleted = false;
  let runNote = '';
  const say = (text: string) => {
    if (depth.deleted === 0) paragraph.add(text, runNote);
    if (depth.deleted > 0 || depth.inserted === 0) original.add(text, depth.deleted > 0 ? 'deleted' : '');
    if (depth.deleted > 0) hasDeleted = true;
  };
  const endParagraph = () => {
    say('\n');
    now.append(paragraph);
    if (hasDeleted) before.append(original);
    [paragraph, original, hasDeleted] = [new Story(), new Story(), false];
  };
  readXml(xml, name, {
    open: (tag, attributes) => {
      if (tag === 'Fallback') depth.fallback++;
      else if (tag === 'rPr') depth.runProperties++;
      else if (tag === 'del' || tag === 'moveFrom') depth.deleted++;
      else if (tag === 'ins' || tag === 'moveTo') depth.inserted++;
      else if (tag === 'rt') depth.reading++;
      else if (tag === 'r') runNote = paragraphNote;
      else if (tag === 'pStyle') paragraphNote = hiddenStyles.get(settingOf(attributes)) ?? '';
      // Text after its own mark is over: what stands in its properties is only the mark of the paragraph.
      if (depth.runProperties > 0) runNote = noteOf(tag, attributes, hiddenStyles) ?? runNote;
      if (TEXT.test(tag)) depth.text++;
      else if (depth.fallback > 0) return;
      else if (tag === 'tab' && depth.runProperties === 0) say('\t');
      else if (tag === 'br' || tag === 'cr') say('\n');
      else if (tag === 'noBreakHyphen') say('-');
      alternatives.push(...described(tag, attributes));
    },
    close: (tag) => {
      if (tag === 'Fallback') depth.fallback--;
      else if (tag === 'rPr') depth.runProperties--;
      else if (tag === 'del' || tag === 'moveFrom') depth.deleted--;
      else if (tag === 'ins' || tag === 'moveTo') depth.inserted--;
      else if (tag === 'rt') depth.reading--;
      else if (tag === 'r') runNote = '';
      if (TEXT.test(tag)) depth.text--;
      if (tag === 'p') {
        if (depth.fallback > 0) fallback.push('\n');
        paragraphNote = '';
      }
      // The fallback repeats for old programs what the choice before it says.
      if (depth.fallback === 0 && tag === 'p') endParagraph();
      else if (depth.fallback === 0 && tag === 'tc') say('\t');
    },
    text: (text) => {
      if (depth.text === 0) return;
      // How a word is pronounced stands between its characters, and is told apart from them.
      if (depth.reading > 0) alternatives.push(text);
      else if (depth.fallback > 0) fallback.push(text);
      else say(text);
    },
  });
  now.append(paragraph);
  if (hasDeleted) before.append(original);
  return [
    { part: member, text: now.text, ...(now.marks.length > 0 && { marks: now.marks }) },
    { part: member, text: before.text, marks: before.marks, onlyMarked: true },
    { part: `${member} (alternative text)`, text: alternatives.join('\n') },
    { part: `${member} (for old programs)`, text: onlyIn(fallback.join(''), now.text) },
  ];
}

/** Lines that the other text does not have. */
function onlyIn(text: string, other: string): string {
  const known = new Set(other.split('\n').map((line) => line.trim()));
  return text
    .split('\n')
    .filter((line) => line.trim() !== '' && !known.has(line.trim()))
    .join('\n');
}

/**
 * Words that stand in attributes: descriptions of pictures and tables, WordArt and watermarks (`textpath`), choices and
 * helps of forms, tips of links, what numbering writes before a paragraph.
 */
function described(tag: string, attributes: Readonly<Record<string, string>>): string[] {
  const keys = /^(?:docPr|cNvPr)$/.test(tag)
    ? ['descr', 'title']
    : tag === 'textpath'
      ? ['string']
      : tag === 'shape' || tag === 'imagedata'
        ? ['alt', 'o:title', 'title']
        : tag === 'hyperlink'
          ? ['w:tooltip']
          : tag === 'listItem'
            ? ['w:displayText', 'w:value']
            : /^(?:tblCaption|tblDescription|helpText|statusText|default|listEntry|alias|tag|lvlText)$/.test(
                  tag,
                )
              ? ['w:val']
              : [];
  // Numbering like `%1.` says nothing, and a box of a form is ticked with 1.
  return keys.flatMap((key) => {
    const value = attributes[key] ?? '';
    return value.replace(/%\d|[\W\d]/gu, '') === '' && !/\d{7}|\p{Script=Han}/u.test(value) ? [] : [value];
  });
}

/** What makes a run invisible, if this property does. */
function noteOf(
  tag: string,
  attributes: Readonly<Record<string, string>>,
  hiddenStyles: ReadonlyMap<string, string>,
): string | undefined {
  if (tag === 'vanish' || tag === 'specVanish') return isOn(attributes) ? 'hidden text' : '';
  if (tag === 'rStyle') return hiddenStyles.get(settingOf(attributes));
  if (tag === 'color' && /^f{6}$/i.test(settingOf(attributes))) return 'white text';
  // Half points: two is one point.
  if (tag === 'sz' && Number(settingOf(attributes)) > 0 && Number(settingOf(attributes)) <= 2)
    return 'tiny text';
  return undefined;
}

/** The styles whose text nobody sees, and why; a style takes over what the one below it says (ISO/IEC 29500-1 17.7.4.3). */
function readHiddenStyles(xml: Uint8Array, name: string): Map<string, string> {
  const notes = new Map<string, string>();
  const bases = new Map<string, string>();
  let style = '';
  readXml(xml, name, {
    open: (tag, attributes) => {
      if (tag === 'style') style = attributes['w:styleId'] ?? '';
      else if (style === '') return;
      else if (tag === 'basedOn') bases.set(style, settingOf(attributes));
      else if (!/Style$/.test(tag)) {
        const note = noteOf(tag, attributes, notes);
        if (note !== undefined) notes.set(style, note);
      }
    },
    close: (tag) => {
      if (tag === 'style') style = '';
    },
  });
  for (const [one, base] of bases) {
    let at: string | undefined = base;
    for (let steps = 0; at !== undefined && steps < 20 && !notes.has(one); steps++) {
      const note = notes.get(at);
      if (note !== undefined) notes.set(one, note);
      at = bases.get(at);
    }
  }
  return notes;
}

/** Variables of the document (docVars): programs that fill forms keep there what they filled in. */
function readVariables(xml: Uint8Array, name: string): string {
  const values: string[] = [];
  readXml(xml, name, {
    open: (tag, attributes) => {
      if (tag === 'docVar') values.push(settingOf(attributes));
    },
  });
  return values.join('\n');
}

/** Addresses that hyperlinks and attached templates point at, one on a line. */
export function readTargets(xml: Uint8Array, name: string): string {
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
  let value = '';
  const end = () => {
    if (value.trim() !== '') values.push(value.trim());
    value = '';
  };
  // A reference (`&#51;`) cuts a text into several, which are one value.
  readXml(xml, name, { open: end, close: end, text: (text) => (value += text) });
  return values.join('\n');
}
