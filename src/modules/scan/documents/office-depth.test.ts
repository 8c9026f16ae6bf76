import { describe, expect, it } from 'vitest';
import { createRuleset, starterTermList } from '../ruleset.ts';
import { scanBytes } from '../scan-bytes.ts';
import { maskDocument } from './mask-document.ts';
import { writeZip } from './write-zip.ts';

const ruleset = createRuleset([starterTermList]);
const ID = '33110220150101001X';
const zip = (members: Record<string, string>) =>
  writeZip(new Map(Object.entries(members).map(([name, body]) => [name, Buffer.from(body)])));
const placesOf = async (bytes: Uint8Array, name: string) =>
  (await scanBytes({ name, bytes }, ruleset)).findings.map((finding) => `${finding.rule} @ ${finding.part}`);

const workbook = {
  'xl/workbook.xml': '<workbook><sheets><sheet name="名单" r:id="r1"/></sheets></workbook>',
  'xl/_rels/workbook.xml.rels':
    '<Relationships><Relationship Id="r1" Target="worksheets/sheet1.xml"/></Relationships>',
};
const personal = (...places: string[]) => places.map((place) => `personal.id-card @ ${place}`);

describe('a workbook', () => {
  it('tells white and tiny cells, but not white letters on a coloured heading', async () => {
    const cell = (at: string, style: number) => `<c r="${at}" s="${style}" t="str"><v>${ID}</v></c>`;
    const bytes = zip({
      ...workbook,
      'xl/styles.xml':
        '<styleSheet><fonts><font><sz val="11"/></font><font><color rgb="FFFFFFFF"/></font><font><color theme="0"/></font><font><sz val="1"/></font></fonts>' +
        '<fills><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="solid"><fgColor rgb="FF0000FF"/></patternFill></fill><fill><patternFill patternType="solid"><fgColor rgb="FFFFFFFF"/></patternFill></fill></fills>' +
        '<cellXfs><xf fontId="0" fillId="0"/><xf fontId="1" fillId="0"/><xf fontId="2" fillId="2"/><xf fontId="1" fillId="1"/><xf fontId="3" fillId="0"/></cellXfs></styleSheet>',
      'xl/worksheets/sheet1.xml': `<worksheet><sheetData><row r="1">${[0, 1, 2, 3, 4].map((style) => cell(`${'ABCDE'[style]}1`, style)).join('')}</row></sheetData></worksheet>`,
    });
    expect(await placesOf(bytes, 'a.xlsx')).toEqual(
      personal(
        'sheet:名单!A1',
        'sheet:名单!B1 (white text)',
        'sheet:名单!C1 (white text)',
        'sheet:名单!D1',
        'sheet:名单!E1 (tiny text)',
      ),
    );
  });

  it('is read in its comments, whatever stands beside their text, and in boxes whose words are cut', async () => {
    const bytes = zip({
      ...workbook,
      'xl/worksheets/sheet1.xml': '<worksheet/>',
      'xl/worksheets/_rels/sheet1.xml.rels':
        '<Relationships><Relationship Id="a" Target="../comments1.xml"/></Relationships>',
      'xl/comments1.xml': `<comments><commentList><comment ref="C1"><text><r><t>${ID.slice(0, 9)}</t></r><r><t>${ID.slice(9)}</t></r></text><commentPr><anchor><xdr:from><xdr:col>3</xdr:col></xdr:from></anchor></commentPr></comment></commentList></comments>`,
      'xl/drawings/drawing1.xml': `<xdr:wsDr><a:p><a:r><a:t>${ID.slice(0, 6)}</a:t></a:r><a:r><a:t>${ID.slice(6)}</a:t></a:r></a:p></xdr:wsDr>`,
    });
    expect(await placesOf(bytes, 'a.xlsx')).toEqual(
      personal('sheet:名单!C1#comment', 'xl/drawings/drawing1.xml'),
    );
    expect(await placesOf(await maskDocument(bytes, 'a.xlsx'), 'a.xlsx')).toEqual([]);
  });

  it('is read in what it keeps of other workbooks, of cells before they were changed, and of custom data', async () => {
    const bytes = zip({
      ...workbook,
      'xl/worksheets/sheet1.xml': '<worksheet/>',
      'xl/externalLinks/externalLink1.xml': `<externalLink><sheetDataSet><sheetData><row><cell><v>${ID}</v></cell></row></sheetData></sheetDataSet></externalLink>`,
      'xl/revisions/revisionLog1.xml': `<revisions><rcc><oc t="inlineStr"><is><t>${ID}</t></is></oc></rcc></revisions>`,
      'customXml/item1.xml': `<a>${ID}</a>`,
    });
    expect(await placesOf(bytes, 'a.xlsx')).toEqual(
      personal('xl/externalLinks/externalLink1.xml', 'xl/revisions/revisionLog1.xml', 'customXml/item1.xml'),
    );
    expect(await placesOf(await maskDocument(bytes, 'a.xlsx'), 'a.xlsx')).toEqual([]);
  });

  it('of OpenDocument is read in formulas and names, and masked there', async () => {
    const bytes = zip({
      mimetype: 'application/vnd.oasis.opendocument.spreadsheet',
      'content.xml': `<office:spreadsheet><table:table table:name="甲"><table:table-row><table:table-cell table:formula="of:=&quot;${ID}&quot;" office:value="0"><text:p>0</text:p></table:table-cell></table:table-row></table:table><table:named-expression table:name="n" table:expression="of:=&quot;${ID}&quot;"/></office:spreadsheet>`,
    });
    expect(await placesOf(bytes, 'a.ods')).toEqual(personal('sheet:甲!A1 (formula)', 'names'));
    expect(await placesOf(await maskDocument(bytes, 'a.ods'), 'a.ods')).toEqual([]);
  });
});

describe('a text document', () => {
  it('is read when a server numbered its story, and in its variables', async () => {
    const bytes = zip({
      'word/document2.xml': `<w:p><w:r><w:t>${ID}</w:t></w:r></w:p>`,
      'word/settings.xml': `<w:settings><w:docVars><w:docVar w:name="a" w:val="${ID}"/></w:docVars></w:settings>`,
    });
    expect(await placesOf(bytes, 'a.docx')).toEqual(personal('word/document2.xml', 'word/settings.xml'));
    expect(await placesOf(await maskDocument(bytes, 'a.docx'), 'a.docx')).toEqual([]);
  });

  it('of OpenDocument tells a section that is hidden', async () => {
    const bytes = zip({
      mimetype: 'application/vnd.oasis.opendocument.text',
      'content.xml': `<office:text><text:section text:name="s" text:display="none"><text:p>${ID}</text:p></text:section><text:p>x</text:p></office:text>`,
    });
    expect(await placesOf(bytes, 'a.odt')).toEqual(personal('content.xml (hidden text)'));
  });
});
