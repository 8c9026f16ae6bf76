/** Filled rectangles that a PDF page paints over its text: a blackened place under which the text still stands. */
import { getResolvedPDFJS } from 'unpdf';

/** In the units of the page, bottom below top. */
export interface Box {
  readonly left: number;
  readonly right: number;
  readonly bottom: number;
  readonly top: number;
  readonly isDark: boolean;
}

export type Matrix = readonly [number, number, number, number, number, number];
const IDENTITY: Matrix = [1, 0, 0, 1, 0, 0];

/** A page with more drawing than this is a picture of lines: which of them cover text is not asked. */
const OPERATIONS_MAX = 500_000;

interface Pen {
  readonly matrix: Matrix;
  readonly fill: string;
  readonly isOpaque: boolean;
}

/** The opaque boxes that were painted after some text on their height. */
export async function findCovers(list: {
  readonly fnArray: readonly number[];
  readonly argsArray: readonly unknown[];
}): Promise<Box[]> {
  const { OPS } = await getResolvedPDFJS();
  if (list.fnArray.length > OPERATIONS_MAX) return [];
  const fills = new Set([OPS.fill, OPS.eoFill, OPS.fillStroke, OPS.eoFillStroke, OPS.closeFillStroke]);
  const covers: Box[] = [];
  const written: number[] = [];
  const stack: Pen[] = [];
  let pen: Pen = { matrix: IDENTITY, fill: '#000000', isOpaque: true };
  let line: Matrix = IDENTITY;
  let leading = 0;
  list.fnArray.forEach((operation, at) => {
    const args = (list.argsArray[at] ?? []) as readonly unknown[];
    if (operation === OPS.save) stack.push(pen);
    else if (operation === OPS.restore || operation === OPS.paintFormXObjectEnd) pen = stack.pop() ?? pen;
    else if (operation === OPS.transform)
      pen = { ...pen, matrix: multiply(pen.matrix, args as unknown as Matrix) };
    else if (operation === OPS.paintFormXObjectBegin) {
      stack.push(pen);
      if (args[0]) pen = { ...pen, matrix: multiply(pen.matrix, args[0] as Matrix) };
    } else if (operation === OPS.setFillRGBColor) pen = { ...pen, fill: String(args[0]) };
    else if (operation === OPS.setFillColorN) pen = { ...pen, fill: 'pattern' };
    else if (operation === OPS.setGState) pen = { ...pen, isOpaque: isOpaque(args[0], pen.isOpaque) };
    else if (operation === OPS.beginText) line = IDENTITY;
    else if (operation === OPS.setTextMatrix) line = args[0] as Matrix;
    else if (operation === OPS.setLeading) leading = Number(args[0]);
    else if (operation === OPS.moveText || operation === OPS.setLeadingMoveText)
      line = multiply(line, [1, 0, 0, 1, Number(args[0]), Number(args[1])]);
    else if (operation === OPS.nextLine) line = multiply(line, [1, 0, 0, 1, 0, leading]);
    else if (operation === OPS.showText) written.push(multiply(pen.matrix, line)[5]);
    else if (operation === OPS.constructPath && fills.has(Number(args[0]) as never) && pen.isOpaque) {
      const box = boxOf(args, pen);
      if (box && written.some((y) => y > box.bottom - 4 && y < box.top)) covers.push(box);
    }
  });
  return covers;
}

/** Whether what is painted from now on hides what is below; graphics states that say nothing of it change nothing. */
function isOpaque(states: unknown, before: boolean): boolean {
  let opaque = before;
  for (const [key, value] of Array.isArray(states) ? (states as [string, unknown][]) : []) {
    if (key === 'ca') opaque = Number(value) > 0.9;
    if (key === 'BM') opaque = value === 'source-over' || value === 'Normal' || value === 'normal';
  }
  return opaque;
}

/** A path of a rectangle's few corners as a box of the page; lines under words and of tables are too thin. */
function boxOf(args: readonly unknown[], pen: Pen): Box | null {
  const [path] = (args[1] ?? []) as readonly ({ readonly length: number } | null)[];
  const bounds = args[2] as readonly number[] | null | undefined;
  if (!bounds || !path || path.length > 20) return null;
  const corners = [0, 2].flatMap((x) => [1, 3].map((y) => place(pen.matrix, bounds[x]!, bounds[y]!)));
  const [xs, ys] = [corners.map((corner) => corner[0]), corners.map((corner) => corner[1])];
  const box = {
    left: Math.min(...xs),
    right: Math.max(...xs),
    bottom: Math.min(...ys),
    top: Math.max(...ys),
    isDark: isDark(pen.fill),
  };
  return box.right - box.left >= 5 && box.top - box.bottom >= 5 ? box : null;
}

function isDark(colour: string): boolean {
  const rgb = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})/i.exec(colour);
  return rgb !== null && [1, 2, 3].every((at) => Number.parseInt(rgb[at]!, 16) < 0x80);
}

export function multiply(a: Matrix, b: Matrix): Matrix {
  return [
    a[0] * b[0] + a[2] * b[1],
    a[1] * b[0] + a[3] * b[1],
    a[0] * b[2] + a[2] * b[3],
    a[1] * b[2] + a[3] * b[3],
    a[0] * b[4] + a[2] * b[5] + a[4],
    a[1] * b[4] + a[3] * b[5] + a[5],
  ];
}

export const place = (matrix: Matrix, x: number, y: number): readonly [number, number] => [
  matrix[0] * x + matrix[2] * y + matrix[4],
  matrix[1] * x + matrix[3] * y + matrix[5],
];
