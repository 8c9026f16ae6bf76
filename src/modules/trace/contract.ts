import { z } from 'zod';
import { event, idParams, listOf, listQuery, route, time } from '#base/contract';
import { bagErrors, bagPermissions } from './contract/bag.ts';
import { bulkErrors } from './contract/bulk.ts';
import { drillErrors, drillPermissions } from './contract/drills.ts';
import { privacyErrors, privacyPermissions } from './contract/privacy.ts';
import { protocol } from './contract/protocol.ts';

export * from './contract/bag.ts';
export * from './contract/bulk.ts';
export * from './contract/complaint.ts';
export * from './contract/coverage.ts';
export * from './contract/drills.ts';
export * from './contract/privacy.ts';
export * from './contract/protocol.ts';
export * from './contract/report.ts';
export * from './contract/sizing.ts';

export const verdict = z.enum(['proven', 'probable', 'ambiguous', 'not_provable']);

export const step = z.object({
  kind: z.enum(['nat', 'block', 'rule', 'proxy', 'lease', 'sighting', 'register', 'custody']),
  /** What this step says, in Chinese and English. */
  says: z.object({ zh: z.string(), en: z.string() }),
  rawLine: z.string().nullable(),
  /** Number of the sealed segment and of the record in it; null for a fact of the register. */
  segment: z.string().nullable(),
  record: z.number().int().nullable(),
  sha256: z.string().nullable(),
  /** Format and version of the decoder that read the line. Absent in traces from before it was kept. */
  decoder: z.string().nullable().optional(),
  at: time.nullable(),
});

export const candidate = z.object({
  insideIp: z.string(),
  realm: z.string(),
  mac: z.string().nullable(),
  macRandom: z.boolean(),
  deviceId: z.uuid().nullable(),
  assetNo: z.string().nullable(),
  unitName: z.string().nullable(),
  room: z.string().nullable(),
  /** `protected`: a minor’s; room and custody are shown once a second person has approved. */
  person: z.object({ sealed: z.boolean(), known: z.boolean(), protected: z.boolean().optional() }),
  /** Belongs to a unit outside the reader's scope: that it exists is all that is shown. */
  outsideScope: z.boolean(),
  steps: z.array(step),
});

export const trace = z.object({
  id: z.uuid(),
  ip: z.string(),
  port: z.number().int().nullable(),
  /** Null: none was given, TCP and UDP were both asked for. */
  proto: protocol.nullable(),
  at: time,
  /** Registers as recorded and logs as received until then were used. */
  knownAt: time,
  toleranceSeconds: z.number(),
  dstIp: z.string().nullable(),
  dstPort: z.number().int().nullable(),
  url: z.string().nullable(),
  /** Who told the address as its client's (X-Forwarded-For). */
  forwardedBy: z.string().nullable(),
  askedAt: time,
  askedBy: z.string(),
  caseNo: z.string(),
  reason: z.string(),
  incidentId: z.uuid().nullable(),
  verdict,
  /** Why this verdict and no better one, in words. */
  because: z.array(z.object({ zh: z.string(), en: z.string() })),
  candidates: z.array(candidate),
  coverage: z.object({
    complete: z.boolean(),
    sources: z.array(
      z.object({ name: z.string(), state: z.enum(['covered', 'gap', 'unknown']), detail: z.string() }),
    ),
  }),
  milliseconds: z.number(),
});
export type Trace = z.infer<typeof trace>;

export const traceQuestion = z.object({
  ip: z.union([z.ipv4(), z.ipv6()]),
  port: z.number().int().min(1).max(65535).optional(),
  /** Of those without ports (icmp, gre, esp) `port` is not looked at. Absent: TCP and UDP are both asked for. */
  proto: protocol.optional(),
  at: z.iso.datetime({ offset: true }),
  /** How far the clock of whoever noted the time may be off, in seconds. */
  toleranceSeconds: z.number().min(0).max(3600).optional(),
  /** Whom it was talking to, where known: tells sessions of one port apart. */
  dstIp: z.union([z.ipv4(), z.ipv6()]).optional(),
  dstPort: z.number().int().min(1).max(65535).optional(),
  /** The page or host that it was fetching, where the complaint tells no port: requests of proxies are told apart by it. */
  url: z.string().trim().min(1).max(2000).optional(),
  /**
   * The machine that told the address as its client's (X-Forwarded-For). Anybody can write such a header: it is believed of a
   * registered proxy only.
   */
  forwardedBy: z.union([z.ipv4(), z.ipv6()]).optional(),
  /** What was known on that day is used; default: now. */
  knownAt: z.iso.datetime({ offset: true }).optional(),
  caseNo: z.string().trim().min(2).max(60),
  reason: z.string().trim().min(4).max(500),
});

export const askTrace = route({
  method: 'POST',
  path: '/api/traces',
  summary: 'Who was behind this public address and port at that time? The name stays sealed.',
  access: 'trace.run',
  body: traceQuestion,
  reply: trace,
});

export const listTraces = route({
  method: 'GET',
  path: '/api/traces',
  summary: 'Earlier traces.',
  access: 'trace.run',
  query: listQuery.extend({ incidentId: z.uuid().optional() }),
  reply: listOf(trace.omit({ candidates: true, coverage: true, because: true })),
});

export const getTrace = route({
  method: 'GET',
  path: '/api/traces/:id',
  summary: 'One trace with its chain of proof.',
  access: 'trace.run',
  params: idParams,
  reply: trace,
});

export const reveal = z.object({
  id: z.uuid(),
  traceId: z.uuid(),
  candidate: z.number().int(),
  state: z.enum(['requested', 'approved', 'refused', 'expired']),
  requestedBy: z.string(),
  requestedByMe: z.boolean(),
  requestedAt: time,
  caseNo: z.string(),
  reason: z.string(),
  /** The law or warrant that allows it; always there for a minor. */
  legalGround: z.string().nullable(),
  decidedBy: z.string().nullable(),
  decidedAt: time.nullable(),
  expiresAt: time.nullable(),
});

export const requestReveal = route({
  method: 'POST',
  path: '/api/traces/:id/reveals',
  summary: 'Asks to unseal the name of one candidate; a second person decides.',
  access: 'trace.reveal_request',
  params: idParams,
  body: z.object({
    candidate: z.number().int().min(0),
    caseNo: z.string().trim().min(2).max(60),
    reason: z.string().trim().min(4).max(500),
    /** Needed when the person is a minor. */
    legalGround: z.string().trim().min(4).max(200).optional(),
  }),
  reply: reveal,
});

export const listReveals = route({
  method: 'GET',
  path: '/api/reveals',
  summary: 'Requests to unseal names.',
  access: 'signed-in',
  query: listQuery.extend({
    state: z.enum(['requested', 'approved', 'refused', 'expired']).optional(),
    traceId: z.uuid().optional(),
  }),
  reply: listOf(reveal),
});

export const decideReveal = route({
  method: 'POST',
  path: '/api/reveals/:id/decision',
  summary: 'Approves or refuses to unseal a name; never the one who asked.',
  access: 'trace.reveal_approve',
  params: idParams,
  body: z.object({ approve: z.boolean(), note: z.string().trim().max(500).optional() }),
  reply: reveal,
});

export const openReveal = route({
  method: 'POST',
  path: '/api/reveals/:id/open',
  summary: 'Shows the unsealed name to the one who asked, while the approval lasts; every look is logged.',
  access: 'trace.reveal_request',
  params: idParams,
  reply: z.object({
    name: z.string(),
    personNo: z.string(),
    unitName: z.string(),
    room: z.string().nullable(),
    watermark: z.string(),
  }),
});

export const traceFinished = event(
  'trace.finished',
  z.object({ traceId: z.uuid(), incidentId: z.uuid().nullable() }),
);
export const revealRequested = event(
  'trace.reveal_requested',
  z.object({ revealId: z.uuid(), traceId: z.uuid() }),
);

export const permissions = {
  'trace.run': { zh: '溯源查询', en: 'Trace addresses' },
  'trace.reveal_request': { zh: '申请查看姓名', en: 'Ask to unseal a name' },
  'trace.reveal_approve': { zh: '批准查看姓名', en: 'Approve unsealing a name' },
  ...bagPermissions,
  ...drillPermissions,
  ...privacyPermissions,
} as const;

export const errors = {
  'trace.own_request': {
    status: 409,
    zh: '申请人不能自己批准',
    en: 'A request cannot be decided by the one who asked',
  },
  'trace.not_approved': {
    status: 403,
    zh: '还没有第二个人批准，姓名保持密封',
    en: 'No second person has approved; the name stays sealed',
  },
  'trace.reveal_expired': {
    status: 403,
    zh: '批准已过期，请重新申请',
    en: 'The approval has expired; ask again',
  },
  'trace.no_person': {
    status: 404,
    zh: '这个候选没有登记使用人',
    en: 'Nobody is registered for this candidate',
  },
  'trace.person_outside': {
    status: 403,
    zh: '这个候选或其登记使用人属于您管理范围以外的单位，不能由您申请查看姓名；请把查询编号或本页网址交给上级单位，由其查询',
    en: 'This candidate, or the person registered for it, belongs to a unit outside your scope: you cannot ask for the name. Give the number of the query or the address of its page to the office above, which can look',
  },
  'trace.already_decided': { status: 409, zh: '这个申请已经处理过', en: 'This request was already decided' },
  'trace.bad_url': {
    status: 422,
    zh: '“{value}”不是网址或域名，例如 http://www.example.org/a 或 www.example.org',
    en: '“{value}” is no URL or host such as http://www.example.org/a or www.example.org',
  },
  'trace.future': { status: 422, zh: '时间在未来', en: 'The time lies in the future' },
  ...drillErrors,
  ...privacyErrors,
  ...bagErrors,
  ...bulkErrors,
} as const;
