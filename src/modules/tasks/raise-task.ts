import { recordAudit } from '#audit';
import type { Ctx } from '#base/app';
import { type Assignee, taskChanged } from './contract.ts';
import { renewTask } from './renew-task.ts';
import { keyOf } from './rules.ts';
import { reopenTask } from './settle-task.ts';
import { insertTasks, lockTask, type NewTask } from './store/tasks.ts';
import { everywhere, findOffice, holdersOf, type Office } from './store/who.ts';

export interface RaisedTask {
  /** What it is about, once: raising the same key again changes nothing, but for `again`. */
  readonly key: string;
  /** A dotted word, `findings.fix`; its name in both languages is in the UI's words `taskKind`. */
  readonly kind: string;
  readonly unitId: string;
  readonly unitPath: string;
  readonly assignee: Assignee;
  readonly title: string;
  /** In plain words. */
  readonly why: string;
  /** With its source: `D2`, `《网络安全法》第二十三条`. */
  readonly legalBasis: string;
  readonly dueAt: Date;
  /** How long it takes, as far as one can say. */
  readonly minutes: number;
  /** A page of this system where it is done. */
  readonly link: string | null;
  /** True: only `settleTask` closes it, when the module sees that it is done. Default: true when there is a link. */
  readonly byMachine?: boolean;
  /** The account whose work it is about: may not do it (rule 2). */
  readonly author?: string | null;
  /** True: has reminders and escalation of its own. */
  readonly exempt?: boolean;
  /**
   * True: when the task was settled before, it opens again with its history; while it is live, it takes the words and the
   * minutes that are given now, and a due time that is earlier (never a later one).
   */
  readonly again?: boolean;
}

/**
 * Raises a task in the caller's transaction, whatever the caller may see. Returns its id, or null when the key was
 * raised before (with `again`, a settled one opens again and its id is returned).
 */
export async function raiseTask(ctx: Ctx, input: RaisedTask): Promise<string | null> {
  const raised = await everywhere(ctx, async () => {
    const [row] = await insertTasks(ctx, [rowOf(input)]);
    if (row) {
      await recordAudit(ctx, {
        action: 'tasks.raise',
        subject: `task:${row.id}`,
        unitPath: input.unitPath,
        after: { key: input.key, kind: input.kind, title: input.title, dueAt: input.dueAt },
      });
      return row.id;
    }
    const known = input.again ? await lockTask(ctx, { key: input.key }) : undefined;
    if (!known) return null;
    if (await reopenTask(ctx, known, input)) return known.id;
    if (await renewTask(ctx, known, rowOf(input))) {
      await ctx.emit(taskChanged, { taskId: known.id, kind: known.kind }, known.unit_path);
    }
    return null;
  });
  if (raised) await tell(ctx, raised, input);
  return raised;
}

async function tell(ctx: Ctx, taskId: string, input: RaisedTask): Promise<void> {
  await everywhere(ctx, () => ctx.emit(taskChanged, { taskId, kind: input.kind }, input.unitPath));
}

function rowOf(input: RaisedTask): NewTask {
  return {
    key: input.key,
    kind: input.kind,
    unitId: input.unitId,
    unitPath: input.unitPath,
    holderKey: keyOf(input.assignee, input.unitId),
    title: input.title.slice(0, 200),
    why: input.why,
    legalBasis: input.legalBasis,
    link: input.link,
    dueAt: input.dueAt.toISOString(),
    minutes: Math.max(1, Math.round(input.minutes)),
    campaignId: null,
    wantsFile: false,
    byMachine: input.byMachine ?? input.link !== null,
    exempt: input.exempt ?? false,
    author: input.author ?? null,
    askedBy: null,
    askedByName: '系统',
    askedUnitPath: null,
    signRule: 'none',
    signerKeys: [],
  };
}

/**
 * The bureau that decides for a unit, and the role that does: the county for its schools, the city for a county
 * and for schools directly under it; with `own`, a bureau for itself. A bureau in which nobody but `notBy` could
 * decide is passed over for the next one up. Undefined when there is none.
 */
export async function officeOver(
  ctx: Ctx,
  unitPath: string,
  options: { readonly own?: boolean; readonly notBy?: string } = {},
): Promise<Office | undefined> {
  return everywhere(ctx, async () => {
    const nearest = await findOffice(ctx, unitPath, options.own !== true);
    for (let office = nearest; office; office = await findOffice(ctx, office.unitPath, true)) {
      const holders = await holdersOf(ctx, `role:${office.unitId}:${office.role}`, office.unitId);
      if (holders.some((holder) => holder.id !== options.notBy && !holder.fallback)) return office;
    }
    return nearest ?? (await findOffice(ctx, unitPath, false));
  });
}

/** What a bureau has to decide: which one it is, and who of it may, follows from the unit that it is about. */
export type OfficeTask = Omit<RaisedTask, 'unitId' | 'assignee' | 'dueAt' | 'author'> & {
  /** Until it is due. */
  readonly days: number;
};

/**
 * Puts a decision on the list of the bureau above a unit, for another person than the one who asks now. Null when there
 * is no bureau, or the key was raised before.
 */
export async function askOffice(ctx: Ctx, { days, ...task }: OfficeTask): Promise<string | null> {
  const office = await officeOver(ctx, task.unitPath, { notBy: ctx.actor.id });
  if (!office) return null;
  return raiseTask(ctx, {
    ...task,
    unitId: office.unitId,
    unitPath: office.unitPath,
    assignee: { role: office.role },
    dueAt: new Date(ctx.clock.now().getTime() + days * 86_400_000),
    author: ctx.actor.id,
  });
}
