import { z } from 'zod';
import { event, idParams, listOf, listQuery, route, time } from '#base/contract';
import { receiptLevel } from '#notify/contract';

/** Derived from what happened; nobody sets it by hand. */
export const incidentState = z.enum(['responding', 'contained', 'closed', 'dismissed']);
export const addressee = z.enum(['bureau', 'police']);

export const obligation = z.object({
  id: z.uuid(),
  to: addressee,
  dueAt: time,
  sentAt: time.nullable(),
  acknowledgedAt: time.nullable(),
  acknowledgedBy: z.string().nullable(),
  late: z.boolean(),
});

export const incident = z.object({
  id: z.uuid(),
  number: z.string(),
  title: z.string(),
  unit: z.string(),
  unitId: z.uuid(),
  siteId: z.uuid().nullable(),
  url: z.string().nullable(),
  state: incidentState,
  exercise: z.boolean(),
  /** When the clock started (发现时间). It cannot be moved by one person. */
  t0: time,
  openedAt: time,
  closedAt: time.nullable(),
  reopened: z.number().int(),
  obligations: z.array(obligation),
  evidence: z.array(z.object({ bag: z.uuid(), file: z.string(), sha256: z.string() })),
  trace: z.object({ id: z.uuid(), verdict: z.string() }).nullable(),
});
export type Incident = z.infer<typeof incident>;

export const timelineEntry = z.object({
  at: time,
  kind: z.string(),
  zh: z.string(),
  en: z.string(),
  by: z.string(),
  link: z.string().nullable(),
});

export const report = z.object({
  id: z.uuid(),
  to: addressee,
  composedAt: time,
  level: receiptLevel,
  recipient: z.string(),
  docxSha256: z.string(),
  pdfSha256: z.string(),
  late: z.boolean(),
  receipts: z.array(z.object({ level: receiptLevel, at: time, detail: z.string().nullable() })),
});

/** What one person stated and a second one has to decide. */
export const proposal = z.object({
  id: z.uuid(),
  kind: z.enum(['contained', 'dismissed']),
  reason: z.string(),
  by: z.string(),
  byMe: z.boolean(),
  at: time,
});

export const incidentDetail = incident.extend({
  summary: z.string(),
  /** Statements that wait for a second person. */
  proposals: z.array(proposal),
  timeline: z.array(timelineEntry),
  reports: z.array(report),
  traces: z.array(
    z.object({ id: z.uuid(), ip: z.string(), port: z.number().nullable(), at: time, verdict: z.string() }),
  ),
  shield: z.array(
    z.object({
      id: z.uuid(),
      host: z.string(),
      at: time,
      serial: z.number().int().nullable(),
      active: z.boolean(),
    }),
  ),
  findings: z.array(
    z.object({
      id: z.uuid(),
      rule: z.string(),
      severity: z.string(),
      url: z.string(),
      state: z.string(),
      text: z.string(),
    }),
  ),
});

export const listIncidents = route({
  method: 'GET',
  path: '/api/incidents',
  summary: 'Incidents, those with the least remaining time first.',
  access: 'incidents.read',
  query: listQuery.extend({ state: incidentState.optional(), unitId: z.uuid().optional() }),
  reply: listOf(incident),
});

export const getIncident = route({
  method: 'GET',
  path: '/api/incidents/:id',
  summary: 'One incident with its timeline, evidence, traces and reports.',
  access: 'incidents.read',
  params: idParams,
  reply: incidentDetail,
});

export const openClocks = route({
  method: 'GET',
  path: '/api/incidents/clocks',
  summary: 'Open obligations in the caller’s scope: the countdown on every page.',
  access: 'signed-in',
  reply: z.object({
    serverTime: time,
    clocks: z.array(
      z.object({
        incidentId: z.uuid(),
        number: z.string(),
        title: z.string(),
        to: addressee,
        dueAt: time,
        sentAt: time.nullable(),
      }),
    ),
  }),
});

export const reportIncident = route({
  method: 'POST',
  path: '/api/incidents',
  summary: 'Reports an incident by hand; it may be incomplete, supplements follow.',
  access: 'incidents.report',
  body: z.object({
    title: z.string().trim().min(4).max(120),
    unitId: z.uuid().optional(),
    url: z.url({ protocol: /^https?$/ }).optional(),
    foundAt: z.iso.datetime({ offset: true }).optional(),
    summary: z.string().trim().max(2000).default(''),
    /** Public address, port and time of the source, when the one who complains knows them. */
    source: z
      .object({
        ip: z.union([z.ipv4(), z.ipv6()]),
        port: z.number().int().min(1).max(65535).optional(),
        at: z.iso.datetime({ offset: true }),
      })
      .optional(),
    exercise: z.boolean().default(false),
  }),
  reply: incident,
});

export const sendReport = route({
  method: 'POST',
  path: '/api/incidents/:id/reports',
  summary: 'Composes and sends the report to the bureau or to the police.',
  access: 'incidents.send',
  params: idParams,
  body: z.object({ to: addressee, lateReason: z.string().trim().max(500).optional() }),
  reply: report,
});

export const getReportFile = route({
  method: 'GET',
  path: '/api/incidents/:id/reports/:reportId/:format',
  summary: 'A report as .docx or .pdf.',
  access: 'incidents.read',
  params: idParams.extend({ reportId: z.uuid(), format: z.enum(['docx', 'pdf']) }),
  produces: 'file',
});

export const addNote = route({
  method: 'POST',
  path: '/api/incidents/:id/notes',
  summary: 'Adds a note to the timeline; nothing can be taken out of it.',
  access: 'incidents.report',
  params: idParams,
  body: z.object({ text: z.string().trim().min(1).max(2000) }),
});

export const recheck = route({
  method: 'POST',
  path: '/api/incidents/:id/recheck',
  summary: 'Crawls the page again; when it is clean and both reports are acknowledged the incident closes.',
  access: 'incidents.report',
  params: idParams,
});

export const proposeOutcome = route({
  method: 'POST',
  path: '/api/incidents/:id/proposals',
  summary:
    'States that the content is gone where no crawl can see it, or that it was a false alarm; a second person decides.',
  access: 'incidents.report',
  params: idParams,
  body: z.object({ kind: z.enum(['contained', 'dismissed']), reason: z.string().trim().min(4).max(500) }),
});

export const decideOutcome = route({
  method: 'POST',
  path: '/api/incidents/:id/proposals/:proposalId/decision',
  summary: 'Approves or refuses such a statement; never by the one who made it.',
  access: 'incidents.decide',
  params: idParams.extend({ proposalId: z.uuid() }),
  body: z.object({ approve: z.boolean() }),
});

/** Rules as data (rule 8): minutes, and what runs without a click. */
export const policy = z.object({
  dueMinutes: z.number().int().min(1).max(1440),
  escalateAtMinutes: z.array(z.number().int().min(0).max(1440)).min(1).max(20),
  autoOpen: z.boolean(),
  autoShield: z.boolean(),
  autoReport: z.boolean(),
  bureauName: z.string().trim().min(2).max(100),
  bureauEmail: z.email(),
  policeName: z.string().trim().min(2).max(100),
  policeEmail: z.email(),
  source: z.string().max(300),
});
export type Policy = z.infer<typeof policy>;

export const getPolicy = route({
  method: 'GET',
  path: '/api/incidents/policy',
  summary: 'The incident policy in force.',
  access: 'incidents.read',
  reply: policy.nullable(),
});

export const setPolicy = route({
  method: 'PUT',
  path: '/api/incidents/policy',
  summary: 'Sets the incident policy; open incidents keep the one they started with.',
  access: 'incidents.policy',
  body: policy,
  reply: policy,
});

export const ackParams = z.object({ token: z.string().min(20).max(100) });

export const getAcknowledgement = route({
  method: 'GET',
  path: '/api/ack/:token',
  summary: 'What a one-time link acknowledges. Looking does not acknowledge (mail scanners follow links).',
  access: 'public',
  limit: { calls: 60, minutes: 1, of: 'address' },
  params: ackParams,
  reply: z.object({
    number: z.string(),
    title: z.string(),
    unit: z.string(),
    to: addressee,
    dueAt: time,
    sentAt: time,
    acknowledgedAt: time.nullable(),
    exercise: z.boolean(),
  }),
});

export const acknowledge = route({
  method: 'POST',
  path: '/api/ack/:token',
  summary: 'Acknowledges receipt of the report: this fulfils the obligation.',
  access: 'public',
  limit: { calls: 60, minutes: 1, of: 'address' },
  params: ackParams,
  body: z.object({
    officer: z.string().trim().min(2).max(40),
    badge: z.string().trim().max(40).optional(),
    note: z.string().trim().max(500).optional(),
  }),
  reply: z.object({ acknowledgedAt: time, late: z.boolean() }),
});

export const opened = event('incidents.opened', z.object({ incidentId: z.uuid() }));
export const closed = event('incidents.closed', z.object({ incidentId: z.uuid() }));
/** A second person agreed that it was a false alarm. */
export const dismissed = event('incidents.dismissed', z.object({ incidentId: z.uuid() }));
export const reportAcknowledged = event(
  'incidents.report_acknowledged',
  z.object({ incidentId: z.uuid(), to: addressee }),
);

export const permissions = {
  'incidents.read': { zh: '查看事件', en: 'Read incidents' },
  'incidents.report': { zh: '报告事件', en: 'Report incidents' },
  'incidents.send': { zh: '发送事件报告', en: 'Send incident reports' },
  'incidents.decide': { zh: '裁定事件结论', en: 'Decide the outcome of incidents' },
  'incidents.policy': { zh: '设置事件规则', en: 'Set the incident policy' },
} as const;

export const errors = {
  'incidents.no_policy': {
    status: 409,
    zh: '还没有设置事件规则（报告给谁、几分钟内）',
    en: 'The incident policy (whom to report to, within how many minutes) is not set',
  },
  'incidents.bad_ack_token': {
    status: 404,
    zh: '签收链接无效或已被新的报告取代',
    en: 'The acknowledgement link is not valid or was replaced',
  },
  'incidents.already_acknowledged': { status: 409, zh: '已于 {at} 签收', en: 'Already acknowledged at {at}' },
  'incidents.own_proposal': {
    status: 409,
    zh: '提出的人不能自己批准',
    en: 'A statement cannot be decided by the one who made it',
  },
  'incidents.proposal_waits': {
    status: 409,
    zh: '同样的意见已在等第二个人批准',
    en: 'The same statement already waits for a second person',
  },
  'incidents.proposal_decided': {
    status: 409,
    zh: '这条意见已经处理过',
    en: 'This statement was already decided',
  },
  'incidents.already_open': {
    status: 409,
    zh: '这个网站已有处置中的事件 {number}，请在其中补充',
    en: 'This website already has the open incident {number}; add to it',
  },
  'incidents.future': { status: 422, zh: '发现时间在未来', en: 'The time of discovery lies in the future' },
  'incidents.closed': { status: 409, zh: '事件已经结束', en: 'The incident is closed' },
} as const;
