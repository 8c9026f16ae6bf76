/** People, each registered once. */
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
import { day } from './days.ts';
import { post } from './posts.ts';

/** Phone numbers are masked everywhere here; nothing of these routes shows them whole. */
export const person = z.object({
  id: z.uuid(),
  personNo: z.string(),
  name: z.string(),
  unitId: z.uuid(),
  /** Null: at home in a unit that the caller does not see, and serving here. */
  unitName: z.string().nullable(),
  /** The first of the posts held today; null: none. */
  post: post.nullable(),
  /** All posts held today, at whatever unit. */
  posts: z.array(post),
  phoneMasked: z.string().nullable(),
  email: z.string().nullable(),
  /** Under 18: what is theirs is shown only with a second person’s approval. */
  minor: z.boolean(),
});
export type Person = z.infer<typeof person>;

export const listPeople = route({
  method: 'GET',
  path: '/api/people',
  summary: 'People with their posts.',
  access: 'people.read',
  query: listQuery.extend({
    sort: sortBy('name', 'no'),
    unitId: z.uuid().optional(),
    post: post.optional(),
    /** `none`: people without any post today. */
    held: z.enum(['some', 'none']).optional(),
  }),
  reply: listOf(person),
});

export const personPage = person.extend({
  /** Set when this registration gave way to another. */
  mergedInto: z.object({ id: z.uuid(), name: z.string(), personNo: z.string() }).nullable(),
});

export const getPerson = route({
  method: 'GET',
  path: '/api/people/:id',
  summary: 'One person.',
  access: 'people.read',
  params: idParams,
  reply: personPage,
});

const name = z.string().trim().min(1).max(40);
const phone = z.string().trim().max(40);
const email = z.string().trim().max(254);

export const registerPerson = route({
  method: 'POST',
  path: '/api/people',
  summary: 'Registers a person; a person number is registered once.',
  access: 'people.write',
  body: z.object({
    personNo: z.string().trim().min(1).max(40),
    name,
    unitId: z.uuid(),
    phone: phone.optional(),
    email: email.optional(),
    minor: z.boolean().optional(),
    post: post.optional(),
    startsOn: day.optional(),
  }),
  reply: personPage,
});

export const updatePerson = route({
  method: 'PATCH',
  path: '/api/people/:id',
  summary:
    'Corrects a person’s name, phone or e-mail, or whether it is a minor; the former entry stays in the audit log.',
  access: 'people.write',
  params: idParams,
  body: z.object({
    name: name.optional(),
    phone: phone.nullable().optional(),
    email: email.nullable().optional(),
    minor: z.boolean().optional(),
  }),
  reply: personPage,
});

/** Two registrations that may be one person: one name, and one phone or e-mail. */
export const duplicatePair = z.object({
  first: person,
  second: person,
  same: z.array(z.enum(['phone', 'email'])),
});

export const listDuplicates = route({
  method: 'GET',
  path: '/api/people/duplicates',
  summary: 'Pairs of registrations that may be one person: same name and same phone or e-mail.',
  access: 'people.read',
  query: listQuery,
  reply: listOf(duplicatePair),
});

export const mergePeople = route({
  method: 'POST',
  path: '/api/people/:id/merge',
  summary:
    'Says that another registration is this same person: its posts and papers come here, and it gives way.',
  access: 'people.write',
  params: idParams,
  body: z.object({ otherId: z.uuid(), reason: z.string().trim().min(2).max(200) }),
  reply: personPage,
});

export const keepPeopleApart = route({
  method: 'POST',
  path: '/api/people/:id/distinct',
  summary: 'Says that another registration is another person, however alike.',
  access: 'people.write',
  params: idParams,
  body: z.object({ otherId: z.uuid(), reason: z.string().trim().min(2).max(200) }),
});

export const importPeople = route({
  method: 'POST',
  path: '/api/import/people',
  summary: 'Imports people with posts from .xlsx or .csv; a person with several posts takes several rows.',
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
  { value: 'secrecy_officer', zh: '保密员' },
  { value: 'column_owner', zh: '栏目责任人' },
  { value: 'moderator', zh: '版主' },
  { value: 'duty', zh: '值班联络人' },
  { value: 'teacher', zh: '教师' },
] as const;

const timeChoices = [
  { value: 'full', zh: '专职' },
  { value: 'part', zh: '兼职' },
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
    {
      key: 'starts_on',
      zh: '任职日期',
      en: 'Appointed on',
      required: false,
      example: '2026-09-01',
      note: '年-月-日；不填为导入当天',
    },
    {
      key: 'ends_on',
      zh: '离任日期',
      en: 'Left on',
      required: false,
      example: '',
      note: '从这一天起不再任职；在任的不填',
    },
    {
      key: 'time',
      zh: '专职兼职',
      en: 'Full or part time',
      required: false,
      example: '兼职',
      choices: timeChoices,
    },
    { key: 'document_no', zh: '任命文号', en: 'Document number', required: false, example: '' },
    {
      key: 'minor',
      zh: '未成年人',
      en: 'Minor',
      required: false,
      example: '',
      note: '学生等不满十八周岁的填“是”；不填不改变',
      choices: [
        { value: 'yes', zh: '是' },
        { value: 'no', zh: '否' },
      ],
    },
  ],
};
