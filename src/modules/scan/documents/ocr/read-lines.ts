/** The lines of text in a picture or in a page that is drawn for the purpose. Works only where addons may be loaded. */
import type { Canvas, Image, SKRSContext2D } from '@napi-rs/canvas';
import { fail } from '#base/errors';
import { isNot, kinds, unreadable } from '../damage.ts';
import { decodeLine } from './decode-line.ts';
import { findLines, type LineBox } from './detect-lines.ts';
import { loadModels } from './models.ts';
import { sizeOf } from './picture-size.ts';

/** A picture of more pixels is not decoded: 50 million are 200 MB. */
const PIXELS_MAX = 50_000_000;
/** The longer side on which lines are looked for: an A4 page with print of 9 points is still read. */
const SIDE_MAX = 1600;
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

/** The text lines of something drawn. */
export async function readLines(picture: Image | Canvas): Promise<string[]> {
  // Smaller than a character: a counting pixel, a line.
  if (picture.width < 16 || picture.height < 10) return [];
  const { createCanvas } = await loadCanvas();
  const models = await loadModels();
  const scale = Math.min(1, SIDE_MAX / Math.max(picture.width, picture.height));
  const width = Math.max(32, Math.ceil((picture.width * scale) / 32) * 32);
  const height = Math.max(32, Math.ceil((picture.height * scale) / 32) * 32);
  const page = createCanvas(width, height);
  const context = page.getContext('2d');
  context.fillStyle = '#fff';
  context.fillRect(0, 0, width, height);
  context.drawImage(picture, 0, 0, picture.width * scale, picture.height * scale);
  const map = await models.detection.run(
    planesOf(context, width, height, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
    height,
    width,
  );
  const lines: string[] = [];
  for (const box of findLines(map.values, width, height).slice(0, LINES_MAX)) {
    const crop = cropLine(picture, box, scale, createCanvas);
    const input = planesOf(crop.context, crop.width, LINE_HEIGHT, [0.5, 0.5, 0.5], [0.5, 0.5, 0.5]);
    const { values, shape } = await models.recognition.run(input, LINE_HEIGHT, crop.width);
    const text = decodeLine(values, shape[1]!, models.characters);
    if (text.trim() !== '') lines.push(text);
  }
  return lines;
}

/** One line, upright and of the height that the recognition takes. */
function cropLine(
  picture: Image | Canvas,
  box: LineBox,
  scale: number,
  createCanvas: CanvasModule['createCanvas'],
): { context: SKRSContext2D; width: number } {
  const zoom = LINE_HEIGHT / (2 * box.halfHeight);
  const width = Math.min(LINE_LENGTH, Math.max(16, Math.round(2 * box.halfLength * zoom * PRESSED)));
  const context = createCanvas(width, LINE_HEIGHT).getContext('2d');
  context.fillStyle = '#fff';
  context.fillRect(0, 0, width, LINE_HEIGHT);
  context.translate(width / 2, LINE_HEIGHT / 2);
  context.scale(zoom * PRESSED, zoom);
  context.rotate(-box.angle);
  context.translate(-box.x, -box.y);
  context.drawImage(picture, 0, 0, picture.width * scale, picture.height * scale);
  return { context, width };
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
