/** One page of an OFD (GB/T 33190-2016 chapter 8): its texts as they are drawn, and why some of them are not seen. */
import type { DocumentPart, Mark } from './document-part.ts';
import { readXml } from './read-xml.ts';

/** Left, top, width and height in millimetres. */
type Box = readonly [number, number, number, number];

interface Drawn {
  readonly box: Box;
  readonly size: number;
  readonly isHidden: boolean;
  readonly isWhite: boolean;
  /** Texts of the object, each with where its line stands inside of it. */
  readonly texts: { y: number; text: string }[];
}

interface Cover {
  readonly box: Box;
  readonly isDark: boolean;
  /** How many texts were drawn before it. */
  readonly after: number;
}

/** Elements under which texts stand that are part of a page or of what a page draws. */
const OBJECTS = /^(?:TextObject|PathObject|ImageObject|CompositeObject)$/;

/** Boxes that are asked of each text: a page of more is a drawing. */
const COVERS_MAX = 1000;

/** The text of a page, of a template, of the appearance of a note: a line feed where the next line begins. */
export function readOfdPage(xml: Uint8Array, name: string, part: string, paper: Box | null): DocumentPart {
  const texts: Drawn[] = [];
  const covers: Cover[] = [];
  let object: { tag: string; drawn: Drawn; fills: boolean; isDark: boolean; alpha: number } | null = null;
  let area: Box | null = paper;
  let reading: 'code' | 'area' | null = null;
  let value = '';
  let y = 0;
  let hidden = 0;
  const hides: boolean[] = [];
  readXml(xml, name, {
    open: (tag, at) => {
      const isHidden = at.Visible === 'false' || at.Visible === '0' || at.Alpha === '0';
      hides.push(isHidden);
      if (isHidden) hidden++;
      if (OBJECTS.test(tag))
        object = {
          tag,
          drawn: {
            box: boxOf(at.Boundary) ?? [0, 0, 0, 0],
            size: Number(at.Size ?? 10),
            isHidden: hidden > 0,
            isWhite: false,
            texts: [],
          },
          fills: at.Fill === 'true' || tag === 'ImageObject',
          isDark: tag !== 'ImageObject',
          alpha: Number(at.Alpha ?? 255),
        };
      else if (tag === 'FillColor' && object) {
        const rgb = (at.Value ?? '').trim().split(/\s+/).map(Number);
        const isWhite = rgb.length === 3 && rgb.every((one) => one >= 250);
        const alpha = Number(at.Alpha ?? 255);
        object.drawn = { ...object.drawn, isWhite, isHidden: object.drawn.isHidden || alpha === 0 };
        object.isDark = at.Value === undefined || rgb.every((one) => one < 0x80);
        object.alpha = Math.min(object.alpha, alpha);
      } else if (tag === 'TextCode') {
        reading = 'code';
        value = '';
        y = Number(at.Y ?? y);
      } else if (tag === 'PhysicalBox') {
        reading = 'area';
        value = '';
      }
    },
    text: (more) => {
      if (reading) value += more;
    },
    close: (tag) => {
      if (hides.pop()) hidden--;
      if (tag === 'TextCode') {
        object?.drawn.texts.push({ y, text: value });
        reading = null;
      } else if (tag === 'PhysicalBox') {
        area = boxOf(value) ?? area;
        reading = null;
      } else if (object && tag === object.tag) {
        if (object.drawn.texts.length > 0) texts.push(object.drawn);
        // What shines through hides nothing.
        else if (object.fills && object.alpha > 230 && !object.drawn.isHidden)
          covers.push({ box: object.drawn.box, isDark: object.isDark, after: texts.length });
        object = null;
        y = 0;
      }
    },
  });
  return join(texts, covers.slice(-COVERS_MAX), part, area);
}

function join(
  texts: readonly Drawn[],
  covers: readonly Cover[],
  part: string,
  area: Box | null,
): DocumentPart {
  let text = '';
  const marks: Mark[] = [];
  let last: { line: number; size: number } | null = null;
  texts.forEach((drawn, at) => {
    const note = noteOf(drawn, at, covers, area);
    for (const one of drawn.texts) {
      // Objects of one line stand on one height; many programs write an object for every character.
      const line: number = drawn.box[1] + one.y;
      if (last && Math.abs(line - last.line) > 0.5 * Math.min(drawn.size, last.size)) text += '\n';
      last = { line, size: drawn.size };
      const start = text.length;
      text += one.text;
      const before = marks.at(-1);
      if (note === '') continue;
      if (before && before.note === note && before.end === start)
        marks[marks.length - 1] = { ...before, end: text.length };
      else marks.push({ start, end: text.length, note });
    }
  });
  return { part, text, ...(marks.length > 0 && { marks }) };
}

function noteOf(drawn: Drawn, at: number, covers: readonly Cover[], area: Box | null): string {
  if (drawn.isHidden) return 'hidden text';
  const [x, top, width, height] = drawn.box;
  const [middleX, middleY] = [x + width / 2, top + height / 2];
  const cover = covers.find(
    ({ box, after }) =>
      after > at &&
      middleX >= box[0] &&
      middleX <= box[0] + box[2] &&
      middleY >= box[1] &&
      middleY <= box[1] + box[3],
  );
  if (cover) return cover.isDark ? 'under a black box' : 'covered';
  if (
    area &&
    (x + width <= area[0] || top + height <= area[1] || x >= area[0] + area[2] || top >= area[1] + area[3])
  )
    return 'outside the page';
  if (drawn.isWhite) return 'white text';
  // Millimetres: a third of one is a point.
  return drawn.size > 0 && drawn.size < 0.4 ? 'tiny text' : '';
}

/** `0 0 210 297` as a box. */
export function boxOf(value: string | undefined): Box | null {
  const numbers = (value ?? '').trim().split(/\s+/).map(Number);
  return numbers.length === 4 && numbers.every(Number.isFinite) ? (numbers as unknown as Box) : null;
}
