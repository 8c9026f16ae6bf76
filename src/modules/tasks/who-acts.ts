import type { Ctx } from '#base/app';
import type { Who } from './rules.ts';
import type { TaskRow } from './store/tasks.ts';
import { everywhere, type Holder, heldKeys, holdersOf, keysOf } from './store/who.ts';

export interface Standing {
  readonly who: Who;
  readonly holders: readonly Holder[];
  /** Has or had to do with the task, or oversees it. */
  readonly sees: boolean;
}

/** What the actor is to a task at this moment. */
export async function standingOf(
  ctx: Ctx,
  task: TaskRow,
  parts: { readonly signerKeys: readonly string[]; readonly copies: readonly string[]; readonly now: Date },
): Promise<Standing> {
  const { id, permissions, unitPath } = ctx.actor;
  const { keys, holders } = await everywhere(ctx, async () => ({
    keys: await keysOf(ctx, id),
    holders: await holdersOf(ctx, task.holder_key, task.unit_id),
  }));
  const asks =
    task.asked_by !== null &&
    (task.asked_by === id || (permissions.has('tasks.ask') && task.asked_unit_path === unitPath));
  const involved =
    asks ||
    keys.has(task.holder_key) ||
    parts.signerKeys.some((key) => keys.has(key)) ||
    parts.copies.includes(id) ||
    [task.claimed_by, task.delegate_id, task.done_by].includes(id);
  const sees = involved || permissions.has('tasks.team');
  const claimerHolds = holders.some((holder) => holder.id === task.claimed_by);
  return { holders, sees, who: { id, keys, now: parts.now, claimerHolds, asks, sees } };
}

/** Keys below the actor that somebody fulfils: what is not among them, nobody is in charge of. */
export async function heldKeysBelow(ctx: Ctx): Promise<Set<string>> {
  const below = ctx.actor.scope === '*' ? '' : ctx.actor.scope;
  return new Set((await everywhere(ctx, () => heldKeys(ctx, below))).map(({ key }) => key));
}
