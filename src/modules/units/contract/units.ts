/** Units: the organisation tree. */
import { z } from 'zod';
import { idParams, importQuery, importReply, listOf, listQuery, route, type SheetSpec } from '#base/contract';

export const unitKind = z.enum(['city', 'county', 'school']);

/** One label of a unit's ltree path: what the unit is filed under for ever. */
export const unitCode = z
  .string()
  .trim()
  .regex(
    /^[A-Za-z0-9_-]{1,40}$/,
    '只能用字母、数字、- 和 _，最长 40 位 / letters, digits, - and _, at most 40',
  );

export const unit = z.object({
  id: z.uuid(),
  code: z.string(),
  name: z.string(),
  kind: unitKind,
  parentId: z.uuid().nullable(),
  parentName: z.string().nullable(),
  path: z.string(),
  uscc: z.string().nullable(),
  schoolCode: z.string().nullable(),
  address: z.string().nullable(),
  phone: z.string().nullable(),
});
export type Unit = z.infer<typeof unit>;

export const newUnit = z.object({
  code: unitCode,
  name: z.string().trim().min(2).max(100),
  kind: unitKind,
  parentCode: unitCode.optional(),
  uscc: z.string().trim().max(18).optional(),
  schoolCode: z.string().trim().max(10).optional(),
  address: z.string().trim().max(200).optional(),
  phone: z.string().trim().max(40).optional(),
});

export const listUnits = route({
  method: 'GET',
  path: '/api/units',
  summary: 'Units in the caller’s scope.',
  access: 'units.read',
  query: listQuery.extend({ kind: unitKind.optional(), parentId: z.uuid().optional() }),
  reply: listOf(unit),
});

export const getUnit = route({
  method: 'GET',
  path: '/api/units/:id',
  summary: 'One unit.',
  access: 'units.read',
  params: idParams,
  reply: unit,
});

export const registerUnit = route({
  method: 'POST',
  path: '/api/units',
  summary: 'Registers a unit under its parent.',
  access: 'units.write',
  body: newUnit,
  reply: unit,
});

export const importUnits = route({
  method: 'POST',
  path: '/api/import/units',
  summary: 'Imports units from .xlsx or .csv; good rows are kept, bad rows are told by row and column.',
  access: 'units.write',
  query: importQuery,
  accepts: 'stream',
  reply: importReply,
});

const kindChoices = [
  { value: 'city', zh: '市级' },
  { value: 'county', zh: '县（市、区）级' },
  { value: 'school', zh: '学校（单位）' },
] as const;

export const unitSheet: SheetSpec = {
  kind: 'units',
  zh: '单位',
  fields: [
    {
      key: 'code',
      zh: '单位代码',
      en: 'Code',
      required: true,
      example: 'school-001',
      note: '字母、数字、- 和 _；不会变',
    },
    { key: 'name', zh: '单位名称', en: 'Name', required: true, example: '示例县第一中学' },
    {
      key: 'kind',
      zh: '单位类别',
      en: 'Kind',
      required: true,
      example: '学校（单位）',
      choices: kindChoices,
    },
    { key: 'parent_code', zh: '上级单位代码', en: 'Parent code', required: false, example: 'county-01' },
    { key: 'uscc', zh: '统一社会信用代码', en: 'Unified social credit code', required: false, example: '' },
    { key: 'school_code', zh: '学校标识码', en: 'School code', required: false, example: '' },
    { key: 'address', zh: '地址', en: 'Address', required: false, example: '示例路1号' },
    { key: 'phone', zh: '联系电话', en: 'Phone', required: false, example: '' },
  ],
};
