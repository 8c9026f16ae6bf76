/** Which styles of an OpenDocument file hide what has them, and how. */
import { readXml } from './read-xml.ts';

const DATA_STYLE = /^(?:number|currency|percentage|date|time|boolean|text)-style$/;

/** Adds to `notes`: name of a style → why nobody sees its text, sheet or slide. A style takes over what its parent says. */
export function readHidingStyles(xml: Uint8Array, name: string, notes: Map<string, string>): void {
  const parents = new Map<string, string>();
  /** Formats of cells that write nothing. */
  const blank = new Set<string>();
  let style = '';
  let isCell = false;
  let format: { name: string; isBlank: boolean } | null = null;
  let isFilled = false;
  readXml(xml, name, {
    open: (tag, at) => {
      if (tag === 'style') {
        style = at['style:name'] ?? '';
        isCell = at['style:family'] === 'table-cell';
        isFilled = false;
        if (at['style:parent-style-name']) parents.set(style, at['style:parent-style-name']);
        if (blank.has(at['style:data-style-name'] ?? '')) notes.set(style, 'invisible format');
      } else if (DATA_STYLE.test(tag)) format = { name: at['style:name'] ?? '', isBlank: true };
      else if (format && !/^(?:text|map|text-properties)$/.test(tag)) format.isBlank = false;
      else if (style !== '') {
        // White letters on a coloured cell are a heading.
        const ground = at['fo:background-color'];
        if (tag === 'table-cell-properties' && ground && !/^(?:transparent|#ffffff)$/i.test(ground))
          isFilled = true;
        const note = noteOf(tag, at);
        if (
          note !== '' &&
          !(isCell && isFilled && note === 'white text') &&
          notes.get(style) !== 'hidden text'
        )
          notes.set(style, note);
      }
    },
    text: (text) => {
      if (format && text !== '') format.isBlank = format.isBlank && text.trim() === '';
    },
    close: (tag) => {
      if (tag === 'style') style = '';
      else if (format && DATA_STYLE.test(tag)) {
        if (format.isBlank) blank.add(format.name);
        format = null;
      }
    },
  });
  for (const [one, parent] of parents) {
    let at: string | undefined = parent;
    for (let steps = 0; at !== undefined && steps < 20 && !notes.has(one); steps++) {
      const note = notes.get(at);
      if (note !== undefined) notes.set(one, note);
      at = parents.get(at);
    }
  }
}

function noteOf(tag: string, at: Readonly<Record<string, string>>): string {
  if (tag === 'table-properties') return at['table:display'] === 'false' ? 'hidden text' : '';
  if (tag === 'drawing-page-properties')
    return at['presentation:visibility'] === 'hidden' ? 'hidden text' : '';
  if (tag !== 'text-properties') return '';
  if (at['text:display'] === 'none') return 'hidden text';
  if (/^#ffffff$/i.test(at['fo:color'] ?? '')) return 'white text';
  const size = /^([\d.]+)pt$/.exec(at['fo:font-size'] ?? '')?.[1];
  return size !== undefined && Number(size) <= 1 ? 'tiny text' : '';
}
