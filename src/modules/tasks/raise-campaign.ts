import type { z } from 'zod';
import { recordAudit } from '#audit';
import type { Ctx } from '#base/app';
import { fail } from '#base/errors';
import { addWorkdays, chinaDay, startOf } from './calendar.ts';
import { campaignRaised, type raiseCampaign as route } from './contract.ts';
import { tellUnitsJob } from './jobs.ts';
import { calendarOf, rulesOf } from './policy.ts';
import { isLegalBasis, keyOf } from './rules.ts';
import {
  cancelTasks,
  findCampaign,
  insertCampaign,
  markWithdrawn,
  overCap,
  type TargetUnit,
  targetUnits,
} from './store/campaigns.ts';
import { databaseTime } from './store/clock.ts';
import { insertTasks } from './store/tasks.ts';
import { everywhere, heldKeys } from './store/who.ts';

type Input = z.output<NonNullable<(typeof route)['body']>>;

export interface Forecast {
  readonly units: readonly TargetUnit[];
  readonly overCap: readonly string[];
  readonly nobody: readonly string[];
  readonly earliest: Date;
  readonly cap: number;
  readonly days: number;
}

/** What a request would mean; throws `tasks.no_units` when nobody in scope is asked. */
export async function foresee(ctx: Ctx, input: Input): Promise<Forecast> {
  const units = await targetUnits(ctx, input.unitIds);
  if (units.length === 0 || (input.unitIds.length > 0 && units.length < new Set(input.unitIds).size)) {
    fail('tasks.no_units');
  }
  const rules = await rulesOf(ctx);
  const today = chinaDay(await databaseTime(ctx));
  const earliest = startOf(addWorkdays(today, rules.minLeadDays, await calendarOf(ctx)));
  const over = await overCap(ctx, units, startOf(`${today.slice(0, 7)}-01`), rules.monthlyCap);
  const held = new Set(
    (await everywhere(ctx, () => heldKeys(ctx, ctx.actor.unitPath))).map(({ key }) => key),
  );
  return {
    units,
    earliest,
    days: rules.minLeadDays,
    cap: rules.monthlyCap,
    overCap: units.filter((unit) => over.has(unit.id)).map((unit) => unit.name),
    nobody: units.filter((unit) => !held.has(keyOf(input.assignee, unit.id))).map((unit) => unit.name),
  };
}

/**
 * Asks the same of many units in one transaction, with one statement for all of them. Throws `tasks.no_basis`,
 * `tasks.too_soon`, `tasks.no_units`, and `tasks.over_cap` unless the asker accepts it.
 */
export async function raiseCampaign(ctx: Ctx, input: Input): Promise<string> {
  if (!isLegalBasis(input.legalBasis)) fail('tasks.no_basis', { field: 'legalBasis' });
  const forecast = await foresee(ctx, input);
  if (new Date(input.dueAt) < forecast.earliest) {
    fail('tasks.too_soon', {
      field: 'dueAt',
      days: forecast.days,
      earliest: chinaDay(forecast.earliest),
    });
  }
  if (forecast.overCap.length > 0 && !input.acceptOverload) {
    const units = forecast.overCap.slice(0, 5).join('、');
    fail('tasks.over_cap', {
      field: 'acceptOverload',
      count: forecast.overCap.length,
      cap: forecast.cap,
      units,
    });
  }
  const { title, why, legalBasis, dueAt, minutes, wantsFile } = input;
  const link = input.link ?? null;
  const id = await insertCampaign(ctx, {
    title,
    why,
    legalBasis,
    dueAt,
    minutes,
    link,
    wantsFile,
    targets: forecast.units.length,
    unitId: ctx.actor.unitId ?? fail('tasks.no_units'),
  });
  await insertTasks(
    ctx,
    forecast.units.map((unit) => ({
      key: `campaign:${id}:${unit.id}`,
      kind: 'tasks.request',
      unitId: unit.id,
      unitPath: unit.unit_path,
      holderKey: keyOf(input.assignee, unit.id),
      title,
      why,
      legalBasis,
      link,
      dueAt,
      minutes,
      campaignId: id,
      wantsFile,
      byMachine: false,
      exempt: false,
      author: null,
      askedBy: ctx.actor.id,
      askedByName: ctx.actor.name,
      askedUnitPath: ctx.actor.unitPath,
      signRule: input.signer ? ('all' as const) : ('none' as const),
      signerKeys: input.signer ? [keyOf(input.signer, unit.id)] : [],
    })),
  );
  await recordAudit(ctx, {
    action: 'tasks.ask',
    subject: `campaign:${id}`,
    after: { title, legalBasis, dueAt, units: forecast.units.length, overCap: forecast.overCap.length },
  });
  await ctx.emit(campaignRaised, { campaignId: id }, ctx.actor.unitPath);
  await ctx.enqueue(tellUnitsJob, { campaignId: id });
  return id;
}

/** Withdraws a request as a whole: what is done stays done. Throws `tasks.not_yours` for another bureau's. */
export async function withdrawCampaign(ctx: Ctx, id: string, reason: string): Promise<void> {
  const campaign = (await findCampaign(ctx, id, [])) ?? fail('base.not_found', { what: id });
  if (campaign.asked_by !== ctx.actor.id && campaign.unit_path !== ctx.actor.unitPath) {
    fail('tasks.not_yours', { who: campaign.asked_by_name, act: '撤回 withdraw' });
  }
  if (!(await markWithdrawn(ctx, id, reason))) {
    fail('tasks.wrong_state', { state: '已撤销 cancelled', act: '撤回 withdraw' });
  }
  const cancelled = await cancelTasks(ctx, id, reason);
  await recordAudit(ctx, {
    action: 'tasks.withdraw_campaign',
    subject: `campaign:${id}`,
    unitPath: campaign.unit_path,
    after: { reason, cancelled },
  });
  await ctx.emit(campaignRaised, { campaignId: id }, ctx.actor.unitPath);
  await ctx.enqueue(tellUnitsJob, { campaignId: id });
}
