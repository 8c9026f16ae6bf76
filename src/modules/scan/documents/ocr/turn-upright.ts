/** Which way up a picture is: phones and scanners deliver pages on their side and upside down. */
import type { Canvas, Image } from '@napi-rs/canvas';
import type { LineBox } from './detect-lines.ts';
import type { Models } from './models.ts';

type CreateCanvas = typeof import('@napi-rs/canvas').createCanvas;

/** What the model of directions was trained with, in pixels. */
const [WIDTH, HEIGHT] = [192, 48];
/** So many lines are asked, the longest ones; they must agree by more than this share, and each be this sure. */
const [LINES, SHARE, SURE] = [7, 0.6, 0.8];

/** Whether most lines run up or down. Columns of one character each, and crumbs, are not counted. */
export function isOnItsSide(boxes: readonly LineBox[]): boolean {
  const lines = boxes.filter((box) => box.halfLength > 2 * box.halfHeight);
  const length = (of: readonly LineBox[]) => of.reduce((sum, box) => sum + box.halfLength, 0);
  const standing = lines.filter((box) => Math.abs(box.angle) > Math.PI / 4);
  return lines.length > 0 && length(standing) > 0.6 * length(lines);
}

/** Whether the lines are upside down. `crop` cuts one out. */
export async function isUpsideDown(
  boxes: readonly LineBox[],
  crop: (box: LineBox) => Canvas,
  models: Models,
  createCanvas: CreateCanvas,
): Promise<boolean> {
  const longest = [...boxes]
    .sort((a, b) => b.halfLength / b.halfHeight - a.halfLength / a.halfHeight)
    .slice(0, LINES);
  let turned = 0;
  for (const box of longest) {
    const canvas = createCanvas(WIDTH, HEIGHT);
    const context = canvas.getContext('2d');
    context.fillStyle = '#fff';
    context.fillRect(0, 0, WIDTH, HEIGHT);
    const line = crop(box);
    const width = Math.min(WIDTH, line.width);
    context.drawImage(line, 0, 0, width, HEIGHT);
    const { values } = await models.direction.run(
      planesOf(context.getImageData(0, 0, WIDTH, HEIGHT).data),
      HEIGHT,
      WIDTH,
    );
    if (values[1]! > SURE) turned++;
  }
  return longest.length > 0 && turned > SHARE * longest.length;
}

function planesOf(data: Uint8ClampedArray): Float32Array {
  const size = WIDTH * HEIGHT;
  const planes = new Float32Array(3 * size);
  for (let channel = 0; channel < 3; channel++)
    for (let at = 0; at < size; at++)
      planes[channel * size + at] = (data[at * 4 + 2 - channel]! / 255 - 0.5) / 0.5;
  return planes;
}

/** The same picture turned clockwise by quarters. */
export function turn(picture: Image | Canvas, quarters: 1 | 2, createCanvas: CreateCanvas): Canvas {
  const [width, height] = quarters === 1 ? [picture.height, picture.width] : [picture.width, picture.height];
  const canvas = createCanvas(width, height);
  const context = canvas.getContext('2d');
  context.translate(width / 2, height / 2);
  context.rotate((quarters * Math.PI) / 2);
  context.drawImage(picture, -picture.width / 2, -picture.height / 2);
  return canvas;
}
