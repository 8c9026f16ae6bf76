import {
  AlignmentType,
  BorderStyle,
  Document,
  Footer,
  type IParagraphOptions,
  LineRuleType,
  Packer,
  PageNumber,
  Paragraph,
  type ParagraphChild,
  Table,
  TableCell,
  TableLayoutType,
  TableRow,
  TextRun,
  WidthType,
} from 'docx';
import type { Paper, PaperBlock } from './blocks.ts';

/** Faces that GB/T 9704-2012 names for body, title and headings; named only, never embedded (they are not free). */
const bodyFont = '仿宋_GB2312';
const titleFont = '方正小标宋简体';
const headingFont = '黑体';
const subheadingFont = '楷体_GB2312';

/** What Word takes when a face is not installed (`w:altName`, ISO/IEC 29500-1 section 17.8.3.1). */
const fontTable = [
  [bodyFont, 'FangSong', 'roman'],
  [titleFont, 'SimSun', 'roman'],
  [headingFont, 'SimHei', 'swiss'],
  [subheadingFont, 'KaiTi', 'script'],
].map(
  ([name, alternative, family]) =>
    `<w:font w:name="${name}"><w:altName w:val="${alternative}"/><w:charset w:val="86"/><w:family w:val="${family}"/></w:font>`,
);

/** Twentieths of a point. */
const mm = (value: number): number => Math.round((value * 1440) / 25.4);
/** 22 lines on 225 mm (GB/T 9704-2012, 5.2.3). */
const linePitch = 580;
/** Half points: 3号 16 pt, 2号 22 pt, 小四 12 pt for tables, 四号 14 pt for the page number. */
const size = { body: 32, title: 44, table: 24, code: 21, page: 28 };

/** A paper as a Word document: A4, type area 156 × 225 mm. Its properties carry the paper's time, not the clock's. */
export async function paperDocx(paper: Paper): Promise<Uint8Array> {
  const document = new Document({
    title: paper.title,
    creator: paper.author,
    styles: {
      default: {
        document: {
          run: { font: fonts(bodyFont), size: size.body, language: { value: 'en-US', eastAsia: 'zh-CN' } },
        },
      },
    },
    sections: [
      {
        properties: {
          page: {
            size: { width: mm(210), height: mm(297) },
            margin: { top: mm(37), bottom: mm(35), left: mm(28), right: mm(26), footer: mm(25) },
          },
        },
        footers: { default: new Footer({ children: [pageNumber()] }) },
        children: paper.blocks.flatMap(drawBlock),
      },
    ],
  });
  const buffer = await Packer.toBuffer(document, undefined, [
    { path: 'word/fontTable.xml', data: fontTableXml() },
    { path: 'docProps/core.xml', data: corePropertiesXml(paper) },
  ]);
  return new Uint8Array(buffer);
}

function fonts(eastAsia: string) {
  return { ascii: 'Times New Roman', hAnsi: 'Times New Roman', cs: 'Times New Roman', eastAsia };
}

function pageNumber(): Paragraph {
  const children = ['— ', PageNumber.CURRENT, ' —'];
  return new Paragraph({
    alignment: AlignmentType.CENTER,
    children: [new TextRun({ children, size: size.page, font: fonts('宋体') })],
  });
}

function drawBlock(block: PaperBlock): (Paragraph | Table)[] {
  switch (block.kind) {
    case 'banner':
      return [
        line([{ text: block.text, font: fonts(headingFont), color: 'C00000' }], {
          alignment: AlignmentType.CENTER,
        }),
      ];
    case 'number':
      return [line([{ text: block.text }], { alignment: AlignmentType.RIGHT })];
    case 'title':
      return [
        line([{ text: block.text, size: size.title, font: fonts(titleFont) }], {
          alignment: AlignmentType.CENTER,
          spacing: { before: linePitch, after: linePitch, line: 720, lineRule: LineRuleType.AT_LEAST },
        }),
      ];
    case 'addressee':
      return [line([{ text: block.text }])];
    case 'heading':
      return [line([{ text: block.text, font: fonts(headingFont) }], { ...indented, keepNext: true })];
    case 'subheading':
      return [line([{ text: block.text, font: fonts(subheadingFont) }], { ...indented, keepNext: true })];
    case 'paragraph':
      return block.text.split('\n').map((text) => line([{ text }], indented));
    case 'code':
      return [
        line([{ text: `${block.label}：` }, { text: block.text, size: size.table }], {
          ...indented,
          wordWrap: true,
        }),
      ];
    case 'facts':
      return [
        ...(block.lead === undefined ? [] : [line([{ text: block.lead }], { ...indented, keepNext: true })]),
        factTable(block.rows),
        gap(),
      ];
    case 'table':
      return [dataTable(block.heads, block.widths, block.rows), gap()];
    case 'signature':
      return [
        line([{ text: block.text }], {
          alignment: AlignmentType.RIGHT,
          indent: { right: 640 },
          keepLines: true,
        }),
      ];
    case 'note':
      return [line([{ text: block.text, size: size.table, color: '595959' }], { spacing: { before: 240 } })];
  }
}

/** First line two characters in (GB/T 9704-2012, 7.3.3). */
const indented: IParagraphOptions = { indent: { firstLine: 640 } };

type Run = ConstructorParameters<typeof TextRun>[0];

function line(runs: Exclude<Run, string>[], options: IParagraphOptions = {}): Paragraph {
  const children: ParagraphChild[] = runs.map((run) => new TextRun(run));
  return new Paragraph({
    spacing: { line: linePitch, lineRule: LineRuleType.AT_LEAST },
    overflowPunctuation: true,
    ...options,
    children,
  });
}

function gap(): Paragraph {
  return new Paragraph({ spacing: { line: 240 }, children: [] });
}

function factTable(rows: [string, string][]): Table {
  return table(
    [22, 78],
    // Word keeps the rows of a table on one page when the paragraphs of all but the last are kept with the next.
    rows.map(([label, value], index) => [
      cell(label, 22, true, index < rows.length - 1),
      cell(value, 78, false, index < rows.length - 1),
    ]),
  );
}

function dataTable(heads: string[], widths: number[], rows: string[][]): Table {
  const header = heads.map((head, column) => cell(head, widths[column] ?? 10, true, true));
  const body = rows.map((row) => row.map((text, column) => cell(text, widths[column] ?? 10)));
  return table(widths, [header, ...body], true);
}

/** Width of the type area in twentieths of a point. */
const areaWidth = mm(156);

function table(widths: number[], rows: TableCell[][], hasHeader = false): Table {
  const border = { style: BorderStyle.SINGLE, size: 4, color: '000000' };
  return new Table({
    layout: TableLayoutType.FIXED,
    width: { size: areaWidth, type: WidthType.DXA },
    columnWidths: widths.map((width) => Math.round((areaWidth * width) / 100)),
    borders: {
      top: border,
      bottom: border,
      left: border,
      right: border,
      insideHorizontal: border,
      insideVertical: border,
    },
    rows: rows.map(
      (children, index) => new TableRow({ children, cantSplit: true, tableHeader: hasHeader && index === 0 }),
    ),
  });
}

function cell(text: string, width: number, isHead = false, keepNext = false): TableCell {
  const isCode = /^[0-9a-f]{64}$/.test(text);
  const font = isHead ? fonts(headingFont) : isCode ? 'Courier New' : fonts(bodyFont);
  const runSize = isCode ? size.code : size.table;
  return new TableCell({
    width: { size: Math.round((areaWidth * width) / 100), type: WidthType.DXA },
    margins: { top: 40, bottom: 40, left: 80, right: 80 },
    children: text.split('\n').map(
      (part) =>
        new Paragraph({
          wordWrap: /[!-~]{12}/.test(part),
          overflowPunctuation: true,
          keepNext,
          children: [new TextRun({ text: part, size: runSize, font })],
        }),
    ),
  });
}

function fontTableXml(): string {
  return `<?xml version="1.0" encoding="UTF-8" standalone="yes"?><w:fonts xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">${fontTable.join('')}</w:fonts>`;
}

function corePropertiesXml(paper: Paper): string {
  const time = new Date(paper.composedAt).toISOString().replace(/\.\d+Z$/, 'Z');
  return `<?xml version="1.0" encoding="UTF-8" standalone="yes"?><cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><dc:title>${xml(paper.title)}</dc:title><dc:creator>${xml(paper.author)}</dc:creator><dcterms:created xsi:type="dcterms:W3CDTF">${time}</dcterms:created><dcterms:modified xsi:type="dcterms:W3CDTF">${time}</dcterms:modified></cp:coreProperties>`;
}

function xml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
