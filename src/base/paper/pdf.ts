import { fileURLToPath } from 'node:url';
import pdfmake, { type Content, type TableCell } from 'pdfmake';
import type { ContentText, TDocumentDefinitions } from 'pdfmake/interfaces.js';
import type { Paper, PaperBlock } from './blocks.ts';

/** Paths of TrueType files with full Chinese coverage. */
export interface PaperFonts {
  readonly serif: string;
  readonly serifBold: string;
  readonly sans: string;
}

/** Noto Serif SC and Noto Sans SC (SIL Open Font License 1.1) from npm; the PDF embeds only the used glyphs. */
export function defaultPaperFonts(): PaperFonts {
  const path = (name: string): string => fileURLToPath(import.meta.resolve(`@expo-google-fonts/${name}`));
  return {
    serif: path('noto-serif-sc/400Regular/NotoSerifSC_400Regular.ttf'),
    serifBold: path('noto-serif-sc/700Bold/NotoSerifSC_700Bold.ttf'),
    sans: path('noto-sans-sc/500Medium/NotoSansSC_500Medium.ttf'),
  };
}

/** Points. */
const mm = (value: number): number => (value * 72) / 25.4;
/** 3号, 2号, 小四 and smaller for tables, 四号 for the page number. */
const size = { body: 16, title: 22, table: 12, code: 10, page: 14 };
/** Brings Noto's own line (1.437 em) to 22 lines on 225 mm (GB/T 9704-2012, 5.2.3). */
const lineHeight = 1.26;

/** A paper as PDF, laid out like the Word document. Throws when a font file cannot be read. */
export async function paperPdf(paper: Paper, fonts: PaperFonts = defaultPaperFonts()): Promise<Uint8Array> {
  const allowed = new Set<unknown>([fonts.serif, fonts.serifBold, fonts.sans]);
  // The library keeps fonts and policies in one object; they are set and used without a pause in between.
  pdfmake.setUrlAccessPolicy(() => false);
  pdfmake.setLocalAccessPolicy((path) => allowed.has(path));
  pdfmake.setFonts({
    Serif: { normal: fonts.serif, bold: fonts.serifBold },
    Sans: { normal: fonts.sans },
  });
  const buffer = await pdfmake.createPdf(definePage(paper)).getBuffer();
  return new Uint8Array(buffer);
}

function definePage(paper: Paper): TDocumentDefinitions {
  const composed = new Date(paper.composedAt);
  return {
    pageSize: 'A4',
    pageMargins: [mm(28), mm(37), mm(26), mm(35)],
    language: 'zh-CN',
    info: {
      title: paper.title,
      author: paper.author,
      creator: 'Jiaodun',
      producer: 'Jiaodun',
      creationDate: composed,
      modDate: composed,
    },
    defaultStyle: { font: 'Serif', fontSize: size.body, lineHeight },
    footer: (page) => ({
      text: `— ${page} —`,
      alignment: 'center',
      fontSize: size.page,
      margin: [0, mm(7), 0, 0],
    }),
    content: paper.blocks.flatMap(drawBlock),
    // A heading does not stand alone at the foot of a page: two lines must have room, and what follows must be there.
    pageBreakBefore: (node, { getFollowingNodesOnPage }) => {
      if (node.headlineLevel !== 1) return false;
      const [next] = getFollowingNodesOnPage();
      return !next || node.startPosition.verticalRatio > (next.stack ? lastBeforeGroup : lastHeading);
    },
  };
}

/** Of the height of 22 lines, where a heading and the line below it still have room. */
const lastHeading = 20 / 22;
/** The same for a paragraph and its table, which go to the next page together: the library tells this too late. */
const lastBeforeGroup = 14 / 22;

/** Two characters: leading full-width spaces would be trimmed. */
const indented = { leadingIndent: 2 * size.body };

function drawBlock(block: PaperBlock): Content[] {
  switch (block.kind) {
    case 'banner':
      return [{ text: runs(block.text), font: 'Sans', color: '#c00000', alignment: 'center' }];
    case 'number':
      return [{ text: runs(block.text), alignment: 'right' }];
    case 'title':
      return [
        {
          text: runs(block.text),
          bold: true,
          fontSize: size.title,
          alignment: 'center',
          margin: [0, 20, 0, 20],
        },
      ];
    case 'addressee':
      return [{ text: runs(block.text) }];
    case 'heading':
      return [{ text: runs(block.text), font: 'Sans', ...indented, headlineLevel: 1 }];
    case 'subheading':
      return [{ text: runs(block.text), bold: true, ...indented, headlineLevel: 1 }];
    case 'paragraph':
      return block.text.split('\n').map((text) => ({ text: runs(text), ...indented }));
    case 'code':
      return [
        {
          text: [
            `${block.label}：`,
            { text: block.text, fontSize: size.table, wordBreak: 'break-all' } as ContentText,
          ],
          ...indented,
        },
      ];
    case 'facts':
      return drawFacts(block);
    case 'table':
      return [
        drawTable(
          block.widths.map((width) => `${width}%`),
          [block.heads.map(head), ...block.rows.map((row) => row.map(cell))],
          1,
        ),
      ];
    case 'signature':
      return [{ text: runs(block.text), alignment: 'right', margin: [0, 0, 2 * size.body, 0] }];
    case 'note':
      return [{ text: runs(block.text), fontSize: size.table, color: '#595959', margin: [0, 12, 0, 0] }];
  }
}

/** Kept on one page with its lead, unless it might need more than one. */
function drawFacts({ rows, lead }: Extract<PaperBlock, { kind: 'facts' }>): Content[] {
  const table = drawTable(
    ['22%', '78%'],
    rows.map(([label, value]) => [head(label), cell(value)]),
    0,
  );
  const before = lead === undefined ? [] : [{ text: runs(lead), ...indented }];
  const length = rows.reduce((sum, [, value]) => sum + value.length, lead?.length ?? 0);
  return length > mostOnOnePage ? [...before, table] : [{ stack: [...before, table], unbreakable: true }];
}

/** Characters of a table that surely fit a page, however wide they are. */
const mostOnOnePage = 700;

function drawTable(widths: string[], body: TableCell[][], headerRows: number): Content {
  return {
    margin: [0, 4, 0, 8],
    fontSize: size.table,
    lineHeight: 1,
    table: {
      widths,
      body,
      headerRows,
      keepWithHeaderRows: headerRows,
      dontBreakRows: !body.flat().some(isLong),
    },
    layout: { hLineWidth: () => 0.5, vLineWidth: () => 0.5 },
  };
}

/** A row that might fill a page must be allowed to break, or its end would be lost below the margin. */
function isLong(content: TableCell): boolean {
  return JSON.stringify(content).length > 800;
}

function head(text: string): TableCell {
  return { text: runs(text, 12), font: 'Sans' };
}

function cell(text: string): TableCell {
  return { text: runs(text, 12), ...(/^[0-9a-f]{64}$/.test(text) ? { fontSize: size.code } : {}) };
}

/**
 * Splits a text so that long Latin runs (addresses, hashes) may break anywhere, while Chinese keeps the line
 * breaking rules of UAX 14. `longest`: characters from which on a run counts as long.
 */
function runs(text: string, longest = 24): ContentText[] {
  const long = new RegExp(`([!-~]{${longest},})`);
  const parts = text.split(long).filter((part) => part !== '');
  return parts.map(
    (part): ContentText => (long.test(part) ? { text: part, wordBreak: 'break-all' } : { text: part }),
  );
}
