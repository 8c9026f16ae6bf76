import { z } from 'zod';
import {
  idParams,
  importQuery,
  importReply,
  listOf,
  listQuery,
  route,
  type SheetSpec,
  time,
} from '#base/contract';

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

export const post = z.enum([
  'leader',
  'deputy',
  'network_admin',
  'security_officer',
  'reviewer',
  'duty',
  'teacher',
]);
export type Post = z.infer<typeof post>;

/** Phone numbers are masked in lists; nothing here shows them whole. */
export const person = z.object({
  id: z.uuid(),
  personNo: z.string(),
  name: z.string(),
  unitId: z.uuid(),
  unitName: z.string(),
  post,
  phoneMasked: z.string().nullable(),
  email: z.string().nullable(),
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

export const listPeople = route({
  method: 'GET',
  path: '/api/people',
  summary: 'People with their posts.',
  access: 'people.read',
  query: listQuery.extend({ unitId: z.uuid().optional(), post: post.optional() }),
  reply: listOf(person),
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

export const importPeople = route({
  method: 'POST',
  path: '/api/import/people',
  summary: 'Imports people with posts from .xlsx or .csv.',
  access: 'people.write',
  query: importQuery,
  accepts: 'stream',
  reply: importReply,
});

export const getErrorWorkbook = route({
  method: 'GET',
  path: '/api/import/errors/:id',
  summary: 'The rejected rows of an import as a workbook, reasons as comments.',
  access: 'signed-in',
  params: idParams,
  produces: 'file',
});

export const getTemplate = route({
  method: 'GET',
  path: '/api/import/template/:kind',
  summary: 'The empty import table of a kind, with one example row; .xlsx has drop-downs.',
  access: 'signed-in',
  params: z.object({ kind: z.enum(['units', 'people', 'sites', 'allocations', 'devices']) }),
  query: z.object({ format: z.enum(['xlsx', 'csv']).default('xlsx') }),
  produces: 'file',
});

export const importRun = z.object({
  id: z.uuid(),
  kind: z.string(),
  fileName: z.string(),
  accepted: z.number(),
  rejected: z.number(),
  at: time,
  by: z.string(),
});

export const listImports = route({
  method: 'GET',
  path: '/api/imports',
  summary: 'Earlier imports in the caller’s scope.',
  access: 'units.read',
  query: listQuery,
  reply: listOf(importRun),
});

const kindChoices = [
  { value: 'city', zh: '市级' },
  { value: 'county', zh: '县（市、区）级' },
  { value: 'school', zh: '学校（单位）' },
] as const;

export const postChoices = [
  { value: 'leader', zh: '主要负责人' },
  { value: 'deputy', zh: '分管负责人' },
  { value: 'network_admin', zh: '网络管理员' },
  { value: 'security_officer', zh: '网络安全员' },
  { value: 'reviewer', zh: '信息审核员' },
  { value: 'duty', zh: '值班联络人' },
  { value: 'teacher', zh: '教师' },
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

export const peopleSheet: SheetSpec = {
  kind: 'people',
  zh: '人员',
  fields: [
    { key: 'person_no', zh: '人员编号', en: 'Person number', required: true, example: 'P0001' },
    { key: 'name', zh: '姓名', en: 'Name', required: true, example: '张示例' },
    { key: 'unit_code', zh: '单位代码', en: 'Unit code', required: true, example: 'school-001' },
    { key: 'post', zh: '岗位', en: 'Post', required: true, example: '网络管理员', choices: postChoices },
    { key: 'phone', zh: '手机', en: 'Phone', required: false, example: '' },
    { key: 'email', zh: '邮箱', en: 'E-mail', required: false, example: 'user@example.org' },
  ],
};

export const permissions = {
  'units.read': { zh: '查看单位', en: 'Read units' },
  'units.write': { zh: '登记单位', en: 'Register units' },
  'people.read': { zh: '查看人员', en: 'Read people' },
  'people.write': { zh: '登记人员', en: 'Register people' },
} as const;

export const errors = {
  'units.duplicate_code': {
    status: 409,
    zh: '单位代码 {code} 已经登记',
    en: 'Unit code {code} is already registered',
  },
  'units.unknown_parent': {
    status: 422,
    zh: '没有代码为 {code} 的上级单位',
    en: 'There is no parent unit with code {code}',
  },
  'units.parent_required': {
    status: 422,
    zh: '这类单位必须写上级单位代码',
    en: 'This kind of unit needs a parent code',
  },
  'units.wrong_parent': {
    status: 422,
    zh: '{kind} 不能放在 {parent} 下面',
    en: 'A {kind} cannot hang under a {parent}',
  },
  'units.bad_uscc': {
    status: 422,
    zh: '统一社会信用代码 {value} 的校验码不对',
    en: 'The check character of unified social credit code {value} is wrong',
  },
  'units.unknown_unit': {
    status: 422,
    zh: '没有代码为 {code} 的单位',
    en: 'There is no unit with code {code}',
  },
  'units.unknown_person': {
    status: 422,
    zh: '没有编号为 {no} 的人员',
    en: 'There is no person with number {no}',
  },
  'units.bad_phone': {
    status: 422,
    zh: '电话 {value} 的格式不对',
    en: 'Phone number {value} is not well formed',
  },
  'units.bad_email': { status: 422, zh: '邮箱 {value} 的格式不对', en: 'E-mail {value} is not well formed' },
  'units.bad_choice': {
    status: 422,
    zh: '“{value}”不在可选值内：{choices}',
    en: '“{value}” is not one of: {choices}',
  },
  'units.required': { status: 422, zh: '“{column}”必须填写', en: '“{column}” is required' },
  'units.too_long': {
    status: 422,
    zh: '“{column}”太长，最多 {limit} 字',
    en: '“{column}” is too long; at most {limit}',
  },
  'units.duplicate_row': {
    status: 422,
    zh: '与第 {first} 行重复：{value}',
    en: 'Duplicates row {first}: {value}',
  },
  'units.bad_value': { status: 422, zh: '“{column}”的值不对：{reason}', en: '“{column}” is wrong: {reason}' },
  'units.outside_scope': {
    status: 403,
    zh: '单位 {code} 不在你的管理范围内',
    en: 'Unit {code} is outside your scope',
  },
} as const;
