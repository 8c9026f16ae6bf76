/** Where files keep words that their programs do not show: each is found, and its place is told in words. */
import { describe, expect, it } from 'vitest';
import { isAppError } from '#base/errors';
import { explainPlace } from '../contract/explain-place.ts';
import { createRuleset, starterTermList } from '../ruleset.ts';
import { scanBytes } from '../scan-bytes.ts';
import { extractDocument } from './extract-document.ts';
import { writeZip } from './write-zip.ts';

const ruleset = createRuleset([starterTermList]);
const ID = '33110220150101001X';
const zip = (members: Record<string, string | Buffer>) =>
  writeZip(new Map(Object.entries(members).map(([name, body]) => [name, Buffer.from(body as string)])));
/** The places of the number, in words. */
const placesOf = async (bytes: Buffer, name: string) =>
  (await scanBytes({ name, bytes }, ruleset)).findings
    .filter((one) => one.rule === 'personal.id-card')
    .map((one) => explainPlace(one.part ?? '').zh);

const docx = (body: string, more: Record<string, string | Buffer> = {}) =>
  zip({ 'word/document.xml': `<w:document>${body}</w:document>`, ...more });
const run = (text: string) => `<w:p><w:r><w:t>${text}</w:t></w:r></w:p>`;
const workbook = {
  'xl/workbook.xml': '<workbook><sheets><sheet name="名单" r:id="r1"/></sheets></workbook>',
  'xl/_rels/workbook.xml.rels':
    '<Relationships><Relationship Id="r1" Target="worksheets/sheet1.xml"/></Relationships>',
};
const slides = (first: string, second: string, list = '<p:sldId r:id="r2"/><p:sldId r:id="r1"/>') =>
  zip({
    'ppt/presentation.xml': `<p:presentation><p:sldIdLst>${list}</p:sldIdLst></p:presentation>`,
    'ppt/_rels/presentation.xml.rels':
      '<Relationships><Relationship Id="r1" Target="slides/slide1.xml"/><Relationship Id="r2" Target="slides/slide2.xml"/></Relationships>',
    'ppt/slides/slide1.xml': `<p:sld>${first}</p:sld>`,
    'ppt/slides/slide2.xml': `<p:sld>${second}</p:sld>`,
  });
const said = `<a:p><a:r><a:t>${ID}</a:t></a:r></a:p>`;
const odf = (kind: string, content: string) =>
  zip({ mimetype: `application/vnd.oasis.opendocument.${kind}`, 'content.xml': content });

describe('a number that a program does not show', () => {
  it.each<[string, Buffer, string, string]>([
    [
      'a watermark',
      docx(`<w:pict><v:shape><v:textpath string="${ID}"/></v:shape></w:pict>`),
      'a.docx',
      '正文（替代文字）',
    ],
    [
      'the choices of a form',
      docx(`<w:sdt><w:dropDownList><w:listItem w:displayText="${ID}"/></w:dropDownList></w:sdt>`),
      'a.docx',
      '正文（替代文字）',
    ],
    [
      'what only old programs show',
      docx(
        `<mc:AlternateContent><mc:Choice>${run('新')}</mc:Choice><mc:Fallback>${run(ID)}</mc:Fallback></mc:AlternateContent>`,
      ),
      'a.docx',
      '正文（只给旧版程序看的内容）',
    ],
    [
      'a hidden style on which another stands',
      docx(`<w:p><w:pPr><w:pStyle w:val="b"/></w:pPr><w:r><w:t>${ID}</w:t></w:r></w:p>`, {
        'word/styles.xml':
          '<w:styles><w:style w:styleId="a"><w:rPr><w:vanish/></w:rPr></w:style><w:style w:styleId="b"><w:basedOn w:val="a"/></w:style></w:styles>',
      }),
      'a.docx',
      '正文（隐藏文字）',
    ],
    [
      'an attribute of custom data',
      docx('', { 'customXml/item1.xml': `<a 证件="${ID}"/>` }),
      'a.docx',
      '文档内嵌的数据',
    ],
    [
      'a file that nothing refers to',
      docx('', { 'word/notes/left.txt': ID }),
      'a.docx',
      'word/notes/left.txt',
    ],
    [
      'a property that is written with references',
      docx('', { 'docProps/core.xml': `<c><t>${ID.replace('2', '&#50;')}</t></c>` }),
      'a.docx',
      '文档属性',
    ],
    [
      'a prompt of a cell',
      zip({
        ...workbook,
        'xl/worksheets/sheet1.xml': `<worksheet><dataValidation prompt="${ID}"/></worksheet>`,
      }),
      'a.xlsx',
      '工作表“名单”的下拉选项、提示和条件',
    ],
    [
      'the choices of a cell',
      zip({
        ...workbook,
        'xl/worksheets/sheet1.xml': `<worksheet><dataValidation><formula1>"${ID},x"</formula1></dataValidation></worksheet>`,
      }),
      'a.xlsx',
      '工作表“名单”的下拉选项、提示和条件',
    ],
    [
      'a text that no cell shows any more',
      zip({
        ...workbook,
        'xl/worksheets/sheet1.xml': '<worksheet/>',
        'xl/sharedStrings.xml': `<sst><si><t>${ID}</t></si></sst>`,
      }),
      'a.xlsx',
      '单元格文字表（文件里有、页面上不显示）',
    ],
    [
      'a row without height',
      zip({
        ...workbook,
        'xl/worksheets/sheet1.xml': `<worksheet><row ht="0"><c r="A1" t="str"><v>${ID}</v></c></row></worksheet>`,
      }),
      'a.xlsx',
      '工作表“名单”第 A 列第 1 行（隐藏的行）',
    ],
    ['the slide that is shown second', slides(said, ''), 'a.pptx', '第 2 张幻灯片'],
    [
      'a slide that is not shown',
      slides(said, '', '<p:sldId r:id="r2"/>'),
      'a.pptx',
      'ppt/slides/slide1.xml（文件里有、页面上不显示）',
    ],
    [
      'a hidden shape',
      slides('', `<p:sp><p:cNvPr id="1" hidden="1"/>${said}</p:sp>`),
      'a.pptx',
      '第 1 张幻灯片（隐藏文字）',
    ],
    [
      'a field of a form',
      odf('text', `<office:text><form:text form:value="${ID}"/></office:text>`),
      'a.odt',
      '正文（属性值）',
    ],
    [
      'the description of a frame',
      odf('text', `<office:text><svg:desc>${ID}</svg:desc></office:text>`),
      'a.odt',
      '正文（替代文字）',
    ],
    [
      'the title of a sheet',
      odf('spreadsheet', `<office:spreadsheet><table:table table:name="${ID}"/></office:spreadsheet>`),
      'a.ods',
      '工作表名和定义的名称',
    ],
    [
      'a destination of rich text that nobody knows',
      Buffer.from(`{\\rtf1{\\*\\foo ${ID}}}`),
      'a.rtf',
      '程序不显示的数据',
    ],
    [
      'white letters of rich text',
      Buffer.from(`{\\rtf1{\\colortbl;\\red255\\green255\\blue255;}{\\cf1 ${ID}}}`),
      'a.rtf',
      '白色文字',
    ],
    ['what stands behind raw bytes', Buffer.from(`{\\rtf1 {\\pict\\bin4 }}}}}${ID}}`), 'a.rtf', ''],
    [
      'a container in rich text',
      Buffer.from(`{\\rtf1{\\object{\\*\\objdata 01050000${docx(run(ID)).toString('hex')}}}}`),
      'a.rtf',
      '内嵌对象 → 正文',
    ],
    [
      'a card in quoted-printable',
      Buffer.from(
        `BEGIN:VCARD\r\nNOTE;ENCODING=QUOTED-PRINTABLE:${ID.slice(0, 9)}=\r\n${ID.slice(9)}\r\nEND:VCARD`,
      ),
      'a.vcf',
      '',
    ],
    [
      'a picture of vectors',
      Buffer.from(
        `<svg xmlns="http://www.w3.org/2000/svg"><text><tspan>${ID.slice(0, 5)}</tspan><tspan>${ID.slice(5)}</tspan></text></svg>`,
      ),
      'a.svg',
      '',
    ],
    [
      'the comment of a photo',
      Buffer.concat([
        Buffer.from([0xff, 0xd8, 0xff, 0xfe, 0, 20]),
        Buffer.from(ID),
        Buffer.from([0xff, 0xc0, 0, 11, 8, 0, 1, 0, 1, 1, 1, 17, 0, 0xff, 0xd9]),
      ]),
      'a.jpg',
      '图片自带的说明文字',
    ],
    [
      'an archive behind a picture',
      Buffer.concat([Buffer.from('GIF89a\x01\0\x01\0\0\0\0\x3b', 'latin1'), zip({ 'a.txt': ID })]),
      'a.gif',
      '附在文件末尾的文件 → a.txt',
    ],
  ])('is found in %s', async (_, bytes, name, place) => {
    expect(await placesOf(bytes, name)).toContain(place);
  });

  it('is found in a metafile', async () => {
    const text = Buffer.from(ID, 'utf16le');
    const record = Buffer.alloc(76 + text.length);
    [84, record.length].forEach((value, at) => {
      record.writeUInt32LE(value, at * 4);
    });
    record.writeUInt32LE(ID.length, 44);
    record.writeUInt32LE(76, 48);
    text.copy(record, 76);
    const head = Buffer.alloc(100);
    head.writeUInt32LE(1, 0);
    head.writeUInt32LE(100, 4);
    head.write(' EMF', 40);
    expect(await placesOf(Buffer.concat([head, record]), 'a.emf')).toEqual(['']);
  });

  it('does not make a file with a password clean', async () => {
    const locked = zip({
      mimetype: 'application/vnd.oasis.opendocument.text',
      'content.xml': Buffer.from([1, 2, 3]),
      'META-INF/manifest.xml': '<manifest:manifest><manifest:encryption-data/></manifest:manifest>',
    });
    const error = await extractDocument(locked, 'a.odt').catch((reason: unknown) => reason);
    expect(isAppError(error) && error.code).toBe('scan.encrypted');
  });

  it('reads the characters of a word whose sound stands between them', async () => {
    const ruby = (sound: string, base: string) =>
      `<w:ruby><w:rt><w:r><w:t>${sound}</w:t></w:r></w:rt><w:rubyBase><w:r><w:t>${base}</w:t></w:r></w:rubyBase></w:ruby>`;
    const { parts } = await extractDocument(
      docx(`<w:p>${ruby('dǔ', '赌')}${ruby('bó', '博')}</w:p>`),
      'a.docx',
    );
    expect(parts[0]?.text).toBe('赌博\n');
  });
});
