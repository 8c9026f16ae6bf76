/** Documents that LibreOffice wrote, with a number of its own in each place that a reader does not see. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { explainPlace } from '../contract/explain-place.ts';
import { createRuleset, starterTermList } from '../ruleset.ts';
import { scanBytes } from '../scan-bytes.ts';
import { extractDocument } from './extract-document.ts';

const ruleset = createRuleset([starterTermList]);
/** Numbers that are right by their check digit (GB 11643, ISO 7064 MOD 11-2). */
const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const numbers = Array.from({ length: 20 }, (_, at) => {
  const start = `33110220150101${100 + at}`;
  const sum = [...start].reduce((total, digit, place) => total + Number(digit) * WEIGHTS[place]!, 0);
  return start + '10X98765432'[sum % 11];
});

const namespaces = ['office', 'style', 'text', 'table', 'presentation', 'script', 'form']
  .map((one) => `xmlns:${one}="urn:oasis:names:tc:opendocument:xmlns:${one}:1.0"`)
  .concat(
    'xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0"',
    'xmlns:fo="urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0"',
    'xmlns:svg="urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0"',
    'xmlns:of="urn:oasis:names:tc:opendocument:xmlns:of:1.2"',
    'xmlns:dc="http://purl.org/dc/elements/1.1/"',
    'xmlns:xlink="http://www.w3.org/1999/xlink"',
  )
  .join(' ');
const flat = (kind: string, styles: string, body: string) =>
  `<?xml version="1.0"?><office:document ${namespaces} office:version="1.3" office:mimetype="application/vnd.oasis.opendocument.${kind}"><office:meta><dc:title>${numbers[0]}</dc:title></office:meta><office:automatic-styles>${styles}</office:automatic-styles><office:body><office:${kind}>${body}</office:${kind}></office:body></office:document>`;
const style = (name: string, family: string, properties: string) =>
  `<style:style style:name="${name}" style:family="${family}">${properties}</style:style>`;
const p = (text: string) => `<text:p>${text}</text:p>`;
const span = (look: string, text: string) => p(`<text:span text:style-name="${look}">${text}</text:span>`);
const cell = (text: string, more = '') =>
  `<table:table-cell office:value-type="string"${more}>${p(text)}</table:table-cell>`;

const looks =
  style('white', 'text', '<style:text-properties fo:color="#ffffff"/>') +
  style('tiny', 'text', '<style:text-properties fo:font-size="1pt"/>') +
  style('gone', 'text', '<style:text-properties text:display="none"/>') +
  style('off', 'table', '<style:table-properties table:display="false"/>');
const letter = flat(
  'text',
  looks,
  `${p(numbers[1]!)}${span('white', numbers[2]!)}${span('tiny', numbers[3]!)}${span('gone', numbers[4]!)}` +
    p(`c<office:annotation>${p(numbers[5]!)}</office:annotation>`) +
    p(
      `f<text:note text:note-class="footnote"><text:note-citation>1</text:note-citation><text:note-body>${p(numbers[6]!)}</text:note-body></text:note>`,
    ) +
    p(`<text:a xlink:href="http://x.example/${numbers[7]}">l</text:a>`),
);
const roster = flat(
  'spreadsheet',
  looks,
  `<table:content-validations><table:content-validation table:name="v" table:condition="of:cell-content-is-in-list(&quot;${numbers[10]}&quot;;&quot;x&quot;)" table:base-cell-address="A.A1"><table:help-message table:title="t" table:display="true">${p(numbers[11]!)}</table:help-message></table:content-validation></table:content-validations>` +
    `<table:table table:name="A"><table:table-column/><table:table-column table:visibility="collapse"/><table:table-row>${cell(numbers[12]!, ' table:content-validation-name="v"')}${cell(numbers[13]!)}</table:table-row><table:table-row table:visibility="collapse">${cell(numbers[14]!)}</table:table-row><table:table-row><table:table-cell office:value-type="string"><office:annotation>${p(numbers[15]!)}</office:annotation>${p('x')}</table:table-cell></table:table-row></table:table>` +
    `<table:table table:name="B" table:style-name="off"><table:table-column/><table:table-row>${cell(numbers[16]!)}</table:table-row></table:table>`,
);

/** Number → the place that is told of it, by the kind of file. */
const expected: Record<string, Record<number, string>> = {
  docx: {
    0: '文档属性',
    1: '正文',
    2: '正文（白色文字）',
    3: '正文（极小的文字）',
    4: '正文（隐藏文字）',
    5: '批注',
    6: '脚注',
    7: '链接地址',
  },
  odt: {
    0: '文档属性',
    2: '正文（白色文字）',
    3: '正文（极小的文字）',
    4: '正文（隐藏文字）',
    5: '正文（批注）',
    7: '正文',
  },
  rtf: { 0: '文档属性', 2: '白色文字', 3: '极小的文字', 4: '隐藏文字', 5: '批注', 6: '脚注' },
  doc: {
    0: '文档属性',
    2: '正文（白色文字）',
    3: '正文（极小的文字）',
    4: '正文（隐藏文字）',
    5: '批注',
    6: '脚注',
  },
  xlsx: {
    10: '工作表“A”的下拉选项、提示和条件',
    11: '工作表“A”的下拉选项、提示和条件',
    12: '工作表“A”第 A 列第 1 行',
    13: '工作表“A”第 B 列第 1 行（隐藏的列）',
    14: '工作表“A”第 A 列第 2 行（隐藏的行）',
    15: '工作表“A”第 A 列第 3 行的批注',
    16: '工作表“B”第 A 列第 1 行（隐藏的工作表）',
  },
  xls: {
    10: '工作表“A”的下拉选项、提示和条件',
    11: '工作表“A”的下拉选项、提示和条件',
    13: '工作表“A”第 B 列第 1 行（隐藏的列）',
    14: '工作表“A”第 A 列第 2 行（隐藏的行）',
    15: '工作表“A”第 A 列第 3 行的批注',
    16: '工作表“B”第 A 列第 1 行（隐藏的工作表）',
  },
};

const hasOffice = (() => {
  try {
    execFileSync('which', ['soffice'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

describe.skipIf(!hasOffice)('documents that LibreOffice wrote', () => {
  it('give every number back, with its true place in words', { timeout: 600_000 }, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'scan-producers-'));
    try {
      writeFileSync(join(folder, 'letter.fodt'), letter);
      writeFileSync(join(folder, 'roster.fods'), roster);
      for (const [kind, places] of Object.entries(expected)) {
        const source = kind.startsWith('xls') ? 'roster.fods' : 'letter.fodt';
        const options = [
          `-env:UserInstallation=file://${folder}/profile`,
          '--headless',
          '--convert-to',
          kind,
        ];
        execFileSync('soffice', [...options, '--outdir', folder, join(folder, source)], {
          stdio: 'ignore',
          timeout: 120_000,
        });
        const bytes = readFileSync(join(folder, source.replace(/fod.$/, kind)));
        const { findings } = await scanBytes({ name: `a.${kind}`, bytes }, ruleset);
        const { parts } = await extractDocument(bytes, `a.${kind}`);
        const told = Object.fromEntries(
          Object.keys(places).map((at) => {
            const number = numbers[Number(at)]!;
            const part = parts.find((one) => one.text.includes(number));
            const start = part?.text.indexOf(number) ?? -1;
            const mark = part?.marks?.find((one) => one.start < start + 18 && one.end > start);
            return [at, part ? explainPlace(mark ? `${part.part} (${mark.note})` : part.part).zh : 'missed'];
          }),
        );
        expect([kind, told]).toEqual([kind, places]);
        expect(findings.filter((one) => one.rule === 'personal.id-card').length).toBeGreaterThanOrEqual(
          Object.keys(places).length,
        );
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
