import { sql } from 'kysely';
import type { Ctx } from '#base/app';
import type { PolicyRules } from '../contract.ts';

export interface PolicyRow {
  rules: PolicyRules;
  source: string;
  effective_from: Date;
  set_by_name: string;
}

export async function latestPolicy(ctx: Ctx): Promise<PolicyRow | undefined> {
  const { rows } = await sql<PolicyRow>`SELECT rules, source, effective_from, set_by_name FROM tasks.policy
    WHERE effective_from <= base.now() ORDER BY effective_from DESC, id DESC LIMIT 1`.execute(ctx.db);
  return rows[0];
}

export async function insertPolicy(ctx: Ctx, input: { rules: PolicyRules; source: string }): Promise<void> {
  await sql`INSERT INTO tasks.policy (unit_path, rules, source, effective_from, set_by, set_by_name)
    VALUES (${ctx.actor.unitPath}::ltree, ${JSON.stringify(input.rules)}::jsonb, ${input.source}, base.now(),
      ${ctx.actor.id}, ${ctx.actor.name})`.execute(ctx.db);
}

export interface CalendarRow {
  year: number;
  days_off: string[];
  work_days: string[];
  source: string;
  set_by_name: string;
  at: Date;
}

/** The newest version of each year. Days as text: a date has no time zone. */
export async function calendarYears(ctx: Ctx): Promise<CalendarRow[]> {
  const { rows } = await sql<CalendarRow>`SELECT DISTINCT ON (year) year, days_off::text[] AS days_off,
      work_days::text[] AS work_days, source, set_by_name, at
    FROM tasks.calendar ORDER BY year DESC, id DESC`.execute(ctx.db);
  return rows;
}

export async function insertCalendar(
  ctx: Ctx,
  input: { year: number; daysOff: string[]; workDays: string[]; source: string },
): Promise<void> {
  await sql`INSERT INTO tasks.calendar (unit_path, year, days_off, work_days, source, set_by, set_by_name)
    VALUES (${ctx.actor.unitPath}::ltree, ${input.year}, ${[...input.daysOff].sort()}::date[],
      ${[...input.workDays].sort()}::date[], ${input.source}, ${ctx.actor.id}, ${ctx.actor.name})`.execute(
    ctx.db,
  );
}
