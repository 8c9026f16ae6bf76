import { type App, type Ctx, systemActor } from '#base/app';
import { notifyAccount } from '#notify';
import { chinaDay, workdaysSince } from './calendar.ts';
import { calendarOf, rulesOf } from './policy.ts';
import { databaseTime } from './store/clock.ts';
import { type DueTask, overdueFor, takeStep } from './store/reminders.ts';
import { bureaus, heldKeys } from './store/who.ts';
import { byPerson, levelHolders, type Person, rosterOf } from './who-is-told.ts';

const system = systemActor('tasks.escalate');

/**
 * Tells the next level of what is late, by the steps of the policy (working days after the deadline), each step
 * once for a due time; merged to one message a person and step. Not by mail: that is the daily reminder's.
 */
export async function escalateOverdue(app: App): Promise<number> {
  return app.run(system, async (ctx) => {
    const now = await databaseTime(ctx);
    const { escalate } = await rulesOf(ctx);
    const calendar = await calendarOf(ctx);
    let told = 0;
    for (const [step, rule] of escalate.entries()) {
      const late = (await overdueFor(ctx, step)).filter(
        (task) => workdaysSince(task.due_at, now, calendar) >= rule.afterDays,
      );
      if (late.length > 0) told += await takeOneStep(ctx, step, rule.level, late, now);
    }
    return told;
  });
}

async function takeOneStep(
  ctx: Ctx,
  step: number,
  level: 'leader' | 'office' | 'city',
  late: readonly DueTask[],
  now: Date,
): Promise<number> {
  const roster = rosterOf(await heldKeys(ctx, ''));
  const above = await bureaus(ctx);
  const pairs: [DueTask, readonly Person[]][] = [];
  for (const task of late) {
    const people = levelHolders(roster, task, level, above(task.unit_path));
    if (await takeStep(ctx, task, step, { level, reached: people.length })) pairs.push([task, people]);
  }
  for (const { person, tasks } of byPerson(pairs).values()) {
    await notifyAccount(ctx, {
      accountId: person.id,
      key: `tasks:late:${step}:${now.toISOString()}`,
      kind: 'task',
      subject: { zh: `${tasks.length} 件事项逾期未办`, en: `${tasks.length} tasks are late` },
      body: { zh: listOf(tasks), en: listOf(tasks) },
      link: level === 'leader' ? '/tasks?tab=team&late=true' : '/tasks/progress',
      urgent: false,
      except: ['mail', 'sms'],
    });
  }
  return pairs.length;
}

function listOf(tasks: readonly DueTask[]): string {
  const lines = tasks.slice(0, 10).map((task) => `· ${task.title}（${chinaDay(task.due_at)}）`);
  return [...lines, ...(tasks.length > 10 ? [`… +${tasks.length - 10}`] : [])].join('\n');
}
