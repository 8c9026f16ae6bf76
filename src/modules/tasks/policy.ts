import { recordAudit } from '#audit';
import type { Ctx } from '#base/app';
import { fail } from '#base/errors';
import type { WorkCalendar } from './calendar.ts';
import type { PolicyRules } from './contract.ts';
import { calendarYears, insertCalendar, insertPolicy, latestPolicy } from './store/policy.ts';

/** What holds until a bureau sets its own. Proposed figures: no law gives them. */
export const defaultRules: PolicyRules = {
  minLeadDays: 3,
  monthlyCap: 8,
  nudgesPerWeek: 2,
  remindHour: 9,
  dueSoonDays: 3,
  escalate: [
    { afterDays: 1, level: 'leader' },
    { afterDays: 3, level: 'office' },
    { afterDays: 10, level: 'city' },
  ],
};

export async function rulesOf(ctx: Ctx): Promise<PolicyRules> {
  return (await latestPolicy(ctx))?.rules ?? defaultRules;
}

/** Sets the rules; the former ones stay in the table. */
export async function setRules(ctx: Ctx, input: { rules: PolicyRules; source: string }): Promise<void> {
  const before = await rulesOf(ctx);
  await insertPolicy(ctx, input);
  await recordAudit(ctx, { action: 'tasks.policy', subject: 'tasks:policy', before, after: input });
}

export async function calendarOf(ctx: Ctx): Promise<WorkCalendar> {
  const years = await calendarYears(ctx);
  return {
    daysOff: new Set(years.flatMap((year) => year.days_off)),
    workDays: new Set(years.flatMap((year) => year.work_days)),
  };
}

/** Sets a year's days off and make-up days; throws `tasks.bad_calendar`. */
export async function setCalendar(
  ctx: Ctx,
  input: { year: number; daysOff: string[]; workDays: string[]; source: string },
): Promise<void> {
  const off = new Set(input.daysOff);
  const bad =
    [...input.daysOff, ...input.workDays].find((day) => !day.startsWith(`${input.year}-`)) ??
    input.workDays.find((day) => off.has(day));
  if (bad) fail('tasks.bad_calendar', { day: bad, year: input.year });
  await insertCalendar(ctx, input);
  await recordAudit(ctx, { action: 'tasks.calendar', subject: `tasks:calendar:${input.year}`, after: input });
}
