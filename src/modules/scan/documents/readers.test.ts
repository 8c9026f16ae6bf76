import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { isAppError } from '#base/errors';
import { createRuleset, starterTermList } from '../ruleset.ts';
import { scanBytes } from '../scan-bytes.ts';
import { extractDocument } from './extract-document.ts';
import { maskDocument } from './mask-document.ts';
import { findPhotoPlace } from './ocr/photo-place.ts';
import { writeZip } from './write-zip.ts';

const ruleset = createRuleset([starterTermList]);
const ID = '33110220150101001X';
const zip = (members: Record<string, string | Uint8Array>) =>
  writeZip(
    new Map(
      Object.entries(members).map(([name, body]) => [
        name,
        typeof body === 'string' ? Buffer.from(body) : body,
      ]),
    ),
  );
const docx = (body: string, more: Record<string, string | Uint8Array> = {}) =>
  zip({ 'word/document.xml': `<w:document><w:body>${body}</w:body></w:document>`, ...more });
const placesOf = async (bytes: Uint8Array, name: string) =>
  (await scanBytes({ name, bytes }, ruleset)).findings.map((finding) => `${finding.rule} @ ${finding.part}`);
const codeOf = async (work: Promise<unknown>) => {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  return isAppError(error) ? error.code : error;
};

const workbook = {
  'xl/workbook.xml': '<workbook><sheets><sheet name="名单" r:id="r1"/></sheets></workbook>',
  'xl/_rels/workbook.xml.rels':
    '<Relationships><Relationship Id="r1" Target="worksheets/sheet1.xml"/></Relationships>',
};

describe('what nobody sees', () => {
  it('tells hidden, deleted and white text of a docx, also a number of which one half is deleted', async () => {
    const places = await placesOf(
      docx(
        `<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>${ID}</w:t></w:r></w:p>` +
          `<w:p><w:r><w:t>号码 ${ID.slice(0, 9)}</w:t></w:r><w:del><w:r><w:delText>${ID.slice(9)}</w:delText></w:r></w:del></w:p>` +
          `<w:p><w:r><w:rPr><w:color w:val="FFFFFF"/></w:rPr><w:t>澳门赌场</w:t></w:r></w:p>`,
      ),
      'a.docx',
    );
    expect(places).toContain('personal.id-card @ word/document.xml (hidden text)');
    expect(places).toContain('personal.id-card @ word/document.xml (deleted)');
    expect(places.some((place) => /^term\.gambling @ .*white text/.test(place))).toBe(true);
    expect(places.filter((place) => place.startsWith('personal.id-card'))).toHaveLength(2);
  });

  it('tells hidden columns, cut numbers and invisible formats of a sheet', async () => {
    const places = await placesOf(
      zip({
        ...workbook,
        'xl/styles.xml':
          '<styleSheet><numFmts><numFmt numFmtId="170" formatCode=";;;"/></numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="170"/></cellXfs></styleSheet>',
        'xl/worksheets/sheet1.xml': `<worksheet><cols><col min="2" max="3" hidden="1"/></cols><sheetData><row r="1"><c r="A1"><v>331102201501010000</v></c><c r="B1" t="str"><v>${ID}</v></c><c r="D1" s="1" t="str"><v>${ID}</v></c></row></sheetData></worksheet>`,
      }),
      'a.xlsx',
    );
    expect(places).toEqual([
      'personal.id-card @ sheet:名单!B1 (hidden column)',
      'personal.id-card @ sheet:名单!D1 (invisible format)',
      'personal.id-card-truncated @ sheet:名单!A1',
    ]);
  });

  it('reads slides, hidden slides and notes of a pptx', async () => {
    const { parts } = await extractDocument(
      zip({
        'ppt/presentation.xml': '<p/>',
        'ppt/slides/slide1.xml': '<p:sld show="0"><a:p><a:r><a:t>藏</a:t></a:r></a:p></p:sld>',
        'ppt/slides/_rels/slide1.xml.rels':
          '<Relationships><Relationship Target="../notesSlides/notesSlide1.xml"/></Relationships>',
        'ppt/notesSlides/notesSlide1.xml': '<p:notes><a:p><a:r><a:t>备注</a:t></a:r></a:p></p:notes>',
      }),
      'a.pptx',
    );
    expect(parts.map(({ part, text }) => `${part}=${text.trim()}`)).toEqual([
      'slide:1 (notes)=备注',
      'slide:1 (hidden slide)=藏',
    ]);
  });

  it('reads rich text in GBK and in Unicode, and its hidden runs', async () => {
    const rtf =
      "{\\rtf1\\ansi\\ansicpg936{\\fonttbl{\\f0\\fcharset134 SimSun;}}{\\*\\generator x;}\\f0 \\'b0\\'c4\\'c3\\'c5\\u36172?\\u22330?\\par{\\v " +
      ID +
      '}}';
    const { parts } = await extractDocument(Buffer.from(rtf, 'latin1'), 'a.rtf');
    expect(parts[0]!.text).toBe(`澳门赌场\n${ID}`);
    expect(await placesOf(Buffer.from(rtf, 'latin1'), 'a.rtf')).toContain('personal.id-card @ (hidden text)');
  });

  it('reads hidden rows, deletions and notes of OpenDocument files', async () => {
    const content = `<office:document-content><office:automatic-styles><style:style style:name="ta2"><style:table-properties table:display="false"/></style:style></office:automatic-styles><office:body><office:spreadsheet><table:table table:name="甲"><table:table-row table:number-rows-repeated="3"><table:table-cell/></table:table-row><table:table-row table:visibility="collapse"><table:table-cell table:number-columns-repeated="2"/><table:table-cell office:value-type="string"><office:annotation><text:p>批</text:p></office:annotation><text:p>${ID}</text:p></table:table-cell></table:table-row></table:table><table:table table:name="乙" table:style-name="ta2"><table:table-row><table:table-cell><text:p>藏</text:p></table:table-cell></table:table-row></table:table></office:spreadsheet></office:body></office:document-content>`;
    const bytes = zip({ mimetype: 'application/vnd.oasis.opendocument.spreadsheet', 'content.xml': content });
    const { parts } = await extractDocument(bytes, 'a.ods');
    expect(parts.map(({ part, text }) => `${part}=${text.trim()}`)).toEqual([
      'names=甲',
      'sheet:甲!C4 (hidden row) (comment)=批',
      `sheet:甲!C4 (hidden row)=${ID}`,
      'names=乙',
      'sheet:乙!A1 (hidden sheet)=藏',
    ]);
  });

  it('reads what is packed in archives and embedded in documents, and tells what it cannot read', async () => {
    const inner = docx(`<w:p><w:r><w:t>${ID}</w:t></w:r></w:p>`);
    const outer = zip({
      'a/名单.docx': inner,
      'b.docx': docx('<w:p/>', { 'word/embeddings/x.docx': inner }),
      'c.gz': gzipSync('澳门赌场'),
      'd.exe': Buffer.from('MZ\0\0\x03\0'),
      'e.docx': Buffer.from('no'),
    });
    const places = await placesOf(outer, 'all.zip');
    expect(places).toContain('personal.id-card @ a/名单.docx → word/document.xml');
    expect(places).toContain('personal.id-card @ b.docx → word/embeddings/x.docx → word/document.xml');
    expect(places).toContain('term.gambling @ c.gz → c');
    expect(places).toContain('unread.unsupported @ d.exe');
    expect(places).toContain('unread.damaged @ e.docx');
  });

  it('reads a page in an archive as a page: its links that nobody sees, its words behind entities', async () => {
    const page = (body: string) => `<!doctype html><title>校园</title><body>${body}</body>`;
    const places = await placesOf(
      zip({
        'www/index.html': page(
          '<div style="display:none"><a href="http://ag.example.net/">澳门赌场 百家乐</a></div>',
        ),
        'www/b.html': page('<p>澳门&#36172;场</p>'),
        'c.txt': '澳门赌场',
      }),
      'www.zip',
    );
    expect(places).toContain('hidden-link.display-none @ www/index.html');
    expect(places).toContain('term.gambling @ www/b.html');
    expect(places).toContain('term.gambling @ c.txt');
    expect(await placesOf(gzipSync(page('<p>春天来了</p>')), 'index.html.gz')).toEqual([]);
  });
});

describe('bombs', () => {
  const nested = (levels: number): Buffer => {
    let bytes: Buffer = zip({ 'a.txt': 'x' });
    for (let level = 0; level < levels; level++) bytes = zip({ [`${level}.zip`]: bytes });
    return bytes;
  };
  it.each([
    ['a gzip of zeros', gzipSync(Buffer.alloc(20 << 20)), 'a.gz', 'scan.bomb'],
    ['a zip that holds zeros', zip({ 'a.txt': Buffer.alloc(20 << 20) }), 'a.zip', 'scan.bomb'],
    ['a rich text of a thousand groups', Buffer.from(`{\\rtf1${'{'.repeat(1000)}`), 'a.rtf', 'scan.bomb'],
    [
      'a tar cut off',
      Buffer.concat([
        Buffer.alloc(124),
        Buffer.from('77777777777'),
        Buffer.alloc(122),
        Buffer.from('ustar'),
        Buffer.alloc(250),
      ]),
      'a.tar',
      'scan.damaged',
    ],
  ])('stops at %s', async (_, bytes, name, code) => {
    expect(await codeOf(extractDocument(bytes, name))).toBe(code);
  });

  it('reads archives four deep and tells what is deeper; entities are not expanded', async () => {
    expect(await placesOf(nested(7), 'deep.zip')).toEqual([
      expect.stringMatching(/^unread\.too-deep @ 6\.zip → 5\.zip → 4\.zip → 3\.zip → 2\.zip$/),
    ]);
    const laughs = `<!DOCTYPE x [<!ENTITY a "${'ha'.repeat(50)}"><!ENTITY b "&a;&a;&a;&a;">]>`;
    const { parts } = await extractDocument(
      zip({ 'word/document.xml': `${laughs}<w:p><w:r><w:t>&b;</w:t></w:r></w:p>` }),
      'a.docx',
    );
    expect(parts[0]!.text.length).toBeLessThan(20);
  });
});

describe('a masked copy', () => {
  it('masks numbers over several runs, in deletions, cells, links and embedded files', async () => {
    const inner = zip({
      ...workbook,
      'xl/worksheets/sheet1.xml': `<worksheet><sheetData><row r="1"><c r="A1" s="1"><f>1</f><v>13812345678</v></c><c r="B1"><v>7</v></c></row></sheetData></worksheet>`,
    });
    const bytes = docx(
      `<w:p><w:r><w:t>${ID.slice(0, 7)}</w:t></w:r><w:r><w:t>${ID.slice(7)} 完</w:t></w:r></w:p>` +
        `<w:p><w:r><w:t>${ID.slice(0, 9)}</w:t></w:r><w:del><w:r><w:delText>${ID.slice(9)}</w:delText></w:r></w:del></w:p>`,
      {
        'word/_rels/document.xml.rels': `<Relationships><Relationship Id="1" Target="tel:13812345678" TargetMode="External"/></Relationships>`,
        'word/embeddings/a.xlsx': inner,
      },
    );
    const copy = await maskDocument(bytes, 'a.docx');
    expect((await placesOf(bytes, 'a.docx')).filter((place) => place.startsWith('personal.'))).toHaveLength(
      4,
    );
    expect((await placesOf(copy, 'a.docx')).filter((place) => place.startsWith('personal.'))).toEqual([]);
    const { parts } = await extractDocument(copy, 'a.docx');
    expect(parts.find((part) => part.part === 'word/document.xml')?.text).toContain('331*************1X 完');
    expect(parts.map(({ part, text }) => `${part}=${text}`)).toContain(
      'word/embeddings/a.xlsx → sheet:名单!B1=7',
    );
  });

  it('refuses what it could only cover', async () => {
    expect(await codeOf(maskDocument(Buffer.from('%PDF-1.4'), 'a.pdf'))).toBe('scan.not_maskable');
  });
});

describe('a photo', () => {
  it('tells where it was taken', () => {
    const tiff = Buffer.alloc(140);
    tiff.write('II*\0', 0, 'latin1');
    tiff.writeUInt32LE(8, 4);
    tiff.writeUInt16LE(1, 8);
    tiff.writeUInt16LE(0x8825, 10);
    tiff.writeUInt32LE(26, 18);
    tiff.writeUInt16LE(4, 26);
    const entries: [number, number | string][] = [
      [1, 'N'],
      [2, 80],
      [3, 'E'],
      [4, 104],
    ];
    entries.forEach(([tag, value], at) => {
      tiff.writeUInt16LE(tag, 28 + at * 12);
      if (typeof value === 'string') tiff.write(value, 36 + at * 12, 'latin1');
      else tiff.writeUInt32LE(value, 36 + at * 12);
    });
    [30, 1, 15, 1, 0, 1, 120, 1, 30, 1].forEach((value, at) => {
      tiff.writeUInt32LE(value, 80 + at * 4);
    });
    tiff.writeUInt32LE(0, 120);
    tiff.writeUInt32LE(1, 124);
    const photo = Buffer.concat([Buffer.from('\xff\xd8\xff\xe1\0\0Exif\0\0', 'latin1'), tiff]);
    expect(findPhotoPlace(photo)).toBe('30.25000,120.50000');
    expect(findPhotoPlace(photo.subarray(0, 60))).toBeNull();
  });
});

/** A PDF of one page with one font, in which `stream` writes; object 6 is a Chinese font that is not embedded. */
function pdf(stream: string, font: string): Buffer {
  const objects = [
    '<</Type/Catalog/Pages 2 0 R>>',
    '<</Type/Pages/Kids[3 0 R]/Count 1>>',
    '<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>',
    `<</Length ${stream.length}>>stream\n${stream}\nendstream`,
    font,
    '<</Type/Font/Subtype/CIDFontType0/BaseFont/STSong-Light/CIDSystemInfo<</Registry(Adobe)/Ordering(GB1)/Supplement 2>>/FontDescriptor 7 0 R>>',
    '<</Type/FontDescriptor/FontName/STSong-Light/Flags 6/FontBBox[0 0 1000 1000]/ItalicAngle 0/Ascent 880/Descent -120/CapHeight 880/StemV 93>>',
  ];
  let body = '%PDF-1.4\n';
  const table = objects.map((object, at) => {
    const offset = body.length;
    body += `${at + 1} 0 obj${object}endobj\n`;
    return `${String(offset).padStart(10, '0')} 00000 n \n`;
  });
  return Buffer.from(
    `${body}xref\n0 8\n0000000000 65535 f \n${table.join('')}trailer<</Size 8/Root 1 0 R>>\nstartxref\n${body.length}\n%%EOF`,
  );
}

describe('a pdf', () => {
  const chinese = (encoding: string) =>
    `<</Type/Font/Subtype/Type0/BaseFont/STSong-Light/Encoding/${encoding}/DescendantFonts[6 0 R]>>`;
  const latin = '<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>';

  it.each([
    ['UniGB-UCS2-H', '6fb395e88d4c573a'],
    ['GBK-EUC-H', 'b0c4c3c5b6c4b3a1'],
  ])('is read in the predefined encoding %s', async (encoding, codes) => {
    const bytes = pdf(`BT /F1 12 Tf 50 700 Td <${codes}> Tj ET`, chinese(encoding));
    expect((await extractDocument(bytes, 'a.pdf')).parts).toEqual([{ part: 'page:1', text: '澳门赌场' }]);
  });

  it('tells what stands under a black box, and not what stands on one', async () => {
    const text = `BT /F1 12 Tf 50 700 Td (ID ${ID} end) Tj ET`;
    expect(await placesOf(pdf(`${text} 0 g 66 696 110 14 re f`, latin), 'a.pdf')).toEqual([
      'personal.id-card @ page:1 (under a black box)',
    ]);
    expect(await placesOf(pdf(`0 g 40 690 300 20 re f 1 g ${text}`, latin), 'a.pdf')).toEqual([
      'personal.id-card @ page:1',
    ]);
  });
});

/** LibreOffice makes real files of this page; where it is absent the test is skipped for all to see. */
const hasOffice = (() => {
  try {
    execFileSync('which', ['soffice'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

describe.skipIf(!hasOffice)('files that LibreOffice wrote', () => {
  it('are read, and masked copies of them are clean', { timeout: 120_000 }, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'scan-office-'));
    try {
      writeFileSync(
        join(folder, 'a.html'),
        `<meta charset=utf-8><p>联系人 ${ID}</p><p>澳门赌场</p><table><tr><td>13812345678</td></tr></table>`,
      );
      const convert = (format: string) => {
        execFileSync(
          'soffice',
          [
            `-env:UserInstallation=file://${folder}/profile`,
            '--headless',
            '--convert-to',
            format,
            '--outdir',
            folder,
            join(folder, 'a.html'),
          ],
          { stdio: 'ignore', timeout: 60_000 },
        );
      };
      for (const [filter, extension] of [
        ['docx:MS Word 2007 XML', 'docx'],
        ['odt:writer8', 'odt'],
        ['doc:MS Word 97', 'doc'],
      ] as const) {
        convert(filter);
        const name = `a.${extension}`;
        const bytes = readFileSync(join(folder, name));
        const rules = (await placesOf(bytes, name)).map((place) => place.split(' ')[0]);
        expect([name, rules]).toEqual([
          name,
          expect.arrayContaining(['personal.id-card', 'personal.mobile', 'term.gambling']),
        ]);
        if (extension === 'doc') continue;
        const copy = await placesOf(await maskDocument(bytes, name), name);
        expect([name, copy.filter((place) => place.startsWith('personal.'))]).toEqual([name, []]);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('rich text', () => {
  it('is read in what its shapes say, and once in a title that stands there in two encodings', async () => {
    const rtf = `{\\rtf1\\ansi\\ansicpg1252{\\info{\\upr{\\title ?? ${ID}}{\\*\\ud{\\title \\u21517\\'3f ${ID}}}}{\\subject 7}}{\\shp{\\*\\shpinst{\\sp{\\sn wzDescription}{\\sv ${ID}}}{\\sp{\\sn wzName}{\\sv g}}}}}`;
    expect(await placesOf(Buffer.from(rtf, 'latin1'), 'a.rtf')).toEqual([
      'personal.id-card @ properties',
      'personal.id-card @ ',
    ]);
  });
});
