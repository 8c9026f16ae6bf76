/** Runs in the confined process: takes drawings apart and compares them. See `read-pictures.ts`. */
import { PNG } from 'pngjs';
import { serveConfined } from '#base/confine-child';
import { cellKey, comparePictures, type Raster } from './compare-pictures.ts';
import type { PictureAnswer, PictureRequest } from './read-pictures.ts';

serveConfined(async (input: PictureRequest): Promise<PictureAnswer> => {
  const drawn = decode(input.drawn, input.maxHeight);
  for (const box of input.covers) cover(drawn, box);
  const picture = encode(drawn);
  const before = input.before && decode(input.before, input.maxHeight);
  // Drawn at another width by another version: nothing to compare with.
  if (!before || before.width !== drawn.width) return { picture, comparison: null };
  const volatile = new Set(input.volatile);
  const twin = input.twin && decode(input.twin, input.maxHeight);
  const { difference, ...said } = comparePictures(before, drawn, volatile);
  if (!twin || twin.width !== drawn.width)
    return { picture, comparison: { ...said, difference: encode(difference) } };
  // What two drawings of the same minutes do not have in common differs by itself.
  const restless = comparePictures(twin, drawn).cells.map(([column, row]) => cellKey(column, row));
  const again = comparePictures(before, drawn, volatile, new Set(restless));
  return { picture, comparison: { ...again, difference: encode(again.difference) } };
});

function decode(png: Uint8Array, maxHeight: number): Raster {
  const { width, height, data } = PNG.sync.read(Buffer.from(png));
  const kept = Math.min(height, maxHeight);
  return { width, height: kept, data: new Uint8Array(data.subarray(0, width * kept * 4)) };
}

function encode({ width, height, data }: Raster): Uint8Array {
  const png = new PNG({ width, height });
  png.data = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return new Uint8Array(PNG.sync.write(png, { colorType: 2, deflateLevel: 6 }));
}

/** Paints over what nobody is to read. */
function cover({ width, height, data }: Raster, box: PictureRequest['covers'][number]): void {
  const from = { x: Math.max(0, Math.floor(box.x) - 2), y: Math.max(0, Math.floor(box.y) - 2) };
  const to = { x: Math.min(width, box.x + box.width + 2), y: Math.min(height, box.y + box.height + 2) };
  for (let y = from.y; y < to.y; y++) {
    for (let x = from.x; x < to.x; x++) data.set([0x33, 0x33, 0x33, 0xff], (y * width + x) * 4);
  }
}
