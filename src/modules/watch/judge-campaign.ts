/** What a person says of a campaign, and of a home page that looks different. */
import { recordAudit } from '#audit';
import type { Ctx } from '#base/app';
import { fail } from '#base/errors';
import { readSite } from '#sites';
import { settleTask } from '#tasks';
import * as lists from './crawl-list-store.ts';
import * as store from './finish-store.ts';
import { acceptLook } from './home-pictures/draw-homes.ts';
import { checkSiteSoon } from './request-check.ts';
import { campaignWords } from './state-words.ts';

/**
 * Ends a campaign with a reason. Throws `watch.campaign_judged` when somebody did so before, `watch.city_only` for
 * those to whom only some of its sites belong.
 */
export async function judgeCampaign(
  ctx: Ctx,
  id: string,
  input: { state: 'harmless' | 'over'; note: string },
): Promise<lists.CampaignRow> {
  const before = (await lists.findCampaign(ctx, id)) ?? fail('base.not_found', { what: id });
  if (before.state !== 'open') {
    fail('watch.campaign_judged', {
      state: before.state,
      now: campaignWords[before.state],
      by: before.judged_by_name ?? '',
    });
  }
  if (!(await lists.judgeCampaign(ctx, id, input.state, input.note))) fail('watch.city_only');
  await recordAudit(ctx, {
    action: 'watch.judge_campaign',
    subject: `domain_campaign:${id}`,
    unitPath: before.unit_path,
    before: { state: before.state },
    after: { state: input.state, note: input.note },
  });
  await settleTask(ctx, `watch:campaign:${id}`, { state: 'done', words: input.note });
  return (await lists.findCampaign(ctx, id))!;
}

/** The home page as the last check saw it is right: what differs from now on is measured against that. */
export async function acceptBaseline(
  ctx: Ctx,
  siteId: string,
  { reason, pictureId }: { reason: string; pictureId?: string | undefined },
): Promise<store.BaselineRow> {
  const site = await readSite(ctx, siteId);
  const before =
    (await store.findBaseline(ctx, siteId)) ?? fail('base.not_found', { what: `baseline ${siteId}` });
  await store.acceptBaseline(ctx, siteId, reason);
  const picture = await acceptLook(ctx, siteId, pictureId);
  if (pictureId !== undefined && picture === null) fail('watch.picture_gone');
  const short = ({ title, scripts }: store.BaselineRow['body']) => ({ title, scripts });
  await recordAudit(ctx, {
    action: 'watch.accept_baseline',
    subject: `site:${siteId}`,
    unitPath: site.unit_path,
    before: short(before.body),
    after: { ...short(before.latest), reason, picture },
  });
  // What was told of the difference is closed by the machine, with another look.
  await checkSiteSoon(ctx, siteId);
  return (await store.findBaseline(ctx, siteId))!;
}
