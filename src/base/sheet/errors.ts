/** Codes of `#base/sheet`. The first group is thrown, the second is attached to a row of an import. */
import type { ErrorCode } from '#base/contract';

export const sheetErrors = {
  'sheet.too_large': {
    status: 413,
    zh: '表格过大：{what}为 {value}，上限 {limit}。请拆分后再导入',
    en: 'The table is too large: {what} is {value}, the limit is {limit}; split it and import the parts',
  },
  'sheet.unreadable': {
    status: 422,
    zh: '无法读取 {file}：{reason_zh}',
    en: 'Cannot read {file}: {reason}',
  },
  'sheet.encrypted': {
    status: 422,
    zh: '{file} 设有打开密码，请取消密码后另存再导入',
    en: '{file} is protected by a password; save a copy without it and import that',
  },
  'sheet.missing_columns': {
    status: 422,
    zh: '缺少必需的列：{columns_zh}。请使用导入模板',
    en: 'Required columns are missing: {columns}; use the import template',
  },
  'sheet.not_workbook': {
    status: 422,
    zh: '{file} 虽然叫 .xlsx，内容却是文本，不是工作簿，也没有导入所需的列。请用 Excel 或 WPS 打开原表后“另存为”.xlsx；如果本来就是 CSV，把扩展名改成 .csv 再导入',
    en: '{file} is named .xlsx but holds text, not a workbook, and has none of the columns that are needed. Save the table as .xlsx from Excel or WPS; if it is a CSV file, name it .csv and import it again',
  },
  'sheet.duplicate_columns': {
    status: 422,
    zh: '同一字段出现了两列：{columns_zh}，请只保留一列',
    en: 'Two columns stand for the same field: {columns}; keep one',
  },
  'sheet.required': { status: 422, zh: '“{field_zh}”为必填项', en: '{field} is required' },
  'sheet.not_a_choice': {
    status: 422,
    zh: '“{value}”不是“{field_zh}”的可选值，可选：{choices_zh}',
    en: '{value} is not a choice of {field}; choices: {choices}',
  },
  'sheet.precision_lost': {
    status: 422,
    zh: '该单元格按数值保存，第 15 位以后的数字已被 Excel 丢失，请把单元格设为“文本”后重新填写',
    en: 'The cell was stored as a number and Excel has lost the digits after the 15th; format it as text and type it again',
  },
  'sheet.formula_error': {
    status: 422,
    zh: '公式没有可用的结果（{value}），请填写实际值',
    en: 'The formula has no usable result ({value}); type the value',
  },
  'sheet.cell_too_long': {
    status: 422,
    zh: '单元格超过 {limit} 个字符，可能是前面的行缺少配对的引号',
    en: 'The cell has more than {limit} characters; a quote may be missing in a row above',
  },
  'sheet.bad_quote': {
    status: 422,
    zh: '引号后面还有多余的字符，请检查该行的引号',
    en: 'Characters follow a closing quote; check the quotes of this row',
  },
  'sheet.extra_cells': {
    status: 422,
    zh: '该行的单元格多于表头的列数，多出：{value}',
    en: 'The row has more cells than the header has columns; surplus: {value}',
  },
} as const satisfies Record<string, ErrorCode>;

export type SheetErrorCode = keyof typeof sheetErrors;
