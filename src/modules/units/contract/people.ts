/** People and their posts. */
import { z } from 'zod';
import { importQuery, importReply, listOf, listQuery, route, type SheetSpec } from '#base/contract';

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

export const listPeople = route({
  method: 'GET',
  path: '/api/people',
  summary: 'People with their posts.',
  access: 'people.read',
  query: listQuery.extend({ unitId: z.uuid().optional(), post: post.optional() }),
  reply: listOf(person),
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

export const postChoices = [
  { value: 'leader', zh: '主要负责人' },
  { value: 'deputy', zh: '分管负责人' },
  { value: 'network_admin', zh: '网络管理员' },
  { value: 'security_officer', zh: '网络安全员' },
  { value: 'reviewer', zh: '信息审核员' },
  { value: 'duty', zh: '值班联络人' },
  { value: 'teacher', zh: '教师' },
] as const;

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
