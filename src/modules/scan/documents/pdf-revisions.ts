/** What a PDF showed before it was changed. */
import { getDocumentProxy } from 'unpdf';
import type { DocumentPart, Reading } from './document-part.ts';
import { folded, itemsOf, type Page, textOf } from './pdf-drawn.ts';
import { pdfFiles } from './pdf-files.ts';

/** Opens a PDF. Fails as pdf.js does. */
export async function openPdf(bytes: Uint8Array, reading: Reading) {
  // pdf.js takes the buffer away: it gets its own copy.
  return getDocumentProxy(Uint8Array.from(bytes), {
    verbosity: 0,
    stopAtErrors: false,
    // Letters are drawn from the font that the file or pdf.js has: the machine may have none.
    useSystemFonts: false,
    disableFontFace: true,
    ...pdfFiles,
    ...(reading.pictures ? await reading.pictures.pdfOptions() : {}),
  });
}

/** Earlier states of a file that are looked at, and pages of each. */
const [REVISIONS_MAX, REVISION_PAGES_MAX] = [3, 200];

/** Texts that an earlier state of the file showed: a program that adds to a file leaves what it replaces (ISO 32000-1 7.5.6). */
export async function readRevisions(
  bytes: Uint8Array,
  reading: Reading,
  current: readonly DocumentPart[],
): Promise<DocumentPart[]> {
  const now = new Set(current.flatMap((part) => part.text.split('\n').map(folded)));
  const parts: DocumentPart[] = [];
  for (const end of revisionEnds(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))) {
    const pdf = await openPdf(bytes.subarray(0, end), reading).catch((error: unknown) => {
      // What stands before this mark is no whole file; the file as it is now has been read.
      if (error instanceof Error) return null;
      throw error;
    });
    if (!pdf) continue;
    try {
      for (let number = 1; number <= Math.min(pdf.numPages, REVISION_PAGES_MAX); number++) {
        const page = (await pdf.getPage(number)) as unknown as Page;
        const lines = textOf(await itemsOf(page)).split('\n');
        const gone = lines.filter((line) => line.trim() !== '' && !now.has(folded(line)));
        if (gone.length > 0) parts.push({ part: `page:${number} (earlier version)`, text: gone.join('\n') });
        for (const line of gone) now.add(folded(line));
      }
    } finally {
      await pdf.destroy();
    }
  }
  return parts;
}

/** Where earlier states of the file end, the latest first. The first mark of a linearized file ends none. */
function revisionEnds(file: Buffer): number[] {
  const ends: number[] = [];
  const isLinearized = file.subarray(0, 1024).includes('/Linearized');
  for (let at = file.indexOf('%%EOF'); at >= 0; at = file.indexOf('%%EOF', at + 5)) ends.push(at + 5);
  return ends
    .slice(isLinearized ? 1 : 0, -1)
    .reverse()
    .slice(0, REVISIONS_MAX);
}
