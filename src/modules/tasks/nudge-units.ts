import { z } from 'zod';
import { recordAudit } from '#audit';
import { type Ctx, systemActor } from '#base/app';
import { fail } from '#base/errors';
import { defineJob } from '#base/jobs';
import { notifyAccount } from '#notify';
import { chinaDay, mondayOf } from './calendar.ts';
import { rulesOf } from './policy.ts';
import { reminderText } from './remind.ts';
import { databaseTime } from './store/clock.ts';
import {
  type DueTask,
  findNudges,
  insertNudge,
  lateTasks,
  nudgesIn,
  takeReminder,
} from './store/reminders.ts';
import { everywhere, heldKeys } from './store/who.ts';
import { byPerson, type Roster, reminded, rosterOf } from './who-is-told.ts';

export interface Nudged {
  readonly units: number;
  readonly reached: number;
  /** Reminded often enough this week. */
  readonly skipped: number;
  /** Units in which nobody could be reached. */
  readonly nobody: number;
}

/**
 * Reminds units of everything late there. Throws `tasks.nudged_enough` when nothing is late, or all were reminded
 * as often as the policy allows in a week. The messages go out by a job, in the same commit.
 */
export async function nudgeUnits(
  ctx: Ctx,
  input: { unitIds: readonly string[]; campaignId?: string | undefined },
): Promise<Nudged> {
  const late = await lateTasks(
    ctx,
    input.unitIds.length > 0 ? input.unitIds : null,
    input.campaignId ?? null,
  );
  const { nudgesPerWeek: limit } = await rulesOf(ctx);
  const week = mondayOf(chinaDay(await databaseTime(ctx)));
  const byUnit = Map.groupBy(late, (task) => task.unit_id);
  const before = await nudgesIn(ctx, week, [...byUnit.keys()]);
  const roster = rosterOf(
    await everywhere(ctx, () => heldKeys(ctx, ctx.actor.scope === '*' ? '' : ctx.actor.scope)),
  );
  const nudgeIds: string[] = [];
  let reached = 0;
  let nobody = 0;
  for (const [unitId, tasks] of byUnit) {
    const done = before.get(unitId) ?? 0;
    if (done >= limit) continue;
    const people = byPerson(tasks.map((task) => [task, reminded(roster, task)] as const)).size;
    reached += people;
    if (people === 0) nobody += 1;
    const unitPath = tasks[0]!.unit_path;
    nudgeIds.push(
      await insertNudge(ctx, { unitId, unitPath, week, tasks: tasks.length, reached: people }, done + 1),
    );
  }
  if (nudgeIds.length === 0) fail('tasks.nudged_enough', { limit });
  await recordAudit(ctx, {
    action: 'tasks.nudge',
    subject: input.campaignId ? `campaign:${input.campaignId}` : 'tasks:late',
    after: { units: nudgeIds.length, reached, nobody },
  });
  await ctx.enqueue(sendNudgesJob, { nudgeIds });
  return { units: nudgeIds.length, reached, skipped: byUnit.size - nudgeIds.length, nobody };
}

/** Tells the people of the reminded units. Runs once or more; a message's key is shown to a reader once. */
export const sendNudgesJob = defineJob({
  name: 'tasks.send-nudges',
  payload: z.object({ nudgeIds: z.array(z.uuid()) }),
  run: async (app, { nudgeIds }) => {
    const system = systemActor('tasks.send-nudges');
    const nudges = await app.run(system, (ctx) => findNudges(ctx, nudgeIds));
    const roster = await app.run(system, async (ctx) => rosterOf(await heldKeys(ctx, '')));
    for (const nudge of nudges) {
      await app.run(system, async (ctx) => {
        const late = await lateTasks(ctx, [nudge.unit_id], null);
        await tellUnit(ctx, nudge, late, roster);
      });
    }
  },
});

/** By mail too, unless the person had a reminder today: then in the app only. */
async function tellUnit(
  ctx: Ctx,
  nudge: { id: string; sent_by_name: string },
  late: readonly DueTask[],
  roster: Roster,
): Promise<void> {
  const day = chinaDay(await databaseTime(ctx));
  for (const { person, tasks } of byPerson(
    late.map((task) => [task, reminded(roster, task)] as const),
  ).values()) {
    const { subject, body } = reminderText(tasks);
    const first = await takeReminder(ctx, {
      accountId: person.id,
      day,
      unitPath: person.home,
      tasks: tasks.length,
    });
    await notifyAccount(ctx, {
      accountId: person.id,
      key: `tasks:nudge:${nudge.id}`,
      kind: 'task',
      subject: {
        zh: `${nudge.sent_by_name} 催办：${subject.zh}`,
        en: `Reminder by ${nudge.sent_by_name}: ${subject.en}`,
      },
      body,
      link: '/tasks',
      urgent: false,
      ...(!first && { except: ['mail', 'sms'] as const }),
    });
  }
}
