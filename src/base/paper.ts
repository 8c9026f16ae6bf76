/** Printed papers: blocks drawn as Word documents and PDF (GB/T 9704-2012). The only door to the folder. */
import type { Paper } from './paper/blocks.ts';

export { chineseTime, clean, type Paper, type PaperBlock, stampTime } from './paper/blocks.ts';

/** A paper as a Word document. The writers are loaded when the first paper is written, not at start. */
export async function paperDocx(paper: Paper): Promise<Uint8Array> {
  return (await import('./paper/docx.ts')).paperDocx(paper);
}

/** A paper as PDF with embedded Chinese fonts. Throws when a font file cannot be read. */
export async function paperPdf(paper: Paper): Promise<Uint8Array> {
  return (await import('./paper/pdf.ts')).paperPdf(paper);
}
