import { type App, type Ctx, systemActor } from '#base/app';
import { notifyAccount } from '#notify';
import { addDays, chinaDay, chinaHour, isWorkday, startOf } from './calendar.ts';
import { calendarOf, rulesOf } from './policy.ts';
import { databaseTime } from './store/clock.ts';
import { type DueTask, dueTasks, remindedOn, takeReminder } from './store/reminders.ts';
import { heldKeys } from './store/who.ts';
import { byPerson, type Person, reminded, rosterOf } from './who-is-told.ts';

const system = systemActor('tasks.remind');
const lastHour = 18;

/**
 * The daily reminder: everything that is late or due soon, one message a person and China day, on working days from
 * the hour of the policy until 18:00. Called often; what was sent is known from rows, so that neither a restart nor
 * a clock that jumps sends a second one.
 */
export async function remindEverybody(app: App): Promise<number> {
  const due = await app.run(system, collect);
  if (due === null) return 0;
  let sent = 0;
  for (const { person, tasks } of due.people.values()) {
    const told = await app.run(system, (ctx) => remindOne(ctx, person, due.day, tasks));
    if (told) sent += 1;
  }
  return sent;
}

async function collect(ctx: Ctx) {
  const now = await databaseTime(ctx);
  const day = chinaDay(now);
  const rules = await rulesOf(ctx);
  const hour = chinaHour(now);
  if (hour < rules.remindHour || hour >= lastHour || !isWorkday(day, await calendarOf(ctx))) return null;
  const tasks = await dueTasks(ctx, startOf(addDays(day, rules.dueSoonDays + 1)));
  if (tasks.length === 0) return null;
  const roster = rosterOf(await heldKeys(ctx, ''));
  const people = byPerson(tasks.map((task) => [task, reminded(roster, task)] as const));
  for (const id of await remindedOn(ctx, day)) people.delete(id);
  return { day, people };
}

/** One transaction a person: a crash in the middle leaves the rest for the next call, and nobody told twice. */
async function remindOne(ctx: Ctx, person: Person, day: string, tasks: readonly DueTask[]): Promise<boolean> {
  const first = await takeReminder(ctx, {
    accountId: person.id,
    day,
    unitPath: person.home,
    tasks: tasks.length,
  });
  if (!first) return false;
  await notifyAccount(ctx, {
    accountId: person.id,
    key: `tasks:remind:${day}`,
    kind: 'task',
    ...reminderText(tasks),
    link: '/tasks',
    urgent: false,
  });
  return true;
}

const shown = 10;

/** Subject and body in both languages; the most urgent first, at most ten by name. */
export function reminderText(tasks: readonly DueTask[]): {
  subject: { zh: string; en: string };
  body: { zh: string; en: string };
} {
  const late = tasks.filter((task) => task.overdue).length;
  const minutes = tasks.reduce((sum, task) => sum + task.minutes, 0);
  const list = (word: string) =>
    tasks
      .slice(0, shown)
      .map((task) => `· ${task.title}（${chinaDay(task.due_at)}${task.overdue ? ` ${word}` : ''}）`)
      .join('\n');
  const more = tasks.length - shown;
  return {
    subject: {
      zh: `待办 ${tasks.length} 件${late > 0 ? `，其中逾期 ${late} 件` : ''}`,
      en: `${tasks.length} tasks${late > 0 ? `, ${late} of them late` : ''}`,
    },
    body: {
      zh: `${list('逾期')}${more > 0 ? `\n另有 ${more} 件` : ''}\n预计共需 ${minutes} 分钟。`,
      en: `${list('late')}${more > 0 ? `\nand ${more} more` : ''}\nAbout ${minutes} minutes in all.`,
    },
  };
}
