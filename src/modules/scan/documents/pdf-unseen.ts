/** Which of a PDF page's texts nobody sees: drawn without ink, in a layer that is switched off, white, or tiny. */
import { getResolvedPDFJS } from 'unpdf';
import type { Mark } from './document-part.ts';
import { type Matrix, multiply, place } from './pdf-covers.ts';
import { type Drawn, glyphsOf } from './pdf-drawn.ts';

/** The layers of a document, as pdf.js judges them. */
export interface Layers {
  isVisible(group: unknown): boolean;
}

interface Pen {
  readonly matrix: Matrix;
  readonly fill: string;
  readonly size: number;
  readonly mode: number;
}

const OPERATIONS_MAX = 500_000;
/** Of a text that is drawn and not painted (ISO 32000-1 9.3.6): neither filled nor stroked; and only clipped to. */
const [INVISIBLE, CLIPPED] = [3, 7];

/** Marks in the page's text. `hasPicture`: what is not painted there is the text of a scan, under its picture. */
export async function findUnseen(drawn: Drawn, text: string, layers: Layers | null): Promise<Mark[]> {
  if (drawn.fnArray.length > OPERATIONS_MAX) return [];
  const { OPS } = await getResolvedPDFJS();
  const fills = new Set<number>([
    OPS.fill,
    OPS.eoFill,
    OPS.fillStroke,
    OPS.eoFillStroke,
    OPS.closeFillStroke,
  ]);
  const unseen: { text: string; note: string }[] = [];
  const stack: Pen[] = [];
  let pen: Pen = { matrix: [1, 0, 0, 1, 0, 0], fill: '#000000', size: 10, mode: 0 };
  let line: Matrix = [1, 0, 0, 1, 0, 0];
  const contents: boolean[] = [];
  /** Coloured grounds so far: white letters on one are a heading. */
  const grounds: (readonly [left: number, bottom: number, right: number, top: number])[] = [];
  drawn.fnArray.forEach((operation, at) => {
    const args = (drawn.argsArray[at] ?? []) as readonly unknown[];
    if (operation === OPS.save) stack.push(pen);
    else if (operation === OPS.restore || operation === OPS.paintFormXObjectEnd) pen = stack.pop() ?? pen;
    else if (operation === OPS.transform)
      pen = { ...pen, matrix: multiply(pen.matrix, args as unknown as Matrix) };
    else if (operation === OPS.paintFormXObjectBegin) {
      stack.push(pen);
      if (args[0]) pen = { ...pen, matrix: multiply(pen.matrix, args[0] as Matrix) };
    } else if (operation === OPS.setFillRGBColor) pen = { ...pen, fill: String(args[0]) };
    else if (operation === OPS.setFillColorN) pen = { ...pen, fill: 'pattern' };
    else if (operation === OPS.setFont) pen = { ...pen, size: Number(args[1]) };
    else if (operation === OPS.setTextRenderingMode) pen = { ...pen, mode: Number(args[0]) };
    else if (operation === OPS.beginText) line = [1, 0, 0, 1, 0, 0];
    else if (operation === OPS.setTextMatrix) line = args[0] as Matrix;
    else if (operation === OPS.moveText || operation === OPS.setLeadingMoveText)
      line = multiply(line, [1, 0, 0, 1, Number(args[0]), Number(args[1])]);
    else if (operation === OPS.beginMarkedContentProps)
      contents.push(args[0] === 'OC' && layers !== null && !layers.isVisible(args[1]));
    else if (operation === OPS.beginMarkedContent) contents.push(false);
    else if (operation === OPS.endMarkedContent) contents.pop();
    else if (operation === OPS.constructPath && fills.has(Number(args[0])) && !/^#f{6}$/i.test(pen.fill)) {
      const bounds = args[2] as readonly number[] | null | undefined;
      if (bounds) grounds.push(boundsOf(pen.matrix, bounds));
    } else if (/paint.*Image/.test(nameOf(OPS, operation))) grounds.push(boundsOf(pen.matrix, [0, 0, 1, 1]));
    else if (operation === OPS.showText) {
      const note = noteOf(pen, line, contents.includes(true), grounds);
      const said = note === '' ? '' : glyphsOf(args);
      const last = unseen.at(-1);
      if (said.trim() === '') return;
      if (last && last.note === note) unseen[unseen.length - 1] = { text: last.text + said, note };
      else unseen.push({ text: said, note });
    }
  });
  return marksOf(unseen, text);
}

let names: ReadonlyMap<number, string> | undefined;
function nameOf(operations: object, operation: number): string {
  names ??= new Map(Object.entries(operations).map(([name, code]) => [Number(code), name]));
  return names.get(operation) ?? '';
}

function boundsOf(
  matrix: Matrix,
  [left, bottom, right, top]: readonly number[],
): [number, number, number, number] {
  const [a, b] = [place(matrix, left!, bottom!), place(matrix, right!, top!)];
  return [Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.max(a[0], b[0]), Math.max(a[1], b[1])];
}

function noteOf(
  pen: Pen,
  line: Matrix,
  isOff: boolean,
  grounds: readonly (readonly [number, number, number, number])[],
): string {
  if (isOff) return 'hidden layer';
  const at = multiply(pen.matrix, line);
  const [x, y] = [at[4], at[5]];
  const isOn = (box: readonly [number, number, number, number]) =>
    x >= box[0] - 1 && x <= box[2] && y >= box[1] - 1 && y <= box[3];
  if (pen.mode === INVISIBLE || pen.mode === CLIPPED) return 'invisible text';
  // In points: as tall as a letter is wide at most.
  if (Math.abs(pen.size) * Math.hypot(at[2], at[3]) <= 1.2) return 'tiny text';
  return /^#f{6}$/i.test(pen.fill) && !grounds.some(isOn) ? 'white text' : '';
}

/** Where in the text of the page these words stand; white space counts for nothing, as it is put in by the reader. */
function marksOf(unseen: readonly { text: string; note: string }[], text: string): Mark[] {
  const at: number[] = [];
  let plain = '';
  for (let index = 0; index < text.length; index++) {
    if (/\s/.test(text[index]!)) continue;
    at.push(index);
    plain += text[index];
  }
  const marks: Mark[] = [];
  let from = 0;
  for (const one of unseen) {
    const wanted = one.text.normalize('NFKC').replace(/\s/g, '');
    let start = plain.indexOf(wanted, from);
    if (start < 0) start = plain.indexOf(wanted);
    if (start < 0 || wanted === '') continue;
    from = start + wanted.length;
    marks.push({ start: at[start]!, end: at[from - 1]! + 1, note: one.note });
  }
  return marks;
}
