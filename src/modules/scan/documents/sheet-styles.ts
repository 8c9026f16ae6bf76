/** Which cell formats of an xlsx nobody sees: those that show nothing, white on nothing, and letters of a point. */
import { readXml } from './read-xml.ts';

interface Font {
  isWhite: boolean;
  isTiny: boolean;
}

/** Index of a cell format → why nobody sees its cells: `invisible format`, `white text`, `tiny text`. */
export function readHiddenStyles(xml: Uint8Array, name: string): Map<string, string> {
  const blankFormats = new Set<string>();
  const fonts: Font[] = [];
  /** Whether a fill leaves the sheet white. */
  const fills: boolean[] = [];
  const notes = new Map<string, string>();
  let within = '';
  let index = 0;
  readXml(xml, name, {
    open: (tag, attributes) => {
      if (/^(?:fonts|fills|cellXfs|cellStyleXfs|dxfs)$/.test(tag)) within = tag;
      else if (tag === 'numFmt' && isBlankFormat(attributes.formatCode ?? ''))
        blankFormats.add(attributes.numFmtId ?? '');
      else if (within === 'fonts') readFont(tag, attributes, fonts);
      else if (within === 'fills') {
        if (tag === 'fill') fills.push(true);
        if (tag === 'patternFill') fills[fills.length - 1] = attributes.patternType !== 'solid';
        if (tag === 'fgColor' && isWhite(attributes)) fills[fills.length - 1] = true;
        if (tag === 'gradientFill') fills[fills.length - 1] = false;
      } else if (within === 'cellXfs' && tag === 'xf') {
        const font = fonts[Number(attributes.fontId ?? -1)];
        const isPlain = fills[Number(attributes.fillId ?? 0)] ?? true;
        const note =
          (blankFormats.has(attributes.numFmtId ?? '') && 'invisible format') ||
          (font?.isWhite && isPlain && 'white text') ||
          (font?.isTiny && 'tiny text');
        if (note) notes.set(String(index), note);
        index++;
      }
    },
    close: (tag) => {
      if (tag === within) within = '';
    },
  });
  return notes;
}

function readFont(tag: string, attributes: Readonly<Record<string, string>>, fonts: Font[]): void {
  if (tag === 'font') fonts.push({ isWhite: false, isTiny: false });
  const font = fonts.at(-1);
  if (!font) return;
  if (tag === 'color') font.isWhite = isWhite(attributes);
  // Points.
  if (tag === 'sz') font.isTiny = Number(attributes.val) <= 1;
}

/** White as such, by the old palette (9), or as the background of the theme (0). */
const isWhite = (attributes: Readonly<Record<string, string>>) =>
  /^(?:ff)?ffffff$/i.test(attributes.rgb ?? '') ||
  attributes.indexed === '9' ||
  (attributes.theme === '0' && attributes.tint === undefined);

/** A format that shows nothing of positive numbers, nor of what else may stand in a cell: `;;;`, `"";"";""`. */
export const isBlankFormat = (code: string): boolean =>
  /^;;;?$/.test(code.replace(/""/g, '')) && code.includes(';');
