import type { Ctx } from '#base/app';
import { fail } from '#base/errors';
import { type Handler, handle } from '#base/http';
import * as contract from './contract.ts';
import { exportAnswers } from './export-answers.ts';
import { foresee, raiseCampaign, withdrawCampaign } from './raise-campaign.ts';
import { type CampaignRow, findCampaign, listCampaigns } from './store/campaigns.ts';
import { heldKeysBelow } from './who-acts.ts';

const workbookType = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';

function campaignOf(row: CampaignRow) {
  return {
    id: row.id,
    title: row.title,
    why: row.why,
    legalBasis: row.legal_basis,
    dueAt: row.due_at,
    minutes: row.minutes,
    link: row.link,
    wantsFile: row.wants_file,
    unitName: row.unit_name,
    askedByName: row.asked_by_name,
    askedAt: row.asked_at,
    withdrawnAt: row.withdrawn_at,
    withdrawnReason: row.withdrawn_reason,
    targets: row.targets,
    open: row.open,
    done: row.done,
    late: row.late,
    unknown: row.unknown,
  };
}

async function oneCampaign(ctx: Ctx, id: string) {
  const row = await findCampaign(ctx, id, [...(await heldKeysBelow(ctx))]);
  return campaignOf(row ?? fail('base.not_found', { what: id }));
}

export const campaignRoutes: Handler[] = [
  handle(contract.raiseCampaign, async (ctx, { body }) => oneCampaign(ctx, await raiseCampaign(ctx, body))),
  handle(contract.checkCampaign, async (ctx, { body }) => {
    const forecast = await foresee(ctx, body);
    return {
      units: forecast.units.length,
      overCap: [...forecast.overCap],
      nobody: [...forecast.nobody],
      earliestDueAt: forecast.earliest,
      totalMinutes: forecast.units.length * body.minutes,
    };
  }),
  handle(contract.listCampaigns, async (ctx, { query }) => {
    const page = await listCampaigns(ctx, query, [...(await heldKeysBelow(ctx))]);
    return { ...page, items: page.items.map(campaignOf) };
  }),
  handle(contract.getCampaign, (ctx, { params }) => oneCampaign(ctx, params.id)),
  handle(contract.withdrawCampaign, async (ctx, { params, body }) => {
    await withdrawCampaign(ctx, params.id, body.reason);
    return oneCampaign(ctx, params.id);
  }),
  handle(contract.exportAnswers, async (ctx, { params, query }, { reply }) => {
    const bytes = await exportAnswers(ctx, params.id, query.format);
    reply
      .type(query.format === 'csv' ? 'text/csv; charset=utf-8' : workbookType)
      .header('content-disposition', `attachment; filename="answers.${query.format}"`);
    return bytes;
  }),
];
