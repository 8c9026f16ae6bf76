import type { Ctx } from '#base/app';
import { fail } from '#base/errors';
import { type Handler, handle } from '#base/http';
import { findUnit } from '#units';
import { chinaDay, termOf } from './calendar.ts';
import * as contract from './contract.ts';
import { nudgeUnits } from './nudge-units.ts';
import { defaultRules, setCalendar, setRules } from './policy.ts';
import { databaseTime } from './store/clock.ts';
import { countSchools, type KindMeasure, measure, progress } from './store/oversight.ts';
import { calendarYears, latestPolicy } from './store/policy.ts';
import { listNudges } from './store/reminders.ts';
import { heldKeysBelow } from './who-acts.ts';

const halfYearMs = 180 * 86_400_000;

async function basePath(ctx: Ctx, unitId: string | undefined): Promise<string> {
  if (unitId === undefined) {
    if (ctx.actor.unitPath !== '') return ctx.actor.unitPath;
    return (await findUnit(ctx, { kind: 'city' }))?.unit_path ?? fail('base.not_found', { what: 'city' });
  }
  return (await findUnit(ctx, { id: unitId }))?.unit_path ?? fail('base.not_found', { what: unitId });
}

const rateOf = (row: KindMeasure) => (row.handed_in === 0 ? null : row.sent_back / row.handed_in);

async function policyOf(ctx: Ctx) {
  const row = await latestPolicy(ctx);
  return {
    rules: row?.rules ?? defaultRules,
    source: row?.source ?? '系统默认（建议值） / defaults',
    effectiveFrom: row?.effective_from ?? null,
    setByName: row?.set_by_name ?? null,
  };
}

export const oversightRoutes: Handler[] = [
  handle(contract.taskProgress, async (ctx, { query }) => {
    const at = await databaseTime(ctx);
    const since = query.since ? new Date(query.since) : new Date(at.getTime() - halfYearMs);
    const { by, kind, campaignId } = query;
    const base = { unitPath: await basePath(ctx, query.unitId) };
    const items = await progress(ctx, { by, kind, campaignId, since, base }, [...(await heldKeysBelow(ctx))]);
    return { at, items };
  }),
  handle(contract.nudgeUnits, (ctx, { body }) => nudgeUnits(ctx, body)),
  handle(contract.listNudges, async (ctx, { query }) => {
    const page = await listNudges(ctx, query);
    return {
      ...page,
      items: page.items.map((row) => ({
        id: row.id,
        unitName: row.unit_name,
        tasks: row.tasks,
        reached: row.reached,
        sentByName: row.sent_by_name,
        at: row.at,
      })),
    };
  }),
  handle(contract.taskMeasures, async (ctx, { query }) => {
    const term = termOf(chinaDay(await databaseTime(ctx)));
    const from = query.from ? new Date(query.from) : term.from;
    const to = query.to ? new Date(query.to) : term.to;
    const [all, ...kinds] = await measure(ctx, from, to);
    const schools = await countSchools(ctx);
    const share = (value: number) => (schools === 0 ? 0 : value / schools);
    return {
      from,
      to,
      schools,
      raised: all!.raised,
      done: all!.done,
      late: all!.late,
      perSchool: share(all!.raised),
      minutesPerSchool: share(all!.minutes ?? 0),
      medianMinutes: all!.median_minutes,
      medianActualMinutes: all!.median_actual,
      returnRate: rateOf(all!),
      byKind: kinds.map((row) => ({
        kind: row.kind!,
        raised: row.raised,
        done: row.done,
        medianMinutes: row.median_minutes,
        returnRate: rateOf(row),
      })),
    };
  }),
  handle(contract.getTaskPolicy, (ctx) => policyOf(ctx)),
  handle(contract.setTaskPolicy, async (ctx, { body }) => {
    await setRules(ctx, body);
    return policyOf(ctx);
  }),
  handle(contract.getCalendar, async (ctx) => ({
    items: (await calendarYears(ctx)).map((row) => ({
      year: row.year,
      daysOff: row.days_off,
      workDays: row.work_days,
      source: row.source,
      setByName: row.set_by_name,
      at: row.at,
    })),
  })),
  handle(contract.setCalendar, async (ctx, { body }) => {
    await setCalendar(ctx, body);
    return body;
  }),
];
