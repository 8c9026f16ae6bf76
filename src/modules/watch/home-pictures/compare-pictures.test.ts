import { describe, expect, it } from 'vitest';
import { starterPolicy } from '../crawl-policy.ts';
import { alignRows, CELL, cellKey, comparePictures, type Raster } from './compare-pictures.ts';
import { isOtherLook, learnCells, volatileCells, whyDraw } from './rules.ts';

const WIDTH = 1280;

type Colour = readonly [number, number, number];
type Box = readonly [x: number, y: number, width: number, height: number, colour: Colour];

/** A white page with boxes. */
function page(height: number, boxes: readonly Box[]): Raster {
  const data = new Uint8Array(WIDTH * height * 4).fill(255);
  for (const [x0, y0, width, tall, colour] of boxes) {
    for (let y = y0; y < Math.min(height, y0 + tall); y++)
      for (let x = x0; x < x0 + width; x++) data.set(colour, (y * WIDTH + x) * 4);
  }
  return { width: WIDTH, height, data };
}

/** Print: lines in which one pixel in eight is black, others for every `seed`. */
function print(
  raster: Raster,
  [x0, y0, width, tall]: readonly [number, number, number, number],
  seed: number,
) {
  let state = seed;
  for (let y = y0; y < y0 + tall; y++) {
    if ((y - y0) % 30 > 16) continue;
    for (let x = x0; x < x0 + width; x++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      if (state >>> 29 === 0) raster.data.set([0, 0, 0], (y * WIDTH + x) * 4);
    }
  }
  return raster;
}

const RED: Colour = [180, 20, 20];
const BLUE: Colour = [20, 60, 160];
const BLACK: Colour = [0, 0, 0];

/** Head, menu, a picture, two columns of news, foot: as home pages of schools are. */
function schoolPage({ news = 1, head = BLUE, slide = [90, 140, 90] as Colour, extra = 0 } = {}): Raster {
  const top = 620;
  const raster = page(2000 + extra, [
    [0, 0, WIDTH, 180, head],
    [0, 180, WIDTH, 40, RED],
    [40, 240, 760, 340, slide],
    [0, 1900 + extra, WIDTH, 100, [60, 60, 60]],
  ]);
  print(raster, [40, top, 560, 600 + extra], news);
  print(raster, [680, top, 560, 600], 77);
  return print(raster, [40, 1300 + extra, 1200, 500], 5);
}

const judge = (before: Raster, after: Raster, learned = 5, volatile: ReadonlySet<string> = new Set()) => {
  const compared = comparePictures(before, after, volatile);
  return { ...compared, isOther: isOtherLook(compared.measures, learned, starterPolicy) };
};

describe('two drawings of a page', () => {
  it('that are the same differ nowhere', () => {
    const { measures, cells } = judge(schoolPage(), schoolPage());
    expect(cells).toEqual([]);
    expect(measures).toEqual({ repainted: 0, firstScreen: 0, touched: 0, gone: 0, steady: 1 });
  });

  it('with other headlines in every line of a column are an ordinary day', () => {
    const { measures, isOther } = judge(schoolPage({ news: 1 }), schoolPage({ news: 2 }));
    expect(measures.touched).toBeGreaterThan(0.1);
    expect([measures.repainted, isOther]).toEqual([0, false]);
  });

  it('of which one column was pushed down by new lines are an ordinary day, and what stood below is the same', () => {
    const { measures, isOther } = judge(schoolPage(), schoolPage({ extra: 90 }));
    expect(isOther).toBe(false);
    expect(measures.repainted).toBeLessThan(0.1);
    expect(measures.gone).toBeLessThan(0.05);
  });

  it('of which one shows another slide are no other look', () => {
    const { isOther } = judge(schoolPage(), schoolPage({ slide: [200, 120, 30] }));
    expect(isOther).toBe(false);
  });

  it('of which one was replaced, painted over above, or emptied are another look', () => {
    const before = schoolPage();
    const replaced = print(page(900, [[0, 0, WIDTH, 900, BLACK]]), [400, 300, 400, 60], 3);
    expect(judge(before, replaced)).toMatchObject({ isOther: true });
    expect(judge(before, replaced, 1)).toMatchObject({ isOther: true });
    const over = schoolPage();
    const flag = page(2000, [[0, 0, WIDTH, 700, BLACK]]);
    over.data.set(flag.data.subarray(0, WIDTH * 700 * 4));
    expect(judge(before, over)).toMatchObject({ isOther: true });
    const plain = print(page(600, []), [40, 40, 300, 30], 9);
    expect(judge(before, plain)).toMatchObject({ isOther: true });
  });

  it('say nothing of places that differ by themselves, wherever those were pushed', () => {
    const all = new Set<string>();
    for (let column = 0; column < 32; column++)
      for (let row = 0; row < 18; row++) all.add(cellKey(column, row));
    const over = schoolPage();
    over.data.set(page(2000, [[0, 0, WIDTH, 700, BLACK]]).data.subarray(0, WIDTH * 700 * 4));
    const { isOther, measures } = judge(schoolPage(), over, 5, all);
    expect(isOther).toBe(false);
    expect(measures.steady).toBeLessThan(0.7);
    // 80 pixels more above: the volatile squares are two rows lower.
    const lower = page(2080, [[0, 0, WIDTH, 80, [1, 2, 3]]]);
    lower.data.set(schoolPage().data, WIDTH * 80 * 4);
    const moved = comparePictures(schoolPage(), lower, new Set([cellKey(3, 10)])).volatile;
    expect(moved).toEqual([cellKey(3, 12)]);
  });

  it('of any height and any content are compared in bounded time, without a row counted twice', () => {
    const noisy = print(page(300, []), [0, 0, WIDTH, 300], 4);
    for (const [a, b] of [
      [noisy, page(4800, [])],
      [page(1, []), noisy],
    ] as const) {
      const { measures } = comparePictures(a, b);
      for (const value of Object.values(measures)) expect(value >= 0 && value <= 1).toBe(true);
    }
    const partner = alignRows(Int32Array.from([1, 2, 3, 4, 5]), Int32Array.from([9, 1, 2, 8, 4, 5, 5]));
    expect([...partner]).toEqual([-1, 0, 1, 2, 3, -1, 4]);
  });
});

describe('what is learned of drawings', () => {
  it('is a square that differed twice, and it is forgotten when it is still for long', () => {
    let known = learnCells({}, [], [[3, 4, 0.2]], 2);
    expect([...volatileCells(known, 2)]).toEqual([]);
    known = learnCells(known, [], [[3, 4, 0.9]], 3);
    expect([...volatileCells(known, 3)]).toEqual([cellKey(3, 4)]);
    // Pushed down by a row: it is volatile there, and no more where it was.
    known = learnCells(known, [cellKey(3, 5)], [], 4);
    expect([...volatileCells(known, 4)]).toEqual([cellKey(3, 5)]);
    expect([...volatileCells(known, 100)]).toEqual([]);
    expect(CELL * 32).toBe(WIDTH);
  });

  it('asks for a drawing a day, more while it learns, at once when much changed, and six at most', () => {
    const now = new Date('2026-06-01T10:00:00Z');
    const ago = (hours: number) => new Date(now.getTime() - hours * 3_600_000);
    const one = { lastAt: ago(2), lately: 1, learned: 5, isOpen: false, isFixed: false };
    expect(whyDraw({ ...one, lastAt: null, learned: 0 }, false, now)).toBe('learning');
    expect(whyDraw(one, false, now)).toBe(undefined);
    expect(whyDraw({ ...one, learned: 2 }, false, now)).toBe('learning');
    expect(whyDraw({ ...one, lastAt: ago(21) }, false, now)).toBe('daily');
    expect(whyDraw(one, true, now)).toBe('changed');
    expect(whyDraw({ ...one, isOpen: true }, false, now)).toBe('finding');
    expect(whyDraw({ ...one, lately: 6 }, true, now)).toBe(undefined);
    expect(whyDraw({ ...one, lately: 6, isOpen: true, isFixed: true }, true, now)).toBe('finding');
  });
});
