/** PDF text by page, with annotations and properties; text under drawn boxes is text like any other. */
import { getDocumentProxy } from 'unpdf';
import { fail } from '#base/errors';
import type { DocumentPart } from './extract-document.ts';

/** Pages beyond this are not read, and the caller is told so by a failure. */
const MAX_PAGES = 5000;

/**
 * The text of every page (`page:2`), its annotations (`page:2#notes`) and the properties (`info`).
 * Fails with `scan.encrypted`, `scan.damaged`, or `scan.bomb` (too many pages).
 */
export async function readPdf(bytes: Uint8Array, name: string): Promise<DocumentPart[]> {
  const parts: DocumentPart[] = [];
  try {
    // pdf.js takes the buffer away: it gets its own copy.
    const pdf = await getDocumentProxy(Uint8Array.from(bytes), { verbosity: 0, stopAtErrors: false });
    try {
      if (pdf.numPages > MAX_PAGES) fail('scan.bomb', { name, limit: `${MAX_PAGES} pages` });
      for (let number = 1; number <= pdf.numPages; number++) {
        const page = await pdf.getPage(number);
        const content = await page.getTextContent();
        const text = content.items
          .map((item) => ('str' in item ? item.str + (item.hasEOL ? '\n' : '') : ''))
          .join('');
        parts.push({ part: `page:${number}`, text });
        const notes = ((await page.getAnnotations()) as Annotation[]).flatMap(readAnnotation).join('\n');
        if (notes !== '') parts.push({ part: `page:${number}#notes`, text: notes });
        page.cleanup();
      }
      const info = (await pdf.getMetadata()).info as Record<string, unknown>;
      const values = ['Title', 'Author', 'Subject', 'Keywords']
        .map((key) => info[key])
        .filter((value) => typeof value === 'string' && value !== '');
      if (values.length > 0) parts.push({ part: 'info', text: values.join('\n') });
    } finally {
      await pdf.destroy();
    }
  } catch (error) {
    if (!(error instanceof Error) || error.name === 'AppError') throw error;
    if (error.name === 'PasswordException') fail('scan.encrypted', { name }, error);
    fail('scan.damaged', { name, reason: error.message.slice(0, 200) }, error);
  }
  return parts;
}

interface Annotation {
  readonly contentsObj?: { readonly str?: string };
  readonly url?: string;
  readonly fieldValue?: unknown;
}

function readAnnotation(annotation: Annotation): string[] {
  const value = typeof annotation.fieldValue === 'string' ? annotation.fieldValue : '';
  return [annotation.contentsObj?.str ?? '', annotation.url ?? '', value].filter((text) => text !== '');
}
