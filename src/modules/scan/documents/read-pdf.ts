/** PDF text by page, with annotations, form fields, attachments and properties; text under drawn boxes is told as such. */
import { fail } from '#base/errors';
import { joinBroken } from './broken-lines.ts';
import { kinds, unreadable } from './damage.ts';
import type { Content, Mark, Reading } from './document-part.ts';
import { hasGarbledStretch, looksGarbled } from './garbled.ts';
import {
  type Attachment,
  attachmentsOf,
  type Pdf,
  readDocumentAsides,
  readPageAsides,
} from './pdf-asides.ts';
import { type Box, findCovers } from './pdf-covers.ts';
import {
  findOutside,
  folded,
  hasNewPicture,
  hasUndrawn,
  itemsOf,
  type Page,
  type TextItem,
  textOf,
} from './pdf-drawn.ts';
import { loadPdfJs } from './pdf-files.ts';
import { openPdf, readRevisions } from './pdf-revisions.ts';
import { findUnseen, type Layers } from './pdf-unseen.ts';

/** Pages beyond this are not read, and the caller is told so by a failure. */
const MAX_PAGES = 5000;

/**
 * The text of every page (`page:2`), its annotations (`page:2#notes`) and the properties (`info`). A page without text, or
 * with text that means nothing, is recognised from its picture when the reading can do that.
 * Fails with `scan.encrypted`, `scan.damaged`, or `scan.bomb` (too many pages).
 */
export async function readPdf(
  bytes: Uint8Array,
  reading: Reading,
): Promise<{ content: Content; attachments: Attachment[] }> {
  const { name } = reading;
  const content: Content = { parts: [], unread: [], oddities: [] };
  await loadPdfJs();
  try {
    const pdf = await openPdf(bytes, reading);
    try {
      if (pdf.numPages > MAX_PAGES) fail('scan.bomb', { name, limit: `${MAX_PAGES} pages` });
      const known = new Set<string>();
      const attachments: Attachment[] = [];
      const layers = (await pdf.getOptionalContentConfig()) as Layers | null;
      for (let number = 1; number <= pdf.numPages; number++) {
        const page = await pdf.getPage(number);
        await readPage(page as unknown as Page, { number, reading, content, known, layers });
        const asides = await readPageAsides(page, number);
        content.parts.push(...asides.parts);
        attachments.push(...asides.attachments);
        page.cleanup();
      }
      content.parts.push(...(await readDocumentAsides(pdf as unknown as Pdf, name)));
      content.parts.push(...(await readRevisions(bytes, reading, content.parts)));
      attachments.push(...(await attachmentsOf(pdf as unknown as Pdf)));
      return { content, attachments };
    } finally {
      await pdf.destroy();
    }
  } catch (error) {
    if (!(error instanceof Error) || error.name === 'AppError') throw error;
    if (error.name === 'PasswordException') fail('scan.encrypted', { name }, error);
    return fail('scan.damaged', { name, reason: unreadable(kinds.pdf, error) }, error);
  }
}

interface PageReading {
  readonly number: number;
  readonly reading: Reading;
  readonly content: Content;
  /** Pictures that were read on another page. */
  readonly known: Set<string>;
  readonly layers: Layers | null;
}

async function readPage(page: Page, { number, reading, content, known, layers }: PageReading): Promise<void> {
  const items = await itemsOf(page);
  const text = textOf(items);
  // Without notes and forms: those are told apart.
  const drawn = await page.getOperatorList({ annotationMode: 0 });
  const isGarbled = looksGarbled(text);
  const part = `page:${number}`;
  if (text.trim() !== '') {
    const covers = await findCovers(drawn);
    const marks = [...marksUnder(items, covers), ...(await findUnseen(drawn, text, layers))];
    content.parts.push({ part, text, ...(marks.length > 0 && { marks }) });
    const whole = joinBroken(text);
    if (whole.marks.length > 0) content.parts.push({ part, ...whole, onlyMarked: true });
  }
  // What stands beside the page is not among its items.
  const outside = isGarbled ? '' : await findOutside(drawn, text);
  if (outside !== '') content.parts.push({ part: `${part} (outside the page)`, text: outside });
  const isPartly = !isGarbled && hasGarbledStretch(text);
  if (isPartly && !reading.pictures) content.unread.push({ part, reason: 'garbled' });
  if (text.trim() !== '' && !isGarbled) {
    if (reading.pictures && (isPartly || (await hasNewPicture(page, drawn, known))))
      await readBeside(page, number, text, reading, content);
    return;
  }
  if (!reading.pictures || reading.budget.pictures <= 0) {
    const reason = isGarbled ? 'garbled' : reading.pictures ? 'too-many-pictures' : 'no-text';
    content.unread.push({ part, reason });
    return;
  }
  reading.budget.pictures--;
  const lines = await reading.pictures.readPage(page);
  if (lines === null) content.unread.push({ part, reason: 'picture-too-large' });
  else content.parts.push({ part: `${part} (picture)`, text: lines.join('\n') });
  if (await hasUndrawn(page, drawn)) content.unread.push({ part: `${part} (picture)`, reason: 'damaged' });
}

/** What the pictures of a page, and letters without a way back to characters, say beside its text. */
async function readBeside(
  page: Page,
  number: number,
  text: string,
  reading: Reading,
  content: Content,
): Promise<void> {
  const part = `page:${number} (picture)`;
  if (reading.budget.pictures <= 0) {
    content.unread.push({ part, reason: 'too-many-pictures' });
    return;
  }
  reading.budget.pictures--;
  const seen = folded(text);
  const lines = (await reading.pictures!.readPage(page)) ?? [];
  const other = lines.filter((line) => !seen.includes(folded(line)));
  if (other.length > 0) content.parts.push({ part, text: other.join('\n') });
}

/** The text that lies under a filled rectangle which was painted after it. */
function marksUnder(items: readonly TextItem[], covers: readonly Box[]): Mark[] {
  const marks: Mark[] = [];
  let at = 0;
  for (const item of items) {
    const [x, y] = [item.transform[4] ?? 0, item.transform[5] ?? 0];
    const middle = y + item.height * 0.35;
    for (const box of covers) {
      if (middle < box.bottom || middle > box.top || box.right <= x || box.left >= x + item.width) continue;
      // Where in the item the box begins and ends, in characters: widths are taken as equal, with one to spare.
      const width = item.width / Math.max(1, item.str.length);
      const from = Math.max(0, Math.floor((box.left - x) / width + 0.5));
      const to = Math.min(item.str.length, Math.ceil((box.right - x) / width - 0.5));
      if (to > from && width > 0)
        marks.push({ start: at + from, end: at + to, note: box.isDark ? 'under a black box' : 'covered' });
    }
    at += item.str.length + (item.hasEOL ? 1 : 0);
  }
  return marks;
}
