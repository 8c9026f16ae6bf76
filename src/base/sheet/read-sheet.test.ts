import { downloadZip } from 'client-zip';
import fc from 'fast-check';
import { writeXlsx } from 'hucre/xlsx';
import { expect, test } from 'vitest';
import { fromBufferPromise } from 'yauzl';
import type { SheetSpec } from '#base/contract';
import { type AppError, isAppError } from '#base/errors';
import { readRecords, readSheet, writeSheet } from '#base/sheet';
import { parseXlsx } from './parse-xlsx.ts';
import { defaultLimits } from './types.ts';

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const read = (text: string, name = 'a.csv') => readSheet(utf8(text), name);
const cellsOf = (sheet: Awaited<ReturnType<typeof readSheet>>) => sheet.rows.map(({ cells }) => cells);

test('reads quoted cells with separators, quotes and line breaks as RFC 4180 has them', async () => {
  const sheet = await read('a,b,c\r\n"1,5","say ""hi""","line 1\r\nline 2"\r\nx,,"" \r\n');
  expect(sheet.columns).toEqual(['a', 'b', 'c']);
  expect(cellsOf(sheet)).toEqual([
    ['1,5', 'say "hi"', 'line 1\r\nline 2'],
    ['x', '', ''],
  ]);
  expect(sheet.issues).toEqual([]);
});

test('keeps the row numbers of the file across blank rows, comments and cells of several lines', async () => {
  const sheet = await read('#note\na,b\n\n"x\ny",1\n#k,v\n,\nz,2');
  expect(sheet.rows.map(({ row }) => row)).toEqual([4, 7]);
  expect(cellsOf(sheet)).toEqual([
    ['x\ny', '1'],
    ['z', '2'],
  ]);
});

test('finds semicolons and tabs as separators, and obeys the sep= line', async () => {
  expect((await read('a;b;"c,d"\n1;2,5;3')).columns).toEqual(['a', 'b', 'c,d']);
  expect((await read('a\tb,c\td\n1\t2\t3')).columns).toEqual(['a', 'b,c', 'd']);
  expect((await read('a,x\tb\n1\t2', 'a.tsv')).columns).toEqual(['a,x', 'b']);
  expect((await read('sep=;\r\na;b\r\n1;2')).rows).toEqual([{ row: 2, cells: ['1', '2'] }]);
});

test('reads UTF-8, UTF-16 and GB18030 files and says which it was', async () => {
  const gb = Uint8Array.from([0xd1, 0xa7, 0xd0, 0xa3, 0x2c, 0x61, 0x0a, 0xd2, 0xbb, 0x2c, 0x31]);
  const utf16 = Buffer.from('\ufeff学校\ta\n一\t1', 'utf16le');
  for (const [bytes, charset] of [
    [gb, 'gb18030'],
    [utf16, 'utf-16le'],
    [utf8('\ufeff学校,a\n一,1'), 'utf-8'],
    [utf8('学校,a\n一,1'), 'utf-8'],
  ] as const) {
    const sheet = await readSheet(bytes, 'a.csv');
    expect(sheet).toMatchObject({ charset, columns: ['学校', 'a'], rows: [{ row: 2, cells: ['一', '1'] }] });
  }
});

test('refuses UTF-8 with a damaged byte instead of reading it as GB18030', async () => {
  const bytes = utf8(`学校,a\n${'一二三四五六七八九十,1\n'.repeat(20)}`);
  bytes[40] = 0xff;
  await expect(readSheet(bytes, 'a.csv')).rejects.toMatchObject({
    code: 'sheet.unreadable',
    details: { reason: expect.stringContaining('line 2') },
  });
  const cut = utf8('学校,a\n一二三四五六七八九十').slice(0, -1);
  await expect(readSheet(cut, 'a.csv')).rejects.toMatchObject({ code: 'sheet.unreadable' });
});

test('names the line of a quote that never closes', async () => {
  await expect(read('a,b\n1,2\n3,"4\n5,6\n')).rejects.toMatchObject({
    code: 'sheet.unreadable',
    details: { reason: expect.stringContaining('line 3') },
  });
});

test('keeps a row with characters after a closing quote or too many cells, and tells it', async () => {
  const sheet = await read('a,b\n"x"y,1\n1,2,3\n4,5');
  expect(cellsOf(sheet)).toEqual([
    ['xy', '1'],
    ['1', '2'],
    ['4', '5'],
  ]);
  expect(sheet.issues).toMatchObject([
    { row: 2, code: 'sheet.bad_quote' },
    { row: 3, code: 'sheet.extra_cells' },
  ]);
});

test('reads numbers, dates, formulas and text of a workbook as its user sees them', async () => {
  const bytes = await writeXlsx({
    sheets: [
      {
        name: '一',
        rows: [
          ['编号', '房间', '日期', '时刻', '公式', '比例', '手机', '长号'],
          [],
          [
            7,
            12,
            new Date('2026-03-01T00:00:00Z'),
            new Date('2026-03-01T08:30:00Z'),
            null,
            0.5,
            13800000000,
            Number('110105199003077777'),
          ],
        ],
        cells: new Map([
          ['2,1', { style: { numFmt: '0000' } }],
          ['2,3', { style: { numFmt: 'yyyy-mm-dd hh:mm' } }],
          ['2,4', { formula: 'A3*2', formulaResult: 14 }],
          ['2,5', { style: { numFmt: '0%' } }],
        ]),
      },
      { name: '二', rows: [['x']] },
      { name: '三', rows: [['y']], hidden: true },
    ],
  });
  const sheet = await readSheet(bytes, 'a.xlsx');
  expect(sheet.rows).toEqual([
    {
      row: 3,
      cells: [
        '7',
        '0012',
        '2026-03-01',
        '2026-03-01T08:30:00',
        '14',
        '50%',
        '13800000000',
        '110105199003077776',
      ],
    },
  ]);
  expect(sheet.otherSheets).toEqual(['二']);
  expect(sheet.issues).toMatchObject([{ row: 3, column: '长号', code: 'sheet.precision_lost' }]);
});

test('flags a formula that has no result', async () => {
  const bytes = await writeXlsx({
    sheets: [
      {
        name: 'a',
        rows: [
          ['x', 'y'],
          ['1', '#N/A'],
        ],
        cells: new Map([['1,1', { type: 'error', value: '#N/A' }]]),
      },
    ],
  });
  const sheet = await readSheet(bytes, 'a.xlsx');
  expect(sheet.issues).toMatchObject([{ row: 2, column: 'y', code: 'sheet.formula_error' }]);
});

test('flags what Excel made of long numbers and broken formulas in a csv', async () => {
  const sheet = await read('证件号,值\n1.10105E+17,#REF!\n#N/A,1\n110105199003070011,1E5\n');
  expect(sheet.issues.map(({ row, column, code }) => [row, column, code])).toEqual([
    [2, '证件号', 'sheet.precision_lost'],
    [2, '值', 'sheet.formula_error'],
    [3, '证件号', 'sheet.formula_error'],
  ]);
  expect(sheet.rows.length).toBe(3);
});

test('takes a lone # for a cell and tells which rows were comments', async () => {
  const sheet = await read('#说明,x\n#,名称\n#,甲\n#乙,1\n2,丙\n');
  expect(sheet).toMatchObject({ columns: ['#', '名称'], comments: [1, 4] });
  expect(cellsOf(sheet)).toEqual([
    ['#', '甲'],
    ['2', '丙'],
  ]);
});

test('reads a bare time as a time', async () => {
  const bytes = await writeXlsx({
    sheets: [
      {
        name: 'a',
        rows: [
          ['开', '关', '日'],
          [8.5 / 24, 0.75, 46082],
        ],
        cells: new Map([
          ['1,0', { style: { numFmt: 'hh:mm' } }],
          ['1,1', { style: { numFmt: 'h:mm:ss' } }],
          ['1,2', { style: { numFmt: 'yyyy"年"m"月"d"日"' } }],
        ]),
      },
    ],
  });
  expect(cellsOf(await readSheet(bytes, 'a.xlsx'))).toEqual([['08:30:00', '18:00:00', '2026-03-01']]);
});

test('stops at the limits for bytes, rows, columns and unpacked size', async () => {
  const csv = utf8(`a,b\n${'1,2\n'.repeat(50)}`);
  const xlsx = await writeSheet(
    { columns: ['a'], rows: Array.from({ length: 5000 }, () => ['x'.repeat(1000)]) },
    'xlsx',
  );
  const tooLarge = { code: 'sheet.too_large' };
  const large = await readSheet(csv, 'a.csv', { bytes: 100 }).catch((error: AppError) => error.messages());
  expect(large).toEqual({
    zh: '表格过大：文件大小为 204 B，上限 100 B。请拆分后再导入',
    en: 'The table is too large: size of the file is 204 B, the limit is 100 B; split it and import the parts',
  });
  await expect(readSheet(csv, 'a.csv', { rows: 20 })).rejects.toMatchObject(tooLarge);
  await expect(readSheet(csv, 'a.csv', { columns: 1 })).rejects.toMatchObject(tooLarge);
  await expect(readSheet(xlsx, 'a.xlsx', { unpackedBytes: 10_000 })).rejects.toMatchObject(tooLarge);
  await expect(readSheet(xlsx, 'a.xlsx', { characters: 100_000 })).rejects.toMatchObject(tooLarge);
  await expect(readSheet(xlsx, 'a.xlsx', { milliseconds: 1 })).rejects.toMatchObject(tooLarge);
  expect((await readSheet(xlsx, 'a.xlsx')).rows.length).toBe(5000);
});

test('stops a zip whose directory understates what its parts unpack to', async () => {
  const bytes = await writeSheet({ columns: ['a'], rows: [['x'.repeat(30_000)]] }, 'xlsx');
  const lying = understateSizes(bytes);
  await expect(readSheet(lying, 'a.xlsx')).rejects.toMatchObject({ code: 'sheet.unreadable' });
});

/** Sets every uncompressed size in the central directory to 10. */
function understateSizes(bytes: Uint8Array): Uint8Array {
  const copy = Buffer.from(bytes);
  for (
    let at = copy.indexOf('PK\x01\x02', 0, 'latin1');
    at >= 0;
    at = copy.indexOf('PK\x01\x02', at + 4, 'latin1')
  ) {
    copy.writeUInt32LE(10, at + 24);
  }
  return copy;
}

test('reads a text that is named .xlsx when it holds the columns, and says what it is when it does not', async () => {
  const spec: SheetSpec = {
    kind: 'a',
    zh: '甲',
    fields: [{ key: 'name', zh: '名称', en: 'Name', required: true, example: '甲' }],
  };
  const good = await readSheet(utf8('名称\n甲\n'), 'a.xlsx');
  expect(readRecords(spec, good).records).toMatchObject([{ row: 2, values: { name: '甲' } }]);
  for (const name of ['a.xlsx', 'A.XLSX', 'a.xls']) {
    const bad = await readSheet(utf8('这不是表格，只是一封信\n您好\n'), name);
    const told = await outcome(async () => readRecords(spec, bad));
    expect(told).toBe('sheet.not_workbook');
  }
  const csv = await readSheet(utf8('别的列\n甲\n'), 'a.csv');
  expect(await outcome(async () => readRecords(spec, csv))).toBe('sheet.missing_columns');
});

test('tells a protected workbook, an old .xls, a web page and an empty file apart', async () => {
  const locked = await writeXlsx({
    sheets: [{ name: 'a', rows: [['x']] }],
    encryption: { password: 'p', spinCount: 1 },
  });
  await expect(readSheet(locked, 'a.xlsx')).rejects.toMatchObject({ code: 'sheet.encrypted' });
  const ole2 = Uint8Array.from([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1, ...Array(600).fill(0)]);
  const reasons = {
    'a.xls': ole2,
    'b.xls': utf8('<html><table><tr><td>1</table>'),
    'c.csv': utf8(''),
    'd.csv': utf8('\n,\n'),
  };
  for (const [name, bytes] of Object.entries(reasons)) {
    await expect(readSheet(bytes, name), name).rejects.toMatchObject({ code: 'sheet.unreadable' });
  }
});

/** `table`, or the code of the typed error; anything else that is thrown fails the test. */
async function outcome(read: () => Promise<unknown>): Promise<string> {
  try {
    await read();
    return 'table';
  } catch (error) {
    if (!isAppError(error)) throw error;
    return error.code;
  }
}
const known = /^(table|sheet\.(unreadable|encrypted|too_large))$/;

test('answers random bytes with a table or a typed error', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 3000 }), async (bytes) => {
      expect(await outcome(() => readSheet(bytes, 'x'))).toMatch(known);
    }),
    { numRuns: 1000 },
  );
});

test('answers damaged and truncated workbooks with a table or a typed error', async () => {
  const workbook = await writeSheet({ columns: ['a', 'b'], rows: [['1', '2']] }, 'xlsx');
  const flip = fc.array(fc.tuple(fc.nat(workbook.length - 1), fc.nat(255)), { maxLength: 8 });
  const broken = fc.tuple(flip, fc.integer({ min: 4, max: workbook.length })).map(([changes, length]) => {
    const copy = workbook.slice();
    for (const [at, byte] of changes) copy[at] = byte;
    copy.set([0x50, 0x4b, 3, 4]);
    return copy.slice(0, length);
  });
  await fc.assert(
    fc.asyncProperty(broken, async (bytes) => {
      expect(await outcome(() => parseXlsx(bytes, 'x', defaultLimits))).toMatch(known);
    }),
    { numRuns: 500 },
  );
  await fc.assert(
    fc.asyncProperty(broken, async (bytes) => {
      expect(await outcome(() => readSheet(bytes, 'x'))).toMatch(known);
    }),
    { numRuns: 5 },
  );
});

test('answers workbooks whose xml is hostile with a table or a typed error', async () => {
  const workbook = await writeSheet({ columns: ['a'], rows: [['1']] }, 'xlsx');
  const parts = await unzip(workbook);
  const xml = (body: string) => `<?xml version="1.0"?>${body}`;
  const sheetOf = (rows: string) =>
    xml(
      `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>${rows}</sheetData></worksheet>`,
    );
  const hostile = [
    sheetOf('<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'),
    sheetOf('<row r="-5"><c r="ZZZZZZ99999999"><v>1e999</v></c></row>'),
    sheetOf('<row r="1"><c r="A1" t="s"><v>4294967295</v></c><c r="B1" t="s"><v>-1</v></c></row>'),
    sheetOf('<row r="1"><c r="A1" t="d"><v>9999999999-99-99</v></c><c r="B1" s="99999"><v>NaN</v></c></row>'),
    sheetOf(`${'<row r="1"><c>'.repeat(20_000)}`),
    xml(
      '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><worksheet>&b;&b;</worksheet>',
    ),
    '',
    '\0\0\0',
  ];
  for (const body of hostile) {
    const bytes = await zip(parts, 'xl/worksheets/sheet1.xml', body);
    expect(await outcome(() => readSheet(bytes, 'x.xlsx')), body.slice(0, 150)).toMatch(known);
  }
});

async function unzip(bytes: Uint8Array): Promise<Map<string, Uint8Array>> {
  const opened = await fromBufferPromise(Buffer.from(bytes), { lazyEntries: true });
  const parts = new Map<string, Uint8Array>();
  for await (const entry of opened.eachEntry()) {
    const chunks: Buffer[] = [];
    for await (const chunk of await opened.openReadStreamPromise(entry)) chunks.push(chunk as Buffer);
    parts.set(entry.fileName, Buffer.concat(chunks));
  }
  return parts;
}

async function zip(parts: Map<string, Uint8Array>, name: string, body: string): Promise<Uint8Array> {
  const files = [...new Map([...parts, [name, new TextEncoder().encode(body)]])];
  const blob = await downloadZip(
    files.map(([path, input]) => ({ name: path, input: new Uint8Array(input) })),
  ).blob();
  return new Uint8Array(await blob.arrayBuffer());
}

test('reads 10,000 rows of 12 columns from csv and xlsx completely', async () => {
  const columns = Array.from({ length: 12 }, (_, index) => `列${index}`);
  const rows = Array.from({ length: 10_000 }, (_, row) =>
    columns.map((_, column) => `${row}号设备 ${column}`),
  );
  for (const format of ['csv', 'xlsx'] as const) {
    const sheet = await readSheet(await writeSheet({ columns, rows }, format), `a.${format}`);
    expect(cellsOf(sheet)).toEqual(rows);
    expect(sheet.rows.at(-1)?.row).toBe(10_001);
  }
});
