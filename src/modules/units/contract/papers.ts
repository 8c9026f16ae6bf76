/** Leading groups, certificates, call-backs. */
import { z } from 'zod';
import { idParams, listOf, listQuery, route, time } from '#base/contract';
import { day } from './days.ts';
import { post } from './posts.ts';

export const groupRole = z.enum(['head', 'deputy_head', 'member']);

export const groupMember = z.object({
  personId: z.uuid(),
  personName: z.string(),
  role: groupRole,
  duties: z.string().nullable(),
  /** The first of the posts that the member holds in the unit today; null: none any more. */
  post: post.nullable(),
  /** When the member's last post in the unit ended. */
  leftOn: day.nullable(),
});

export const leadingGroup = z.object({
  id: z.uuid(),
  unitId: z.uuid(),
  documentNo: z.string(),
  establishedOn: day,
  closedOn: day.nullable(),
  changeReason: z.string().nullable(),
  officeName: z.string().nullable(),
  officeHeadName: z.string().nullable(),
  officePhoneMasked: z.string().nullable(),
  recordedAt: time,
  by: z.string(),
  members: z.array(groupMember),
  /** Until when the group must be changed after a member left: five working days; null: nothing to change. */
  changeDueOn: day.nullable(),
  overdue: z.boolean(),
});
export type LeadingGroup = z.infer<typeof leadingGroup>;

export const listLeadingGroups = route({
  method: 'GET',
  path: '/api/units/:id/leading-groups',
  summary: 'The leading group of a unit in all its versions, the newest first.',
  access: 'people.read',
  params: idParams,
  reply: z.object({ items: z.array(leadingGroup) }),
});

export const setLeadingGroup = route({
  method: 'POST',
  path: '/api/units/:id/leading-groups',
  summary: 'Records the leading group as a document set it up; the version before is closed that day.',
  access: 'people.write',
  params: idParams,
  body: z.object({
    documentNo: z.string().trim().min(2).max(60),
    establishedOn: day,
    changeReason: z.string().trim().max(200).optional(),
    officeName: z.string().trim().max(60).optional(),
    officePhone: z.string().trim().max(40).optional(),
    officeHeadId: z.uuid().optional(),
    members: z
      .array(z.object({ personId: z.uuid(), role: groupRole, duties: z.string().trim().max(200).optional() }))
      .min(1)
      .max(60),
  }),
  reply: leadingGroup,
});

export const certificateState = z.enum([
  'valid',
  'expiring',
  'expired',
  'unverified',
  'refused',
  'withdrawn',
]);

export const certificate = z.object({
  id: z.uuid(),
  personId: z.uuid(),
  personName: z.string(),
  unitId: z.uuid(),
  unitName: z.string().nullable(),
  type: z.string(),
  number: z.string(),
  issuer: z.string(),
  issuedOn: day,
  expiresOn: day.nullable(),
  /** Days until it ends; negative: since. */
  daysLeft: z.number().int().nullable(),
  hasScan: z.boolean(),
  registeredBy: z.string(),
  verifiedBy: z.string().nullable(),
  verifiedAt: time.nullable(),
  verdictReason: z.string().nullable(),
  state: certificateState,
});
export type Certificate = z.infer<typeof certificate>;

export const listCertificates = route({
  method: 'GET',
  path: '/api/certificates',
  summary: 'Certificates of people in scope; those that end first come first.',
  access: 'people.read',
  query: listQuery.extend({
    personId: z.uuid().optional(),
    unitId: z.uuid().optional(),
    state: certificateState.optional(),
  }),
  reply: listOf(certificate),
});

export const countCertificates = route({
  method: 'GET',
  path: '/api/certificates/counts',
  summary: 'How many certificates end soon, have ended or are not verified, and how many officers have none.',
  access: 'people.read',
  reply: z.object({
    expiring: z.number().int(),
    expired: z.number().int(),
    unverified: z.number().int(),
    /** Administrators and security officers in post. */
    officers: z.number().int(),
    /** Of them, those without a verified certificate that holds today. */
    uncertified: z.number().int(),
  }),
});

export const listUncertified = route({
  method: 'GET',
  path: '/api/certificates/missing',
  summary: 'Administrators and security officers in post without a verified certificate that holds today.',
  access: 'people.read',
  query: listQuery.extend({ unitId: z.uuid().optional() }),
  reply: listOf(
    z.object({
      personId: z.uuid(),
      personName: z.string(),
      unitId: z.uuid(),
      unitName: z.string(),
      post,
      startsOn: day,
    }),
  ),
});

export const registerCertificate = route({
  method: 'POST',
  path: '/api/people/:id/certificates',
  summary: 'Registers a certificate of a person; a second person verifies it.',
  access: 'people.write',
  params: idParams,
  body: z.object({
    type: z.string().trim().min(2).max(60),
    number: z.string().trim().min(1).max(60),
    issuer: z.string().trim().min(2).max(60),
    issuedOn: day,
    expiresOn: day.optional(),
  }),
  reply: certificate,
});

export const uploadScan = route({
  method: 'PUT',
  path: '/api/certificates/:id/scan',
  summary: 'Stores the scan of a certificate: PDF, JPEG or PNG of at most 5 MiB, until it is verified.',
  access: 'people.write',
  params: idParams,
  accepts: 'stream',
  reply: certificate,
});

export const downloadScan = route({
  method: 'GET',
  path: '/api/certificates/:id/scan',
  summary: 'The scan of a certificate; the download is recorded.',
  access: 'people.read',
  params: idParams,
  produces: 'file',
});

export const verifyCertificate = route({
  method: 'POST',
  path: '/api/certificates/:id/verification',
  summary:
    'Says that a certificate was checked and is genuine or not; by somebody other than who registered it.',
  access: 'certificates.verify',
  params: idParams,
  body: z.object({ genuine: z.boolean(), reason: z.string().trim().max(200).optional() }),
  reply: certificate,
});

export const withdrawCertificate = route({
  method: 'POST',
  path: '/api/certificates/:id/withdrawal',
  summary: 'Withdraws a wrong entry; it stays on file as withdrawn.',
  access: 'people.write',
  params: idParams,
  body: z.object({ reason: z.string().trim().min(2).max(200) }),
});

export const callResult = z.enum(['reached', 'no_answer', 'wrong_person', 'out_of_service']);

export const callBack = z.object({
  id: z.uuid(),
  calledAt: time,
  phoneMasked: z.string(),
  result: callResult,
  answeredBy: z.string().nullable(),
  note: z.string().nullable(),
  by: z.string(),
  /** Whether the number rung is the one on file now. */
  sameNumber: z.boolean(),
});

export const listCallBacks = route({
  method: 'GET',
  path: '/api/people/:id/call-backs',
  summary: 'Call-backs to a person’s phone, the newest first.',
  access: 'people.read',
  params: idParams,
  query: listQuery,
  reply: listOf(callBack),
});

export const recordCallBack = route({
  method: 'POST',
  path: '/api/people/:id/call-backs',
  summary: 'Notes that the number on file was rung, and who answered.',
  access: 'people.write',
  params: idParams,
  body: z.object({
    result: callResult,
    calledAt: time.optional(),
    answeredBy: z.string().trim().max(40).optional(),
    note: z.string().trim().max(200).optional(),
  }),
  reply: callBack,
});

export const listCallsDue = route({
  method: 'GET',
  path: '/api/call-backs/due',
  summary: 'People in post whom nobody reached by their phone for so many days, the longest first.',
  access: 'people.read',
  query: listQuery.extend({
    days: z.coerce.number().int().min(1).max(3650).default(180),
    unitId: z.uuid().optional(),
    post: post.optional(),
  }),
  reply: listOf(
    z.object({
      personId: z.uuid(),
      personName: z.string(),
      unitId: z.uuid(),
      unitName: z.string(),
      posts: z.array(post),
      phoneMasked: z.string().nullable(),
      reachedAt: time.nullable(),
      lastCallAt: time.nullable(),
      lastResult: callResult.nullable(),
    }),
  ),
});

export const papersErrors = {
  'units.group_one_head': {
    status: 422,
    zh: '领导小组要有且只有一名组长',
    en: 'A leading group has exactly one head',
  },
  'units.group_member_twice': {
    status: 422,
    zh: '成员“{name}”写了两次',
    en: 'Member “{name}” is listed twice',
  },
  'units.group_too_early': {
    status: 409,
    zh: '成立或调整日期必须晚于上一版的 {date}',
    en: 'The date must be later than that of the version before, {date}',
  },
  'units.duplicate_certificate': {
    status: 409,
    zh: '这种证书的这个编号已经登记；录错的请先作废',
    en: 'This number of this kind of certificate is registered already; withdraw the wrong entry first',
  },
  'units.certificate_dates': {
    status: 422,
    zh: '有效期至必须晚于发证日期，发证日期不能在将来',
    en: 'A certificate expires after its date of issue, which cannot lie ahead',
  },
  'units.scan_type': {
    status: 422,
    zh: '扫描件只收 PDF、JPEG 或 PNG；请另存后再传',
    en: 'A scan is a PDF, JPEG or PNG file; save it as one of these and upload it again',
  },
  'units.scan_empty': { status: 422, zh: '文件是空的', en: 'The file is empty' },
  'units.scan_settled': {
    status: 409,
    zh: '证书已核验，扫描件不能再换；录错的请作废后重新登记',
    en: 'The certificate is verified and its scan stays; withdraw a wrong entry and register it anew',
  },
  'units.verify_own': {
    status: 403,
    zh: '证书要由另一人核验：登记或上传扫描件的人不能核验',
    en: 'A second person verifies a certificate: not who registered it or uploaded its scan',
  },
  'units.verify_reason': {
    status: 422,
    zh: '核验不通过的，请写明理由',
    en: 'Give the reason why the certificate is not accepted',
  },
  'units.no_phone': {
    status: 422,
    zh: '此人没有登记电话：先补电话再回拨',
    en: 'This person has no phone on file: add one first',
  },
  'units.call_in_future': {
    status: 422,
    zh: '回拨时间不能在将来',
    en: 'A call cannot lie in the future',
  },
} as const;
