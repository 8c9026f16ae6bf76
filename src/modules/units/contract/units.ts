/** Units: the organisation tree. */
import { z } from 'zod';
import {
  idParams,
  importQuery,
  importReply,
  listOf,
  listQuery,
  route,
  type SheetSpec,
  sortBy,
} from '#base/contract';
import {
  factFields,
  factsBody,
  ownership,
  ownershipChoices,
  schoolType,
  schoolTypeChoices,
} from './unit-facts.ts';

export const unitKind = z.enum(['city', 'county', 'school']);
/** `merged`: closed, and hanging below the unit that it went into. */
export const unitState = z.enum(['open', 'closed', 'merged']);

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
  state: unitState,
  shortName: z.string().nullable(),
  adminCode: z.string().nullable(),
  uscc: z.string().nullable(),
  /** The check character fails and two people found the code genuine (人工核准). */
  usccApproved: z.boolean(),
  schoolCode: z.string().nullable(),
  schoolType: schoolType.nullable(),
  ownership: ownership.nullable(),
  address: z.string().nullable(),
  postalCode: z.string().nullable(),
  phone: z.string().nullable(),
  contactName: z.string().nullable(),
  contactPhoneMasked: z.string().nullable(),
  studentCount: z.number().nullable(),
  staffCount: z.number().nullable(),
  sinceOn: z.string().nullable(),
  version: z.number().int(),
});
export type Unit = z.infer<typeof unit>;

export const newUnit = z.object({
  code: unitCode,
  name: z.string().trim().min(2).max(100),
  kind: unitKind,
  parentCode: unitCode.optional(),
  ...factFields,
});

/** One unit with what it was called before. */
export const unitDetail = unit.extend({ formerNames: z.array(z.string()) });

export const listUnits = route({
  method: 'GET',
  path: '/api/units',
  summary: 'Units in the caller’s scope.',
  access: 'units.read',
  query: listQuery.extend({
    sort: sortBy('name', 'code', 'kind'),
    kind: unitKind.optional(),
    parentId: z.uuid().optional(),
    /** Left out: only open units. */
    state: z.enum(['open', 'closed', 'merged', 'all']).optional(),
  }),
  reply: listOf(unit),
});

export const getUnit = route({
  method: 'GET',
  path: '/api/units/:id',
  summary: 'One unit.',
  access: 'units.read',
  params: idParams,
  reply: unitDetail,
});

export const updateUnit = route({
  method: 'PATCH',
  path: '/api/units/:id',
  summary: 'Changes facts of a unit; its name and place change by an act with a document number.',
  access: 'units.write',
  params: idParams,
  body: factsBody,
  reply: unitDetail,
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
    { key: 'short_name', zh: '简称', en: 'Short name', required: false, example: '示例一中' },
    {
      key: 'admin_code',
      zh: '行政区划代码',
      en: 'Administrative code',
      required: false,
      example: '',
      note: '6 或 12 位数字（GB/T 2260）',
    },
    {
      key: 'school_type',
      zh: '学校类型',
      en: 'School type',
      required: false,
      example: '完全中学',
      choices: schoolTypeChoices,
    },
    {
      key: 'ownership',
      zh: '办学性质',
      en: 'Public or private',
      required: false,
      example: '公办',
      choices: ownershipChoices,
    },
    { key: 'postal_code', zh: '邮政编码', en: 'Postal code', required: false, example: '' },
    { key: 'contact_name', zh: '联系人', en: 'Contact', required: false, example: '' },
    { key: 'contact_phone', zh: '联系人电话', en: 'Contact phone', required: false, example: '' },
    { key: 'student_count', zh: '学生数', en: 'Students', required: false, example: '' },
    { key: 'staff_count', zh: '教职工数', en: 'Staff', required: false, example: '' },
    {
      key: 'since_on',
      zh: '设立日期',
      en: 'Founded on',
      required: false,
      example: '',
      note: '如 1998-09-01；不填则从登记之日起',
    },
  ],
};
