import { crc32, deflateRawSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { isAppError } from '#base/errors';
import { createRuleset, starterTermList } from '../ruleset.ts';
import { scanBytes } from '../scan-bytes.ts';
import { extractDocument } from './extract-document.ts';
import { readZip } from './read-zip.ts';

/** A ZIP file with deflated members, or stored ones; `flags` 1 marks them as encrypted. */
function zip(
  given: Record<string, string | Buffer> | [name: string, content: string | Buffer][],
  flags = 0,
  method: 0 | 8 = 8,
): Buffer {
  const members = Array.isArray(given) ? given : Object.entries(given);
  const local: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const [name, content] of members) {
    const raw = Buffer.from(content as string);
    const packed = method === 8 ? deflateRawSync(raw) : raw;
    const title = Buffer.from(name);
    const header = Buffer.alloc(26);
    [20, flags, method, 0, 0x21].forEach((value, at) => {
      header.writeUInt16LE(value, at * 2);
    });
    header.writeUInt32LE(crc32(raw), 10);
    header.writeUInt32LE(packed.length, 14);
    header.writeUInt32LE(raw.length, 18);
    header.writeUInt16LE(title.length, 22);
    local.push(Buffer.from('PK\x03\x04'), header, title, packed);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(offset, 10);
    central.push(Buffer.from('PK\x01\x02'), Buffer.from([20, 0]), header, tail, title);
    offset += 30 + title.length + packed.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(18);
  const count = members.length;
  end.writeUInt16LE(count, 4);
  end.writeUInt16LE(count, 6);
  end.writeUInt32LE(directory.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...local, directory, Buffer.from('PK\x05\x06'), end]);
}

/** A PDF of one page that shows ASCII text, with a Keywords property. */
function pdf(text: string, keywords: string): Buffer {
  const stream = `BT /F1 12 Tf 50 700 Td (${text}) Tj ET`;
  const objects = [
    '<</Type/Catalog/Pages 2 0 R>>',
    '<</Type/Pages/Kids[3 0 R]/Count 1>>',
    '<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>',
    `<</Length ${stream.length}>>stream\n${stream}\nendstream`,
    '<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>',
    `<</Keywords(${keywords})>>`,
  ];
  let body = '%PDF-1.4\n';
  const offsets = objects.map((object, at) => {
    const offset = body.length;
    body += `${at + 1} 0 obj${object}endobj\n`;
    return `${String(offset).padStart(10, '0')} 00000 n \n`;
  });
  const table = `xref\n0 7\n0000000000 65535 f \n${offsets.join('')}`;
  return Buffer.from(
    `${body}${table}trailer<</Size 7/Root 1 0 R/Info 6 0 R>>\nstartxref\n${body.length}\n%%EOF`,
  );
}

const docx = (body: string, more: Record<string, string> = {}) =>
  zip({
    '[Content_Types].xml': '<Types/>',
    'word/document.xml': `<w:document><w:body>${body}</w:body></w:document>`,
    ...more,
  });

const ruleset = createRuleset([starterTermList]);
const codeOf = async (work: Promise<unknown>) => {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  return isAppError(error) ? error.code : error;
};

describe('extractDocument', () => {
  it('reads deleted runs, comments, headers, text boxes, properties and link targets of a docx', async () => {
    const bytes = docx(
      '<w:p><w:r><w:t>正文&amp;甲</w:t></w:r><w:del><w:r><w:delText>已删</w:delText></w:r></w:del></w:p><w:p><w:r><w:t>第二段</w:t></w:r></w:p>' +
        '<mc:AlternateContent><mc:Choice><w:txbxContent><w:p><w:r><w:t>框</w:t></w:r></w:p></w:txbxContent></mc:Choice><mc:Fallback><w:p><w:r><w:t>框</w:t></w:r></w:p></mc:Fallback></mc:AlternateContent>',
      {
        'word/comments.xml':
          '<w:comments><w:comment><w:p><w:r><w:t>批注</w:t></w:r></w:p></w:comment></w:comments>',
        'word/header1.xml': '<w:hdr><w:p><w:r><w:t>页眉</w:t></w:r></w:p></w:hdr>',
        'docProps/core.xml': '<cp:coreProperties><dc:creator>作者</dc:creator></cp:coreProperties>',
        'word/_rels/document.xml.rels':
          '<Relationships><Relationship Id="1" Target="http://spam.example/" TargetMode="External"/></Relationships>',
      },
    );
    const { kind, parts } = await extractDocument(bytes, '附件.docx');
    expect(kind).toBe('docx');
    expect(parts).toEqual([
      { part: 'word/document.xml', text: '正文&甲\n第二段\n框\n' },
      {
        part: 'word/document.xml',
        text: '正文&甲已删\n',
        marks: [{ start: 4, end: 6, note: 'deleted' }],
        onlyMarked: true,
      },
      { part: 'word/_rels/document.xml.rels', text: 'http://spam.example/' },
      { part: 'word/comments.xml', text: '批注\n' },
      { part: 'word/header1.xml', text: '页眉\n' },
      { part: 'docProps/core.xml', text: '作者' },
    ]);
  });

  it('reads every cell of an xlsx, hidden sheets and comments too, and names the cell', async () => {
    const bytes = zip({
      'xl/workbook.xml':
        '<workbook><sheets><sheet name="成绩单" r:id="r1"/><sheet name="隐藏" state="veryHidden" r:id="r2"/></sheets></workbook>',
      'xl/_rels/workbook.xml.rels':
        '<Relationships><Relationship Id="r1" Target="worksheets/sheet1.xml"/><Relationship Id="r2" Target="/xl/worksheets/sheet2.xml"/></Relationships>',
      'xl/sharedStrings.xml':
        '<sst><si><t>姓名</t></si><si><r><t>网络</t></r><r><t>赌场</t></r><rPh><t>x</t></rPh></si></sst>',
      'xl/worksheets/sheet1.xml':
        '<worksheet><sheetData><row hidden="1"><c r="A1" t="s"><v>0</v></c><c r="B3" t="s"><v>1</v></c><c r="C1"><v>1.3812345678E10</v></c><c r="D1" t="inlineStr"><is><t>内</t></is></c></row></sheetData></worksheet>',
      'xl/worksheets/_rels/sheet1.xml.rels':
        '<Relationships><Relationship Id="a" Target="../comments1.xml"/></Relationships>',
      'xl/comments1.xml':
        '<comments><commentList><comment ref="B3"><text><t>批注</t></text></comment></commentList></comments>',
      'xl/worksheets/sheet2.xml':
        '<worksheet><sheetData><row><c r="A1" t="str"><f>1</f><v>33110220150101001X</v></c></row></sheetData></worksheet>',
    });
    const { parts } = await extractDocument(bytes, 'a.xlsx');
    expect(parts.map((part) => `${part.part}=${part.text}`)).toEqual([
      'sheet:成绩单!A1 (hidden row)=姓名',
      'sheet:成绩单!B3 (hidden row)=网络赌场',
      'sheet:成绩单!C1 (hidden row)=13812345678',
      'sheet:成绩单!D1 (hidden row)=内',
      'sheet:成绩单!B3#comment=批注',
      'sheet:隐藏!A1 (hidden sheet)=33110220150101001X',
      'xl/workbook.xml=成绩单\n隐藏',
    ]);
    const { findings } = await scanBytes({ name: 'a.xlsx', bytes }, ruleset);
    expect(
      findings.map((finding) => [finding.rule, finding.part, finding.start, finding.end]),
    ).toContainEqual(['personal.id-card', 'sheet:隐藏!A1 (hidden sheet)', 0, 18]);
  });

  it('reads pages and properties of a pdf', async () => {
    const { kind, parts } = await extractDocument(pdf('Play bet365 now', 'porn'), 'x.bin');
    expect(kind).toBe('pdf');
    expect(parts).toEqual([
      { part: 'page:1', text: 'Play bet365 now' },
      { part: 'info', text: 'porn' },
    ]);
  });

  it('says that a pdf without text was not looked at', async () => {
    const { findings } = await scanBytes({ name: 'scan.pdf', bytes: pdf('', '') }, ruleset);
    expect(findings.map((finding) => finding.rule)).toEqual(['unread.no-text']);
  });

  it('stops at a member that unpacks to far more than it packs', async () => {
    const bytes = docx(' '.repeat(60 << 20));
    expect(await codeOf(extractDocument(bytes, 'bomb.docx'))).toBe('scan.bomb');
  });

  it('counts the bytes of all members and the members themselves', async () => {
    const bytes = zip({ a: 'x'.repeat(1000), b: 'x'.repeat(1000) });
    const limits = { entries: 10, totalBytes: 1500, ratio: 1e9 };
    expect(await codeOf(readZip(bytes, 'x', () => true, limits))).toBe('scan.bomb');
    expect(await codeOf(readZip(bytes, 'x', () => true, { ...limits, entries: 1 }))).toBe('scan.bomb');
    expect((await readZip(bytes, 'x', (name) => name === 'a', limits)).size).toBe(1);
  });

  it.each([
    ['a docx cut off', docx('<w:p/>').subarray(0, -30), 'a.docx', 'scan.damaged'],
    ['a docx that is a picture', Buffer.from('GIF89a\x01'), 'a.docx', 'scan.damaged'],
    ['a pdf cut off before its pages', pdf('x', 'y').subarray(0, 40), 'a.pdf', 'scan.damaged'],
    ['a zip that is no document', zip({ 'bad.txt': '澳门赌场' }), 'a.docx', 'scan.damaged'],
    ['an encrypted member', zip({ 'word/document.xml': '<a/>' }, 1), 'a.docx', 'scan.encrypted'],
    ['a program', Buffer.from('\x7fELF\0\0\0\0'), 'a', 'scan.unsupported'],
    ['xml that nests a million deep', docx('<a>'.repeat(3000)), 'a.docx', 'scan.bomb'],
  ])('refuses %s with a code of its own', async (_, bytes, name, code) => {
    expect(await codeOf(extractDocument(bytes, name))).toBe(code);
  });

  it.each([
    ['renamed', Buffer.from('GIF89a\x01'), 'a.docx', '内容不是 docx，'],
    ['cut off', docx('<w:p/>').subarray(0, -30), 'a.docx', '压缩结构读不出来'],
    ['without its main part', zip({ 'x.txt': 'x' }), 'a.pptx', '里面没有 ppt/presentation.xml'],
    ['a cut pdf', pdf('x', 'y').subarray(0, 40), 'a.pdf', 'PDF 结构读不出来'],
    ['a cut gzip', gzipSync('x'.repeat(9999)).subarray(0, 30), 'a.gz', 'gzip 压缩内容读不出来'],
  ])('tells in Chinese why a file is damaged: %s', async (_, bytes, name, told) => {
    const error = await extractDocument(bytes, name).catch((reason: unknown) => reason);
    if (!isAppError(error, 'scan.damaged')) throw error;
    const { zh, en } = error.messages();
    expect(zh).toContain(told);
    expect(en).not.toMatch(/[\u4e00-\u9fff]/);
  });
});

describe('scanBytes', () => {
  it('makes ten distinct identity numbers in one target critical, nine not', async () => {
    const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    const numbers = Array.from({ length: 10 }, (_, n) => {
      const digits = `3311022015010100${n}`.padEnd(17, '1').slice(0, 17);
      return (
        digits + '10X98765432'[weights.reduce((sum, weight, at) => sum + weight * Number(digits[at]), 0) % 11]
      );
    });
    const severities = async (text: string) =>
      (await scanBytes({ name: 'a.txt', bytes: Buffer.from(text) }, ruleset)).findings.map(
        (finding) => finding.severity,
      );
    expect(new Set(await severities(numbers.join('\n')))).toEqual(new Set(['critical']));
    expect(new Set(await severities([...numbers.slice(0, 9), numbers[0]].join('\n')))).toEqual(
      new Set(['high']),
    );
  });

  it('reads GBK pages and gives offsets in the decoded source', async () => {
    const gbk = Buffer.from('b0c4c3c5b6c4b3a1', 'hex'); // 澳门赌场
    const bytes = Buffer.concat([Buffer.from('<meta charset=gb2312><p>'), gbk]);
    const { charset, findings } = await scanBytes({ name: 'index.html', bytes }, ruleset);
    expect(charset).toBe('gb18030');
    expect(findings[0]).toMatchObject({ text: '澳门赌场', start: 24, end: 28 });
  });
});

describe('a file that is two at once', () => {
  const bad = '澳门赌场 百家乐真人 身份证 33110220150101001X';
  const rulesOf = async (bytes: Buffer, name: string, contentType?: string) =>
    (await scanBytes({ name, bytes, contentType }, ruleset)).findings.map(({ rule }) => rule);
  const leak = 'personal.id-card';
  const link = '<a href="http://www.lucky-bet.example/" style="position:absolute;left:-999px">澳门赌场</a>';
  const page = `<html><head><title>示例学校</title></head><body><p>新闻</p>${link}</body></html>`;

  it.each<[string, Buffer, string]>([
    ['a stored PDF before others', zip({ 'a.pdf': pdf('News', 'x'), 'b.txt': bad }, 0, 0), 'a.zip'],
    [
      'a stored PDF in a document',
      zip(
        {
          'word/media/a.pdf': pdf('News', 'x'),
          'word/document.xml': `<w:document><w:body><w:p><w:r><w:t>${bad}</w:t></w:r></w:p></w:body></w:document>`,
        },
        0,
        0,
      ),
      'a.docx',
    ],
    ['a stored document before others', zip({ 'a.docx': docx('<w:p/>'), 'b.txt': bad }, 0, 0), 'a.zip'],
    [
      'two members of one name',
      zip([
        ['a.txt', '新闻'],
        ['a.txt', bad],
      ]),
      'a.zip',
    ],
    [
      'two texts of one document',
      zip([
        ['word/document.xml', '<w:document><w:body/></w:document>'],
        [
          'word/document.xml',
          `<w:document><w:body><w:p><w:r><w:t>${bad}</w:t></w:r></w:p></w:body></w:document>`,
        ],
      ]),
      'a.docx',
    ],
  ])('is read whole: %s', async (_, bytes, name) => {
    expect(await rulesOf(bytes, name)).toContain(leak);
  });

  it.each([
    ['of RTF', '{\\rtf1 '],
    ['of a PDF in a comment', '<!-- %PDF-1.4 endobj -->'],
    ['of a ZIP file', 'PK\x03\x04'],
    ['of a RAR file', 'Rar!\x1a\x07\x01\x00'],
    ['of a picture', 'GIF89a=1;'],
    ['with a zero', 'a\0'],
  ])('is read as the page that browsers show, with the first bytes %s', async (_, head) => {
    const bytes = Buffer.concat([Buffer.from(head, 'latin1'), Buffer.from(page)]);
    for (const [name, type] of [
      ['', 'text/html; charset=utf-8'],
      ['a.html', undefined],
    ] as const)
      expect(await rulesOf(bytes, name, type)).toContain('hidden-link.off-screen');
  });

  it('is no PDF because it speaks of one', async () => {
    const text = Buffer.from(`说明：文件头是 %PDF-1.7。${bad}`);
    expect(await rulesOf(text, 'a.txt')).toContain(leak);
  });
});
