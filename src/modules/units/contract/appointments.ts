/** Appointments, exceptions and hand-overs. */
import { z } from 'zod';
import { idParams, listOf, listQuery, route, time } from '#base/contract';
import { day } from './days.ts';
import { post } from './posts.ts';

/** Free text, since documents of schools are numbered in many ways: 校字〔2026〕3号, 会议纪要 2026-05. */
const documentNo = z.string().trim().max(60);
const reason = z.string().trim().min(2).max(200);

export const appointment = z.object({
  id: z.uuid(),
  personId: z.uuid(),
  personName: z.string(),
  personNo: z.string(),
  unitId: z.uuid(),
  unitName: z.string(),
  post,
  documentNo: z.string().nullable(),
  /** Null: nobody said. */
  fullTime: z.boolean().nullable(),
  startsOn: day,
  /** The first day without the post; null: open. */
  endsOn: day.nullable(),
  exceptionId: z.uuid().nullable(),
  /** Whether it holds today. */
  current: z.boolean(),
});
export type Appointment = z.infer<typeof appointment>;

export const listPersonAppointments = route({
  method: 'GET',
  path: '/api/people/:id/appointments',
  summary: 'The posts of a person as now known, current ones first.',
  access: 'people.read',
  params: idParams,
  reply: z.object({ items: z.array(appointment) }),
});

export const listUnitAppointments = route({
  method: 'GET',
  path: '/api/units/:id/appointments',
  summary: 'The posts of a unit as now known, current ones first.',
  access: 'people.read',
  params: idParams,
  reply: z.object({ items: z.array(appointment) }),
});

export const appointPerson = route({
  method: 'POST',
  path: '/api/appointments',
  summary: 'Appoints a person to a post of a unit.',
  access: 'people.write',
  body: z.object({
    personId: z.uuid(),
    unitId: z.uuid(),
    post,
    startsOn: day.optional(),
    endsOn: day.optional(),
    documentNo: documentNo.optional(),
    fullTime: z.boolean().optional(),
    exceptionId: z.uuid().optional(),
  }),
  reply: appointment,
});

export const endAppointment = route({
  method: 'POST',
  path: '/api/appointments/:id/end',
  summary: 'Ends an appointment; endsOn is the first day without it, default today.',
  access: 'people.write',
  params: idParams,
  body: z.object({ endsOn: day.optional(), reason: reason.optional() }),
  reply: appointment,
});

export const correctAppointment = route({
  method: 'POST',
  path: '/api/appointments/:id/correction',
  summary: 'Corrects what was recorded wrongly; what was believed before stays answerable.',
  access: 'people.write',
  params: idParams,
  body: z.object({
    post: post.optional(),
    startsOn: day.optional(),
    endsOn: day.nullable().optional(),
    documentNo: documentNo.nullable().optional(),
    fullTime: z.boolean().nullable().optional(),
    reason,
  }),
  reply: appointment,
});

export const withdrawAppointment = route({
  method: 'POST',
  path: '/api/appointments/:id/withdrawal',
  summary: 'Says that an appointment never was; it stays on file as withdrawn.',
  access: 'people.write',
  params: idParams,
  body: z.object({ reason }),
});

export const appointmentVersion = appointment.extend({
  change: z.enum(['appointed', 'ended', 'corrected', 'merged']),
  reason: z.string().nullable(),
  by: z.string(),
  recordedFrom: time,
  /** Null: this is what is believed now. */
  recordedTo: time.nullable(),
  withdrawnReason: z.string().nullable(),
});

export const listAppointmentVersions = route({
  method: 'GET',
  path: '/api/appointments/:id/versions',
  summary: 'Everything that was ever recorded about one appointment, the first version first.',
  access: 'people.read',
  params: idParams,
  reply: z.object({ items: z.array(appointmentVersion) }),
});

export const getResponsible = route({
  method: 'GET',
  path: '/api/units/:id/responsible',
  summary: 'Who held which post of a unit on a day (default today), as known now or at a given time.',
  access: 'people.read',
  params: idParams,
  query: z.object({ on: day.optional(), knownAt: time.optional() }),
  reply: z.object({ on: day, knownAt: time.nullable(), items: z.array(appointment) }),
});

export const postException = z.object({
  id: z.uuid(),
  personId: z.uuid(),
  personName: z.string(),
  unitId: z.uuid(),
  unitName: z.string(),
  reason: z.string(),
  startsOn: day,
  expiresOn: day,
  proposedBy: z.string(),
  proposedAt: time,
  decidedBy: z.string().nullable(),
  decidedAt: time.nullable(),
  approved: z.boolean().nullable(),
  state: z.enum(['proposed', 'approved', 'refused', 'expired']),
});
export const exceptionState = postException.shape.state;

export const listPostExceptions = route({
  method: 'GET',
  path: '/api/post-exceptions',
  summary: 'Exceptions by which one person may be administrator and security officer of one unit.',
  access: 'people.read',
  query: listQuery.extend({
    unitId: z.uuid().optional(),
    personId: z.uuid().optional(),
    open: z.stringbool().optional(),
  }),
  reply: listOf(postException),
});

export const proposePostException = route({
  method: 'POST',
  path: '/api/post-exceptions',
  summary: 'Asks that one person may hold both posts of a unit for a year at most.',
  access: 'people.write',
  body: z.object({ personId: z.uuid(), unitId: z.uuid(), reason, startsOn: day.optional(), expiresOn: day }),
  reply: postException,
});

export const decidePostException = route({
  method: 'POST',
  path: '/api/post-exceptions/:id/decision',
  summary: 'Approves or refuses an exception; by somebody other than who asked.',
  access: 'posts.except',
  params: idParams,
  body: z.object({ approve: z.boolean() }),
  reply: postException,
});

/** Something that a person answers for and that somebody must take over. */
export const heldThing = z.object({
  /** Which kind of thing: `site`, `device`, `account`… */
  kind: z.string(),
  id: z.string(),
  title: z.string(),
  detail: z.string().nullable(),
  unitId: z.uuid().nullable(),
  link: z.string().nullable(),
  /** True: the person holds no post in the unit of the thing any more. */
  orphaned: z.boolean(),
  /** Since when; null when it is not, or the person never held a post there. */
  orphanedSince: day.nullable(),
  canHandOver: z.boolean(),
});

export const listHeldThings = route({
  method: 'GET',
  path: '/api/people/:id/held',
  summary: 'Sites, devices and accounts that hang on a person, and which of them nobody in post answers for.',
  access: 'people.read',
  params: idParams,
  reply: z.object({
    items: z.array(heldThing),
    /** How many there are when not all are shown. */
    total: z.number().int(),
  }),
});

export const nameSuccessor = route({
  method: 'POST',
  path: '/api/people/:id/held/successor',
  summary: 'Gives one thing that hangs on a person to another person.',
  access: 'people.write',
  params: idParams,
  body: z.object({ kind: z.string().max(40), thingId: z.string().max(60), toPersonId: z.uuid() }),
});

export const handOver = route({
  method: 'POST',
  path: '/api/people/:id/hand-over',
  summary:
    'A person leaves posts of a unit on a day and another takes them over, with the things that hang on them.',
  access: 'people.write',
  params: idParams,
  body: z.object({
    toPersonId: z.uuid(),
    unitId: z.uuid(),
    /** The first day of the successor; default today. */
    on: day.optional(),
    documentNo: documentNo.optional(),
    /** Sites and devices go over, too. */
    withThings: z.boolean().default(true),
    /** Which appointments; all current ones of the unit when left out. */
    appointmentIds: z.array(z.uuid()).max(50).optional(),
  }),
  reply: z.object({
    posts: z.number().int(),
    things: z.number().int(),
    /** Set when things go over later, on that day. */
    thingsOn: day.nullable(),
    /** Posts that the successor holds already, and that only ended. */
    heldAlready: z.array(post),
  }),
});

export const appointmentErrors = {
  'units.exception_too_long': {
    status: 422,
    zh: '例外最长一年：到期日最晚 {latest}',
    en: 'An exception lasts a year at most: until {latest} at the latest',
  },
  'units.exception_own_proposal': {
    status: 403,
    zh: '例外要由另一人批准：不能批准自己提出的',
    en: 'A second person approves an exception: not the one who asked for it',
  },
  'units.decided_already': {
    status: 409,
    zh: '已经有人决定过了，请刷新',
    en: 'This was decided already; reload the page',
  },
  'units.nothing_to_hand_over': {
    status: 422,
    zh: '此人在该单位没有在任的岗位可以交接',
    en: 'This person holds no post of that unit that could be handed over',
  },
  'units.cannot_hand_over': {
    status: 422,
    zh: '这一项不能这样交接：{what}',
    en: 'This cannot be handed over like this: {what}',
  },
} as const;

export const appointmentPermissions = {
  'posts.except': { zh: '批准岗位例外', en: 'Approve exceptions of posts' },
  'certificates.verify': { zh: '核验证书', en: 'Verify certificates' },
} as const;
