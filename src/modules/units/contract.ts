import { appointmentErrors, appointmentPermissions } from './contract/appointments.ts';
import { papersErrors } from './contract/papers.ts';
import { postErrors } from './contract/posts.ts';

export * from './contract/appointments.ts';
export * from './contract/days.ts';
export * from './contract/five-in-place.ts';
export * from './contract/imports.ts';
export * from './contract/papers.ts';
export * from './contract/people.ts';
export * from './contract/posts.ts';
export * from './contract/tree.ts';
export * from './contract/unit-facts.ts';
export * from './contract/units.ts';

import { treeErrors, treePermissions } from './contract/tree.ts';
import { unitFactsErrors, unitFactsPermissions } from './contract/unit-facts.ts';

export const permissions = {
  ...appointmentPermissions,
  ...treePermissions,
  ...unitFactsPermissions,
  'units.read': { zh: '查看单位', en: 'Read units' },
  'units.write': { zh: '登记单位', en: 'Register units' },
  'people.read': { zh: '查看人员', en: 'Read people' },
  'people.write': { zh: '登记人员', en: 'Register people' },
} as const;

export const errors = {
  ...appointmentErrors,
  ...papersErrors,
  ...postErrors,
  ...treeErrors,
  ...unitFactsErrors,
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
  'units.follows_row': {
    status: 422,
    zh: '随第 {follows} 行：上级单位 {code} 那一行没有通过；这一行不用改，改好那一行后一起再导入',
    en: 'Follows from row {follows}: the row of the parent unit {code} was refused; nothing is to be changed here, import it again with that row mended',
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
