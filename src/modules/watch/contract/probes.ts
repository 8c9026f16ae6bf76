/** Probes: whether sites open, where their names lead, what their servers give away. */
import { z } from 'zod';
import { event, idParams, listOf, listQuery, route, time } from '#base/contract';

/**
 * How one request ended. `blocked`: a firewall, or the server, turned us away. `refused-address`: the name leads to an
 * address that we do not ask. `own-network`: nearly every site failed at once, so the fault is likely ours.
 */
export const probeResult = z.enum([
  'ok',
  'dns',
  'connect',
  'tls',
  'timeout',
  'broken',
  'http-4xx',
  'http-5xx',
  'redirect-loop',
  'redirect-away',
  'blocked',
  'refused-address',
  'elsewhere-open',
  'own-network',
]);
export type ProbeResult = z.infer<typeof probeResult>;

/** `unseen`: could not be judged; never counted as open, nor as down. */
export const probeVerdict = z.enum(['open', 'down', 'unseen']);
export const availability = z.enum(['unknown', 'open', 'down', 'unseen']);
export type Availability = z.infer<typeof availability>;

/** Severity of a rule; `advice`: told on the site's page, no finding; `off`: not looked for. */
export const ruleLevel = z.enum(['off', 'advice', 'low', 'medium', 'high', 'critical']);

export const probeRules = z.object({
  /** Probes a day, evenly spread. The official indicators ask for at least 20. */
  probesPerDay: z.number().int().min(20).max(288),
  /** A page that is not open after so many seconds counts as not open. */
  limitSeconds: z.number().int().min(3).max(60),
  /** So many percent of a week's probes not open: veto. */
  weeklyPercent: z.number().min(0.1).max(100),
  /** Days before a certificate ends on which it is told. */
  expiryDays: z.array(z.number().int().min(0).max(90)).min(1).max(6),
  /** Days between two looks for files that should not be public. */
  filesEveryDays: z.number().int().min(7).max(90),
  /**
   * Allocated public ranges of IPv4 are asked for websites that nobody registered, slowly, when they are no larger than
   * this prefix length; 33: none is.
   */
  sweepPrefix: z.number().int().min(16).max(33).default(24),
  /** On which ports. */
  sweepPorts: z.array(z.number().int().min(1).max(65_535)).min(1).max(6).default([80, 443]),
  levels: z.record(z.string().regex(/^[a-z]+\.[a-z0-9_]+$/), ruleLevel),
  /** Versions that nobody mends any more: all below `below`, or those that begin with `below` when it ends in a dot. */
  versions: z
    .array(
      z.object({
        product: z.string().trim().min(1).max(40),
        below: z
          .string()
          .trim()
          .regex(/^\d+(\.\d+){0,3}$/),
        since: z.iso.date(),
        note: z.string().trim().max(200),
      }),
    )
    .max(500),
  /** Sources of the rules, in words. */
  source: z.string().trim().min(2).max(500),
});
export type ProbeRules = z.infer<typeof probeRules>;

const rulesInForce = z.object({
  version: z.number().int(),
  changedAt: time.nullable(),
  changedBy: z.string().nullable(),
  rules: probeRules,
});

export const getProbeRules = route({
  method: 'GET',
  path: '/api/watch/rules',
  summary: 'The rules of the probes in force; version 0 is what the program brings.',
  access: 'sites.read',
  reply: rulesInForce,
});

export const saveProbeRules = route({
  method: 'PUT',
  path: '/api/watch/rules',
  summary: 'Saves a new version of the probes’ rules; it is in force from the next probe on.',
  access: 'watch.rules',
  body: z.object({ basedOn: z.number().int(), rules: probeRules }),
  reply: rulesInForce,
});

/** One site on the wall. */
export const tile = z.object({
  id: z.uuid(),
  name: z.string(),
  host: z.string(),
  unitName: z.string(),
  countyId: z.uuid().nullable(),
  countyName: z.string().nullable(),
  /** What is worst about it. `down` and `vetoed` by probes, `faulty` and `blocked` by crawls, too. */
  state: z.enum(['down', 'faulty', 'unseen', 'warn', 'unknown', 'ok']),
  result: probeResult.nullable(),
  since: time.nullable(),
  openFindings: z.number().int(),
  /** Pages and files that the last check did not read whole. */
  unreadPages: z.number().int(),
  certExpiresAt: time.nullable(),
});
export type Tile = z.infer<typeof tile>;
export const tileState = tile.shape.state;

export const getWall = route({
  method: 'GET',
  path: '/api/watch/wall',
  summary: 'Every site with its worst state, the worst first: what the fleet wall shows.',
  access: 'sites.read',
  query: z.object({
    page: z.coerce.number().int().min(1).default(1),
    pageSize: z.coerce.number().int().min(1).max(2000).default(1000),
    state: tileState.optional(),
    unitId: z.uuid().optional(),
  }),
  reply: listOf(tile).extend({ counts: z.record(tileState, z.number().int()) }),
});

const dayCount = z.object({
  day: z.iso.date(),
  opened: z.number().int(),
  failed: z.number().int(),
  unseen: z.number().int(),
});

export const outage = z.object({
  id: z.uuid(),
  beganAt: time,
  endedAt: time.nullable(),
  result: probeResult,
  reason: z.string().nullable(),
  confirmed: z.boolean(),
  probes: z.number().int(),
});

/** A remark that is no finding, or a rule that a finding was made of. */
const remark = z.object({ rule: z.string(), level: ruleLevel, text: z.string(), evidence: z.string() });

export const siteFacts = z.object({
  dns: z
    .object({
      addresses: z.array(z.string()),
      cname: z.array(z.string()),
      ns: z.array(z.string()),
      soa: z.string().nullable(),
    })
    .optional(),
  tls: z
    .object({
      host: z.string(),
      protocol: z.string(),
      cipher: z.string(),
      subject: z.string(),
      issuer: z.string(),
      validFrom: time,
      validTo: time,
      key: z.string(),
      signature: z.string(),
      fingerprint: z.string(),
      trusted: z.boolean(),
      problem: z.string().nullable(),
      oldProtocols: z.array(z.string()),
    })
    .optional(),
  versions: z.array(z.object({ product: z.string(), version: z.string(), from: z.string() })).optional(),
  /** Looks that could not be made, with the reason: never the same as nothing found. */
  unread: z.array(z.object({ part: z.enum(['dns', 'tls', 'headers', 'files']), reason: z.string() })),
  remarks: z.array(remark),
  filesAt: time.nullable().default(null),
});
export type SiteFacts = z.infer<typeof siteFacts>;

export const siteWatch = z.object({
  siteId: z.uuid(),
  availability,
  result: probeResult.nullable(),
  status: z.number().int().nullable(),
  ms: z.number().int().nullable(),
  reason: z.string().nullable(),
  since: time.nullable(),
  probedAt: time.nullable(),
  /** Null before a site has a plan, and while it is retired. */
  nextProbeAt: time.nullable(),
  lookedAt: time.nullable(),
  /** Percent of counted probes that opened; null when none was counted. */
  uptimeDay: z.number().nullable(),
  uptimeWeek: z.number().nullable(),
  uptimeMonth: z.number().nullable(),
  days: z.array(dayCount),
  outages: z.array(outage),
  facts: siteFacts,
  /** Whether a second vantage point is configured. */
  secondVantage: z.boolean(),
  limitSeconds: z.number().int(),
  weeklyPercent: z.number(),
});
export type SiteWatch = z.infer<typeof siteWatch>;

export const getSiteWatch = route({
  method: 'GET',
  path: '/api/sites/:id/watch',
  summary: 'What the probes know of a site: availability of 30 days, outages, name, certificate, remarks.',
  access: 'sites.read',
  params: idParams,
  reply: siteWatch,
});

export const probeNow = route({
  method: 'POST',
  path: '/api/sites/:id/probe',
  summary: 'Probes the site now and looks at its name, certificate and headers again.',
  access: 'watch.check',
  params: idParams,
  limit: { calls: 30, minutes: 1, of: 'actor' },
  reply: z.object({ siteId: z.uuid(), askedAt: time }),
});

export const probe = z.object({
  id: z.uuid(),
  at: time,
  vantage: z.enum(['own', 'repeat', 'second']),
  counts: z.boolean(),
  verdict: probeVerdict,
  result: probeResult,
  status: z.number().int(),
  ms: z.number().int(),
  address: z.string().nullable(),
  reason: z.string().nullable(),
});

export const listProbes = route({
  method: 'GET',
  path: '/api/sites/:id/probes',
  summary: 'Every single probe of a site, newest first.',
  access: 'sites.read',
  params: idParams,
  query: listQuery.extend({ verdict: probeVerdict.optional() }),
  reply: listOf(probe),
});

export const timelineKind = z.enum(['check', 'outage', 'recovered', 'change', 'finding', 'closed']);

export const listTimeline = route({
  method: 'GET',
  path: '/api/sites/:id/timeline',
  summary: 'What happened to a site, newest first: outages, checks, changes, findings.',
  access: 'sites.read',
  params: idParams,
  query: listQuery.omit({ q: true }).extend({ kind: timelineKind.optional() }),
  reply: listOf(
    z.object({
      id: z.string(),
      at: time,
      kind: timelineKind,
      /** A state, a result, a severity or what changed: a word that the UI knows by the kind. */
      code: z.string(),
      text: z.string().nullable(),
      /** Of an outage that is over, in seconds. */
      seconds: z.number().int().nullable(),
      findingId: z.uuid().nullable(),
    }),
  ),
});

export const probePermissions = {
  'watch.rules': { zh: '修改探测规则', en: 'Change the rules of the probes' },
} as const;

export const probeErrors = {
  'watch.stale_probe_rules': {
    status: 409,
    zh: '探测规则已被 {by} 改为第 {version} 版，请刷新后再改',
    en: 'The rules were changed to version {version} by {by}; reload first',
  },
} as const;

/** A site opened, went down, or could no longer be judged. */
export const availabilityChanged = event(
  'watch.availability_changed',
  z.object({ siteId: z.uuid(), verdict: probeVerdict }),
);
