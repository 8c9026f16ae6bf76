/** Compares two drawings of one page. Pure; runs in the confined process. */
import pixelmatch from 'pixelmatch';

export interface Raster {
  readonly width: number;
  readonly height: number;
  /** RGBA, eight bits each, row by row. */
  readonly data: Uint8Array;
}

/** Side of a square of the grid in which differences are counted, in pixels. */
export const CELL = 40;
/** Width of a strip. Each strip is aligned by itself: what was pushed down in one column need not be in the next. */
const STRIP = 160;
/** Pixels that a visitor sees first. */
export const FIRST_SCREEN = 900;

/** A square of the newer drawing that differs: column, row, and which part of it. */
export type CellDifference = readonly [column: number, row: number, part: number];

/** Shares, 0 to 1, of the squares that hold anything and do not differ by themselves. */
export interface Measures {
  /** Painted anew: half or more of the square differs. */
  readonly repainted: number;
  /** The same of what a visitor sees first. */
  readonly firstScreen: number;
  /** Differs at all; a list of other headlines does. */
  readonly touched: number;
  /** Of the older drawing: stands nowhere in the newer one. */
  readonly gone: number;
  /** Part of the squares that count, because they do not differ by themselves. */
  readonly steady: number;
}

export interface Comparison {
  readonly measures: Measures;
  readonly cells: readonly CellDifference[];
  /** Where the volatile squares of the older drawing stand in the newer one. */
  readonly volatile: readonly string[];
  /** The newer drawing in grey with the differing pixels in red. */
  readonly difference: Raster;
}

export const cellKey = (column: number, row: number) => `${column},${row}`;

const REPAINTED = 0.5;
/** A square of which less differs is the same: edges of letters are drawn a little differently each time. */
export const TOUCHED = 0.05;

/**
 * Compares `after` with `before`; both must be equally wide. What was only pushed up or down is no difference.
 * `volatile` holds squares (`cellKey`) of `before` that differ by themselves, `restless` such of `after`: they are shown,
 * and do not count.
 */
export function comparePictures(
  before: Raster,
  after: Raster,
  volatile: ReadonlySet<string> = new Set(),
  restless: ReadonlySet<string> = new Set(),
): Comparison {
  if (before.width !== after.width) throw new Error('two drawings of one page are equally wide');
  const { width, height } = after;
  const strips = Math.ceil(width / STRIP);
  const partners = Array.from({ length: strips }, (_, strip) =>
    alignRows(rowHashes(before, strip), rowHashes(after, strip)),
  );
  const aligned = compose(before, after, partners);
  const output = new Uint8Array(width * height * 4);
  pixelmatch(aligned, after.data, output, width, height, { threshold: 0.1, alpha: 0.25 });
  const moved = moveCells(volatile, partners, height);
  const skip = new Set([...moved, ...restless]);
  const counted = countCells({ width, height, data: output }, after, { width, height, data: aligned }, skip);
  return {
    measures: { ...counted.measures, gone: goneShare(before, partners, volatile) },
    cells: counted.cells,
    volatile: [...moved],
    difference: { width, height, data: output },
  };
}

const wordsOf = ({ data }: Raster) => new Uint32Array(data.buffer, data.byteOffset, data.byteLength >> 2);

/** One number for each row of a strip: FNV-1a over its pixels. */
function rowHashes(raster: Raster, strip: number): Int32Array {
  const pixels = wordsOf(raster);
  const from = strip * STRIP;
  const to = Math.min(raster.width, from + STRIP);
  const hashes = new Int32Array(raster.height);
  for (let y = 0; y < raster.height; y++) {
    let hash = 0x811c9dc5;
    for (let at = y * raster.width + from; at < y * raster.width + to; at++)
      hash = Math.imul(hash ^ pixels[at]!, 0x01000193);
    hashes[y] = hash;
  }
  return hashes;
}

interface Span {
  readonly b0: number;
  readonly b1: number;
  readonly a0: number;
  readonly a1: number;
}

/**
 * For each row of `after` the row of `before` that stands there now, -1 for one that came. Rows that occur once in both
 * hold the two together ("patience" comparison); what lies between them is laid side by side.
 */
export function alignRows(before: Int32Array, after: Int32Array): Int32Array {
  const partner = new Int32Array(after.length).fill(-1);
  const open: Span[] = [{ b0: 0, b1: before.length, a0: 0, a1: after.length }];
  for (let span = open.pop(); span; span = open.pop()) {
    let { b0, b1, a0, a1 } = span;
    for (; b0 < b1 && a0 < a1 && before[b0] === after[a0]; b0++, a0++) partner[a0] = b0;
    for (; b0 < b1 && a0 < a1 && before[b1 - 1] === after[a1 - 1]; b1--, a1--) partner[a1 - 1] = b1 - 1;
    if (b0 === b1 || a0 === a1) continue;
    const anchors = anchorsIn(before, after, { b0, b1, a0, a1 });
    if (anchors.length === 0) {
      for (let n = 0; n < Math.min(b1 - b0, a1 - a0); n++) partner[a0 + n] = b0 + n;
      continue;
    }
    let [lastB, lastA] = [b0, a0];
    for (const [b, a] of [...anchors, [b1, a1] as const]) {
      if (b > lastB && a > lastA) open.push({ b0: lastB, b1: b, a0: lastA, a1: a });
      if (a < a1) partner[a] = b;
      [lastB, lastA] = [b + 1, a + 1];
    }
  }
  return partner;
}

/** Rows that occur once on both sides and stand in the same order there: the longest such list. */
function anchorsIn(before: Int32Array, after: Int32Array, { b0, b1, a0, a1 }: Span): [number, number][] {
  const places = new Map<number, number>();
  for (let b = b0; b < b1; b++) places.set(before[b]!, places.has(before[b]!) ? -1 : b);
  const counts = new Map<number, number>();
  for (let a = a0; a < a1; a++) counts.set(after[a]!, (counts.get(after[a]!) ?? 0) + 1);
  const pairs: [number, number][] = [];
  for (let a = a0; a < a1; a++) {
    const b = places.get(after[a]!) ?? -1;
    if (b >= 0 && counts.get(after[a]!) === 1) pairs.push([b, a]);
  }
  return longestRising(pairs);
}

/** The longest part of `pairs` whose first numbers rise (their second ones do). */
function longestRising(pairs: readonly [number, number][]): [number, number][] {
  const ends: number[] = [];
  const former = new Int32Array(pairs.length).fill(-1);
  for (const [at, [b]] of pairs.entries()) {
    let low = 0;
    for (let high = ends.length; low < high; ) {
      const middle = (low + high) >> 1;
      if (pairs[ends[middle]!]![0] < b) low = middle + 1;
      else high = middle;
    }
    if (low > 0) former[at] = ends[low - 1]!;
    ends[low] = at;
  }
  const rising: [number, number][] = [];
  for (let at = ends.at(-1) ?? -1; at >= 0; at = former[at]!) rising.push(pairs[at]!);
  return rising.reverse();
}

/** The older drawing in the places of the newer one; what only came is its own negative there, so that it differs. */
function compose(before: Raster, after: Raster, partners: readonly Int32Array[]): Uint8Array {
  const { width, height } = after;
  const result = new Uint8Array(width * height * 4);
  const to = new Uint32Array(result.buffer);
  const old = wordsOf(before);
  const now = wordsOf(after);
  for (const [strip, partner] of partners.entries()) {
    const left = strip * STRIP;
    const right = Math.min(width, left + STRIP);
    for (let y = 0; y < height; y++) {
      const from = partner[y]!;
      const row = y * width;
      if (from >= 0) to.set(old.subarray(from * width + left, from * width + right), row + left);
      else {
        const isBlank = isUniform(now, row + left, row + right);
        for (let x = row + left; x < row + right; x++) to[x] = isBlank ? now[x]! : now[x]! ^ 0x00ffffff;
      }
    }
  }
  return result;
}

function isUniform(pixels: Uint32Array, from: number, to: number): boolean {
  for (let at = from + 1; at < to; at++) if (pixels[at] !== pixels[from]) return false;
  return true;
}

function moveCells(
  volatile: ReadonlySet<string>,
  partners: readonly Int32Array[],
  height: number,
): Set<string> {
  const moved = new Set<string>();
  if (volatile.size === 0) return moved;
  for (const [strip, partner] of partners.entries()) {
    for (let y = 0; y < height; y++) {
      if (partner[y]! < 0) continue;
      const [from, to] = [Math.floor(partner[y]! / CELL), Math.floor(y / CELL)];
      for (let n = 0; n < STRIP / CELL; n++) {
        const column = (strip * STRIP) / CELL + n;
        if (volatile.has(cellKey(column, from))) moved.add(cellKey(column, to));
      }
    }
  }
  return moved;
}

function countCells(
  output: Raster,
  after: Raster,
  aligned: Raster,
  volatile: ReadonlySet<string>,
): { measures: Omit<Measures, 'gone'>; cells: CellDifference[] } {
  const cells: CellDifference[] = [];
  const count = { all: 0, steady: 0, inked: 0, repainted: 0, touched: 0, first: 0, firstRepainted: 0 };
  for (let row = 0; row * CELL < after.height; row++) {
    for (let column = 0; column * CELL < after.width; column++) {
      count.all++;
      const part = differingPart(output, column, row);
      if (part >= TOUCHED) cells.push([column, row, Math.round(part * 100) / 100]);
      if (volatile.has(cellKey(column, row))) continue;
      count.steady++;
      if (part < TOUCHED && isBlank(after, column, row) && isBlank(aligned, column, row)) continue;
      const isFirst = row * CELL < FIRST_SCREEN;
      count.inked++;
      if (isFirst) count.first++;
      if (part >= TOUCHED) count.touched++;
      if (part >= REPAINTED) {
        count.repainted++;
        if (isFirst) count.firstRepainted++;
      }
    }
  }
  const measures = {
    repainted: share(count.repainted, count.inked),
    firstScreen: share(count.firstRepainted, count.first),
    touched: share(count.touched, count.inked),
    steady: share(count.steady, count.all),
  };
  return { measures, cells };
}

const share = (some: number, all: number) => (all === 0 ? 0 : Math.round((some / all) * 1000) / 1000);

/** Differing pixels are pure red in the output; all else is grey or yellow. */
function differingPart(output: Raster, column: number, row: number): number {
  let differing = 0;
  const { data, width } = output;
  const count = eachPixel(output, column, row, (at) => {
    if (data[at * 4] === 255 && data[at * 4 + 1] === 0 && data[at * 4 + 2] === 0) differing++;
  });
  return width === 0 ? 0 : differing / count;
}

function isBlank(raster: Raster, column: number, row: number): boolean {
  const pixels = wordsOf(raster);
  const first = pixels[row * CELL * raster.width + column * CELL];
  let isOne = true;
  eachPixel(raster, column, row, (at) => {
    if (pixels[at] !== first) isOne = false;
  });
  return isOne;
}

/** Visits the pixels of a square as far as it lies in the drawing; returns how many. */
function eachPixel({ width, height }: Raster, column: number, row: number, visit: (at: number) => void) {
  let count = 0;
  for (let y = row * CELL; y < Math.min(height, (row + 1) * CELL); y++) {
    for (let x = column * CELL; x < Math.min(width, (column + 1) * CELL); x++) {
      visit(y * width + x);
      count++;
    }
  }
  return count;
}

/** Share of the older drawing's squares with anything on them whose rows stand nowhere in the newer one. */
function goneShare(before: Raster, partners: readonly Int32Array[], volatile: ReadonlySet<string>): number {
  const kept = partners.map((partner) => new Set(partner));
  let all = 0;
  let gone = 0;
  for (let row = 0; row * CELL < before.height; row++) {
    for (let column = 0; column * CELL < before.width; column++) {
      if (volatile.has(cellKey(column, row)) || isBlank(before, column, row)) continue;
      all++;
      const rows = kept[Math.floor((column * CELL) / STRIP)]!;
      let left = 0;
      for (let y = row * CELL; y < Math.min(before.height, (row + 1) * CELL); y++) if (rows.has(y)) left++;
      if (left === 0) gone++;
    }
  }
  return share(gone, all);
}
