import type { z } from 'zod';
import { fail } from '#base/errors';
import { type Handler, handle } from '#base/http';
import { maskPersonalData } from '#scan';
import { readSite } from '#sites';
import * as attachments from './attachment-store.ts';
import { sharedPart } from './compare-page.ts';
import * as contract from './contract/crawl.ts';
import * as lists from './crawl-list-store.ts';
import { readPolicy, savePolicy } from './crawl-policy.ts';
import { type BaselineRow, findBaseline } from './finish-store.ts';
import { pictureOfChange } from './home-pictures/routes.ts';
import { acceptBaseline, judgeCampaign } from './judge-campaign.ts';
import type { PolicyRow } from './policy-store.ts';

const changeOf = (row: lists.ChangeRow): z.input<typeof contract.change> => ({
  id: row.id,
  siteId: row.site_id,
  siteName: row.site_name,
  checkId: row.check_id,
  url: row.url,
  seenAt: row.seen_at,
  beforeAt: row.before_at,
  classes: row.classes,
  distance: row.distance,
});

const campaignOf = (row: lists.CampaignRow): z.input<typeof contract.campaign> => ({
  id: row.id,
  domain: row.domain,
  reason: row.reason,
  state: row.state,
  openedAt: row.opened_at,
  sites: row.sites,
  judgedAt: row.judged_at,
  judgedBy: row.judged_by_name,
  note: row.note,
});

const attachmentOf = (row: attachments.AttachmentRow): z.input<typeof contract.attachment> => ({
  url: row.url,
  foundOn: row.found_on,
  mediaType: row.media_type,
  bytes: row.bytes,
  findings: row.findings,
  outcome: row.outcome,
  error: row.error,
  sha256: row.sha256,
  firstSeenAt: row.first_seen_at,
  lastSeenAt: row.last_seen_at,
  inNewest: row.in_newest,
});

const lookOf = ({ title, images, scripts }: BaselineRow['body']) => ({
  title,
  images: [...images],
  scripts: [...scripts],
});

const baselineOf = (row: BaselineRow): z.input<typeof contract.baseline> => ({
  learned: row.learned,
  look: lookOf(row.body),
  latest: lookOf(row.latest),
  shared: sharedPart(row.body.skeleton, row.latest.skeleton),
  changedAt: row.changed_at,
  acceptedBy: row.accepted_by_name,
  reason: row.reason,
});

const policyOf = (row: PolicyRow) => ({
  version: row.version,
  policy: row.body,
  changedAt: row.changed_at,
  changedBy: row.changed_by_name,
});

/** What is kept is masked; masking again here costs nothing and covers what was kept before it was. */
const copy = ({ before, after }: lists.ChangeDetail['text']) => ({
  before: before.map(maskPersonalData),
  after: after.map(maskPersonalData),
});

/** Routes of what the crawl saw. */
export const crawlRoutes: Handler[] = [
  handle(contract.listChanges, async (ctx, { query }) => {
    const { items, ...counts } = await lists.listChanges(ctx, query);
    return { ...counts, items: items.map(changeOf) };
  }),
  handle(contract.getChange, async (ctx, { params }) => {
    const row = (await lists.findChange(ctx, params.id)) ?? fail('base.not_found', { what: params.id });
    const { title, text, links, scripts } = row.detail;
    return {
      ...changeOf(row),
      title: copy(title),
      text: copy(text),
      links: copy(links),
      scripts: copy(scripts),
      picture: await pictureOfChange(ctx, row),
    };
  }),
  handle(contract.listAttachments, async (ctx, { query }) => {
    const { items, ...counts } = await attachments.listAttachments(ctx, query);
    return { ...counts, items: items.map(attachmentOf) };
  }),
  handle(contract.listCampaigns, async (ctx, { query }) => {
    const { items, ...counts } = await lists.listCampaigns(ctx, query);
    return { ...counts, items: items.map(campaignOf) };
  }),
  handle(contract.getCampaign, async (ctx, { params }) => {
    const row = (await lists.findCampaign(ctx, params.id)) ?? fail('base.not_found', { what: params.id });
    return { ...campaignOf(row), siteList: await lists.campaignSites(ctx, params.id) };
  }),
  handle(contract.judgeCampaign, async (ctx, { params, body }) =>
    campaignOf(await judgeCampaign(ctx, params.id, body)),
  ),
  handle(contract.getBaseline, async (ctx, { params }) => {
    await readSite(ctx, params.id);
    const found = await findBaseline(ctx, params.id);
    return found ? baselineOf(found) : null;
  }),
  handle(contract.acceptBaseline, async (ctx, { params, body }) =>
    baselineOf(await acceptBaseline(ctx, params.id, body)),
  ),
  handle(contract.getCrawlPolicy, async (ctx) => policyOf(await readPolicy(ctx))),
  handle(contract.saveCrawlPolicy, async (ctx, { body }) => policyOf(await savePolicy(ctx, body))),
];
