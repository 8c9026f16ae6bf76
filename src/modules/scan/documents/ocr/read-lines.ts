/** The lines of text in a picture or in a page that is drawn for the purpose. Works only where addons may be loaded. */
import type { Canvas, Image, SKRSContext2D } from '@napi-rs/canvas';
import { fail } from '#base/errors';
import { isNot, kinds, unreadable } from '../damage.ts';
import { decodeLine } from './decode-line.ts';
import { findLines, type LineBox } from './detect-lines.ts';
import { loadModels, type Models } from './models.ts';
import { sizeOf } from './picture-size.ts';
import { tiffPages } from './tiff.ts';
import { isOnItsSide, isUpsideDown, turn } from './turn-upright.ts';

/** A picture of more pixels is not decoded: 50 million are 200 MB. */
const PIXELS_MAX = 50_000_000;
/** The longer side on which lines are looked for: an A4 page with print of 9 points is still read. */
const SIDE_MAX = 1600;
/** A picture whose longer side is less than this is doubled. */
const SMALL = 700;
/** The height that the recognition was trained with, and the longest line it is given at once. */
const LINE_HEIGHT = 48;
const LINE_LENGTH = 2400;
/** Lines are pressed together: print stays readable for the recognition, whose time goes with the length. */
const PRESSED = 0.7;
const LINES_MAX = 400;

type CanvasModule = typeof import('@napi-rs/canvas');
let canvasModule: Promise<CanvasModule> | undefined;

/** The drawing library. It is native code: a process without the right to load addons fails here. */
export function loadCanvas(): Promise<CanvasModule> {
  canvasModule ??= import('@napi-rs/canvas');
  return canvasModule;
}

/**
 * The text lines of each page of a TIFF, of at most `most` pages; null in place of one of too many pixels. `left`: pages
 * that were not looked at. Fails with `scan.damaged`.
 */
export async function readTiffLines(
  bytes: Uint8Array,
  name: string,
  most: number,
): Promise<{ pages: (string[] | null)[]; left: number }> {
  const { createCanvas } = await loadCanvas();
  const pages: (string[] | null)[] = [];
  let left = 0;
  try {
    for (const bitmap of tiffPages(bytes, PIXELS_MAX)) {
      if (pages.length >= most) {
        left++;
        break;
      }
      if (!bitmap) {
        pages.push(null);
        continue;
      }
      const canvas = createCanvas(bitmap.width, bitmap.height);
      const context = canvas.getContext('2d');
      const image = context.createImageData(bitmap.width, bitmap.height);
      image.data.set(bitmap.data.subarray(0, image.data.length));
      context.putImageData(image, 0, 0);
      pages.push(await readLines(canvas));
    }
  } catch (error) {
    return fail('scan.damaged', { name, reason: unreadable(kinds.picture, error) }, error);
  }
  return { pages, left };
}

/** The text lines of a JPEG, PNG, WebP, BMP or GIF. Null: more pixels than are read. Fails with `scan.damaged`. */
export async function readPictureLines(bytes: Uint8Array, name: string): Promise<string[] | null> {
  const size = sizeOf(bytes);
  if (!size) fail('scan.damaged', { name, reason: isNot({ zh: '能读的图片', en: 'picture' }) });
  if (size.width * size.height > PIXELS_MAX) return null;
  const { loadImage } = await loadCanvas();
  let picture: Image;
  try {
    picture = await loadImage(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  } catch (error) {
    return fail('scan.damaged', { name, reason: unreadable(kinds.picture, error) }, error);
  }
  return readLines(picture);
}

/** The text lines of something drawn, whichever way up it is. */
export async function readLines(picture: Image | Canvas): Promise<string[]> {
  // Smaller than a character: a counting pixel, a line.
  if (picture.width < 16 || picture.height < 10) return [];
  const { createCanvas } = await loadCanvas();
  const models = await loadModels();
  let upright = picture;
  let found = await detect(upright, models, createCanvas);
  if (isOnItsSide(found.boxes)) {
    upright = turn(upright, 1, createCanvas);
    found = await detect(upright, models, createCanvas);
  }
  const crop = (box: LineBox) => cropLine(upright, box, found.scale, createCanvas);
  if (await isUpsideDown(found.boxes, (box) => crop(box).canvas, models, createCanvas)) {
    upright = turn(upright, 2, createCanvas);
    found = await detect(upright, models, createCanvas);
  }
  const lines: string[] = [];
  for (const box of found.boxes) {
    const line = crop(box);
    const input = planesOf(line.context, line.width, LINE_HEIGHT, [0.5, 0.5, 0.5], [0.5, 0.5, 0.5]);
    const { values, shape } = await models.recognition.run(input, LINE_HEIGHT, line.width);
    const text = decodeLine(values, shape[1]!, models.characters);
    if (text.trim() !== '') lines.push(text);
  }
  return lines;
}

/** Where lines stand in the picture as it is scaled for the search. */
async function detect(
  picture: Image | Canvas,
  models: Models,
  createCanvas: CanvasModule['createCanvas'],
): Promise<{ boxes: LineBox[]; scale: number }> {
  const side = Math.max(picture.width, picture.height);
  // Small print in a small picture is only found when it is enlarged.
  const scale = Math.min(side < SMALL ? 2 : 1, SIDE_MAX / side);
  const width = Math.max(32, Math.ceil((picture.width * scale) / 32) * 32);
  const height = Math.max(32, Math.ceil((picture.height * scale) / 32) * 32);
  const context = createCanvas(width, height).getContext('2d');
  context.fillStyle = '#fff';
  context.fillRect(0, 0, width, height);
  context.drawImage(picture, 0, 0, picture.width * scale, picture.height * scale);
  const planes = planesOf(context, width, height, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]);
  const map = await models.detection.run(planes, height, width);
  return { boxes: findLines(map.values, width, height).slice(0, LINES_MAX), scale };
}

/** One line, upright and of the height that the recognition takes. */
function cropLine(
  picture: Image | Canvas,
  box: LineBox,
  scale: number,
  createCanvas: CanvasModule['createCanvas'],
): { canvas: Canvas; context: SKRSContext2D; width: number } {
  const zoom = LINE_HEIGHT / (2 * box.halfHeight);
  const width = Math.min(LINE_LENGTH, Math.max(16, Math.round(2 * box.halfLength * zoom * PRESSED)));
  const canvas = createCanvas(width, LINE_HEIGHT);
  const context = canvas.getContext('2d');
  context.fillStyle = '#fff';
  context.fillRect(0, 0, width, LINE_HEIGHT);
  context.translate(width / 2, LINE_HEIGHT / 2);
  context.scale(zoom * PRESSED, zoom);
  context.rotate(-box.angle);
  context.translate(-box.x, -box.y);
  context.drawImage(picture, 0, 0, picture.width * scale, picture.height * scale);
  return { canvas, context, width };
}

/** Blue, green and red one after the other, as the models were trained: (value / 255 - mean) / deviation. */
function planesOf(
  context: SKRSContext2D,
  width: number,
  height: number,
  mean: readonly number[],
  deviation: readonly number[],
): Float32Array {
  const { data } = context.getImageData(0, 0, width, height);
  const size = width * height;
  const planes = new Float32Array(3 * size);
  for (let channel = 0; channel < 3; channel++) {
    const from = 2 - channel;
    for (let at = 0; at < size; at++)
      planes[channel * size + at] = (data[at * 4 + from]! / 255 - mean[channel]!) / deviation[channel]!;
  }
  return planes;
}
