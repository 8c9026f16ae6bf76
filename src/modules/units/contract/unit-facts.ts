/** What is known of a unit besides its place in the tree; credit codes that a second person approves; the export. */
import { z } from 'zod';
import { idParams, listOf, listQuery, route, time } from '#base/contract';
import { day } from './days.ts';

export const schoolType = z.enum([
  'kindergarten',
  'primary',
  'junior',
  'nine_year',
  'senior',
  'complete',
  'twelve_year',
  'vocational',
  'special',
  'college',
  'institution',
  'other',
]);
export const ownership = z.enum(['public', 'private']);

export const schoolTypeChoices = [
  { value: 'kindergarten', zh: '幼儿园' },
  { value: 'primary', zh: '小学' },
  { value: 'junior', zh: '初级中学' },
  { value: 'nine_year', zh: '九年一贯制学校' },
  { value: 'senior', zh: '高级中学' },
  { value: 'complete', zh: '完全中学' },
  { value: 'twelve_year', zh: '十二年一贯制学校' },
  { value: 'vocational', zh: '中等职业学校' },
  { value: 'special', zh: '特殊教育学校' },
  { value: 'college', zh: '高等学校' },
  { value: 'institution', zh: '直属单位' },
  { value: 'other', zh: '其他' },
] as const;

export const ownershipChoices = [
  { value: 'public', zh: '公办' },
  { value: 'private', zh: '民办' },
] as const;

const digits = (pattern: RegExp, zh: string, en: string) => z.string().trim().regex(pattern, `${zh} / ${en}`);
const count = z.coerce.number().int().min(0).max(1_000_000);

/** Facts that anyone who registers units may state; each may be left out. */
export const factFields = {
  shortName: z.string().trim().min(1).max(40).optional(),
  /** GB/T 2260: six digits of the county, or twelve down to the village committee. */
  adminCode: digits(/^\d{6}(?:\d{6})?$/, '行政区划代码是 6 或 12 位数字', '6 or 12 digits').optional(),
  uscc: z.string().trim().toUpperCase().max(18).optional(),
  schoolCode: digits(/^\d{10}$/, '学校标识码是 10 位数字', '10 digits').optional(),
  schoolType: schoolType.optional(),
  ownership: ownership.optional(),
  address: z.string().trim().max(200).optional(),
  postalCode: digits(/^\d{6}$/, '邮政编码是 6 位数字', '6 digits').optional(),
  phone: z.string().trim().max(40).optional(),
  contactName: z.string().trim().max(40).optional(),
  contactPhone: z.string().trim().max(40).optional(),
  studentCount: count.optional(),
  staffCount: count.optional(),
  /** The first day on which the unit was there; left out: the day of its registration. */
  sinceOn: day.optional(),
};

/** A fact that is left out stays; `null` empties it. */
export const factsBody = z.object({
  ...(Object.fromEntries(
    Object.entries(factFields).map(([name, field]) => [name, field.unwrap().nullish()]),
  ) as unknown as {
    [K in keyof typeof factFields]: z.ZodOptional<
      z.ZodNullable<ReturnType<(typeof factFields)[K]['unwrap']>>
    >;
  }),
  version: z.number().int().optional(),
});

export const exportUnits = route({
  method: 'GET',
  path: '/api/units/export',
  summary: 'The whole list of units in scope under the same filters, as .xlsx or .csv.',
  access: 'units.read',
  query: z.object({
    format: z.enum(['xlsx', 'csv']).default('xlsx'),
    q: z.string().trim().max(200).optional(),
    kind: z.enum(['city', 'county', 'school']).optional(),
    parentId: z.uuid().optional(),
    state: z.enum(['open', 'closed', 'merged', 'all']).optional(),
  }),
  produces: 'file',
});

export const usccApproval = z.object({
  id: z.uuid(),
  unitId: z.uuid(),
  unitName: z.string(),
  uscc: z.string(),
  reason: z.string(),
  scanRef: z.string(),
  proposedBy: z.string(),
  proposedAt: time,
  /** Null: waits for a second person. */
  approved: z.boolean().nullable(),
  decidedBy: z.string().nullable(),
  decidedAt: time.nullable(),
  note: z.string().nullable(),
  /** Whether the caller made this proposal, and so cannot decide it. */
  mine: z.boolean(),
});
export type UsccApproval = z.infer<typeof usccApproval>;

export const proposeUscc = route({
  method: 'POST',
  path: '/api/units/:id/uscc-approvals',
  summary: 'Proposes a genuine credit code whose check character fails; a second person decides.',
  access: 'units.write',
  params: idParams,
  body: z.object({
    uscc: z
      .string()
      .trim()
      .toUpperCase()
      .regex(/^[0-9A-HJ-NPQRTUWXY]{18}$/, '18 位，不含 I、O、S、V、Z / 18 characters without I, O, S, V, Z'),
    reason: z.string().trim().min(4).max(500),
    /** Where the scan of the certificate is kept: a file number, an archive mark. */
    scanRef: z.string().trim().min(2).max(200),
  }),
  reply: usccApproval,
});

export const listUsccApprovals = route({
  method: 'GET',
  path: '/api/uscc-approvals',
  summary: 'Credit codes that were proposed against their check character.',
  access: 'units.read',
  query: listQuery.extend({ unitId: z.uuid().optional(), waiting: z.stringbool().optional() }),
  reply: listOf(usccApproval),
});

export const decideUscc = route({
  method: 'POST',
  path: '/api/uscc-approvals/:id/decision',
  summary: 'Approves or refuses a proposed credit code; never by the one who proposed it.',
  access: 'units.approve_uscc',
  params: idParams,
  body: z.object({ approve: z.boolean(), note: z.string().trim().max(500).optional() }),
  reply: usccApproval,
});

export const unitFactsPermissions = {
  'units.approve_uscc': {
    zh: '核准校验不通过的统一社会信用代码',
    en: 'Approve credit codes whose check fails',
  },
} as const;

export const unitFactsErrors = {
  'units.uscc_fits_already': {
    status: 422,
    zh: '{value} 的校验码是对的，直接在单位资料里填写即可',
    en: 'The check character of {value} is right; simply enter it',
  },
  'units.uscc_waiting': {
    status: 409,
    zh: '“{name}”已有一项信用代码等待核准',
    en: '“{name}” already has a credit code waiting for approval',
  },
  'units.uscc_decided': { status: 409, zh: '这项核准已经有结论', en: 'This was decided already' },
  'units.uscc_same_person': {
    status: 403,
    zh: '提出的人不能自己核准，请另一位有“{permission}”权限的人来办',
    en: 'Whoever proposed cannot approve; ask another person with “{permission}”',
  },
  'units.since_future': {
    status: 422,
    zh: '设立日期 {on} 在今天之后',
    en: 'The founding date {on} is in the future',
  },
} as const;
