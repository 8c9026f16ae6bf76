/** pdf.js, and the files it asks for while it reads: encodings of Chinese fonts, fonts of its own, decoders of pictures. */
import { readFile } from 'node:fs/promises';
import { definePDFJSModule } from 'unpdf';

/** The folder of each kind of file in the package. */
const FOLDERS: Readonly<Record<string, string>> = {
  cMapUrl: 'cmaps/',
  standardFontDataUrl: 'standard_fonts/',
  wasmUrl: 'wasm/',
};

let loading: Promise<void> | undefined;

/** The whole pdf.js in place of the small one, which cannot decode JPEG 2000 and JBIG2 pictures: scanners write those. */
export async function loadPdfJs(): Promise<void> {
  loading ??= definePDFJSModule(() => import('pdfjs-dist/legacy/build/pdf.mjs') as never);
  await loading;
  // Where the small one was used before in this process, it left its reader here, and the whole one would take that.
  const { WorkerMessageHandler } = await import('pdfjs-dist/legacy/build/pdf.worker.mjs');
  Object.assign(globalThis, { pdfjsWorker: { WorkerMessageHandler } });
}

/** Gives pdf.js the files of its own package, and nothing else: names in a document are hostile. */
class BinaryDataFactory {
  async fetch({ kind, filename }: { readonly kind: string; readonly filename: string }): Promise<Uint8Array> {
    const folder = FOLDERS[kind];
    if (folder === undefined || !/^[\w-]{1,60}(?:\.(?:bcmap|wasm|js|ttf|pfb))?$/.test(filename))
      throw new Error(`no such file of pdf.js: ${kind} ${filename}`);
    const root = new URL('.', import.meta.resolve('pdfjs-dist/package.json'));
    return new Uint8Array(await readFile(new URL(folder + filename, root)));
  }
}

/** Where pdf.js finds its files, as its options. */
export const pdfFiles = {
  BinaryDataFactory,
  cMapUrl: FOLDERS.cMapUrl,
  cMapPacked: true,
  standardFontDataUrl: FOLDERS.standardFontDataUrl,
  wasmUrl: FOLDERS.wasmUrl,
} as const;
