/**
 * Excel 5 to 2003 (.xls, and .et of WPS Office), and the binary workbooks of today (.xlsb): cells with what hides them,
 * comments, text boxes, names, headers. The cells are read by SheetJS, the rest from the records of MS-XLS.
 */
import { fail } from '#base/errors';
import { kinds, unreadable } from '../damage.ts';
import { type Content, type DocumentPart, emptyContent } from '../document-part.ts';
import { CELLS_MAX, isTruncatedId, showValue } from '../sheet-cells.ts';
import { isBlankFormat } from '../sheet-styles.ts';

/** What this reader takes of a workbook of SheetJS. */
interface Book {
  readonly SheetNames: readonly string[];
  readonly Sheets: Readonly<Record<string, Sheet>>;
  readonly Workbook?: {
    readonly Sheets?: readonly { readonly Hidden?: number }[];
    readonly Names?: readonly { readonly Name: string; readonly Ref?: string; readonly Comment?: string }[];
  };
}
type Sheet = Readonly<Record<string, unknown>> & {
  readonly '!rows'?: readonly ({ readonly hidden?: boolean } | undefined)[];
  readonly '!cols'?: readonly ({ readonly hidden?: boolean } | undefined)[];
  readonly '!objects'?: readonly ({
    readonly cmo?: readonly number[];
    readonly TxO?: { readonly t?: string };
  } | null)[];
};
interface Cell {
  readonly t: string;
  readonly v?: unknown;
  readonly f?: string;
  /** The format of its number. */
  readonly z?: string;
  readonly l?: { readonly Target?: string };
  readonly c?: readonly { readonly t?: string }[];
}

/** Type of an object that is the box of a comment (MS-XLS 2.5.143): told with its cell. */
const NOTE = 25;

/** The texts of a workbook, `sheet:NAME!B3`. Fails with `scan.encrypted`, `scan.damaged` or `scan.bomb`. */
export async function readXls(bytes: Uint8Array, name: string): Promise<Content> {
  const book = await open(bytes, name);
  const content = emptyContent();
  let cells = 0;
  book.SheetNames.forEach((title, at) => {
    const sheet = book.Sheets[title];
    if (!sheet) return;
    const note = (book.Workbook?.Sheets?.[at]?.Hidden ?? 0) > 0 ? 'hidden sheet' : '';
    for (const [cellName, cell] of Object.entries(sheet)) {
      if (cellName.startsWith('!')) continue;
      if (++cells > CELLS_MAX) fail('scan.bomb', { name, limit: `${CELLS_MAX} cells` });
      readCell(content, sheet, { title, at: cellName, note }, cell as Cell);
    }
    const boxes = (sheet['!objects'] ?? []).flatMap((one) =>
      one?.TxO?.t && one.cmo?.[1] !== NOTE ? [upToEnd(one.TxO.t)] : [],
    );
    add(content.parts, `sheet:${title}!text boxes${note === '' ? '' : ` (${note})`}`, boxes.join('\n'));
  });
  const names = (book.Workbook?.Names ?? []).flatMap((one) => [one.Ref ?? '', one.Comment ?? '']);
  add(content.parts, 'names', names.filter((text) => text !== '').join('\n'));
  return content;
}

async function open(bytes: Uint8Array, name: string): Promise<Book> {
  const sheetJs = await import('@e965/xlsx');
  // Excel 5 and 95 write characters in the code page of their Windows.
  sheetJs.set_cptable(await import('@e965/xlsx/dist/cpexcel.full.mjs'));
  try {
    return sheetJs.read(bytes, {
      type: 'buffer',
      cellStyles: true,
      cellHTML: false,
      cellText: false,
      cellNF: true,
    }) as unknown as Book;
  } catch (error) {
    if (/password|encrypt/i.test(String((error as Error).message))) fail('scan.encrypted', { name }, error);
    return fail('scan.damaged', { name, reason: unreadable(kinds.sheet, error) }, error);
  }
}

function readCell(
  { parts, oddities }: Content,
  sheet: Sheet,
  { title, at, note }: { title: string; at: string; note: string },
  cell: Cell,
): void {
  const [, letters = '', row = ''] = /^([A-Z]+)(\d+)$/.exec(at) ?? [];
  const column = [...letters].reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0) - 1;
  const hidden =
    note ||
    (sheet['!cols']?.[column]?.hidden ? 'hidden column' : '') ||
    (sheet['!rows']?.[Number(row) - 1]?.hidden ? 'hidden row' : '') ||
    (isBlankFormat(cell.z ?? '') ? 'invisible format' : '');
  const place = (more: string) => `sheet:${title}!${at}${more === '' ? '' : ` (${more})`}`;
  const text =
    cell.v === undefined || cell.t === 'e'
      ? ''
      : showValue(String(cell.v), cell.t === 's' ? 'str' : cell.t, []);
  add(parts, place(hidden), text);
  if (cell.f?.includes('"')) add(parts, place('formula'), cell.f);
  add(parts, place('link'), cell.l?.Target ?? '');
  if (cell.t === 'n' && isTruncatedId(text))
    oddities.push({ rule: 'personal.id-card-truncated', part: place(hidden), text });
  const comments = (cell.c ?? []).map((one) => upToEnd(one.t ?? ''));
  add(parts, `sheet:${title}!${at}#comment`, comments.join('\n').trim());
}

/** The text of a box is followed by its formatting. */
const upToEnd = (text: string) => text.split('\0')[0]!;

function add(parts: DocumentPart[], part: string, text: string): void {
  if (text !== '') parts.push({ part, text });
}

/** Records of the stream (MS-XLS 2.3) that SheetJS does not read. */
const [HEADER, FOOTER, CONTINUE, DRAWING_GROUP, PIVOT_STRING] = [0x14, 0x15, 0x3c, 0xeb, 0xcd];

/** Headers and footers of the sheets, strings of pivot tables, and the pictures (to be looked for in one stretch). */
export function readXlsRecords(stream: Buffer): { parts: DocumentPart[]; drawings: Buffer } {
  const [headers, pivots]: [Set<string>, Set<string>] = [new Set(), new Set()];
  const drawings: Buffer[] = [];
  let last = 0;
  for (let at = 0; at + 4 <= stream.length; ) {
    const type = stream.readUInt16LE(at);
    const body = stream.subarray(at + 4, at + 4 + stream.readUInt16LE(at + 2));
    if (type === HEADER || type === FOOTER) headers.add(readWideString(body));
    else if (type === PIVOT_STRING) pivots.add(readWideString(body));
    else if (type === DRAWING_GROUP || (type === CONTINUE && last === DRAWING_GROUP)) drawings.push(body);
    if (type !== CONTINUE) last = type;
    at += 4 + body.length;
  }
  const parts: DocumentPart[] = [];
  add(parts, 'headers', [...headers].join('\n').trim());
  add(parts, 'pivot table', [...pivots].join('\n').trim());
  return { parts, drawings: Buffer.concat(drawings) };
}

/** A string with its length and whether its characters have one byte or two (MS-XLS 2.5.294). */
function readWideString(body: Buffer): string {
  if (body.length < 3) return '';
  return (body[2]! & 1) === 1
    ? body.toString('utf16le', 3, 3 + body.readUInt16LE(0) * 2)
    : body.toString('latin1', 3, 3 + body.readUInt16LE(0));
}
