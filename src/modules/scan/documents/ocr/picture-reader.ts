/** The recognition as the readers of documents use it. */
import { createIsomorphicCanvasFactory } from 'unpdf';
import type { PictureReader } from '../document-part.ts';
import { loadCanvas, readLines, readPictureLines, readTiffLines } from './read-lines.ts';

/** The longer side of a page that is drawn to be read, in pixels: A4 at 150 dots an inch. */
const PAGE_SIDE = 1754;

interface PdfPage {
  getViewport(options: { scale: number }): { readonly width: number; readonly height: number };
  render(options: object): { readonly promise: Promise<void> };
}

/** Recognises pictures in this process. Needs the right to load addons (the drawing library is one). */
export const pictureReader: PictureReader = {
  readLines: readPictureLines,
  readTiff: readTiffLines,
  pdfOptions: async () => ({ CanvasFactory: await createIsomorphicCanvasFactory(loadCanvas as never) }),
  readPage: async (page) => {
    const { getViewport, render } = page as PdfPage;
    const whole = getViewport.call(page, { scale: 1 });
    const scale = PAGE_SIDE / Math.max(whole.width, whole.height, 1);
    const viewport = getViewport.call(page, { scale });
    // A strip of a page: as a picture it would have no height.
    if (viewport.width < 2 || viewport.height < 2) return [];
    const { createCanvas } = await loadCanvas();
    const canvas = createCanvas(Math.ceil(viewport.width), Math.ceil(viewport.height));
    await render.call(page, { canvas, canvasContext: canvas.getContext('2d'), viewport }).promise;
    return readLines(canvas);
  },
};
