/** Finds spots in a loaded page and marks them in its picture. The page itself is not changed and cannot interfere. */
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { askPage } from '#base/browser/ask-page';
import { lookForSpots, type SpotBox, type SpotPlace, type SpotRequest } from '#base/browser/look-for-spots';

/** A spot with its part of the picture: whole width, the spot framed. Without one when a visitor sees nothing there. */
export interface MarkedSpot extends SpotPlace {
  readonly png?: Uint8Array;
}

/** Pixels above the spot and in all that a marked picture shows. */
const ABOVE = 260;
const HEIGHT = 720;

/** Where the requests stand in `page`. */
export async function findSpots(
  context: BrowserContext,
  page: Page,
  requests: readonly SpotRequest[],
  limits: { readonly width: number; readonly maxHeight: number },
): Promise<SpotPlace[]> {
  const words = JSON.stringify([requests, limits.width, limits.maxHeight]);
  return (await askPage(context, page, `(${lookForSpots.toString()})(...${words})`)) as SpotPlace[];
}

/**
 * Cuts from the picture of a page what is around each spot and frames it; what is to be covered is painted over in
 * every cut. Drawn on an empty page of its own, from the picture's bytes alone.
 */
export async function markSpots(
  browser: Browser,
  png: Uint8Array,
  spots: readonly SpotPlace[],
  covered: ReadonlySet<string>,
): Promise<MarkedSpot[]> {
  if (spots.every((spot) => spot.unseen !== null)) return [...spots];
  const { width, height } = sizeOf(png);
  const context = await browser.newContext({ viewport: { width, height: HEIGHT }, serviceWorkers: 'block' });
  try {
    const page = await context.newPage();
    const covers = spots.filter((spot) => covered.has(spot.key)).flatMap((spot) => spot.boxes.map(coverOf));
    const picture = `data:image/png;base64,${Buffer.from(png).toString('base64')}`;
    await page.setContent(
      `<!doctype html><style>body{margin:0;position:relative;width:${width}px;height:${height}px;overflow-x:hidden}
      img{display:block}div{position:absolute;box-sizing:border-box}</style>
      <img width="${width}" height="${height}" src="${picture}">${covers.join('')}<section></section>`,
    );
    const marked: MarkedSpot[] = [];
    for (const spot of spots) {
      const [first] = spot.boxes;
      if (spot.unseen !== null) {
        marked.push(spot);
        continue;
      }
      await page.locator('section').evaluate((place, html) => {
        place.innerHTML = html;
      }, spot.boxes.map(frameOf).join(''));
      const y = Math.max(0, Math.min((first?.y ?? 0) - ABOVE, height - HEIGHT));
      const clip = { x: 0, y, width, height: Math.min(HEIGHT, height - y) };
      marked.push({ ...spot, png: await page.screenshot({ fullPage: true, clip }) });
    }
    return marked;
  } finally {
    await context.close();
  }
}

const styleOf = (box: SpotBox, room: number) =>
  `left:${box.x - room}px;top:${box.y - room}px;width:${box.width + 2 * room}px;height:${box.height + 2 * room}px`;
const coverOf = (box: SpotBox) => `<div style="${styleOf(box, 2)};background:#333"></div>`;
// White beside red: the frame is seen on a red page, too.
const frameOf = (box: SpotBox) =>
  `<div style="${styleOf(box, 6)};border:4px solid #d4141c;box-shadow:0 0 0 3px #fff,inset 0 0 0 2px #fff"></div>`;

/** Width and height of a PNG (RFC 2083 §4.1.1: the first chunk). */
function sizeOf(png: Uint8Array): { width: number; height: number } {
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength);
  return { width: view.getUint32(16), height: view.getUint32(20) };
}
