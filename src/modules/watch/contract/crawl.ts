/** What a check saw: changes, other names, files; campaigns over several sites; the numbers that decide. */
import { z } from 'zod';
import { idParams, listOf, listQuery, route, time } from '#base/contract';
import { homePicture } from './home-pictures.ts';

export const changeClass = z.enum(['title', 'text', 'links', 'scripts', 'template']);

const sides = z.object({ before: z.array(z.string()), after: z.array(z.string()) });

export const change = z.object({
  id: z.uuid(),
  siteId: z.uuid(),
  siteName: z.string(),
  checkId: z.uuid(),
  url: z.string(),
  seenAt: time,
  beforeAt: time.nullable(),
  classes: z.array(changeClass),
  /** Bits in which the simhashes of the two texts differ: 0 to 64. */
  distance: z.number().int(),
});

export const listChanges = route({
  method: 'GET',
  path: '/api/changes',
  summary: 'What changed on the pages of websites from one look to the next, newest first.',
  access: 'sites.read',
  query: listQuery.extend({
    siteId: z.uuid().optional(),
    checkId: z.uuid().optional(),
    class: changeClass.optional(),
  }),
  reply: listOf(change),
});

export const getChange = route({
  method: 'GET',
  path: '/api/changes/:id',
  summary: 'One change: what went and what came, by blocks of text, links and hosts of scripts.',
  access: 'sites.read',
  params: idParams,
  reply: change.extend({
    title: sides,
    text: sides,
    links: sides,
    scripts: sides,
    /** How the home page was drawn after the same check; null for other pages, and until it is drawn. */
    picture: homePicture.nullable(),
  }),
});

export const identity = z.enum(['browser', 'spider', 'referrer', 'mobile', 'random-path']);

export const identityLook = z.object({
  identity,
  url: z.string(),
  status: z.number().int(),
  verdict: z.enum(['same', 'differs', 'blocked', 'unreachable']),
  title: z.string().nullable(),
  note: z.string().nullable(),
});

export const attachment = z.object({
  url: z.string(),
  foundOn: z.string().nullable(),
  mediaType: z.string().nullable(),
  bytes: z.number(),
  findings: z.number().int(),
  outcome: z.string(),
  error: z.string().nullable(),
  sha256: z.string(),
  firstSeenAt: time,
  lastSeenAt: time,
  /** Whether the newest check that came to a result saw it, too; files of which it did not are not there any more, or no longer linked. */
  inNewest: z.boolean(),
});

export const listAttachments = route({
  method: 'GET',
  path: '/api/attachments',
  summary: 'Files that websites offer, each content once; those with findings first.',
  access: 'sites.read',
  query: listQuery.extend({ siteId: z.uuid().optional() }),
  reply: listOf(attachment),
});

export const campaignState = z.enum(['open', 'harmless', 'over']);

export const campaign = z.object({
  id: z.uuid(),
  domain: z.string(),
  reason: z.enum(['harmful', 'new']),
  state: campaignState,
  openedAt: time,
  /** Websites within the caller's scope. */
  sites: z.number().int(),
  judgedAt: time.nullable(),
  judgedBy: z.string().nullable(),
  note: z.string().nullable(),
});

export const listCampaigns = route({
  method: 'GET',
  path: '/api/campaigns',
  summary: 'Foreign domains that appeared on several websites: one matter each, open ones first.',
  access: 'sites.read',
  query: listQuery.extend({ state: campaignState.optional() }),
  reply: listOf(campaign),
});

export const getCampaign = route({
  method: 'GET',
  path: '/api/campaigns/:id',
  summary: 'One campaign with the websites that it hit.',
  access: 'sites.read',
  params: idParams,
  reply: campaign.extend({
    siteList: z.array(
      z.object({
        siteId: z.uuid(),
        siteName: z.string(),
        unitName: z.string(),
        url: z.string(),
        firstSeenAt: time,
      }),
    ),
  }),
});

export const judgeCampaign = route({
  method: 'POST',
  path: '/api/campaigns/:id/judgement',
  summary: 'Ends a campaign: the domain is harmless, or it is gone from all sites.',
  access: 'findings.judge',
  params: idParams,
  body: z.object({ state: campaignState.exclude(['open']), note: z.string().trim().min(4).max(500) }),
  reply: campaign,
});

export const homeLook = z.object({
  title: z.string(),
  images: z.array(z.string()),
  scripts: z.array(z.string()),
});

export const baseline = z.object({
  /** Good checks behind it; below three it is being learned. */
  learned: z.number().int(),
  look: homeLook,
  latest: homeLook,
  /** Part of the page structure that the two share, 0 to 1. */
  shared: z.number(),
  changedAt: time,
  acceptedBy: z.string().nullable(),
  reason: z.string().nullable(),
});

export const getBaseline = route({
  method: 'GET',
  path: '/api/sites/:id/baseline',
  summary:
    'How the home page looks when it is right, and how the last check saw it; null before it was read whole.',
  access: 'sites.read',
  params: idParams,
  reply: baseline.nullable(),
});

export const acceptBaseline = route({
  method: 'POST',
  path: '/api/sites/:id/baseline',
  summary: 'Says that the home page is right as the last check saw it: a new design of the school’s own.',
  access: 'findings.judge',
  params: idParams,
  body: z.object({
    reason: z.string().trim().min(4).max(500),
    /** The picture that was looked at; without it the newest. */
    pictureId: z.uuid().optional(),
  }),
  reply: baseline,
});

const days = z.number().int().min(1).max(3650);
const domain = z
  .string()
  .trim()
  .toLowerCase()
  .regex(/^(?:[a-z0-9-]{1,63}\.)+[a-z0-9-]{2,63}$/)
  .max(253);

export const crawlPolicy = z.object({
  /** Days without a new entry after which the home page, news, notices count as stale. */
  staleDays: z.object({ home: days, news: days, notice: days }),
  /** A domain is a campaign when it is new on so many sites within the days, or harmful on so many. */
  campaign: z.object({
    sites: z.number().int().min(2).max(1000),
    harmfulSites: z.number().int().min(2).max(1000),
    days: z.number().int().min(1).max(90),
  }),
  /**
   * A home page looks another when so many percent of its picture, or of its first screen, are painted anew. Its pictures
   * are kept so many days, those that differ longer; the accepted one and the newest as long as they are that.
   */
  homeLook: z
    .object({
      wholePercent: z.number().int().min(10).max(100),
      firstScreenPercent: z.number().int().min(10).max(100),
      keepDays: z.number().int().min(1).max(3650),
      keepDifferingDays: z.number().int().min(1).max(3650),
    })
    .default({ wholePercent: 40, firstScreenPercent: 60, keepDays: 7, keepDifferingDays: 365 }),
  /** Domains, with all below them, that are never suspicious. */
  knownGood: z.array(domain).max(5000),
});

const policyReply = z.object({
  version: z.number().int(),
  policy: crawlPolicy,
  changedAt: time.nullable(),
  changedBy: z.string().nullable(),
});

export const getCrawlPolicy = route({
  method: 'GET',
  path: '/api/watch/policy',
  summary:
    'The numbers that decide when a column is stale and what a campaign is, and the known-good domains.',
  access: 'sites.read',
  reply: policyReply,
});

export const saveCrawlPolicy = route({
  method: 'PUT',
  path: '/api/watch/policy',
  summary: 'Saves a new version of those numbers; in force from the next check on.',
  access: 'words.write',
  body: z.object({ basedOn: z.number().int(), policy: crawlPolicy }),
  reply: policyReply,
});

export const crawlErrors = {
  'watch.stale_policy': {
    status: 409,
    zh: '巡查设置已改为第 {version} 版，请刷新后再改',
    en: 'The settings were changed to version {version}; reload first',
  },
  'watch.campaign_judged': {
    status: 409,
    zh: '这件事已经处理过（{now}），处理人 {by}',
    en: 'This campaign was judged already ({now}) by {by}',
  },
  'watch.city_only': {
    status: 403,
    zh: '涉及多个学校的事项由市教育局处理',
    en: 'What concerns several schools is judged by the city bureau',
  },
} as const;
