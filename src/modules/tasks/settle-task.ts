import { recordAudit } from '#audit';
import type { Ctx } from '#base/app';
import { taskChanged, taskSettled } from './contract.ts';
import { type ActRecord, evolve } from './rules.ts';
import { coreOf, lockTask, saveAct, signaturesOf, type TaskRow } from './store/tasks.ts';
import { everywhere } from './store/who.ts';

/** What came of it: `done`, or `cancelled` when nobody needs it any more; with words for the history. */
export type Outcome = 'done' | 'cancelled' | { readonly state: 'done' | 'cancelled'; readonly words: string };

/**
 * Closes the task that was raised with `key`, whoever has it and whatever the caller may see. False when there is
 * none, or when it was closed before.
 */
export async function settleTask(ctx: Ctx, key: string, outcome: Outcome): Promise<boolean> {
  const { state, words } = typeof outcome === 'string' ? { state: outcome, words: null } : outcome;
  return everywhere(ctx, async () => {
    const task = await lockTask(ctx, { key });
    if (!task || task.state === 'done' || task.state === 'cancelled') return false;
    await closeTask(ctx, task, state, words);
    return true;
  });
}

/** Closes one locked, live task by the machine. The caller sees everything. */
export async function closeTask(
  ctx: Ctx,
  task: TaskRow,
  state: 'done' | 'cancelled',
  words: string | null,
): Promise<void> {
  const record: ActRecord = { act: state === 'done' ? 'settle' : 'cancel', actorId: ctx.actor.id, data: {} };
  const after = evolve(coreOf(task, await signaturesOf(ctx, task.id)), record);
  await saveAct(ctx, task, after, record, {
    data: words ? { text: words } : {},
    besides: { outcome: words },
  });
  await recordAudit(ctx, {
    action: `tasks.${record.act}`,
    subject: `task:${task.id}`,
    unitPath: task.unit_path,
    before: { state: task.state },
    after: { state, outcome: words },
  });
  await tellSettled(ctx, task, state, words);
}

export async function tellSettled(
  ctx: Ctx,
  task: TaskRow,
  state: 'done' | 'cancelled',
  outcome: string | null,
): Promise<void> {
  const { id: taskId, key, kind } = task;
  await ctx.emit(taskChanged, { taskId, kind }, task.unit_path);
  await ctx.emit(taskSettled, { taskId, key, kind, state, outcome, by: ctx.actor.id }, task.unit_path);
}

/** Opens a settled task again, with a new due time. False when it is live. */
export async function reopenTask(
  ctx: Ctx,
  task: TaskRow,
  input: { readonly dueAt: Date; readonly why: string },
): Promise<boolean> {
  if (task.state !== 'done' && task.state !== 'cancelled') return false;
  const record: ActRecord = { act: 'again', actorId: ctx.actor.id, data: {} };
  const after = evolve(coreOf(task, await signaturesOf(ctx, task.id)), record);
  await saveAct(ctx, task, after, record, {
    data: { text: input.why, dueAt: input.dueAt.toISOString() },
    besides: { dueAt: input.dueAt, outcome: null, returned: { reason: null, field: null } },
  });
  await recordAudit(ctx, {
    action: 'tasks.again',
    subject: `task:${task.id}`,
    unitPath: task.unit_path,
    before: { state: task.state },
    after: { state: 'open', dueAt: input.dueAt },
  });
  return true;
}
