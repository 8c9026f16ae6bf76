/** What a PDF says beside its pages: bookmarks, scripts, forms, notes and what they draw, described pictures, properties. */
import { getResolvedPDFJS } from 'unpdf';
import type { DocumentPart } from './document-part.ts';
import { type Drawn, folded, glyphsOf, type Page } from './pdf-drawn.ts';
import { readTexts } from './read-texts.ts';

/** A file that hangs on a PDF: read like any other. */
export interface Attachment {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** What this reader asks of a document of pdf.js. */
export interface Pdf {
  getMetadata(): Promise<{ readonly info: object; readonly metadata: { getRaw(): unknown } | null }>;
  getOutline(): Promise<readonly Bookmark[] | null>;
  getJSActions(): Promise<Readonly<Record<string, readonly string[]>> | null>;
  getAttachments(): Promise<Readonly<Record<string, RawFile>> | null>;
}
interface Bookmark {
  readonly title?: string;
  readonly url?: string;
  readonly unsafeUrl?: string;
  readonly items?: readonly Bookmark[];
}
interface RawFile {
  readonly filename?: string;
  readonly description?: string;
  readonly content?: Uint8Array;
}
interface NotedPage extends Page {
  getAnnotations(options: { readonly intent: string }): Promise<readonly Annotation[]>;
  getStructTree(): Promise<Described | null>;
  getJSActions(): Promise<Readonly<Record<string, readonly string[]>> | null>;
}
interface Described {
  readonly alt?: string;
  readonly children?: readonly Described[];
}
interface Annotation {
  readonly contentsObj?: { readonly str?: string };
  readonly titleObj?: { readonly str?: string };
  readonly richText?: { readonly str?: string } | null;
  readonly textContent?: readonly string[];
  readonly url?: string;
  readonly unsafeUrl?: string;
  readonly fieldValue?: unknown;
  readonly defaultFieldValue?: unknown;
  readonly options?: readonly { readonly displayValue?: string; readonly exportValue?: string }[];
  readonly alternativeText?: string;
  readonly actions?: Readonly<Record<string, readonly string[]>> | null;
  readonly file?: RawFile;
  readonly hasAppearance?: boolean;
}

/** Bookmarks and scripts nest and repeat as a file wants: more than this is not told. */
const ITEMS_MAX = 10_000;

/** Properties, bookmarks and scripts of the document. */
export async function readDocumentAsides(pdf: Pdf, name: string): Promise<DocumentPart[]> {
  const meta = await pdf.getMetadata();
  const titles: string[] = [];
  const walk = (items: readonly Bookmark[], depth: number): void => {
    for (const item of items) {
      if (titles.length > ITEMS_MAX || depth > 50) return;
      titles.push(
        ...[item.title, item.url ?? item.unsafeUrl].filter((text): text is string => Boolean(text)),
      );
      walk(item.items ?? [], depth + 1);
    }
  };
  walk((await pdf.getOutline()) ?? [], 0);
  const info = infoOf(meta.info);
  const raw = meta.metadata?.getRaw();
  const more = typeof raw === 'string' ? readTexts(Buffer.from(raw), name) : '';
  const other = more.split('\n').filter((line) => line.trim() !== '' && !info.includes(line.trim()));
  const parts = [
    { part: 'info', text: [...info, ...new Set(other)].join('\n') },
    { part: 'bookmarks', text: titles.join('\n') },
    {
      part: 'script',
      text: Object.values((await pdf.getJSActions()) ?? {})
        .flat()
        .join('\n'),
    },
  ];
  return parts.filter((part) => part.text !== '');
}

function infoOf(info: object): string[] {
  const { Custom, ...own } = info as Record<string, unknown>;
  const told = ['Title', 'Author', 'Subject', 'Keywords', 'Creator', 'Producer'].map((key) => own[key]);
  return [...told, ...Object.values((Custom ?? {}) as object)].filter(
    (value): value is string => typeof value === 'string' && value !== '',
  );
}

/** The files that hang on the document; those of a page's notes are given by `readPageAsides`. */
export async function attachmentsOf(pdf: Pdf): Promise<Attachment[]> {
  return Object.values((await pdf.getAttachments()) ?? {}).flatMap(fileOf);
}

const fileOf = (file: RawFile): Attachment[] =>
  file.content ? [{ name: file.filename || 'attachment', bytes: file.content }] : [];

/** Notes, links, forms and described pictures of a page, `page:2#notes`; the files that its notes carry. */
export async function readPageAsides(
  page: object,
  number: number,
): Promise<{ parts: DocumentPart[]; attachments: Attachment[] }> {
  const noted = page as NotedPage;
  const annotations = await noted.getAnnotations({ intent: 'any' });
  const texts = annotations.flatMap(readAnnotation);
  if (annotations.some((one) => one.hasAppearance)) {
    const seen = folded(texts.join(''));
    for (const line of await drawnByNotes(noted)) if (!seen.includes(folded(line))) texts.push(line);
  }
  texts.push(...Object.values((await noted.getJSActions()) ?? {}).flat());
  const described: string[] = [];
  const walk = (node: Described, depth: number): void => {
    if (depth > 100 || described.length > ITEMS_MAX) return;
    if (node.alt) described.push(node.alt);
    for (const child of node.children ?? []) walk(child, depth + 1);
  };
  const tree = await noted.getStructTree();
  if (tree) walk(tree, 0);
  const parts = [
    { part: `page:${number}#notes`, text: texts.join('\n') },
    { part: `page:${number} (alternative text)`, text: [...new Set(described)].join('\n') },
  ];
  return {
    parts: parts.filter((part) => part.text.trim() !== ''),
    attachments: annotations.flatMap((one) => (one.file ? fileOf(one.file) : [])),
  };
}

function readAnnotation(annotation: Annotation): string[] {
  const values = [annotation.fieldValue, annotation.defaultFieldValue].flat();
  const told = [
    annotation.contentsObj?.str,
    annotation.richText?.str,
    annotation.titleObj?.str,
    annotation.textContent?.join('\n'),
    annotation.url ?? annotation.unsafeUrl,
    annotation.alternativeText,
    annotation.file?.description,
    ...values,
    ...(annotation.options ?? []).flatMap((one) => [one.displayValue, one.exportValue]),
    ...Object.values(annotation.actions ?? {}).flat(),
  ];
  return [...new Set(told.filter((text): text is string => typeof text === 'string' && text !== ''))];
}

/** What notes and forms draw: a stamp may say more than the words that are kept for it. */
async function drawnByNotes(page: Page): Promise<string[]> {
  const { OPS } = await getResolvedPDFJS();
  const drawn: Drawn = await page.getOperatorList({ annotationMode: 1 });
  const lines: string[] = [];
  let line = '';
  let within = 0;
  drawn.fnArray.forEach((operation, at) => {
    if (operation === OPS.beginAnnotation) within++;
    else if (operation === OPS.endAnnotation) within--;
    else if (operation === OPS.showText && within > 0) line += glyphsOf(drawn.argsArray[at]);
    if (/^(?:4[0-3]|32)$/.test(String(operation)) || operation === OPS.endAnnotation) {
      if (line.trim() !== '') lines.push(line);
      line = '';
    }
  });
  return lines;
}
