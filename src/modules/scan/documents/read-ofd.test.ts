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
const text = (body: string, y: number, more = '') =>
  `<ofd:TextObject ID="1" Boundary="20 ${y} 150 6" Font="2" Size="5" ${more}><ofd:FillColor Value="0 0 0"/><ofd:TextCode X="0" Y="5" DeltaX="g 17 2.5">${body}</ofd:TextCode></ofd:TextObject>`;
const page = (objects: string) =>
  `<ofd:Page xmlns:ofd="http://www.ofdspec.org/2016"><ofd:Area><ofd:PhysicalBox>0 0 210 297</ofd:PhysicalBox></ofd:Area><ofd:Content><ofd:Layer Type="Body" ID="9">${objects}</ofd:Layer></ofd:Content></ofd:Page>`;

/** A document of one page, with what lists say of its other files. */
const ofd = (objects: string, more: Record<string, string | Buffer> = {}, lists = '') =>
  zip({
    'OFD.xml': `<ofd:OFD Version="1.0" DocType="OFD"><ofd:DocBody><ofd:DocInfo><ofd:DocID>7</ofd:DocID><ofd:Title>通知</ofd:Title><ofd:CustomDatas><ofd:CustomData Name="经办">${ID}</ofd:CustomData></ofd:CustomDatas></ofd:DocInfo><ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>`,
    'Doc_0/Document.xml': `<ofd:Document><ofd:CommonData><ofd:PageArea><ofd:PhysicalBox>0 0 210 297</ofd:PhysicalBox></ofd:PageArea><ofd:TemplatePage ID="3" BaseLoc="Tpls/Tpl_0/Content.xml"/></ofd:CommonData><ofd:Pages><ofd:Page ID="1" BaseLoc="Pages/Page_0/Content.xml"/></ofd:Pages><ofd:Outlines><ofd:OutlineElem Title="附件 ${ID}"/></ofd:Outlines>${lists}</ofd:Document>`,
    'Doc_0/Tpls/Tpl_0/Content.xml': page(text('内部资料', 280)),
    'Doc_0/Pages/Page_0/Content.xml': page(objects),
    ...more,
  });
const placesOf = async (bytes: Buffer) =>
  (await scanBytes({ name: '名单.ofd', bytes }, ruleset)).findings
    .filter((one) => one.rule === 'personal.id-card' || one.rule.startsWith('unread.'))
    .map((one) => (one.rule.startsWith('unread.') ? `${one.rule} ` : '') + explainPlace(one.part ?? '').zh);

describe('an OFD', () => {
  it('is read line by line, however its lines are cut into objects', async () => {
    const cut = text(ID.slice(0, 6), 20) + text(ID.slice(6), 20) + text('第二行', 30);
    const { kind, parts } = await extractDocument(ofd(cut), 'a.ofd');
    expect(kind).toBe('ofd');
    expect(parts.find((one) => one.part === 'page:1')?.text).toBe(`${ID}\n第二行`);
    expect(await placesOf(ofd(cut))).toEqual(['第 1 页', '文档属性', '书签（目录）']);
  });

  it('tells what nobody sees: switched off, under a box, white, beyond the paper, tiny', async () => {
    const box =
      '<ofd:PathObject Boundary="15 50 180 10" Fill="true"><ofd:FillColor Value="0 0 0"/><ofd:AbbreviatedData>M 0 0 L 1 1</ofd:AbbreviatedData></ofd:PathObject>';
    const white = text(ID, 80).replace('0 0 0"', '255 255 255"');
    const objects = `${text(ID, 20, 'Visible="false"')}${text(ID, 52)}${box}${white}${text(ID, 400)}${text(ID, 120).replace('Size="5"', 'Size="0.3"')}`;
    expect((await placesOf(ofd(objects))).slice(0, 5)).toEqual([
      '第 1 页（隐藏文字）',
      '第 1 页（被黑块遮住，仍可复制出来）',
      '第 1 页（白色文字）',
      '第 1 页（在页面边缘之外，看不见）',
      '第 1 页（极小的文字）',
    ]);
  });

  it('is read in its notes, attachments, tags, extensions, seals, and files that no list names', async () => {
    const seal = Buffer.concat([Buffer.from([0x30, 20, 0x0c, 18]), Buffer.from(ID)]);
    const bytes = ofd(
      text('正文', 20),
      {
        'Doc_0/Annots/Annotations.xml':
          '<ofd:Annotations><ofd:Page PageID="1"><ofd:FileLoc>Page_0/Annotation.xml</ofd:FileLoc></ofd:Page></ofd:Annotations>',
        'Doc_0/Annots/Page_0/Annotation.xml': `<ofd:PageAnnot><ofd:Annot ID="5" Type="Highlight"><ofd:Remark>${ID}</ofd:Remark><ofd:Appearance>${text(ID, 1)}</ofd:Appearance></ofd:Annot></ofd:PageAnnot>`,
        'Doc_0/Attachs/Attachments.xml':
          '<ofd:Attachments><ofd:Attachment ID="1" Name="花名册" Format="txt"><ofd:FileLoc>a.txt</ofd:FileLoc></ofd:Attachment></ofd:Attachments>',
        'Doc_0/Attachs/a.txt': ID,
        'Doc_0/Tags/CustomTags.xml':
          '<ofd:CustomTags><ofd:CustomTag TypeID="t"><ofd:FileLoc>Tag.xml</ofd:FileLoc></ofd:CustomTag></ofd:CustomTags>',
        'Doc_0/Tags/Tag.xml': `<t><name>${ID}</name></t>`,
        'Doc_0/Ext.xml': `<ofd:Extensions><ofd:Extension><ofd:Property Name="k">${ID}</ofd:Property></ofd:Extension></ofd:Extensions>`,
        'Doc_0/Signs/Sign_0/Seal.esl': seal,
        'Doc_0/Pages/Page_7/Content.xml': page(text(ID, 20)),
      },
      '<ofd:Annotations>Annots/Annotations.xml</ofd:Annotations><ofd:Attachments>Attachs/Attachments.xml</ofd:Attachments><ofd:CustomTags>Tags/CustomTags.xml</ofd:CustomTags><ofd:Extensions>Ext.xml</ofd:Extensions>',
    );
    const places = await placesOf(bytes);
    for (const place of [
      '第 1 页的批注、链接或表单',
      '附件 花名册.txt',
      '自定义标引',
      '扩展数据',
      '电子印章',
      'Doc_0/Pages/Page_7/Content.xml（文件里有、页面上不显示）',
    ])
      expect(places).toContain(place);
  });

  it('is told as unread where its pages are missing or their letters mean nothing', async () => {
    const lacking = zip({
      'OFD.xml':
        '<ofd:OFD><ofd:DocBody><ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>',
      'Doc_0/Document.xml':
        '<ofd:Document><ofd:Pages><ofd:Page ID="1" BaseLoc="P.xml"/></ofd:Pages></ofd:Document>',
    });
    expect(await placesOf(lacking)).toEqual(['unread.damaged 第 1 页']);
    const codes = String.fromCodePoint(...Array.from({ length: 30 }, (_, at) => 0xe000 + at));
    expect(await placesOf(ofd(text(codes, 20)))).toContain('unread.garbled 第 1 页');
    const renamed = await extractDocument(zip({ 'a.txt': 'x' }), 'a.ofd').catch((error: unknown) => error);
    expect(isAppError(renamed) && renamed.code).toBe('scan.damaged');
  });
});
