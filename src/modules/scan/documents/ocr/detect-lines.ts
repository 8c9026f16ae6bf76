/** Where lines of text stand in a picture: connected regions of the detection's map, as turned rectangles. */

/** A line of text: centre, half length along the line, half height across it, angle in radians. */
export interface LineBox {
  readonly x: number;
  readonly y: number;
  readonly halfLength: number;
  readonly halfHeight: number;
  readonly angle: number;
}

/** A pixel is text from this probability on, a region from this mean (the values the models were published with). */
const PIXEL = 0.3;
const REGION = 0.5;
/** The map shows the core of a line; the line is this much larger (area × ratio / perimeter on every side). */
const GROW = 1.7;

/** The lines in a map of width × height probabilities, top to bottom, then left to right. */
export function findLines(map: Float32Array, width: number, height: number): LineBox[] {
  const seen = new Uint8Array(width * height);
  const queue = new Int32Array(width * height);
  const boxes: LineBox[] = [];
  for (let start = 0; start < map.length; start++) {
    if (seen[start] || map[start]! < PIXEL) continue;
    const count = flood(map, width, height, start, seen, queue);
    const box = count >= 12 ? boxOf(map, width, queue.subarray(0, count)) : null;
    if (box) boxes.push(box);
  }
  return inReadingOrder(boxes);
}

/** Collects the pixels of one region into `queue`; answers how many. */
function flood(
  map: Float32Array,
  width: number,
  height: number,
  start: number,
  seen: Uint8Array,
  queue: Int32Array,
): number {
  let count = 1;
  queue[0] = start;
  seen[start] = 1;
  for (let next = 0; next < count; next++) {
    const at = queue[next]!;
    const x = at % width;
    for (let dy = -1; dy <= 1; dy++) {
      for (let dx = -1; dx <= 1; dx++) {
        const beside = at + dy * width + dx;
        const inside = x + dx >= 0 && x + dx < width && beside >= 0 && beside < width * height;
        if (!inside || seen[beside] || map[beside]! < PIXEL) continue;
        seen[beside] = 1;
        queue[count++] = beside;
      }
    }
  }
  return count;
}

/** The rectangle around a region, turned as the region lies; null when it is too faint or too small. */
function boxOf(map: Float32Array, width: number, pixels: Int32Array): LineBox | null {
  let [sum, sumX, sumY, sumXX, sumYY, sumXY] = [0, 0, 0, 0, 0, 0];
  for (const at of pixels) {
    const x = at % width;
    const y = (at - x) / width;
    sum += map[at]!;
    sumX += x;
    sumY += y;
    sumXX += x * x;
    sumYY += y * y;
    sumXY += x * y;
  }
  const count = pixels.length;
  if (sum / count < REGION) return null;
  const [meanX, meanY] = [sumX / count, sumY / count];
  const [varX, varY, cov] = [
    sumXX / count - meanX ** 2,
    sumYY / count - meanY ** 2,
    sumXY / count - meanX * meanY,
  ];
  let angle = Math.atan2(2 * cov, varX - varY) / 2;
  // A blot of the shape of a square has no direction.
  if (Math.hypot(varX - varY, 2 * cov) < 0.5 * (varX + varY)) angle = 0;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  let [left, right, top, bottom] = [Infinity, -Infinity, Infinity, -Infinity];
  for (const at of pixels) {
    const dx = (at % width) - meanX;
    const dy = Math.floor(at / width) - meanY;
    const along = dx * cos + dy * sin;
    const across = dy * cos - dx * sin;
    left = Math.min(left, along);
    right = Math.max(right, along);
    top = Math.min(top, across);
    bottom = Math.max(bottom, across);
  }
  const [length, thickness] = [right - left + 1, bottom - top + 1];
  if (Math.min(length, thickness) < 3) return null;
  const grow = (length * thickness * GROW) / (2 * (length + thickness));
  const [along, across] = [(left + right) / 2, (top + bottom) / 2];
  return {
    x: meanX + along * cos - across * sin,
    y: meanY + along * sin + across * cos,
    halfLength: length / 2 + grow,
    halfHeight: thickness / 2 + grow,
    angle,
  };
}

/** Lines whose middles are within half a height of each other stand beside each other. */
function inReadingOrder(boxes: readonly LineBox[]): LineBox[] {
  const sorted = [...boxes].sort((a, b) => a.y - b.y);
  const rows: LineBox[][] = [];
  for (const box of sorted) {
    const row = rows.at(-1);
    if (row && Math.abs(box.y - row[0]!.y) < 0.7 * Math.min(box.halfHeight, row[0]!.halfHeight))
      row.push(box);
    else rows.push([box]);
  }
  return rows.flatMap((row) => row.sort((a, b) => a.x - b.x));
}
