/** Pictures in the drawings of old office files: JPEG and PNG as they are, behind the head of their record (MS-ODRAW 2.2.23). */

const JPEG = [0xf01d, 0xf02a];
const PNG = 0xf01e;

/** The pictures in a stretch of drawing records, each once. Bounded: the smallest that could say something has 200 bytes. */
export function findPictures(stretch: Buffer): Buffer[] {
  const pictures = new Map<string, Buffer>();
  // Every head has 0xF0 as its fourth byte.
  for (let at = stretch.indexOf(0xf0, 3); at >= 0; at = stretch.indexOf(0xf0, at + 1)) {
    const type = 0xf000 + stretch[at - 1]!;
    if (type !== PNG && !JPEG.includes(type)) continue;
    const start = at + 5;
    if (start > stretch.length) break;
    const end = start + stretch.readUInt32LE(at + 1);
    if (end > stretch.length || end - start < 200) continue;
    // One or two digests of 16 bytes and a tag stand before the picture.
    const from = [17, 33].map((head) => start + head).find((place) => isPicture(stretch, place));
    if (from === undefined) continue;
    pictures.set(stretch.toString('hex', start, start + 16), stretch.subarray(from, end));
    at = end - 1;
  }
  return [...pictures.values()];
}

const isPicture = (stretch: Buffer, at: number) =>
  (stretch[at] === 0xff && stretch[at + 1] === 0xd8) || stretch.toString('latin1', at, at + 4) === '\x89PNG';
