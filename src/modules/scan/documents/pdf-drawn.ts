/** What pdf.js gives of a page, and what can be told from its drawing alone. */
import { getResolvedPDFJS } from 'unpdf';

export interface TextItem {
  readonly str: string;
  readonly hasEOL: boolean;
  readonly transform: readonly number[];
  readonly width: number;
  readonly height: number;
}

export interface Page {
  getTextContent(): Promise<{ readonly items: readonly (TextItem | object)[] }>;
  getOperatorList(options: { readonly annotationMode: number }): Promise<Drawn>;
  /** Left, bottom, right, top. */
  readonly view: readonly number[];
  readonly objs: Objects;
  readonly commonObjs: Objects;
}

/** What pdf.js draws: operations and what each is given. */
export interface Drawn {
  readonly fnArray: readonly number[];
  readonly argsArray: readonly unknown[];
}
interface Objects {
  has(id: string): boolean;
  get(id: string): unknown;
}

/** What is written on a page and is not in its text: outside of the edges, where nobody sees it. */
export async function findOutside(drawn: Drawn, text: string): Promise<string> {
  const { OPS } = await getResolvedPDFJS();
  const seen = folded(text);
  const lines: string[] = [];
  let last = '';
  drawn.fnArray.forEach((operation, at) => {
    if (operation === OPS.endText || operation === OPS.nextLine || operation === OPS.moveText) {
      lines.push(last);
      last = '';
    }
    if (operation !== OPS.showText) return;
    last += glyphsOf(drawn.argsArray[at]);
  });
  lines.push(last);
  const outside = lines.filter((line) => line.trim().length > 3 && !seen.includes(folded(line)));
  return outside.join('\n').slice(0, OUTSIDE_MAX);
}

const OUTSIDE_MAX = 100_000;
/** As pdf.js gives the text of a page: ligatures and forms of Arabic in their plain letters. */
export const folded = (line: string) => line.normalize('NFKC').replace(/\s/g, '');

/** Whether a picture of the page could not be decoded: the page was read without it. */
export async function hasUndrawn(page: Page, drawn: Drawn): Promise<boolean> {
  const { OPS } = await getResolvedPDFJS();
  return drawn.fnArray.some((operation, at) => {
    if (operation !== OPS.paintImageXObject) return false;
    const [id] = (drawn.argsArray[at] ?? []) as readonly unknown[];
    if (typeof id !== 'string') return false;
    const objects = id.startsWith('g_') ? page.commonObjs : page.objs;
    return !objects.has(id) || objects.get(id) === null;
  });
}

/** The text of a page, its lines as they stand in it. */
export const textOf = (items: readonly TextItem[]): string =>
  items.map((item) => item.str + (item.hasEOL ? '\n' : '')).join('');

export async function itemsOf(page: Page): Promise<TextItem[]> {
  const items = (await page.getTextContent()).items.filter((item): item is TextItem => 'str' in item);
  return items.map((item, at) => {
    const next = items.slice(at + 1, at + 4).find((one) => one.str !== '');
    const last = item.str === '' ? items[at - 1] : item;
    if (!next || !last || last.str === '') return item;
    // Letters that lean are set as a line of their own, though they go on in this one.
    if (item.hasEOL && goesOn(last, next)) return { ...item, hasEOL: false };
    if (item.hasEOL || !/\d$/.test(item.str) || !/^\d/.test(next.str)) return item;
    // Numbers of very different size are not one number, though they touch.
    const [small, large] = [Math.min(item.height, next.height), Math.max(item.height, next.height)];
    return large > 1.8 * small ? { ...item, hasEOL: true } : item;
  });
}

/** Whether an item begins where another ends, on the same height. */
function goesOn(last: TextItem, next: TextItem): boolean {
  const [[, b = 0, , , x = 0, y = 0], [, nextB = 0, , , nextX = 0, nextY = 0]] = [
    last.transform,
    next.transform,
  ];
  const gap = nextX - (x + last.width);
  return (
    b === 0 && nextB === 0 && Math.abs(nextY - y) < 0.1 * last.height && Math.abs(gap) < 0.25 * last.height
  );
}

/** A picture that could hold a sentence: a tenth of the page, and so many pixels. */
const [SHARE_MIN, PIXELS_MIN] = [0.1, 60_000];

/**
 * Whether a page has a picture of a size to be read, besides those in `known` (what one picture shows on every page, a
 * background, is read once).
 */
export async function hasNewPicture(page: Page, drawn: Drawn, known: Set<string>): Promise<boolean> {
  const { OPS } = await getResolvedPDFJS();
  const [left = 0, bottom = 0, right = 0, top = 0] = page.view;
  const smallest = Math.abs((right - left) * (top - bottom)) * SHARE_MIN;
  const stack: number[] = [];
  /** How much larger than drawn an area is: the determinant of the matrix. */
  let scale = 1;
  let found = false;
  drawn.fnArray.forEach((operation, at) => {
    const args = (drawn.argsArray[at] ?? []) as readonly unknown[];
    if (operation === OPS.save) stack.push(scale);
    else if (operation === OPS.restore || operation === OPS.paintFormXObjectEnd) scale = stack.pop() ?? scale;
    else if (operation === OPS.transform) scale *= determinant(args);
    else if (operation === OPS.paintFormXObjectBegin) {
      stack.push(scale);
      if (Array.isArray(args[0])) scale *= determinant(args[0]);
    } else if (operation === OPS.paintImageXObject || operation === OPS.paintInlineImageXObject) {
      const inline = args[0] as { readonly width?: number; readonly height?: number } | string;
      const [id, width, height] =
        typeof inline === 'string'
          ? [inline, Number(args[1]), Number(args[2])]
          : ['', inline.width ?? 0, inline.height ?? 0];
      if (scale < smallest || width * height < PIXELS_MIN || known.has(id)) return;
      // Only these names mean the same picture on other pages.
      if (id.startsWith('g_')) known.add(id);
      found = true;
    }
  });
  return found;
}

const determinant = (matrix: readonly unknown[]): number => {
  const [a, b, c, d] = matrix.map(Number);
  return Math.abs(a! * d! - b! * c!);
};

/** The characters that one operation writes. */
export function glyphsOf(args: unknown): string {
  const [glyphs] = (args ?? []) as readonly unknown[];
  let text = '';
  for (const glyph of Array.isArray(glyphs)
    ? (glyphs as ({ readonly unicode?: string } | number | null)[])
    : [])
    if (glyph && typeof glyph === 'object') text += glyph.unicode ?? '';
  return text;
}
