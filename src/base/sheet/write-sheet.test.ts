import { readXlsx } from 'hucre/xlsx';
import { expect, test } from 'vitest';
import { readRecords, readSheet, writeErrorWorkbook, writeSheet, writeTemplate } from '#base/sheet';
import { mapColumns } from './map-columns.ts';
import type { SheetSpec } from './types.ts';

const spec: SheetSpec = {
  kind: 'devices',
  zh: '设备',
  fields: [
    {
      key: 'name',
      zh: '设备名称',
      en: 'Name',
      required: true,
      example: '教室电脑',
      note: '贴在设备上的名称',
    },
    { key: 'ip', zh: 'IP地址', en: 'IP address', required: true, example: '192.0.2.10' },
    {
      key: 'type',
      zh: '类型',
      en: 'Type',
      required: false,
      example: '台式机',
      choices: [
        { value: 'desktop', zh: '台式机' },
        { value: 'printer', zh: '打印机，含一体机' },
      ],
    },
    { key: 'owner_id', zh: '使用人证件号', en: 'Owner ID', required: false, example: '110105199003070011' },
  ],
};
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

test('matches headings by key, Chinese or English name whatever their case, width, spaces and stars', () => {
  const map = mapColumns(spec, ['*设备名称', 'ＩＰ 地址 * ', 'TYPE', '备注', 'owner_id（必填）', '错误原因']);
  expect(map.keys).toEqual(['name', 'ip', 'type', undefined, 'owner_id', undefined]);
  expect(map.unknown).toEqual(['备注']);
});

test('names the required columns that are missing and the field that two columns stand for', () => {
  expect(() => mapColumns(spec, ['类型'])).toThrow(
    expect.objectContaining({
      code: 'sheet.missing_columns',
      details: expect.objectContaining({ columns_zh: '设备名称、IP地址' }),
    }),
  );
  expect(() => mapColumns(spec, ['name', '设备名称', 'ip'])).toThrow(
    expect.objectContaining({ code: 'sheet.duplicate_columns' }),
  );
});

test.each(['csv', 'xlsx'] as const)(
  'an empty %s template imports nothing and says what it left out',
  async (format) => {
    const sheet = await readSheet(await writeTemplate(spec, format), `t.${format}`);
    expect(sheet.columns).toEqual(['设备名称*', 'IP地址*', '类型', '使用人证件号']);
    const { records, skipped, unknown } = readRecords(spec, sheet);
    expect(records).toEqual([]);
    expect(unknown).toEqual([]);
    expect(skipped.map(({ reason }) => reason)).toEqual(
      format === 'csv' ? ['comment', 'example'] : ['keys', 'example'],
    );
    expect(sheet.otherSheets).toEqual([]);
  },
);

test('the xlsx template has a hidden key row, a frozen header, drop-downs, notes and text cells', async () => {
  const workbook = await readXlsx(await writeTemplate(spec, 'xlsx'), { readStyles: true });
  const [form, choices] = workbook.sheets;
  expect(form?.rowDefs?.get(1)?.hidden).toBe(true);
  expect(form?.freezePane?.rows).toBe(1);
  expect(form?.dataValidations).toMatchObject([
    { type: 'list', range: 'C4:C1000', formula1: "'选项'!$A$1:$A$2" },
  ]);
  expect(form?.cells?.get('0,0')?.comment?.text).toContain('贴在设备上的名称');
  expect(form?.cells?.get('500,3')?.style?.numFmt).toBe('@');
  expect(choices).toMatchObject({ hidden: true, rows: [['台式机'], ['打印机，含一体机']] });
});

test('gives records by key with choices resolved, and the faults of each row', async () => {
  const text = '设备名称,IP地址,类型\n甲,192.0.2.1,打印机，含一体机\n乙,,服务器\n"a"b,192.0.2.3,desktop\n';
  const { records } = readRecords(spec, await readSheet(utf8(text), 'a.csv'));
  expect(records[0]).toEqual({
    row: 2,
    values: { name: '甲', ip: '192.0.2.1', type: 'printer', owner_id: '' },
    issues: [],
  });
  expect(records[1]?.issues.map(({ code, column }) => [code, column])).toEqual([
    ['sheet.required', 'ip'],
    ['sheet.not_a_choice', 'type'],
  ]);
  expect(records[1]?.issues[1]?.message.zh).toContain('台式机、打印机，含一体机');
  expect(records[2]?.issues).toMatchObject([{ code: 'sheet.bad_quote', column: '' }]);
});

test('an error workbook holds the refused rows with their reasons and imports again once corrected', async () => {
  const original = await readSheet(
    utf8('设备名称,IP地址,备注\n甲,192.0.2.1,=1+1\n乙,999,x\n丙,,y\n丁,192.0.2.4,z\n'),
    'a.csv',
  );
  const bytes = await writeErrorWorkbook(
    original,
    [
      { row: 3, column: 'ip', code: 'addresses.bad_ip', message: '不是 IP 地址' },
      { row: 4, column: 'IP地址', code: 'sheet.required', message: '必填' },
      { row: 4, column: '', code: 'x.row', message: '整行有误' },
    ],
    spec,
  );
  const workbook = await readXlsx(bytes, { readStyles: true });
  const [sheet] = workbook.sheets;
  expect(sheet?.rows.map((row) => row.slice(0, 3).map((cell) => cell ?? ''))).toEqual([
    ['设备名称', 'IP地址', '备注'],
    ['乙', '999', 'x'],
    ['丙', '', 'y'],
  ]);
  expect(sheet?.cells?.get('1,1')).toMatchObject({
    comment: { text: '不是 IP 地址' },
    style: { fill: { fgColor: { rgb: expect.stringMatching(/FFC7CE$/) } } },
  });
  expect(sheet?.cells?.get('2,1')?.comment?.text).toBe('必填');
  expect(sheet?.cells?.get('2,3')?.comment?.text).toBe('整行有误');
  expect(sheet?.rows[2]?.[3]).toContain('原第 4 行');

  const again = await readSheet(bytes, 'errors.xlsx');
  expect(again.columns).toEqual(['设备名称', 'IP地址', '备注', '错误原因']);
  const { records, unknown } = readRecords(spec, again);
  expect(unknown).toEqual(['备注']);
  expect(records.map(({ values, issues }) => [values.name, issues.length])).toEqual([
    ['乙', 0],
    ['丙', 1],
  ]);
  const twice = await readSheet(
    await writeErrorWorkbook(again, [{ row: 3, column: 'ip', code: 'a', message: 'b' }], spec),
    'b.xlsx',
  );
  expect(twice.columns).toEqual(again.columns);
});

test('an export never starts a formula and comes back unchanged', async () => {
  const texts = [
    '=1+1',
    '+1',
    '-2',
    '@x',
    "'=a",
    '#c',
    'a"b',
    'x,y',
    'a\nb',
    ' pad ',
    '\t=1',
    '＝1+1',
    '＠SUM(1)',
    '普通',
    'bad\u0001',
  ];
  const table = { columns: ['甲', '乙'], rows: texts.map((text) => [text, 5]) };
  const csv = await writeSheet(table, 'csv');
  expect([...csv.slice(0, 3)]).toEqual([0xef, 0xbb, 0xbf]);
  const decoded = new TextDecoder().decode(csv);
  expect(decoded).not.toMatch(/^"?[=+\-@\t＝＋－＠]/m);
  expect((await readSheet(csv, 'a.csv')).rows.map(({ cells }) => cells[0])).toEqual(texts);

  const xlsx = await writeSheet(table, 'xlsx');
  const [sheet] = (await readXlsx(xlsx)).sheets;
  expect([...(sheet?.cells?.values() ?? [])].filter((cell) => cell.formula !== undefined)).toEqual([]);
  const back = (await readSheet(xlsx, 'a.xlsx')).rows.map(({ cells }) => cells);
  expect(back.map(([text]) => text)).toEqual([...texts.slice(0, -1), 'bad\ufffd']);
  expect(back[0]?.[1]).toBe('5');
});
