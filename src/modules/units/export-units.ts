import { writeSheet } from '#base/sheet';
import { unitSheet } from './contract.ts';
import { maskPhone } from './rules.ts';
import type { ListedUnit } from './store.ts';

const states = { open: '在册', closed: '已撤销', merged: '已并入' } as const;

/**
 * The units as a table with the headings of the import, so that what was exported can be edited and imported again.
 * Phone numbers of people are masked, hence left out of a re-import by their column's own heading.
 */
export function writeUnits(rows: readonly ListedUnit[], format: 'csv' | 'xlsx'): Promise<Uint8Array> {
  // A masked number imported again would wipe the real one: that column has a heading that no import reads.
  const fields = unitSheet.fields.filter(({ key }) => key !== 'contact_phone');
  const codeOf = (row: ListedUnit) => row.unit_path.split('.').at(-2) ?? '';
  const cell = (row: ListedUnit, key: string, choices?: readonly { value: string; zh: string }[]) => {
    if (key === 'parent_code') return codeOf(row);
    const value = row[key as keyof ListedUnit] as string | number | null;
    return choices?.find((choice) => choice.value === value)?.zh ?? value;
  };
  const columns = [
    ...fields.map(({ zh }) => zh),
    '联系人电话（已遮盖）',
    '状态',
    '上级单位名称',
    '信用代码人工核准',
  ];
  return writeSheet(
    {
      name: unitSheet.zh,
      columns,
      rows: rows.map((row) => [
        ...fields.map(({ key, choices }) => cell(row, key, choices)),
        maskPhone(row.contact_phone),
        states[row.state],
        row.parent_name,
        row.uscc_approval_id === null ? '' : '人工核准',
      ]),
    },
    format,
  );
}
