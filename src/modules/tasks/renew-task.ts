import { recordAudit } from '#audit';
import type { Ctx } from '#base/app';
import { chinaDay } from './calendar.ts';
import { type ActRecord, evolve } from './rules.ts';
import { coreOf, type NewTask, saveAct, saveTexts, signaturesOf, type TaskRow } from './store/tasks.ts';

/**
 * Brings a locked, live task up to what it is raised with now: its words, its minutes, and its due time when that is
 * earlier. A due time is never put off here: graver news shorten a deadline, better ones do not stretch it. Returns
 * whether anything changed. The caller sees everything.
 */
export async function renewTask(
  ctx: Ctx,
  task: TaskRow,
  now: Pick<NewTask, 'title' | 'why' | 'legalBasis' | 'minutes' | 'dueAt'>,
): Promise<boolean> {
  const dueAt = new Date(now.dueAt);
  const sooner = dueAt < task.due_at;
  const reworded = now.title !== task.title || now.why !== task.why || now.legalBasis !== task.legal_basis;
  if (!sooner && !reworded && now.minutes === task.minutes) return false;
  await saveTexts(ctx, task.id, now);
  // A crawl raises its task once a step: an estimate of minutes that follows it is no act of the history.
  if (sooner || reworded) await noteRenewal(ctx, task, now, sooner ? dueAt : null);
  return true;
}

async function noteRenewal(
  ctx: Ctx,
  task: TaskRow,
  now: Pick<NewTask, 'title' | 'minutes'>,
  dueAt: Date | null,
): Promise<void> {
  const record: ActRecord = { act: 'renew', actorId: ctx.actor.id, data: {} };
  const after = evolve(coreOf(task, await signaturesOf(ctx, task.id)), record);
  await saveAct(ctx, task, after, record, {
    data: dueAt ? { text: soonerText(task.due_at, dueAt), dueAt: dueAt.toISOString() } : {},
    besides: dueAt ? { dueAt } : {},
  });
  await recordAudit(ctx, {
    action: 'tasks.renew',
    subject: `task:${task.id}`,
    unitPath: task.unit_path,
    before: { title: task.title, minutes: task.minutes, dueAt: task.due_at },
    after: { title: now.title, minutes: now.minutes, dueAt: dueAt ?? task.due_at },
  });
}

const soonerText = (before: Date, after: Date) =>
  `期限由 ${chinaDay(before)} 提前到 ${chinaDay(after)} / due brought forward from ${chinaDay(before)} to ${chinaDay(after)}`;
